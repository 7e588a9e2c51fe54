//! Runs the program the way a person does, with a scrubbed environment, and compares what it says.

#![allow(unreachable_pub, missing_docs, reason = "seen by the test files alone")]

pub mod files;
pub mod private_engine;

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// One run of the program.
pub struct Test {
    command: Command,
    /// Where it keeps what the learner has done, unless the test says where: never where the tester does.
    data: Option<tempfile::TempDir>,
}

/// What a run said.
pub struct Said {
    pub stdout: String,
    pub stderr: String,
    pub code: Option<i32>,
}

impl Test {
    pub fn new(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sealegs"));
        command.env_clear().args(arguments);
        for name in ["PATH", "HOME", "DOCKER_HOST"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        let data = tempfile::tempdir().expect("a folder for progress");
        command.env("XDG_DATA_HOME", data.path());
        Self {
            command,
            data: Some(data),
        }
    }

    /// Keeps what the learner has done in this folder.
    #[allow(dead_code, reason = "not every test file needs progress")]
    pub fn data(mut self, folder: &Path) -> Self {
        self.command.env("XDG_DATA_HOME", folder);
        self.data = None;
        self
    }

    /// Runs it in this folder.
    #[allow(dead_code, reason = "not every test file needs another folder")]
    pub fn within(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Uses the course in this folder.
    #[allow(dead_code, reason = "not every test file brings a course")]
    pub fn course(mut self, folder: &Path) -> Self {
        self.command.arg("--course").arg(folder);
        self
    }

    /// Uses the engine at this address.
    #[allow(dead_code, reason = "most tests use the machine's own")]
    pub fn engine(mut self, address: &str) -> Self {
        self.command.args(["--engine", address]);
        self
    }

    /// Sets a variable of the environment, which is scrubbed otherwise.
    #[allow(dead_code, reason = "most tests need none")]
    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// The command as it stands, for a test that watches it run.
    #[allow(dead_code, reason = "most tests only look at the end")]
    pub fn command(self) -> Command {
        self.command
    }

    /// Runs it and expects this exit code.
    #[track_caller]
    pub fn exits(mut self, code: i32) -> Said {
        let Output {
            status,
            stdout,
            stderr,
        } = self.command.output().expect("the program runs");
        let said = Said {
            stdout: String::from_utf8(stdout).expect("UTF-8"),
            stderr: String::from_utf8(stderr).expect("UTF-8"),
            code: status.code(),
        };
        assert_eq!(
            said.code,
            Some(code),
            "stdout:\n{}\nstderr:\n{}",
            said.stdout,
            said.stderr
        );
        said
    }
}

/// Waits until a condition holds; the test stops where it never does.
#[track_caller]
#[allow(dead_code, reason = "most tests wait for a command's end")]
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}: never");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

impl Said {
    #[track_caller]
    #[allow(dead_code, reason = "not every test file looks at one part")]
    pub fn shows(self, part: &str) -> Self {
        assert!(
            self.stdout.contains(part),
            "no {part:?} in:\n{}",
            self.stdout
        );
        self
    }

    #[track_caller]
    #[allow(dead_code, reason = "not every test file looks at standard error")]
    pub fn complains(self, whole: &str) -> Self {
        assert_eq!(self.stderr, whole);
        self
    }
}
