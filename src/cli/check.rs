//! `sealegs check`: one look at a workspace. What passes is written down at once; never a grade.

use std::path::PathBuf;

use crate::course::{Course, Lesson};
use crate::failure::{ExitCode, Failure};
use crate::grade::Progress as Notice;
use crate::outcome::{Grade, Status};
use crate::progress::{Progress, Workspace};
use crate::report::text::Detail;
use crate::text::{list, tick};

use super::args::Format;
use super::record::Record;
use super::{App, grade, place};

pub(super) fn run(
    app: &App,
    what: Option<&str>,
    folder: Option<PathBuf>,
) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    let record = Record::open(&app.terminal, &course);
    let before = record.progress();
    let place = place::find(&course, &before, what, folder)?;
    let lesson = match place.task {
        Some(task) => place.lesson.part(task),
        None => place.lesson.clone(),
    };
    if what.is_none() {
        let (id, folder) = (tick(&lesson.id), place.folder.display().to_string());
        app.terminal.say(&format!("{id} in {}", tick(&folder)));
    }
    let pass = |notice: &Notice| {
        if let Notice::Judged(task) = notice
            && task.status == Status::Pass
        {
            record.pass(&lesson.id, &task.id);
        }
    };
    let judged = grade::judged(app, &course, &lesson, &place.folder, None, &pass)?;
    let workspace = Workspace {
        folder: place::whole(&place.folder),
        made: false,
    };
    record.change(|progress| progress.work_in(&lesson.id, workspace));
    grade::show(app, &judged, Detail::Check);
    if app.global.format == Format::Text {
        afterwards(app, &judged, &before);
        onwards(app, &course, place.lesson, &before, &record.progress());
    }
    Ok(grade::exit_code(&judged))
}

/// What passed before and does not now is not lost.
fn afterwards(app: &App, judged: &Grade, before: &Progress) {
    let stay = judged
        .tasks
        .iter()
        .filter(|task| task.status != Status::Pass && before.has_passed(&judged.lesson, &task.id));
    let stay: Vec<&str> = stay.map(|task| task.id.as_str()).collect();
    if !stay.is_empty() {
        let said = format!("{} passed before, and stays so", list(&stay));
        app.terminal.say(&said);
    }
}

/// The way on, when the lesson was finished by this look.
fn onwards(app: &App, course: &Course, lesson: &Lesson, before: &Progress, now: &Progress) {
    if before.is_done(lesson) || !now.is_done(lesson) {
        return;
    }
    let (points, of) = (now.points(lesson), lesson.points());
    let id = tick(&lesson.id);
    app.terminal
        .say(&format!("{id} is done: {points} of {of} points"));
    let next = match now.next(course) {
        Some(next) => format!("next: `sealegs start {}` ({})", next.id, next.title),
        None => "that was the last lesson: the course is done".to_owned(),
    };
    app.terminal.say(&next);
}
