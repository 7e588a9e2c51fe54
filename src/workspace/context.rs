//! The build context: what `.dockerignore` leaves of a folder, packed with headers that depend on nothing but the files.

use std::io::{self, Read as _, Write};

use crate::dockerfile::ignore::Ignore;
use crate::failure::Problem;
use crate::text::{size, tick};

use super::listing::{Entry, EntryKind, Listing, ListingError};

/// Every file's time in a context: fixed, and after 1980, before which zip archives cannot date a file.
const FIXED_TIME: u64 = 1_577_836_800;

/// What a build is sent.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    listing: &'a Listing,
    folder: String,
    dockerfile: String,
    text: String,
    entries: Vec<Entry>,
    bytes: u64,
    ignore: Ignore,
}

/// Why there is no context: always something in the submission, except `Unreadable`.
#[derive(Debug, thiserror::Error)]
pub enum ContextFault {
    /// There is no Dockerfile where one is expected.
    #[error("there is no {}", tick(.path))]
    NoDockerfile {
        /// Relative to the submission.
        path: String,
    },
    /// Something is refused.
    #[error("{0}")]
    Refused(Problem),
    /// A file could not be read: not the learner's fault.
    #[error("{0}")]
    Unreadable(ListingError),
}

/// A file that is sent with other content than the submission's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Relative to the context.
    pub path: String,
    /// Its whole content.
    pub content: Vec<u8>,
}

impl<'a> Context<'a> {
    /// The context in `folder` of a submission (`.` for all of it) for the Dockerfile at `dockerfile`, relative to that folder.
    ///
    /// # Errors
    /// No Dockerfile, an unreadable `.dockerignore`, or more than the listing's caps.
    pub fn of(listing: &'a Listing, folder: &str, dockerfile: &str) -> Result<Self, ContextFault> {
        let folder = if folder == "." {
            String::new()
        } else {
            format!("{folder}/")
        };
        let path = format!("{folder}{dockerfile}");
        let text = listing
            .text(&path)
            .map_err(fault)?
            .ok_or(ContextFault::NoDockerfile { path })?;
        let ignore = ignore(listing, &folder, dockerfile)?;
        let mut context = Self {
            listing,
            dockerfile: dockerfile.to_owned(),
            text,
            entries: Vec::new(),
            bytes: 0,
            ignore,
            folder,
        };
        context.collect()?;
        Ok(context)
    }

    fn collect(&mut self) -> Result<(), ContextFault> {
        let caps = self.listing.caps();
        let mut skipped: Option<String> = None;
        for entry in self.listing.entries() {
            let Some(path) = entry.path.strip_prefix(&self.folder) else {
                continue;
            };
            if skipped
                .as_deref()
                .is_some_and(|folder| path.starts_with(folder))
            {
                continue;
            }
            let is_folder = entry.kind == EntryKind::Folder;
            if !Ignore::always_sent(path, &self.dockerfile) && self.ignore.ignores(path) {
                let within = format!("{path}/");
                if is_folder
                    && !self.ignore.may_contain_included(path)
                    && !self.dockerfile.starts_with(&within)
                {
                    skipped = Some(within);
                }
                continue;
            }
            if let EntryKind::File { size, .. } = entry.kind {
                self.bytes += size;
            }
            self.entries.push(Entry {
                path: path.to_owned(),
                kind: entry.kind.clone(),
            });
            if self.bytes > caps.context_bytes || self.entries.len() > caps.context_files {
                return Err(self.too_large());
            }
        }
        Ok(())
    }

    fn too_large(&self) -> ContextFault {
        let caps = self.listing.caps();
        let (most, files) = (size(caps.context_bytes), caps.context_files);
        let problem = Problem::new(format!(
            "the build context is larger than {most} or {files} files"
        ));
        ContextFault::Refused(
            problem.hint("name what the build does not need in `.dockerignore`, or leave it out"),
        )
    }

    /// The Dockerfile's text as the learner wrote it.
    pub fn dockerfile_text(&self) -> &str {
        &self.text
    }

    /// The Dockerfile's path, relative to the context.
    pub fn dockerfile(&self) -> &str {
        &self.dockerfile
    }

    /// The Dockerfile's path, relative to the submission.
    pub fn dockerfile_in_submission(&self) -> String {
        format!("{}{}", self.folder, self.dockerfile)
    }

    /// Whether a file of this path, relative to the context, would be sent if it were there.
    pub fn would_send(&self, path: &str) -> bool {
        Ignore::always_sent(path, &self.dockerfile) || !self.ignore.ignores(path)
    }

    /// Bytes of all its files.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The paths of its files and links, relative to the context.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.entries
            .iter()
            .filter(|entry| entry.kind != EntryKind::Folder)
            .map(|entry| entry.path.as_str())
    }

    /// The content of one of its files; `None` where it is not sent.
    ///
    /// # Errors
    /// It could not be read.
    pub fn content(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        match self.entries.iter().find(|entry| entry.path == path) {
            Some(Entry {
                kind: EntryKind::File { size, .. },
                ..
            }) => {
                let mut bytes = Vec::new();
                self.listing
                    .open(&format!("{}{path}", self.folder))?
                    .take(*size)
                    .read_to_end(&mut bytes)?;
                Ok(Some(bytes))
            }
            _ => Ok(None),
        }
    }

    /// Packs it as a plain tar, with `changes` in place of or besides the submission's own files.
    ///
    /// # Errors
    /// A file could not be read, or `out` not written.
    pub fn pack(&self, changes: &[Change], out: impl Write) -> io::Result<()> {
        let mut tar = tar::Builder::new(out);
        for entry in &self.entries {
            if changes.iter().any(|change| change.path == entry.path) {
                continue;
            }
            match &entry.kind {
                EntryKind::Folder => {
                    let mut header = header(tar::EntryType::Directory, 0, 0o755);
                    tar.append_data(&mut header, format!("{}/", entry.path), io::empty())?;
                }
                EntryKind::Link { target } => {
                    let mut header = header(tar::EntryType::Symlink, 0, 0o777);
                    tar.append_link(&mut header, &entry.path, target)?;
                }
                EntryKind::File { size, executable } => {
                    let file = self
                        .listing
                        .open(&format!("{}{}", self.folder, entry.path))?;
                    if file.metadata()?.len() != *size {
                        return Err(io::Error::other(format!(
                            "`{}` changed while it was read",
                            entry.path
                        )));
                    }
                    let mode = if *executable { 0o755 } else { 0o644 };
                    let mut header = header(tar::EntryType::Regular, *size, mode);
                    tar.append_data(&mut header, &entry.path, file.take(*size))?;
                }
            }
        }
        for change in changes {
            // A new file is sent only if the learner's own rules would send it.
            if !Ignore::always_sent(&change.path, &self.dockerfile)
                && self.ignore.ignores(&change.path)
            {
                continue;
            }
            let mode = match self.entries.iter().find(|entry| entry.path == change.path) {
                Some(Entry {
                    kind:
                        EntryKind::File {
                            executable: true, ..
                        },
                    ..
                }) => 0o755,
                _ => 0o644,
            };
            let mut header = header(tar::EntryType::Regular, change.content.len() as u64, mode);
            tar.append_data(&mut header, &change.path, change.content.as_slice())?;
        }
        tar.into_inner()?.flush()
    }
}

fn header(kind: tar::EntryType, size: u64, mode: u32) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(FIXED_TIME);
    header
}

/// The ignore file of one Dockerfile: its own (`Dockerfile.dockerignore`), else the context's.
fn ignore(listing: &Listing, folder: &str, dockerfile: &str) -> Result<Ignore, ContextFault> {
    for name in [
        format!("{folder}{dockerfile}.dockerignore"),
        format!("{folder}.dockerignore"),
    ] {
        if let Some(text) = listing.text(&name).map_err(fault)? {
            return Ignore::parse(&text).map_err(|wrong| {
                let message = format!("{} cannot be read: {wrong}", tick(&name));
                ContextFault::Refused(Problem::new(message).hint("correct or remove the line"))
            });
        }
    }
    Ok(Ignore::parse("").expect("an empty file has no faults"))
}

fn fault(error: ListingError) -> ContextFault {
    match error {
        ListingError::Refused(problem) => ContextFault::Refused(problem),
        other => ContextFault::Unreadable(other),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::workspace::Caps;

    fn submission(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (path, content) in files {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        dir
    }

    fn sent(dir: &tempfile::TempDir) -> Vec<String> {
        let listing = Listing::of(dir.path(), Caps::default()).unwrap();
        let context = Context::of(&listing, ".", "Dockerfile").unwrap();
        context.files().map(str::to_owned).collect()
    }

    #[test]
    fn what_is_ignored_is_not_sent_and_what_the_builder_reads_always_is() {
        let dir = submission(&[
            ("Dockerfile", "FROM busybox"),
            (".dockerignore", "*\n!app\napp/cache"),
            ("app/main.py", ""),
            ("app/cache/x", ""),
            (".env", "secret"),
        ]);
        assert_eq!(sent(&dir), [".dockerignore", "Dockerfile", "app/main.py"]);
    }

    #[test]
    fn the_same_files_give_the_same_bytes() {
        let files = [("Dockerfile", "FROM busybox"), ("a", "1"), ("b/c", "2")];
        let pack = || {
            let dir = submission(&files);
            let listing = Listing::of(dir.path(), Caps::default()).unwrap();
            let mut out = Vec::new();
            Context::of(&listing, ".", "Dockerfile")
                .unwrap()
                .pack(&[], &mut out)
                .unwrap();
            out
        };
        assert_eq!(pack(), pack());
    }

    #[test]
    fn a_change_replaces_or_adds_a_file() {
        let dir = submission(&[("Dockerfile", "FROM busybox"), ("a", "1")]);
        let listing = Listing::of(dir.path(), Caps::default()).unwrap();
        let context = Context::of(&listing, ".", "Dockerfile").unwrap();
        let change = |path: &str, content: &str| Change {
            path: path.into(),
            content: content.into(),
        };
        let mut out = Vec::new();
        context
            .pack(&[change("a", "2"), change("new", "3")], &mut out)
            .unwrap();
        let mut read = Vec::new();
        for entry in tar::Archive::new(out.as_slice()).entries().unwrap() {
            let mut entry = entry.unwrap();
            let mut content = String::new();
            entry.read_to_string(&mut content).unwrap();
            read.push((entry.path().unwrap().display().to_string(), content));
        }
        let expected = [("Dockerfile", "FROM busybox"), ("a", "2"), ("new", "3")];
        assert_eq!(
            read,
            expected.map(|(path, content)| (path.to_owned(), content.to_owned()))
        );
    }

    #[test]
    fn a_context_over_the_cap_and_a_missing_dockerfile_are_told() {
        let dir = submission(&[("Dockerfile", "FROM busybox"), ("big", &"x".repeat(2000))]);
        let caps = Caps {
            context_bytes: 1000,
            ..Caps::default()
        };
        let listing = Listing::of(dir.path(), caps).unwrap();
        let fault = Context::of(&listing, ".", "Dockerfile")
            .unwrap_err()
            .to_string();
        assert!(
            fault.starts_with("the build context is larger than 1kB"),
            "{fault}"
        );
        let fault = Context::of(&listing, "app", "Dockerfile")
            .unwrap_err()
            .to_string();
        assert_eq!(fault, "there is no `app/Dockerfile`");
    }
}
