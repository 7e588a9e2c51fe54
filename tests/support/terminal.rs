//! A program on a terminal of its own, as a person would see it.

#![allow(
    unreachable_pub,
    dead_code,
    reason = "not every test file needs all of it"
)]

use std::fs::File;
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
pub struct Terminal {
    keyboard: File,
    pub child: Child,
    told: Receiver<Vec<u8>>,
    pub seen: String,
    /// What a person sees.
    screen: vt100::Parser,
    /// Where in what was seen the next thing is looked for.
    from: usize,
    tty: OwnedFd,
}

impl Terminal {
    /// On one of 80 columns and 24 lines.
    pub fn runs(arguments: &[&str], within: &Path, data: &Path) -> Self {
        Self::runs_with(arguments, within, data, ("PAGER", "cat"))
    }

    /// The same, with a variable.
    pub fn runs_with(
        arguments: &[&str],
        within: &Path,
        data: &Path,
        variable: (&str, &str),
    ) -> Self {
        Self::of_size((80, 24), arguments, within, data, variable)
    }

    /// On one of this many columns and lines.
    pub fn of_size(
        (columns, lines): (u16, u16),
        arguments: &[&str],
        within: &Path,
        data: &Path,
        variable: (&str, &str),
    ) -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let name = PathBuf::from(ptsname(&ours, Vec::new()).unwrap().to_str().unwrap());
        tcsetwinsize(&ours, size(columns, lines)).unwrap();
        let theirs = File::options().read(true).write(true).open(name).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_sealegs"));
        command
            .args(arguments)
            .current_dir(within)
            .env("XDG_DATA_HOME", data)
            .env("TERM", "xterm-256color")
            .env("SHELL", "/bin/sh")
            .env(variable.0, variable.1)
            .env_remove("NO_COLOR")
            .stdin(theirs.try_clone().unwrap())
            .stdout(theirs.try_clone().unwrap())
            .stderr(theirs.try_clone().unwrap());
        let child = command.spawn().unwrap();
        let keyboard = File::from(ours);
        let mut reading = keyboard.try_clone().unwrap();
        let (to, told) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = reading.read(&mut bytes) {
                if to.send(bytes[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self {
            keyboard,
            child,
            told,
            seen: String::new(),
            screen: vt100::Parser::new(lines, columns, 0),
            from: 0,
            tty: theirs.into(),
        }
    }

    /// Waits until this is on the screen, after what was waited for before.
    #[track_caller]
    pub fn shows(&mut self, part: &str) {
        let began = Instant::now();
        loop {
            if let Some(at) = self.seen[self.from..].find(part) {
                self.from += at + part.len();
                return;
            }
            if !self.listens(began) {
                panic!("no {part:?} after:\n{}", &self.seen[self.from..]);
            }
        }
    }

    /// Waits until this stands somewhere on the screen.
    #[track_caller]
    pub fn has(&mut self, part: &str) {
        let began = Instant::now();
        while !self.screen.screen().contents().contains(part) {
            if !self.listens(began) {
                panic!("no {part:?} on:\n{}", self.screen.screen().contents());
            }
        }
    }

    /// Whether the program draws on the whole screen now.
    pub fn is_full(&self) -> bool {
        self.screen.screen().alternate_screen()
    }

    /// Takes what the program writes next; false where nothing came in time.
    fn listens(&mut self, began: Instant) -> bool {
        let left = DEADLINE.saturating_sub(began.elapsed());
        let told = self.told.recv_timeout(left);
        if let Ok(bytes) = &told {
            self.screen.process(bytes);
            self.seen.push_str(&String::from_utf8_lossy(bytes));
        }
        told.is_ok()
    }

    /// Makes the terminal another size, and tells the program as a terminal does.
    pub fn sized(&mut self, columns: u16, lines: u16) {
        tcsetwinsize(&self.keyboard, size(columns, lines)).unwrap();
        self.screen.screen_mut().set_size(lines, columns);
        self.signalled("WINCH");
    }

    /// Sends the program a signal.
    pub fn signalled(&self, signal: &str) {
        let words = [&format!("-{signal}"), &self.child.id().to_string()];
        assert!(Command::new("kill").args(words).status().unwrap().success());
    }

    /// Types something.
    pub fn types(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits for its end, gives its exit code, and sees that the terminal is as it was.
    #[track_caller]
    pub fn ends(mut self) -> Option<i32> {
        let code = self.child.wait().unwrap().code();
        while self
            .told
            .recv_timeout(Duration::from_millis(100))
            .is_ok_and(|bytes| {
                self.screen.process(&bytes);
                true
            })
        {}
        assert!(!self.is_full(), "{}", self.screen.screen().contents());
        let modes = tcgetattr(&self.tty).unwrap().local_modes;
        assert!(modes.contains(LocalModes::ICANON | LocalModes::ECHO));
        code
    }
}

fn size(columns: u16, lines: u16) -> Winsize {
    Winsize {
        ws_row: lines,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    }
}
