//! Learn Docker by doing it: lessons paired with checks that run real containers.

pub mod checks;
pub mod course;
pub mod dockerfile;
pub mod engine;
pub mod failure;
pub mod grade;
pub mod images;
pub mod outcome;
pub mod text;
pub mod workspace;
