//! `sealegs completions`: scripts for shells, and the answers to what they ask while somebody types.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::Path;

use clap::CommandFactory as _;
use clap_complete::engine::CompletionCandidate;
use clap_complete::env::{EnvCompleter, Shells};

use crate::course::{Course, Lesson};
use crate::failure::{ExitCode, Failure};
use crate::progress::{Progress, Store};

use super::App;
use super::args::{Arguments, Shell};
use super::place;

/// Set by our scripts when they ask.
const ASKED: &str = "SEALEGS_COMPLETE";

/// Prints the script for a shell.
pub(super) fn run(app: &App, shell: Shell) -> Result<ExitCode, Failure> {
    let failed = |error: std::io::Error| Failure::system(format!("cannot write it: {error}"));
    let mut script = Vec::new();
    completer(shell.name())
        .ok_or_else(|| Failure::usage("this shell is not known"))?
        .write_registration(ASKED, "sealegs", "sealegs", "sealegs", &mut script)
        .map_err(failed)?;
    app.terminal.print(&String::from_utf8_lossy(&script));
    Ok(ExitCode::Passed)
}

fn completer(shell: &str) -> Option<&'static dyn EnvCompleter> {
    const SHELLS: Shells<'static> = Shells::builtins();
    SHELLS.completer(shell)
}

/// Answers a script that asks what could come next; `None` where nobody asks.
pub(super) fn answer(arguments: &[OsString]) -> Option<ExitCode> {
    let shell = std::env::var(ASKED)
        .ok()
        .filter(|shell| !shell.is_empty())?;
    let words = arguments.iter().position(|word| word == "--")? + 1;
    let here = std::env::current_dir().ok();
    let mut answer = Vec::new();
    let mut command = Arguments::command();
    command.build();
    completer(&shell)?
        .write_complete(
            &mut command,
            arguments[words..].to_vec(),
            here.as_deref(),
            &mut answer,
        )
        .ok()?;
    let _ = std::io::stdout().lock().write_all(&answer);
    Some(ExitCode::Passed)
}

/// Lessons that begin like this.
pub(super) fn lessons(typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let course = course();
    let lessons = course.iter().flat_map(|course| &course.lessons);
    lessons
        .filter(|lesson| lesson.id.starts_with(&*typed))
        .map(|lesson| candidate(lesson.id.clone(), &lesson.title))
        .collect()
}

/// Lessons that begin like this, or tasks: of the lesson before the slash, or of the one whose workspace this is.
pub(super) fn lessons_and_tasks(typed: &OsStr) -> Vec<CompletionCandidate> {
    let Some(course) = course() else {
        return Vec::new();
    };
    let whole = typed.to_string_lossy();
    if let Some((id, task)) = whole.split_once('/') {
        let lesson = course.lesson(id);
        return lesson.map_or(Vec::new(), |lesson| tasks(lesson, task, &format!("{id}/")));
    }
    let progress = progress(&course);
    let around = progress.lesson_at(&place::here());
    let around = around.and_then(|(id, _)| course.lesson(id));
    let mut found = around.map_or(Vec::new(), |lesson| tasks(lesson, &whole, ""));
    found.extend(lessons(typed));
    found
}

/// Images of the course that begin like this.
pub(super) fn images(typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let course = course();
    let images = course.iter().flat_map(|course| &course.images);
    images
        .filter(|image| image.name.starts_with(&*typed))
        .map(|image| CompletionCandidate::new(image.name.clone()))
        .collect()
}

fn tasks(lesson: &Lesson, typed: &str, before: &str) -> Vec<CompletionCandidate> {
    let like = lesson
        .tasks
        .iter()
        .filter(|task| task.id.starts_with(typed));
    like.map(|task| candidate(format!("{before}{}", task.id), &task.title))
        .collect()
}

fn candidate(name: String, title: &str) -> CompletionCandidate {
    let title = crate::text::inert_line(title).into_owned();
    CompletionCandidate::new(name).help(Some(title.into()))
}

/// The course on the line that is being typed, else the built-in one; nothing where it has faults.
fn course() -> Option<Course> {
    let words: Vec<OsString> = std::env::args_os().collect();
    let after = words.iter().position(|word| word == "--course");
    match after.and_then(|at| words.get(at + 1)) {
        Some(folder) => Course::from_folder(Path::new(folder)).ok(),
        None => Course::built_in().ok(),
    }
}

fn progress(course: &Course) -> Progress {
    let loaded = Store::usual(&course.id).and_then(|store| store.load());
    loaded.map_or_else(|_| Progress::default(), |loaded| loaded.progress)
}
