//! Text → styled text for a terminal whose abilities are given, or HTML. Pure: looks at no terminal, prints nothing.

mod code;
mod columns;
mod mark;
mod markdown;
mod sheet;
mod span;
mod style;
mod wrap;

pub use columns::{Cell, columns};
pub use mark::{mark, open_mark};
pub use markdown::{
    Banner, Heading, MEASURE, Part, Surroundings, WebHeading, WebPart, markdown, parts, web_line,
    web_parts,
};
pub use span::Span;
pub use style::{Color, Glyphs, Links, Role, Style};
pub use wrap::{Indent, chunked, seen_width, width, wrapped};
