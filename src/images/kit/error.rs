//! What can be wrong with a kit, and what to do about it.

use std::io;
use std::path::Path;

use crate::failure::{Failure, Problem};
use crate::text::{list, list_or, tick};

use super::super::error::{MAKE_ROOM, is_full};
use super::looks::Looks;

/// Why a kit cannot be read, written or used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KitError {
    /// The file could not be opened or read.
    #[error("{} cannot be read: {reason}", tick(path))]
    File {
        /// The file.
        path: String,
        /// The system's words.
        reason: String,
    },
    /// There is no such file.
    #[error("there is no file {}", tick(path))]
    Absent {
        /// The file.
        path: String,
    },
    /// The file could not be written.
    #[error("{} cannot be written: {reason}", tick(path))]
    Unwritten {
        /// The file.
        path: String,
        /// The system's words.
        reason: String,
    },
    /// A folder where unfinished files are kept has no room for them.
    #[error("there is no room left in {}", tick(folder))]
    NoRoom {
        /// The folder.
        folder: String,
    },
    /// The file is something else.
    #[error("{} is no kit: {what}", tick(path))]
    Foreign {
        /// The file.
        path: String,
        /// What it looks like.
        what: Looks,
    },
    /// The file ends before its time.
    #[error("the kit {} is cut short", tick(path))]
    Truncated {
        /// The file.
        path: String,
    },
    /// Its bytes are not those that were written.
    #[error("the kit {} is damaged: {what}", tick(path))]
    Damaged {
        /// The file.
        path: String,
        /// Which part, and how it shows.
        what: String,
    },
    /// It was written by a newer version of this program.
    #[error(
        "the kit {} has version {version}, which this program does not know",
        tick(path)
    )]
    Newer {
        /// The file.
        path: String,
        /// Its version.
        version: u32,
    },
    /// Images are not in it.
    #[error("the kit {} has no image {}", tick(path), list_or(names))]
    Missing {
        /// The file.
        path: String,
        /// The images asked for that it lacks.
        names: Vec<String>,
        /// The images it has.
        has: Vec<String>,
    },
    /// It was made for another processor.
    #[error(
        "the image {} of the kit is made for {}, and the engine runs on {}",
        tick(name),
        tick(kit),
        tick(engine)
    )]
    Processor {
        /// The image.
        name: String,
        /// The kit's processor.
        kit: String,
        /// The engine's.
        engine: String,
    },
    /// An image that was to be written into a kit is not whole.
    #[error("the image {} cannot be taken apart: {reason}", tick(name))]
    Unreadable {
        /// The image.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl KitError {
    /// A kit that cannot be read.
    pub(in super::super) fn file(path: &Path, error: &io::Error) -> Self {
        let path = path.display().to_string();
        match error.kind() {
            io::ErrorKind::NotFound => Self::Absent { path },
            _ => Self::File {
                path,
                reason: error.to_string(),
            },
        }
    }

    /// A kit, or what goes into it, that cannot be written.
    pub(in super::super) fn unwritten(path: &Path, error: &io::Error) -> Self {
        // What `tempfile` adds is a name that nobody knows.
        let system = error.get_ref().and_then(|error| error.source());
        Self::Unwritten {
            path: path.display().to_string(),
            reason: system.map_or_else(|| error.to_string(), ToString::to_string),
        }
    }

    /// The folder of unfinished files that is full, or what `otherwise` says.
    pub(super) fn or_full(
        folder: &Path,
        error: &io::Error,
        otherwise: impl FnOnce() -> Self,
    ) -> Self {
        match is_full(error) {
            true => Self::NoRoom {
                folder: folder.display().to_string(),
            },
            false => otherwise(),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Foreign { path, what } => what.hint(path),
            Self::Truncated { .. } | Self::Damaged { .. } => {
                "nothing of it was kept: copy it again from where it came".to_owned()
            }
            Self::Newer { .. } => {
                "use the version of sealegs that wrote it, or a newer one".to_owned()
            }
            Self::Missing { has, .. } if has.is_empty() => "it has none at all".to_owned(),
            Self::Missing { has, .. } => format!("it has {}", list(has)),
            Self::Processor { engine, .. } => format!("make a kit on a machine with {engine}"),
            Self::NoRoom { .. } => MAKE_ROOM.to_owned(),
            Self::Unwritten { .. } => "choose another place for it, or make room there".to_owned(),
            Self::File { .. } | Self::Absent { .. } | Self::Unreadable { .. } => return None,
        })
    }
}

impl From<KitError> for Failure {
    fn from(error: KitError) -> Self {
        let problem = Problem::new(error.to_string());
        let problem = match error.hint() {
            Some(hint) => problem.hint(hint),
            None => problem,
        };
        match error {
            // The file or the name on the command line is the wrong one.
            KitError::Foreign { .. } | KitError::Missing { .. } | KitError::Absent { .. } => {
                Self::Usage(problem)
            }
            _ => Self::System(problem),
        }
    }
}
