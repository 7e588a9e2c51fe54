//! Many sandboxes on one engine, and what is left of them: nothing, however they end.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
#![allow(unreachable_pub, reason = "the support is seen by test files alone")]

#[path = "support/private_engine.rs"]
mod private_engine;
#[path = "support/sandboxed.rs"]
mod sandboxed;

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use private_engine::{PrivateEngine, Version};
use sandboxed::{BUSYBOX, Came, Sandboxed, came, carry, outside};
use sealegs::engine::{Engine, Run};
use sealegs::sandbox::kept::Kept;

/// Things that are nobody's sandbox's: some of them look a little as if they were.
fn plant(host: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("Dockerfile"),
        format!("FROM {BUSYBOX}\nRUN echo page > /index.html\n"),
    )
    .unwrap();
    let context = folder.path().display().to_string();
    for arguments in [
        &["volume", "create", "sealegs-data"][..],
        &["volume", "create"],
        &["network", "create", "sealegs-net"],
        &[
            "run",
            "-d",
            "--name",
            "sealegs-web",
            "--label",
            "sealegs=1",
            BUSYBOX,
            "sleep",
            "10000",
        ],
        &["create", "--label", "sealegs.sandbox=", BUSYBOX, "true"],
        &["tag", BUSYBOX, "sealegs/mine:1"],
        // An image without a name, of the very steps that a sandbox will build too.
        &["build", "-q", &context],
    ] {
        let Came { code, err, .. } = came(
            Command::new("docker")
                .env("DOCKER_BUILDKIT", "0")
                .args(["--host", host])
                .args(arguments),
        );
        assert_eq!(code, 0, "{arguments:?}: {err}");
    }
    everything(host)
}

/// Every object on the engine, by its id; the engine makes its own networks anew when it starts.
fn everything(host: &str) -> Vec<String> {
    let mut all: Vec<String> = [
        &["ps", "-aq", "--no-trunc"][..],
        &["volume", "ls", "-q"],
        &[
            "network",
            "ls",
            "--no-trunc",
            "--filter",
            "type=custom",
            "--format",
            "{{.ID}} {{.Name}}",
        ],
        &[
            "images",
            "-a",
            "--no-trunc",
            "--format",
            "{{.ID}} {{.Repository}}:{{.Tag}}",
        ],
    ]
    .iter()
    .flat_map(|list| {
        let listed = outside(Some(host), list).out;
        listed.lines().map(str::to_owned).collect::<Vec<_>>()
    })
    .collect();
    all.sort();
    all
}

/// A whole exercise: a build, a network, a volume, a published port, and a name that resolves.
fn exercise(sandbox: &Sandboxed, say: &str) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("Dockerfile"),
        format!(
            "FROM {BUSYBOX}\nRUN echo page > /index.html\nRUN echo {say} > /say\nCMD [\"httpd\", \"-f\", \"-h\", \"/\"]\n"
        ),
    )
    .unwrap();
    let built = came(
        sandbox
            .command("docker")
            .env("DOCKER_BUILDKIT", "0")
            .args(["build", "-q", "-t", "app"])
            .arg(folder.path()),
    );
    assert_eq!(built.code, 0, "{built:?}");
    sandbox.does(&["network", "create", "net"]);
    sandbox.does(&["volume", "create", "data"]);
    sandbox.does(&[
        "run",
        "-d",
        "--name",
        "web",
        "--network",
        "net",
        "-v",
        "data:/data",
        "-v",
        "/anonymous",
        "-p",
        "8080:80",
        "app",
    ]);
    let script =
        "for i in 1 2 3 4 5 6 7 8 9; do wget -qO- http://web/say && exit; sleep 0.3; done; exit 1";
    let seen = sandbox.does(&[
        "run",
        "--rm",
        "--network",
        "net",
        BUSYBOX,
        "sh",
        "-c",
        script,
    ]);
    assert_eq!(seen, say);
}

#[test]
fn ten_at_once_hinder_nobody_and_leave_nothing() {
    let Some(engine) = PrivateEngine::start(Version::Installed) else {
        return;
    };
    let host = engine.host();
    carry(BUSYBOX, &host);
    let planted = plant(&host);
    let began = Instant::now();
    let mut sandboxes: Vec<Sandboxed> = std::thread::scope(|scope| {
        let opened: Vec<_> = (0..10)
            .map(|number| {
                let host = &host;
                scope.spawn(move || {
                    let sandbox = Sandboxed::grading(Some(host));
                    exercise(&sandbox, &format!("sandbox {number}"));
                    sandbox
                })
            })
            .collect();
        opened.into_iter().map(|one| one.join().unwrap()).collect()
    });
    eprintln!("ten exercises at once: {:?}", began.elapsed());
    // Each is at an address of its own, at the port that all of them asked for.
    for (number, sandbox) in sandboxes.iter().enumerate() {
        let url = format!("http://{}:8080/say", sandbox.sandbox().address());
        let page = came(engine.inside("curl").args(["-s", "--max-time", "10", &url]));
        assert_eq!(page.out.trim(), format!("sandbox {number}"), "{page:?}");
        assert_eq!(sandbox.does(&["port", "web"]), "80/tcp -> 0.0.0.0:8080");
    }
    let sweeping = &sandboxes[4];
    let stopped = came(sweeping.command("sh").args([
        "-c",
        "docker stop -t 0 $(docker ps -q) && docker system prune -af --volumes",
    ]));
    assert_eq!(stopped.code, 0, "{stopped:?}");
    assert_eq!(sweeping.does(&["ps", "-aq"]), "");
    for (number, sandbox) in sandboxes
        .iter()
        .enumerate()
        .filter(|(number, _)| *number != 4)
    {
        assert_eq!(
            sandbox.does(&["exec", "web", "cat", "/say"]),
            format!("sandbox {number}")
        );
        assert_eq!(
            sandbox.does(&["volume", "ls", "-q", "--filter", "name=data"]),
            "data"
        );
        assert_eq!(
            sandbox.does(&["run", "--rm", "app", "cat", "/say"]),
            format!("sandbox {number}")
        );
    }
    std::thread::scope(|scope| {
        for sandbox in &mut sandboxes {
            scope.spawn(|| sandbox.close());
        }
    });
    assert_eq!(everything(&host), planted);
}

/// A build that its client begins and does not follow: many lines, then a step without an end.
fn begin_build(sandbox: &Sandboxed) -> UnixStream {
    let dockerfile = format!(
        "FROM {BUSYBOX} AS one\nRUN echo 1 > /one\nFROM {BUSYBOX}\nRUN echo 2 > /two\nRUN seq 200000\nCOPY --from=one /one /one\nRUN sleep 10000\n"
    );
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(dockerfile.len() as u64);
    header.set_mode(0o644);
    tar.append_data(&mut header, "Dockerfile", dockerfile.as_bytes())
        .unwrap();
    let tar = tar.into_inner().unwrap();
    let mut stream = UnixStream::connect(sandbox.sandbox().socket()).unwrap();
    let head = format!(
        "POST /v1.41/build?nocache=1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-tar\r\nContent-Length: {}\r\n\r\n",
        tar.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&tar).unwrap();
    stream
}

#[test]
fn what_a_client_begins_and_leaves_goes_with_the_sandbox() {
    for version in [Version::Installed, Version::Newest] {
        let Some(engine) = PrivateEngine::start(version) else {
            continue;
        };
        let host = engine.host();
        carry(BUSYBOX, &host);
        let before = everything(&host);
        let mut sandbox = Sandboxed::grading(Some(&host));
        let untagged = || {
            let listed = outside(Some(&host), &["images", "-aq", "--filter", "dangling=true"]);
            listed.out.lines().count()
        };
        let wait_for = |count: usize| {
            let deadline = Instant::now() + Duration::from_secs(60);
            while untagged() < count {
                assert!(Instant::now() < deadline, "{:?}", everything(&host));
                std::thread::park_timeout(Duration::from_millis(50));
            }
        };
        // One of them never listens and goes; one listens and goes; one is there until the sandbox ends.
        let silent = begin_build(&sandbox);
        wait_for(2);
        drop(silent);
        let mut listening = begin_build(&sandbox);
        let mut lines = BufReader::new(&mut listening).lines();
        assert!(lines.any(|line| line.is_ok_and(|line| line.contains("sleep 10000"))));
        drop(lines);
        drop(listening);
        let staying = begin_build(&sandbox);
        // Quiet builds leave as much as loud ones.
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("Dockerfile"),
            format!("FROM {BUSYBOX} AS one\nRUN echo 1 > /one\nRUN echo 2 > /two\nFROM {BUSYBOX}\nCOPY --from=one /two /two\nRUN echo 3 > /three\n"),
        )
        .unwrap();
        let quiet = |extra: &[&str]| {
            came(
                sandbox
                    .command("docker")
                    .env("DOCKER_BUILDKIT", "0")
                    .args(["build", "-q"])
                    .args(extra)
                    .arg(folder.path()),
            )
        };
        let built = quiet(&[]);
        assert!(
            built.out.starts_with("sha256:") && built.out.lines().count() == 1,
            "{built:?}"
        );
        std::fs::write(
            folder.path().join("Dockerfile"),
            format!("FROM {BUSYBOX}\nRUN echo seen > /4\nRUN echo heard; exit 3\n"),
        )
        .unwrap();
        let failed = quiet(&[]);
        assert!(
            failed.code != 0 && failed.err.contains("heard"),
            "{failed:?}"
        );
        // An image without a name, of a client that does not wait for its id.
        sandbox.does(&[
            "run",
            "--name",
            "big",
            BUSYBOX,
            "dd",
            "if=/dev/urandom",
            "of=/big",
            "bs=1M",
            "count=60",
        ]);
        let mut commit = UnixStream::connect(sandbox.sandbox().socket()).unwrap();
        commit.write_all(b"POST /v1.41/commit?container=big HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}").unwrap();
        // Whether the engine has begun by then or not, nothing may stay.
        std::thread::park_timeout(Duration::from_millis(100));
        drop(commit);
        sandbox.close();
        drop(staying);
        assert_eq!(everything(&host), before);
    }
}

/// What the process does that is to be killed: it opens a sandbox, works in it, and waits for its end.
#[test]
fn victim_of_the_next_test() {
    let Ok(host) = std::env::var("SEALEGS_TEST_VICTIM") else {
        return;
    };
    let sandbox = Sandboxed::grading(Some(&host));
    exercise(&sandbox, "victim");
    sandbox.does(&[
        "run",
        "-d",
        "--restart",
        "always",
        BUSYBOX,
        "sleep",
        "10000",
    ]);
    sandbox.does(&["commit", "web"]);
    // A workspace that is carried, and a folder of it that is given.
    let (carrying, _) = Sandboxed::carrying(Some(&host));
    let folder = "/work/lesson/folder:/x";
    carrying.does(&["run", "-d", "-v", folder, BUSYBOX, "sleep", "10000"]);
    println!("ready");
    std::io::stdout().flush().unwrap();
    loop {
        std::thread::park();
    }
}

#[test]
fn a_killed_process_and_an_engine_that_restarts_leave_nothing_after_the_next_start() {
    let Some(engine) = PrivateEngine::start(Version::Installed) else {
        return;
    };
    let host = engine.host();
    carry(BUSYBOX, &host);
    let planted = plant(&host);
    let records = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "victim_of_the_next_test", "--nocapture"])
        .env("SEALEGS_TEST_VICTIM", &host)
        .env("TMPDIR", records.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.is_ok_and(|line| line == "ready")));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_ne!(everything(&host), planted);
    engine.kill();
    engine.again().unwrap();
    let records = find(records.path(), "records");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let engine = Engine::connect(Some(&host)).await.unwrap();
        for records in records {
            Run::with_records(records).sweep(&engine).await.unwrap();
        }
    });
    // What was running outside has been started by nobody, and is there.
    assert_eq!(everything(&host), planted);
}

/// Every folder of this name.
fn find(folder: &std::path::Path, name: &str) -> Vec<std::path::PathBuf> {
    let (mut folders, mut found) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            match entry.file_type().unwrap().is_dir() {
                true if entry.file_name() == name => found.push(entry.path()),
                true => folders.push(entry.path()),
                false => {}
            }
        }
    }
    assert!(!found.is_empty(), "no {name} below {}", folder.display());
    found
}

/// The program, with a home of its own.
struct Learner<'a> {
    home: tempfile::TempDir,
    host: &'a str,
}

impl Learner<'_> {
    fn sealegs(&self, arguments: &[&str]) -> Came {
        came(
            Command::new(env!("CARGO_BIN_EXE_sealegs"))
                .env_clear()
                .env("PATH", std::env::var_os("PATH").unwrap())
                .env("HOME", self.home.path())
                .args(["--engine", self.host])
                .args(arguments)
                .current_dir(self.home.path()),
        )
    }

    /// A script in a terminal that has the sandbox's variables.
    fn terminal(&self, script: &str) -> Came {
        let Came { code, out, err } = self.sealegs(&["sandbox", "env", "caching"]);
        assert_eq!(code, 0, "{err}");
        came(
            Command::new("sh")
                .env_clear()
                .env("PATH", std::env::var_os("PATH").unwrap())
                .env("HOME", self.home.path())
                .env("COMPOSE_PROJECT_NAME", "wrong")
                .args(["-c", &format!("{out}{script}")])
                .current_dir(self.home.path()),
        )
    }

    fn kept(&self) -> Kept {
        let folder = self.home.path().join(".local/state/sealegs/sandboxes");
        let folder = std::fs::read_dir(folder).unwrap().next().unwrap();
        Kept::in_folder(&folder.unwrap().path())
    }
}

/// The process that serves a kept sandbox, from the list of all.
fn server(kept: &Kept) -> Option<String> {
    let folder = kept.folder().display().to_string();
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|entry| entry.file_name().into_string().ok())
        .find(|pid| {
            std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| {
                let line = String::from_utf8_lossy(&line).replace('\0', " ");
                line.contains(" sandbox serve ") && line.contains(&folder)
            })
        })
}

#[test]
fn a_learners_sandbox_outlives_its_process_and_the_engines() {
    let Some(engine) = PrivateEngine::start(Version::Installed) else {
        return;
    };
    let host = engine.host();
    carry(BUSYBOX, &host);
    let planted = plant(&host);
    let learner = Learner {
        home: tempfile::tempdir().unwrap(),
        host: &host,
    };
    let made = learner.terminal(&format!(
        "docker run -d --name web -p 127.0.0.1:8080:80 --restart always {BUSYBOX} sleep 10000 && docker ps -q | wc -l; echo $COMPOSE_PROJECT_NAME"
    ));
    assert_eq!(made.code, 0, "{made:?}");
    assert!(made.out.ends_with("1\n\n"), "{made:?}");
    let kept = learner.kept();
    let typed = format!("{:?}", kept.journal());
    assert!(typed.contains("\"docker\", \"run\""), "{typed}");
    // Killed, it comes back under the same names; the program on PATH brings it back by itself.
    let first = server(&kept).unwrap();
    assert!(
        Command::new("kill")
            .args(["-9", &first])
            .status()
            .unwrap()
            .success()
    );
    let script =
        format!("kill -9 {first} 2>/dev/null; docker ps --format '{{{{.Names}}}} {{{{.Ports}}}}'");
    let seen = learner.terminal(&script);
    assert_eq!(seen.out.trim(), "web 127.0.0.1:8080->80/tcp", "{seen:?}");
    // A sweep for the dead is not for what is kept.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let engine = Engine::connect(Some(&host)).await.unwrap();
        Run::with_records(learner.home.path().join("records"))
            .sweep(&engine)
            .await
            .unwrap();
    });
    engine.kill();
    engine.again().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let seen = learner.terminal("docker ps --format '{{.Names}} {{.State}}'");
        if seen.out.trim() == "web running" {
            break;
        }
        assert!(Instant::now() < deadline, "{seen:?}");
    }
    // Within the sandbox's terminal the program still means the engine outside.
    let inside = learner.terminal(&format!("{} doctor", env!("CARGO_BIN_EXE_sealegs")));
    assert!(inside.out.contains(&host), "{inside:?}");
    // Emptied from within, the terminal goes on in an empty sandbox, however often.
    let reset = format!("{} sandbox reset caching", env!("CARGO_BIN_EXE_sealegs"));
    let emptied = learner.terminal(&format!(
        "{reset} && docker ps -aq && docker volume create data && {reset} && docker volume ls -q"
    ));
    assert_eq!(
        (emptied.code, emptied.out.trim()),
        (0, "data"),
        "{emptied:?}"
    );
    let reset = learner.sealegs(&["sandbox", "reset", "caching"]);
    assert_eq!(reset.code, 0, "{reset:?}");
    assert_eq!(everything(&host), planted);
    assert!(server(&kept).is_none());

    // What nobody resets, `clean` removes: with its folder, and without it.
    learner.terminal(&format!("docker run -d {BUSYBOX} sleep 10000"));
    assert_ne!(everything(&host), planted);
    assert_eq!(learner.sealegs(&["clean"]).code, 0);
    assert_eq!(everything(&host), planted);
    learner.terminal(&format!("docker run -d {BUSYBOX} sleep 10000"));
    let kept = learner.kept();
    runtime.block_on(kept.end()).unwrap();
    std::fs::remove_dir_all(kept.folder()).unwrap();
    // Somebody else on the same engine has forgotten nothing of it.
    let forgotten = everything(&host);
    let other = Learner {
        home: tempfile::tempdir().unwrap(),
        host: &host,
    };
    assert_eq!(other.sealegs(&["clean"]).code, 0);
    assert_eq!(everything(&host), forgotten);
    assert_eq!(learner.sealegs(&["clean"]).code, 0);
    assert_eq!(everything(&host), planted);
}
