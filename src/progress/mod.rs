//! What the learner has done: one file a course, apart from every workspace.
//!
//! It lies under `$XDG_DATA_HOME/sealegs/progress` and not beside the workspace: a workspace is built and handed in,
//! so nothing of ours may be in it, and it can be removed without taking the progress with it. A learner's progress
//! is never a grade.

mod error;
mod lines;
mod lock;
mod model;
mod store;

pub use error::ProgressError;
pub use lines::{Reading, read, written};
pub use model::{LessonProgress, Progress, TaskProgress, Workspace};
pub use store::{Loaded, Repair, Store};
