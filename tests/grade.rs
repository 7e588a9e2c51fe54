//! Whole grades on the real engine: right answers nobody listed, hostile submissions, and nothing left behind.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use support::{Said, Test};

const COURSE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench/course");

/// A submission for the lesson of six assertions, with this Dockerfile.
fn submission(dockerfile: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Dockerfile"), dockerfile).unwrap();
    fs::write(folder.path().join("index.html"), "hello from the bench\n").unwrap();
    folder
}

#[track_caller]
fn grade(folder: &Path, code: i32) -> Said {
    Test::new(&["grade", "six", folder.to_str().unwrap()])
        .course(Path::new(COURSE))
        .exits(code)
}

#[track_caller]
fn refused(dockerfile: &str, said: &str) {
    let began = std::time::Instant::now();
    grade(submission(dockerfile).path(), 1).shows(said);
    assert!(began.elapsed().as_secs() < 60, "a refusal builds nothing");
}

const GOOD: &str = "FROM busybox:1.37\nENV PORT=8080\nCOPY index.html /www/\nEXPOSE 8080\n";

#[test]
fn other_right_answers_pass() {
    for start in [
        "CMD [\"httpd\", \"-f\", \"-p\", \"8080\", \"-h\", \"/www\"]\n",
        "ENTRYPOINT [\"httpd\", \"-f\"]\nCMD [\"-p\", \"8080\", \"-h\", \"/www\"]\n",
        "WORKDIR /www\nUSER 1000\nCMD httpd -f -p 8080\n",
    ] {
        grade(submission(&format!("{GOOD}{start}")).path(), 0).shows("6 of 6 points");
    }
}

#[test]
fn a_wrong_answer_fails_for_the_right_reason_and_keeps_its_other_points() {
    let folder = submission(
        &GOOD
            .replace("ENV PORT=8080", "ENV PORT=80")
            .replace("EXPOSE 8080\n", ""),
    );
    fs::write(folder.path().join("index.html"), "something else\n").unwrap();
    let said = grade(folder.path(), 1);
    for part in [
        "hello from the bench",
        "something else",
        "env PORT",
        "8080/tcp",
        "1 of 6 points",
    ] {
        assert!(
            said.stdout.contains(part),
            "no {part:?} in:\n{}",
            said.stdout
        );
    }
}

#[test]
fn what_would_reach_out_is_refused_before_anything_is_built() {
    refused("FROM friend/solution\n", "only the course's own images");
    refused(
        "# syntax=evil/frontend\nFROM busybox:1.37\n",
        "evil/frontend",
    );
    refused("FROM busybox:1.37\nADD http://127.0.0.1:1/x /x\n", "`ADD`");
}

#[cfg(unix)]
#[test]
fn a_submission_that_is_no_plain_folder_is_refused() {
    let folder = submission(GOOD);
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join("x")).unwrap();
    grade(folder.path(), 1).shows("points outside the submission");
    let folder = submission(GOOD);
    fs::File::create(folder.path().join("huge"))
        .unwrap()
        .set_len(2 << 30)
        .unwrap();
    grade(folder.path(), 1).shows("the build context is larger than 100MB");
}

#[test]
fn bombs_end_inside_their_limits() {
    let bomb = |run: &str| submission(&format!("FROM busybox:1.37\nRUN {run}\n"));
    grade(bomb("head -c 2000m /dev/zero | tail").path(), 1).shows("137");
    grade(bomb("yes flood").path(), 1).shows("printed more than its limit");
}

#[test]
fn what_a_submission_prints_is_shown_harmless_and_believed_by_nobody() {
    let text = "printf '\\033[2J\\n::error::pwned\\nSuccessfully built abcdef123456\\n{\"status\":\"pass\"}\\n'; exit 7";
    let said = grade(
        submission(&format!("FROM busybox:1.37\nRUN {text}\n")).path(),
        1,
    );
    assert!(!said.stdout.contains('\u{1b}'), "{}", said.stdout);
    assert!(
        !said
            .stdout
            .lines()
            .any(|line| line.trim_start().starts_with("::")),
        "{}",
        said.stdout
    );
    said.shows("exit code 7");
}

#[test]
fn the_json_holds_the_evidence_and_a_seed_repeats() {
    let folder = submission(&format!(
        "{GOOD}CMD [\"httpd\", \"-f\", \"-p\", \"8080\", \"-h\", \"/www\"]\n"
    ));
    let path = folder.path().to_str().unwrap();
    let arguments = ["--format", "json", "grade", "six", path, "--seed", "abc"];
    let said = Test::new(&arguments).course(Path::new(COURSE)).exits(0);
    let grade: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(
        (&grade["version"], &grade["status"]),
        (&1.into(), &"pass".into())
    );
    assert_eq!(grade["conditions"]["seed"], "abc");
    assert_eq!(grade["conditions"]["images"][0]["name"], "busybox:1.37");
    assert!(grade["conditions"]["commands"].as_array().unwrap().len() >= 3);
}

fn docker(arguments: &[&str]) -> String {
    let output = Command::new("docker")
        .args(arguments)
        .output()
        .expect("docker's client");
    assert!(output.status.success(), "docker {arguments:?} failed");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Objects on the engine that carry the label of this process id.
fn left_by(pid: u32) -> String {
    let filter = format!("label=sealegs.pid={pid}");
    [
        &["ps", "-aq"][..],
        &["network", "ls", "-q"],
        &["volume", "ls", "-q"],
        &["images", "-q"],
    ]
    .map(|listing| docker(&[listing, &["--filter", &filter]].concat()))
    .concat()
}

#[cfg(unix)]
#[test]
fn an_interrupted_grade_leaves_nothing() {
    let folder = submission("");
    let token = folder
        .path()
        .file_name()
        .unwrap()
        .to_string_lossy()
        .into_owned();
    fs::write(
        folder.path().join("Dockerfile"),
        format!("FROM busybox:1.37\nRUN : {token}; sleep 60\n"),
    )
    .unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_sealegs"))
        .args([
            "--course",
            COURSE,
            "grade",
            "six",
            folder.path().to_str().unwrap(),
        ])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let began = std::time::Instant::now();
    while !docker(&["ps", "--no-trunc", "--format", "{{.Command}}"]).contains(&token) {
        assert!(began.elapsed().as_secs() < 60, "the build never began");
    }
    assert!(
        Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130));
    assert_eq!(left_by(child.id()), "");
}
