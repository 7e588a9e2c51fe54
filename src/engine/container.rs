//! A container's life: create, start, look, wait, stop, kill, remove, logs.

use std::future::Future;
use std::time::{Duration, Instant};

use bollard::errors::Error as Bollard;
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, InspectContainerOptions, KillContainerOptionsBuilder,
    ListContainersOptionsBuilder, LogsOptionsBuilder, RemoveContainerOptionsBuilder,
    StartContainerOptions, StopContainerOptionsBuilder, TopOptionsBuilder,
    WaitContainerOptionsBuilder,
};
use futures_util::StreamExt;

use super::output::{Collector, Logs};
use super::{ContainerFacts, ContainerSpec, Engine, EngineError, Product, State, locality, names};

/// Pauses before the second and third try: a runc or shim hiccup passes in tens of milliseconds.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(500)];

/// A container's first process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pid1 {
    /// Its arguments, joined by spaces.
    pub args: String,
    /// Its numeric user id, as the engine's machine sees it.
    pub user: String,
}

impl Engine {
    /// Creates a container and gives its id.
    pub async fn create(&self, spec: &ContainerSpec) -> Result<String, EngineError> {
        let options = spec
            .name
            .as_deref()
            .map(|name| CreateContainerOptionsBuilder::default().name(name).build());
        let made = retried(|| async {
            self.docker()
                .create_container(options.clone(), spec.body())
                .await
                .map_err(|error| EngineError::of("create a container", "image", &spec.image, error))
        });
        Ok(made.await?.id)
    }

    /// Starts a container; one that runs already is fine.
    pub async fn start(&self, id: &str) -> Result<(), EngineError> {
        let docker = self.docker();
        retried(|| async {
            docker
                .start_container(known(id)?, None::<StartContainerOptions>)
                .await
                .map_err(|error| EngineError::of("start a container", "container", id, error))
        })
        .await
    }

    /// Looks at a container, by id or name.
    pub async fn inspect(&self, id: &str) -> Result<ContainerFacts, EngineError> {
        const VERB: &str = "inspect a container";
        let inspected = self
            .docker()
            .inspect_container(known(id)?, None::<InspectContainerOptions>)
            .await
            .map_err(|error| EngineError::of(VERB, "container", id, error));
        match inspected {
            // Podman has states of its own (`stopped`, `initialized`).
            Err(EngineError::Unreadable { .. }) if self.info().product == Product::Podman => {
                let path = format!("/containers/{}/json", known(id)?);
                let mut answer = self.get_json(VERB, &path).await?;
                answer["State"]["Status"] = serde_json::Value::Null;
                // By its text: models read from a value too would be in the program twice.
                let answer = serde_json::from_slice(answer.to_string().as_bytes());
                answer.map(ContainerFacts::read).map_err(|error| {
                    let reason = error.to_string();
                    EngineError::Unreadable { verb: VERB, reason }
                })
            }
            inspected => inspected.map(ContainerFacts::read),
        }
    }

    /// Looks at every container there is, running or not, newest first. One that goes in the meantime is left out.
    pub async fn containers(&self) -> Result<Vec<ContainerFacts>, EngineError> {
        let options = ListContainersOptionsBuilder::default().all(true).build();
        let listed = retried(|| async {
            let listed = self.docker().list_containers(Some(options.clone())).await;
            listed.map_err(|error| EngineError::of("list the containers", "container", "", error))
        })
        .await?;
        let mut found = Vec::new();
        for id in listed.into_iter().filter_map(|container| container.id) {
            match self.inspect(&id).await {
                Ok(facts) => found.push(facts),
                Err(EngineError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// Waits until a container ends and gives its exit code; `None` when `limit` passes first.
    pub async fn wait(&self, id: &str, limit: Duration) -> Result<Option<i64>, EngineError> {
        let docker = self.patient(limit);
        let options = WaitContainerOptionsBuilder::default()
            .condition("not-running")
            .build();
        let mut answers = Box::pin(docker.wait_container(known(id)?, Some(options)));
        let Ok(answer) = tokio::time::timeout(limit, answers.next()).await else {
            return Ok(None);
        };
        match answer {
            Some(Ok(answer)) => Ok(Some(answer.status_code)),
            // bollard makes an error of every exit code but 0.
            Some(Err(Bollard::DockerContainerWaitError { code, error })) if error.is_empty() => {
                Ok(Some(code))
            }
            Some(Err(error)) => Err(EngineError::of(
                "wait for a container",
                "container",
                id,
                error,
            )),
            None => Err(EngineError::Gone {
                verb: "wait for a container",
                reason: "the answer ended early".to_owned(),
            }),
        }
    }

    /// Stops a container as `docker stop` does, SIGKILL after `grace` (the next whole second: the engine counts no
    /// smaller ones), and says how long it took.
    pub async fn stop(&self, id: &str, grace: Duration) -> Result<Duration, EngineError> {
        let seconds = i32::try_from(grace.as_millis().div_ceil(1000)).unwrap_or(i32::MAX);
        let options = StopContainerOptionsBuilder::default().t(seconds).build();
        let began = Instant::now();
        self.patient(grace)
            .stop_container(known(id)?, Some(options))
            .await
            .map_err(|error| EngineError::of("stop a container", "container", id, error))?;
        Ok(began.elapsed())
    }

    /// Sends a signal (`SIGTERM`, `9`) to a container's PID 1; a conflict when it does not run.
    pub async fn kill(&self, id: &str, signal: &str) -> Result<(), EngineError> {
        let options = KillContainerOptionsBuilder::default()
            .signal(signal)
            .build();
        self.docker()
            .kill_container(known(id)?, Some(options))
            .await
            .map_err(|error| EngineError::of("signal a container", "container", id, error))
    }

    /// Removes a container, running or not, with its anonymous volumes; one that is gone or going is fine.
    pub async fn remove(&self, id: &str) -> Result<(), EngineError> {
        let options = RemoveContainerOptionsBuilder::default()
            .force(true)
            .v(true)
            .build();
        let removed = self
            .docker()
            .remove_container(known(id)?, Some(options))
            .await
            .map_err(|error| EngineError::of("remove a container", "container", id, error));
        match removed {
            Err(EngineError::NotFound { .. }) => Ok(()),
            Err(EngineError::Conflict { message, .. })
                if message.contains("already in progress") =>
            {
                Ok(())
            }
            other => other,
        }
    }

    /// What a container has written so far, at most `cap` bytes from the start.
    pub async fn logs(&self, id: &str, cap: usize) -> Result<Logs, EngineError> {
        let options = LogsOptionsBuilder::default()
            .stdout(true)
            .stderr(true)
            .tail("all")
            .build();
        let mut stream = Box::pin(self.docker().logs(known(id)?, Some(options)));
        let mut collector = Collector::new(cap);
        while let Some(piece) = stream.next().await {
            let piece = piece.map_err(|error| {
                EngineError::of("read a container's log", "container", id, error)
            })?;
            collector.take(&piece);
            // Nobody waits for this reader, so the rest of a flood need not be carried over.
            if collector.is_full() {
                break;
            }
        }
        Ok(collector.finish())
    }

    /// The arguments and user of a container's PID 1; `None` when it does not run.
    pub async fn pid1(&self, id: &str) -> Result<Option<Pid1>, EngineError> {
        let facts = self.inspect(id).await?;
        if !matches!(facts.state, State::Running | State::Paused) {
            return Ok(None);
        }
        if let Some(folder) = locality::proc_of(facts.pid, &facts.id)
            && let Some(pid1) = pid1_of(&folder)
        {
            return Ok(Some(pid1));
        }
        let options = TopOptionsBuilder::default()
            .ps_args("-eo pid,uid,args")
            .build();
        let table = self
            .docker()
            .top_processes(&facts.id, Some(options))
            .await
            .map_err(|error| {
                EngineError::of("list a container's processes", "container", id, error)
            })?;
        let pid = facts.pid.to_string();
        let row = table
            .processes
            .into_iter()
            .flatten()
            .find(|row| row.first() == Some(&pid));
        Ok(row.and_then(|row| match row.as_slice() {
            [_, user, args @ ..] => Some(Pid1 {
                args: args.join(" "),
                user: user.clone(),
            }),
            _ => None,
        }))
    }
}

/// The id, if it can stand in an API path.
pub(super) fn known(id: &str) -> Result<&str, EngineError> {
    if names::is_plausible(id) {
        Ok(id)
    } else {
        Err(EngineError::NotFound {
            what: "container",
            name: id.to_owned(),
        })
    }
}

/// Tries again where the engine, not the request, was at fault.
pub(super) async fn retried<T, F: Future<Output = Result<T, EngineError>>>(
    attempt: impl Fn() -> F,
) -> Result<T, EngineError> {
    let mut pauses = PAUSES.into_iter();
    loop {
        let error = match attempt().await {
            Err(error) => error,
            done => return done,
        };
        // A taken port does not come free by itself in this time.
        let passes = error.is_transient() && !matches!(error, EngineError::PortTaken { .. });
        match pauses.next().filter(|_| passes) {
            Some(pause) => tokio::time::sleep(pause).await,
            None => return Err(error),
        }
    }
}

fn pid1_of(folder: &std::path::Path) -> Option<Pid1> {
    let args = std::fs::read(folder.join("cmdline")).ok()?;
    let status = std::fs::read_to_string(folder.join("status")).ok()?;
    let user = status
        .lines()
        .find_map(|line| line.strip_prefix("Uid:"))?
        .split_whitespace()
        .nth(1)?;
    let words: Vec<_> = args
        .split(|byte| *byte == 0)
        .map(String::from_utf8_lossy)
        .collect();
    let args = words.join(" ").trim_end().to_owned();
    (!args.is_empty()).then(|| Pid1 {
        args,
        user: user.to_owned(),
    })
}
