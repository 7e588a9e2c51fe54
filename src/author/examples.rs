//! Runs what a lesson's text shows, in a sandbox and a shell of the lesson's own, and compares.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::console::{Block, Example, Folder, blocks, differs};
use crate::course::{Course, Lesson};
use crate::engine::{Engine, Run};
use crate::failure::Failure;
use crate::grade::offered;
use crate::images::{self, Depot};
use crate::sandbox::{Keeping, Sandbox, Settings};
use crate::text::tick;

/// The longest one command may take.
const LIMIT: Duration = Duration::from_secs(120);

/// What became of one lesson's examples.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examined {
    /// How many commands were run.
    pub run: usize,
    /// Why blocks were not run, one a block.
    pub not_run: Vec<String>,
    /// What is not as the lesson shows it.
    pub faults: Vec<String>,
}

/// Runs the examples of a lesson, in the folder of its solution, and removes what they made.
///
/// # Errors
/// An image cannot be had, the sandbox cannot be opened, or there is no `bash`.
pub async fn examine(
    engine: &Engine,
    course: &Course,
    lesson: &Lesson,
    depot: &Depot,
) -> Result<Examined, Failure> {
    let blocks = blocks(&lesson.text);
    if blocks.iter().all(|block| block.not_run.is_some()) {
        return Ok(Examined {
            not_run: blocks
                .into_iter()
                .filter_map(|block| block.not_run)
                .collect(),
            ..Examined::default()
        });
    }
    for name in &lesson.images {
        images::ensure(engine, depot, name, &|_| {}).await?;
    }
    let failed = |error: std::io::Error| Failure::system(format!("cannot run examples: {error}"));
    let home = tempfile::tempdir().map_err(failed)?;
    // Both have the name that a learner's folder has: compose names its things after it.
    for (kind, tree) in [
        (Folder::Solution, &lesson.solution),
        (Folder::Starter, &lesson.starter),
    ] {
        let folder = home.path().join(name_of(kind)).join(&lesson.id);
        tree.write_to(&folder).map_err(failed)?;
    }
    let run = Run::new();
    let settings = Settings {
        keeping: Keeping::WithProcess,
        ..Settings::learner(home.path().to_owned(), offered(&course.images))
    };
    let sandbox = Sandbox::open(engine, &run, settings).await?;
    let examined = match Shell::open(home.path(), sandbox.socket()) {
        Ok(mut shell) => shell.examine(&blocks, &lesson.id).await.map_err(failed),
        Err(error) => Err(failed(error).with_hint("examples are typed into a `bash`")),
    };
    sandbox.close().await?;
    run.end(engine).await?;
    examined
}

fn name_of(folder: Folder) -> &'static str {
    match folder {
        Folder::Solution => "solution",
        Folder::Starter => "starter",
    }
}

/// A shell whose docker is the sandbox.
struct Shell {
    _child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    marks: usize,
}

impl Shell {
    fn open(home: &Path, socket: &Path) -> std::io::Result<Self> {
        let mut command = Command::new("bash");
        command
            .args(["--noprofile", "--norc"])
            .current_dir(home)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home)
            .env("LANG", "C.UTF-8")
            .env("DOCKER_CONFIG", home.join("docker"))
            .env("DOCKER_CLI_HINTS", "false")
            .env("DOCKER_HOST", format!("unix://{}", socket.display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let mut child = command.spawn()?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        Ok(Self {
            _child: child,
            input: input.expect("it was asked for"),
            output: BufReader::new(output.expect("it was asked for")),
            marks: 0,
        })
    }

    async fn examine(&mut self, blocks: &[Block], lesson: &str) -> std::io::Result<Examined> {
        let mut found = Examined::default();
        let compose = self.run("docker compose version").await?;
        let has_compose = compose.is_some_and(|(code, _)| code == 0);
        for block in blocks {
            let needs_compose = |example: &Example| example.command.starts_with("docker compose");
            if let Some(why) = &block.not_run {
                found.not_run.push(why.clone());
                continue;
            }
            if !has_compose && block.examples.iter().any(needs_compose) {
                found
                    .not_run
                    .push("there is no `docker compose` here".to_owned());
                continue;
            }
            let folder = name_of(block.folder);
            self.run(&format!("cd ~/{folder}/{lesson}")).await?;
            for example in &block.examples {
                found.run += 1;
                let Some((code, came)) = self.run(&example.command).await? else {
                    let said = format!("{} does not come to an end", tick(&example.command));
                    found.faults.push(said);
                    return Ok(found);
                };
                found.faults.extend(fault(example, code, &came));
            }
        }
        Ok(found)
    }

    /// Types a command and gives its exit code and what it wrote; `None` where it does not end.
    async fn run(&mut self, command: &str) -> std::io::Result<Option<(i32, String)>> {
        self.marks += 1;
        let mark = format!("--{}-{}--", std::process::id(), self.marks);
        let typed = format!("{{ {command}\n}} 2>&1 < /dev/null; printf '\\n{mark} %s\\n' $?\n");
        self.input.write_all(typed.as_bytes()).await?;
        self.input.flush().await?;
        let read = async {
            let mut came = String::new();
            loop {
                let mut line = Vec::new();
                if self.output.read_until(b'\n', &mut line).await? == 0 {
                    return Ok(None);
                }
                let line = String::from_utf8_lossy(&line);
                if let Some(code) = line.strip_prefix(&mark) {
                    let code = code.trim().parse().unwrap_or(-1);
                    return Ok(Some((code, came)));
                }
                came.push_str(&line);
            }
        };
        match tokio::time::timeout(LIMIT, read).await {
            Ok(came) => came,
            Err(_) => Ok(None),
        }
    }
}

fn fault(example: &Example, code: i32, came: &str) -> Option<String> {
    let command = tick(&example.command);
    let came = &without_notice(came);
    let shows_nothing = example.shown.iter().all(|line| line.trim().is_empty());
    if shows_nothing {
        let last = came.trim().lines().last().unwrap_or_default();
        return (code != 0).then(|| format!("{command} fails with exit code {code}: {last}"));
    }
    let (shown, came) = differs(&example.shown, came)?;
    Some(format!(
        "{command} shows {}, and the lesson {}",
        tick(&came),
        tick(&shown)
    ))
}

/// Without what a client says that has no buildx, before it builds as before: a notice of three lines, which no lesson shows.
fn without_notice(came: &str) -> String {
    let mut lines: Vec<&str> = came.lines().collect();
    let is_notice = |line: &str| line.starts_with("DEPRECATED: The legacy builder");
    if let Some(at) = lines.iter().position(|line| is_notice(line)) {
        let ends = |line: &&str| !line.starts_with(' ');
        let rest = lines[at + 1..].iter().position(ends);
        let end = rest.map_or(lines.len(), |more| at + 1 + more);
        lines.drain(at..end);
        if lines.get(at).is_some_and(|line| line.is_empty()) {
            lines.remove(at);
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(shown: &[&str]) -> Example {
        Example {
            command: "x".to_owned(),
            shown: shown.iter().map(|line| (*line).to_owned()).collect(),
        }
    }

    #[test]
    fn what_shows_nothing_has_to_succeed_and_what_shows_something_to_show_it() {
        assert_eq!(fault(&example(&[]), 0, "anything\n"), None);
        assert!(fault(&example(&[]), 1, "no\n").is_some());
        assert_eq!(fault(&example(&["no"]), 1, "no\n"), None);
        assert!(fault(&example(&["yes"]), 0, "no\n").is_some());
        let notice = "DEPRECATED: The legacy builder is deprecated.\n            Install it:\n            here\n\nsha256:0123456789ab\n";
        assert_eq!(fault(&example(&["sha256:ba9876543210"]), 0, notice), None);
    }
}
