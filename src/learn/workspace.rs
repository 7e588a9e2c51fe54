//! Workspaces: made with a lesson's starter files, never over files that are there; put aside, never deleted.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::course::Lesson;
use crate::failure::Failure;
use crate::text::tick;

/// Makes a workspace with the lesson's starter files.
///
/// # Errors
/// There are files (usage), or it cannot be written (system).
pub fn make(lesson: &Lesson, folder: &Path) -> Result<(), Failure> {
    let shown = tick(&folder.display().to_string());
    if is_taken(folder) {
        let failure = Failure::usage(format!("{shown} is there already and not empty"));
        return Err(failure.with_hint("name another folder, or go on in this one"));
    }
    lesson
        .starter
        .write_to(folder)
        .map_err(|error| Failure::system(format!("cannot write to {shown}: {error}")))
}

/// Whether something is in the way of a workspace.
pub fn is_taken(folder: &Path) -> bool {
    match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) => error.kind() != ErrorKind::NotFound,
    }
}

/// What lies in a workspace and belongs to it: everything but the workspaces of `others`.
///
/// # Errors
/// It cannot be read.
pub fn own_entries(folder: &Path, others: &[PathBuf]) -> io::Result<Vec<PathBuf>> {
    let mut own = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if !others.iter().any(|other| other.starts_with(&path)) {
            own.push(path);
        }
    }
    own.sort();
    Ok(own)
}

/// Where the files of a workspace would be kept: beside it, under a name that is not taken.
pub fn aside(folder: &Path) -> PathBuf {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let mut number = 1;
    loop {
        let kept = folder.with_file_name(format!("{name}.kept-{number}"));
        if fs::symlink_metadata(&kept).is_err() {
            return kept;
        }
        number += 1;
    }
}

/// Moves these entries of a workspace to another folder, which is made. The workspace itself stays, so that a shell
/// in it does too.
///
/// # Errors
/// The first that cannot be moved; those before it are in the other folder.
pub fn put_aside(entries: &[PathBuf], kept: &Path) -> io::Result<()> {
    fs::create_dir(kept)?;
    for entry in entries {
        fs::rename(entry, kept.join(entry.file_name().unwrap_or_default()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::Course;

    #[test]
    fn files_are_moved_whole_and_other_workspaces_stay() {
        let folder = tempfile::tempdir().unwrap();
        let work = folder.path().join("work");
        fs::create_dir_all(work.join("src")).unwrap();
        fs::create_dir_all(work.join("other/app")).unwrap();
        fs::write(work.join("src/app.py"), "mine").unwrap();
        fs::create_dir(folder.path().join("work.kept-1")).unwrap();
        let own = own_entries(&work, &[work.join("other/app")]).unwrap();
        let kept = aside(&work);
        put_aside(&own, &kept).unwrap();
        assert!(kept.ends_with("work.kept-2"));
        assert_eq!(fs::read_to_string(kept.join("src/app.py")).unwrap(), "mine");
        assert!(work.join("other/app").is_dir() && !work.join("src").exists());
    }

    #[test]
    fn a_file_in_the_way_is_in_the_way() {
        let folder = tempfile::tempdir().unwrap();
        let course = Course::built_in().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(make(&course.lessons[0], &file).is_err());
        assert!(make(&course.lessons[0], folder.path()).is_err());
        let fresh = folder.path().join("a/b");
        make(&course.lessons[0], &fresh).unwrap();
        assert!(is_taken(&fresh));
    }
}
