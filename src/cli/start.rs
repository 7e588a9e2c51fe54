//! `sealegs start`: a workspace with the lesson's starter files, never over files that are there.

use std::path::PathBuf;

use crate::failure::{ExitCode, Failure};
use crate::text::tick;

use super::{App, lesson};

pub(super) fn run(app: &App, id: &str, folder: Option<PathBuf>) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    let lesson = lesson(&course, id)?;
    let folder = folder.unwrap_or_else(|| PathBuf::from(id));
    let shown = tick(&folder.display().to_string());
    let taken = std::fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some());
    if taken {
        let failure = Failure::usage(format!("{shown} is there already and not empty"));
        return Err(failure.with_hint("name another folder, or go on in this one"));
    }
    lesson
        .starter
        .write_to(&folder)
        .map_err(|error| Failure::system(format!("cannot write to {shown}: {error}")))?;
    app.terminal
        .say(&format!("{shown} holds the starter files of {}", tick(id)));
    app.terminal.say(&format!(
        "`sealegs read {id}` shows the lesson, `sealegs check {id}` looks at your work"
    ));
    Ok(ExitCode::Passed)
}
