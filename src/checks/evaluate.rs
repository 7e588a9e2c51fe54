//! Evaluates one task's checks on its scene: order, needs, batches and combinators; the kinds do the rest.

use std::time::Instant;

use crate::course::spec::Spec;
use crate::course::{Check, Task};
use crate::outcome::{Cause, Outcome, Status};
use crate::text::tick;

use super::exec::{self, Asked};
use super::looks::{
    base_layers, exec_verdicts, look_at_any_container, look_at_container, look_at_file,
    look_at_http, unless_ended,
};
use super::nonce::Nonce;
use super::patience::{Look, settle};
use super::scene::{Lacking, Scene};
use super::subject::Trouble;
use super::verdict::Verdict;
use super::{
    build, cache, command, compose, dockerfile, image, layers, logs, network, ports, quiz,
    registry, run, script, tcp, volume,
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

/// The outcome of a check that held before and is not looked at again.
pub fn passed_before(check: &Check) -> Outcome {
    Outcome {
        cause: None,
        ..unlooked(check, Status::Pass, Cause::new("it passed before"))
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
        let batch = evaluation.batch(&task.checks[index..]).await;
        if batch > 1 {
            evaluation.execs(&task.checks[index..index + batch]).await;
        } else {
            evaluation.one(&task.checks[index]).await;
        }
        index += batch.max(1);
    }
    evaluation.outcomes
}

/// Which of a task's hints fit what is there now: those whose every dependency holds. What cannot be told does not.
pub async fn fitting(task: &Task, scene: &Scene<'_>) -> Vec<usize> {
    let nonce = scene.rig.nonce();
    let mut fitting = Vec::new();
    for (index, hint) in task.hints.iter().enumerate() {
        let holds = !hint.when.is_empty()
            && combined(&hint.when, scene, &nonce, Status::all).await == Verdict::Pass;
        if holds {
            fitting.push(index);
        }
    }
    fitting
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
    async fn batch(&self, checks: &[Check]) -> usize {
        let Some(Check {
            spec: Spec::Exec(first),
            ..
        }) = checks.first()
        else {
            return 1;
        };
        let container = self.scene.container_of(first.container.as_deref());
        if first.limit.is_some() || container.await.is_err() {
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
        let container = checks.first().and_then(|check| check.spec.container());
        let verdicts = match self.scene.container_of(container).await {
            Ok(started) => exec_verdicts(&asked, self.scene, &started).await,
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
        let passed = |need: &&String| {
            let done = self.outcomes.iter().find(|done| done.id == **need);
            done.is_some_and(|done| done.status == Status::Pass)
        };
        let missing = check.needs.iter().find(|need| !passed(need))?;
        let done = self.outcomes.iter().find(|done| done.id == *missing);
        let named = done.map_or(missing.as_str(), |done| &done.says);
        Some(Cause::new(format!("needs \"{named}\", which did not pass")))
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
    let verdict = observe_and_judge(check, scene, nonce)
        .await
        .unwrap_or_else(from_lacking);
    with_names(verdict, &check.spec)
}

/// Puts the learner's own names into the command that shows the same.
fn with_names(mut verdict: Verdict, spec: &Spec) -> Verdict {
    if let Verdict::Fail(cause) | Verdict::Error(cause) | Verdict::Skip(cause) = &mut verdict
        && let Some(see) = &mut cause.see
    {
        for (word, name) in [("CONTAINER", spec.container()), ("IMAGE", spec.image())] {
            if let Some(name) = name {
                *see = see.replace(word, name);
            }
        }
    }
    verdict
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
                Some(name) => Some(
                    rig.engine
                        .image(name)
                        .await
                        .map_err(Trouble::from)?
                        .ok_or_else(|| {
                            let said =
                                format!("the engine has no image {} to compare with", tick(name));
                            let help = format!(
                                "`docker pull {name}` or `sealegs images build {name}` gets it"
                            );
                            Trouble::Infrastructure(Cause::new(said).help(help))
                        })?,
                ),
                None => None,
            };
            let base = base.map(|base| base.layers);
            let image = scene.image_of(spec.name.as_deref()).await?;
            image::judge(spec, &image, base.as_deref(), nonce)
        }
        Spec::Layers(spec) => {
            let image = scene.image_of(spec.image.as_deref()).await?;
            let layers = match spec.image {
                Some(_) => &rig.engine.layers(&image.id).await.map_err(Trouble::from)?,
                None => scene.built()?.layers(rig).await?,
            };
            let history = match spec.history.is_some() {
                true => rig.engine.history(&image.id).await.map_err(Trouble::from)?,
                false => Vec::new(),
            };
            let base = base_layers(scene, &image).await?;
            layers::judge(spec, &history, layers, base, nonce)
        }
        Spec::Exposed(spec) => {
            let image = scene.image_of(spec.image.as_deref()).await?;
            image::judge_exposed(spec, &image, nonce)
        }
        Spec::File(spec) => look_at_file(spec, scene, nonce).await?,
        Spec::Run(spec) => {
            let image = scene.image_of(spec.image.as_deref()).await?;
            let report = run::observe(spec, rig, &image.id, nonce).await?;
            run::judge(spec, &report, nonce)
        }
        Spec::Exec(spec) => {
            let asked = [Asked {
                spec,
                nonce: nonce.clone(),
            }];
            let started = scene.container_of(spec.container.as_deref()).await?;
            exec_verdicts(&asked, scene, &started).await?.swap_remove(0)
        }
        Spec::Http(spec) => look_at_http(spec, scene, nonce).await?,
        Spec::Tcp(spec) => {
            let started = &scene.container_of(spec.container.as_deref()).await?;
            let look = async || {
                let dial = scene.dial(started, spec.port).await?;
                let connection = tcp::observe(spec, dial, nonce).await;
                unless_ended(scene, started, tcp::judge(spec, &connection, nonce)).await
            };
            settle(scene.patience(spec.within, spec.hold), look).await?
        }
        Spec::Listening(spec) => {
            let started = &scene.container_of(spec.container.as_deref()).await?;
            let look = async || {
                let listeners = scene.listening(started).await?;
                unless_ended(
                    scene,
                    started,
                    ports::judge_listening(spec, &listeners, nonce),
                )
                .await
            };
            settle(scene.patience(spec.within, spec.hold), look).await?
        }
        Spec::Published(spec) => {
            let started = scene.container_of(spec.container.as_deref()).await?;
            let facts = scene.inspect(&started).await?;
            ports::judge_published(spec, &facts, nonce)
        }
        Spec::Logs(spec) => {
            let started = &scene.container_of(spec.container.as_deref()).await?;
            let look = async || {
                let verdict = logs::judge(spec, &scene.logs(started).await?, nonce);
                let running = scene.why_ended(started).await?.is_none();
                Ok(if running {
                    Look::Now(verdict)
                } else {
                    Look::Final(verdict)
                })
            };
            settle(scene.patience(spec.within, spec.hold), look).await?
        }
        Spec::Container(spec) if spec.name.is_none() && scene.container.is_none() => {
            look_at_any_container(spec, scene, nonce).await?
        }
        Spec::Container(spec) => look_at_container(spec, scene, nonce).await?,
        Spec::Command(spec) => {
            let live = scene.live()?;
            command::judge(spec, live.journal, live.images, nonce)
        }
        Spec::Network(spec) => network::check(spec, scene, nonce).await?,
        Spec::Volume(spec) => volume::check(spec, scene, nonce).await?,
        Spec::Compose(spec) => compose::check(spec, scene, nonce).await?,
        Spec::Registry(spec) => registry::check(spec, scene, nonce).await?,
        Spec::Quiz(spec) => quiz::check(spec, check, scene.workspace()?, nonce)?,
        Spec::Script(spec) => script::check(spec, scene, nonce).await?,
        Spec::Any(checks) => combined(checks, scene, nonce, Status::any).await,
        Spec::All(checks) => combined(checks, scene, nonce, Status::all).await,
        Spec::Not(inner) => match Box::pin(verdict(inner, scene, nonce)).await {
            Verdict::Pass => {
                let cause = match &inner.spec {
                    Spec::Container(_) if inner.title.is_none() => {
                        Cause::new("there is a container like that").see("docker ps -a")
                    }
                    Spec::Volume(spec) if inner.title.is_none() => {
                        let name = spec.name.as_deref().unwrap_or_default();
                        let said = format!("there is still a volume {}", tick(name));
                        Cause::new(said).see("docker volume ls")
                    }
                    Spec::Published(spec) if inner.title.is_none() => {
                        let port = tick(&spec.port.to_string());
                        Cause::new(format!("port {port} is published")).see("docker ps")
                    }
                    _ => Cause::new(format!(
                        "this should not hold, and it does: {}",
                        super::says::says(inner)
                    )),
                };
                Verdict::Fail(cause)
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
