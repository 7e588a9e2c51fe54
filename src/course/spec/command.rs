//! Expectations of what the learner did, rather than of what came of it.

use indexmap::IndexMap;
#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;

use crate::course::matcher::Matcher;

/// A docker command that the learner used with success, by meaning: flags in any order and form, aliases alike.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CommandCheck {
    /// The command by its shortest name: `run`, `ps`, `rmi`, `network create`, `compose up`, `--version`.
    #[cfg_attr(test, schemars(
        regex(pattern = "^(--version|[a-z]+( [a-z]+)?)$"),
        extend("patternErrorMessage" = "a command is written by its shortest name: `run`, `ps`, `network create`")
    ))]
    pub docker: String,
    /// Flags by their long names: a value that one of its uses has, `true` for a switch, `{empty: true}` for one that was
    /// not given.
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("minProperties" = 1)))]
    pub flags: Option<IndexMap<String, Matcher>>,
    /// The image it was about, under any name that the course knows for it.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub image: Option<String>,
    /// The container it was about, by name, however the learner wrote it.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub container: Option<String>,
    /// The network it was about.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub network: Option<String>,
    /// The volume it was about.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub volume: Option<String>,
    /// What is left without flags, as a list: names, the image, a command for the container.
    #[serde(default)]
    pub arguments: Option<Matcher>,
    /// `true`: it must have failed, as a thing to be seen.
    #[serde(default)]
    pub fails: bool,
    /// What the engine said when it failed: several things may be wrong with a command, and one is to be seen.
    #[serde(default)]
    pub error: Option<Matcher>,
}
