//! A kit: images in one file, every layer once. It is an OCI image layout in a tar, its layers compressed with zstd,
//! with a seal over its index in front: one image can be taken out of a large kit without reading the rest.

mod error;
mod feed;
mod layout;
mod looks;
mod open;
mod pack;
mod parts;
mod span;
#[cfg(test)]
mod tests;
mod write;

pub use error::KitError;
pub use looks::Looks;
pub use open::{Kit, KitImage};

pub(super) use feed::shelve;
pub(super) use feed::{feed, verify};
pub(super) use parts::{Parts, Shelf};
pub(super) use span::{Checked, Span};
pub(super) use write::write;

/// The version of the kit's own additions to the layout.
const VERSION: u32 = 1;
