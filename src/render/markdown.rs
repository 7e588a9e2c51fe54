//! A lesson's Markdown as terminal text: wrapped, neutralised, readable with no colour.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::text::{inert, inert_line};

use super::{Role, Style, width, wrapped};

/// Renders Markdown. Code blocks are indented and never wrapped.
pub fn markdown(text: &str, style: &Style) -> String {
    let mut page = Page::of(style);
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        page.take(event);
    }
    format!("{}\n", page.out.trim_end())
}

struct Page<'a> {
    style: &'a Style,
    out: String,
    line: String,
    lists: Vec<Option<u64>>,
    bullet: Option<String>,
    quotes: usize,
    code: bool,
    link: Option<String>,
    rows: Option<Vec<Vec<String>>>,
}

impl<'a> Page<'a> {
    fn of(style: &'a Style) -> Self {
        Self {
            style,
            out: String::new(),
            line: String::new(),
            lists: Vec::new(),
            bullet: None,
            quotes: 0,
            code: false,
            link: None,
            rows: None,
        }
    }

    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.code => self.out_code(&text),
            Event::Text(text) => self.line.push_str(&inert_line(&text)),
            Event::Code(text) => {
                let text = format!("`{}`", inert_line(&text));
                self.line.push_str(&self.style.paint(Role::Accent, &text));
            }
            Event::SoftBreak => self.line.push(' '),
            Event::HardBreak => self.flush(),
            Event::Rule => {
                self.gap();
                self.out.push_str(&"─".repeat(self.style.width.min(40)));
                self.out.push('\n');
            }
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { .. } => self.gap(),
            Tag::Paragraph => {
                if self.bullet.is_none() {
                    self.gap();
                }
            }
            Tag::BlockQuote(_) => self.quotes += 1,
            Tag::CodeBlock(_) => {
                self.flush();
                self.gap();
                self.code = true;
            }
            Tag::List(start) => {
                self.flush();
                if self.lists.is_empty() {
                    self.gap();
                }
                self.lists.push(start);
            }
            Tag::Item => {
                let bullet = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "• ".to_owned(),
                };
                self.bullet = Some(bullet);
            }
            Tag::Link { dest_url, .. } => self.link = Some(inert_line(&dest_url).into_owned()),
            Tag::Table(_) => self.rows = Some(Vec::new()),
            Tag::TableHead | Tag::TableRow => {
                if let Some(rows) = &mut self.rows {
                    rows.push(Vec::new());
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                self.line = self.style.paint(Role::Strong, &self.line);
                self.flush();
            }
            TagEnd::Paragraph | TagEnd::Item => self.flush(),
            TagEnd::BlockQuote(_) => self.quotes -= 1,
            TagEnd::CodeBlock => self.code = false,
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::Link => {
                if let Some(url) = self.link.take().filter(|url| url.contains("://")) {
                    self.line.push_str(&format!(" ({url})"));
                }
            }
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.line);
                if let Some(row) = self.rows.as_mut().and_then(|rows| rows.last_mut()) {
                    row.push(cell);
                }
            }
            TagEnd::Table => {
                self.gap();
                let rows = self.rows.take().unwrap_or_default();
                self.out.push_str(&aligned(&rows));
            }
            _ => {}
        }
    }

    /// An empty line, unless there is one.
    fn gap(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn flush(&mut self) {
        let line = std::mem::take(&mut self.line);
        if line.trim().is_empty() {
            return;
        }
        let quote = "│ ".repeat(self.quotes);
        let indent = format!("{quote}{}", "  ".repeat(self.lists.len().saturating_sub(1)));
        let bullet = self.bullet.take();
        let pad = match (&bullet, self.lists.is_empty()) {
            (Some(bullet), _) => " ".repeat(width(bullet)),
            (None, false) => "  ".to_owned(),
            (None, true) => String::new(),
        };
        let first = format!("{indent}{}", bullet.unwrap_or_else(|| pad.clone()));
        let columns = self.style.width.saturating_sub(width(&first)).max(20);
        let text = wrapped(&line, columns, "");
        for (index, part) in text.lines().enumerate() {
            let head = if index == 0 {
                first.clone()
            } else {
                format!("{indent}{pad}")
            };
            self.out.push_str(&format!("{head}{part}\n"));
        }
    }

    fn out_code(&mut self, text: &str) {
        for line in inert(text).lines() {
            let line = format!("    {line}");
            self.out
                .push_str(self.style.paint(Role::Accent, &line).trim_end());
            self.out.push('\n');
        }
    }
}

fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(|cell| width(cell))
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut out = String::new();
    for (index, row) in rows.iter().enumerate() {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, wide)| format!("{cell}{}", " ".repeat(wide - width(cell))))
            .collect();
        out.push_str(cells.join("  ").trim_end());
        out.push('\n');
        if index == 0 {
            let rules: Vec<String> = widths.iter().map(|wide| "─".repeat(*wide)).collect();
            out.push_str(&format!("{}\n", rules.join("  ")));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        markdown(
            text,
            &Style {
                width: 40,
                ..Style::default()
            },
        )
    }

    #[test]
    fn paragraphs_wrap_and_code_does_not() {
        let text = "# Title\n\nSome words that are longer than forty columns together.\n\n```console\n$ docker run --rm a-very-long-image-name sh -c true\n```\n";
        let shown = "Title\n\nSome words that are longer than forty\ncolumns together.\n\n    $ docker run --rm a-very-long-image-name sh -c true\n";
        assert_eq!(plain(text), shown);
    }

    #[test]
    fn lists_and_tables_line_up() {
        assert_eq!(
            plain("1. one\n2. two\n   - deep\n"),
            "1. one\n2. two\n  • deep\n"
        );
        assert_eq!(
            plain("|a|bb|\n|-|-|\n|ccc|d|\n"),
            "a    bb\n───  ──\nccc  d\n"
        );
    }

    #[test]
    fn a_lesson_cannot_emit_escapes() {
        assert!(!plain("a\u{1b}[31mb `c\u{1b}d`\n").contains('\u{1b}'));
    }
}
