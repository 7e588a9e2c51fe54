//! The seat, wired: what it is given and what becomes of how it was left.

use std::path::Path;

use crate::course::{Course, Lesson};
use crate::failure::{ExitCode, Failure};
use crate::learn::seat::Face;
use crate::learn::terminal::Screen;
use crate::learn::{Keep, Left, Sitting, lab, sit, sit_in_lab};
use crate::progress::{Progress, Workspace};
use crate::text::tick;

use super::args::Format;
use super::place::Place;
use super::record::Record;
use super::sandbox::Opened;
use super::{App, place, sandbox, stop, sweep, wait_for};

impl Keep for Record<'_> {
    fn progress(&self) -> Progress {
        Record::progress(self)
    }

    fn pass(&self, lesson: &str, task: &str) {
        Record::pass(self, lesson, task);
    }

    fn hinted(&self, lesson: &str, task: &str, says: &str) {
        self.change(|progress| {
            let tasks = &mut progress.lesson_mut(lesson).tasks;
            tasks.entry(task.to_owned()).or_default().hinted(says);
        });
    }
}

/// `check --watch`: all tasks on one screen, until one leaves. Ctrl-C is a way to leave.
pub(super) fn watch(
    app: &App,
    course: &Course,
    lesson: &Lesson,
    folder: &Path,
    record: &Record<'_>,
) -> Result<ExitCode, Failure> {
    if app.global.format == Format::Json {
        let failure = Failure::usage("`--watch` is for people, and writes no JSON");
        return Err(failure.with_hint("leave `--format json` or `--watch` out"));
    }
    let screen = screen(app);
    let face = match screen.live {
        true => Face::Board,
        false => Face::Lines,
    };
    if face == Face::Lines {
        let folder = tick(&place::shown(&place::whole(folder)));
        let said = format!("looking at {folder} now and at every save, until Ctrl-C");
        app.terminal.say(&said);
    }
    match take(app, course, lesson, folder, record, face) {
        Ok(_) | Err(Failure::Interrupted) => Ok(ExitCode::Passed),
        Err(failure) => Err(failure),
    }
}

/// Takes a seat at a lesson: in the lab where the screen has room for it, else in one column.
pub(super) fn learn(
    app: &App,
    course: &Course,
    lesson: &Lesson,
    folder: &Path,
    record: &Record<'_>,
) -> Result<Left, Failure> {
    let screen = screen(app);
    let lines = screen.lines.unwrap_or(0);
    let has_room = screen.live && lab::fits(screen.style.width, lines);
    let face = match has_room {
        true => Face::Lab,
        false => Face::Guided,
    };
    take(app, course, lesson, folder, record, face)
}

/// Takes a seat at a lesson.
fn take(
    app: &App,
    course: &Course,
    lesson: &Lesson,
    folder: &Path,
    record: &Record<'_>,
    face: Face,
) -> Result<Left, Failure> {
    let folder = place::whole(folder);
    let workspace = Workspace {
        folder: folder.clone(),
        made: false,
    };
    record.change(|progress| progress.work_in(&lesson.id, workspace));
    let depot = app.depot();
    let mut sitting = Sitting {
        course,
        lesson,
        folder: &folder,
        folder_shown: place::shown(&folder),
        engine: app.global.engine.as_deref(),
        depot: &depot,
        keep: record,
        screen: screen(app),
        face,
    };
    wait_for(async {
        // An engine that does not answer now may do so later: the seat says what it finds.
        if let Ok(engine) = app.engine().await {
            sweep(app, &engine).await;
        }
        if face == Face::Lab {
            let place = Place {
                lesson,
                task: None,
                folder: folder.clone(),
            };
            app.terminal.say("opening the lesson's sandbox");
            match sandbox::opened(app, course, &place).await {
                Ok(Opened { shell, _held }) => return sit_in_lab(&sitting, shell, stop()).await,
                // The lesson can still be read, and what is missing is told there.
                Err(failure) => app.terminal.say(&failure.to_string()),
            }
            sitting.face = Face::Guided;
        }
        sit(&sitting, stop()).await
    })
}

fn screen(app: &App) -> Screen {
    let watched = app.terminal.is_screen;
    Screen {
        style: app.terminal.out,
        watched,
        live: app.terminal.live && watched,
        lines: app.terminal.lines,
    }
}
