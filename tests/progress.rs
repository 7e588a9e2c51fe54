//! What the learner has done, from run to run: kept, found again, moved, reset. No engine is needed.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use support::Test;

/// A learner's machine: a folder to work in and one for what Sealegs keeps.
struct Learner {
    home: tempfile::TempDir,
}

impl Learner {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("work")).unwrap();
        Self { home }
    }

    fn work(&self) -> PathBuf {
        self.home.path().join("work").canonicalize().unwrap()
    }

    fn file(&self) -> PathBuf {
        self.home
            .path()
            .join("sealegs/progress/docker-by-doing.jsonl")
    }

    fn runs(&self, arguments: &[&str]) -> Test {
        self.runs_in(&self.work(), arguments)
    }

    fn runs_in(&self, folder: &Path, arguments: &[&str]) -> Test {
        Test::new(arguments).data(self.home.path()).within(folder)
    }

    /// Notes passes as `check` would.
    fn passed(&self, tasks: &[&str]) {
        fs::create_dir_all(self.file().parent().unwrap()).unwrap();
        let mut text =
            "{\"is\":\"progress\",\"version\":1,\"course\":\"docker-by-doing\"}\n".to_owned();
        for task in tasks {
            text.push_str(&format!(
                "{{\"is\":\"task\",\"lesson\":\"containerize\",\"task\":\"{task}\",\"passed\":\"2026-01-01T00:00:00Z\"}}\n"
            ));
        }
        fs::write(self.file(), text).unwrap();
    }
}

#[test]
fn a_lesson_is_found_from_any_folder_of_its_workspace() {
    let learner = Learner::new();
    learner.runs(&["start", "caching"]).exits(0);
    let deep = learner.work().join("caching/a/b");
    fs::create_dir_all(&deep).unwrap();
    learner
        .runs_in(&deep, &["read"])
        .exits(0)
        .shows("Cache the layers");
    learner.runs(&["start", "containerize"]).exits(0);
    learner
        .runs_in(&deep, &["read"])
        .exits(0)
        .shows("Cache the layers");
    learner
        .runs(&["read"])
        .exits(0)
        .shows("Containerize an app");
}

#[test]
fn where_nothing_was_begun_the_next_step_is_said() {
    let said = Learner::new().runs(&["check"]).exits(2);
    assert!(
        said.stderr.contains("hint: `sealegs start LESSON`"),
        "{}",
        said.stderr
    );
}

#[test]
fn a_list_shows_how_far_one_is_and_what_was_asked_for() {
    let learner = Learner::new();
    learner.passed(&[
        "builds",
        "serves",
        "describes",
        "settings",
        "of-an-older-course",
    ]);
    let said = learner.runs(&["list"]).exits(0);
    for part in ["4/4", "40/40", "done", "lessons done, 40 of"] {
        assert!(said.stdout.contains(part), "no {part} in:\n{}", said.stdout);
    }
    let todo = learner.runs(&["list", "--todo"]).exits(0).stdout;
    assert!(
        todo.contains("caching ") && !todo.contains("containerize "),
        "{todo}"
    );
    let done = learner.runs(&["list", "--done"]).exits(0).stdout;
    assert!(
        !done.contains("caching ") && done.contains("containerize "),
        "{done}"
    );
    let found = learner.runs(&["list", "stage", "GO"]).exits(0).stdout;
    assert!(
        found.contains("multi-stage ") && !found.contains("caching "),
        "{found}"
    );
    let json = learner.runs(&["--format", "json", "list"]).exits(0).stdout;
    let listed: serde_json::Value = serde_json::from_str(&json).unwrap();
    let lessons = listed["lessons"].as_array().unwrap();
    let lesson = lessons.iter().find(|one| one["id"] == "containerize");
    assert_eq!(lesson.unwrap()["earned"], 40);
    assert_eq!(lesson.unwrap()["passed"][1], "serves");
}

#[test]
fn a_reset_asks_keeps_the_files_and_begins_anew() {
    let learner = Learner::new();
    learner.runs(&["start", "containerize"]).exits(0);
    let work = learner.work();
    fs::write(work.join("containerize/Dockerfile"), "FROM mine\n").unwrap();
    fs::write(work.join("containerize/app.py"), "changed\n").unwrap();
    let skipped = learner.runs(&["skip", "containerize"]).exits(0);
    assert!(skipped.stderr.contains("next: `sealegs start "));
    let refused = learner.runs(&["reset", "containerize"]).exits(2);
    assert!(
        refused.stderr.contains("containerize.kept-1"),
        "{}",
        refused.stderr
    );
    assert!(work.join("containerize/Dockerfile").exists());
    learner.runs(&["reset", "containerize", "--yes"]).exits(0);
    let read = |path: &str| fs::read_to_string(work.join(path)).unwrap();
    assert_eq!(read("containerize.kept-1/Dockerfile"), "FROM mine\n");
    assert_eq!(read("containerize.kept-1/app.py"), "changed\n");
    assert_ne!(read("containerize/app.py"), "changed\n");
    assert!(!work.join("containerize/Dockerfile").exists());
    assert!(!learner.runs(&["list"]).exits(0).stdout.contains("skipped"));
}

#[test]
fn a_reset_of_all_forgets_all_and_moves_no_folder_that_is_not_ours() {
    let learner = Learner::new();
    learner.passed(&["builds"]);
    let text = fs::read_to_string(learner.file()).unwrap();
    let own = learner.work();
    fs::write(own.join("mine"), "").unwrap();
    let line = format!("{{\"is\":\"lesson\",\"lesson\":\"caching\",\"workspace\":{own:?}}}\n");
    fs::write(learner.file(), text + &line).unwrap();
    let said = learner.runs(&["reset", "--all", "--yes"]).exits(0);
    assert!(
        said.stderr
            .contains("`containerize`: forgets 1 passed task"),
        "{}",
        said.stderr
    );
    assert!(own.join("mine").exists());
    learner.runs(&["list"]).exits(0).shows("lessons done, 0 of");
}

#[test]
fn progress_goes_to_another_machine_as_a_file() {
    let (old, new) = (Learner::new(), Learner::new());
    old.passed(&["builds", "of-another-version"]);
    let file = old.work().join("progress.jsonl");
    let name = file.to_str().unwrap();
    old.runs(&["progress", "export", name]).exits(0);
    old.runs(&["progress", "export", name]).exits(2);
    new.passed(&["serves"]);
    new.runs(&["progress", "import", name]).exits(0);
    new.runs(&["list"]).exits(0).shows("2/4");
    let kept = new.runs(&["progress", "export"]).exits(0).stdout;
    assert!(kept.contains("of-another-version"), "{kept}");
}

#[test]
fn a_damaged_file_is_mended_said_and_kept() {
    let learner = Learner::new();
    learner.passed(&["builds", "serves"]);
    let text = fs::read_to_string(learner.file()).unwrap();
    let cut = &text[..text.len() - 9];
    fs::write(learner.file(), cut).unwrap();
    let said = learner.runs(&["list"]).exits(0);
    assert!(
        said.stderr.contains("1 line could not be read"),
        "{}",
        said.stderr
    );
    assert!(said.stdout.contains("1/4"), "{}", said.stdout);
    let kept = learner
        .file()
        .with_file_name("docker-by-doing.damaged-1.jsonl");
    assert_eq!(fs::read_to_string(kept).unwrap(), cut);
    learner.runs(&["list"]).exits(0).complains("");
}

#[test]
fn where_nothing_can_be_kept_everything_else_works() {
    let learner = Learner::new();
    fs::write(learner.home.path().join("sealegs"), "a file in the way").unwrap();
    let said = learner.runs(&["start", "containerize"]).exits(0);
    assert!(
        said.stderr.contains("your progress is not kept"),
        "{}",
        said.stderr
    );
    assert!(learner.work().join("containerize/app.py").is_file());
}
