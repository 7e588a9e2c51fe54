//! `sealegs read`: a lesson's text with its tasks in place.

use crate::course::Lesson;
use crate::failure::{ExitCode, Failure};
use crate::learn::{TaskState, page};
use crate::render::{Indent, Part, Role, Span, Style, wrapped};

use super::{App, lesson, pager};

pub(super) fn run(app: &App, id: &str) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    let lesson = lesson(&course, id)?;
    pager::show(&app.terminal, |style| whole(lesson, style));
    Ok(ExitCode::Passed)
}

fn whole(lesson: &Lesson, style: &Style) -> String {
    let parts: Vec<Part> = page(lesson, &|_| TaskState::Open, style);
    let mut out: String = parts.into_iter().map(|part| part.text).collect();
    let next = [
        Span::new(Role::Accent, &format!("`sealegs start {}`", lesson.id)),
        Span::plain(" makes the workspace, "),
        Span::new(Role::Accent, &format!("`sealegs check {}`", lesson.id)),
        Span::plain(" looks at it."),
    ];
    out.push('\n');
    out.push_str(&wrapped(&next, Indent::default(), style));
    out
}
