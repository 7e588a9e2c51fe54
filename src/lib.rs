//! Learn Docker by doing it: lessons paired with checks that run real containers.

pub mod engine;
pub mod failure;
pub mod text;
