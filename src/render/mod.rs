//! Text → styled text for a terminal whose abilities are given. Pure: looks at no terminal, prints nothing.

mod columns;
mod markdown;
mod sheet;
mod span;
mod style;
mod wrap;

pub use columns::{Cell, columns};
pub use markdown::markdown;
pub use span::Span;
pub use style::{Color, Glyphs, Role, Style};
pub use wrap::{Indent, chunked, width, wrapped};
