//! The results of checks: plain values that say what was found, and know nothing of engines or terminals.

mod grade;
mod journal;
mod picture;
mod script;
mod status;

pub use grade::{
    CommandRun, Conditions, EngineSeen, Grade, ImageSeen, LimitsSeen, Scores, TaskGrade, Wall,
};
pub use journal::{JournalCall, JournalEntry, JournalObject, TypedCommand};
pub use picture::{Picture, PicturedContainer, PicturedMount, PicturedNetwork, PicturedPort};
pub use script::{Script, ScriptCommand, ScriptEnd};
pub use status::Status;

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

/// The result of one check.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Outcome {
    /// The check's id in its task.
    pub id: String,
    /// Its kind, as in the check file.
    pub kind: &'static str,
    /// What the check states, as a sentence for people.
    pub says: String,
    /// What came of it.
    pub status: Status,
    /// Its share of the task's points.
    pub weight: u32,
    /// Why it has that status; `None` for a plain pass.
    pub cause: Option<Cause>,
    /// How long observing and judging took, in milliseconds.
    pub ms: u64,
}

/// Why a check did not pass, with everything a learner needs to see it for themselves.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Cause {
    /// What is the matter, in a sentence: lower case, names in backticks, no full stop.
    pub rationale: String,
    /// Expected against found, one entry a thing that differs; never shortened.
    pub differences: Vec<Difference>,
    /// A command that shows the same to the learner.
    pub see: Option<String>,
    /// Where in the submission it comes from.
    pub place: Option<Place>,
    /// The last lines of the log of what died or failed.
    pub log: Vec<String>,
    /// What to try.
    pub help: Option<String>,
}

/// One thing that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Difference {
    /// What was looked at: `status`, `env PORT`.
    pub what: String,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
}

/// A place in a file of the submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Place {
    /// Relative to the submission.
    pub file: String,
    /// Counted from 1.
    pub line: u32,
    /// The line's text.
    pub text: String,
}

impl Cause {
    /// A cause with nothing but its sentence.
    pub fn new(rationale: impl Into<String>) -> Self {
        Self {
            rationale: rationale.into(),
            ..Self::default()
        }
    }

    /// Adds a difference.
    #[must_use]
    pub fn differs(
        mut self,
        what: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        self.differences.push(Difference {
            what: what.into(),
            expected: expected.into(),
            found: found.into(),
        });
        self
    }

    /// Adds the command that shows it.
    #[must_use]
    pub fn see(mut self, command: impl Into<String>) -> Self {
        self.see = Some(command.into());
        self
    }

    /// Adds what to try, where nothing more special is there yet.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.get_or_insert_with(|| help.into());
        self
    }
}
