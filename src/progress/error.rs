//! Why progress could not be read or kept; never a reason to lose it.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Problem};
use crate::text::tick;

/// What went wrong with a progress file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProgressError {
    /// Neither `XDG_DATA_HOME` nor `HOME` says where it goes.
    #[error("there is no place for it: neither `XDG_DATA_HOME` nor `HOME` is set")]
    NoPlace,
    /// A newer program wrote it.
    #[error("it was written by a newer Sealegs (version {version} of the file)")]
    Newer {
        /// The version of its lines.
        version: u32,
    },
    /// It belongs to another course.
    #[error("it belongs to the course {}, and this is {}", tick(.found), tick(.expected))]
    OtherCourse {
        /// The course it says.
        found: String,
        /// The course meant.
        expected: String,
    },
    /// Nothing in it could be read.
    #[error("{} holds no progress", tick(&.0.display().to_string()))]
    Nothing(PathBuf),
    /// Another process has kept it locked for too long.
    #[error("another Sealegs keeps it locked")]
    Locked,
    /// The system refused.
    #[error("{}: {said}", tick(&.path.display().to_string()))]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        said: String,
    },
}

impl ProgressError {
    pub(super) fn file(path: &Path, error: &std::io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            said: error.to_string(),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoPlace => Some("set `XDG_DATA_HOME` to a folder of yours"),
            Self::Newer { .. } => Some("use that version; this one leaves the file as it is"),
            Self::Locked => Some("end the other one, and try again"),
            Self::OtherCourse { .. } => Some("`--course DIR` names the course it belongs to"),
            Self::Nothing(_) | Self::File { .. } => None,
        }
    }
}

impl From<ProgressError> for Failure {
    fn from(error: ProgressError) -> Self {
        let said = format!("your progress cannot be kept: {error}");
        let problem = Problem {
            message: said,
            hint: error.hint().map(str::to_owned),
        };
        match error {
            ProgressError::OtherCourse { .. } | ProgressError::Nothing(_) => Self::Usage(Problem {
                message: error.to_string(),
                ..problem
            }),
            _ => Self::System(problem),
        }
    }
}
