//! `sealegs clean`: removes what this program left on the engine, by its own labels, and nothing else.

use crate::engine::Run;
use crate::failure::{ExitCode, Failure};
use crate::text::count;

use super::{App, wait_for};

pub(super) fn run(app: &App) -> Result<ExitCode, Failure> {
    let removed = wait_for(async {
        let engine = app.engine().await?;
        Ok(Run::new().sweep(&engine).await?)
    })?;
    let said = match removed {
        0 => "nothing to remove".to_owned(),
        n => format!("removed {}", count(n, "object")),
    };
    app.terminal.say(&said);
    Ok(ExitCode::Passed)
}
