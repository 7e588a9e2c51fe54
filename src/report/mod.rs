//! Results in a format, pure: one file a format.

pub mod json;
pub mod table;
pub mod text;

/// How much a text says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// A verdict.
    Grade,
    /// A look at one's own work: with hints, and why it works.
    Check,
}
