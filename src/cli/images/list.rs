//! `sealegs images list`: the images of the course, and which lessons can run.

use crate::course::Course;
use crate::failure::{ExitCode, Failure};
use crate::images::stock;
use crate::report;

use super::super::args::{Chosen, Format};
use super::super::{App, wait_for};

pub(super) fn run(app: &App, course: &Course, chosen: &Chosen) -> Result<ExitCode, Failure> {
    let names = super::wanted(course, chosen)?;
    let depot = app.depot();
    let stocks = wait_for(async {
        let engine = app.engine().await?;
        stock(&engine, &depot, &names).await
    })?;
    if let Err(Failure::System(problem) | Failure::Usage(problem)) = depot.check_named_kit() {
        app.terminal.say(&problem.to_string());
    }
    app.terminal.print(&match app.global.format {
        Format::Json => report::stock::json(course, &stocks),
        Format::Text => report::stock::text(course, &stocks, &app.terminal.out),
    });
    Ok(ExitCode::Passed)
}
