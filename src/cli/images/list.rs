//! `sealegs images list`: the images of the course, and which lessons can run.

use crate::course::Course;
use crate::engine::ImageFacts;
use crate::failure::{ExitCode, Failure};
use crate::images::origin;
use crate::report::table;
use crate::text::size;

use super::super::args::Chosen;
use super::super::{App, wait_for};

pub(super) fn run(app: &App, course: &Course, chosen: &Chosen) -> Result<ExitCode, Failure> {
    let names = super::wanted(course, chosen)?;
    let rows = wait_for(async {
        let engine = app.engine().await?;
        let mut rows = Vec::new();
        for name in &names {
            let there = engine.image(name).await?;
            rows.push(row(course, name, there.as_ref()));
        }
        Ok(rows)
    })?;
    let headers = ["image", "on the engine", "from", "size", "lessons"];
    app.terminal
        .print(&table(&headers, &rows, &app.terminal.out));
    Ok(ExitCode::Passed)
}

fn row(course: &Course, name: &str, there: Option<&ImageFacts>) -> Vec<String> {
    let lessons = course
        .lessons
        .iter()
        .filter(|lesson| lesson.images.iter().any(|image| image == name));
    let lessons: Vec<&str> = lessons.map(|lesson| lesson.id.as_str()).collect();
    let (present, from, bytes) = match there {
        Some(image) => ("✓ yes", origin(image).to_string(), size(image.size)),
        None => ("– no", String::new(), String::new()),
    };
    vec![
        name.to_owned(),
        present.to_owned(),
        from,
        bytes,
        lessons.join(", "),
    ]
}
