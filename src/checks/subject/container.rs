//! Starts the one container that a task's live checks share, with nothing it does not need.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Instant;

use crate::course::ContainerWith;
use crate::engine::{
    ContainerFacts, ContainerSpec, EngineError, Hardening, MountSpec, Network, Publish, State,
};
use crate::outcome::Cause;
use crate::text::tick;

use super::{Built, Rig, Trouble};
use crate::checks::nonce::Nonce;

/// A container to look at: one of a submission's image that we started, or one of the learner's own.
#[derive(Clone, Debug)]
pub struct Started {
    /// Its id.
    pub id: String,
    /// How a person would start the same, or see it.
    pub command: String,
    /// Who made it.
    pub whose: Whose,
    spec: ContainerSpec,
}

/// Who made a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The grade, of what it built.
    Grade,
    /// The learner.
    Learner,
}

impl Started {
    /// A container that the learner made; a copy of it is made of the same image, command and environment.
    pub(crate) fn of_learner(facts: ContainerFacts) -> Self {
        let spec = ContainerSpec {
            image: facts.image_id,
            entrypoint: Some(Vec::new()),
            command: Some(facts.command),
            env: facts.env,
            user: Some(facts.user).filter(|user| !user.is_empty()),
            ..ContainerSpec::default()
        };
        Self {
            id: facts.id,
            command: format!("docker logs {}", facts.name),
            whose: Whose::Learner,
            spec,
        }
    }
}

/// Creates and starts a container of `built` as the task says.
///
/// # Errors
/// [`Trouble::Submission`] where the image's own command cannot be started.
pub async fn start(
    rig: &Rig<'_>,
    built: &Built,
    with: &ContainerWith,
    nonce: &Nonce,
    name: &str,
) -> Result<Started, Trouble> {
    start_as(rig, spec(rig, built, with, nonce, name), shown(with, nonce)).await
}

/// Starts another container like one that is there already, with these volumes.
pub(crate) async fn start_like(
    rig: &Rig<'_>,
    started: &Started,
    mounts: Vec<MountSpec>,
) -> Result<Started, Trouble> {
    let mut like = started.clone();
    like.spec.mounts = mounts;
    start_copy(rig, &like).await
}

/// Starts another container like one that is there already.
pub(crate) async fn start_copy(rig: &Rig<'_>, started: &Started) -> Result<Started, Trouble> {
    let like = started.spec.clone();
    let spec = match started.whose {
        Whose::Grade => ContainerSpec { name: None, ..like },
        Whose::Learner => ContainerSpec {
            labels: rig.run.labels(),
            network: Network::None,
            limits: rig.bounds.limits.clone(),
            log_cap: rig.bounds.log,
            ..like
        },
    };
    start_as(rig, spec, started.command.clone()).await
}

async fn start_as(rig: &Rig<'_>, spec: ContainerSpec, command: String) -> Result<Started, Trouble> {
    let began = Instant::now();
    let cannot_start = |message: &str| {
        let said = crate::checks::start_fault(message);
        Trouble::Submission(Cause::new(format!("the container cannot start: {said}")).see(&command))
    };
    let id = match rig.engine.create(&spec).await {
        Err(EngineError::CannotStart { message }) => return Err(cannot_start(&message)),
        created => created?,
    };
    let outcome = rig.engine.start(&id).await;
    let ended = if outcome.is_ok() {
        "started"
    } else {
        "did not start"
    };
    rig.journal.note(&command, began.elapsed(), ended);
    match outcome {
        Ok(()) => Ok(Started {
            id,
            command,
            whose: Whose::Grade,
            spec,
        }),
        Err(EngineError::CannotStart { message }) => {
            rig.engine.remove(&id).await?;
            Err(cannot_start(&message))
        }
        Err(error) => Err(error.into()),
    }
}

fn spec(
    rig: &Rig<'_>,
    built: &Built,
    with: &ContainerWith,
    nonce: &Nonce,
    name: &str,
) -> ContainerSpec {
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let network = match (&rig.network, with.publish.is_empty()) {
        // A network without a way out publishes nothing.
        (_, false) => Network::Bridge,
        (Some(network), true) => Network::Named(network.clone()),
        (None, true) => Network::None,
    };
    ContainerSpec {
        name: Some(rig.run.name(name)),
        image: built.image.id.clone(),
        command: with.args.clone(),
        env: nonce.expand_all(&with.env),
        user: with.user.clone(),
        publish: with
            .publish
            .iter()
            .map(|port| Publish {
                container: *port,
                host: None,
                ip: loopback,
            })
            .collect(),
        network,
        ..bounded(rig)
    }
}

/// A container with a grade's limits and labels, and no network.
pub(crate) fn bounded(rig: &Rig<'_>) -> ContainerSpec {
    ContainerSpec {
        labels: rig.run.labels(),
        network: Network::None,
        limits: rig.bounds.limits.clone(),
        hardened: Hardening::Full,
        log_cap: rig.bounds.log,
        ..ContainerSpec::default()
    }
}

fn shown(with: &ContainerWith, nonce: &Nonce) -> String {
    let mut words = vec!["docker run --rm".to_owned()];
    words.extend(with.publish.iter().map(|port| format!("-p {port}:{port}")));
    words.extend(
        with.env
            .iter()
            .map(|(name, value)| format!("-e {name}={}", nonce.expand(value))),
    );
    words.extend(with.user.iter().map(|user| format!("--user {user}")));
    words.push("IMAGE".to_owned());
    words.extend(with.args.iter().flatten().cloned());
    words.join(" ")
}

/// The learner's words for a container that is not there to be asked: why it ended, and what it last wrote.
pub(crate) async fn ended(rig: &Rig<'_>, started: &Started) -> Result<Option<Cause>, Trouble> {
    let facts = rig.engine.inspect(&started.id).await?;
    let never = match facts.state {
        State::Running => return Ok(None),
        State::Created => Some("the container was made and never started"),
        State::Paused => Some("the container is paused"),
        State::Restarting | State::Exited | State::Dead => None,
    };
    if let Some(said) = never {
        let said = match facts.error.as_str() {
            "" => said.to_owned(),
            error => format!("{said}: {error}"),
        };
        return Ok(Some(Cause::new(said).see("docker ps -a")));
    }
    let code = facts.exit_code.unwrap_or_default();
    let how = match (facts.oom_killed, code) {
        (true, _) => "ran out of memory and was killed".to_owned(),
        (false, 127) => "ended with exit code 127: the command was not found".to_owned(),
        (false, 126) => "ended with exit code 126: the command may not be executed".to_owned(),
        (false, code) => format!("ended with exit code {code}"),
    };
    let logs = rig.engine.logs(&started.id, rig.bounds.output).await?;
    let mut cause = Cause::new(format!("the container started and {how}")).see(&started.command);
    let lines: Vec<&str> = logs.merged.lines().collect();
    cause.log = lines[lines.len().saturating_sub(15)..]
        .iter()
        .map(|line| (*line).to_owned())
        .collect();
    if cause.log.is_empty() && code == 0 {
        let help = format!(
            "its command ended by itself: what should keep running is {}",
            tick("CMD")
        );
        cause = cause.help(help);
    }
    Ok(Some(cause))
}
