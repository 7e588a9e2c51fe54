//! Expectations of what runs: the container, a command in it, one run to its end, the log.

use indexmap::IndexMap;
#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;

use crate::course::matcher::Matcher;
use crate::course::value::{ContainerPath, Span};

/// One run of the image to its end, in a container of its own, with the image's real ENTRYPOINT and CMD.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RunSpec {
    /// The learner's image, by name; the task's own where left out.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub image: Option<String>,
    /// Arguments after the image's name, in place of CMD.
    pub args: Option<Vec<String>>,
    /// In place of ENTRYPOINT.
    pub entrypoint: Option<Vec<String>>,
    /// What it reads from its standard input.
    pub stdin: Option<String>,
    /// Environment variables.
    #[cfg_attr(test, schemars(extend("minProperties" = 1)))]
    pub env: Option<IndexMap<String, String>>,
    /// The user to run as, in place of the image's.
    pub user: Option<String>,
    /// The exit code; 0 where nothing else is expected either.
    pub exit: Option<Matcher>,
    /// What it writes to standard output, without the last line break.
    pub stdout: Option<Matcher>,
    /// What it writes to standard error, without the last line break.
    pub stderr: Option<Matcher>,
    /// The longest it may run; 10 s where left out.
    pub limit: Option<Span>,
}

/// A command in the running container. Exactly one of `command` and `sh`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ExecSpec {
    /// The learner's container it is about, by name; the task's own where left out.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub container: Option<String>,
    /// The program and its arguments.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub command: Option<Vec<String>>,
    /// A line for the container's `sh`; `$` reaches it untouched.
    pub sh: Option<String>,
    /// Environment variables.
    #[cfg_attr(test, schemars(extend("minProperties" = 1)))]
    pub env: Option<IndexMap<String, String>>,
    /// The user to run as, in place of the container's.
    pub user: Option<String>,
    /// The working directory, in place of the container's.
    pub workdir: Option<ContainerPath>,
    /// The exit code; 0 where nothing else is expected either.
    pub exit: Option<Matcher>,
    /// What it writes to standard output, without the last line break.
    pub stdout: Option<Matcher>,
    /// What it writes to standard error, without the last line break.
    pub stderr: Option<Matcher>,
    /// The longest it may run; 10 s where left out.
    pub limit: Option<Span>,
}

/// A script over the learner's files, in a container of its own with no network; never on the host.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ScriptSpec {
    /// The course's image that it runs in; busybox where left out.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub image: Option<String>,
    /// Lines for the image's `sh`, begun in `/workspace`, where a copy of the learner's files is.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub sh: String,
    /// The exit code; 0 where nothing else is expected either.
    #[serde(default)]
    pub exit: Option<Matcher>,
    /// What it writes to standard output, without the last line break.
    #[serde(default)]
    pub stdout: Option<Matcher>,
    /// What it writes to standard error, without the last line break.
    #[serde(default)]
    pub stderr: Option<Matcher>,
    /// The longest it may run; 10 s where left out.
    #[serde(default)]
    pub limit: Option<Span>,
}

/// The state of a container: of the task's own, where the task has one, else of one that the learner made.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ContainerCheck {
    /// The learner's container, by name; where left out, and the task has none of its own, any that is as it should be.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub name: Option<String>,
    /// The image it was made from, under any name that the course knows for it.
    pub image: Option<Matcher>,
    /// What it runs: ENTRYPOINT and CMD together, as a list.
    pub command: Option<Matcher>,
    /// `created`, `running`, `paused`, `restarting`, `exited` or `dead`.
    pub state: Option<Matcher>,
    /// Whether it is running.
    pub running: Option<bool>,
    /// The exit code of one that has ended.
    pub exit_code: Option<Matcher>,
    /// `healthy`, `unhealthy`, `starting`; `none` without a health check.
    pub health: Option<Matcher>,
    /// Environment variables by name, the image's and the run's together.
    #[cfg_attr(test, schemars(extend("minProperties" = 1)))]
    pub env: Option<IndexMap<String, Matcher>>,
    /// The command line of process 1.
    pub pid1: Option<Matcher>,
    /// The user process 1 really runs as.
    pub user: Option<Matcher>,
    /// The networks it is on, as a list of names.
    pub networks: Option<Matcher>,
    /// What is mounted in it, each in any place.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub mounts: Option<Vec<MountMatch>>,
    /// `no`, `always`, `unless-stopped` or `on-failure`.
    pub restart_policy: Option<Matcher>,
    /// How often its restart policy started it again.
    pub restarts: Option<Matcher>,
    /// Its memory limit in bytes; 0 without one.
    pub memory: Option<Matcher>,
    /// Its limit of processors; 0 without one.
    pub cpus: Option<Matcher>,
    /// Exposed ports, its image's and `--expose`'s together, as a list of `8080/tcp`.
    pub exposed: Option<Matcher>,
    /// A second copy, once `port` answers, ends by itself this soon after `docker stop`'s SIGTERM.
    pub stops_within: Option<Span>,
    /// The port that tells `stops_within` that the copy is ready.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub port: Option<u16>,
    /// How long to wait for all this to hold.
    pub within: Option<Span>,
    /// How long it must go on holding.
    #[serde(rename = "for")]
    pub hold: Option<Span>,
}

/// Something mounted in a container.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct MountMatch {
    /// Where it appears in the container.
    pub target: Option<ContainerPath>,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: Option<MountKind>,
    /// A volume's name; the folder of a bind mount.
    pub source: Option<Matcher>,
    /// Whether it can only be read.
    pub read_only: Option<bool>,
}

/// What is mounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MountKind {
    /// A volume.
    Volume,
    /// A folder or file of the host.
    Bind,
    /// Memory.
    Tmpfs,
}

/// What the container wrote to its log.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LogsSpec {
    /// The learner's container it is about, by name; the task's own where left out.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub container: Option<String>,
    /// The text of the log.
    pub text: Matcher,
    /// Which of its streams.
    #[serde(default)]
    pub stream: LogStream,
    /// How long to wait for it.
    #[serde(default)]
    pub within: Option<Span>,
    /// How long it must go on holding.
    #[serde(default, rename = "for")]
    pub hold: Option<Span>,
}

/// One stream of a log, or both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LogStream {
    /// Both, in the order they were written.
    #[default]
    Both,
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}
