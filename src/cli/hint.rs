//! `sealegs hint`: the next rung of a task's ladder, and no more than was asked for.

use crate::course::{Course, Lesson, Task};
use crate::failure::{ExitCode, Failure};
use crate::learn::hints;
use crate::outcome::Status;
use crate::progress::{Progress, TaskProgress};
use crate::render::markdown;
use crate::text::{count, inert_line, tick};

use super::place::Place;
use super::record::Record;
use super::{App, check, place};

/// Which hints are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// The next one.
    Next,
    /// Those that were given.
    Given,
}

pub(super) fn run(app: &App, what: Option<&str>, which: Which) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    let record = Record::open(&app.terminal, &course);
    let progress = record.progress();
    let place = place::find(&course, &progress, what, None)?;
    let lesson = place.lesson;
    let asked = match place.task {
        Some(id) => lesson.task(id),
        None => open_task(lesson, &progress),
    };
    let Some(task) = asked else {
        let id = tick(&lesson.id);
        app.terminal.say(&format!("every task of {id} has passed"));
        return Ok(ExitCode::Passed);
    };
    let known = of_task(&progress, lesson, task);
    if which == Which::Given {
        let given: Vec<&str> = hints::given_of(task, &known)
            .map(|hint| hint.says.as_str())
            .collect();
        if given.is_empty() {
            let said = format!("no hint on {} was given yet", tick(&task.id));
            app.terminal.say(&said);
        }
        given.iter().for_each(|says| show(app, says));
        return Ok(ExitCode::Passed);
    }
    if known.passed.is_some() {
        let said = format!("{} has passed: there is nothing to hint at", tick(&task.id));
        app.terminal.say(&said);
        return Ok(ExitCode::Passed);
    }
    let Some(fitting) = fitting(app, &course, &place, task, &record) else {
        return Ok(ExitCode::Passed);
    };
    next(app, lesson, task, &fitting, &record);
    Ok(ExitCode::Passed)
}

/// The first task that has not passed and whose needs have.
pub(super) fn open_task<'a>(lesson: &'a Lesson, progress: &Progress) -> Option<&'a Task> {
    let passed = |id: &str| progress.has_passed(&lesson.id, id);
    let mut open = lesson.tasks.iter().filter(|task| !passed(&task.id));
    let first = open.clone().next();
    open.find(|task| task.needs.iter().all(|need| passed(need)))
        .or(first)
}

fn of_task(progress: &Progress, lesson: &Lesson, task: &Task) -> TaskProgress {
    let tasks = progress.lesson(&lesson.id).tasks;
    tasks.get(&task.id).cloned().unwrap_or_default()
}

/// Which hints fit what is there now. `None` where the look has found the task done.
fn fitting(
    app: &App,
    course: &Course,
    place: &Place<'_>,
    task: &Task,
    record: &Record<'_>,
) -> Option<Vec<usize>> {
    if task.hints.iter().all(|hint| hint.when.is_empty()) {
        return Some(Vec::new());
    }
    let part = place.lesson.part(&task.id);
    let judged = match check::look(app, course, &part, &place.folder, record) {
        Ok(judged) => judged,
        Err(failure) => {
            // A hint of always is better than none.
            let said = failure.to_string();
            let first = said.lines().next().unwrap_or_default();
            app.terminal
                .say(&format!("your work could not be looked at ({first})"));
            return Some(Vec::new());
        }
    };
    let seen = judged.tasks.into_iter().find(|seen| seen.id == task.id)?;
    if seen.status == Status::Pass {
        let id = tick(&task.id);
        app.terminal
            .say(&format!("{id} has passed: there is nothing to hint at"));
        return None;
    }
    Some(seen.fitting)
}

fn next(app: &App, lesson: &Lesson, task: &Task, fitting: &[usize], record: &Record<'_>) {
    let known = of_task(&record.progress(), lesson, task);
    let (name, id) = (inert_line(&task.title), &lesson.id);
    let Some(rung) = hints::next(task, fitting, &known) else {
        let said = match known.hints.len() {
            0 => format!("there is no hint on {}", tick(&task.id)),
            _ => format!(
                "that was all: `sealegs hint {id}/{} --again` shows them, `sealegs solution {id} --anyway` the answer",
                task.id
            ),
        };
        return app.terminal.say(&said);
    };
    app.terminal
        .say(&format!("hint {} on: {name}", rung.number));
    show(app, &rung.hint.says);
    let left = match rung.left {
        0 => "this was the last".to_owned(),
        left => format!("{} left", count(left, "hint")),
    };
    app.terminal.say(&left);
    record.change(|progress| {
        let tasks = &mut progress.lesson_mut(id).tasks;
        tasks
            .entry(task.id.clone())
            .or_default()
            .hinted(&rung.hint.says);
    });
}

fn show(app: &App, says: &str) {
    let shown = markdown(says, &app.terminal.out);
    app.terminal.print(&format!("\n{shown}\n"));
}
