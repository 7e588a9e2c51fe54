//! A learner's folder, or an archive of one, read without trusting it: what is in it, what is refused, and the build context
//! packed from it.

mod carry;
mod context;
mod listing;
mod pack;
mod unpack;

pub use carry::add_program;
pub use context::{Change, Context, ContextFault};
pub use listing::{Entry, EntryKind, Listing, ListingError};
pub use unpack::MOST_BYTES;

/// What a submission may weigh. Everything above is refused, with the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Files, folders and links in the whole submission.
    pub entries: usize,
    /// Bytes of one build context, after `.dockerignore`.
    pub context_bytes: u64,
    /// Files in one build context.
    pub context_files: usize,
    /// Bytes of one Dockerfile or `.dockerignore`.
    pub text_bytes: u64,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            entries: 50_000,
            context_bytes: 100_000_000,
            context_files: 10_000,
            text_bytes: 256 * 1024,
        }
    }
}
