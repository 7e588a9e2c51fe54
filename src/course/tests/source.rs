//! Where a course's bytes come from does not change the course.

use std::os::unix::fs::symlink;

use super::broken::Broken;
use crate::course::{Course, CourseError};
use crate::failure::{ExitCode, Failure};

fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for path in Broken::course().source().paths() {
        let at = dir.path().join(path);
        std::fs::create_dir_all(at.parent().unwrap()).unwrap();
        std::fs::write(at, Broken::course().source().get(path).unwrap()).unwrap();
    }
    dir
}

#[test]
fn a_folder_gives_the_same_course_and_hash() {
    let dir = folder();
    std::fs::write(dir.path().join("README.md"), "not of the course").unwrap();
    let course = Course::from_folder(dir.path()).unwrap();
    assert_eq!(course.hash(), Broken::course().load().unwrap().hash());
    assert_eq!(course.hash().len(), 64);
}

#[test]
fn any_change_of_any_file_changes_the_hash() {
    let hash = |course: Broken| course.source().hash();
    let same = hash(Broken::course());
    assert_eq!(hash(Broken::course()), same);
    assert_ne!(
        hash(Broken::course().with("lessons/first/variants/x", "")),
        same
    );
    assert_ne!(
        hash(Broken::course().edit("lessons/first/lesson.md", "# First", "# first")),
        same
    );
    let moved = Broken::course().with("checks/a", "bc").source().hash();
    assert_ne!(
        Broken::course().with("checks/ab", "c").source().hash(),
        moved
    );
}

#[test]
fn a_link_and_a_file_too_large_are_faults() {
    let dir = folder();
    symlink(
        "/etc/passwd",
        dir.path().join("lessons/first/starter/passwd"),
    )
    .unwrap();
    symlink("..", dir.path().join("lessons/first/solution/up")).unwrap();
    let large = std::fs::File::create(dir.path().join("lessons/first/starter/core")).unwrap();
    large.set_len(20_000_000).unwrap();
    let error = Course::from_folder(dir.path()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "\
lessons/first/solution/up: only files and folders make a course, no links, sockets or devices

lessons/first/starter/core: 20MB is more than a course's file may hold (16MB)

lessons/first/starter/passwd: only files and folders make a course, no links, sockets or devices

3 faults in 3 files"
    );
}

#[test]
fn a_folder_that_is_no_course() {
    let dir = tempfile::tempdir().unwrap();
    let error = Course::from_folder(dir.path()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "\
checks: the course has no such folder

lessons: the course has no such folder

lessons/course.yaml: there is no such file

3 faults in 3 files"
    );
    let failure = Failure::from(error);
    assert_eq!(failure.exit_code(), ExitCode::Usage);
    assert!(
        failure
            .to_string()
            .starts_with("the course has faults\n\nchecks: "),
        "{failure}"
    );
}

#[test]
fn a_folder_that_is_not_there() {
    let error = Course::from_folder("/nowhere/at-all".as_ref()).unwrap_err();
    assert!(matches!(&error, CourseError::Unreadable { path, .. } if path.ends_with("at-all")));
    assert_eq!(
        Failure::from(error).to_string(),
        "no folder `/nowhere/at-all`\nhint: a course is a folder that holds `lessons` and `checks`"
    );
}
