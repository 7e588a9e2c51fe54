//! Makes sure that an image is on an engine: there already, from an archive made before, pulled, or made now.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::engine::{Engine, EngineError, ImageFacts};
use crate::failure::{Failure, Problem};
use crate::outcome::ImageSeen;
use crate::text::{size, tick, time};

use super::archive::LABEL;
use super::recipes::is_ours;
use super::store;
use super::{BuiltImage, ImageError, Notice, Recipe, build, recipe_for};

/// The longest a pull may stay silent before another way is taken.
const PULL_LIMIT: Duration = Duration::from_secs(600);

/// Where packages and finished archives are kept between runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Depot(PathBuf);

/// What happens while an image is got.
#[derive(Clone, Debug, PartialEq)]
pub enum Getting {
    /// The engine does not have it.
    Missing(String),
    /// It is being pulled.
    Pulling(String),
    /// It is being made.
    Making(Notice),
    /// It is being loaded into the engine.
    Loading(String),
    /// It is there.
    Got {
        /// Its name.
        name: String,
        /// From the first step to the last.
        took: Duration,
    },
}

/// Where an image on the engine is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Made by this program.
    Kit,
    /// Pulled from a registry.
    Pulled,
    /// Made or loaded by someone else.
    Local,
}

impl Depot {
    /// The user's own: `$XDG_CACHE_HOME/sealegs/images`, else `~/.cache/sealegs/images`.
    pub fn default_place() -> Self {
        let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let cache = folder("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| folder("HOME").map(|home| PathBuf::from(home).join(".cache")))
            .unwrap_or_else(std::env::temp_dir);
        Self(cache.join("sealegs").join("images"))
    }

    /// A depot in this folder.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.0
    }
}

/// Where an image is from, by what it says of itself.
pub fn origin(image: &ImageFacts) -> Origin {
    if image.labels.contains_key(LABEL) {
        Origin::Kit
    } else if image.digests.is_empty() {
        Origin::Local
    } else {
        Origin::Pulled
    }
}

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
    let recipe = recipe_for(name);
    let archive = recipe.and_then(|recipe| store::archive_at_hand(&depot.0, recipe));
    match archive {
        Some(archive) => load(engine, &archive, name, on).await?,
        None => {
            let pulled = if is_ours(name) {
                let said = format!("no registry has the image {}", tick(name));
                Err(Failure::system(said))
            } else {
                on(Getting::Pulling(name.to_owned()));
                pull(engine, name).await
            };
            match (pulled, recipe) {
                (Ok(()), _) => {}
                (Err(_), Some(recipe)) => {
                    let built = make(recipe, depot, on)
                        .await
                        .map_err(|error| unavailable(name, error.into()))?;
                    load(engine, &built.archive, name, on).await?;
                }
                (Err(failure), None) => return Err(unavailable(name, failure)),
            }
        }
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

/// Makes an image, or takes the archive made from the same packages, and loads it; `Ok(None)` where a real image of
/// that name is on the engine, which is never replaced.
///
/// # Errors
/// It cannot be made here, or not loaded.
pub async fn make_and_load(
    engine: &Engine,
    depot: &Depot,
    recipe: &'static Recipe,
    on: &(dyn Fn(Getting) + Send + Sync),
) -> Result<Option<BuiltImage>, Failure> {
    let name = recipe.tags[0];
    if let Some(image) = engine.image(name).await?
        && origin(&image) != Origin::Kit
    {
        return Ok(None);
    }
    let built = make(recipe, depot, on).await?;
    load(engine, &built.archive, name, on).await?;
    Ok(Some(built))
}

fn seen(name: &str, image: &ImageFacts) -> ImageSeen {
    let origin = origin(image).to_string();
    ImageSeen {
        name: name.to_owned(),
        id: image.id.clone(),
        origin,
    }
}

async fn pull(engine: &Engine, name: &str) -> Result<(), Failure> {
    match tokio::time::timeout(PULL_LIMIT, engine.pull(name)).await {
        Ok(pulled) => Ok(pulled?),
        Err(_) => Err(EngineError::TimedOut { verb: "pull" }.into()),
    }
}

async fn load(
    engine: &Engine,
    archive: &Path,
    name: &str,
    on: &(dyn Fn(Getting) + Send + Sync),
) -> Result<(), Failure> {
    on(Getting::Loading(name.to_owned()));
    Ok(engine.load(archive).await?)
}

/// Makes one image on a thread of its own, so that the command can still be interrupted.
async fn make(
    recipe: &'static Recipe,
    depot: &Depot,
    on: &(dyn Fn(Getting) + Send + Sync),
) -> Result<BuiltImage, ImageError> {
    // One at a time: apt's lists are locked while they are read.
    static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _turn = TURN.lock().await;
    let (tell, mut told) = mpsc::unbounded_channel();
    let folder = depot.0.clone();
    let work = tokio::task::spawn_blocking(move || {
        // A listener that has gone away is no reason to stop.
        let notice = |notice| drop(tell.send(notice));
        build(&[recipe], &folder, &notice).swap_remove(0).1
    });
    while let Some(notice) = told.recv().await {
        on(Getting::Making(notice));
    }
    work.await.expect("making an image does not panic")
}

fn unavailable(name: &str, failure: Failure) -> Failure {
    let (message, hint) = match failure {
        Failure::System(Problem { message, hint }) | Failure::Usage(Problem { message, hint }) => {
            (message, hint)
        }
        Failure::Interrupted => return Failure::Interrupted,
    };
    let get = format!("`docker pull {name}` or `sealegs images build {name}` gets it");
    let hint = hint.map_or(get.clone(), |hint| format!("{hint}; then {get}"));
    Failure::system(message).with_hint(hint)
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Kit => "kit",
            Self::Pulled => "pulled",
            Self::Local => "local",
        })
    }
}

impl Getting {
    /// Whether this is worth a line of its own where nothing on the screen moves.
    pub fn is_news(&self) -> bool {
        matches!(
            self,
            Self::Missing(_) | Self::Got { .. } | Self::Making(Notice::Done { .. })
        )
    }
}

impl std::fmt::Display for Getting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "the image {} is missing: getting it", tick(name)),
            Self::Pulling(name) => write!(f, "{name}: pulling"),
            Self::Loading(name) => write!(f, "{name}: loading into the engine"),
            Self::Got { name, took } => write!(f, "{} is there ({})", tick(name), time(*took)),
            Self::Making(notice) => match notice {
                Notice::Resolving { image } => write!(f, "{image}: working out the packages"),
                Notice::Reused { image } => {
                    write!(f, "{image}: made before, from the same packages")
                }
                Notice::Fetching { image, packages } => {
                    write!(f, "{image}: fetching {packages} packages")
                }
                Notice::Unpacking { image, packages } => {
                    write!(f, "{image}: unpacking {packages} packages")
                }
                Notice::Mending { image } => {
                    write!(f, "{image}: making it behave like the official one")
                }
                Notice::Writing { image } => write!(f, "{image}: writing the archive"),
                Notice::Done { image, bytes, took } => {
                    write!(f, "{image}: made, {} in {}", size(*bytes), time(*took))
                }
            },
        }
    }
}
