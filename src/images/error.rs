//! Why an image could not be made, and what to do about it.

use std::io;
use std::path::Path;

use crate::failure::{Failure, Problem};
use crate::text::tick;

/// The way out where the disk of the store is full.
pub(super) const MAKE_ROOM: &str =
    "make room there, or set `XDG_CACHE_HOME` to a folder that has some";

/// Whether a disk is full, or somebody's share of it.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

/// What stopped one image; the others go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// No recipe knows packages for this processor.
    #[error("images cannot be made for the processor {}", tick(.0))]
    Processor(String),
    /// A program of the host is missing.
    #[error("making this image needs {}, which is not on this machine", tick(.0))]
    Tool(String),
    /// The host's apt configuration names no archive that could carry the suite.
    #[error("apt on this machine names no Debian archive")]
    NoSource,
    /// The host's archives answer, or not, but the suite's index could not be had from any.
    #[error(
        "Debian's {} suite could not be read from {}: {reason}",
        tick(suite),
        tick(source_uri)
    )]
    Source {
        /// The suite wanted, such as `trixie`.
        suite: String,
        /// The archive asked.
        source_uri: String,
        /// The last line apt said.
        reason: String,
    },
    /// Another build holds the package lists of this store.
    #[error("another build is using {}", tick(.0))]
    Busy(String),
    /// apt could not find or fetch packages.
    #[error("the packages of {} could not be fetched: {reason}", tick(image))]
    Packages {
        /// The recipe's name.
        image: String,
        /// The last line apt said.
        reason: String,
    },
    /// The npm client could not fetch a tarball.
    #[error(
        "{} could not be fetched from the npm registry: {reason}",
        tick(package)
    )]
    Npm {
        /// `name@version`.
        package: String,
        /// The last line npm said.
        reason: String,
    },
    /// A package could not be unpacked.
    #[error("{} could not be unpacked: {reason}", tick(file))]
    Unpack {
        /// The package's file name.
        file: String,
        /// What went wrong.
        reason: String,
    },
    /// A package no longer looks as its recipe expects, so that the mend would miss.
    #[error(
        "{} of {} is not as its recipe expects: {expected}",
        tick(path),
        tick(image)
    )]
    Changed {
        /// The recipe's name.
        image: String,
        /// Where the recipe looked.
        path: String,
        /// What it looked for.
        expected: String,
    },
    /// The disk of the store is full.
    #[error("there is no room left for {}", tick(.0))]
    NoRoom(String),
    /// The disk, or a file in the store.
    #[error("{} could not be written or read: {reason}", tick(path))]
    Store {
        /// The file.
        path: String,
        /// The system's words.
        reason: String,
    },
}

impl From<ImageError> for Failure {
    fn from(error: ImageError) -> Self {
        Self::System(error.problem())
    }
}

impl ImageError {
    /// The sentence and the next step, for people.
    pub fn problem(&self) -> Problem {
        let problem = Problem::new(self.to_string());
        match self.hint() {
            Some(hint) => problem.hint(hint),
            None => problem,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Processor(_) => "pull the official image, or load a kit made on such a machine",
            Self::Tool(tool) if tool == "npm" => {
                "install `npm`, or load a kit that was made where npm is"
            }
            Self::Tool(_) => {
                "make the images on a Debian or Ubuntu host, and load them here as a kit"
            }
            Self::NoSource => "add a Debian archive to apt's sources, or make the images elsewhere",
            Self::Source { .. } => {
                "check that this machine reaches the archive, and that the archive carries the suite"
            }
            Self::Busy(_) => "wait until it is done, then try again",
            Self::Packages { .. } => "check that this machine reaches the archive, then try again",
            Self::Npm { .. } => "check `npm config get registry`, and that this machine reaches it",
            Self::Unpack { .. } => "remove the file from the store, and try again",
            Self::Changed { .. } => "the suite has moved on: this version needs a newer recipe",
            Self::NoRoom(_) => MAKE_ROOM,
            Self::Store { .. } => return None,
        };
        Some(hint.to_owned())
    }

    /// A file that could not be read or written.
    pub(super) fn store(path: &Path, error: &io::Error) -> Self {
        let path = path.display().to_string();
        match is_full(error) {
            true => Self::NoRoom(path),
            false => Self::Store {
                path,
                reason: error.to_string(),
            },
        }
    }

    /// What a program that writes into `folder` says when its disk is full.
    pub(super) fn no_room(folder: &Path, stderr: &[u8]) -> Option<Self> {
        let said = String::from_utf8_lossy(stderr).to_lowercase();
        let full = ["no space left on device", "enough free space", "enospc"];
        let full = full.iter().any(|words| said.contains(words));
        full.then(|| Self::NoRoom(folder.display().to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_the_folders_fault() {
        let error = io::Error::from_raw_os_error(28);
        let problem = ImageError::store(Path::new("/cache/a.tar"), &error).problem();
        assert_eq!(
            problem.to_string(),
            format!("there is no room left for `/cache/a.tar`\nhint: {MAKE_ROOM}")
        );
        for said in [
            "E: Write error - write (28: No space left on device)",
            "E: You don't have enough free space in /cache/.",
            "npm error code ENOSPC",
        ] {
            assert!(ImageError::no_room(Path::new("/cache"), said.as_bytes()).is_some());
        }
        assert!(ImageError::no_room(Path::new("/cache"), b"E: 404 Not Found").is_none());
    }
}
