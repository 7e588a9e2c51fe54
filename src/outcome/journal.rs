//! What a learner or a submission did, as the engine's side of a sandbox saw it: plain values.

use std::collections::BTreeMap;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One line of a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum JournalEntry {
    /// A call to the engine: seen, not told.
    Call(JournalCall),
    /// A command as it was typed, told by the `docker` on the learner's PATH: it sees what makes no call, and could be
    /// made up by who wants to.
    Typed(TypedCommand),
}

/// One call to the engine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct JournalCall {
    /// Counted from 1 over the whole journal.
    pub number: u64,
    /// When it came, in milliseconds since 1970.
    pub at: u64,
    /// What, as a noun and a verb: `container create`, `image build`.
    pub what: String,
    /// On which of the learner's objects, by the learner's names.
    pub objects: Vec<JournalObject>,
    /// What was asked for, under the long names of docker's flags: `publish` → `8080:80`. Values of the environment
    /// are left out.
    pub flags: BTreeMap<String, Vec<String>>,
    /// The HTTP status of the answer.
    pub status: u16,
    /// The error, where it was one.
    pub error: Option<String>,
    /// Whether the sandbox, not the engine, refused it.
    pub refused: bool,
    /// How long the answer took to begin, in milliseconds.
    pub ms: u64,
    /// The client's name for itself: `Docker-Client/28.2.2 (linux)`, `compose/2.40.3`.
    pub client: String,
}

/// One of the learner's objects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct JournalObject {
    /// `container`, `image`, `network`, `volume`.
    pub kind: String,
    /// Its name, or what was written in place of one.
    pub name: String,
}

/// One command as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct TypedCommand {
    /// Counted from 1 over the whole journal.
    pub number: u64,
    /// When it was typed, in milliseconds since 1970.
    pub at: u64,
    /// The program and its arguments.
    pub words: Vec<String>,
}

impl JournalCall {
    /// True for an answer that is no error.
    pub fn succeeded(&self) -> bool {
        self.status < 400
    }

    /// True unless it is a call of those that only look.
    pub fn may_change_something(&self) -> bool {
        const LOOKS: [&str; 24] = [
            "ping",
            "version",
            "info",
            "events",
            "system df",
            "login",
            "container list",
            "container inspect",
            "container top",
            "container logs",
            "container diff",
            "container export",
            "container stats",
            "container resize",
            "container stat",
            "container copy from",
            "exec inspect",
            "exec resize",
            "image list",
            "image save",
            "image inspect",
            "image history",
            "plugin list",
            "build session",
        ];
        let call = self.what.as_str();
        let looks = LOOKS.contains(&call)
            || call.starts_with("network ")
                && (call.ends_with("list") || call.ends_with("inspect"))
            || call.starts_with("volume ") && (call.ends_with("list") || call.ends_with("inspect"));
        !looks
    }

    /// True when the call is about this object.
    pub fn is_about(&self, kind: &str, name: &str) -> bool {
        self.objects
            .iter()
            .any(|object| object.kind == kind && object.name == name)
    }

    /// True when the call says on which object of this kind it was.
    pub fn names_a(&self, kind: &str) -> bool {
        self.objects.iter().any(|object| object.kind == kind)
    }

    /// The values of a flag.
    pub fn flag(&self, name: &str) -> &[String] {
        self.flags.get(name).map(Vec::as_slice).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_looks_changes_nothing_and_what_is_unknown_may() {
        let call = |what: &str| JournalCall {
            what: what.to_owned(),
            ..JournalCall::default()
        };
        for what in ["container list", "network inspect", "volume list", "ping"] {
            assert!(!call(what).may_change_something(), "{what}");
        }
        for what in [
            "container create",
            "network connect",
            "exec start",
            "volume prune",
            "a new one",
        ] {
            assert!(call(what).may_change_something(), "{what}");
        }
    }
}
