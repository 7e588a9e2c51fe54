//! Lists a folder once, following no link, and refuses what has no place in a submission.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Problem};
use crate::text::tick;

use super::Caps;
use super::unpack::Held;

/// A folder's content as it was when it was listed; sorted by path, every folder before what is in it.
#[derive(Clone, Debug)]
pub struct Listing {
    root: PathBuf,
    entries: Vec<Entry>,
    caps: Caps,
    /// The folder it was unpacked into, which goes when nobody needs it any more.
    _held: Option<Held>,
}

/// One file, folder or link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Relative to the root, with slashes.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File {
        /// Its size in bytes.
        size: u64,
        /// Whether its owner may execute it.
        executable: bool,
    },
    /// A folder.
    Folder,
    /// A symbolic link that stays inside.
    Link {
        /// Where it points, as written.
        target: String,
    },
}

/// Why a folder cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum ListingError {
    /// The path names no folder.
    #[error("{} is not a folder", tick(&.0.display().to_string()))]
    NoFolder(PathBuf),
    /// Something in it is refused: the submission's fault.
    #[error("{0}")]
    Refused(Problem),
    /// It could not be read.
    #[error("cannot read {}: {source}", tick(.path))]
    Unreadable {
        /// Relative to the root.
        path: String,
        /// What the system said.
        source: io::Error,
    },
}

impl From<ListingError> for Failure {
    fn from(error: ListingError) -> Self {
        match error {
            ListingError::NoFolder(_) => Self::usage(error.to_string())
                .with_hint("name the folder that holds the submission's files"),
            ListingError::Refused(problem) => Self::Usage(problem),
            ListingError::Unreadable { .. } => Self::system(error.to_string()),
        }
    }
}

impl Listing {
    /// Lists `root`.
    ///
    /// # Errors
    /// A device, a pipe, a socket, a link that leaves the folder, a name that is no UTF-8 or more entries than
    /// `caps` allows are refused; nothing is followed, so nothing outside is read.
    pub fn of(root: &Path, caps: Caps) -> Result<Self, ListingError> {
        if !fs::metadata(root).is_ok_and(|meta| meta.is_dir()) {
            return Err(ListingError::NoFolder(root.to_owned()));
        }
        let mut listing = Self {
            root: root.to_owned(),
            entries: Vec::new(),
            caps,
            _held: None,
        };
        listing.walk("")?;
        Ok(listing)
    }

    fn walk(&mut self, folder: &str) -> Result<(), ListingError> {
        let unreadable = |path: &str| {
            let path = path.to_owned();
            move |source| ListingError::Unreadable { path, source }
        };
        let mut names = Vec::new();
        for entry in fs::read_dir(self.root.join(folder)).map_err(unreadable(folder))? {
            let name = entry.map_err(unreadable(folder))?.file_name();
            names.push(name.into_string().map_err(|name| {
                let shown = tick(&name.to_string_lossy());
                refused(
                    format!("the name of {shown} is not UTF-8"),
                    "rename the file",
                )
            })?);
        }
        names.sort_unstable();
        for name in names {
            let path = if folder.is_empty() {
                name
            } else {
                format!("{folder}/{name}")
            };
            let meta = fs::symlink_metadata(self.root.join(&path)).map_err(unreadable(&path))?;
            let kind = self.kind(&path, &meta)?;
            if self.entries.len() >= self.caps.entries {
                let most = self.caps.entries;
                return Err(refused(
                    format!("the submission holds more than {most} files and folders"),
                    "hand in only what the lesson asks for",
                ));
            }
            let is_folder = kind == EntryKind::Folder;
            self.entries.push(Entry {
                path: path.clone(),
                kind,
            });
            if is_folder {
                self.walk(&path)?;
            }
        }
        Ok(())
    }

    fn kind(&self, path: &str, meta: &fs::Metadata) -> Result<EntryKind, ListingError> {
        if meta.is_dir() {
            return Ok(EntryKind::Folder);
        }
        if meta.is_file() {
            return Ok(EntryKind::File {
                size: meta.len(),
                executable: is_executable(meta),
            });
        }
        if !meta.is_symlink() {
            return Err(refused(
                format!("{} is a device, a pipe or a socket", tick(path)),
                "hand in files, folders and links inside the folder only",
            ));
        }
        let target =
            fs::read_link(self.root.join(path)).map_err(|source| ListingError::Unreadable {
                path: path.to_owned(),
                source,
            })?;
        match target.to_str() {
            Some(target) if stays_inside(path, target) => Ok(EntryKind::Link {
                target: target.to_owned(),
            }),
            _ => Err(refused(
                format!("the link {} points outside the submission", tick(path)),
                "put the file itself into the folder",
            )),
        }
    }

    /// The same, which keeps the folder it lists.
    pub(super) fn held_by(self, folder: tempfile::TempDir) -> Self {
        Self {
            _held: Some(Held::new(folder)),
            ..self
        }
    }

    /// The same without one of its folders.
    #[must_use]
    pub fn without(mut self, folder: &str) -> Self {
        let within = format!("{folder}/");
        let is_in = |entry: &Entry| entry.path == folder || entry.path.starts_with(&within);
        self.entries.retain(|entry| !is_in(entry));
        self
    }

    /// Everything in it.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What it may weigh.
    pub fn caps(&self) -> Caps {
        self.caps
    }

    /// What stands at `path`, if anything.
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.path == path)
    }

    /// Opens a regular file of the listing.
    ///
    /// # Errors
    /// The file has gone, or has become something else since it was listed.
    pub fn open(&self, path: &str) -> io::Result<fs::File> {
        let file = fs::File::open(self.root.join(path))?;
        match file.metadata()?.is_file() {
            true => Ok(file),
            false => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "no longer a regular file",
            )),
        }
    }

    /// The text of a regular file, up to the cap for texts; `None` where there is no such file.
    ///
    /// # Errors
    /// The file is too large, is no UTF-8, or cannot be read.
    pub fn text(&self, path: &str) -> Result<Option<String>, ListingError> {
        let size = match self.entry(path).map(|entry| &entry.kind) {
            Some(EntryKind::File { size, .. }) => *size,
            Some(EntryKind::Folder | EntryKind::Link { .. }) | None => return Ok(None),
        };
        if size > self.caps.text_bytes {
            let (size, most) = (
                crate::text::size(size),
                crate::text::size(self.caps.text_bytes),
            );
            return Err(refused(
                format!("{} is {size}, more than {most}", tick(path)),
                "a file of instructions is far smaller",
            ));
        }
        let read = || {
            let mut bytes = Vec::new();
            io::Read::read_to_end(
                &mut io::Read::take(self.open(path)?, self.caps.text_bytes),
                &mut bytes,
            )?;
            Ok(bytes)
        };
        let bytes = read().map_err(|source| ListingError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        String::from_utf8(bytes).map(Some).map_err(|_| {
            refused(
                format!("{} is not UTF-8 text", tick(path)),
                "save it as UTF-8",
            )
        })
    }
}

pub(super) fn refused(message: impl Into<String>, hint: &str) -> ListingError {
    ListingError::Refused(Problem::new(message).hint(hint))
}

/// Whether a link's target stays inside, by its text alone: links are packed as links and never followed here.
pub(super) fn stays_inside(link: &str, target: &str) -> bool {
    if target.starts_with('/') || target.is_empty() {
        return false;
    }
    let mut depth = link.split('/').count() - 1;
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => match depth.checked_sub(1) {
                Some(up) => depth = up,
                None => return false,
            },
            _ => depth += 1,
        }
    }
    true
}

#[cfg(unix)]
fn is_executable(meta: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    meta.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &fs::Metadata) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary folder")
    }

    #[track_caller]
    fn refusal(dir: &tempfile::TempDir, caps: Caps) -> String {
        Listing::of(dir.path(), caps)
            .expect_err("a refusal")
            .to_string()
    }

    #[test]
    fn a_folder_is_listed_in_order_and_links_inside_are_kept() {
        let dir = folder();
        fs::create_dir(dir.path().join("app")).unwrap();
        fs::write(dir.path().join("app/main.py"), "x").unwrap();
        symlink("app/main.py", dir.path().join("run")).unwrap();
        let listing = Listing::of(dir.path(), Caps::default()).unwrap();
        let paths: Vec<&str> = listing
            .entries()
            .iter()
            .map(|entry| entry.path.as_str())
            .collect();
        assert_eq!(paths, ["app", "app/main.py", "run"]);
        assert_eq!(listing.text("app/main.py").unwrap().as_deref(), Some("x"));
        assert_eq!(listing.text("run").unwrap(), None);
    }

    #[test]
    fn links_that_leave_the_folder_are_refused() {
        for target in ["/etc/passwd", "../up", "app/../../up"] {
            let dir = folder();
            symlink(target, dir.path().join("out")).unwrap();
            let said = "the link `out` points outside the submission\nhint: put the file itself into the folder";
            assert_eq!(refusal(&dir, Caps::default()), said, "{target}");
        }
    }

    #[test]
    fn pipes_and_floods_of_files_are_refused() {
        let dir = folder();
        let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("s")).unwrap();
        assert!(refusal(&dir, Caps::default()).starts_with("`s` is a device, a pipe or a socket"));
        let dir = folder();
        for name in ["a", "b", "c"] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        let caps = Caps {
            entries: 2,
            ..Caps::default()
        };
        assert!(refusal(&dir, caps).starts_with("the submission holds more than 2 files"));
    }

    #[test]
    fn a_path_that_is_no_folder_is_a_usage_error() {
        let error = Listing::of(Path::new("/nowhere/at/all"), Caps::default()).unwrap_err();
        assert_eq!(
            Failure::from(error).exit_code(),
            crate::failure::ExitCode::Usage
        );
    }
}
