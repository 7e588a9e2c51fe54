//! `sealegs solution`: the reference against the learner's files, once the lesson is done, or anyway.

use std::path::PathBuf;

use crate::failure::{ExitCode, Failure};
use crate::learn::compared;
use crate::report::solution;
use crate::text::{count, tick};

use super::record::Record;
use super::{App, pager, place};

/// Whether the learner insists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    Afterwards,
    Anyway,
}

pub(super) fn run(
    app: &App,
    what: Option<&str>,
    folder: Option<PathBuf>,
    ask: Ask,
) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    let progress = Record::open(&app.terminal, &course).progress();
    let place = place::find(&course, &progress, what, folder)?;
    let lesson = place.lesson;
    if ask == Ask::Afterwards && !progress.is_done(lesson) {
        let id = &lesson.id;
        let open = lesson
            .tasks
            .iter()
            .filter(|task| !task.bonus && !progress.has_passed(id, &task.id))
            .count();
        let of = format!("{open} of {}", count(lesson.tasks.len(), "task"));
        let failure = Failure::usage(format!("{of} of {} are still to do", tick(id)));
        return Err(failure.with_hint(format!(
            "`sealegs hint` helps you on; `sealegs solution {id} --anyway` shows the answer"
        )));
    }
    if lesson.solution.files.is_empty() {
        let failure = Failure::usage("this course is a pack, which has no solutions in it");
        return Err(failure.with_hint("whoever gave it to you has the whole course"));
    }
    let files = compared(lesson, &place.folder)?;
    pager::show(&app.terminal, |style| solution(&files, style));
    Ok(ExitCode::Passed)
}
