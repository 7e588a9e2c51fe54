//! Grades, images and plans as text for people and JSON for programs, and rows as a table. Pure: prints nothing, asks nothing.

pub mod json;
pub mod map;
pub mod plan;
pub mod stock;
mod table;
pub mod text;

mod cause;
mod commands;
mod diff;
mod ids;
mod solution;

#[cfg(test)]
mod example;

pub use solution::{Compared, solution};
pub use table::table;
