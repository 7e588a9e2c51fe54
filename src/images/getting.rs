//! What happens while images are got, for whoever shows it.

use std::time::Duration;

use crate::text::{size, tick, time};

use super::Notice;

/// What happens while an image is got.
#[derive(Clone, Debug, PartialEq)]
pub enum Getting {
    /// The engine does not have it.
    Missing(String),
    /// It is being pulled.
    Pulling(String),
    /// It is being made.
    Making(Notice),
    /// A kit that lies in the depot cannot be used; another way is taken.
    Passed(String),
    /// It is being loaded into the engine.
    Loading(String),
    /// Some of it, or of one of its layers, has been read, sent or fetched.
    Moving(Moving),
    /// Nothing more will happen to it.
    Settled(String),
    /// It is there.
    Got {
        /// Its name.
        name: String,
        /// From the first step to the last.
        took: Duration,
    },
}

/// How far something has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moving {
    /// The image's name.
    pub name: String,
    /// The layer, where it is about one.
    pub layer: Option<String>,
    /// What happens to it.
    pub way: Way,
    /// Bytes that are done.
    pub done: u64,
    /// Bytes in all; 0 where nobody knows.
    pub total: u64,
}

/// What is done with bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A kit's are compared with their digests.
    Checking,
    /// They go into the engine.
    Loading,
    /// They come from a registry.
    Pulling,
    /// The engine unpacks them.
    Unpacking,
    /// They come out of the engine.
    Exporting,
    /// They are compressed.
    Packing,
}

impl Getting {
    /// Whether this is worth a line of its own where nothing on the screen moves.
    pub fn is_news(&self) -> bool {
        matches!(
            self,
            Self::Missing(_)
                | Self::Passed(_)
                | Self::Got { .. }
                | Self::Making(Notice::Done { .. })
        )
    }
}

impl std::fmt::Display for Getting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "the image {} is missing: getting it", tick(name)),
            Self::Pulling(name) => write!(f, "{name}: pulling"),
            Self::Passed(why) => f.write_str(why),
            Self::Moving(moving) => write!(f, "{}: {}", moving.name, moving.way),
            Self::Settled(name) => write!(f, "{name}: done"),
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

impl std::fmt::Display for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Checking => "checking",
            Self::Loading => "loading",
            Self::Pulling => "pulling",
            Self::Unpacking => "unpacking",
            Self::Exporting => "exporting",
            Self::Packing => "packing",
        })
    }
}
