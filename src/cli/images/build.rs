//! `sealegs images build`: images made with no registry.

use crate::failure::{ExitCode, Failure};
use crate::images::{self, Recipe, recipe_for};
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
        let say = |text: &str| live.pause(|| app.terminal.say(text));
        let mut wanted = Vec::new();
        for recipe in recipes {
            let name = recipe.tags[0];
            match which == Which::Missing && engine.image(name).await?.is_some() {
                true => say(&format!("{name}: there already")),
                false => wanted.push(recipe),
            }
        }
        let on = |getting| live.notice(&getting);
        let made = tokio::select! {
            made = images::make_and_load(&engine, &depot, &wanted, &on) => made,
            () = stop() => return Err(Failure::Interrupted),
        };
        live.finish();
        let mut code = ExitCode::Passed;
        for (recipe, loaded) in made {
            let name = recipe.tags[0];
            match loaded {
                Ok(Some(built)) => say(&format!("{name}: loaded, {}", size(built.bytes))),
                Ok(None) => say(&format!(
                    "{name}: a real image of this name is there, and is left alone"
                )),
                // What cannot be made here does not keep the others from being made.
                Err(failure) => code = app.terminal.failed(&failure),
            }
        }
        Ok(code)
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
