//! `sealegs` alone on a wide terminal: the lesson beside the learner's own shell. It opens, what is typed ticks, and whatever
//! ends it leaves the terminal as it was and no process behind.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "support/terminal.rs"]
mod terminal;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use terminal::Terminal;

/// A learner in a course of one lesson: start a container.
struct Learner {
    home: tempfile::TempDir,
}

impl Learner {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let tasks = "format_version: 1\ntasks:\n  runs:\n    title: Start it\n    points: 1\n    checks:\n      - container: {name: web, running: true}\n  ends:\n    title: See it end\n    points: 2\n    needs: [runs]\n    checks:\n      - container: {name: web, state: exited}\n";
        for (path, text) in [
            (
                "course/lessons/course.yaml",
                "format_version: 1\ntitle: One\nversion: '1'\nlessons: [one]\nimages:\n  - {name: 'busybox:1.37', aliases: [busybox]}\n",
            ),
            (
                "course/lessons/one/lesson.md",
                "---\ntitle: One lesson\nminutes: 5\nimages: ['busybox:1.37']\n---\nSome words to read.\n",
            ),
            ("course/lessons/one/starter/notes", "x"),
            ("course/lessons/one/solution/notes", "x"),
            ("course/checks/one.yaml", tasks),
            ("work/notes", "x"),
        ] {
            let path = home.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self { home }
    }

    fn course(&self) -> String {
        self.home.path().join("course").display().to_string()
    }

    /// Begins the lesson, and waits for the shell.
    fn enters(&self) -> Terminal {
        let mut lab = self.starts();
        lab.has("egin?");
        lab.types("\r");
        Self::is_there(&mut lab);
        lab
    }

    /// Comes back to the lesson.
    fn returns(&self) -> Terminal {
        let mut lab = self.starts();
        Self::is_there(&mut lab);
        lab
    }

    fn is_there(lab: &mut Terminal) {
        lab.has("Some words to read.");
        lab.has("(sealegs one)");
    }

    fn starts(&self) -> Terminal {
        let course = self.course();
        let work = self.home.path().join("work");
        let data = self.home.path();
        let state = data.display().to_string();
        Terminal::of_size(
            (120, 40),
            &["--course", &course],
            &work,
            data,
            ("XDG_STATE_HOME", &state),
        )
    }

    /// The process of the shell that the lab has, by what it says itself.
    fn shell(&self, lab: &mut Terminal) -> PathBuf {
        let file = self.home.path().join("pid");
        lab.types(&format!(
            "echo $$ > '{0}.new'; mv '{0}.new' '{0}'\r",
            file.display()
        ));
        until(|| file.exists());
        let pid = fs::read_to_string(file).unwrap();
        Path::new("/proc").join(pid.trim())
    }
}

impl Drop for Learner {
    fn drop(&mut self) {
        let done = Command::new(env!("CARGO_BIN_EXE_sealegs"))
            .args(["--course", &self.course(), "sandbox", "reset", "one"])
            .env("XDG_DATA_HOME", self.home.path())
            .env("XDG_STATE_HOME", self.home.path())
            .stderr(Stdio::null())
            .status();
        assert!(done.is_ok_and(|it| it.success()) || std::thread::panicking());
    }
}

/// Waits until something is so.
#[allow(
    clippy::disallowed_methods,
    reason = "between two looks of a poll with a deadline"
)]
#[track_caller]
fn until(is: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is() {
        assert!(Instant::now() < deadline, "it never was so");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_command_typed_beside_the_lesson_ticks_its_task_and_is_drawn() {
    let learner = Learner::new();
    let mut lab = learner.enters();
    assert!(lab.is_full());
    lab.has("0 of 2 tasks");
    lab.has("no containers");
    let shell = learner.shell(&mut lab);
    lab.types("docker run -d --name web busybox:1.37 sleep 10000\r");
    lab.has("1 of 2 tasks");
    lab.has("✓ Start it");
    lab.has("web · running");
    // A program that has the whole pane, and Ctrl-C for what runs in it.
    lab.types("docker exec -it web sh; echo out$((1))side\r");
    lab.has("/ #");
    lab.types("sh -c 'echo be$((1))gun; exec sleep 5000'\r");
    lab.has("be1gun");
    lab.types("\x03");
    lab.has("^C");
    lab.types("echo in$((1))side\r");
    lab.has("in1side");
    lab.types("exit\r");
    lab.has("out1side");
    // Another size, which what runs in the shell is told of.
    lab.types("stty size\r");
    lab.has("25 71");
    lab.sized(160, 50);
    lab.has(&"─".repeat(70));
    lab.types("stty size\r");
    lab.has("32 95");
    lab.types("\x1d");
    lab.has("q leave");
    lab.types("?");
    lab.has("F2 does");
    // Help closes, the shell has the keys again, and the lesson once more.
    lab.types("\x1b\x1b\x1dq");
    lab.has("until next time");
    assert_eq!(lab.ends(), Some(0));
    until(|| !shell.exists());
}

#[test]
fn whatever_ends_it_the_terminal_is_as_it_was_and_the_shell_is_gone() {
    let learner = Learner::new();
    for (index, signal) in ["TERM", "HUP"].into_iter().enumerate() {
        let mut lab = match index {
            0 => learner.enters(),
            _ => learner.returns(),
        };
        let shell = learner.shell(&mut lab);
        fs::remove_file(learner.home.path().join("pid")).unwrap();
        lab.types("sleep 5000 & exec sleep 5000\r");
        lab.signalled(signal);
        assert_eq!(lab.ends(), Some(0), "{signal}");
        until(|| !shell.exists());
    }
    // A shell that ends by itself is a way to leave.
    let mut lab = learner.returns();
    lab.types("exit\r");
    lab.has("until next time");
    assert_eq!(lab.ends(), Some(0));
}
