//! A sandbox is an engine to the docker command: what it prints and how it ends, line by line, against an engine of the same
//! make. The commands, and where they are meant to differ, are in `tests/fidelity/commands`.
//!
//! `FIDELITY=all` runs every part on both engines; else the short ones are run on the installed engine.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
#![allow(unreachable_pub, reason = "the support is seen by test files alone")]

#[path = "support/private_engine.rs"]
mod private_engine;
#[path = "support/sandboxed.rs"]
mod sandboxed;

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use private_engine::{PrivateEngine, Version, plugins};
use sandboxed::{BUSYBOX, Came, Sandboxed, came, carry};

/// One line of the file.
struct Line {
    command: String,
    /// Why it is meant to differ, by engine: empty for all of them.
    meant: Vec<(String, String)>,
    part: String,
}

struct Part {
    name: String,
    is_short: bool,
}

fn lines() -> Vec<Line> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fidelity/commands");
    let (mut lines, mut part): (Vec<Line>, _) = (
        Vec::new(),
        Part {
            name: String::new(),
            is_short: false,
        },
    );
    let all = everything();
    for line in std::fs::read_to_string(path).unwrap().lines() {
        if let Some(name) = line.strip_prefix('[') {
            let name = name.trim_end_matches(']');
            part = Part {
                is_short: name.starts_with('*'),
                name: name.trim_start_matches("* ").to_owned(),
            };
        } else if let Some(reason) = line.strip_prefix('~') {
            let (engine, reason) = reason.split_once(' ').unwrap();
            let last = lines.last_mut();
            if let Some(last) = last.filter(|last| last.part == part.name) {
                last.meant.push((engine.to_owned(), reason.to_owned()));
            }
        } else if !line.is_empty() && !line.starts_with('#') && (all || part.is_short) {
            lines.push(Line {
                command: line.to_owned(),
                meant: Vec::new(),
                part: part.name.clone(),
            });
        }
    }
    lines
}

fn everything() -> bool {
    std::env::var("FIDELITY").is_ok_and(|value| value == "all")
}

/// Runs every line in a folder of its own.
fn run(lines: &[Line], folder: &Path, command: impl Fn() -> Command) -> Vec<Came> {
    let copied = Command::new("cp")
        .arg("-r")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fidelity/workspace"))
        .arg(folder)
        .status();
    assert!(copied.unwrap().success());
    let results = lines
        .iter()
        .map(|line| came(command().arg("-c").arg(&line.command).current_dir(folder)))
        .collect();
    std::fs::remove_dir_all(folder).unwrap();
    results
}

/// What may differ by itself, in both worlds.
fn masked(text: &str) -> String {
    const MASKS: [(&str, &str); 13] = [
        (
            r"sha256:[0-9a-f]{64}|\b[0-9a-f]{64}\b|\b[0-9a-f]{12}\b",
            "<id>",
        ),
        (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "<time>"),
        (
            r"(Less than a|About an?|\d+) (second|minute|hour|month|year)s?( ago)?",
            "<span>",
        ),
        (r" \d+\.\d+s done\b", " done"),
        (r"\b\d+\.\d+s\b|\b\d+ms\b", "<span>"),
        (r"\b(10|172|192)\.\d+\.\d+\.\d+\b", "<address>"),
        (r"\d+(\.\d+)?[kMG]?B\b", "<size>"),
        (r"\b[a-z]+_[a-z]+[0-9a-f]*\b", "<name>"),
        (r"/tmp/[^ :]*/ws", "<folder>"),
        (r"#\d+ ", "# "),
        (r"[ \t]+", " "),
        (r"\r", ""),
        (r"\x1b\[[0-9;]*m", ""),
    ];
    MASKS.iter().fold(text.to_owned(), |text, (pattern, mask)| {
        regex::Regex::new(pattern)
            .unwrap()
            .replace_all(&text, *mask)
            .into_owned()
    })
}

fn compared(version: Version, number: &str) {
    let Some(direct) = PrivateEngine::start(version) else {
        return;
    };
    let Some(behind) = PrivateEngine::start(version) else {
        return;
    };
    let Some(plugins) = plugins() else {
        return;
    };
    for engine in [&direct, &behind] {
        carry(BUSYBOX, &engine.host());
    }
    let lines = lines();
    let homes = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let [here, there] = homes.each_ref().map(|home| home.path().join("ws"));
    let config = tempfile::tempdir().unwrap();
    link_plugins(config.path(), &plugins);
    let (by_docker, by_sandbox) = std::thread::scope(|scope| {
        let by_docker = scope.spawn(|| {
            run(&lines, &here, || {
                let mut command = Command::new("sh");
                command
                    .env_clear()
                    .env("PATH", std::env::var_os("PATH").unwrap())
                    .env("HOME", config.path())
                    .env("DOCKER_CONFIG", config.path())
                    .env("DOCKER_HOST", direct.host());
                command
            })
        });
        let sandbox = Sandboxed::learner(Some(&behind.host()), &there);
        link_plugins(sandbox.config.path(), &plugins);
        let by_sandbox = run(&lines, &there, || sandbox.command("sh"));
        (by_docker.join().unwrap(), by_sandbox)
    });
    report(&lines, &by_docker, &by_sandbox, number);
}

fn link_plugins(config: &Path, plugins: &Path) {
    std::os::unix::fs::symlink(plugins, config.join("cli-plugins")).unwrap();
}

fn report(lines: &[Line], direct: &[Came], sandboxed: &[Came], number: &str) {
    let (mut equal, mut meant, mut said) = (0, 0, String::new());
    for ((line, direct), sandboxed) in lines.iter().zip(direct).zip(sandboxed) {
        let reason = line
            .meant
            .iter()
            .find(|(engine, _)| engine.is_empty() || engine == number);
        let same = direct.code == sandboxed.code
            && masked(&direct.out) == masked(&sandboxed.out)
            && masked(&direct.err) == masked(&sandboxed.err);
        match (same, reason) {
            (true, None) => equal += 1,
            (true, Some(_)) => {
                equal += 1;
                eprintln!(
                    "the same on {number}, though it need not be: {}",
                    line.command
                );
            }
            (false, Some((_, why))) => {
                meant += 1;
                eprintln!("meant to differ on {number}: {}: {why}", line.command);
            }
            (false, None) => {
                let _ = writeln!(said, "\n$ {}", line.command);
                for (what, one, other) in [
                    ("out", &direct.out, &sandboxed.out),
                    ("err", &direct.err, &sandboxed.err),
                ] {
                    let (one, other) = (masked(one), masked(other));
                    if one != other {
                        let _ = writeln!(
                            said,
                            "{what} of docker:\n{one}\n{what} of the sandbox:\n{other}"
                        );
                    }
                }
                if direct.code != sandboxed.code {
                    let _ = writeln!(
                        said,
                        "exit code {} of docker, {} of the sandbox",
                        direct.code, sandboxed.code
                    );
                }
            }
        }
    }
    let total = lines.len();
    eprintln!("fidelity on {number}: {equal} of {total} the same, {meant} meant to differ");
    assert!(
        said.is_empty(),
        "{said}\n{equal} of {total} are the same, {meant} meant to differ"
    );
}

#[test]
fn commands_say_the_same_on_the_installed_engine() {
    compared(Version::Installed, "20");
}

#[test]
fn commands_say_the_same_on_the_newest_engine() {
    if everything() {
        compared(Version::Newest, "28");
    }
}
