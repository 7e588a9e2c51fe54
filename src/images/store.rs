//! The folder where fetched packages and finished archives are kept, and what can be used again.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::ImageError;
use super::kit::{Checked, Span};
use super::recipe::Recipe;

/// How old an unfinished file is when nobody finishes it any more.
pub(super) const UNFINISHED: Duration = Duration::from_secs(24 * 60 * 60);

/// The places in a store.
pub(super) struct Store {
    root: PathBuf,
}

/// What is known of a finished archive, in a file beside it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Record {
    /// Recipe and package versions it was made from.
    pub(super) key: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl Store {
    /// A store as it is, if it is there at all: only looked at.
    pub(super) fn at(root: &Path) -> Self {
        Self {
            root: std::path::absolute(root).unwrap_or_else(|_| root.to_owned()),
        }
    }

    /// Opens a store, made where there is none.
    pub(super) fn open(root: &Path) -> Result<Self, ImageError> {
        let store = Self::at(root);
        for folder in [store.apt(), store.npm(), store.archives(), store.scratch()] {
            fs::create_dir_all(&folder).map_err(|error| ImageError::store(&folder, &error))?;
        }
        sweep(&store.scratch(), "");
        Ok(store)
    }

    /// apt's state and the packages it fetched.
    pub(super) fn apt(&self) -> PathBuf {
        self.root.join("apt")
    }

    /// Tarballs from the npm registry.
    pub(super) fn npm(&self) -> PathBuf {
        self.root.join("npm")
    }

    /// Files that are not finished.
    pub(super) fn scratch(&self) -> PathBuf {
        self.root.join("unfinished")
    }

    /// Where the archive of a tag lies.
    pub(super) fn archive(&self, tag: &str) -> PathBuf {
        self.archives()
            .join(format!("{}.tar", tag.replace([':', '/'], "-")))
    }

    /// The record of a finished archive made by this key, if its file is still of its length.
    pub(super) fn finished(&self, tag: &str, key: &str) -> Option<Record> {
        let record = self.known(tag)?;
        let length = fs::metadata(self.archive(tag)).ok()?.len();
        (record.key == key && record.bytes == length).then_some(record)
    }

    /// The same, if its bytes are still those that were written. It reads them all.
    pub(super) fn whole(&self, tag: &str, key: &str) -> Option<Record> {
        let record = self.finished(tag, key)?;
        let span = Span {
            file: Arc::new(File::open(self.archive(tag)).ok()?),
            offset: 0,
            size: record.bytes,
        };
        let reader = Checked::new(span.reader(), span.size, &record.sha256);
        reader.compare(&|_| ()).ok()?;
        Some(record)
    }

    fn known(&self, tag: &str) -> Option<Record> {
        serde_json::from_slice(&fs::read(self.record(tag)).ok()?).ok()
    }

    /// Writes an archive aside and puts it in place when it is whole, its record after it.
    pub(super) fn keep(
        &self,
        tag: &str,
        key: &str,
        write: impl FnOnce(&mut dyn Write) -> io::Result<(u64, String)>,
    ) -> Result<Record, ImageError> {
        let archive = self.archive(tag);
        let kept = self.put(&archive, |out| write(out));
        let (bytes, sha256) = kept.map_err(|error| ImageError::store(&archive, &error))?;
        let record = Record {
            key: key.to_owned(),
            bytes,
            sha256,
        };
        let path = self.record(tag);
        let text = serde_json::to_vec_pretty(&record).expect("a record is plain text and numbers");
        self.put(&path, |out| out.write_all(&text))
            .map_err(|error| ImageError::store(&path, &error))?;
        Ok(record)
    }

    /// Writes a file aside, then renames it into place.
    fn put<T>(
        &self,
        path: &Path,
        write: impl FnOnce(&mut dyn Write) -> io::Result<T>,
    ) -> io::Result<T> {
        let file = tempfile::Builder::new()
            .permissions(readable())
            .tempfile_in(self.scratch())?;
        let mut out: BufWriter<&File> = BufWriter::with_capacity(1 << 20, file.as_file());
        let value = write(&mut out)?;
        out.flush()?;
        drop(out);
        file.persist(path)?;
        Ok(value)
    }

    fn record(&self, tag: &str) -> PathBuf {
        self.archive(tag).with_extension("tar.json")
    }

    fn archives(&self) -> PathBuf {
        self.root.join("archives")
    }
}

/// Whether there is an archive of a recipe, as far as its length tells.
pub(super) fn is_at_hand(root: &Path, recipe: &Recipe) -> bool {
    let store = Store::at(root);
    let tag = recipe.tags[0];
    let record = store.known(tag);
    record.is_some_and(|record| store.finished(tag, &record.key).is_some())
}

/// The archive of a recipe, whichever packages it was made from: good enough to load where nothing can be asked.
pub(super) fn archive_at_hand(root: &Path, recipe: &Recipe) -> Option<PathBuf> {
    let store = Store::at(root);
    let tag = recipe.tags[0];
    store.whole(tag, &store.known(tag)?.key)?;
    Some(store.archive(tag))
}

/// Removes what killed runs have left unfinished, of names that end in `ending`: nothing that is being written is a day old.
pub(super) fn sweep(folder: &Path, ending: &str) {
    let old = |entry: &fs::DirEntry| {
        let data = entry.metadata().ok()?;
        let ours = entry.file_name().to_string_lossy().ends_with(ending);
        // In a folder of others, only files are ours.
        let kind = ending.is_empty() || data.is_file();
        Some(ours && kind && data.modified().ok()?.elapsed().ok()? > UNFINISHED)
    };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if old(&entry) == Some(true) {
            // Another run may be at it as well.
            let _ = fs::remove_file(entry.path()).or_else(|_| fs::remove_dir_all(entry.path()));
        }
    }
}

fn readable() -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    fs::Permissions::from_mode(0o644)
}

#[cfg(test)]
mod tests {
    use super::super::layer::Sealed;
    use super::*;

    #[test]
    fn an_archive_is_used_again_only_while_it_is_whole_and_of_the_same_key() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let write = |out: &mut dyn Write| {
            out.write_all(b"tar")?;
            Ok((3, "hash".to_owned()))
        };
        store.keep("a:1", "key", write).unwrap();
        assert!(store.finished("a:1", "key").is_some());
        assert!(store.finished("a:1", "other").is_none());
        fs::write(store.archive("a:1"), "ta").unwrap();
        assert!(store.finished("a:1", "key").is_none());
    }

    #[test]
    fn an_archive_of_which_a_byte_has_changed_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let write = |mut out: &mut dyn Write| {
            let mut sealed = Sealed::new(&mut out);
            sealed.write_all(b"tar")?;
            sealed.finish()
        };
        store.keep("a:1", "key", write).unwrap();
        assert!(store.whole("a:1", "key").is_some());
        fs::write(store.archive("a:1"), "tor").unwrap();
        assert!(store.whole("a:1", "key").is_none());
    }

    #[test]
    fn what_a_killed_run_left_goes_after_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        for name in ["old", "young"] {
            fs::write(store.scratch().join(name), "half").unwrap();
        }
        let old = File::options()
            .write(true)
            .open(store.scratch().join("old"))
            .unwrap();
        let then = std::time::SystemTime::now() - UNFINISHED - Duration::from_secs(60);
        old.set_modified(then).unwrap();
        Store::open(folder.path()).unwrap();
        assert!(!store.scratch().join("old").exists() && store.scratch().join("young").exists());
    }

    #[test]
    fn a_write_that_fails_leaves_the_finished_archive_alone() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        store
            .keep("a:1", "key", |_| Ok((0, String::new())))
            .unwrap();
        let half = |out: &mut dyn Write| {
            out.write_all(b"half")?;
            Err(io::Error::other("disk full"))
        };
        assert!(store.keep("a:1", "new", half).is_err());
        assert!(store.finished("a:1", "key").is_some());
        assert_eq!(fs::read_dir(store.scratch()).unwrap().count(), 0);
    }
}
