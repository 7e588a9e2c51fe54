//! A second engine for one test: it can be killed, emptied and restarted, and it can be of another version.

#![allow(dead_code, reason = "not every test file needs every verb")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// Which engine is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// The one that is installed.
    Installed,
    /// The newest packaged one, with the classic image store.
    Newest,
    /// The newest packaged one, with containerd's image store.
    NewestContainerd,
}

/// A private engine; it ends with this value.
pub struct PrivateEngine {
    home: tempfile::TempDir,
    version: Version,
    /// More words for the daemon.
    words: Vec<String>,
}

impl PrivateEngine {
    /// Starts an engine with nothing on it, or says on standard error why this machine cannot, and that a test is skipped.
    pub fn start(version: Version) -> Option<Self> {
        Self::begin(version, &[], |_| Ok(()))
    }

    /// Starts an engine whose daemon is given these words.
    pub fn start_with(version: Version, words: &[&str]) -> Option<Self> {
        Self::begin(version, words, |_| Ok(()))
    }

    /// Starts an engine on a disk of its own with this many megabytes.
    pub fn start_on_a_disk_of(megabytes: u32) -> Option<Self> {
        Self::begin(Version::Installed, &[], |engine| {
            let data = engine.home.path().join("data");
            std::fs::create_dir(&data).map_err(|error| error.to_string())?;
            let mut mount = Command::new("mount");
            let size = format!("size={megabytes}m");
            mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(data);
            done(&mut mount).map(drop)
        })
    }

    fn begin(
        version: Version,
        words: &[&str],
        prepare: impl FnOnce(&Self) -> Result<(), String>,
    ) -> Option<Self> {
        let home = tempfile::Builder::new()
            .prefix("sealegs-engine-")
            .tempdir()
            .expect("a folder");
        let engine = Self {
            home,
            version,
            words: words.iter().map(|word| (*word).to_owned()).collect(),
        };
        match prepare(&engine).and_then(|()| engine.again()) {
            Ok(()) => Some(engine),
            Err(why) => {
                // Past the test harness, which keeps what a passing test prints to itself.
                let mut stderr = std::io::stderr();
                let _ = writeln!(stderr, "SKIPPED, no private engine ({version:?}): {why}");
                None
            }
        }
    }

    /// Starts it again on the data it has: after [`Self::kill`].
    pub fn again(&self) -> Result<(), String> {
        let mut command = script();
        command.arg("start").arg(self.home.path());
        if self.version != Version::Installed {
            command.arg(newest()?);
        }
        command.arg("--").args(&self.words);
        if self.version == Version::NewestContainerd {
            command.args(["--feature", "containerd-snapshotter"]);
        }
        done(&mut command).map(drop)
    }

    /// Its address, as `DOCKER_HOST` has it.
    pub fn host(&self) -> String {
        format!("unix://{}/docker.sock", self.home.path().display())
    }

    /// Ends it as a power cut would. Its data stay.
    pub fn kill(&self) {
        done(script().arg("kill").arg(self.home.path())).expect("a killed engine");
    }

    /// A command in its network, where its published ports are.
    pub fn inside(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = script();
        command.arg("in").arg(self.home.path()).arg(program);
        command
    }

    /// The docker CLI's output with these arguments; the test stops where it fails.
    #[track_caller]
    pub fn docker(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("docker");
        command.arg("--host").arg(self.host()).args(arguments);
        done(&mut command).unwrap_or_else(|why| panic!("docker {arguments:?}: {why}"))
    }
}

impl Drop for PrivateEngine {
    fn drop(&mut self) {
        if let Err(why) = done(script().arg("stop").arg(self.home.path())) {
            eprintln!("the private engine is still there: {why}");
        }
    }
}

fn script() -> Command {
    Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engines/private"))
}

/// The folder of the newest packaged compose and buildx, for `cli-plugins`; without it a test is skipped, and says so.
pub fn plugins() -> Option<PathBuf> {
    let folder = newest().and_then(|newest| {
        let folder = newest.join("usr/libexec/docker/cli-plugins");
        let there = folder.is_dir();
        there
            .then_some(folder)
            .ok_or_else(|| "the packages have none".to_owned())
    });
    match folder {
        Ok(folder) => Some(folder),
        Err(why) => {
            let mut stderr = std::io::stderr();
            let _ = writeln!(stderr, "SKIPPED, no compose and buildx: {why}");
            None
        }
    }
}

/// The newest packaged engine's files, unpacked once and kept below the target folder.
fn newest() -> Result<PathBuf, String> {
    static NEWEST: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    NEWEST
        .get_or_init(|| {
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("newest-engine");
            if folder.is_dir() {
                return Ok(folder);
            }
            let unpacked = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))
                .map_err(|error| error.to_string())?;
            done(script().arg("fetch").arg(unpacked.path()))?;
            // Another process may have been first; its files are as good.
            match std::fs::rename(unpacked.keep(), &folder) {
                Err(error) if !folder.is_dir() => Err(error.to_string()),
                _ => Ok(folder),
            }
        })
        .clone()
}

fn done(command: &mut Command) -> Result<String, String> {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().map_err(|error| error.to_string())?;
    match status.success() {
        true => Ok(String::from_utf8_lossy(&stdout).into_owned()),
        false => Err(String::from_utf8_lossy(&stderr).trim().to_owned()),
    }
}
