//! `sealegs images build`: images made with no registry.

use crate::engine::Engine;
use crate::failure::{ExitCode, Failure};
use crate::images::{self, Depot, Recipe, recipe_for};
use crate::text::{list, size, tick};

use super::super::live::Live;
use super::super::{App, stop, wait_for};

/// Which of the named images are made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Missing,
    All,
}

pub(super) fn run(app: &App, names: &[String], which: Which) -> Result<ExitCode, Failure> {
    let recipes: Vec<&'static Recipe> = names
        .iter()
        .map(|name| recipe(name))
        .collect::<Result<_, _>>()?;
    let depot = app.depot();
    wait_for(async {
        let engine = app.engine().await?;
        let live = Live::new(&app.terminal);
        let mut failed = 0;
        for recipe in recipes {
            match build_one(app, &engine, &depot, recipe, which, &live).await {
                Ok(()) => {}
                Err(Failure::Interrupted) => return Err(Failure::Interrupted),
                // What cannot be made here does not keep the others from being made.
                Err(failure) => {
                    failed += 1;
                    live.pause(|| app.terminal.failed(&failure));
                }
            }
        }
        live.finish();
        Ok(if failed == 0 {
            ExitCode::Passed
        } else {
            ExitCode::Infrastructure
        })
    })
}

/// What can be made of images that nobody named one by one; the others are told.
pub(super) fn with_recipes(app: &App, names: Vec<String>) -> Vec<String> {
    let (with, without): (Vec<String>, Vec<String>) = names
        .into_iter()
        .partition(|name| recipe_for(name).is_some());
    for name in &without {
        app.terminal.say(&format!(
            "{name}: there is no recipe; `sealegs images pull {name}` gets it"
        ));
    }
    with
}

fn recipe(name: &str) -> Result<&'static Recipe, Failure> {
    recipe_for(name).ok_or_else(|| {
        let known: Vec<&str> = images::recipes()
            .iter()
            .map(|recipe| recipe.tags[0])
            .collect();
        let failure = Failure::usage(format!("there is no recipe for the image {}", tick(name)));
        failure.with_hint(format!("there are recipes for {}", list(&known)))
    })
}

async fn build_one(
    app: &App,
    engine: &Engine,
    depot: &Depot,
    recipe: &'static Recipe,
    which: Which,
    live: &Live<'_>,
) -> Result<(), Failure> {
    let name = recipe.tags[0];
    let there = engine.image(name).await?;
    let say = |text: &str| live.pause(|| app.terminal.say(text));
    if there.is_some() && which == Which::Missing {
        say(&format!("{name}: there already"));
        return Ok(());
    }
    let on = |getting| live.notice(&getting);
    let made = tokio::select! {
        made = images::make_and_load(engine, depot, recipe, &on) => made?,
        () = stop() => return Err(Failure::Interrupted),
    };
    match made {
        Some(built) => say(&format!("{name}: loaded, {}", size(built.bytes))),
        None => say(&format!(
            "{name}: a real image of this name is there, and is left alone"
        )),
    }
    Ok(())
}
