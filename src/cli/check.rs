//! `sealegs check`: one look at a workspace. What passes is written down at once; never a grade.

use std::path::{Path, PathBuf};

use crate::course::{Course, Lesson};
use crate::failure::{ExitCode, Failure};
use crate::grade::{Commands, Hints, Progress as Notice};
use crate::outcome::{Grade, Status};
use crate::progress::{Progress, Workspace};
use crate::report::text::Detail;
use crate::text::{list, tick};

use super::args::Format;
use super::grade::Look;
use super::record::Record;
use super::{App, grade, place, seat};

/// How often the work is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Often {
    Once,
    /// At every save, until one leaves.
    AtEverySave,
}

pub(super) fn run(
    app: &App,
    what: Option<&str>,
    folder: Option<PathBuf>,
    often: Often,
) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    let record = Record::open(&app.terminal, &course);
    let before = record.progress();
    let place = place::find(&course, &before, what, folder)?;
    let lesson = match place.task {
        Some(task) => place.lesson.part(task),
        None => place.lesson.clone(),
    };
    if often == Often::AtEverySave {
        return seat::watch(app, &course, &lesson, &place.folder, &record);
    }
    if what.is_none() {
        let (id, folder) = (tick(&lesson.id), place.folder.display().to_string());
        app.terminal.say(&format!("{id} in {}", tick(&folder)));
    }
    let judged = look(app, &course, &lesson, &place.folder, &record)?;
    grade::show(app, &judged, Detail::Check);
    if app.global.format == Format::Text {
        afterwards(app, &judged, &before);
        onwards(app, &course, place.lesson, &before, &record.progress());
    }
    Ok(grade::exit_code(&judged))
}

/// Looks at a workspace: writes down what passes, at once, and where the learner works.
pub(super) fn look(
    app: &App,
    course: &Course,
    lesson: &Lesson,
    folder: &Path,
    record: &Record<'_>,
) -> Result<Grade, Failure> {
    let pass = |notice: &Notice| {
        if let Notice::Judged(task) = notice
            && task.status == Status::Pass
        {
            record.pass(&lesson.id, &task.id);
        }
    };
    let look = Look {
        course,
        lesson,
        folder,
        seed: None,
        commands: Commands::OfLearner {
            passed: record.progress().passed(lesson),
        },
        hints: Hints::Fitting,
    };
    let judged = grade::judged(app, look, &pass)?;
    let workspace = Workspace {
        folder: place::whole(folder),
        made: false,
    };
    record.change(|progress| progress.work_in(&lesson.id, workspace));
    Ok(judged)
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
