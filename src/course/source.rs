//! The bytes of a course, embedded or from a folder: both give the same files and the same hash.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use bytes::Bytes;
use include_dir::{Dir, include_dir};
use sha2::{Digest, Sha256};

use super::fault::{CourseError, Fault};
use crate::text::{count, size};

static LESSONS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/lessons");
static CHECKS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/checks");

/// The folders a course is made of.
const FOLDERS: [&str; 2] = ["lessons", "checks"];

/// The largest file a course may hold, in bytes: a slip (a video, a core dump) is told, a wheel or a small archive is not.
const LARGEST_FILE: u64 = 16_000_000;

/// The largest course, in bytes.
const LARGEST_COURSE: u64 = 256_000_000;

/// The most files a course may hold.
const MOST_FILES: usize = 20_000;

/// Every file of a course by its path with slashes, in the order of the paths.
#[derive(Clone, Debug, Default)]
pub(super) struct Source {
    files: BTreeMap<String, Bytes>,
}

impl Source {
    /// The course in the binary.
    pub(super) fn built_in() -> Self {
        let mut source = Self::default();
        source.embed("lessons", &LESSONS);
        source.embed("checks", &CHECKS);
        source
    }

    fn embed(&mut self, top: &str, dir: &Dir<'static>) {
        for file in dir.files() {
            let path = file.path().to_string_lossy().replace('\\', "/");
            self.insert(format!("{top}/{path}"), Bytes::from_static(file.contents()));
        }
        for dir in dir.dirs() {
            self.embed(top, dir);
        }
    }

    /// Reads a folder that holds `lessons` and `checks`. What cannot belong to a course goes to `faults`.
    pub(super) fn from_folder(dir: &Path, faults: &mut Vec<Fault>) -> Result<Self, CourseError> {
        fs::read_dir(dir).map_err(unreadable(dir))?;
        let mut walk = Walk {
            source: Self::default(),
            bytes: 0,
            faults,
        };
        for top in FOLDERS {
            let folder = dir.join(top);
            match fs::symlink_metadata(&folder) {
                Ok(meta) if meta.is_dir() => walk.folder(&folder, top)?,
                Ok(_) => walk
                    .faults
                    .push(Fault::of_file(top, "this is not a folder")),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    walk.faults
                        .push(Fault::of_file(top, "the course has no such folder"));
                }
                Err(error) => return Err(unreadable(&folder)(error)),
            }
        }
        Ok(walk.source)
    }

    /// Adds a file. A `.gitkeep` stands for an empty folder in git, and for nothing in a course.
    pub(super) fn insert(&mut self, path: impl Into<String>, content: impl Into<Bytes>) {
        let path = path.into();
        if !path.ends_with("/.gitkeep") {
            self.files.insert(path, content.into());
        }
    }

    /// A file's bytes.
    pub(super) fn get(&self, path: &str) -> Option<&Bytes> {
        self.files.get(path)
    }

    /// Every path, in order.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The files below a folder (named with its slash at the end): path from there on, and bytes.
    pub(super) fn below(&self, folder: &str) -> impl Iterator<Item = (&str, &Bytes)> {
        self.files
            .range(folder.to_owned()..)
            .map_while(move |(path, content)| Some((path.strip_prefix(folder)?, content)))
    }

    /// SHA-256 over path, length and bytes of every file, in the order of the paths, in hex.
    pub(super) fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for (path, content) in &self.files {
            for part in [path.as_bytes(), content.as_ref()] {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
        }
        hash.finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

struct Walk<'a> {
    source: Source,
    bytes: u64,
    faults: &'a mut Vec<Fault>,
}

impl Walk<'_> {
    fn folder(&mut self, dir: &Path, path: &str) -> Result<(), CourseError> {
        for entry in fs::read_dir(dir).map_err(unreadable(dir))? {
            let entry = entry.map_err(unreadable(dir))?;
            let at = entry.path();
            let Ok(name) = entry.file_name().into_string() else {
                let shown = format!("{path}/{}", entry.file_name().to_string_lossy());
                self.faults
                    .push(Fault::of_file(shown, "the file's name is not UTF-8"));
                continue;
            };
            let path = format!("{path}/{name}");
            let meta = fs::symlink_metadata(&at).map_err(unreadable(&at))?;
            if meta.is_dir() {
                self.folder(&at, &path)?;
            } else if !meta.is_file() {
                let message = "only files and folders make a course, no links, sockets or devices";
                self.faults.push(Fault::of_file(path, message));
            } else if let Some(message) = self.too_much(meta.len()) {
                self.faults.push(Fault::of_file(path, message));
            } else {
                let content = fs::read(&at).map_err(unreadable(&at))?;
                self.source.insert(path, content);
            }
        }
        Ok(())
    }

    fn too_much(&mut self, bytes: u64) -> Option<String> {
        if bytes > LARGEST_FILE {
            return Some(format!(
                "{} is more than a course's file may hold ({})",
                size(bytes),
                size(LARGEST_FILE)
            ));
        }
        if self.bytes + bytes > LARGEST_COURSE {
            return Some(format!(
                "with this file the course holds more than {}",
                size(LARGEST_COURSE)
            ));
        }
        if self.source.files.len() == MOST_FILES {
            return Some(format!(
                "with this file the course has more than {}",
                count(MOST_FILES, "file")
            ));
        }
        self.bytes += bytes;
        None
    }
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> CourseError + use<> {
    let path = path.to_owned();
    move |source| CourseError::Unreadable { path, source }
}
