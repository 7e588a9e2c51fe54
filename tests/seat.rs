//! `sealegs` alone, on a terminal: the first minute, the keys, and coming back.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "support/files.rs"]
mod files;

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

/// Longer than anything here takes.
const DEADLINE: Duration = Duration::from_secs(60);

/// The program on a terminal of its own.
struct Terminal {
    keyboard: File,
    child: Child,
    screen: Receiver<String>,
    seen: String,
    /// Where in what was seen the next thing is looked for.
    from: usize,
    tty: OwnedFd,
}

impl Terminal {
    fn runs(arguments: &[&str], within: &Path, data: &Path) -> Self {
        Self::runs_with(arguments, within, data, ("PAGER", "cat"))
    }

    fn runs_with(arguments: &[&str], within: &Path, data: &Path, variable: (&str, &str)) -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let name = PathBuf::from(ptsname(&ours, Vec::new()).unwrap().to_str().unwrap());
        let size = Winsize {
            ws_row: 24,
            ws_col: 80,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&ours, size).unwrap();
        let theirs = File::options().read(true).write(true).open(name).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_sealegs"));
        command
            .args(arguments)
            .current_dir(within)
            .env("XDG_DATA_HOME", data)
            .env("TERM", "xterm-256color")
            .env(variable.0, variable.1)
            .env_remove("NO_COLOR")
            .stdin(theirs.try_clone().unwrap())
            .stdout(theirs.try_clone().unwrap())
            .stderr(theirs.try_clone().unwrap());
        let child = command.spawn().unwrap();
        let keyboard = File::from(ours);
        let mut reading = keyboard.try_clone().unwrap();
        let (to, screen) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = reading.read(&mut bytes) {
                let text = String::from_utf8_lossy(&bytes[..read]).into_owned();
                if to.send(text).is_err() {
                    return;
                }
            }
        });
        Self {
            keyboard,
            child,
            screen,
            seen: String::new(),
            from: 0,
            tty: theirs.into(),
        }
    }

    /// Waits until this is on the screen, after what was waited for before.
    #[track_caller]
    fn shows(&mut self, part: &str) {
        let began = Instant::now();
        loop {
            if let Some(at) = self.seen[self.from..].find(part) {
                self.from += at + part.len();
                return;
            }
            let left = DEADLINE.saturating_sub(began.elapsed());
            match self.screen.recv_timeout(left) {
                Ok(text) => self.seen.push_str(&text),
                Err(_) => panic!("no {part:?} after:\n{}", &self.seen[self.from..]),
            }
        }
    }

    fn types(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits for its end, gives its exit code, and sees that the terminal is as it was.
    #[track_caller]
    fn ends(mut self) -> Option<i32> {
        let code = self.child.wait().unwrap().code();
        let modes = tcgetattr(&self.tty).unwrap().local_modes;
        assert!(modes.contains(LocalModes::ICANON | LocalModes::ECHO));
        code
    }
}

const HOUSE: &str = env!("CARGO_MANIFEST_DIR");

/// A course of one long lesson, whatever the built-in one begins with.
fn course(folder: &Path) -> String {
    files::copy(
        &Path::new(HOUSE).join("lessons/containerize"),
        &folder.join("lessons/containerize"),
    );
    fs::create_dir(folder.join("checks")).unwrap();
    let checks = "checks/containerize.yaml";
    fs::copy(Path::new(HOUSE).join(checks), folder.join(checks)).unwrap();
    let text = "format_version: 1\ntitle: One lesson\nversion: '1'\nlessons: [containerize]\nimages:\n  - {name: 'python:3.13-slim'}\n";
    fs::write(folder.join("lessons/course.yaml"), text).unwrap();
    folder.to_str().unwrap().to_owned()
}

#[test]
fn the_first_minute_and_coming_back() {
    let home = tempfile::tempdir().unwrap();
    let work = home.path().join("work");
    fs::create_dir(&work).unwrap();
    let course = course(&home.path().join("course"));
    let alone = ["--course", course.as_str()];
    let mut first = Terminal::runs(&alone, &work, home.path());
    first.shows("One lesson");
    first.shows("Your files will be in");
    first.shows("egin?");
    first.types("\r");
    first.shows("Space: on");
    let lesson = fs::read_dir(&work).unwrap().next().unwrap().unwrap().path();
    assert!(
        fs::read_dir(&lesson).unwrap().next().is_some(),
        "a workspace with files"
    );
    first.types("q");
    first.shows("hint");
    first.types("h");
    first.shows("hint 1");
    first.types("?");
    first.shows("the next hint on this task");
    first.types("q");
    first.shows("until next time");
    assert_eq!(first.ends(), Some(0));

    let deep = lesson.join("deep");
    fs::create_dir(&deep).unwrap();
    let mut second = Terminal::runs(&alone, &deep, home.path());
    second.shows("Space: on");
    assert!(!second.seen.contains("egin?"), "no question again");
    second.types("q");
    second.types("h");
    second.shows("hint 2");
    second.types("q");
    assert_eq!(second.ends(), Some(0));
    assert_eq!(
        fs::read_dir(&work).unwrap().count(),
        1,
        "no second workspace"
    );
}

#[test]
fn the_editor_opens_the_file_that_is_asked_for() {
    let home = tempfile::tempdir().unwrap();
    let editor = home.path().join("editor");
    fs::write(
        &editor,
        "#!/bin/sh\nprintf 'FROM nobody/knows\\n' > \"$1\"\n",
    )
    .unwrap();
    let course = course(&home.path().join("course"));
    let alone = ["--course", course.as_str()];
    let line = format!("sh {}", editor.display());
    let mut seat = Terminal::runs_with(&alone, home.path(), home.path(), ("VISUAL", &line));
    seat.shows("egin?");
    seat.types("\r");
    seat.shows("Space: on");
    seat.types("q");
    seat.shows("editor");
    seat.types("e");
    seat.shows("Dockerfile changed");
    seat.shows("nobody/knows");
    seat.types("q");
    assert_eq!(seat.ends(), Some(0));
}

#[test]
fn a_long_lesson_goes_through_a_pager_and_a_chosen_one_is_asked() {
    let home = tempfile::tempdir().unwrap();
    let marker = home.path().join("paged");
    let pager = format!("cat > '{}'", marker.display());
    let read = ["read", "containerize"];
    let terminal = Terminal::runs_with(&read, home.path(), home.path(), ("PAGER", &pager));
    assert_eq!(terminal.ends(), Some(0));
    let paged = fs::read_to_string(marker).unwrap();
    assert!(paged.contains("Containerize an app"), "{paged}");
}
