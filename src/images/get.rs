//! Makes sure that an image is on an engine: there already, from a kit, from an archive made before, pulled, or made now.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;

use crate::engine::{Engine, ImageFacts};
use crate::failure::{Failure, Problem};
use crate::outcome::ImageSeen;
use crate::text::{list_or, tick};

use super::arrival::{refused, whole};
use super::build::build_each;
use super::depot::{AtHand, Depot};
use super::load::load_from_kit;
use super::origin::{Origin, origin};
use super::pull::Puller;
use super::recipes::is_ours;
use super::store;
use super::{BuiltImage, Getting, ImageError, Made, Notice, Recipe, recipe_for};

/// Makes sure that `name` is on the engine; an image that is there is never touched.
///
/// # Errors
/// No way led to it: what went wrong last, and the command that gets it.
pub async fn ensure(
    engine: &Engine,
    depot: &Depot,
    name: &str,
    on: &(dyn Fn(Getting) + Send + Sync),
) -> Result<ImageSeen, Failure> {
    if let Some(image) = engine.image(name).await? {
        return Ok(seen(name, &image));
    }
    let began = Instant::now();
    on(Getting::Missing(name.to_owned()));
    // Another name of an image that is there, or that an archive carries under its first name only.
    let first = recipe_for(name).map_or(name, |recipe| recipe.tags[0]);
    let there = first != name && engine.image(first).await?.is_some();
    if !there && !from_kits(engine, depot, name, on).await? {
        let recipe = recipe_for(name);
        match recipe.and_then(|recipe| store::archive_at_hand(depot.folder(), recipe)) {
            Some(archive) => load(engine, &archive, first, on).await?,
            None => pull_or_make(engine, depot, name, on).await?,
        }
    }
    if first != name && engine.image(name).await?.is_none() {
        engine.tag(first, name).await?;
    }
    let image = engine.image(name).await?.ok_or_else(|| {
        Failure::system(format!(
            "the engine took {} and does not have it",
            tick(name)
        ))
    })?;
    on(Getting::Got {
        name: name.to_owned(),
        took: began.elapsed(),
    });
    Ok(seen(name, &image))
}

/// Loads the image from the first kit at hand that has it, and says whether one had.
async fn from_kits(
    engine: &Engine,
    depot: &Depot,
    name: &str,
    on: &(dyn Fn(Getting) + Send + Sync),
) -> Result<bool, Failure> {
    for at_hand in depot.kits() {
        let taken = async {
            let kit = Arc::new(depot.open(&at_hand)?);
            match kit.image(name) {
                Ok(image) => load_from_kit(engine, &kit, image, on).await.map(|_| true),
                Err(_) => Ok(false),
            }
        };
        match (taken.await, at_hand) {
            (Ok(true), _) => return Ok(true),
            (Ok(false), _) => {}
            (Err(failure), AtHand::Named(_)) => return Err(failure),
            // Whoever put it there is not here to be told: any other way is better than none.
            (Err(failure), AtHand::Found(_)) => match failure {
                Failure::System(problem) | Failure::Usage(problem) => {
                    on(Getting::Passed(problem.message));
                }
                Failure::Interrupted => return Err(Failure::Interrupted),
            },
        }
    }
    Ok(false)
}

async fn pull_or_make(
    engine: &Engine,
    depot: &Depot,
    name: &str,
    on: &(dyn Fn(Getting) + Send + Sync),
) -> Result<(), Failure> {
    let puller = Puller::new(engine, depot.mirror());
    let pulled = puller.pull(name, on).await;
    on(Getting::Settled(name.to_owned()));
    match (pulled, recipe_for(name)) {
        (Ok(()), _) => Ok(()),
        (Err(_), Some(recipe)) => {
            let built = make(recipe, depot, on).await;
            let built = built.map_err(|error| unavailable(name, error.into()))?;
            load(engine, &built.archive, recipe.tags[0], on).await
        }
        (Err(failure), None) => Err(unavailable(name, failure)),
    }
}

/// Makes images, or takes the archives made from the same packages, and loads each while the next is made. `Ok(None)`
/// where a real image of that name is on the engine, which is never replaced. One image's failure leaves the others alone.
pub async fn make_and_load(
    engine: &Engine,
    depot: &Depot,
    recipes: &[&'static Recipe],
    on: &(dyn Fn(Getting) + Send + Sync),
) -> Vec<(&'static Recipe, Result<Option<BuiltImage>, Failure>)> {
    let mut results = Vec::new();
    let mut wanted = Vec::new();
    for recipe in recipes {
        match engine.image(recipe.tags[0]).await {
            Ok(Some(image)) if origin(&image) != Origin::Kit => results.push((*recipe, Ok(None))),
            Ok(_) => wanted.push(*recipe),
            Err(error) => results.push((*recipe, Err(error.into()))),
        }
    }
    let mut making = Making::start(&wanted, depot).await;
    while let Some(step) = making.next().await {
        match step {
            Step::Notice(notice) => on(Getting::Making(notice)),
            Step::Made((name, made)) => {
                let recipe = wanted.iter().find(|recipe| recipe.name == name);
                let recipe = recipe.expect("only what is wanted is made");
                let loaded = match made {
                    Ok(built) => replace(engine, &built, recipe.tags[0], on)
                        .await
                        .map(|()| Some(built)),
                    Err(error) => Err(error.into()),
                };
                results.push((*recipe, loaded));
            }
        }
    }
    results.sort_by_key(|(made, _)| recipes.iter().position(|recipe| recipe.name == made.name));
    results
}

/// Loads an archive of ours; the one of ours that had its name goes, unless a container still uses it.
async fn replace(
    engine: &Engine,
    built: &BuiltImage,
    name: &str,
    on: &(dyn Fn(Getting) + Send + Sync),
) -> Result<(), Failure> {
    let old = engine.image(name).await?;
    load(engine, &built.archive, name, on).await?;
    if let (Some(old), Some(new)) = (old, engine.image(name).await?)
        && old.id != new.id
    {
        engine.discard_image(&old.id).await?;
    }
    Ok(())
}

fn seen(name: &str, image: &ImageFacts) -> ImageSeen {
    let origin = origin(image).to_string();
    ImageSeen {
        name: name.to_owned(),
        id: image.id.clone(),
        origin,
    }
}

/// Loads an archive of ours, which carries the image under `name`.
async fn load(
    engine: &Engine,
    archive: &Path,
    name: &str,
    on: &(dyn Fn(Getting) + Send + Sync),
) -> Result<(), Failure> {
    on(Getting::Loading(name.to_owned()));
    let before = engine.image(name).await?;
    let loaded = engine.load(archive).await;
    let loaded = loaded.map_err(|error| refused(name, error));
    whole(engine, name, before.as_ref(), loaded).await
}

/// What comes out of the making thread.
enum Step {
    Notice(Notice),
    Made(Made),
}

/// Images being made on a thread of its own, so that the command can still be interrupted.
struct Making {
    steps: mpsc::UnboundedReceiver<Step>,
    // One at a time: apt's lists are locked while they are read.
    _turn: tokio::sync::MutexGuard<'static, ()>,
}

impl Making {
    async fn start(recipes: &[&'static Recipe], depot: &Depot) -> Self {
        static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
        let turn = TURN.lock().await;
        let (tell, steps) = mpsc::unbounded_channel();
        let (recipes, folder) = (recipes.to_vec(), depot.folder().to_owned());
        tokio::task::spawn_blocking(move || {
            // A listener that has gone away is no reason to stop.
            let notice = |notice| _ = tell.send(Step::Notice(notice));
            build_each(&recipes, &folder, &notice, &mut |made| {
                _ = tell.send(Step::Made(made));
            });
        });
        Self { steps, _turn: turn }
    }

    /// `None` once everything is made.
    async fn next(&mut self) -> Option<Step> {
        self.steps.recv().await
    }
}

async fn make(
    recipe: &'static Recipe,
    depot: &Depot,
    on: &(dyn Fn(Getting) + Send + Sync),
) -> Result<BuiltImage, ImageError> {
    let mut making = Making::start(&[recipe], depot).await;
    while let Some(step) = making.next().await {
        match step {
            Step::Notice(notice) => on(Getting::Making(notice)),
            Step::Made((_, made)) => return made,
        }
    }
    unreachable!("a recipe is made or is not")
}

fn unavailable(name: &str, failure: Failure) -> Failure {
    let (message, hint) = match failure {
        Failure::System(Problem { message, hint }) | Failure::Usage(Problem { message, hint }) => {
            (message, hint)
        }
        Failure::Interrupted => return Failure::Interrupted,
    };
    let ways: Vec<String> = [
        (!is_ours(name)).then(|| format!("docker pull {name}")),
        recipe_for(name).map(|_| format!("sealegs images build {name}")),
        Some("sealegs images load KIT".to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect();
    let get = format!("{} gets it", list_or(&ways));
    let hint = hint.map_or(get.clone(), |hint| format!("{hint}; then {get}"));
    Failure::system(message).with_hint(hint)
}
