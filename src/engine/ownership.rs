//! Whose objects are whose: a run's labels, and the sweep of runs that died without tidying up.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rand::RngExt;
use sha2::{Digest, Sha256};

use super::endpoint::hex;
use super::record::Records;
use super::sandboxed::SANDBOX_LABEL;
use super::{Engine, EngineError, LabelFilter, Owned};

const RUN: &str = "sealegs.run";
const HOST: &str = "sealegs.host";
const BOOT: &str = "sealegs.boot";
const PID: &str = "sealegs.pid";
const START: &str = "sealegs.start";

/// True for the labels by which this program knows its own.
pub fn is_own_label(key: &str) -> bool {
    [RUN, HOST, BOOT, PID, START].contains(&key) || key.starts_with(SANDBOX_LABEL)
}

/// One run of this program: everything it makes carries its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Twelve random hexadecimal digits.
    pub id: String,
    pub(super) process: Process,
    pub(super) records: Records,
}

/// A process for as long as the machine is up: pids are used again, start times are not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) host: String,
    pub(super) boot: String,
    pub(super) pid: u32,
    pub(super) start: String,
}

impl Default for Run {
    fn default() -> Self {
        Self::new()
    }
}

impl Run {
    /// A new run of this process, its records under `$XDG_STATE_HOME/sealegs/runs` (`~/.local/state` by default).
    pub fn new() -> Self {
        Self::with_records(Records::usual_place())
    }

    /// A new run that keeps its records in `folder`.
    pub fn with_records(folder: PathBuf) -> Self {
        let id: [u8; 6] = rand::rng().random();
        Self {
            id: hex(&id),
            process: Process::this(),
            records: Records::at(folder),
        }
    }

    /// The labels for everything this run makes.
    pub fn labels(&self) -> BTreeMap<String, String> {
        let Process {
            host,
            boot,
            pid,
            start,
        } = &self.process;
        [
            (RUN, &self.id),
            (HOST, host),
            (BOOT, boot),
            (PID, &pid.to_string()),
            (START, start),
        ]
        .map(|(key, value)| (key.to_owned(), value.clone()))
        .into()
    }

    /// The labels of something that outlives this process: no sweep takes it, for no process is named that could be dead.
    pub fn lasting_labels(&self) -> BTreeMap<String, String> {
        let mut labels = self.labels();
        labels.retain(|key, _| key != PID && key != START);
        labels
    }

    /// True for the labels of something that outlives processes of this machine.
    pub fn is_lasting_here(&self, labels: &BTreeMap<String, String>) -> bool {
        labels.get(HOST) == Some(&self.process.host) && !labels.contains_key(PID)
    }

    /// A name for something of this run, `sealegs-<id>-<what>`.
    pub fn name(&self, what: &str) -> String {
        format!("sealegs-{}-{what}", self.id)
    }

    /// The filter that finds what this run has made.
    pub fn filter(&self) -> LabelFilter {
        LabelFilter::value(RUN, &self.id)
    }

    /// Removes everything this run has made, and says how many objects went.
    pub async fn end(&self, engine: &Engine) -> Result<usize, EngineError> {
        // A container holds on to its network until it is gone: let go first, and the two can go side by side.
        let (networks, others) = engine.owned(&self.filter()).await?.networks_apart();
        engine.empty_networks(&networks, &others).await;
        let (emptied, others) = tokio::join!(engine.remove_owned(&networks), async {
            let done = engine.remove_owned(&others).await?;
            let images = self.end_records(engine, |record| record.run == self.id);
            Ok::<_, EngineError>(done + images.await?)
        });
        let networks = match emptied {
            Err(_) => engine.remove_owned(&networks).await,
            emptied => emptied,
        };
        Ok(networks? + others?)
    }

    /// What runs of this process have made and not yet removed.
    pub async fn of_process(&self, engine: &Engine) -> Result<Owned, EngineError> {
        let owned = engine
            .owned(&LabelFilter::value(PID, self.process.pid.to_string()))
            .await?;
        Ok(owned.only(|labels| Process::of_labels(labels).as_ref() == Some(&self.process)))
    }

    /// Removes what any run of this process has left behind, and says how many objects that were: none, where every
    /// run has ended as it should.
    pub async fn end_process(&self, engine: &Engine) -> Result<usize, EngineError> {
        let mut done = engine.remove_owned(&self.of_process(engine).await?).await?;
        done += self
            .end_records(engine, |record| record.process == self.process)
            .await?;
        Ok(done)
    }

    /// Removes the containers, networks and volumes of this run, and leaves its images to a later [`Run::end_process`]:
    /// builds that follow take their steps from the cache.
    pub async fn end_but_images(&self, engine: &Engine) -> Result<usize, EngineError> {
        let owned = Owned {
            images: Vec::new(),
            ..engine.owned(&self.filter()).await?
        };
        engine.remove_owned(&owned).await
    }

    /// Removes what dead runs of this machine left on the engine, and says how many objects went. Runs of
    /// other machines, other process namespaces and living processes are left alone.
    pub async fn sweep(&self, engine: &Engine) -> Result<usize, EngineError> {
        let us = &self.process;
        let owned = engine.owned(&LabelFilter::key(RUN)).await?;
        let left = owned
            .only(|labels| Process::of_labels(labels).is_some_and(|process| process.is_dead(us)));
        let mut done = engine.remove_owned(&left).await?;
        done += self
            .end_records(engine, |record| record.process.is_dead(us))
            .await?;
        Ok(done)
    }
}

#[cfg(test)]
impl Run {
    /// The same run, of a process that has ended.
    pub(super) fn died(mut self) -> Self {
        self.process.start = "1".to_owned();
        self
    }
}

impl Process {
    fn this() -> Self {
        let pid = std::process::id();
        Self {
            host: host(),
            boot: boot(),
            pid,
            start: start_time(pid).unwrap_or_default(),
        }
    }

    fn of_labels(labels: &BTreeMap<String, String>) -> Option<Self> {
        Some(Self {
            host: labels.get(HOST)?.clone(),
            boot: labels.get(BOOT)?.clone(),
            pid: labels.get(PID)?.parse().ok()?,
            start: labels.get(START)?.clone(),
        })
    }

    /// True when this process ran on the machine of `us` and has ended. Unsure is no.
    fn is_dead(&self, us: &Self) -> bool {
        if self.host != us.host || us.boot.is_empty() || us.start.is_empty() {
            return false;
        }
        self.boot != us.boot || start_time(self.pid).is_none_or(|start| start != self.start)
    }
}

/// This machine and process namespace (a container on it has pids of its own), hashed: a machine id is not
/// to be shown around (`man machine-id`).
fn host() -> String {
    let machine = proc_line("/etc/machine-id")
        .or_else(|| proc_line("/proc/sys/kernel/hostname"))
        .unwrap_or_default();
    let namespace = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    let digest = Sha256::digest(format!("sealegs {machine} {}", namespace.display()));
    hex(&digest[..8])
}

fn boot() -> String {
    proc_line("/proc/sys/kernel/random/boot_id").unwrap_or_default()
}

/// The 22nd field of `/proc/PID/stat`, ticks since boot; the second may hold spaces and parentheses.
fn start_time(pid: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(19).map(str::to_owned)
}

/// A file of one line; `None` when it is empty or cannot be read.
pub(super) fn proc_line(path: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let line = text.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Bench, sh};
    use super::*;

    #[test]
    fn a_living_process_of_this_boot_is_not_dead() {
        let us = Process::this();
        assert!(!us.is_dead(&us));
    }

    #[test]
    fn another_boot_or_start_time_is_dead_and_another_host_is_unknown() {
        let us = Process::this();
        assert!(
            Process {
                boot: "old".into(),
                ..us.clone()
            }
            .is_dead(&us)
        );
        assert!(
            Process {
                start: "1".into(),
                ..us.clone()
            }
            .is_dead(&us)
        );
        // The largest pid Linux gives is 2^22.
        assert!(
            Process {
                pid: u32::MAX,
                ..us.clone()
            }
            .is_dead(&us)
        );
        let elsewhere = Process {
            host: "other".into(),
            boot: "old".into(),
            ..us.clone()
        };
        assert!(!elsewhere.is_dead(&us));
    }

    #[test]
    fn names_and_labels_carry_the_id() {
        let run = Run::new();
        assert_eq!(run.id.len(), 12);
        assert_eq!(run.name("web"), format!("sealegs-{}-web", run.id));
        assert_eq!(run.labels()["sealegs.run"], run.id);
    }

    #[tokio::test]
    async fn a_sweep_takes_dead_runs_objects_and_leaves_the_living_ones() {
        let bench = Bench::new().await;
        let living = bench.start(&sh("sleep 1000")).await;
        let folder = tempfile::tempdir().unwrap();
        let dead = Run::with_records(folder.path().into()).died();
        let mut spec = bench.spec(&sh("sleep 1000"));
        spec.labels = dead.labels();
        let id = bench.engine.create(&spec).await.unwrap();
        let network = super::super::NetworkSpec {
            name: dead.name("net"),
            labels: dead.labels(),
            internal: true,
        };
        bench.engine.create_network(&network).await.unwrap();

        let sweeper = Run::with_records(folder.path().into());
        // Another test's sweep may have been first: what counts is what is left.
        sweeper.sweep(&bench.engine).await.unwrap();
        assert!(bench.engine.owned(&dead.filter()).await.unwrap().is_empty());
        assert!(matches!(
            bench.engine.inspect(&id).await,
            Err(EngineError::NotFound { .. })
        ));
        assert_eq!(bench.engine.inspect(&living).await.unwrap().id, living);
    }
}
