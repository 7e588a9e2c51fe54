//! For authors: proves that a course's checks tell right from wrong, and that what its lessons show is true; makes a book of it.

mod batch;
mod book;
mod console;
mod draw;
mod examples;
mod mutants;
mod new;
mod pack;
mod prove;
mod verdicts;

pub use batch::{Batch, Ground};
pub use book::{supports, with_lessons};
pub use draw::Sample;
pub use examples::{Examined, examine};
pub use mutants::{Fate, Mutant, Trials, Tried, mutants, try_out};
pub use new::new_lesson;
pub use pack::write_pack;
pub use prove::{Case, CaseKind, Proof, prove};
