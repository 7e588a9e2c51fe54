//! `sealegs` alone, on a terminal: the first minute, the keys, and coming back.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "support/files.rs"]
mod files;
#[path = "support/terminal.rs"]
mod terminal;

use std::fs;
use std::path::Path;

use terminal::Terminal;

const HOUSE: &str = env!("CARGO_MANIFEST_DIR");

/// A course of one long lesson, whatever the built-in one begins with.
fn course(folder: &Path) -> String {
    files::copy(
        &Path::new(HOUSE).join("lessons/containerize"),
        &folder.join("lessons/containerize"),
    );
    fs::create_dir(folder.join("checks")).unwrap();
    let checks = "checks/containerize.yaml";
    fs::copy(Path::new(HOUSE).join(checks), folder.join(checks)).unwrap();
    let text = "format_version: 1\ntitle: One lesson\nversion: '1'\nlessons: [containerize]\nimages:\n  - {name: 'python:3.13-slim'}\n";
    fs::write(folder.join("lessons/course.yaml"), text).unwrap();
    folder.to_str().unwrap().to_owned()
}

#[test]
fn the_first_minute_and_coming_back() {
    let home = tempfile::tempdir().unwrap();
    let work = home.path().join("work");
    fs::create_dir(&work).unwrap();
    let course = course(&home.path().join("course"));
    let alone = ["--course", course.as_str()];
    let mut first = Terminal::runs(&alone, &work, home.path());
    first.shows("One lesson");
    first.shows("Your files will be in");
    first.shows("egin?");
    first.types("\r");
    first.shows("Space: on");
    let lesson = fs::read_dir(&work).unwrap().next().unwrap().unwrap().path();
    assert!(
        fs::read_dir(&lesson).unwrap().next().is_some(),
        "a workspace with files"
    );
    first.types("q");
    first.shows("hint");
    first.types("h");
    first.shows("hint 1");
    first.types("?");
    first.shows("the next hint on this task");
    first.types("q");
    first.shows("until next time");
    assert_eq!(first.ends(), Some(0));

    let deep = lesson.join("deep");
    fs::create_dir(&deep).unwrap();
    let mut second = Terminal::runs(&alone, &deep, home.path());
    second.shows("Space: on");
    assert!(!second.seen.contains("egin?"), "no question again");
    second.types("q");
    second.types("h");
    second.shows("hint 2");
    second.types("q");
    assert_eq!(second.ends(), Some(0));
    assert_eq!(
        fs::read_dir(&work).unwrap().count(),
        1,
        "no second workspace"
    );
}

#[test]
fn the_editor_opens_the_file_that_is_asked_for() {
    let home = tempfile::tempdir().unwrap();
    let editor = home.path().join("editor");
    fs::write(
        &editor,
        "#!/bin/sh\nprintf 'FROM nobody/knows\\n' > \"$1\"\n",
    )
    .unwrap();
    let course = course(&home.path().join("course"));
    let alone = ["--course", course.as_str()];
    let line = format!("sh {}", editor.display());
    let mut seat = Terminal::runs_with(&alone, home.path(), home.path(), ("VISUAL", &line));
    seat.shows("egin?");
    seat.types("\r");
    seat.shows("Space: on");
    seat.types("q");
    seat.shows("editor");
    seat.types("e");
    seat.shows("Dockerfile changed");
    seat.shows("nobody/knows");
    seat.types("q");
    assert_eq!(seat.ends(), Some(0));
}

#[test]
fn a_long_lesson_goes_through_a_pager_and_a_chosen_one_is_asked() {
    let home = tempfile::tempdir().unwrap();
    let marker = home.path().join("paged");
    let pager = format!("cat > '{}'", marker.display());
    let read = ["read", "containerize"];
    let terminal = Terminal::runs_with(&read, home.path(), home.path(), ("PAGER", &pager));
    assert_eq!(terminal.ends(), Some(0));
    let paged = fs::read_to_string(marker).unwrap();
    assert!(paged.contains("Containerize an app"), "{paged}");
}
