//! `sealegs dev book`: the lessons as chapters, for mdBook, which speaks by standard input and output.

use std::io::{IsTerminal as _, Read as _};

use crate::author::{supports, with_lessons};
use crate::failure::{ExitCode, Failure};

use super::App;
use super::args::BookCommand;

pub(super) fn run(app: &App, command: Option<BookCommand>) -> Result<ExitCode, Failure> {
    if let Some(BookCommand::Supports { renderer }) = command {
        return Ok(match supports(&renderer) {
            true => ExitCode::Passed,
            false => ExitCode::Failed,
        });
    }
    let mut stdin = std::io::stdin();
    if stdin.is_terminal() {
        let failure = Failure::usage("mdBook runs this, and hands it a book");
        let hint =
            "name it in `book.toml`: `[preprocessor.sealegs]` and `command = \"sealegs dev book\"`";
        return Err(failure.with_hint(hint));
    }
    let mut handed = String::new();
    stdin
        .read_to_string(&mut handed)
        .map_err(|error| Failure::system(format!("cannot read standard input: {error}")))?;
    app.terminal.print(&with_lessons(&handed, &app.course()?)?);
    Ok(ExitCode::Passed)
}
