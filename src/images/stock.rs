//! What a course's images are on an engine, and what else is at hand: the facts behind `images list`.

use crate::engine::{Engine, ImageFacts};
use crate::failure::Failure;

use super::archive::LABEL;
use super::depot::Depot;
use super::kit::Kit;
use super::origin::{Origin, origin};
use super::recipe_for;
use super::store::{self, Store};

/// Where an image on the engine is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Pulled from a registry.
    Pulled,
    /// Taken from a kit.
    Kit,
    /// Made here from packages.
    Built,
    /// Made or loaded by someone else, or pulled where that leaves no trace.
    Local,
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Pulled => "pulled",
            Self::Kit => "kit",
            Self::Built => "built",
            Self::Local => "local",
        })
    }
}

/// The quickest way to an image that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// A kit at hand has it.
    Kit,
    /// An archive was made before.
    Archive,
    /// A registry, or packages of Debian's.
    Network,
}

impl std::fmt::Display for Reach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Kit => "kit",
            Self::Archive => "archive",
            Self::Network => "network",
        })
    }
}

/// One image: there, or how to get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stock {
    /// Its name.
    pub name: String,
    /// What the engine has of it.
    pub there: Option<There>,
    /// How it is had where it is missing.
    pub reach: Reach,
}

/// An image on the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct There {
    /// Where it is from.
    pub source: Source,
    /// Whether it is one of ours, which stands for the official one.
    pub stand_in: bool,
    /// Bytes, as the engine counts them.
    pub size: u64,
}

impl Stock {
    /// Whether it can be used with no network.
    pub fn is_at_hand(&self) -> bool {
        self.there.is_some() || self.reach != Reach::Network
    }
}

/// Looks at the engine and the depot for each of these images.
///
/// # Errors
/// The engine cannot be asked. A kit that cannot be used counts as none.
pub async fn stock(
    engine: &Engine,
    depot: &Depot,
    names: &[String],
) -> Result<Vec<Stock>, Failure> {
    let kits: Vec<Kit> = depot
        .kits()
        .iter()
        .filter_map(|at_hand| depot.open(at_hand).ok())
        .collect();
    let mut all = Vec::new();
    for name in names {
        let there = engine.image(name).await?;
        all.push(Stock {
            there: there
                .as_ref()
                .map(|image| there_of(image, name, depot, &kits)),
            reach: reach(name, depot, &kits),
            name: name.clone(),
        });
    }
    Ok(all)
}

fn there_of(image: &ImageFacts, name: &str, depot: &Depot, kits: &[Kit]) -> There {
    let origin = origin(image);
    let built_here = || Store::at(depot.folder()).finished(name, image.labels.get(LABEL)?);
    // Layers have the same digests wherever the image is.
    let in_a_kit = || {
        let of_name = kits.iter().filter_map(|kit| kit.image(name).ok());
        of_name.into_iter().any(|one| one.layers == image.layers)
    };
    let source = match origin {
        Origin::Kit if built_here().is_some() => Source::Built,
        Origin::Kit => Source::Kit,
        Origin::Pulled => Source::Pulled,
        Origin::Local if in_a_kit() => Source::Kit,
        Origin::Local => Source::Local,
    };
    There {
        source,
        stand_in: origin == Origin::Kit,
        size: image.size,
    }
}

fn reach(name: &str, depot: &Depot, kits: &[Kit]) -> Reach {
    let archive =
        || recipe_for(name).is_some_and(|recipe| store::is_at_hand(depot.folder(), recipe));
    if kits.iter().any(|kit| kit.image(name).is_ok()) {
        Reach::Kit
    } else if archive() {
        Reach::Archive
    } else {
        Reach::Network
    }
}
