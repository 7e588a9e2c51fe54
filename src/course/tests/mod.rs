//! Whole courses, right and wrong: what an author reads of each fault.

mod broken;
mod built_in;
mod checks;
mod course;
mod hints;
mod shape;
mod source;
