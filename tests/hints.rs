//! Hints one by one, those that fit what is seen first, and the reference afterwards.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::fs;
use std::path::PathBuf;

use support::Test;

const LESSONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/lessons");

/// A learner in the workspace of `containerize`, with the Dockerfile of a mistake.
struct Learner {
    home: tempfile::TempDir,
}

impl Learner {
    fn with(mistake: &str) -> Self {
        let learner = Self {
            home: tempfile::tempdir().unwrap(),
        };
        let work = learner.work();
        let made = ["start", "containerize", work.to_str().unwrap()];
        Test::new(&made).data(learner.home.path()).exits(0);
        let file = format!("{LESSONS}/containerize/mistakes/{mistake}/files/Dockerfile");
        fs::copy(file, work.join("Dockerfile")).unwrap();
        learner
    }

    fn work(&self) -> PathBuf {
        self.home.path().join("work")
    }

    fn runs(&self, arguments: &[&str]) -> Test {
        Test::new(arguments)
            .data(self.home.path())
            .within(&self.work())
    }
}

#[test]
fn the_hint_that_fits_what_is_seen_comes_first_and_none_twice() {
    let learner = Learner::with("app-not-copied");
    let first = learner.runs(&["hint", "serves"]).exits(0);
    assert!(
        first.stdout.contains("The log says which file"),
        "{}",
        first.stdout
    );
    assert!(first.stderr.contains("hint 1 on: "), "{}", first.stderr);
    let second = learner.runs(&["hint", "containerize/serves"]).exits(0);
    assert!(
        second.stdout.contains("What did you type"),
        "{}",
        second.stdout
    );
    assert!(!second.stdout.contains("The log says"), "{}", second.stdout);
    let again = learner.runs(&["hint", "serves", "--again"]).exits(0);
    assert!(again.stdout.contains("The log says") && again.stdout.contains("What did you type"));
    // Looking has found another task done on the way.
    let said = learner.runs(&["hint", "builds"]).exits(0);
    assert!(
        said.stderr.contains("`builds` has passed"),
        "{}",
        said.stderr
    );
}

#[test]
fn with_no_engine_there_are_the_hints_of_always_until_there_are_none() {
    let learner = Learner::with("only-on-loopback");
    let hint = ["--engine", "unix:///nowhere.sock", "hint", "serves"];
    let mut said = learner.runs(&hint).exits(0);
    assert!(
        said.stderr.contains("could not be looked at"),
        "{}",
        said.stderr
    );
    let mut given = 0;
    while !said.stdout.is_empty() {
        given += 1;
        assert!(
            !said.stdout.contains("which inside a container"),
            "{}",
            said.stdout
        );
        said = learner.runs(&hint).exits(0);
    }
    assert!(given >= 3, "{given}");
    assert!(said.stderr.contains("--again"), "{}", said.stderr);
}

#[test]
fn the_reference_is_shown_afterwards_or_anyway() {
    let learner = Learner::with("only-on-loopback");
    let refused = learner.runs(&["solution"]).exits(2);
    assert!(
        refused.stderr.contains("4 of 4 tasks"),
        "{}",
        refused.stderr
    );
    let said = learner.runs(&["solution", "--anyway"]).exits(0);
    assert!(
        said.stdout.contains("- ENV HOST=127.0.0.1"),
        "{}",
        said.stdout
    );
    assert!(
        said.stdout.contains("the other 3 files are the same"),
        "{}",
        said.stdout
    );
}
