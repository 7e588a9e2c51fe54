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
    let tried = Test::new(&["dev", "mutants", "first"])
        .course(course)
        .exits(0)
        .shows(
            "5 mutants tried: 5 caught (100.0 %), 0 harmless (0.0 %), nothing left on the engine",
        );
    let noticed = "✓ first: commands.sh:1 clockx for clock: caught by runs";
    assert!(tried.stderr.contains(noticed), "{}", tried.stderr);
    Test::new(&["dev", "new", "first"]).course(course).exits(2);
    Test::new(&["dev", "new", "third"]).exits(2).complains(
        "error: the built-in course takes no new lessons\nhint: say where yours is, or is to be: `sealegs --course DIR dev new third`\n",
    );
}

#[test]
fn what_no_check_notices_is_told_and_so_is_what_is_called_harmless_and_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let course = folder.path();
    Test::new(&["dev", "new", "first"]).course(course).exits(0);
    let checks = course.join("checks/first.yaml");
    let text = fs::read_to_string(&checks).unwrap();
    fs::write(&checks, text.replace("running: true, ", "")).unwrap();
    let listed = Test::new(&["dev", "mutants", "--list"])
        .course(course)
        .exits(0);
    assert_eq!(
        listed.stdout,
        "first: commands.sh as it was given\n\
         first: commands.sh:1 without the command\n\
         first: commands.sh:1 without --name clock\n\
         first: commands.sh:1 clockx for clock\n\
         first: commands.sh:1 without the container's command\n"
    );
    let harmless = course.join("lessons/first/harmless.yaml");
    fs::write(
        &harmless,
        "\"commands.sh:1 without the container's command\": it ends either way\n\
         \"commands.sh:1 clockx for clock\": a name is a name\n\
         \"commands.sh:9 without --name\": there is no such line\n",
    )
    .unwrap();
    Test::new(&["dev", "mutants", "first", "--jobs", "4"])
        .course(course)
        .exits(2)
        .shows("first: commands.sh:1 clockx for clock\n  a check catches it: it is not harmless")
        .shows(
            "first: commands.sh:9 without --name\n  called harmless, and no mutant of the solution",
        )
        .shows("5 mutants tried: 3 caught (60.0 %), 1 harmless (20.0 %)");
    fs::remove_file(harmless).unwrap();
    Test::new(&["dev", "mutants", "first", "--jobs", "4"])
        .course(course)
        .exits(2)
        .shows("first: commands.sh:1 without the container's command\n  every check passes")
        .shows("5 mutants tried: 4 caught (80.0 %), 0 harmless");
}
