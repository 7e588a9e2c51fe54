//! Where a kept sandbox keeps what it must know again.

use std::fs::File;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use sha2::{Digest, Sha256};

use super::Order;

/// The folder of one sandbox. It is its owner's alone: who reaches its sockets may use the engine as the learner does.
#[derive(Clone, Debug)]
pub(super) struct Place {
    folder: PathBuf,
}

/// A path longer than this is no socket's (`man 7 unix`: 108 bytes, with the one that ends it).
const SOCKET_PATH: usize = 100;

impl Place {
    pub(super) fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    pub(super) fn of(engine: &str, lesson: &str) -> Self {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let name: String = lesson.chars().filter(|c| plain(*c)).take(32).collect();
        let digest = Sha256::digest(format!("{engine} {lesson}"));
        let digits: String = digest[..4]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let name = format!("{name}-{digits}");
        let folder = usual_place().join(&name);
        let long = folder.join("observer.sock").as_os_str().len() > SOCKET_PATH;
        let user = rustix::process::getuid().as_raw();
        Self::at(match long {
            true => PathBuf::from(format!("/tmp/sealegs-{user}")).join(name),
            false => folder,
        })
    }

    pub(super) fn all() -> Vec<PathBuf> {
        places()
            .iter()
            .filter_map(|folder| std::fs::read_dir(folder).ok())
            .flat_map(|entries| entries.flatten().map(|entry| entry.path()))
            .filter(|path| path.join("order.json").is_file())
            .collect()
    }

    /// What the engine is told of where it is kept: another user's sandboxes, or those of another home, are not ours to forget.
    pub(super) fn keeper(&self) -> String {
        keeper(self.folder.parent().unwrap_or(&self.folder))
    }

    /// The lesson that the folder is named after.
    pub(super) fn lesson(&self) -> String {
        let name = self
            .folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        let lesson = name.rsplit_once('-').map_or(&*name, |(lesson, _)| lesson);
        lesson.to_owned()
    }

    /// What the engine was told of all that is kept where this user keeps sandboxes.
    pub(super) fn keepers() -> [String; 2] {
        places().map(|place| keeper(&place))
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.folder.join("docker.sock")
    }

    pub(super) fn observer(&self) -> PathBuf {
        self.folder.join("observer.sock")
    }

    pub(super) fn control(&self) -> PathBuf {
        self.folder.join("control.sock")
    }

    pub(super) fn order(&self) -> PathBuf {
        self.folder.join("order.json")
    }

    pub(super) fn identity(&self) -> PathBuf {
        self.folder.join("identity.json")
    }

    pub(super) fn journal(&self) -> PathBuf {
        self.folder.join("journal.jsonl")
    }

    pub(super) fn images(&self) -> PathBuf {
        self.folder.join("images")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// The folder of programs that go before those on PATH.
    pub(super) fn programs(&self) -> PathBuf {
        self.folder.join("bin")
    }

    /// The learner's `DOCKER_CONFIG` in the sandbox.
    pub(super) fn docker_config(&self) -> PathBuf {
        self.folder.join("config")
    }

    /// Files that shells read when they start.
    pub(super) fn shell(&self) -> PathBuf {
        self.folder.join("shell")
    }

    /// Makes the folder, for its owner alone. One that is somebody else's is refused.
    pub(super) fn make(&self) -> io::Result<()> {
        use std::os::unix::fs::MetadataExt as _;
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)?;
        for folder in [Some(self.folder.as_path()), self.folder.parent()] {
            let Some(folder) = folder else { continue };
            let about = std::fs::symlink_metadata(folder)?;
            let others = about.mode() & 0o022 != 0;
            if about.uid() != rustix::process::getuid().as_raw() || others || !about.is_dir() {
                let said = format!("{} is somebody else's, or open to others", folder.display());
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, said));
            }
        }
        Ok(())
    }

    pub(super) fn read_order(&self) -> Option<Order> {
        let text = std::fs::read_to_string(self.order()).ok()?;
        serde_json::from_str(&text).ok()
    }

    fn lock_file(&self) -> io::Result<File> {
        File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(self.folder.join("lock"))
    }

    /// Takes the sandbox for this process; `None` where another one has it. It is given back with the file, however the
    /// process ends.
    pub(super) fn lock(&self) -> io::Result<Option<File>> {
        let file = self.lock_file()?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(file)),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn is_locked(&self) -> bool {
        self.folder.is_dir() && matches!(self.lock(), Ok(None))
    }

    /// Removes what is known of what was made, and leaves what open terminals need to begin anew.
    pub(super) fn begin_anew(&self) -> io::Result<()> {
        const STAY: [&str; 5] = ["order.json", "bin", "config", "shell", "lock"];
        let entries = match std::fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            if !STAY.iter().any(|name| entry.file_name() == *name) {
                std::fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Removes the folder and all that is known.
    pub(super) fn forget(&self) -> io::Result<()> {
        match std::fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// The two folders that sandboxes are kept in.
fn places() -> [PathBuf; 2] {
    let user = rustix::process::getuid().as_raw();
    [usual_place(), PathBuf::from(format!("/tmp/sealegs-{user}"))]
}

fn keeper(folder: &Path) -> String {
    let user = rustix::process::getuid().as_raw();
    let digest = Sha256::digest(format!("{user} {}", folder.display()));
    digest[..6]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// `$XDG_STATE_HOME/sealegs/sandboxes`, by default below `~/.local/state`.
fn usual_place() -> PathBuf {
    let state = std::env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state")))
        .unwrap_or_else(std::env::temp_dir);
    state.join("sealegs/sandboxes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_has_it_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::at(folder.path().join("ports-1"));
        place.make().unwrap();
        let lock = place.lock().unwrap();
        assert!(lock.is_some() && place.is_locked());
        assert!(place.lock().unwrap().is_none());
        drop(lock);
        assert!(!place.is_locked());
    }

    #[test]
    fn what_was_made_is_forgotten_and_what_terminals_need_stays() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::at(folder.path().join("ports-1"));
        place.begin_anew().unwrap();
        place.make().unwrap();
        std::fs::create_dir(place.programs()).unwrap();
        for file in [place.order(), place.identity(), place.journal()] {
            std::fs::write(file, "").unwrap();
        }
        place.begin_anew().unwrap();
        assert!(place.order().exists() && place.programs().exists());
        assert!(!place.identity().exists() && !place.journal().exists());
    }

    #[test]
    fn a_folder_that_others_may_write_to_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let place = Place::at(folder.path().join("ports-1"));
        place.make().unwrap();
        let open = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(place.folder(), open).unwrap();
        assert!(place.make().is_err());
    }

    #[test]
    fn lessons_and_engines_have_places_of_their_own() {
        let place = |engine, lesson| Place::of(engine, lesson).folder;
        assert_ne!(place("unix:///a", "ports"), place("unix:///b", "ports"));
        assert_ne!(place("unix:///a", "ports"), place("unix:///a", "env"));
        assert_eq!(place("unix:///a", "ports"), place("unix:///a", "ports"));
    }
}
