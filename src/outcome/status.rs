//! The four statuses and how they combine.

use serde::{Deserialize, Serialize};

/// What came of a check, a task or a grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It holds.
    Pass,
    /// It does not hold.
    Fail,
    /// It could not be told: the engine, an image, the disk, the course. Never the learner's failure.
    Error,
    /// Something it needs did not pass.
    Skip,
}

impl Status {
    /// All of these together: a failure is certain whatever the rest is; what could not be told comes next.
    pub fn all(statuses: impl IntoIterator<Item = Self>) -> Self {
        statuses
            .into_iter()
            .fold(Self::Pass, |sum, status| match (sum, status) {
                (Self::Fail, _) | (_, Self::Fail) => Self::Fail,
                (Self::Error, _) | (_, Self::Error) => Self::Error,
                (Self::Skip, _) | (_, Self::Skip) => Self::Skip,
                (Self::Pass, Self::Pass) => Self::Pass,
            })
    }

    /// At least one of these: one pass is certain whatever the rest is.
    pub fn any(statuses: impl IntoIterator<Item = Self>) -> Self {
        let rank = |status: Self| match status {
            Self::Pass => 3,
            Self::Error => 2,
            Self::Skip => 1,
            Self::Fail => 0,
        };
        statuses
            .into_iter()
            .max_by_key(|status| rank(*status))
            .unwrap_or(Self::Fail)
    }

    /// The sum of a task or a grade: one error makes it `error`, before `fail`, because the points are not final.
    pub fn sum(statuses: impl IntoIterator<Item = Self>) -> Self {
        statuses
            .into_iter()
            .fold(Self::Pass, |sum, status| match (sum, status) {
                (Self::Error, _) | (_, Self::Error) => Self::Error,
                (Self::Fail, _) | (_, Self::Fail) => Self::Fail,
                (Self::Skip, _) | (_, Self::Skip) => Self::Skip,
                (Self::Pass, Self::Pass) => Self::Pass,
            })
    }

    /// The mark that carries the meaning where there is no colour.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Pass => "✓",
            Self::Fail => "✗",
            Self::Error => "!",
            Self::Skip => "–",
        }
    }

    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
            Self::Skip => "skip",
        }
    }
}

impl std::ops::Not for Status {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::Pass => Self::Fail,
            Self::Fail => Self::Pass,
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Status::{Error, Fail, Pass, Skip};
    use super::*;

    #[test]
    fn combinators_are_three_valued() {
        assert_eq!(Status::any([Pass, Error]), Pass);
        assert_eq!(Status::any([Fail, Error]), Error);
        assert_eq!(Status::all([Fail, Error]), Fail);
        assert_eq!(Status::all([Pass, Error]), Error);
        assert_eq!(!Error, Error);
        assert_eq!(!Pass, Fail);
    }

    #[test]
    fn an_error_comes_before_a_failure_in_a_sum() {
        assert_eq!(Status::sum([Pass, Fail, Error]), Error);
        assert_eq!(Status::sum([Pass, Fail, Skip]), Fail);
        assert_eq!(Status::sum([]), Pass);
    }
}
