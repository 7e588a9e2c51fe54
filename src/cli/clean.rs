//! `sealegs clean`: removes what this program left on the engine, by its own labels, and nothing else; sandboxes too.

use crate::engine::Run;
use crate::failure::{ExitCode, Failure};
use crate::sandbox::kept::Kept;
use crate::text::count;

use super::{App, wait_for};

pub(super) fn run(app: &App) -> Result<ExitCode, Failure> {
    let removed = wait_for(async {
        let engine = app.engine().await?;
        let here = Some(engine.endpoint().to_string());
        let mut removed = 0;
        for kept in Kept::all().into_iter().filter(|kept| kept.engine() == here) {
            removed += kept.remove(&engine).await?;
        }
        removed += Kept::remove_forgotten(&engine).await?;
        Ok(removed + Run::new().sweep(&engine).await?)
    })?;
    let said = match removed {
        0 => "nothing to remove".to_owned(),
        n => format!("removed {}", count(n, "object")),
    };
    app.terminal.say(&said);
    Ok(ExitCode::Passed)
}
