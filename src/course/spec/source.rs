//! Expectations of the Dockerfile, its build and its cache.

use indexmap::IndexMap;
#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;

use crate::course::matcher::Matcher;
use crate::course::value::{ContainerPath, Glob, Span, WorkspacePath};

/// What the Dockerfile says, read by stages and never by text search. Judge behaviour where behaviour can be observed.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct DockerfileSpec {
    /// How many stages it has.
    pub stages: Option<Matcher>,
    /// The image the final stage starts from, as `name:tag` (through other stages where it starts from one).
    pub base: Option<Matcher>,
    /// Which stages `has`, `lacks` and `order` look at.
    pub stage: StageName,
    /// Instructions that must be there, each in any place.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub has: Option<Vec<InstructionMatch>>,
    /// Instructions that must not be there.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub lacks: Option<Vec<InstructionMatch>>,
    /// Instructions that must be there in this order, others between them allowed.
    #[cfg_attr(test, schemars(length(min = 2)))]
    pub order: Option<Vec<InstructionMatch>>,
    /// Rules it must not break, by hadolint's codes (`DL3025`).
    #[cfg_attr(
        test,
        schemars(length(min = 1), inner(regex(pattern = "^DL[0-9]{4}$")))
    )]
    pub rules: Option<Vec<String>>,
}

/// Which stages of a Dockerfile a check looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StageName {
    /// Every stage the image needs.
    #[default]
    Any,
    /// The stage the image is made of.
    Final,
    /// The stages before it.
    Earlier,
}

/// One instruction, as a mapping with one key: its keyword in lower case, and what its arguments contain
/// (for `copy` and `add`: one of its sources, as a path).
pub type InstructionMatch = IndexMap<InstructionName, String>;

/// The keyword of a Dockerfile instruction, in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the keywords are Dockerfile's own")]
pub enum InstructionName {
    Add,
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Expose,
    From,
    Healthcheck,
    Label,
    Run,
    Shell,
    Stopsignal,
    User,
    Volume,
    Workdir,
}

/// How the build ends, and what it sends to the engine.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct BuildSpec {
    /// `true`: it must build. Left out, it is taken as `true` unless `fails` is given.
    pub succeeds: Option<bool>,
    /// It must not build, and the builder's message matches.
    pub fails: Option<Matcher>,
    /// Builds this stage instead of the final one.
    pub target: Option<String>,
    /// Build arguments.
    #[cfg_attr(test, schemars(extend("minProperties" = 1)))]
    pub args: Option<IndexMap<String, String>>,
    /// What the builder printed, all steps together.
    pub log: Option<Matcher>,
    /// The builder's own warnings, as a list of sentences.
    pub warnings: Option<Matcher>,
    /// The longest the build may take.
    pub limit: Option<Span>,
    /// What is sent to the engine after `.dockerignore`.
    pub context: Option<ContextSpec>,
}

/// What the build context holds after `.dockerignore`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ContextSpec {
    /// Its size in bytes.
    pub size: Option<Matcher>,
    /// Files that must be sent.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub has: Option<Vec<Glob>>,
    /// Files that must not be sent.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub lacks: Option<Vec<Glob>>,
    /// Files that would not be sent if they were there: `.git/HEAD`.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub ignores: Option<Vec<WorkspacePath>>,
}

/// What a rebuild takes from the cache after one change. Exactly one of `edit`, `touch` and `add`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct CacheSpec {
    /// Appends a line to this file: a comment in its language, or `text`.
    pub edit: Option<WorkspacePath>,
    /// Changes only this file's modification time: nothing may run again.
    pub touch: Option<WorkspacePath>,
    /// Adds this file, with `text` or a fresh value in it.
    pub add: Option<WorkspacePath>,
    /// What is appended or written; holds `${nonce}`, or the change is itself cached the second time.
    pub text: Option<String>,
    /// Paths of the image whose layer must be the very same one after the change.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub keeps: Option<Vec<ContainerPath>>,
    /// Paths of the image whose layer must be a new one after the change.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub renews: Option<Vec<ContainerPath>>,
    /// Instructions that must come from the cache.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub cached: Option<Vec<InstructionMatch>>,
    /// Instructions that must run again.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub rerun: Option<Vec<InstructionMatch>>,
}
