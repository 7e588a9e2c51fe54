//! The learner's seat: a lesson as it is done. What is decided (`seat`) and what is shown (`view`) is pure; `terminal`
//! alone touches the terminal, `sit` waits for what happens.

pub mod answers;
pub mod changes;
pub mod handin;
pub mod hints;
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
pub use picture::picture;
pub use sit::{Keep, Left, Sitting, sit};
pub use solution::compared;
