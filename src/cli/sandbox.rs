//! `sealegs shell` and `sealegs sandbox`: a learner's own engine, in a shell or in any other terminal.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::course::Course;
use crate::engine::Engine;
use crate::failure::{ExitCode, Failure};
use crate::sandbox::Settings;
use crate::sandbox::kept::{Held, Kept, Setting, real_program, serve, sudo_words};
use crate::text::{count, tick};

use super::args::SandboxCommand;
use super::place::{self, Place};
use super::record::Record;
use super::{App, lesson, wait_for, wait_on_one_thread_for};

pub(super) fn run(app: &App, command: &SandboxCommand) -> Result<ExitCode, Failure> {
    match command {
        SandboxCommand::Env { lesson } => env(app, lesson),
        SandboxCommand::Reset { lesson } => reset(app, lesson),
        SandboxCommand::Serve { folder } => {
            wait_on_one_thread_for(async { Ok(serve(folder).await?) })?;
            Ok(ExitCode::Passed)
        }
        SandboxCommand::Run { folder, words } => hand_over(app, folder, words),
    }
}

/// A lesson's sandbox, ready.
struct Ready {
    kept: Kept,
    settings: Vec<Setting>,
    workspace: PathBuf,
}

async fn ready(app: &App, course: &Course, place: &Place<'_>) -> Result<Ready, Failure> {
    let lesson = place.lesson;
    let workspace = place
        .folder
        .canonicalize()
        .map_err(|error| Failure::system(format!("cannot use this folder: {error}")))?;
    let engine = app.engine().await?;
    super::sweep(app, &engine).await;
    let kept = Kept::of(&engine, &lesson.id);
    kept.ensure(&engine, &wanted(course, workspace.clone()))
        .await?;
    let settings = kept
        .settings()
        .map_err(|error| Failure::system(format!("cannot write the sandbox's files: {error}")))?;
    Ok(Ready {
        kept,
        settings,
        workspace,
    })
}

fn wanted(course: &Course, workspace: PathBuf) -> Settings {
    Settings::learner(workspace, crate::grade::offered(&course.images))
}

/// The lesson that is meant and its workspace; a folder that is named like a lesson is one.
fn meant<'c>(app: &App, course: &'c Course, named: Option<&str>) -> Result<Place<'c>, Failure> {
    let progress = Record::open(&app.terminal, course).progress();
    let here = place::here();
    let name = here.file_name().unwrap_or_default().to_string_lossy();
    match (named, course.lesson(&name)) {
        (None, Some(lesson)) if progress.lesson_at(&here).is_none() => Ok(Place {
            lesson,
            task: None,
            folder: here.clone(),
        }),
        _ => place::find(course, &progress, named, None),
    }
}

/// A shell that is ready to be started, and what keeps its engine there as long as it is open.
pub(super) struct Opened {
    pub(super) shell: Command,
    pub(super) _held: Option<Held>,
}

/// Opens the sandbox of a lesson, and readies the learner's own shell for it.
pub(super) async fn opened(
    app: &App,
    course: &Course,
    place: &Place<'_>,
) -> Result<Opened, Failure> {
    let id = &place.lesson.id;
    let ready = ready(app, course, place).await?;
    let program = std::env::var_os("SHELL").filter(|shell| !shell.is_empty());
    let program = PathBuf::from(program.unwrap_or_else(|| "/bin/sh".into()));
    let (arguments, more) = ready
        .kept
        .shell(&program, &format!("sealegs {id}"))
        .map_err(|error| Failure::system(format!("cannot write the shell's files: {error}")))?;
    let mut shell = Command::new(&program);
    shell
        .args(arguments)
        .current_dir(&ready.workspace)
        .env("PATH", path(&ready.kept.programs()));
    for setting in ready.settings.into_iter().chain(more) {
        match setting.value {
            Some(value) => shell.env(setting.name, value),
            None => shell.env_remove(setting.name),
        };
    }
    Ok(Opened {
        shell,
        _held: ready.kept.hold().await.ok(),
    })
}

pub(super) fn shell(app: &App, named: Option<&str>) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    let place = meant(app, &course, named)?;
    let id = place.lesson.id.clone();
    wait_for(async {
        let Opened { mut shell, _held } = opened(app, &course, &place).await?;
        app.terminal.say(&format!(
            "In this shell `docker` is the private engine of {}. Leaving it (`exit`) keeps what you made; `sealegs sandbox reset {id}` removes it.",
            tick(&id)
        ));
        let program = shell.get_program().to_string_lossy().into_owned();
        let ended = tokio::task::spawn_blocking(move || shell.status()).await;
        match ended {
            Ok(Ok(_)) => Ok(ExitCode::Passed),
            Ok(Err(error)) => Err(Failure::system(format!(
                "cannot start {}: {error}",
                tick(&program)
            ))),
            Err(_) => Err(Failure::Interrupted),
        }
    })
}

/// Our programs first, then those of PATH.
fn path(ours: &Path) -> OsString {
    let rest = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(ours.to_owned())
        .chain(std::env::split_paths(&rest).filter(|folder| folder != ours));
    std::env::join_paths(folders).unwrap_or(rest)
}

fn env(app: &App, id: &str) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    let place = meant(app, &course, Some(id))?;
    let ready = wait_for(async { ready(app, &course, &place).await })?;
    let fish = std::env::var("SHELL").is_ok_and(|shell| shell.ends_with("/fish"));
    let quoted = |value: &str| format!("'{}'", value.replace('\'', r"'\''"));
    let mut out = String::new();
    for Setting { name, value } in &ready.settings {
        let value = value.as_ref().map(|value| quoted(&value.to_string_lossy()));
        out.push_str(&match (fish, value) {
            (false, Some(value)) => format!("export {name}={value}\n"),
            (false, None) => format!("unset {name}\n"),
            (true, Some(value)) => format!("set -gx {name} {value}\n"),
            (true, None) => format!("set -e {name}\n"),
        });
    }
    let programs = quoted(&ready.kept.programs().to_string_lossy());
    out.push_str(&match fish {
        false => format!("export PATH={programs}:\"$PATH\"\n"),
        true => format!("set -gx PATH {programs} $PATH\n"),
    });
    app.terminal.print(&out);
    Ok(ExitCode::Passed)
}

fn reset(app: &App, id: &str) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    let id = lesson(&course, id)?.id.clone();
    let removed = wait_for(async {
        let engine: Engine = app.engine().await?;
        Ok(Kept::of(&engine, &id).empty(&engine).await?)
    })?;
    app.terminal.say(&match removed {
        0 => format!("the sandbox of {} is empty", tick(&id)),
        n => format!(
            "removed {} of the sandbox of {}",
            count(n, "object"),
            tick(&id)
        ),
    });
    Ok(ExitCode::Passed)
}

/// Set for a command that was typed: what docker-compose 1 in turn asks `docker` to do was not.
const WITHIN: &str = "SEALEGS_WITHIN";

/// Notes a command and becomes it.
fn hand_over(app: &App, folder: &Path, words: &[OsString]) -> Result<ExitCode, Failure> {
    let kept = Kept::in_folder(folder);
    let mut words = words.to_vec();
    if words[0] == "sudo"
        && let Some(behind) = sudo_words(&words[1..])
    {
        app.terminal
            .say("`sudo` is not needed here, and would leave the sandbox: it is left out");
        words = behind;
    }
    let name = words[0].to_string_lossy().into_owned();
    if name != "sudo" && std::env::var_os(WITHIN).is_none() {
        let told = words.iter().map(|word| word.to_string_lossy().into_owned());
        let told: Vec<String> = told.collect();
        if !kept.typed_now(&told) {
            // It went for want of use: it comes back under the same names.
            wait_for(async {
                kept.resume().await?;
                kept.typed(told).await;
                Ok(())
            })?;
        }
    }
    let Some(program) = real_program(&name, &kept.programs()) else {
        let failure = Failure::system(format!("there is no program {} on your PATH", tick(&name)));
        return Err(failure.with_hint("`sealegs doctor` says what is missing"));
    };
    let mut command = Command::new(&program);
    if name != "sudo" {
        command.env(WITHIN, &name);
    }
    let error = command.args(&words[1..]).exec();
    Err(Failure::system(format!(
        "cannot start {}: {error}",
        tick(&program.display().to_string())
    )))
}
