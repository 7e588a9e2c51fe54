//! A file that is written aside and has its name only when it is whole.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::failure::Failure;
use crate::text::tick;

use super::kit::{Kit, KitError};
use super::store::sweep;

/// What all unfinished files end in: a killed run leaves one, which a later run can tell.
const ENDING: &str = ".sealegs-unfinished";

/// A kit that has not got its name yet; it goes with this value.
pub(super) struct Unfinished {
    file: NamedTempFile,
    target: PathBuf,
}

impl Unfinished {
    /// Begins a kit that is to be `target`, in the same folder: a place that cannot be written to is known before the
    /// work is done.
    pub(super) fn beside(target: &Path) -> Result<Self, Failure> {
        // A link is followed: it goes on leading to the kit.
        let target = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
        replaceable(&target)?;
        let failed = |error: io::Error| KitError::unwritten(&target, &error);
        let folder = match target.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        sweep(folder, ENDING);
        let file = tempfile::Builder::new()
            .prefix(".")
            .suffix(ENDING)
            .permissions(fs::Permissions::from_mode(0o666))
            .tempfile_in(folder)
            .map_err(failed)?;
        Ok(Self { file, target })
    }

    /// Where it is written, even after this value has gone.
    pub(super) fn out(&self) -> io::Result<File> {
        self.file.as_file().try_clone()
    }

    /// Gives it its name; returns its size.
    pub(super) fn finish(self) -> io::Result<u64> {
        let file = self.file.persist(&self.target)?;
        Ok(file.metadata()?.len())
    }
}

/// Only a kit is written over, be it a damaged one.
fn replaceable(target: &Path) -> Result<(), Failure> {
    let refused =
        |why: String| Err(Failure::usage(why).with_hint("it is left alone: choose another name"));
    let shown = tick(&target.display().to_string()).to_string();
    let Ok(kind) = fs::metadata(target) else {
        return match target.file_name() {
            Some(_) => Ok(()),
            None => refused(format!("{shown} names no file")),
        };
    };
    if kind.is_dir() {
        return refused(format!("{shown} is a folder"));
    }
    match Kit::open(target) {
        Err(error @ (KitError::Foreign { .. } | KitError::File { .. })) => {
            refused(error.to_string())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::time::Duration;

    use super::super::store::UNFINISHED;
    use super::*;

    #[test]
    fn of_two_that_are_written_at_once_each_is_whole_and_the_second_stays() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.kit");
        let begun: Vec<Unfinished> = (0..2)
            .map(|_| Unfinished::beside(&target).unwrap())
            .collect();
        for (text, one) in ["first", "second"].iter().zip(&begun) {
            one.out().unwrap().write_all(text.as_bytes()).unwrap();
        }
        for (text, one) in ["first", "second"].iter().zip(begun) {
            assert_eq!(one.finish().unwrap(), text.len() as u64);
            assert_eq!(fs::read_to_string(&target).unwrap(), *text);
        }
        drop(Unfinished::beside(&folder.path().join("b.kit")).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_a_killed_run_left_goes_after_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let left = |name: &str| folder.path().join(format!("{name}{ENDING}"));
        for name in [".old", ".young"] {
            fs::write(left(name), "half").unwrap();
        }
        let old = File::options().write(true).open(left(".old")).unwrap();
        let then = std::time::SystemTime::now() - UNFINISHED - Duration::from_secs(60);
        old.set_modified(then).unwrap();
        Unfinished::beside(&folder.path().join("a.kit")).unwrap();
        assert!(!left(".old").exists() && left(".young").exists());
    }

    #[test]
    fn folders_devices_and_files_that_are_no_kits_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("text");
        fs::write(&text, "oci-layout, a page about it").unwrap();
        for target in [
            folder.path(),
            &text,
            Path::new("/dev/null"),
            Path::new(".."),
        ] {
            let refused = Unfinished::beside(target).err();
            assert!(
                matches!(refused, Some(Failure::Usage(_))),
                "{target:?}: {refused:?}"
            );
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
