//! `sealegs progress`: where it is kept, and taking it along.

use std::path::Path;

use crate::failure::{ExitCode, Failure};
use crate::text::{count, tick};

use super::App;
use super::args::ProgressCommand;
use super::record::Record;

pub(super) fn run(app: &App, command: ProgressCommand) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    let store = Record::store(&course)?;
    match command {
        ProgressCommand::Where => app.terminal.print(&format!("{}\n", store.file().display())),
        ProgressCommand::Export { file: None } => app.terminal.print(&store.export()?),
        ProgressCommand::Export { file: Some(file) } => {
            write_new(&file, &store.export()?)?;
            let file = tick(&file.display().to_string());
            app.terminal.say(&format!("your progress is in {file}"));
        }
        ProgressCommand::Import { file } => {
            let lost = store.import(&file)?;
            if lost > 0 {
                let said = format!("{} could not be read and left out", count(lost, "line"));
                app.terminal.say(&said);
            }
            app.terminal
                .say("what you have done there counts here too; `sealegs list` shows it");
        }
    }
    Ok(ExitCode::Passed)
}

/// Writes a file that is not there yet.
fn write_new(file: &Path, text: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    let made = std::fs::File::create_new(file);
    made.and_then(|mut made| made.write_all(text.as_bytes()))
        .map_err(|error| {
            let file = tick(&file.display().to_string());
            Failure::usage(format!("cannot write {file}: {error}"))
        })
}
