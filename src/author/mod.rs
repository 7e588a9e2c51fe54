//! For authors: proves that a course's checks tell right from wrong.

mod prove;
mod verdicts;

pub use prove::{Case, CaseKind, Proof, prove};
