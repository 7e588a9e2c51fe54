//! Makes the images a course needs where no registry answers: Debian packages and npm tarballs in,
//! docker-archive files out. Nothing here talks to an engine or prints.

mod arch;
mod archive;
mod build;
mod debian;
mod error;
mod layer;
mod npm;
mod recipe;
mod recipes;
mod store;
mod tree;

pub use build::{BuiltImage, Notice, build};
pub use error::ImageError;
pub use recipe::Recipe;
pub use recipes::{recipe_for, recipes};
