//! What is in a lesson's sandbox now, asked from it.

use crate::engine::{ContainerFacts, Engine, EngineError, State};
use crate::failure::Failure;
use crate::outcome::{Picture, PicturedContainer, PicturedMount, PicturedNetwork, PicturedPort};
use crate::sandbox::kept::Kept;

/// The networks that every engine brings.
const BROUGHT: [&str; 3] = ["bridge", "host", "none"];

/// Looks at everything in the sandbox of a lesson; `None` where it was never opened.
///
/// # Errors
/// The sandbox or its engine does not answer.
pub async fn pictured(engine: &Engine, lesson: &str) -> Result<Option<Picture>, Failure> {
    let kept = Kept::of(engine, lesson);
    if !kept.exists() {
        return Ok(None);
    }
    kept.resume().await?;
    let observer = kept.observer(engine)?;
    Ok(Some(picture(&observer).await?))
}

/// Through the sandbox's observer.
pub(super) async fn picture(observer: &Engine) -> Result<Picture, EngineError> {
    let (containers, networks, volumes) = tokio::try_join!(
        observer.containers(),
        observer.networks(),
        observer.volumes()
    )?;
    let containers: Vec<PicturedContainer> = containers.into_iter().rev().map(container).collect();
    let is_used = |name: &String| containers.iter().any(|it| it.networks.contains(name));
    let mut shown: Vec<PicturedNetwork> = networks
        .into_iter()
        .filter(|it| !BROUGHT.contains(&it.name.as_str()) || is_used(&it.name))
        .map(|it| PicturedNetwork {
            name: it.name,
            subnets: it.subnets,
        })
        .collect();
    shown.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Picture {
        containers,
        networks: shown,
        volumes,
    })
}

fn container(facts: ContainerFacts) -> PicturedContainer {
    let port = |it: crate::engine::Published| PicturedPort {
        host: format!("{}:{}", it.host_ip, it.host_port),
        container: it.container_port,
    };
    let mount = |it: crate::engine::MountFacts| PicturedMount {
        source: it.name.unwrap_or(it.source),
        kind: it.kind,
        at: it.destination,
    };
    PicturedContainer {
        state: state(&facts),
        running: facts.state == State::Running,
        name: facts.name,
        image: facts.image_ref,
        networks: facts.networks.into_keys().collect(),
        ports: facts.published.into_iter().map(port).collect(),
        mounts: facts.mounts.into_iter().map(mount).collect(),
    }
}

fn state(facts: &ContainerFacts) -> String {
    let word = match facts.state {
        State::Created => "created",
        State::Running => "running",
        State::Paused => "paused",
        State::Restarting => "restarting",
        State::Exited => "exited",
        State::Dead => "dead",
    };
    match (facts.exit_code, &facts.health) {
        (Some(code), _) => format!("{word} ({code})"),
        (None, Some(health)) if facts.state == State::Running => format!("{word}, {health}"),
        _ => word.to_owned(),
    }
}
