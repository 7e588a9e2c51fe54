//! Expectations of a compose file, and of the services that run by it.

use indexmap::IndexMap;
#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;

use crate::course::matcher::Matcher;
use crate::course::value::{Span, WorkspacePath};

/// A compose file as compose itself reads it, and the services that the learner has brought up.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ComposeCheck {
    /// The file, where compose is not to find it by itself.
    pub file: Option<WorkspacePath>,
    /// Whether compose can read it; it must, where something else is expected of it.
    pub valid: Option<bool>,
    /// The names of its services, as a list.
    pub services: Option<Matcher>,
    /// What it says once compose has read it: what stands at each JSON pointer (RFC 6901), `/services/web/image`.
    #[cfg_attr(test, schemars(extend("minProperties" = 1)))]
    pub config: Option<IndexMap<String, Matcher>>,
    /// `true`: no service is privileged, shares a namespace of the host or mounts anything outside the workspace.
    pub contained: Option<bool>,
    /// The containers of its services, as they are now, by service.
    #[cfg_attr(test, schemars(extend("minProperties" = 1)))]
    pub up: Option<IndexMap<String, UpMatch>>,
    /// How long to wait for the services to be as they should.
    pub within: Option<Span>,
}

/// The containers of one service.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct UpMatch {
    /// How many of them run; at least one, where nothing is said.
    pub running: Option<Matcher>,
    /// The health of each: `healthy`, `unhealthy`, `starting`; `none` without a health check.
    pub health: Option<Matcher>,
    /// The exit code of each that has ended.
    pub exit_code: Option<Matcher>,
}

impl ComposeCheck {
    /// Whether compose has to read the file for it.
    pub fn reads_file(&self) -> bool {
        self.valid.is_some()
            || self.services.is_some()
            || self.config.is_some()
            || self.contained.is_some()
    }
}
