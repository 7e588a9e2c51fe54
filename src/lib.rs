//! Learn Docker by doing it: lessons paired with checks that run real containers.

pub mod author;
pub mod checks;
pub mod cli;
pub mod commandline;
pub mod course;
pub mod dockerfile;
pub mod doctor;
pub mod engine;
pub mod failure;
pub mod grade;
pub mod images;
pub mod learn;
pub mod outcome;
pub mod progress;
pub mod render;
pub mod report;
pub mod sandbox;
pub mod text;
pub mod workspace;
