//! `sealegs map`: a picture of what runs in a lesson's sandbox, once.

use crate::failure::{ExitCode, Failure};
use crate::learn::pictured;
use crate::outcome::Picture;
use crate::report::map;
use crate::text::tick;

use super::args::Format;
use super::record::Record;
use super::{App, place, stop, wait_for};

pub(super) fn run(app: &App, named: Option<&str>) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    let progress = Record::open(&app.terminal, &course).progress();
    // A picture needs no folder.
    let lesson = place::find(&course, &progress, named, Some(place::here()))?.lesson;
    let found = wait_for(async {
        let look = async {
            let engine = app.engine().await?;
            pictured(&engine, &lesson.id).await
        };
        tokio::select! {
            found = look => found,
            () = stop() => Err(Failure::Interrupted),
        }
    })?;
    let id = &lesson.id;
    if found.is_none() {
        let said = format!(
            "the sandbox of {} is not opened yet: `sealegs shell {id}` opens it",
            tick(id)
        );
        app.terminal.say(&said);
    }
    let is_there = found.is_some();
    let picture = found.unwrap_or_else(Picture::default);
    match app.global.format {
        Format::Json => app.terminal.print(&map::json(id, &picture)),
        Format::Text if is_there => app.terminal.print(&map::map(&picture, &app.terminal.out)),
        Format::Text => {}
    }
    Ok(ExitCode::Passed)
}
