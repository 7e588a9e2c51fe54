//! The learner's seat: what a lesson looks like to the one who does it, where they work on it, what helps them on.

pub mod hints;
mod page;
pub mod workspace;

pub use page::{TaskState, named, page};
