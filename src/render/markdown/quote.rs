//! Quotes, and the kinds of them that say what they are: `> [!NOTE]`.

use pulldown_cmark::BlockQuoteKind;

use super::page::Page;
use crate::render::{Role, Span, wrapped};

impl Page<'_> {
    /// Begins a quote; a callout begins with its own name, so that it needs no colour.
    pub(super) fn open_quote(&mut self, kind: Option<BlockQuoteKind>) {
        let gutter = self.style.glyphs.gutter();
        let Some(kind) = kind else {
            return self.sheet.indent(None, format!("{gutter} "));
        };
        let (role, name) = match kind {
            BlockQuoteKind::Note => (Role::Accent, "Note"),
            BlockQuoteKind::Tip => (Role::Good, "Tip"),
            BlockQuoteKind::Important => (Role::Keyword, "Important"),
            BlockQuoteKind::Warning => (Role::Warn, "Warning"),
            BlockQuoteKind::Caution => (Role::Bad, "Caution"),
        };
        let bar = self.style.paint(role, gutter);
        self.sheet.indent(None, format!("{bar} "));
        let prose = self.prose;
        let mut spans = vec![Span::new(role, name)];
        if gutter.trim().is_empty() {
            spans.push(Span::plain(":"));
        }
        self.sheet.block(|indent| wrapped(&spans, indent, &prose));
    }
}
