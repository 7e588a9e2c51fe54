//! `check --watch` on the real engine: what a save or a command changes is seen, written down, and nothing stays behind.

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
        Self::of(COURSE, lesson, workspace, data)
    }

    fn of(course: &str, lesson: &str, workspace: &Path, data: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sealegs"))
            .args(["--course", course, "check", lesson])
            .arg(workspace)
            .arg("--watch")
            .env("XDG_DATA_HOME", data)
            .env("XDG_STATE_HOME", data)
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

/// A learner with a folder and a terminal in the sandbox of a lesson.
struct Learner {
    home: tempfile::TempDir,
    course: String,
}

impl Learner {
    /// In a course of one lesson: a container that runs, a look at its log, and no container at all.
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let tasks = "format_version: 1\ntasks:\n  runs:\n    title: Start it\n    points: 1\n    checks:\n      - container: {name: web, running: true}\n  looks:\n    title: Read its log\n    points: 2\n    needs: [runs]\n    checks:\n      - command: {docker: logs, container: web}\n  ends:\n    title: See it end\n    points: 3\n    needs: [runs]\n    checks:\n      - container: {name: web, state: exited}\n";
        for (path, text) in [
            (
                "lessons/course.yaml",
                "format_version: 1\ntitle: One\nversion: '1'\nlessons: [one]\nimages:\n  - {name: 'busybox:1.37', aliases: [busybox]}\n",
            ),
            (
                "lessons/one/lesson.md",
                "---\ntitle: One\nminutes: 5\nimages: ['busybox:1.37']\n---\ntext\n",
            ),
            ("lessons/one/starter/notes", "x"),
            ("lessons/one/solution/notes", "x"),
            ("checks/one.yaml", tasks),
            ("../work/notes", "x"),
        ] {
            let path = home.path().join("course").join(path);
            fs::create_dir_all(home.path().join("course")).unwrap();
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let course = home.path().join("course").display().to_string();
        Self { home, course }
    }

    fn work(&self) -> std::path::PathBuf {
        self.home.path().join("work")
    }

    fn watches(&self) -> Watched {
        Watched::of(&self.course, "one", &self.work(), self.home.path())
    }

    /// Types a line in a terminal whose docker is the sandbox's.
    #[track_caller]
    fn types(&self, line: &str) {
        let program = env!("CARGO_BIN_EXE_sealegs");
        let course = &self.course;
        let script = format!(
            "set -e; settings=$('{program}' --course '{course}' sandbox env one); eval \"$settings\"; {line}"
        );
        let output = Command::new("sh")
            .args(["-c", &script])
            .current_dir(self.work())
            .env("XDG_DATA_HOME", self.home.path())
            .env("XDG_STATE_HOME", self.home.path())
            .env("SHELL", "/bin/sh")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}: {said}");
    }

    fn resets(&self) {
        assert!(self.has_reset());
    }

    fn has_reset(&self) -> bool {
        let status = Command::new(env!("CARGO_BIN_EXE_sealegs"))
            .args(["--course", &self.course, "sandbox", "reset", "one"])
            .env("XDG_DATA_HOME", self.home.path())
            .env("XDG_STATE_HOME", self.home.path())
            .stderr(Stdio::null())
            .status();
        status.is_ok_and(|status| status.success())
    }

    /// The process that serves the sandbox.
    fn server(&self) -> Option<i32> {
        let folder = self.home.path().display().to_string();
        fs::read_dir("/proc").unwrap().flatten().find_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let words = fs::read_to_string(entry.path().join("cmdline")).ok()?;
            (words.contains("\0serve\0") && words.contains(&folder)).then_some(pid)
        })
    }
}

impl Drop for Learner {
    fn drop(&mut self) {
        let done = self.has_reset();
        assert!(done || std::thread::panicking(), "something is left");
    }
}

#[test]
fn commands_tick_as_they_are_typed_and_what_ends_by_itself_does_too() {
    let learner = Learner::new();
    let mut watched = learner.watches();
    watched.says("you have not opened this lesson's sandbox yet");
    learner.types("docker run -d --name web busybox:1.37 sleep 10000");
    watched.says("✓ Start it");
    learner.types("docker logs web");
    watched.says("✓ Read its log");
    learner.types("docker rm -f web; docker run -d --name web busybox:1.37 sleep 1");
    watched.says("✓ See it end");
    watched.says("is done");
    assert_eq!(watched.left(), Some(0));
}

#[test]
fn a_sandbox_that_is_killed_or_removed_is_found_as_it_is() {
    let learner = Learner::new();
    learner.types("docker run -d --name web busybox:1.37 sleep 10000");
    let mut watched = learner.watches();
    watched.says("✓ Start it");
    let server = learner.server().expect("a process that serves").to_string();
    let killed = Command::new("kill").args(["-9", &server]).status();
    assert!(killed.unwrap().success());
    // It is found again, and what is typed then is seen.
    learner.types("docker logs web");
    watched.says("✓ Read its log");
    learner.resets();
    watched.says("you have not opened this lesson's sandbox yet");
    learner.types("docker run --name web busybox:1.37 true");
    watched.says("✓ See it end");
    assert_eq!(watched.left(), Some(0));
}

#[test]
fn who_types_beside_the_sandbox_is_told_with_the_line_that_mends_it() {
    let learner = Learner::new();
    let mut watched = learner.watches();
    watched.says("you have not opened");
    // What is made while nobody listens yet is not seen: then there is another one.
    let mut number = 0;
    let said = loop {
        number += 1;
        let name = format!("beside-{}-{number}", std::process::id());
        for words in [
            &["create", "--name", &name, "busybox:1.37", "true"][..],
            &["rm", &name],
        ] {
            let done = Command::new("docker")
                .args(words)
                .stdout(Stdio::null())
                .status();
            assert!(done.unwrap().success());
        }
        let mut lines =
            std::iter::from_fn(|| watched.lines.recv_timeout(Duration::from_secs(2)).ok());
        if let Some(line) = lines.find(|line| line.contains("made outside")) {
            let more = [(); 2].map(|()| watched.lines.recv_timeout(DEADLINE).unwrap());
            break line + &more.concat();
        }
        assert!(number < 20, "nothing is said");
    };
    assert!(said.contains("`busybox:1.37`"), "{said}");
    assert!(
        said.contains("`eval \"$(sealegs sandbox env one)\"`"),
        "{said}"
    );
    assert_eq!(watched.left(), Some(0));
}

#[test]
fn a_reset_empties_the_sandbox_and_the_terminal_that_is_open_in_it_goes_on() {
    let learner = Learner::new();
    let mut watched = learner.watches();
    watched.says("you have not opened");
    let program = env!("CARGO_BIN_EXE_sealegs");
    let reset = format!("'{program}' --course '{}' reset one --yes", learner.course);
    learner.types("docker run -d --name web busybox:1.37 sleep 10000; docker volume create data");
    watched.says("✓ Start it");
    learner.types(&format!(
        "{reset}; test -z \"$(docker ps -aq)\"; test -z \"$(docker volume ls -q)\""
    ));
    learner.types("docker run -d --name web busybox:1.37 sleep 10000; docker logs web");
    watched.says("✓ Read its log");
    assert_eq!(watched.left(), Some(0));
}
