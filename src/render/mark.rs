//! The mark before a check, a task or a finding: its meaning never rests on colour, and in words it is a word.

use super::{Glyphs, Role, Span};
use crate::outcome::Status;

/// The mark of a status.
pub fn mark(status: Status, glyphs: Glyphs) -> Span {
    let (role, ascii, word) = match status {
        Status::Pass => (Role::Good, "+", "passed:"),
        Status::Fail => (Role::Bad, "x", "failed:"),
        Status::Error => (Role::Warn, "!", "could not be judged:"),
        Status::Skip => (Role::Dim, "-", "skipped:"),
    };
    let text = match glyphs {
        Glyphs::Unicode => status.mark(),
        Glyphs::Ascii => ascii,
        Glyphs::Words => word,
    };
    Span::new(role, text)
}

/// The mark of what nobody has looked at yet.
pub fn open_mark(glyphs: Glyphs) -> Span {
    let text = match glyphs {
        Glyphs::Unicode => "○",
        Glyphs::Ascii => "o",
        Glyphs::Words => "to do:",
    };
    Span::new(Role::Plain, text)
}
