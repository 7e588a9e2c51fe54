//! `sealegs skip`: leaves a lesson out, or tests out of it.

use std::path::Path;
use std::time::SystemTime;

use crate::course::{Course, Lesson};
use crate::failure::{ExitCode, Failure};
use crate::grade::{Commands, Hints};
use crate::outcome::{Status, TaskGrade};
use crate::report::text::Detail;
use crate::text::{tick, utc};

use super::grade::Look;
use super::record::Record;
use super::{App, grade, lesson};

pub(super) fn run(app: &App, id: &str, test_out: Option<&Path>) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    let lesson = lesson(&course, id)?;
    let record = Record::open(&app.terminal, &course);
    if record.progress().is_done(lesson) {
        app.terminal.say(&format!("{} is done already", tick(id)));
        return Ok(ExitCode::Passed);
    }
    if let Some(folder) = test_out {
        return tested(app, &course, lesson, folder, &record);
    }
    let now = utc(SystemTime::now());
    record.change(|progress| progress.lesson_mut(id).skipped = Some(now));
    app.terminal.say(&format!(
        "{} is left out; `sealegs start {id}` takes it up again",
        tick(id)
    ));
    next(app, &course, &record);
    Ok(ExitCode::Passed)
}

/// All or nothing: a lesson that is not known by heart is not left out.
fn tested(
    app: &App,
    course: &Course,
    lesson: &Lesson,
    folder: &Path,
    record: &Record<'_>,
) -> Result<ExitCode, Failure> {
    let look = Look {
        course,
        lesson,
        folder,
        seed: None,
        commands: Commands::RunAgain,
        hints: Hints::Unasked,
    };
    let judged = grade::judged(app, look, &|_| ())?;
    grade::show(app, &judged, Detail::Seat);
    let passed = |task: &TaskGrade| task.status == Status::Pass || task.bonus;
    if judged.tasks.iter().all(passed) {
        let now = utc(SystemTime::now());
        record.change(|progress| {
            for task in judged
                .tasks
                .iter()
                .filter(|task| task.status == Status::Pass)
            {
                progress.pass(&lesson.id, &task.id, &now);
            }
        });
        app.terminal
            .say(&format!("you have tested out of {}", tick(&lesson.id)));
        next(app, course, record);
    } else {
        let id = &lesson.id;
        app.terminal.say(&format!(
            "nothing is written down: `sealegs start {id}` begins the lesson"
        ));
    }
    Ok(grade::exit_code(&judged))
}

fn next(app: &App, course: &Course, record: &Record<'_>) {
    if let Some(next) = record.progress().next(course) {
        let said = format!("next: `sealegs start {}` ({})", next.id, next.title);
        app.terminal.say(&said);
    }
}
