//! One process at a time: a lock beside the file, which a killed process lets go of by itself.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use super::error::ProgressError;

/// A holder needs milliseconds; one that was stopped in between must not stop the others for ever.
const LONGEST: Duration = Duration::from_secs(10);

/// Held while a file is read, changed and written.
pub(super) struct Lock(#[expect(dead_code, reason = "it is held, not used")] Option<File>);

impl Lock {
    /// Waits for the lock.
    pub(super) fn take(path: &Path) -> Result<Self, ProgressError> {
        Self::take_within(path, LONGEST)
    }

    fn take_within(path: &Path, longest: Duration) -> Result<Self, ProgressError> {
        let failed = |error: &std::io::Error| ProgressError::file(path, error);
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(false).open(path);
        let file = file.map_err(|error| failed(&error))?;
        let (done, wait) = mpsc::channel();
        // Waiting for a lock has no deadline of its own.
        std::thread::spawn(move || {
            let locked = file.lock();
            let _ = done.send(locked.map(|()| file));
        });
        match wait.recv_timeout(longest) {
            Ok(Ok(file)) => Ok(Self(Some(file))),
            // Some network folders know no locks; writing is atomic there too.
            Ok(Err(error)) if error.kind() == ErrorKind::Unsupported => Ok(Self(None)),
            Ok(Err(error)) => Err(failed(&error)),
            Err(_) => Err(ProgressError::Locked),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_is_held_is_waited_for_and_not_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = Lock::take(&path).unwrap();
        let second = Lock::take_within(&path, Duration::from_millis(20));
        assert_eq!(second.err(), Some(ProgressError::Locked));
        drop(held);
        assert!(Lock::take(&path).is_ok());
    }
}
