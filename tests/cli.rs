//! The command line, as far as it needs no engine.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::fs;

use support::Test;

#[test]
fn lessons_are_listed_for_people_and_for_programs() {
    Test::new(&["list"])
        .exits(0)
        .shows("containerize")
        .complains("");
    let json = Test::new(&["--format", "json", "list"]).exits(0).stdout;
    let listed: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(listed["lessons"][0]["id"], "welcome");
}

#[test]
fn a_lesson_reads_as_plain_text_where_there_is_no_terminal() {
    let said = Test::new(&["read", "caching"]).exits(0);
    assert!(!said.stdout.contains('\u{1b}'));
    assert!(
        said.stdout
            .lines()
            .filter(|line| !line.starts_with("    "))
            .all(|line| line.chars().count() <= 100)
    );
}

#[test]
fn a_name_that_is_nearly_right_is_recognised() {
    Test::new(&["read", "containerise"]).exits(2).complains(
        "error: there is no lesson `containerise`\nhint: did you mean `containerize`?\n",
    );
}

#[test]
fn an_engine_that_is_not_there_is_nobodys_failure() {
    let said = Test::new(&["--engine", "unix:///nowhere.sock", "grade", "caching", "."]).exits(3);
    assert!(
        said.stderr
            .starts_with("error: no Docker engine answers at `unix:///nowhere.sock`"),
        "{}",
        said.stderr
    );
    assert!(said.stderr.contains("\nhint: "), "{}", said.stderr);
}

#[test]
fn a_room_is_planned_with_no_engine_and_no_network() {
    let plan = [
        "images",
        "pull",
        "--plan",
        "--learners",
        "30",
        "busybox",
        "nginx",
        "redis",
        "python",
    ];
    Test::new(&plan)
        .exits(0)
        .shows("4 images × 30 learners: 120 pulls from Docker Hub")
        .shows("20 too many")
        .complains("");
    let json = Test::new(&[&["--format", "json"], &plan[..]].concat())
        .exits(0)
        .stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json["pulls"], &json["fits"]),
        (&120.into(), &false.into())
    );
}

#[test]
fn a_broken_course_shows_all_its_faults_with_their_places() {
    let folder = tempfile::tempdir().unwrap();
    let put = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    put(
        "lessons/course.yaml",
        "format_version: 1\ntitle: T\nversion: '1'\nlessons: [a]\nimages: []\n",
    );
    put(
        "lessons/a/lesson.md",
        "---\ntitle: A\nminutes: 5\nimages: []\n---\ntext\n",
    );
    put("lessons/a/starter/x", "");
    put("lessons/a/solution/x", "1");
    put(
        "checks/a.yaml",
        "format_version: 1\ntasks:\n  t:\n    titel: T\n    points: ten\n    checks: []\n",
    );
    let said = Test::new(&["list"]).course(folder.path()).exits(2);
    for part in [
        "checks/a.yaml:4:5",
        "did you mean `title`",
        "checks/a.yaml:5:13",
    ] {
        assert!(
            said.stderr.contains(part),
            "no {part:?} in:\n{}",
            said.stderr
        );
    }
}

#[test]
fn a_workspace_is_made_once_and_never_over_files() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("work");
    let place = place.to_str().unwrap();
    Test::new(&["start", "containerize", place]).exits(0);
    assert!(folder.path().join("work/app.py").is_file());
    let said = Test::new(&["start", "containerize", place]).exits(2);
    assert!(
        said.stderr.contains("is there already and not empty"),
        "{}",
        said.stderr
    );
}

#[test]
fn the_schema_in_the_book_is_the_one_that_is_printed() {
    let printed = Test::new(&["dev", "schema"]).exits(0).stdout;
    let kept = fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/book/schema/checks.schema.json"
    ))
    .unwrap();
    assert_eq!(printed.trim(), kept.trim());
}

#[test]
fn a_lesson_shows_its_tasks_where_its_text_names_them() {
    let said = Test::new(&["read", "containerize"]).exits(0);
    let at = |part: &str| {
        let found = said.stdout.find(part);
        found.unwrap_or_else(|| panic!("no {part:?} in:\n{}", said.stdout))
    };
    assert!(at("── Task 1 of 4 · builds ─") < at("── Task 2 of 4 · serves ─"));
    assert!(!said.stdout.contains("Task: "), "{}", said.stdout);
}

#[test]
fn in_plain_form_nothing_is_drawn() {
    for command in [&["--plain", "read", "caching"][..], &["--plain", "list"]] {
        let said = Test::new(command).exits(0);
        assert!(!said.stdout.contains(['─', '═', '│', '○', '\u{1b}']));
    }
}

/// What bash would offer for these words, the last of them unfinished.
fn offered(words: &[&str]) -> String {
    let asks = format!(
        "source <(sealegs completions bash); COMP_WORDS=({}); COMP_CWORD={}; COMP_TYPE=9; \
         _clap_complete_sealegs sealegs \"${{COMP_WORDS[COMP_CWORD]}}\" 2>/dev/null; echo \"${{COMPREPLY[*]}}\"",
        words.join(" "),
        words.len() - 1,
    );
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_sealegs"));
    let path = std::env::var("PATH").unwrap();
    let output = std::process::Command::new("bash")
        .args(["-c", &asks])
        .env_clear()
        .env(
            "PATH",
            format!("{}:{path}", program.parent().unwrap().display()),
        )
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_shell_completes_commands_lessons_and_tasks() {
    assert_eq!(offered(&["sealegs", "comp"]), "completions");
    assert_eq!(offered(&["sealegs", "start", "cach"]), "caching");
    let tasks = offered(&["sealegs", "check", "containerize/"]);
    assert!(tasks.contains("containerize/serves"), "{tasks}");
    let other = offered(&[
        "sealegs",
        "--course",
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench/course"),
        "read",
        "s",
    ]);
    assert_eq!(other, "six");
    for shell in ["zsh", "fish"] {
        Test::new(&["completions", shell])
            .exits(0)
            .shows("SEALEGS_COMPLETE");
    }
}

#[test]
fn told_nothing_and_with_no_terminal_it_prints_its_help() {
    Test::new(&[])
        .exits(0)
        .shows("Usage: sealegs")
        .complains("");
}
