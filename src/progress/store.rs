//! The file on disk: read, repaired where it is damaged, and replaced whole or not at all.

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::error::ProgressError;
use super::lines::{self, Reading};
use super::lock::Lock;
use super::model::Progress;

/// No progress is larger than this: a lesson takes some hundred bytes.
const LARGEST: u64 = 8 << 20;

/// Where a course's progress is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    folder: PathBuf,
    course: String,
}

/// A progress, and what had to be done to get it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// What the learner has done.
    pub progress: Progress,
    /// What was repaired.
    pub repair: Option<Repair>,
}

/// A damaged file that was repaired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// Lines that could not be read.
    pub lost: usize,
    /// Where the damaged file was put.
    pub kept: PathBuf,
}

impl Store {
    /// The place of a course's progress: `$XDG_DATA_HOME/sealegs/progress`.
    ///
    /// # Errors
    /// Nothing says where that is.
    pub fn usual(course: &str) -> Result<Self, ProgressError> {
        let data = std::env::var_os("XDG_DATA_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .or_else(|| {
                let home = std::env::var_os("HOME").filter(|home| !home.is_empty())?;
                Some(PathBuf::from(home).join(".local/share"))
            });
        let data = data.ok_or(ProgressError::NoPlace)?;
        Ok(Self::at(&data.join("sealegs/progress"), course))
    }

    /// A course's progress in a folder.
    pub fn at(folder: &Path, course: &str) -> Self {
        Self {
            folder: folder.to_owned(),
            course: course.to_owned(),
        }
    }

    /// The file.
    pub fn file(&self) -> PathBuf {
        self.folder.join(format!("{}.jsonl", self.course))
    }

    /// What the learner has done; nothing where there is no file. A damaged file is repaired first.
    ///
    /// # Errors
    /// It cannot be read, or is a newer program's.
    pub fn load(&self) -> Result<Loaded, ProgressError> {
        match self.read()? {
            None => Ok(Loaded::default()),
            Some(reading) if reading.is_whole() => Ok(Loaded {
                progress: reading.progress,
                repair: None,
            }),
            Some(_) => self.update(|_| ()),
        }
    }

    /// Changes what is on disk, with nobody else changing it in between.
    ///
    /// # Errors
    /// It cannot be read, locked or written, or is a newer program's; the file then is as it was.
    pub fn update(&self, change: impl FnOnce(&mut Progress)) -> Result<Loaded, ProgressError> {
        fs::create_dir_all(&self.folder)
            .map_err(|error| ProgressError::file(&self.folder, &error))?;
        let _lock = Lock::take(&self.folder.join(format!("{}.lock", self.course)))?;
        let reading = self.read()?;
        let repair = match &reading {
            Some(reading) if !reading.is_whole() => Some(Repair {
                lost: reading.unreadable,
                kept: self.put_aside()?,
            }),
            _ => None,
        };
        let mut progress = reading.unwrap_or_default().progress;
        let before = progress.clone();
        change(&mut progress);
        if progress != before || repair.is_some() {
            self.write(&progress)?;
        }
        Ok(Loaded { progress, repair })
    }

    /// Takes over the progress in a file, which may come from another machine. Tells how much of it was unreadable.
    ///
    /// # Errors
    /// The file cannot be read, holds no progress or another course's; or [`Self::update`]'s.
    pub fn import(&self, file: &Path) -> Result<usize, ProgressError> {
        let bytes = bytes(file).map_err(|error| ProgressError::file(file, &error))?;
        let reading = lines::read(&bytes)?;
        match reading.course {
            None => return Err(ProgressError::Nothing(file.to_owned())),
            Some(course) if course != self.course => {
                return Err(ProgressError::OtherCourse {
                    found: course,
                    expected: self.course.clone(),
                });
            }
            Some(_) => {}
        }
        self.update(|progress| progress.merge(reading.progress))?;
        Ok(reading.unreadable)
    }

    /// The text of the file as it would be written now.
    ///
    /// # Errors
    /// [`Self::load`]'s.
    pub fn export(&self) -> Result<String, ProgressError> {
        Ok(lines::written(&self.load()?.progress, &self.course))
    }

    fn read(&self) -> Result<Option<Reading>, ProgressError> {
        let path = self.file();
        match bytes(&path) {
            Ok(bytes) => lines::read(&bytes).map(Some),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(ProgressError::file(&path, &error)),
        }
    }

    /// Keeps a copy of the damaged file under a name that is not taken.
    fn put_aside(&self) -> Result<PathBuf, ProgressError> {
        let path = self.file();
        let mut number = 1;
        loop {
            let kept = self
                .folder
                .join(format!("{}.damaged-{number}.jsonl", self.course));
            match fs::hard_link(&path, &kept) {
                Ok(()) => return Ok(kept),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
                // Not every file system has links.
                Err(_) if !kept.exists() => {
                    let copied = fs::copy(&path, &kept);
                    copied.map_err(|error| ProgressError::file(&kept, &error))?;
                    return Ok(kept);
                }
                Err(error) => return Err(ProgressError::file(&kept, &error)),
            }
        }
    }

    /// Replaces the file: whole, and on the disk before the old one is gone.
    fn write(&self, progress: &Progress) -> Result<(), ProgressError> {
        let (path, new) = (
            self.file(),
            self.folder.join(format!("{}.new", self.course)),
        );
        let failed = |error| ProgressError::file(&new, &error);
        let mut file = File::create(&new).map_err(failed)?;
        file.write_all(lines::written(progress, &self.course).as_bytes())
            .map_err(failed)?;
        file.sync_all().map_err(failed)?;
        fs::rename(&new, &path).map_err(|error| ProgressError::file(&path, &error))?;
        // A folder cannot be synced everywhere; the file itself is safe by now.
        if let Ok(folder) = File::open(&self.folder) {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

/// A file's content, as far as a progress can be long.
fn bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(&folder.path().join("progress"), "c");
        (folder, store)
    }

    fn pass(store: &Store, task: &str) -> Loaded {
        let passed = |it: &mut Progress| {
            it.pass("a", task, "2026-01-01T00:00:00Z");
        };
        store.update(passed).unwrap()
    }

    #[test]
    fn what_was_never_written_is_nothing_done_and_reading_makes_no_file() {
        let (folder, store) = store();
        assert_eq!(store.load(), Ok(Loaded::default()));
        assert!(!folder.path().join("progress").exists());
    }

    #[test]
    fn a_damaged_file_is_kept_aside_and_what_can_be_read_stays() {
        let (_folder, store) = store();
        pass(&store, "one");
        pass(&store, "two");
        let text = fs::read_to_string(store.file()).unwrap();
        let cut = &text[..text.len() - 20];
        fs::write(store.file(), cut).unwrap();
        let loaded = store.load().unwrap();
        assert!(loaded.progress.has_passed("a", "one"));
        let repair = loaded.repair.unwrap();
        assert_eq!(repair.lost, 1);
        assert_eq!(fs::read_to_string(&repair.kept).unwrap(), cut);
        assert_eq!(store.load().unwrap().repair, None, "repaired once");
        fs::write(store.file(), [0; 50]).unwrap();
        let second = store.load().unwrap().repair.unwrap();
        assert_ne!(second.kept, repair.kept);
        assert_eq!(fs::read_to_string(&repair.kept).unwrap(), cut);
    }

    #[test]
    fn an_emptied_file_is_damaged_too() {
        let (_folder, store) = store();
        pass(&store, "one");
        fs::write(store.file(), "").unwrap();
        assert!(store.load().unwrap().repair.is_some());
    }

    #[test]
    fn a_newer_programs_file_is_not_touched() {
        let (_folder, store) = store();
        pass(&store, "one");
        let newer = "{\"is\":\"progress\",\"version\":9,\"course\":\"c\"}\n";
        fs::write(store.file(), newer).unwrap();
        assert_eq!(
            store.update(|_| ()),
            Err(ProgressError::Newer { version: 9 })
        );
        assert_eq!(fs::read_to_string(store.file()).unwrap(), newer);
    }

    #[test]
    fn many_at_once_lose_nothing() {
        let (_folder, store) = store();
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let store = &store;
                scope.spawn(move || {
                    for number in 0..10 {
                        pass(store, &format!("{writer}-{number}"));
                    }
                });
            }
        });
        assert_eq!(store.load().unwrap().progress.lesson("a").tasks.len(), 40);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_said_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        let store = Store::at(&folder.path().join("file/progress"), "c");
        let error = store.update(|_| ()).unwrap_err().to_string();
        assert!(error.contains("file/progress"), "{error}");
    }

    #[test]
    fn an_exported_file_is_imported_and_a_strangers_is_refused() {
        let (folder, store) = store();
        pass(&store, "one");
        let file = folder.path().join("export.jsonl");
        fs::write(&file, store.export().unwrap()).unwrap();
        let other = Store::at(&folder.path().join("elsewhere"), "c");
        assert_eq!(other.import(&file), Ok(0));
        assert!(other.load().unwrap().progress.has_passed("a", "one"));
        let stranger = Store::at(&folder.path().join("elsewhere"), "d");
        let refused = stranger.import(&file).unwrap_err();
        assert!(matches!(refused, ProgressError::OtherCourse { .. }));
        fs::write(&file, "something else\n").unwrap();
        assert_eq!(other.import(&file), Err(ProgressError::Nothing(file)));
    }
}
