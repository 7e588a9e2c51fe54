//! What is no flowing text: headings, lines, code, tables.

use pulldown_cmark::HeadingLevel;

use super::page::Page;
use super::{Banner, Heading, Part};
use crate::render::code::highlighted;
use crate::render::{Color, Glyphs, Indent, Role, Span, columns, width, wrapped};

/// Before every line of code.
const CODE_MARGIN: &str = "    ";

/// Columns from one tab stop to the next in code.
const TAB: usize = 4;

impl Page<'_> {
    pub(super) fn heading(&mut self, level: HeadingLevel) {
        let mut spans = std::mem::take(&mut self.inline);
        let words = std::mem::take(&mut self.words);
        self.sheet.keep_clear();
        let banner = (self.surroundings.banner)(&words);
        let level = level as u8;
        self.cut(Some(Heading { level, words }));
        if let Some(banner) = banner {
            return self.banner(&banner);
        }
        let glyphs = self.style.glyphs;
        let line = match level {
            1 => glyphs.double_rule(),
            2 => glyphs.rule(),
            _ => "",
        };
        if level > 2 && self.style.color == Color::Never && glyphs != Glyphs::Words {
            let marks = format!("{} ", "#".repeat(usize::from(level)));
            spans.insert(0, Span::new(Role::Strong, &marks));
        }
        let prose = self.prose;
        self.sheet.block(|indent| {
            let mut text = wrapped(&spans, indent, &prose);
            if !line.is_empty() {
                let title: String = spans.iter().map(Span::text).collect();
                let room = prose.width.saturating_sub(width(indent.rest));
                text.push_str(indent.rest);
                text.push_str(&prose.paint(Role::Dim, &line.repeat(width(&title).min(room))));
                text.push('\n');
            }
            text
        });
        self.sheet.gap(true);
    }

    fn banner(&mut self, banner: &Banner) {
        let prose = self.prose;
        let rule = prose.glyphs.rule();
        let (label, note) = (&banner.label, &banner.note);
        self.sheet.block(|indent| {
            let mut spans = vec![
                Span::new(Role::Dim, &rule.repeat(2)),
                Span::new(Role::Strong, &format!(" {label} ")),
            ];
            let note = match note.is_empty() {
                true => String::new(),
                false => format!(" {note} "),
            };
            let used = width(indent.first) + 2 + width(label) + 2 + width(&note) + 2;
            let between = prose.width.saturating_sub(used).max(2);
            spans.push(Span::new(Role::Dim, &rule.repeat(between)));
            spans.push(Span::plain(&note));
            spans.push(Span::new(Role::Dim, &rule.repeat(2)));
            if rule.is_empty() {
                spans = vec![Span::plain(&format!("{label}:{note}"))];
            }
            let below = Indent::all(indent.rest);
            format!(
                "{}{}",
                wrapped(&spans, indent, &prose),
                wrapped(&banner.title, below, &prose)
            )
        });
        self.sheet.gap(true);
    }

    /// Ends the part that was on its way; the next begins with this heading.
    pub(super) fn cut(&mut self, next: Option<Heading>) {
        let text = self.sheet.take();
        match self.parts.last_mut() {
            Some(part) => part.text.push_str(&text),
            None if text.is_empty() => {}
            None => self.parts.push(Part {
                heading: None,
                text,
            }),
        }
        if next.is_some() {
            let text = String::new();
            self.parts.push(Part {
                heading: next,
                text,
            });
        }
    }

    pub(super) fn rule(&mut self) {
        let prose = self.prose;
        if prose.glyphs == Glyphs::Words {
            return self.sheet.gap(true);
        }
        self.sheet.keep_clear();
        self.sheet.block(|indent| {
            let room = prose.width.saturating_sub(width(indent.first));
            let line = prose.paint(Role::Dim, &prose.glyphs.rule().repeat(room));
            format!("{}{line}\n", indent.first)
        });
        self.sheet.gap(true);
    }

    /// Never wrapped, since a broken command cannot be copied; but for a block of no language, which is there to be read.
    pub(super) fn code_block(&mut self) {
        let code = self.code.take().unwrap_or_default();
        let text = untabbed(&code.text.replace("\r\n", "\n"));
        let lines = by_line(&highlighted(&code.info, text.trim_end_matches('\n')));
        let style = self.style;
        self.sheet.block(|indent| {
            let mut out = String::new();
            for (number, line) in lines.iter().enumerate() {
                let margin = if number == 0 {
                    indent.first
                } else {
                    indent.rest
                };
                if code.info.is_empty() {
                    let first = format!("{margin}{CODE_MARGIN}");
                    let rest = format!("{}{CODE_MARGIN}  ", indent.rest);
                    let indent = Indent {
                        first: &first,
                        rest: &rest,
                    };
                    out.push_str(&wrapped(line, indent, style));
                    continue;
                }
                let painted: String = line.iter().map(|span| span.painted(style)).collect();
                let line = format!("{margin}{CODE_MARGIN}{painted}");
                out.push_str(line.trim_end());
                out.push('\n');
            }
            out
        });
        self.sheet.gap(true);
    }

    pub(super) fn table(&mut self) {
        let table = self.table.take().unwrap_or_default();
        if let [headers, rows @ ..] = table.rows.as_slice() {
            let prose = self.prose;
            self.sheet
                .block(|indent| columns(headers, rows, indent, &prose));
            self.sheet.gap(true);
        }
    }
}

/// Tabs as spaces up to the next stop.
fn untabbed(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut column = 0;
    for c in code.chars() {
        match c {
            '\t' => {
                let spaces = TAB - column % TAB;
                out.push_str(&" ".repeat(spaces));
                column += spaces;
            }
            c => {
                column = if c == '\n' { 0 } else { column + 1 };
                out.push(c);
            }
        }
    }
    out
}

/// Pieces of a text, line by line: no look goes over the end of one.
fn by_line(spans: &[Span]) -> Vec<Vec<Span>> {
    let mut lines = vec![Vec::new()];
    for span in spans {
        for (number, piece) in span.text().split('\n').enumerate() {
            if number > 0 {
                lines.push(Vec::new());
            }
            if let Some(line) = lines.last_mut().filter(|_| !piece.is_empty()) {
                line.push(span.with_text(piece.to_owned()));
            }
        }
    }
    lines
}
