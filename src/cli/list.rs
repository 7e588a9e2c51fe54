//! `sealegs list`: the lessons of the course.

use crate::failure::{ExitCode, Failure};
use crate::report::table;

use super::App;
use super::args::Format;

pub(super) fn run(app: &App) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    if app.global.format == Format::Json {
        app.terminal.print(&crate::report::json::course(&course));
        return Ok(ExitCode::Passed);
    }
    let rows: Vec<Vec<String>> = course
        .lessons
        .iter()
        .map(|lesson| {
            vec![
                lesson.id.clone(),
                lesson.title.clone(),
                format!("{} min", lesson.minutes),
                lesson.tasks.len().to_string(),
                lesson.points().to_string(),
            ]
        })
        .collect();
    let headers = ["lesson", "title", "time", "tasks", "points"];
    app.terminal
        .print(&table(&headers, &rows, &app.terminal.out));
    Ok(ExitCode::Passed)
}
