//! What authors do: begin a lesson, prove it, and hold what it shows against what comes.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "support/mod.rs"]
mod support;

use std::fs;

use support::Test;

#[test]
fn a_new_lesson_is_proven_as_it_stands_and_an_untrue_example_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let course = folder.path();
    for id in ["first", "second-one"] {
        let said = Test::new(&["dev", "new", id]).course(course).exits(0);
        assert_eq!(said.stdout.lines().count(), 7, "{}", said.stdout);
    }
    Test::new(&["dev", "check", "--sample", "1", "--seed", "x"])
        .course(course)
        .exits(0)
        .shows("5 submissions graded, 0 not as they should be")
        .shows("a sample: 1 of 2 mistakes");
    Test::new(&["dev", "examples"])
        .course(course)
        .exits(0)
        .shows("4 commands run, 0 not run for a reason given, 0 untrue");
    let page = course.join("lessons/first/lesson.md");
    let text = fs::read_to_string(&page).unwrap();
    fs::write(
        &page,
        text.replace("rm -f clock\nclock", "rm -f clock\ncluck"),
    )
    .unwrap();
    Test::new(&["dev", "examples", "first"])
        .course(course)
        .exits(2)
        .shows("`docker rm -f clock` shows `clock`, and the lesson `cluck`");
    Test::new(&["dev", "new", "first"]).course(course).exits(2);
    Test::new(&["dev", "new", "third"]).exits(2).complains(
        "error: the built-in course takes no new lessons\nhint: say where yours is, or is to be: `sealegs --course DIR dev new third`\n",
    );
}
