//! `sealegs reset`: a lesson begins anew, with an empty sandbox. It says what it will do, asks, and keeps the learner's files
//! aside.

use std::path::PathBuf;

use crate::course::{Course, Lesson};
use crate::failure::{ExitCode, Failure};
use crate::learn::workspace;
use crate::progress::{LessonProgress, Progress};
use crate::sandbox::kept::Kept;
use crate::text::{count, tick};

use super::record::Record;
use super::{App, lesson, place, wait_for};

/// How leave to reset is got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    Ask,
    Granted,
}

/// What becomes of one lesson.
struct Plan<'c> {
    lesson: &'c Lesson,
    forgets: Option<String>,
    moves: Option<Move>,
    sandbox: Option<Kept>,
}

struct Move {
    folder: PathBuf,
    entries: Vec<PathBuf>,
    kept: PathBuf,
}

pub(super) fn run(app: &App, id: Option<&str>, leave: Leave) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    let record = Record::open(&app.terminal, &course);
    let progress = record.progress();
    let lessons: Vec<&Lesson> = match id {
        Some(id) => vec![lesson(&course, id)?],
        None => course.lessons.iter().collect(),
    };
    let mut plans = Vec::new();
    for (lesson, sandbox) in sandboxes(app, lessons)? {
        let plan = plan(lesson, &progress, sandbox)?;
        if plan.forgets.is_some() || plan.moves.is_some() || plan.sandbox.is_some() {
            plans.push(plan);
        }
    }
    if plans.is_empty() {
        app.terminal.say("there is nothing to reset");
        return Ok(ExitCode::Passed);
    }
    for plan in &plans {
        announce(app, plan);
    }
    if !granted(app, leave)? {
        app.terminal.say("nothing is changed");
        return Ok(ExitCode::Passed);
    }
    for plan in &plans {
        carry_out(app, plan, &record)?;
    }
    let next = match id {
        Some(id) => format!("{} begins anew", tick(id)),
        None => begin_again(&course),
    };
    app.terminal.say(&next);
    Ok(ExitCode::Passed)
}

fn begin_again(course: &Course) -> String {
    match course.lessons.first() {
        Some(first) => format!("`sealegs start {}` begins anew", first.id),
        None => "everything begins anew".to_owned(),
    }
}

/// The lessons, each with its sandbox where it has one.
fn sandboxes<'c>(
    app: &App,
    lessons: Vec<&'c Lesson>,
) -> Result<Vec<(&'c Lesson, Option<Kept>)>, Failure> {
    // Whoever has none needs no engine for this.
    let engine = match Kept::all().is_empty() {
        true => None,
        false => wait_for(async { Ok(app.engine().await.ok()) })?,
    };
    let sandbox = |lesson: &Lesson| {
        let kept = Kept::of(engine.as_ref()?, &lesson.id);
        kept.exists().then_some(kept)
    };
    Ok(lessons
        .into_iter()
        .map(|lesson| (lesson, sandbox(lesson)))
        .collect())
}

fn plan<'c>(
    lesson: &'c Lesson,
    progress: &Progress,
    sandbox: Option<Kept>,
) -> Result<Plan<'c>, Failure> {
    let done = progress.lesson(&lesson.id);
    Ok(Plan {
        lesson,
        forgets: forgets(&done),
        moves: moves(lesson, &done, progress)?,
        sandbox,
    })
}

fn forgets(done: &LessonProgress) -> Option<String> {
    let tasks = done.tasks.values();
    let passed = tasks.clone().filter(|task| task.passed.is_some()).count();
    let hints: usize = tasks.map(|task| task.hints.len()).sum();
    let mut parts = Vec::new();
    if passed > 0 {
        parts.push(count(passed, "passed task"));
    }
    if hints > 0 {
        parts.push(count(hints, "given hint"));
    }
    if done.skipped.is_some() {
        parts.push("that it is skipped".to_owned());
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Only the files of a workspace that was made for the lesson are the lesson's.
fn moves(
    lesson: &Lesson,
    done: &LessonProgress,
    progress: &Progress,
) -> Result<Option<Move>, Failure> {
    let Some(work) = done
        .workspace
        .as_ref()
        .filter(|it| it.made && it.folder.is_dir())
    else {
        return Ok(None);
    };
    let others = progress.lessons.iter().filter(|(id, _)| **id != lesson.id);
    let others: Vec<PathBuf> = others
        .filter_map(|(_, other)| Some(other.workspace.as_ref()?.folder.clone()))
        .filter(|other| *other != work.folder)
        .collect();
    let entries = workspace::own_entries(&work.folder, &others).map_err(|error| {
        let folder = tick(&work.folder.display().to_string());
        Failure::system(format!("cannot read {folder}: {error}"))
    })?;
    Ok((!entries.is_empty()).then(|| Move {
        folder: work.folder.clone(),
        kept: workspace::aside(&work.folder),
        entries,
    }))
}

fn announce(app: &App, plan: &Plan<'_>) {
    let id = tick(&plan.lesson.id);
    if let Some(forgets) = &plan.forgets {
        app.terminal.say(&format!("{id}: forgets {forgets}"));
    }
    if let Some(moves) = &plan.moves {
        let name = moves.kept.file_name().unwrap_or_default();
        app.terminal.say(&format!(
            "{id}: keeps your files of {} beside it, in {}, and puts the starter files in their place",
            tick(&place::shown(&moves.folder)),
            tick(&name.to_string_lossy()),
        ));
    }
    if plan.sandbox.is_some() {
        app.terminal.say(&format!(
            "{id}: removes the containers, images, networks and volumes in its sandbox"
        ));
    }
}

/// Removes what was made in a sandbox. A shell that is open in it goes on.
fn empty(app: &App, sandbox: &Kept) -> Result<(), Failure> {
    wait_for(async {
        let engine = app.engine().await?;
        sandbox.renew(&engine).await?;
        Ok(())
    })
}

fn granted(app: &App, leave: Leave) -> Result<bool, Failure> {
    match leave {
        Leave::Granted => Ok(true),
        Leave::Ask => app.confirm("Reset?", "reset it", false),
    }
}

/// The files first: a reset that is cut short has lost nothing.
fn carry_out(app: &App, plan: &Plan<'_>, record: &Record<'_>) -> Result<(), Failure> {
    if let Some(moves) = &plan.moves {
        let failed = |error: std::io::Error| {
            let kept = tick(&moves.kept.display().to_string());
            Failure::system(format!("cannot move all files to {kept}: {error}"))
        };
        workspace::put_aside(&moves.entries, &moves.kept).map_err(failed)?;
        plan.lesson
            .starter
            .write_to(&moves.folder)
            .map_err(failed)?;
    }
    if let Some(sandbox) = &plan.sandbox {
        empty(app, sandbox)?;
    }
    record.change(|progress| {
        let lesson = progress.lesson_mut(&plan.lesson.id);
        lesson.tasks.clear();
        lesson.skipped = None;
    });
    Ok(())
}
