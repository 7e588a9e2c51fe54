//! How the kinds that need more than one answer look at their subjects: waiting, copies, ended containers.

use std::time::Instant;

use crate::course::spec::{ContainerCheck, FileSpec, HttpSpec};
use crate::engine::{Dial, ImageFacts};
use crate::outcome::Cause;
use crate::text::tick;

use super::container::{self, Seen, Stopped};
use super::exec::{self, Asked};
use super::live::dial_binding;
use super::nonce::Nonce;
use super::patience::{Look, Patience, settle};
use super::scene::{Lacking, Scene};
use super::subject::{self, Started, Trouble};
use super::verdict::Verdict;
use super::{file, http};

/// How many of the image's layers belong to the course image it starts from.
pub(super) async fn base_layers(scene: &Scene<'_>, image: &ImageFacts) -> Result<usize, Lacking> {
    let mut most = 0;
    let names: Vec<&String> = match (scene.plan, scene.live) {
        (Some(Ok(plan)), _) => plan.images.iter().collect(),
        (_, Some(live)) => live.images.iter().map(|image| &image.name).collect(),
        _ => Vec::new(),
    };
    for name in names {
        if let Some(base) = scene.rig.engine.image(name).await.map_err(Trouble::from)?
            && image.layers.starts_with(&base.layers)
        {
            most = most.max(base.layers.len());
        }
    }
    Ok(most)
}

pub(super) async fn look_at_file(
    spec: &FileSpec,
    scene: &Scene<'_>,
    nonce: &Nonce,
) -> Result<Verdict, Lacking> {
    let (path, cap) = (&spec.path.0, file::READ_CAP);
    let content = file::needs_content(spec);
    let found = match (&spec.container, &spec.image) {
        (Some(name), _) => {
            let id = scene.live()?.container(name).await?.id;
            match content {
                true => scene.read_in(&id, path, cap).await?,
                false => scene.stat_in(&id, path).await?,
            }
        }
        (None, Some(name)) => scene.read_in_image(name, path, cap).await?,
        (None, None) if content => scene.read(path, cap).await?,
        (None, None) => scene.stat(path).await?,
    };
    Ok(file::judge(spec, found.as_ref(), nonce))
}

pub(super) async fn look_at_http(
    spec: &HttpSpec,
    scene: &Scene<'_>,
    nonce: &Nonce,
) -> Result<Verdict, Lacking> {
    if let Some(port) = spec.host_port {
        return look_at_host_port(spec, port, scene, nonce).await;
    }
    let started = &scene.container_of(spec.container.as_deref()).await?;
    let look = async || {
        let dial = match (spec.port, spec.published) {
            (Some(port), _) => scene.dial(started, port).await?,
            (None, port) => dial_published(scene, started, port.unwrap_or_default()).await?,
        };
        let answer = http::observe(spec, dial, nonce).await;
        unless_ended(scene, started, http::judge(spec, &answer, nonce)).await
    };
    let began = Instant::now();
    let verdict = settle(scene.patience(spec.within, spec.hold), look).await?;
    let port = spec.port.or(spec.published).unwrap_or_default();
    let path = nonce.expand(&spec.path);
    scene.rig.journal.note(
        format!("curl -i localhost:{port}{path}"),
        began.elapsed(),
        verdict.status().word(),
    );
    Ok(verdict)
}

/// Asks whoever the learner published on a port of the host.
async fn look_at_host_port(
    spec: &HttpSpec,
    port: u16,
    scene: &Scene<'_>,
    nonce: &Nonce,
) -> Result<Verdict, Lacking> {
    let live = scene.live()?;
    let look = async || {
        Ok(Look::Now(match live.dial_host(port).await {
            Ok(dial) => http::judge(spec, &http::observe(spec, dial, nonce).await, nonce),
            Err(Lacking::Trouble(trouble)) => trouble.into(),
            Err(Lacking::NotInTask(what)) => {
                Verdict::Error(Cause::new(format!("there is no {what} to look at")))
            }
        }))
    };
    Ok(settle(scene.patience(spec.within, spec.hold), look).await?)
}

/// Connects through the host port that a container port is published on.
async fn dial_published(scene: &Scene<'_>, started: &Started, port: u16) -> Result<Dial, Trouble> {
    let facts = scene.inspect(started).await?;
    let name = format!("{port}/tcp");
    let Some(binding) = facts
        .published
        .iter()
        .find(|binding| binding.container_port == name)
    else {
        return Ok(Dial::Refused);
    };
    Ok(dial_binding(scene.rig.engine, binding).await)
}

/// What is wrong with a container that has ended is final, and its end is the cause: it has no address any more either.
pub(super) async fn unless_ended(
    scene: &Scene<'_>,
    started: &Started,
    verdict: Verdict,
) -> Result<Look, Trouble> {
    if matches!(verdict, Verdict::Fail(_) | Verdict::Error(_))
        && let Some(cause) = scene.why_ended(started).await?
    {
        return Ok(Look::Final(Verdict::Fail(cause)));
    }
    Ok(Look::Now(verdict))
}

pub(super) async fn exec_verdicts(
    asked: &[Asked<'_>],
    scene: &Scene<'_>,
    started: &Started,
) -> Result<Vec<Verdict>, Lacking> {
    match exec::observe(asked, scene.rig, started).await {
        Ok(reports) => Ok(asked
            .iter()
            .zip(&reports)
            .map(|(one, report)| exec::judge(one.spec, report, &one.nonce))
            .collect()),
        // A container that has ended takes no commands.
        Err(trouble) => match scene.why_ended(started).await? {
            Some(cause) => Ok(vec![Verdict::Fail(cause); asked.len()]),
            None => Err(trouble.into()),
        },
    }
}

pub(super) async fn look_at_container(
    spec: &ContainerCheck,
    scene: &Scene<'_>,
    nonce: &Nonce,
) -> Result<Verdict, Lacking> {
    let started = &scene.container_of(spec.name.as_deref()).await?;
    let stopped = match spec.stops_within {
        Some(limit) => match stop_copy(spec, limit.0, scene, started).await? {
            Ok(stopped) => Some(stopped),
            Err(verdict) => return Ok(verdict),
        },
        None => None,
    };
    let look = async || {
        let facts = scene.inspect(started).await?;
        let pid1 = match spec.pid1.is_some() || spec.user.is_some() {
            true => scene.pid1(started).await?,
            false => None,
        };
        let seen = Seen {
            container: &facts,
            pid1: pid1.as_ref(),
            stopped,
        };
        let verdict = container::judge(spec, &seen, scene.live, nonce);
        match container::wants_running(spec, started.whose) {
            true => unless_ended(scene, started, verdict).await,
            false => Ok(Look::Now(verdict)),
        }
    };
    Ok(settle(scene.patience(spec.within, spec.hold), look).await?)
}

/// Looks for one of the learner's containers that is as it should be; where none is, tells of the one that comes nearest.
pub(super) async fn look_at_any_container(
    spec: &ContainerCheck,
    scene: &Scene<'_>,
    nonce: &Nonce,
) -> Result<Verdict, Lacking> {
    let live = scene.live()?;
    let look = async || {
        let mut nearest: Option<Cause> = None;
        for facts in live.engine.containers().await? {
            let seen = Seen {
                container: &facts,
                pid1: None,
                stopped: None,
            };
            match container::judge(spec, &seen, Some(live), nonce) {
                Verdict::Pass => return Ok(Look::Now(Verdict::Pass)),
                Verdict::Fail(cause) | Verdict::Error(cause) | Verdict::Skip(cause) => {
                    let nearer = nearest
                        .as_ref()
                        .is_none_or(|best| cause.differences.len() < best.differences.len());
                    if nearer {
                        let see = format!("docker inspect {}", facts.name);
                        nearest = Some(Cause {
                            rationale: format!(
                                "no container is as it should be; {} comes nearest",
                                tick(&facts.name)
                            ),
                            ..cause.see(see)
                        });
                    }
                }
            }
        }
        let none = || Cause::new("there is no container").see("docker ps -a");
        Ok(Look::Now(Verdict::Fail(nearest.unwrap_or_else(none))))
    };
    Ok(settle(scene.patience(spec.within, spec.hold), look).await?)
}

/// Starts a copy of the container, waits until it is ready, and stops it.
async fn stop_copy(
    spec: &ContainerCheck,
    limit: std::time::Duration,
    scene: &Scene<'_>,
    started: &Started,
) -> Result<Result<Stopped, Verdict>, Lacking> {
    let copy = subject::start_copy(scene.rig, started).await?;
    let result = ready_then_stop(spec, limit, scene, &copy).await;
    scene
        .rig
        .engine
        .remove(&copy.id)
        .await
        .map_err(Trouble::from)?;
    Ok(result?)
}

async fn ready_then_stop(
    spec: &ContainerCheck,
    limit: std::time::Duration,
    scene: &Scene<'_>,
    copy: &Started,
) -> Result<Result<Stopped, Verdict>, Trouble> {
    if let Some(port) = spec.port {
        let patience = Patience {
            within: scene.rig.bounds.run,
            ..Patience::default()
        };
        let look = async || {
            let verdict = match scene.dial(copy, port).await? {
                Dial::Open(_) => Verdict::Pass,
                Dial::Refused | Dial::TimedOut | Dial::Unroutable => Verdict::Fail(Cause::new(
                    format!("nothing in the container answers on port {port}"),
                )),
            };
            unless_ended(scene, copy, verdict).await
        };
        match settle(patience, look).await? {
            Verdict::Pass => {}
            verdict => return Ok(Err(verdict)),
        }
    }
    let took = scene.rig.engine.stop(&copy.id, limit).await?;
    let facts = scene.inspect(copy).await?;
    Ok(Ok(Stopped {
        took,
        killed: facts.exit_code == Some(137),
    }))
}
