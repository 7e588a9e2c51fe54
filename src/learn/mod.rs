//! The learner's seat: what a lesson looks like to the one who does it, and where they work on it.

mod page;
pub mod workspace;

pub use page::{TaskState, named, page};
