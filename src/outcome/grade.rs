//! One submission's grade: every outcome, the points, and the conditions it was graded under.

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use super::{Outcome, Script, Status};

/// All outcomes of one submission, with points and the evidence to repeat it. Versioned: see `version`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Grade {
    /// The version of this JSON shape; a change that breaks a reader counts it up.
    pub version: u32,
    /// The lesson's id.
    pub lesson: String,
    /// The submission's name: its folder's, never its content's.
    pub submission: String,
    /// The sum of all tasks.
    pub status: Status,
    /// Whether the points are final: no task ended in `error`.
    pub gradable: bool,
    /// Points earned and to be had.
    #[serde(flatten)]
    pub scores: Scores,
    /// Tasks in the lesson's order.
    pub tasks: Vec<TaskGrade>,
    /// The submission's commands, run again, where the lesson is about commands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<Script>,
    /// What it was graded under.
    pub conditions: Conditions,
}

/// Points, rounded once, to two decimals.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Scores {
    /// Points earned, bonus included. Not final where `gradable` is false.
    pub points: f64,
    /// Points to be had without bonus.
    pub max_points: u32,
}

/// One task's share of a grade.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct TaskGrade {
    /// The task's id.
    pub id: String,
    /// What was to be done.
    pub title: String,
    /// The sum of its checks.
    pub status: Status,
    /// Points earned.
    pub points: f64,
    /// Points to be had.
    pub max_points: u32,
    /// Whether its points come on top.
    pub bonus: bool,
    /// Its checks' outcomes, in order.
    pub outcomes: Vec<Outcome>,
    /// Why it works; only where it passed.
    pub why: Option<String>,
    /// The first rung of the task's ladder of hints; only where it failed.
    pub hint: Option<String>,
    /// Which of the task's hints fit what was seen, by their place in the course; only where that was asked.
    #[serde(skip)]
    pub fitting: Vec<usize>,
}

/// What a grade was made under: enough to repeat it, and to doubt it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Conditions {
    /// This program's version.
    pub sealegs: String,
    /// The course's title.
    pub course: String,
    /// The course's own version.
    pub course_version: String,
    /// SHA-256 over the course's files.
    pub course_hash: String,
    /// When grading began, in UTC (RFC 3339).
    pub started: String,
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// The seed every `${nonce}` of this grade was drawn from.
    pub seed: String,
    /// The engine.
    pub engine: EngineSeen,
    /// Images the submission was built from.
    pub images: Vec<ImageSeen>,
    /// The limits that were set.
    pub limits: LimitsSeen,
    /// The policy of the sandbox in which commands were run: `grading` gives them nothing of the machine, `learner` is a
    /// learner's own. `null` where no sandbox was needed.
    pub policy: Option<String>,
    /// What this engine could not limit or hide, in sentences.
    pub caveats: Vec<String>,
    /// What was run, in order.
    pub commands: Vec<CommandRun>,
}

/// The engine a grade was made on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct EngineSeen {
    /// `Docker Engine`, `Docker Desktop`, `Podman`.
    pub product: String,
    /// Its version.
    pub version: String,
    /// Its API version.
    pub api: String,
    /// What stands between a container and the machine.
    pub wall: Wall,
}

/// What somebody meets who gets out of a container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Wall {
    /// Nothing: the engine runs as root, and so would they; the kernel alone stands in between.
    #[default]
    Rootful,
    /// The engine runs as root and gives containers other users: they would be nobody on the machine.
    UserNamespaces,
    /// The engine runs without root: they would be the user who started it.
    Rootless,
    /// The engine has a virtual machine of its own: they would be in that.
    VirtualMachine,
}

/// A base image as it was on the engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct ImageSeen {
    /// Its name in the Dockerfile.
    pub name: String,
    /// Its content's id on this engine.
    pub id: String,
    /// Where it comes from: `pulled`, `kit` or `local`.
    pub origin: String,
}

/// The limits of every container and build of a grade.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct LimitsSeen {
    /// Bytes of memory, swap included.
    pub memory: u64,
    /// Processors.
    pub cpus: f64,
    /// Processes and threads.
    pub pids: i64,
    /// Bytes of build context.
    pub context: u64,
    /// Bytes of log or output kept.
    pub log: u64,
    /// Bytes that may be written to the engine's disk; nothing where nobody can see it.
    pub disk: Option<u64>,
    /// Seconds a build may take.
    pub build_seconds: u64,
    /// The networks that containers were given: `none`, a private one without a way out, the engine's own.
    pub network: String,
}

/// One thing that was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct CommandRun {
    /// What, as the docker command a person would type.
    pub command: String,
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// How it ended, in a few words.
    pub ended: String,
}
