//! Images from a kit into an engine. A real image that is there is never replaced or renamed.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::engine::{Engine, ImageFacts, SendError};
use crate::failure::Failure;
use crate::text::tick;

use super::arrival::{refused, usable, whole};
use super::getting::{Getting, Moving, Way};
use super::kit::{self, Kit, KitError, KitImage};
use super::origin::{Origin, origin};

/// Bytes that go by before they are told of.
const STEP: u64 = 1 << 20;

/// What became of an image of a kit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loaded {
    /// It was loaded.
    Now,
    /// The engine had it.
    Before,
    /// The engine has another image of this name, which is not ours to replace.
    LeftAlone,
}

/// What is to be done with an image of a kit, by what the engine has of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    Load,
    Replace,
    Skip(Loaded),
}

/// `meant` is what the kit's configuration says.
fn choose(there: Option<&ImageFacts>, image: &KitImage, meant: Option<&ImageFacts>) -> Choice {
    // Layers and settings are the same in every store; ids are not.
    let same = |there: &ImageFacts| {
        there.layers == image.layers && meant.is_none_or(|meant| meant.is_set_up_like(there))
    };
    match there {
        None => Choice::Load,
        Some(there) if same(there) => Choice::Skip(Loaded::Before),
        Some(there) if origin(there) == Origin::Kit => Choice::Replace,
        Some(_) => Choice::Skip(Loaded::LeftAlone),
    }
}

/// Loads one image of a kit, every digest compared before the engine hears of it.
///
/// # Errors
/// The kit is damaged or for another processor, or the engine refuses; nothing of the image is kept then.
pub async fn load_from_kit(
    engine: &Engine,
    kit: &Arc<Kit>,
    image: &KitImage,
    on: &(dyn Fn(Getting) + Send + Sync),
) -> Result<Loaded, Failure> {
    let there = engine.image(&image.name).await?;
    let meant = ImageFacts::of_config(&kit.config(image)?);
    let choice = choose(there.as_ref(), image, meant.as_ref());
    if let Choice::Skip(loaded) = choice {
        if loaded == Loaded::Before {
            let hint = format!("`docker rmi {}` it, then load it again", image.name);
            let used = usable(engine, &image.name).await;
            used.map_err(|failure| failure.with_hint(hint))?;
        }
        return Ok(loaded);
    }
    suits(engine, image)?;
    on(Getting::Loading(image.name.clone()));
    check(kit, image, on).await?;
    let nameless = engine.image(image.id()).await?.is_none();
    let mut loaded = send(engine, kit, image, on).await;
    if loaded.is_ok() {
        loaded = arrived(engine, image).await;
    }
    if let Err(failure) = whole(engine, &image.name, there.as_ref(), loaded).await {
        // Where the engine took the image and not its name.
        if nameless {
            let _ = engine.discard_image(image.id()).await;
        }
        return Err(failure);
    }
    on(Getting::Settled(image.name.clone()));
    if let (Choice::Replace, Some(old)) = (choice, there) {
        // Nobody can name it any more; where a container still uses it, it stays.
        engine.discard_image(&old.id).await?;
    }
    Ok(Loaded::Now)
}

fn suits(engine: &Engine, image: &KitImage) -> Result<(), KitError> {
    let arch = match engine.info().arch.as_str() {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    if image.architecture == arch {
        return Ok(());
    }
    Err(KitError::Processor {
        name: image.name.clone(),
        kit: image.architecture.clone(),
        engine: arch.to_owned(),
    })
}

async fn check(
    kit: &Arc<Kit>,
    image: &KitImage,
    on: &(dyn Fn(Getting) + Send + Sync),
) -> Result<(), Failure> {
    let (told, mut telling) = Telling::of(image, Way::Checking);
    let (kit, one) = (Arc::clone(kit), image.clone());
    let work = tokio::task::spawn_blocking(move || kit::verify(&kit, &one, &|n| told.add(n)));
    while let Some(moving) = telling.recv().await {
        on(Getting::Moving(moving));
    }
    Ok(work.await.expect("comparing digests does not panic")?)
}

async fn send(
    engine: &Engine,
    kit: &Arc<Kit>,
    image: &KitImage,
    on: &(dyn Fn(Getting) + Send + Sync),
) -> Result<(), Failure> {
    let (told, mut telling) = Telling::of(image, Way::Loading);
    let (kit, one) = (Arc::clone(kit), image.clone());
    let loading = engine.load_written(move |out| {
        kit::feed(&kit, &one, out, &|n| told.add(n)).map_err(FeedError::Kit)
    });
    let mut loading = std::pin::pin!(loading);
    loop {
        tokio::select! {
            biased;
            Some(moving) = telling.recv() => on(Getting::Moving(moving)),
            loaded = &mut loading => return loaded.map_err(|error| match error {
                SendError::Source(FeedError::Kit(error)) => error.into(),
                SendError::Source(FeedError::Io(error)) => {
                    Failure::system(format!("the image {} could not be sent: {error}", tick(&image.name)))
                }
                SendError::Engine(error) => refused(&image.name, error),
            }),
        }
    }
}

/// The engine's word that it took an archive is not enough: what it has must be what was sent.
async fn arrived(engine: &Engine, image: &KitImage) -> Result<(), Failure> {
    let there = engine.image(&image.name).await?;
    if there.is_some_and(|there| there.layers == image.layers) {
        return Ok(());
    }
    Err(Failure::system(format!(
        "the engine took {} and does not have it",
        tick(&image.name)
    )))
}

enum FeedError {
    Kit(KitError),
    Io(std::io::Error),
}

impl From<std::io::Error> for FeedError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

/// Counts bytes on a working thread, and tells of every mebibyte.
struct Telling {
    sender: mpsc::UnboundedSender<Moving>,
    moving: Moving,
    count: std::cell::Cell<(u64, u64)>,
}

impl Telling {
    fn of(image: &KitImage, way: Way) -> (Self, mpsc::UnboundedReceiver<Moving>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let moving = Moving {
            name: image.name.clone(),
            layer: None,
            way,
            done: 0,
            total: image.bytes,
        };
        let telling = Self {
            sender,
            moving,
            count: std::cell::Cell::default(),
        };
        (telling, receiver)
    }

    fn add(&self, n: u64) {
        let (done, told) = self.count.get();
        let done = done + n;
        let tell = done - told >= STEP || done == self.moving.total;
        self.count.set((done, if tell { done } else { told }));
        if tell {
            let moving = Moving {
                done,
                ..self.moving.clone()
            };
            // A listener that has gone away is no reason to stop.
            let _ = self.sender.send(moving);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::archive::LABEL;
    use super::super::layer::MOMENT_TEXT;
    use super::*;

    fn there(layers: &[&str], stand_in: bool) -> ImageFacts {
        let mut facts = ImageFacts {
            layers: layers.iter().map(|layer| (*layer).to_owned()).collect(),
            ..ImageFacts::default()
        };
        if stand_in {
            facts.labels.insert(LABEL.to_owned(), "0".to_owned());
            facts.created = MOMENT_TEXT.to_owned();
        }
        facts
    }

    #[test]
    fn only_what_is_ours_is_replaced() {
        let image = KitImage::of_layers(&["a", "b"]);
        let chosen = |there: ImageFacts| choose(Some(&there), &image, None);
        assert_eq!(choose(None, &image, None), Choice::Load);
        assert_eq!(
            chosen(there(&["a", "b"], false)),
            Choice::Skip(Loaded::Before)
        );
        assert_eq!(chosen(there(&["a"], true)), Choice::Replace);
        assert_eq!(
            chosen(there(&["a"], false)),
            Choice::Skip(Loaded::LeftAlone)
        );
        let of_user = |user: &str, stand_in| ImageFacts {
            user: user.to_owned(),
            ..there(&["a", "b"], stand_in)
        };
        let meant = of_user("nobody", true);
        for (user, choice) in [
            ("nobody", Choice::Skip(Loaded::Before)),
            ("", Choice::Replace),
        ] {
            let there = of_user(user, true);
            assert_eq!(choose(Some(&there), &image, Some(&meant)), choice);
        }
        // Somebody's image built on one of ours has its label.
        let mut built = there(&["a", "c"], true);
        built.created = "2026-01-01T00:00:00Z".to_owned();
        assert_eq!(chosen(built), Choice::Skip(Loaded::LeftAlone));
    }
}
