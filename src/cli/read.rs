//! `sealegs read`: a lesson's text and tasks, rendered.

use crate::failure::{ExitCode, Failure};
use crate::render::{Role, markdown};
use crate::text::count;

use super::{App, lesson};

pub(super) fn run(app: &App, id: &str) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    let lesson = lesson(&course, id)?;
    let style = &app.terminal.out;
    let mut out = markdown(&lesson.text, style);
    out.push_str(&format!("\n{}\n\n", style.paint(Role::Strong, "Tasks")));
    for (index, task) in lesson.tasks.iter().enumerate() {
        let points = count(task.points as usize, "point");
        out.push_str(&format!("{}. {} ({points})\n", index + 1, task.title));
    }
    out.push_str(&format!(
        "\n`sealegs start {id}` makes the workspace, `sealegs check {id}` looks at it.\n"
    ));
    app.terminal.print(&out);
    Ok(ExitCode::Passed)
}
