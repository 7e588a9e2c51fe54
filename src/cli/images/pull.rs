//! `sealegs images pull`: the real images, and what a room would ask of Docker Hub.

use futures_util::StreamExt;

use crate::failure::{ExitCode, Failure};
use crate::images::plan::Plan;
use crate::images::{Mirror, Pulled, Puller};
use crate::report;

use super::super::args::Format;
use super::super::live::Live;
use super::super::{App, stop, wait_for};

pub(super) fn run(
    app: &App,
    names: &[String],
    mirror: Option<&str>,
    at_once: usize,
) -> Result<ExitCode, Failure> {
    let mirror = match mirror {
        Some(mirror) => Some(Mirror::named(mirror, "--mirror")?),
        None => {
            let named = |mirror| Mirror::named(mirror, "SEALEGS_MIRROR");
            app.depot().mirror().map(named).transpose()?
        }
    };
    wait_for(async {
        let engine = app.engine().await?;
        let live = Live::new(&app.terminal);
        let on = |getting| live.notice(&getting);
        let puller = Puller::new(&engine, None).with_mirror(mirror);
        let pulling = async {
            puller.sweep().await;
            let mut pulled = std::pin::pin!(puller.each(names, at_once, &on));
            let mut code = ExitCode::Passed;
            while let Some((name, result)) = pulled.next().await {
                let its = live.pause(|| told(app, &name, result));
                // The gravest counts.
                if its as u8 > code as u8 {
                    code = its;
                }
            }
            code
        };
        tokio::select! {
            code = pulling => Ok(code),
            () = stop() => {
                puller.sweep().await;
                Err(Failure::Interrupted)
            }
        }
    })
}

fn told(app: &App, name: &str, result: Result<Pulled, Failure>) -> ExitCode {
    let said = match result {
        Ok(Pulled::Now) => format!("{name}: pulled"),
        Ok(Pulled::StandIn) => format!(
            "{name}: a stand-in is there already; `sealegs images rm {name}` makes room for the real one"
        ),
        Ok(Pulled::Before) => format!("{name}: there already"),
        Err(failure) => return app.terminal.failed(&failure),
    };
    app.terminal.say(&said);
    ExitCode::Passed
}

/// What can be pulled of images that nobody named one by one; the others are told.
pub(super) fn in_registries(app: &App, names: Vec<String>) -> Vec<String> {
    let nowhere = Plan::of(&names, 1).nowhere;
    for name in &nowhere {
        app.terminal.say(&format!(
            "{name}: in no registry; `sealegs images build {name}` makes it"
        ));
    }
    names
        .into_iter()
        .filter(|name| !nowhere.contains(name))
        .collect()
}

/// Says how many pulls a room needs, and asks nobody.
pub(super) fn plan(app: &App, names: &[String], learners: u32) -> ExitCode {
    let plan = Plan::of(names, learners);
    let text = match app.global.format {
        Format::Json => report::plan::json(&plan),
        Format::Text => report::plan::text(&plan, &app.terminal.out),
    };
    app.terminal.print(&text);
    ExitCode::Passed
}
