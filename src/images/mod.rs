//! Makes the images a course needs where no registry answers: Debian packages and npm tarballs in,
//! docker-archive files out, and on to the engine that lacks them. Nothing here prints.

mod arch;
mod archive;
mod build;
mod debian;
mod error;
mod get;
mod layer;
mod npm;
mod recipe;
mod recipes;
mod store;
mod tree;

pub use build::{BuiltImage, Notice, build};
pub use error::ImageError;
pub use get::{Depot, Getting, Origin, ensure, make_and_load, origin};
pub use recipe::Recipe;
pub use recipes::{TOOLBOX, recipe_for, recipes};

/// The image that looks into a container's network from beside it.
pub const HELPER: &str = "busybox:1.37";
