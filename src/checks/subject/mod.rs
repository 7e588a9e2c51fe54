//! What a task's checks look at: the image built from a submission, and one container of it.

mod build;
mod container;
mod plan;

pub use build::{Built, build};
pub(super) use build::{Variation, build_varied, heading};
pub use container::{Started, Whose, start};
pub(super) use container::{bounded, ended, start_copy, start_like};
pub(crate) use plan::course_name;
pub use plan::{BuildPlan, plan};

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::engine::{Engine, EngineError, Limits, Run, RunReport};
use crate::outcome::{Cause, CommandRun};

use super::nonce::Nonce;

/// The limits of every build and container of a grade, and where they come from: the baseline of course
/// graders (512 MB, one processor, 200 processes, no capabilities a service does not need), wide enough for a Go compiler.
#[derive(Clone, Debug, PartialEq)]
pub struct Bounds {
    /// Memory, processors, processes.
    pub limits: Limits,
    /// The longest a build may take.
    pub build: Duration,
    /// The longest a run or command may take where the check says nothing.
    pub run: Duration,
    /// Bytes of output or log that are kept.
    pub output: usize,
    /// Bytes of log the engine keeps of one container.
    pub log: u64,
    /// Bytes that a grade may write to the engine's disk, where that can be seen.
    pub disk: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            limits: Limits {
                memory: 512 << 20,
                cpus: 1.0,
                pids: 200,
            },
            build: Duration::from_secs(300),
            run: Duration::from_secs(10),
            output: 256 << 10,
            log: 1 << 20,
            disk: 4 << 30,
        }
    }
}

/// What every observation of one grade shares.
pub struct Rig<'a> {
    /// The engine to observe.
    pub engine: &'a Engine,
    /// Who owns what is made.
    pub run: &'a Run,
    /// The limits.
    pub bounds: Bounds,
    /// The seed the nonce is drawn from.
    pub seed: String,
    /// An image with `nc` and `cat`, for looking into a container's network from beside it.
    pub helper: String,
    /// An image with the docker command and compose, for reading what they read.
    pub toolbox: String,
    /// The private network of this grade; `None` while no check has asked for one.
    pub network: Option<String>,
    /// What came of commands over the submission's files: each is run once, since the files stay as they were handed in.
    pub over_files: tokio::sync::Mutex<HashMap<Vec<String>, RunReport>>,
    /// What was run so far.
    pub journal: Journal,
    /// Whether a build ran whose steps nothing limits: BuildKit has no limits of memory and processors, measured
    /// on Engine 20.10 and 28.5.
    pub unlimited_build: AtomicBool,
    /// Told of every step of a build, for progress on a terminal.
    pub on_build: &'a (dyn Fn(crate::engine::BuildProgress) + Send + Sync),
}

impl Rig<'_> {
    /// The value `${nonce}` has in this grade: in every container, request and expectation the same.
    pub fn nonce(&self) -> Nonce {
        Nonce::drawn(&self.seed)
    }
}

/// The commands of a grade, in the order they ended.
#[derive(Debug, Default)]
pub struct Journal(Mutex<Vec<CommandRun>>);

impl Journal {
    /// Notes one command.
    pub fn note(&self, command: impl Into<String>, took: Duration, ended: impl Into<String>) {
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let run = CommandRun {
            command: command.into(),
            ms,
            ended: ended.into(),
        };
        self.0
            .lock()
            .expect("no holder of the journal panics")
            .push(run);
    }

    /// Takes all of them.
    pub fn take(&self) -> Vec<CommandRun> {
        std::mem::take(&mut *self.0.lock().expect("no holder of the journal panics"))
    }
}

/// Why there is nothing to look at.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// The submission's fault, with everything to show.
    Submission(Cause),
    /// Not the submission's fault: it could not be told.
    Infrastructure(Cause),
}

impl Trouble {
    /// The cause, whoever's it is.
    pub fn cause(&self) -> &Cause {
        match self {
            Self::Submission(cause) | Self::Infrastructure(cause) => cause,
        }
    }
}

impl From<EngineError> for Trouble {
    fn from(error: EngineError) -> Self {
        Self::Infrastructure(super::engine_cause(error))
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        Self::Infrastructure(Cause::new(format!(
            "cannot pack the build context: {error}"
        )))
    }
}
