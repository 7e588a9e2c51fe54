//! Images into a kit: from the engine where it has them, else from an archive made before, else got first.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tokio::sync::mpsc;

use crate::engine::{Engine, ImageFacts};
use crate::failure::Failure;

use super::archive::LABEL;
use super::depot::{AtHand, Depot};
use super::getting::{Getting, Moving, Way};
use super::kit::{self, Kit, KitError, Parts, Shelf};
use super::name::saved_name;
use super::origin::{Origin, origin};
use super::store::{self, Store};
use super::unfinished::Unfinished;
use super::{ensure, recipe_for};

/// A kit that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// How many images it has.
    pub images: usize,
    /// The size of the file.
    pub bytes: u64,
}

/// Writes the images into one file, aside first: nothing that is half done ever has its name.
///
/// # Errors
/// An image cannot be had, or the file cannot be written.
pub async fn save(
    engine: &Engine,
    depot: &Depot,
    (names, file): (&[String], &Path),
    on: &(dyn Fn(Getting) + Send + Sync),
) -> Result<Saved, Failure> {
    let names: Vec<String> = names
        .iter()
        .map(|name| saved_name(name))
        .collect::<Result<_, _>>()?;
    let depot = &sources(depot, file)?;
    let told = Mutex::new(Vec::new());
    let on = &|getting: Getting| match getting {
        // Each image asks the kits anew.
        Getting::Passed(why) => {
            let mut told = told.lock().expect("no holder panics");
            if !told.contains(&why) {
                told.push(why.clone());
                on(Getting::Passed(why));
            }
        }
        getting => on(getting),
    };
    let unfinished = Unfinished::beside(file)?;
    let scratch = Store::open(depot.folder())?.scratch();
    let mut shelf = Shelf::new(scratch.clone());
    let mut images: Vec<Parts> = Vec::new();
    for name in &names {
        if images.iter().any(|image| image.name == *name) {
            continue;
        }
        let (back, parts) = take(engine, depot, (shelf, name), on).await?;
        shelf = back;
        images.push(parts);
    }
    let count = images.len();
    let total = shelf.bytes();
    let (tell, mut told) = mpsc::unbounded_channel();
    let (out, path) = (unfinished.out(), file.to_owned());
    let work = tokio::task::spawn_blocking(move || {
        let unwritten = |error| KitError::unwritten(&path, &error);
        let out = out.map_err(unwritten)?;
        let told = |n| _ = tell.send(n);
        kit::write(&mut images, &shelf, (&out, &path, &scratch), &told)?;
        out.sync_all().map_err(unwritten)
    });
    let mut done = 0;
    while let Some(n) = told.recv().await {
        done += n;
        on(Getting::Moving(Moving {
            name: file.display().to_string(),
            layer: None,
            way: Way::Packing,
            done,
            total,
        }));
    }
    on(Getting::Settled(file.display().to_string()));
    let written = work.await.expect("writing a kit does not panic");
    written?;
    let bytes = unfinished
        .finish()
        .map_err(|error| KitError::unwritten(file, &error))?;
    Ok(Saved {
        images: count,
        bytes,
    })
}

/// The depot, where the kit that somebody named is one; that it is about to be written is no fault.
fn sources(depot: &Depot, file: &Path) -> Result<Depot, Failure> {
    match depot.check_named_kit() {
        Err(_) if depot.names(file) => Ok(depot.without_kit()),
        checked => checked.map(|()| depot.clone()),
    }
}

/// Takes one image apart, wherever it is; the engine's own comes first.
pub(super) async fn take(
    engine: &Engine,
    depot: &Depot,
    (shelf, name): (Shelf, &str),
    on: &(dyn Fn(Getting) + Send + Sync),
) -> Result<(Shelf, Parts), Failure> {
    let mut shelf = shelf;
    let mut there = engine.image(name).await?;
    if there.is_none() {
        let (back, parts) = take_from_kits(depot, (shelf, name), on).await?;
        match parts {
            Some(parts) => return Ok((back, parts)),
            None => shelf = back,
        }
    }
    if let Some(archive) = archive(depot, name, there.as_ref()) {
        return take_archive(shelf, name, archive).await;
    }
    if there.is_none() {
        ensure(engine, depot, name, on).await?;
        there = engine.image(name).await?;
    }
    let total = there.map_or(0, |image| image.size);
    on(Getting::Moving(Moving {
        name: name.to_owned(),
        layer: None,
        way: Way::Exporting,
        done: 0,
        total,
    }));
    let own = name.to_owned();
    let read = move |stream: &mut dyn Read| {
        let mut shelf = shelf;
        let parts = shelf.take(&own, stream);
        Ok((shelf, parts))
    };
    let exported = engine.export(name, read).await;
    on(Getting::Settled(name.to_owned()));
    let (shelf, parts) = exported?;
    let parts = parts.map_err(|error| shelf.fault(name, &error))?;
    Ok((shelf, parts))
}

/// Takes an image out of the first kit at hand that has it.
async fn take_from_kits(
    depot: &Depot,
    (shelf, name): (Shelf, &str),
    on: &(dyn Fn(Getting) + Send + Sync),
) -> Result<(Shelf, Option<Parts>), Failure> {
    let mut shelf = shelf;
    for at_hand in depot.kits() {
        let (AtHand::Named(path) | AtHand::Found(path)) = at_hand.clone();
        let own = name.to_owned();
        let work = tokio::task::spawn_blocking(move || {
            let mut shelf = shelf;
            let taken = take_from_kit(&path, &own, &mut shelf);
            (shelf, taken)
        });
        let (back, taken) = work.await.expect("reading a kit does not panic");
        shelf = back;
        match (taken, at_hand) {
            (Ok(None), _) => {}
            (Ok(parts), _) => return Ok((shelf, parts)),
            (Err(error), AtHand::Named(_)) => return Err(error.into()),
            // Whoever put it there is not here to be told: any other way is better than none.
            (Err(error), AtHand::Found(_)) => on(Getting::Passed(error.to_string())),
        }
    }
    Ok((shelf, None))
}

fn take_from_kit(path: &Path, name: &str, shelf: &mut Shelf) -> Result<Option<Parts>, KitError> {
    let kit = Kit::open(path)?;
    match kit.image(name) {
        Ok(image) => kit::shelve(&kit, image, shelf).map(Some),
        Err(_) => Ok(None),
    }
}

/// The archive of an image of ours, where it is of the same make as what the engine has.
fn archive(depot: &Depot, name: &str, there: Option<&ImageFacts>) -> Option<PathBuf> {
    let recipe = recipe_for(name).filter(|recipe| recipe.tags[0] == name)?;
    let Some(image) = there else {
        return store::archive_at_hand(depot.folder(), recipe);
    };
    let store = Store::at(depot.folder());
    let ours = origin(image) == Origin::Kit;
    let whole = ours && store.whole(name, image.labels.get(LABEL)?).is_some();
    whole.then(|| store.archive(name))
}

async fn take_archive(
    shelf: Shelf,
    name: &str,
    archive: PathBuf,
) -> Result<(Shelf, Parts), Failure> {
    let own = name.to_owned();
    let work = tokio::task::spawn_blocking(move || {
        let mut shelf = shelf;
        let parts = File::open(archive).and_then(|mut file| shelf.take(&own, &mut file));
        (shelf, parts)
    });
    let (shelf, parts) = work.await.expect("taking an archive apart does not panic");
    let parts = parts.map_err(|error| shelf.fault(name, &error))?;
    Ok((shelf, parts))
}
