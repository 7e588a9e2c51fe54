//! A sandbox on a real engine, and the two ways to talk to it: the docker command, and bytes that no client would send.

#![allow(dead_code, reason = "not every test file needs every verb")]

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use sealegs::engine::{Engine, Run};
use sealegs::sandbox::{Binds, Keeping, OfferedImage, Sandbox, Settings};

/// The image that every engine of these tests has.
pub const BUSYBOX: &str = "busybox:1.37";

/// An open sandbox; it is closed with this value.
pub struct Sandboxed {
    pub runtime: tokio::runtime::Runtime,
    pub engine: Engine,
    pub run: Run,
    open: Option<Sandbox>,
    pub config: tempfile::TempDir,
}

/// What a command or a request came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Came {
    /// The exit code, or the HTTP status.
    pub code: i32,
    pub out: String,
    pub err: String,
}

pub fn offered() -> Vec<OfferedImage> {
    vec![OfferedImage {
        name: BUSYBOX.to_owned(),
        aliases: ["busybox", "busybox:latest", "busybox:1"]
            .map(str::to_owned)
            .to_vec(),
    }]
}

impl Sandboxed {
    /// A grade's sandbox on the engine at `host`, or on the usual one.
    pub fn grading(host: Option<&str>) -> Self {
        Self::open(host, Settings::grading(offered()))
    }

    /// A grade's sandbox that carries a workspace, `/work/lesson`: a file `page`, and a volume's name to reach it by.
    pub fn carrying(host: Option<&str>) -> (Self, String) {
        let settings = Settings {
            binds: Binds::Carried("/work/lesson".into()),
            ..Settings::grading(offered())
        };
        let open = Self::open(host, settings);
        let mut tar = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(5);
        header.set_mode(0o644);
        let page = tar.append_data(&mut header, "work/page", &b"page\n"[..]);
        page.expect("a file in an archive");
        let archive = tar.into_inner().expect("an archive");
        let carried = open.sandbox().carry(BUSYBOX, archive);
        let volume = open.runtime.block_on(carried).expect("it is carried");
        (open, volume)
    }

    /// A learner's, whose workspace is `folder`; it goes with the test.
    pub fn learner(host: Option<&str>, folder: &Path) -> Self {
        let settings = Settings::learner(folder.to_owned(), offered());
        Self::open(
            host,
            Settings {
                keeping: Keeping::WithProcess,
                ..settings
            },
        )
    }

    pub fn open(host: Option<&str>, settings: Settings) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let config = tempfile::tempdir().expect("a folder");
        let run = Run::with_records(config.path().join("records"));
        let (engine, sandbox) = runtime.block_on(async {
            let engine = Engine::connect(host).await.expect("an engine");
            let sandbox = Sandbox::open(&engine, &run, settings)
                .await
                .expect("a sandbox");
            (engine, sandbox)
        });
        Self {
            runtime,
            engine,
            run,
            open: Some(sandbox),
            config,
        }
    }

    pub fn sandbox(&self) -> &Sandbox {
        self.open.as_ref().expect("an open sandbox")
    }

    /// Closes it, and says how many objects went.
    pub fn close(&mut self) -> usize {
        let sandbox = self.open.take().expect("an open sandbox");
        self.runtime.block_on(sandbox.close()).expect("it closes")
    }

    /// Forgets it as a kill would: nothing is tidied up.
    pub fn abandon(&mut self) {
        drop(self.open.take());
    }

    /// The docker command in the sandbox.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.config.path())
            .env("DOCKER_CONFIG", self.config.path())
            .env(
                "DOCKER_HOST",
                format!("unix://{}", self.sandbox().socket().display()),
            );
        command
    }

    /// Runs the docker command in the sandbox.
    pub fn docker(&self, arguments: &[&str]) -> Came {
        came(self.command("docker").args(arguments))
    }

    /// Runs it and expects that it succeeds.
    #[track_caller]
    pub fn does(&self, arguments: &[&str]) -> String {
        let Came { code, out, err } = self.docker(arguments);
        assert_eq!(code, 0, "docker {arguments:?}\n{out}\n{err}");
        out.trim_end().to_owned()
    }

    /// Runs it and expects that the sandbox says no, with these words in its sentence.
    #[track_caller]
    pub fn refuses(&self, arguments: &[&str], words: &str) {
        let Came { code, out, err } = self.docker(arguments);
        assert_ne!(code, 0, "docker {arguments:?}\n{out}");
        assert!(err.contains(words), "docker {arguments:?}\n{err}");
    }

    /// Sends a request and gives the status and the body.
    pub fn asks(&self, method: &str, path: &str, body: &str) -> Came {
        self.sends(format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        ))
    }

    /// Sends bytes as they are and reads what comes back, to the end.
    pub fn sends(&self, bytes: impl AsRef<[u8]>) -> Came {
        let mut stream = UnixStream::connect(self.sandbox().socket()).expect("a socket");
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .expect("a limit");
        // A server that has said no need not listen to the end.
        let _ = stream.write_all(bytes.as_ref());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let code = answer
            .split_whitespace()
            .nth(1)
            .and_then(|code| code.parse().ok())
            .unwrap_or(0);
        let (_, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        Came {
            code,
            out: body.to_owned(),
            err: answer,
        }
    }

    /// Tries to make a container of this body.
    pub fn creates(&self, body: &str) -> Came {
        self.asks("POST", "/v1.41/containers/create", body)
    }
}

impl Drop for Sandboxed {
    fn drop(&mut self) {
        if let Some(sandbox) = self.open.take() {
            let closed = self.runtime.block_on(sandbox.close());
            if !std::thread::panicking() {
                closed.expect("it closes");
            }
        }
    }
}

pub fn came(command: &mut Command) -> Came {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("the program runs");
    Came {
        code: status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&stdout).into_owned(),
        err: String::from_utf8_lossy(&stderr).into_owned(),
    }
}

/// The docker command on the engine itself.
pub fn outside(host: Option<&str>, arguments: &[&str]) -> Came {
    let mut command = Command::new("docker");
    if let Some(host) = host {
        command.args(["--host", host]);
    }
    came(command.args(arguments))
}

/// Brings an image of the usual engine to another.
pub fn carry(image: &str, host: &str) {
    let archive = tempfile::NamedTempFile::new().expect("a file");
    let path = archive.path().display().to_string();
    let saved = outside(None, &["save", "-o", &path, image]);
    assert_eq!(saved.code, 0, "{}", saved.err);
    let loaded = outside(Some(host), &["load", "-i", &path]);
    assert_eq!(loaded.code, 0, "{}", loaded.err);
}
