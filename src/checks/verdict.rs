//! What a check comes to, and the one way differences between expected and found are gathered.

use crate::course::matcher::{Matcher, Value};
use crate::outcome::{Cause, Status};

use super::matching::{self, Unit};
use super::nonce::Nonce;

/// What a check comes to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verdict {
    Pass,
    Fail(Cause),
    Error(Cause),
    Skip(Cause),
}

impl Verdict {
    pub(crate) fn status(&self) -> Status {
        match self {
            Self::Pass => Status::Pass,
            Self::Fail(_) => Status::Fail,
            Self::Error(_) => Status::Error,
            Self::Skip(_) => Status::Skip,
        }
    }

    pub(crate) fn into_cause(self) -> Option<Cause> {
        match self {
            Self::Pass => None,
            Self::Fail(cause) | Self::Error(cause) | Self::Skip(cause) => Some(cause),
        }
    }
}

impl From<super::Trouble> for Verdict {
    fn from(trouble: super::Trouble) -> Self {
        match trouble {
            super::Trouble::Submission(cause) => Self::Fail(cause),
            super::Trouble::Infrastructure(cause) => Self::Error(cause),
        }
    }
}

/// Gathers every difference between what a check expects and what was found.
pub(crate) struct Comparison<'a> {
    cause: Cause,
    nonce: &'a Nonce,
}

impl<'a> Comparison<'a> {
    /// Begins with the sentence a failure gets.
    pub(crate) fn new(nonce: &'a Nonce, rationale: impl Into<String>) -> Self {
        Self {
            cause: Cause::new(rationale),
            nonce,
        }
    }

    /// Compares one thing, where something is expected of it.
    pub(crate) fn look(&mut self, what: &str, matcher: Option<&Matcher>, found: &Value) {
        self.look_in(Unit::Plain, what, matcher, found);
    }

    /// As `look`, for a number of bytes.
    pub(crate) fn look_at_size(&mut self, what: &str, matcher: Option<&Matcher>, bytes: u64) {
        self.look_in(Unit::Bytes, what, matcher, &Value::Number(bytes as f64));
    }

    fn look_in(&mut self, unit: Unit, what: &str, matcher: Option<&Matcher>, found: &Value) {
        if let Some(matcher) = matcher
            && let Err(mismatch) = matching::compare(unit, matcher, found, self.nonce)
        {
            self.note(what, mismatch.expected, mismatch.found);
        }
    }

    /// Compares two things that are not matched by words.
    pub(crate) fn same<T: PartialEq + ToString>(
        &mut self,
        what: &str,
        expected: Option<T>,
        found: &T,
    ) {
        if let Some(expected) = expected
            && expected != *found
        {
            self.note(what, expected.to_string(), found.to_string());
        }
    }

    /// Notes a difference found some other way.
    pub(crate) fn note(
        &mut self,
        what: &str,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) {
        self.cause = std::mem::take(&mut self.cause).differs(what, expected, found);
    }

    /// Whether nothing differs so far.
    pub(crate) fn holds(&self) -> bool {
        self.cause.differences.is_empty()
    }

    /// Passes where nothing differs; else fails, showing `see`.
    pub(crate) fn verdict(self, see: impl Into<String>) -> Verdict {
        match self.holds() {
            true => Verdict::Pass,
            false => Verdict::Fail(self.cause.see(see)),
        }
    }
}

/// A list of texts as a value.
pub(crate) fn texts<S: AsRef<str>>(items: impl IntoIterator<Item = S>) -> Value {
    Value::List(
        items
            .into_iter()
            .map(|item| Value::Text(item.as_ref().to_owned()))
            .collect(),
    )
}

/// Text as a value.
pub(crate) fn text(value: impl Into<String>) -> Value {
    Value::Text(value.into())
}
