//! For authors: proves that a course's checks tell right from wrong, and that what its lessons show is true.

mod console;
mod examples;
mod prove;
mod verdicts;

pub use examples::{Examined, examine};
pub use prove::{Case, CaseKind, Proof, prove};
