//! `sealegs images rm`: images off the engine.

use crate::failure::{ExitCode, Failure};
use crate::images::{Removable, Removed, remove};

use super::super::{App, wait_for};

pub(super) fn run(app: &App, names: &[String], which: Removable) -> Result<ExitCode, Failure> {
    wait_for(async {
        let engine = app.engine().await?;
        let mut code = ExitCode::Passed;
        for name in names {
            let said = match remove(&engine, name, which).await {
                Ok(Removed::Gone) => "removed",
                Ok(Removed::WasNotThere) => "not there",
                Ok(Removed::LeftAlone) => {
                    "not made by sealegs, and left alone; `--real` removes it"
                }
                Err(failure) => {
                    code = app.terminal.failed(&failure);
                    continue;
                }
            };
            app.terminal.say(&format!("{name}: {said}"));
        }
        Ok(code)
    })
}
