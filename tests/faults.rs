//! Engines that are stopped, killed, empty or of another version: what is said, and what is left.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};

use support::private_engine::{PrivateEngine, Version};
use support::{Test, until};

const COURSE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench/course");
const GOOD: &str = "FROM busybox:1.37\nENV PORT=8080\nCOPY index.html /www/\nEXPOSE 8080\n";
const SERVES: &str = "CMD [\"httpd\", \"-f\", \"-p\", \"8080\", \"-h\", \"/www\"]\n";

fn submission(dockerfile: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Dockerfile"), dockerfile).unwrap();
    fs::write(folder.path().join("index.html"), "hello from the bench\n").unwrap();
    folder
}

fn grade(engine: &PrivateEngine, folder: &Path) -> Test {
    let arguments = ["--format", "json", "grade", "six", folder.to_str().unwrap()];
    Test::new(&arguments)
        .course(Path::new(COURSE))
        .engine(&engine.host())
}

/// Everything on an engine that carries our label, and every image but the tagged ones.
fn left(engine: &PrivateEngine) -> String {
    let ours = ["--filter", "label=sealegs.run"];
    [
        &["ps", "-aq"][..],
        &["network", "ls", "-q"],
        &["volume", "ls", "-q"],
    ]
    .map(|listing| engine.docker(&[listing, &ours[..]].concat()))
    .concat()
        + &engine.docker(&["images", "-aq", "--filter", "dangling=true"])
        + &engine.docker(&["images", "-q", "--filter", "reference=sealegs-*"])
}

#[test]
fn an_engine_killed_in_the_middle_is_an_error_and_leaves_nothing_once_it_is_back() {
    let Some(engine) = PrivateEngine::start(Version::Installed) else {
        return;
    };
    // The image is missing on an empty engine, and is got.
    let folder = submission(&format!("{GOOD}{SERVES}"));
    let said = grade(&engine, folder.path()).exits(0);
    assert!(
        said.stderr.contains("`busybox:1.37` is missing"),
        "{}",
        said.stderr
    );

    let slow = submission(&format!("{GOOD}RUN echo first > /first\nRUN sleep 600\n"));
    let mut command = grade(&engine, slow.path()).command();
    let running = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let running = running.spawn().unwrap();
    until("the slow step runs", || {
        engine.docker(&["ps", "--no-trunc"]).contains("sleep 600")
    });
    engine.kill();
    let Output { status, stdout, .. } = running.wait_with_output().unwrap();
    assert_eq!(status.code(), Some(3));
    let grade_: serde_json::Value = serde_json::from_slice(&stdout).unwrap();
    assert_eq!(grade_["status"], "error");
    assert_eq!(grade_["gradable"], false);
    let outcomes = grade_["tasks"][0]["outcomes"].as_array().unwrap();
    assert!(
        outcomes.iter().all(|outcome| outcome["status"] != "fail"),
        "{grade_:#}"
    );

    let said = grade(&engine, folder.path()).exits(3);
    assert!(
        said.stderr.contains("no Docker engine answers"),
        "{}",
        said.stderr
    );

    engine.again().unwrap();
    Test::new(&["clean"]).engine(&engine.host()).exits(0);
    assert_eq!(left(&engine), "");
    grade(&engine, folder.path()).exits(0);
    assert_eq!(left(&engine), "");
}

#[test]
fn a_submission_that_fills_the_disk_fails_and_one_that_finds_it_full_cannot_be_judged() {
    let Some(engine) = PrivateEngine::start_on_a_disk_of(400) else {
        return;
    };
    // What it wrote stays for as long as its step does: somebody has to end it.
    let folder = submission(&format!(
        "{GOOD}RUN dd if=/dev/zero of=/big bs=1M count=300; sleep 600\n{SERVES}"
    ));
    let said = grade(&engine, folder.path()).exits(1);
    said.shows("to the engine's disk and was stopped");
    grade(&engine, submission(&format!("{GOOD}{SERVES}")).path()).exits(0);
    assert_eq!(left(&engine), "");

    let Some(engine) = PrivateEngine::start_on_a_disk_of(40) else {
        return;
    };
    let folder = submission(&format!(
        "{GOOD}RUN dd if=/dev/zero of=/some bs=1M count=60\n{SERVES}"
    ));
    let said = grade(&engine, folder.path()).exits(3);
    said.shows("the engine's disk is full");
    assert_eq!(left(&engine), "");
}

#[test]
fn newer_engines_give_the_same_grade_by_their_own_builder() {
    for version in [Version::Newest, Version::NewestContainerd] {
        let Some(engine) = PrivateEngine::start(version) else {
            return;
        };
        let heredoc = "RUN <<EOF\necho written by a heredoc > /www/note\nEOF\n";
        let folder = submission(&format!(
            "# syntax=docker/dockerfile:1\n{GOOD}{heredoc}{SERVES}"
        ));
        grade(&engine, folder.path()).exits(0);
        let folder = submission(&format!("{GOOD}RUN exit 3\n{SERVES}"));
        grade(&engine, folder.path())
            .exits(1)
            .shows("exit code 3")
            .shows("\"line\": 5");
        let folder = submission(&format!("{}{SERVES}", GOOD.replace("EXPOSE 8080\n", "")));
        grade(&engine, folder.path()).exits(1).shows("8080/tcp");
        assert_eq!(left(&engine), "", "{version:?}");
    }
}
