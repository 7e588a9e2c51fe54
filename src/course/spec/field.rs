//! Expectations of what containers share: networks and volumes.

use indexmap::IndexMap;
#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;

use crate::course::matcher::Matcher;
use crate::course::value::{ContainerPath, Span};

/// A network that the learner made, and who reaches whom.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct NetworkCheck {
    /// The network, by name.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub name: Option<String>,
    /// `bridge`, `host`, `none` …
    pub driver: Option<Matcher>,
    /// Whether nothing on it reaches beyond it.
    pub internal: Option<bool>,
    /// The running containers on it, as a list of names.
    pub members: Option<Matcher>,
    /// Who reaches whom, tried one by one.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub reach: Option<Vec<ReachMatch>>,
    /// How long to wait for all this to hold.
    pub within: Option<Span>,
}

/// One attempt to connect, from where a container stands.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReachMatch {
    /// The container that tries, by name.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub from: String,
    /// Whom, as it would write it: `db:6379`.
    #[cfg_attr(test, schemars(
        regex(pattern = "^[A-Za-z0-9._-]+:[0-9]{1,5}$"),
        extend("patternErrorMessage" = "whom to reach is a name or an address, and a port: `db:6379`")
    ))]
    pub to: String,
    /// What it meets; `open` where left out.
    #[serde(default)]
    pub expect: Met,
}

/// What a connection attempt meets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Met {
    /// Somebody listens.
    #[default]
    Open,
    /// The host is there, and nobody listens.
    Refused,
    /// The name means nothing there.
    Unresolved,
    /// No answer, or no way.
    Unreachable,
}

/// A volume that the learner made.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct VolumeCheck {
    /// The volume, by name.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub name: Option<String>,
    /// `local`, or a plugin's name.
    pub driver: Option<Matcher>,
    /// The containers that mount it, running or not, as a list of names.
    pub used_by: Option<Matcher>,
    /// Files in it: what is at each path, as text.
    #[cfg_attr(test, schemars(extend("minProperties" = 1)))]
    pub files: Option<IndexMap<ContainerPath, Matcher>>,
    /// Whether data outlive their container.
    pub survives: Option<Survives>,
    /// How long to wait for all this to hold.
    pub within: Option<Span>,
}

/// A round trip: a copy of a container with fresh volumes in the same places writes, goes, and is made anew with the same
/// volumes; the new one reads.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Survives {
    /// The learner's container that is copied, by name.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub container: String,
    /// A line for the first copy's `sh`; tried until it succeeds, since a server may still be starting.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub write: String,
    /// A line for the second copy's `sh`, tried likewise.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub read: String,
    /// What the second line writes to standard output, without the last line break.
    pub stdout: Matcher,
}
