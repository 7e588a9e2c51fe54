//! The images a course needs, and every way to an engine that lacks them: pulled, carried in a kit, served to a room, or
//! made from Debian packages and npm tarballs where no registry answers. Nothing here prints.

mod arch;
mod archive;
mod arrival;
mod build;
mod credentials;
mod debian;
mod depot;
mod error;
mod get;
mod getting;
mod kit;
mod layer;
mod load;
mod name;
mod npm;
mod origin;
pub mod plan;
mod pull;
mod recipe;
mod recipes;
mod remove;
mod save;
mod serve;
mod stock;
mod store;
mod tree;
mod unfinished;

pub use build::{BuiltImage, Made, Notice, build};
pub use depot::Depot;
pub use error::ImageError;
pub use get::{ensure, make_and_load};
pub use getting::{Getting, Moving, Way};
pub use kit::{Kit, KitError, KitImage, Looks};
pub use load::{Loaded, load_from_kit};
pub use origin::{Origin, origin};
pub use pull::{Mirror, Pulled, Puller};
pub use recipe::Recipe;
pub use recipes::{TOOLBOX, recipe_for, recipes};
pub use remove::{Removable, Removed, remove};
pub use save::{Saved, save};
pub use serve::{Offer, serve};
pub use stock::{Reach, Source, Stock, There, stock};

/// The image that looks into a container's network from beside it.
pub const HELPER: &str = "busybox:1.37";
