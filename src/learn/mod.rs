//! The learner's seat: what a lesson looks like to the one who does it.

mod page;

pub use page::{TaskState, named, page};
