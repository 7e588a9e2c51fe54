//! `check --watch` on the real engine: what a save changes is seen, written down, and nothing stays behind.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const COURSE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench/course");

/// Longer than any look takes.
const DEADLINE: Duration = Duration::from_secs(120);

/// A lesson that is watched.
struct Watched {
    child: Child,
    lines: Receiver<String>,
    seen: String,
}

impl Watched {
    fn lesson(lesson: &str, workspace: &Path, data: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sealegs"))
            .args(["--course", COURSE, "check", lesson])
            .arg(workspace)
            .arg("--watch")
            .env("XDG_DATA_HOME", data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (to, lines) = channel();
        std::thread::spawn(move || {
            out.lines()
                .map_while(Result::ok)
                .try_for_each(|line| to.send(line))
        });
        Self {
            child,
            lines,
            seen: String::new(),
        }
    }

    /// Reads on until this is said.
    #[track_caller]
    fn says(&mut self, part: &str) {
        let began = Instant::now();
        loop {
            let left = DEADLINE.saturating_sub(began.elapsed());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    self.seen.push_str(&line);
                    self.seen.push('\n');
                    if line.contains(part) {
                        return;
                    }
                }
                Err(_) => panic!("no {part:?} in:\n{}", self.seen),
            }
        }
    }

    /// Interrupts it and gives its exit code.
    fn left(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &pid])
                .status()
                .unwrap()
                .success()
        );
        self.child.wait().unwrap().code()
    }
}

/// Objects on the engine that carry the label of this process.
fn left_by(pid: u32) -> String {
    let filter = format!("label=sealegs.pid={pid}");
    [
        &["ps", "-aq"][..],
        &["network", "ls", "-q"],
        &["images", "-q"],
    ]
    .map(|listing| {
        let output = Command::new("docker")
            .args(listing)
            .args(["--filter", &filter])
            .output()
            .unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    })
    .concat()
}

#[test]
fn a_save_is_looked_at_what_passes_is_kept_and_nothing_stays_behind() {
    let home = tempfile::tempdir().unwrap();
    let work = home.path().join("work");
    fs::create_dir(&work).unwrap();
    fs::write(work.join("index.html"), "hello from the bench\n").unwrap();
    let mut watched = Watched::lesson("six", &work, home.path());
    watched.says("there is no `Dockerfile`");
    let good = "FROM busybox:1.37\nENV PORT=8080\nCOPY index.html /www/\nEXPOSE 8080\n";
    let start = "CMD [\"httpd\", \"-f\", \"-p\", \"8080\", \"-h\", \"/www\"]\n";
    fs::write(
        work.join("Dockerfile"),
        format!("{}{start}", good.replace("EXPOSE 8080\n", "")),
    )
    .unwrap();
    watched.says("Dockerfile changed");
    watched.says("does not document port");
    fs::write(work.join("Dockerfile"), format!("{good}{start}")).unwrap();
    watched.says("is done");
    let pid = watched.child.id();
    assert_eq!(watched.left(), Some(0));
    assert_eq!(left_by(pid), "");
    let kept = fs::read_dir(home.path().join("sealegs/progress")).unwrap();
    let kept: String = kept
        .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    assert!(kept.contains("\"passed\":\"20"), "{kept}");
}

#[test]
fn with_no_engine_it_waits_and_says_why() {
    let home = tempfile::tempdir().unwrap();
    let work = home.path().join("work");
    fs::create_dir(&work).unwrap();
    fs::write(work.join("Dockerfile"), "FROM busybox:1.37\n").unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_sealegs"))
        .args([
            "--course",
            COURSE,
            "--engine",
            "unix:///nowhere.sock",
            "check",
            "six",
        ])
        .arg(&work)
        .arg("--watch")
        .env("XDG_DATA_HOME", home.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = child.unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert!(
        line.contains("could not be looked at: no Docker engine answers"),
        "{line}"
    );
    child.kill().unwrap();
    child.wait().unwrap();
}
