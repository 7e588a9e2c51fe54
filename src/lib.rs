//! Learn Docker by doing it: lessons paired with checks that run real containers.

pub mod failure;
pub mod images;
pub mod text;
