//! What stopped us, and the exit codes. A learner's failure is a value in `outcome`, never one of these.

use std::fmt;

use crate::text::sentence_hint;

/// The process's exit codes, the only place they are defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// Every check passed, or the command did what it was asked.
    Passed = 0,
    /// Some check failed.
    Failed = 1,
    /// The command line or the course is wrong.
    Usage = 2,
    /// The engine, an image, the disk: something that is not the learner's fault.
    Infrastructure = 3,
    /// Ctrl-C or SIGTERM.
    Interrupted = 130,
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}

/// One sentence that says what is wrong, and one that says what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Lower case, names in backticks, no full stop.
    pub message: String,
    /// The next step, where there is one.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem with no next step of its own.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
        }
    }

    /// Adds the next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        sentence_hint(f, self.hint.as_deref())
    }
}

/// What stopped a command before it could finish.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Ctrl-C or SIGTERM; what was started has been removed.
    #[error("interrupted")]
    Interrupted,
    /// The arguments or the course are wrong.
    #[error("{0}")]
    Usage(Problem),
    /// The engine, an image, the disk; never the learner.
    #[error("{0}")]
    System(Problem),
}

impl Failure {
    /// A usage or course fault.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage(Problem::new(message))
    }

    /// An infrastructure error.
    pub fn system(message: impl Into<String>) -> Self {
        Self::System(Problem::new(message))
    }

    /// Adds the next step, where the failure has room for one.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        match self {
            Self::Interrupted => self,
            Self::Usage(problem) => Self::Usage(problem.hint(hint)),
            Self::System(problem) => Self::System(problem.hint(hint)),
        }
    }

    /// The exit code this failure ends the process with.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Interrupted => ExitCode::Interrupted,
            Self::Usage(_) => ExitCode::Usage,
            Self::System(_) => ExitCode::Infrastructure,
        }
    }
}
