//! Evaluates one task's checks on its scene: order, needs, batches and combinators; the kinds do the rest.

use std::time::Instant;

use crate::course::spec::{ContainerCheck, FileSpec, HttpSpec, Spec};
use crate::course::{Check, Task};
use crate::engine::Dial;
use crate::outcome::{Cause, Outcome, Status};
use crate::text::tick;

use super::container::Stopped;
use super::exec::{self, Asked};
use super::nonce::Nonce;
use super::patience::{Look, Patience, settle};
use super::scene::{Lacking, Scene};
use super::subject::{self, Started, Trouble};
use super::verdict::Verdict;
use super::{
    build, cache, container, dockerfile, file, http, image, layers, logs, ports, run, tcp,
};

/// One task's evaluation on the way.
struct Evaluation<'a> {
    scene: &'a Scene<'a>,
    outcomes: Vec<Outcome>,
    /// Troubles already told in full: the next check that meets one is skipped instead.
    told: Vec<Cause>,
}

/// The outcome of a check that was not looked at.
pub fn unlooked(check: &Check, status: Status, cause: Cause) -> Outcome {
    Outcome {
        id: check.id.clone(),
        kind: check.spec.kind(),
        says: super::says::says(check),
        status,
        weight: check.weight,
        cause: Some(cause),
        ms: 0,
    }
}

/// Evaluates a task's checks and gives their outcomes, in the checks' order.
pub async fn evaluate(task: &Task, scene: &Scene<'_>) -> Vec<Outcome> {
    let mut evaluation = Evaluation {
        scene,
        outcomes: Vec::new(),
        told: Vec::new(),
    };
    let mut index = 0;
    while index < task.checks.len() {
        let batch = evaluation.batch(&task.checks[index..]);
        if batch > 1 {
            evaluation.execs(&task.checks[index..index + batch]).await;
        } else {
            evaluation.one(&task.checks[index]).await;
        }
        index += batch.max(1);
    }
    if let Some(shelf) = scene.shelf.get() {
        // What is left of a container that never ran; a failure here is found by the sweep.
        let _ = scene.rig.engine.remove(shelf).await;
    }
    evaluation.outcomes
}

impl Evaluation<'_> {
    async fn one(&mut self, check: &Check) {
        let began = Instant::now();
        let verdict = match self.unmet(check) {
            Some(cause) => Verdict::Skip(cause),
            None => {
                let nonce = self.scene.rig.nonce();
                let verdict = verdict(check, self.scene, &nonce).await;
                self.told_once(verdict)
            }
        };
        self.note(check, verdict, began);
    }

    /// How many of the next checks are commands for the same container that can go in one shell.
    fn batch(&self, checks: &[Check]) -> usize {
        let Some(Check {
            spec: Spec::Exec(first),
            ..
        }) = checks.first()
        else {
            return 1;
        };
        if first.limit.is_some() || self.scene.container().is_err() {
            return 1;
        }
        let same = |check: &&Check| {
            check.needs.is_empty()
                && matches!(&check.spec, Spec::Exec(spec) if exec::go_together(first, spec))
        };
        checks.iter().take_while(same).count()
    }

    async fn execs(&mut self, checks: &[Check]) {
        let asked: Vec<Asked<'_>> = checks
            .iter()
            .filter_map(|check| match &check.spec {
                Spec::Exec(spec) => Some(Asked {
                    spec,
                    nonce: self.scene.rig.nonce(),
                }),
                _ => None,
            })
            .collect();
        let began = Instant::now();
        let verdicts = match self.scene.container() {
            Ok(started) => exec_verdicts(&asked, self.scene, started).await,
            Err(lacking) => Err(lacking),
        };
        for (index, check) in checks.iter().enumerate() {
            let verdict = match &verdicts {
                Ok(verdicts) => verdicts[index].clone(),
                Err(lacking) => from_lacking(lacking.clone()),
            };
            let verdict = self.told_once(verdict);
            self.note(check, verdict, began);
        }
    }

    fn unmet(&self, check: &Check) -> Option<Cause> {
        let missing = check.needs.iter().find(|need| {
            !self
                .outcomes
                .iter()
                .any(|done| done.id == **need && done.status == Status::Pass)
        })?;
        Some(Cause::new(format!(
            "needs {}, which did not pass",
            tick(missing)
        )))
    }

    /// A trouble that an earlier check of the task has told in full is not told twice.
    fn told_once(&mut self, verdict: Verdict) -> Verdict {
        match verdict {
            Verdict::Fail(cause) | Verdict::Error(cause) if self.told.contains(&cause) => {
                Verdict::Skip(Cause::new(format!(
                    "could not be looked at: {}",
                    cause.rationale
                )))
            }
            Verdict::Fail(cause) => {
                self.told.push(cause.clone());
                Verdict::Fail(cause)
            }
            Verdict::Error(cause) => {
                self.told.push(cause.clone());
                Verdict::Error(cause)
            }
            other => other,
        }
    }

    fn note(&mut self, check: &Check, verdict: Verdict, began: Instant) {
        let status = verdict.status();
        let mut cause = verdict.into_cause();
        if status == Status::Fail
            && let (Some(cause), Some(help)) = (&mut cause, &check.help)
        {
            cause.help = Some(help.clone());
        }
        self.outcomes.push(Outcome {
            id: check.id.clone(),
            kind: check.spec.kind(),
            says: super::says::says(check),
            status,
            weight: check.weight,
            cause,
            ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        });
    }
}

fn from_lacking(lacking: Lacking) -> Verdict {
    match lacking {
        Lacking::NotInTask(what) => Verdict::Error(Cause::new(format!(
            "the course gives this task no {what} to look at"
        ))),
        Lacking::Trouble(trouble) => trouble.into(),
    }
}

async fn verdict(check: &Check, scene: &Scene<'_>, nonce: &Nonce) -> Verdict {
    observe_and_judge(check, scene, nonce)
        .await
        .unwrap_or_else(from_lacking)
}

async fn observe_and_judge(
    check: &Check,
    scene: &Scene<'_>,
    nonce: &Nonce,
) -> Result<Verdict, Lacking> {
    let rig = scene.rig;
    Ok(match &check.spec {
        Spec::Dockerfile(spec) => match scene.plan() {
            Err(Lacking::NotInTask(_)) => dockerfile::nothing(),
            plan => dockerfile::judge(spec, plan?, nonce),
        },
        Spec::Build(spec) if build::is_a_copy(spec) => {
            build::check_copy(spec, rig, scene.plan()?, nonce).await?
        }
        Spec::Build(spec) => {
            let plan = scene.plan()?;
            let built = scene.built.ok_or(Lacking::NotInTask("image"))?;
            build::check(spec, plan, built, nonce)
        }
        Spec::Cache(spec) => cache::check(spec, rig, scene.plan()?, scene.built()?, nonce).await?,
        Spec::Image(spec) => {
            let base = match &spec.base {
                Some(name) => rig.engine.image(name).await.map_err(Trouble::from)?,
                None => None,
            };
            let base = base.map(|base| base.layers);
            image::judge(spec, &scene.built()?.image, base.as_deref(), nonce)
        }
        Spec::Layers(spec) => {
            let built = scene.built()?;
            let layers = built.layers(rig).await?;
            let history = match spec.history.is_some() {
                true => rig
                    .engine
                    .history(&built.image.id)
                    .await
                    .map_err(Trouble::from)?,
                false => Vec::new(),
            };
            layers::judge(spec, &history, layers, base_layers(scene).await?, nonce)
        }
        Spec::Exposed(spec) => image::judge_exposed(spec, &scene.built()?.image, nonce),
        Spec::File(spec) => look_at_file(spec, scene, nonce).await?,
        Spec::Run(spec) => {
            let report = run::observe(spec, rig, scene.built()?, nonce).await?;
            run::judge(spec, &report, nonce)
        }
        Spec::Exec(spec) => {
            let asked = [Asked {
                spec,
                nonce: nonce.clone(),
            }];
            exec_verdicts(&asked, scene, scene.container()?)
                .await?
                .swap_remove(0)
        }
        Spec::Http(spec) => look_at_http(spec, scene, nonce).await?,
        Spec::Tcp(spec) => {
            let started = scene.container()?;
            let look = async || {
                let dial = scene.dial(started, spec.port).await?;
                let connection = tcp::observe(spec, dial, nonce).await;
                unless_ended(scene, started, tcp::judge(spec, &connection, nonce)).await
            };
            settle(Patience::new(spec.within, spec.hold), look).await?
        }
        Spec::Listening(spec) => {
            let started = scene.container()?;
            let look = async || {
                let listeners = scene.listening(started).await?;
                unless_ended(
                    scene,
                    started,
                    ports::judge_listening(spec, &listeners, nonce),
                )
                .await
            };
            settle(Patience::new(spec.within, spec.hold), look).await?
        }
        Spec::Published(spec) => {
            let facts = scene.inspect(scene.container()?).await?;
            ports::judge_published(spec, &facts, nonce)
        }
        Spec::Logs(spec) => {
            let started = scene.container()?;
            let look = async || {
                let verdict = logs::judge(spec, &scene.logs(started).await?, nonce);
                let running = scene.why_ended(started).await?.is_none();
                Ok(if running {
                    Look::Now(verdict)
                } else {
                    Look::Final(verdict)
                })
            };
            settle(Patience::new(spec.within, spec.hold), look).await?
        }
        Spec::Container(spec) => look_at_container(spec, scene, nonce).await?,
        Spec::Any(checks) => combined(checks, scene, nonce, Status::any).await,
        Spec::All(checks) => combined(checks, scene, nonce, Status::all).await,
        Spec::Not(inner) => match Box::pin(verdict(inner, scene, nonce)).await {
            Verdict::Pass => {
                let said = format!(
                    "this should not hold, and it does: {}",
                    super::says::says(inner)
                );
                Verdict::Fail(Cause::new(said))
            }
            Verdict::Fail(_) => Verdict::Pass,
            other => other,
        },
    })
}

/// Evaluates all parts and combines them; the cause is that of the first part with the combined status.
async fn combined(
    checks: &[Check],
    scene: &Scene<'_>,
    nonce: &Nonce,
    combine: fn(Vec<Status>) -> Status,
) -> Verdict {
    let mut verdicts = Vec::new();
    for check in checks {
        verdicts.push(Box::pin(verdict(check, scene, nonce)).await);
    }
    let status = combine(verdicts.iter().map(Verdict::status).collect());
    verdicts
        .into_iter()
        .find(|verdict| verdict.status() == status)
        .unwrap_or(Verdict::Pass)
}

/// How many of the image's layers belong to the course image it starts from.
async fn base_layers(scene: &Scene<'_>) -> Result<usize, Lacking> {
    let built = scene.built()?;
    let mut most = 0;
    for name in &scene.plan()?.images {
        if let Some(base) = scene.rig.engine.image(name).await.map_err(Trouble::from)?
            && built.image.layers.starts_with(&base.layers)
        {
            most = most.max(base.layers.len());
        }
    }
    Ok(most)
}

async fn look_at_file(
    spec: &FileSpec,
    scene: &Scene<'_>,
    nonce: &Nonce,
) -> Result<Verdict, Lacking> {
    let found = match file::needs_content(spec) {
        true => scene.read(&spec.path.0, file::READ_CAP).await?,
        false => scene.stat(&spec.path.0).await?,
    };
    Ok(file::judge(spec, found.as_ref(), nonce))
}

async fn look_at_http(
    spec: &HttpSpec,
    scene: &Scene<'_>,
    nonce: &Nonce,
) -> Result<Verdict, Lacking> {
    let started = scene.container()?;
    let look = async || {
        let dial = match (spec.port, spec.published) {
            (Some(port), _) => scene.dial(started, port).await?,
            (None, port) => dial_published(scene, started, port.unwrap_or_default()).await?,
        };
        let answer = http::observe(spec, dial, nonce).await;
        unless_ended(scene, started, http::judge(spec, &answer, nonce)).await
    };
    let began = Instant::now();
    let verdict = settle(Patience::new(spec.within, spec.hold), look).await?;
    let port = spec.port.or(spec.published).unwrap_or_default();
    let path = nonce.expand(&spec.path);
    scene.rig.journal.note(
        format!("curl -i localhost:{port}{path}"),
        began.elapsed(),
        verdict.status().word(),
    );
    Ok(verdict)
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
    let host = scene.rig.engine.endpoint().host().unwrap_or("127.0.0.1");
    let connect = tokio::net::TcpStream::connect((host, binding.host_port));
    Ok(
        match tokio::time::timeout(std::time::Duration::from_secs(2), connect).await {
            Ok(Ok(stream)) => Dial::Open(Box::new(stream)),
            Ok(Err(_)) => Dial::Refused,
            Err(_) => Dial::TimedOut,
        },
    )
}

/// What is wrong with a container that has ended is final, and its end is the cause: it has no address any more either.
async fn unless_ended(
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

async fn exec_verdicts(
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

async fn look_at_container(
    spec: &ContainerCheck,
    scene: &Scene<'_>,
    nonce: &Nonce,
) -> Result<Verdict, Lacking> {
    let started = scene.container()?;
    let stopped = match spec.stops_within {
        Some(limit) => match stop_copy(spec, limit.0, scene).await? {
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
        let verdict = container::judge(spec, &facts, pid1.as_ref(), stopped, nonce);
        let wants_running = spec.running != Some(false) && spec.exit_code.is_none();
        match wants_running {
            true => unless_ended(scene, started, verdict).await,
            false => Ok(Look::Now(verdict)),
        }
    };
    Ok(settle(Patience::new(spec.within, spec.hold), look).await?)
}

/// Starts a copy of the task's container, waits until it is ready, and stops it.
async fn stop_copy(
    spec: &ContainerCheck,
    limit: std::time::Duration,
    scene: &Scene<'_>,
) -> Result<Result<Stopped, Verdict>, Lacking> {
    let started = scene.container()?;
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
