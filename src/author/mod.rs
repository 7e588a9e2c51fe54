//! For authors: proves that a course's checks tell right from wrong, and that what its lessons show is true.

mod console;
mod examples;
mod new;
mod prove;
mod verdicts;

pub use examples::{Examined, examine};
pub use new::new_lesson;
pub use prove::{Case, CaseKind, Mistakes, Plan, Proof, prove};
