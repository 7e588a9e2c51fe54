//! `sealegs read`: a lesson's text with its tasks in place.

use crate::course::{Lesson, Task};
use crate::failure::{ExitCode, Failure};
use crate::learn::{TaskState, page};
use crate::outcome::Status;
use crate::progress::Progress;
use crate::render::{Indent, Role, Span, Style, wrapped};

use super::record::Record;
use super::{App, pager, place};

pub(super) fn run(app: &App, what: Option<&str>) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    let progress = Record::open(&app.terminal, &course).progress();
    // A lesson can be read without a folder to work in.
    let place = place::find(&course, &progress, what, Some(place::here()))?;
    show(app, place.lesson, &progress);
    Ok(ExitCode::Passed)
}

/// Shows a lesson, by the pager where it is long.
pub(super) fn show(app: &App, lesson: &Lesson, progress: &Progress) {
    pager::show(&app.terminal, |style| whole(lesson, progress, style));
}

fn whole(lesson: &Lesson, progress: &Progress, style: &Style) -> String {
    let state = |task: &Task| match progress.has_passed(&lesson.id, &task.id) {
        true => TaskState::Judged(Status::Pass),
        false => TaskState::Open,
    };
    let parts = page(lesson, &state, style).into_iter();
    let mut out: String = parts.map(|part| part.text).collect();
    if progress.lesson(&lesson.id).workspace.is_none() {
        let next = [
            Span::new(Role::Accent, &format!("`sealegs start {}`", lesson.id)),
            Span::plain(" makes the workspace, "),
            Span::new(Role::Accent, &format!("`sealegs check {}`", lesson.id)),
            Span::plain(" looks at it."),
        ];
        out.push('\n');
        out.push_str(&wrapped(&next, Indent::default(), style));
    }
    out
}
