//! `sealegs start`: a workspace with the lesson's starter files, never over files that are there; then the lesson.

use std::path::{Path, PathBuf};

use crate::course::{Course, Lesson};
use crate::failure::{ExitCode, Failure};
use crate::learn::workspace;
use crate::progress::{Progress, Workspace};
use crate::text::{list, tick};

use super::record::Record;
use super::{App, lesson, place, read};

pub(super) fn run(app: &App, id: &str, folder: Option<PathBuf>) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    let lesson = lesson(&course, id)?;
    let record = Record::open(&app.terminal, &course);
    let progress = record.progress();
    let known = match &folder {
        Some(_) => None,
        None => known_folder(&progress, lesson),
    };
    let folder = match known {
        Some(folder) => {
            let shown = tick(&folder.display().to_string());
            app.terminal
                .say(&format!("{shown} is your workspace of {}", tick(id)));
            folder
        }
        None => made(app, lesson, &folder.unwrap_or_else(|| PathBuf::from(id)))?,
    };
    let entered = Workspace {
        folder: place::whole(&folder),
        made: true,
    };
    record.change(|progress| progress.work_in(id, entered));
    before(app, &course, lesson, &progress);
    if app.terminal.lines.is_some() {
        read::show(app, lesson, &record.progress());
    }
    if app.terminal.lines.is_none() {
        let said = format!("`sealegs read {id}` shows the lesson");
        app.terminal.say(&said);
    }
    app.terminal.say(&format!(
        "`sealegs check` in {} looks at your work, `sealegs hint` helps you on",
        tick(&folder.display().to_string())
    ));
    Ok(ExitCode::Passed)
}

/// The workspace that was made for the lesson, where it is still there.
fn known_folder(progress: &Progress, lesson: &Lesson) -> Option<PathBuf> {
    let known = progress.lesson(&lesson.id).workspace?;
    (known.made && known.folder.is_dir()).then_some(known.folder)
}

fn made(app: &App, lesson: &Lesson, folder: &Path) -> Result<PathBuf, Failure> {
    workspace::make(lesson, folder)?;
    let shown = tick(&folder.display().to_string());
    let id = tick(&lesson.id);
    app.terminal
        .say(&format!("{shown} holds the starter files of {id}"));
    Ok(folder.to_owned())
}

/// Lessons that this one builds on and that are not done: worth a word, not a wall.
fn before(app: &App, course: &Course, lesson: &Lesson, progress: &Progress) {
    let open: Vec<&str> = lesson
        .needs
        .iter()
        .filter_map(|id| course.lesson(id))
        .filter(|need| !progress.is_done(need) && !progress.is_skipped(&need.id))
        .map(|need| need.id.as_str())
        .collect();
    if !open.is_empty() {
        let said = format!("this lesson builds on {}, not done yet", list(&open));
        app.terminal.say(&said);
    }
}
