//! The learner's seat: a lesson as it is done. What is decided (`seat`, `lab`) and what is shown (`view`) is pure;
//! `terminal` alone touches the terminal, `sit` waits for what happens.

pub mod answers;
pub mod changes;
pub mod handin;
pub mod hints;
pub mod lab;
mod page;
mod picture;
pub mod seat;
mod sit;
mod solution;
pub mod steps;
pub mod terminal;
mod view;
pub mod workspace;

pub use page::{TaskState, named, page};
pub use picture::pictured;
pub use sit::{Keep, Left, Sitting, sit, sit_in_lab};
pub use solution::compared;
