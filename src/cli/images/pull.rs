//! `sealegs images pull`: the real images, and what a room would ask of Docker Hub.

use crate::dockerfile::reference::Reference;
use crate::failure::{ExitCode, Failure};
use crate::images::plan::Plan;
use crate::images::{Mirror, Pulled, Puller};
use crate::report;
use crate::text::tick;

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
        let pulled = tokio::select! {
            pulled = puller.all(names, at_once, &on) => pulled,
            () = stop() => {
                puller.sweep().await;
                return Err(Failure::Interrupted);
            }
        };
        live.finish();
        let mut code = ExitCode::Passed;
        for (name, result) in pulled {
            match result {
                Ok(Pulled::Now) => app.terminal.say(&format!("{name}: pulled")),
                Ok(Pulled::StandIn) => app.terminal.say(&format!(
                    "{name}: a stand-in is there already; `sealegs images rm {name}` makes room for the real one"
                )),
                Ok(Pulled::Before) => app.terminal.say(&format!("{name}: there already")),
                Err(failure) => code = app.terminal.failed(&failure),
            }
        }
        Ok(code)
    })
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

/// Refuses what names no image.
pub(super) fn are_names(names: &[String]) -> Result<(), Failure> {
    match names.iter().find(|name| Reference::parse(name).is_err()) {
        Some(name) => Err(Failure::usage(format!(
            "{} is no name of an image",
            tick(name)
        ))),
        None => Ok(()),
    }
}

/// Says how many pulls a room needs, and asks nobody.
pub(super) fn plan(app: &App, names: &[String], learners: u32) -> Result<ExitCode, Failure> {
    are_names(names)?;
    let plan = Plan::of(names, learners);
    let text = match app.global.format {
        Format::Json => report::plan::json(&plan),
        Format::Text => report::plan::text(&plan, &app.terminal.out),
    };
    app.terminal.print(&text);
    Ok(ExitCode::Passed)
}
