//! A lesson's Markdown as text for a terminal; it reads well with no colour too.

use std::collections::HashSet;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::sheet::Sheet;
use super::{Cell, Color, Role, Span, Style, columns, width, wrapped};
use crate::text;

/// Lines of prose longer than this are hard to read, however wide the terminal.
const MEASURE: usize = 100;

/// Renders Markdown no wider than the terminal; code blocks are never wrapped. Nothing in it can reach the
/// terminal as an escape.
pub fn markdown(text: &str, style: &Style) -> String {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS | Options::ENABLE_STRIKETHROUGH;
    let mut page = Page::new(style);
    for event in Parser::new_ext(text, options) {
        page.event(event);
    }
    page.flush();
    page.sheet.into_text()
}

struct List {
    number: Option<u64>,
    /// Whether blank lines stand between its items.
    loose: bool,
}

struct Page<'a> {
    style: &'a Style,
    prose: Style,
    sheet: Sheet,
    lists: Vec<List>,
    inline: Vec<Span>,
    roles: Vec<Role>,
    links: Vec<String>,
    /// Addresses already printed in full.
    seen: HashSet<String>,
    /// A block that is taken as it is written: code or HTML.
    code: Option<String>,
    table: Option<Table>,
}

#[derive(Default)]
struct Table {
    /// The first one holds the headers.
    rows: Vec<Vec<Cell>>,
    row: Vec<Cell>,
}

impl<'a> Page<'a> {
    fn new(style: &'a Style) -> Self {
        Self {
            style,
            prose: Style {
                width: style.width.min(MEASURE),
                ..*style
            },
            sheet: Sheet::default(),
            lists: Vec::new(),
            inline: Vec::new(),
            roles: Vec::new(),
            links: Vec::new(),
            seen: HashSet::new(),
            code: None,
            table: None,
        }
    }

    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text),
            Event::Code(code) => self.push(Role::Accent, &format!("`{code}`")),
            Event::SoftBreak => self.text(" "),
            Event::HardBreak => self.text("\n"),
            Event::Rule => self.rule(),
            Event::TaskListMarker(done) => self.text(if done { "[x] " } else { "[ ] " }),
            Event::Html(html) => self.text(&html),
            Event::InlineHtml(html) => self.html(&html),
            // Not among the options.
            Event::InlineMath(_) | Event::DisplayMath(_) | Event::FootnoteReference(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => {
                if let Some(list) = self.lists.last_mut() {
                    list.loose = true;
                }
            }
            Tag::Heading { level, .. } => {
                self.flush();
                self.roles.push(Role::Strong);
                if level > HeadingLevel::H2 && self.style.color == Color::Never {
                    self.text(&format!("{} ", "#".repeat(level as usize)));
                }
            }
            Tag::BlockQuote(_) => {
                self.flush();
                let bar = format!("{} ", self.style.glyphs.gutter());
                self.sheet.indent(None, bar);
            }
            Tag::CodeBlock(_) => {
                self.flush();
                self.sheet.keep_clear();
                self.code = Some(String::new());
            }
            Tag::HtmlBlock => {
                self.flush();
                self.code = Some(String::new());
            }
            Tag::List(number) => {
                self.flush();
                self.lists.push(List {
                    number,
                    loose: false,
                });
            }
            Tag::Item => self.start_item(),
            Tag::Table(_) => {
                self.flush();
                self.table = Some(Table::default());
            }
            Tag::Emphasis => self.open(Role::Emphasis, "_"),
            Tag::Strong => self.open(Role::Strong, "*"),
            Tag::Strikethrough => self.open(Role::Dim, "~"),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.links.push(dest_url.into_string());
                self.roles.push(Role::Accent);
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => {
                self.flush();
                self.sheet.gap(true);
            }
            TagEnd::Heading(level) => {
                self.heading(level);
                self.roles.pop();
            }
            TagEnd::BlockQuote(_) => {
                self.flush();
                self.sheet.outdent();
                self.sheet.gap(true);
            }
            TagEnd::CodeBlock => self.code_block(),
            TagEnd::HtmlBlock => {
                let html = self.code.take().unwrap_or_default();
                self.html(html.trim_end());
                self.flush();
                self.sheet.gap(true);
            }
            TagEnd::List(_) => {
                self.lists.pop();
                self.sheet
                    .gap(self.lists.last().is_none_or(|list| list.loose));
            }
            TagEnd::Item => self.end_item(),
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.inline);
                if let Some(table) = &mut self.table {
                    table.row.push(cell);
                }
            }
            TagEnd::TableHead | TagEnd::TableRow => {
                if let Some(table) = &mut self.table {
                    let row = std::mem::take(&mut table.row);
                    table.rows.push(row);
                }
            }
            TagEnd::Table => self.table(),
            TagEnd::Emphasis => self.close("_"),
            TagEnd::Strong => self.close("*"),
            TagEnd::Strikethrough => self.close("~"),
            TagEnd::Link => self.address(""),
            TagEnd::Image => self.address("image "),
            _ => {}
        }
    }

    /// Stress has a look where there is colour, and signs around it where there is none.
    fn open(&mut self, role: Role, sign: &str) {
        if self.style.color == Color::Never {
            self.text(sign);
        }
        self.roles.push(role);
    }

    fn close(&mut self, sign: &str) {
        self.roles.pop();
        if self.style.color == Color::Never {
            self.text(sign);
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(code) = &mut self.code {
            code.push_str(text);
        } else {
            self.push(self.roles.last().copied().unwrap_or_default(), text);
        }
    }

    /// Shown as it is written, but for remarks.
    fn html(&mut self, html: &str) {
        if !html.trim_start().starts_with("<!--") {
            self.text(html);
        }
    }

    fn push(&mut self, role: Role, text: &str) {
        let span = Span::new(role, text);
        self.inline.push(match self.links.last() {
            Some(url) => span.leading_to(url),
            None => span,
        });
    }

    /// The address a link or an image led to, in full the first time.
    fn address(&mut self, what: &str) {
        self.roles.pop();
        let Some(url) = self.links.pop() else {
            return;
        };
        let said = self.inline.last().is_some_and(|span| {
            span.text() == url || url.strip_prefix("mailto:") == Some(span.text())
        });
        if said {
            self.seen.insert(url);
        } else if !url.starts_with('#') && self.seen.insert(url.clone()) {
            self.text(&format!(" ({what}{})", text::inert_line(&url)));
        }
    }

    fn start_item(&mut self) {
        self.flush();
        let mark = match self.lists.last_mut().and_then(|list| list.number.as_mut()) {
            Some(number) => {
                *number += 1;
                format!("{}. ", *number - 1)
            }
            None => format!("{} ", self.style.glyphs.bullet()),
        };
        let rest = " ".repeat(width(&mark));
        self.sheet.indent(Some(mark), rest);
    }

    fn end_item(&mut self) {
        self.flush();
        self.sheet.outdent();
    }

    fn flush(&mut self) {
        if self.inline.is_empty() || self.table.is_some() {
            return;
        }
        let spans = std::mem::take(&mut self.inline);
        let prose = self.prose;
        self.sheet.block(|indent| wrapped(&spans, indent, &prose));
    }

    fn heading(&mut self, level: HeadingLevel) {
        let glyphs = self.style.glyphs;
        let line = match level {
            HeadingLevel::H1 => glyphs.double_rule(),
            HeadingLevel::H2 => glyphs.rule(),
            _ => "",
        };
        let spans = std::mem::take(&mut self.inline);
        let prose = self.prose;
        self.sheet.keep_clear();
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

    fn rule(&mut self) {
        let prose = self.prose;
        self.sheet.keep_clear();
        self.sheet.block(|indent| {
            let room = prose.width.saturating_sub(width(indent.first));
            let line = prose.paint(Role::Dim, &prose.glyphs.rule().repeat(room));
            format!("{}{line}\n", indent.first)
        });
        self.sheet.gap(true);
    }

    fn code_block(&mut self) {
        let code = self.code.take().unwrap_or_default();
        self.sheet.block(|indent| {
            let mut out = String::new();
            for (number, line) in code.lines().enumerate() {
                let margin = if number == 0 {
                    indent.first
                } else {
                    indent.rest
                };
                let line = format!("{margin}    {}", text::inert(line));
                out.push_str(line.trim_end());
                out.push('\n');
            }
            out
        });
        self.sheet.gap(true);
    }

    fn table(&mut self) {
        let table = self.table.take().unwrap_or_default();
        if let [headers, rows @ ..] = table.rows.as_slice() {
            let style = *self.style;
            self.sheet
                .block(|indent| columns(headers, rows, indent, &style));
            self.sheet.gap(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Glyphs;

    const LESSON: &str = include_str!("markdown_example.md");

    fn at(width: usize) -> Style {
        Style {
            width,
            ..Style::default()
        }
    }

    #[test]
    fn a_lesson_reads_well_without_colour() {
        insta::assert_snapshot!("lesson_80", markdown(LESSON, &at(80)));
        insta::assert_snapshot!("lesson_50", markdown(LESSON, &at(50)));
    }

    #[test]
    fn colour_adds_looks_and_changes_no_line_but_signs_of_stress() {
        let style = Style {
            color: Color::Basic16,
            ..at(80)
        };
        let shown = markdown(
            "# Ports\n\nA *published* port, see [docs](https://a.example/x).",
            &style,
        );
        assert_eq!(
            shown,
            "\x1b[1mPorts\x1b[0m\n\x1b[2m═════\x1b[0m\n\nA \x1b[3mpublished\x1b[0m port, see \
             \x1b]8;;https://a.example/x\x1b\\\x1b[36mdocs\x1b[0m\x1b]8;;\x1b\\ (https://a.example/x).\n"
        );
    }

    #[test]
    fn only_code_tables_and_addresses_are_wider_than_the_terminal() {
        for columns in 50..=200 {
            for line in markdown(LESSON, &at(columns)).lines() {
                let excused = line.contains("    docker run") || line.contains("://");
                assert!(
                    width(line) <= columns || excused,
                    "{columns} columns: {line}"
                );
            }
        }
    }

    #[test]
    fn a_lesson_cannot_emit_escapes_not_even_as_an_entity() {
        let hostile = "a\x1b[2J &#27;[31m `b\x1b]0;t\x07`\n\n    code \x1b[1m\n\n[l](<https://x/\x1b\\>)\n\n\
                       |h\x1b[1m|\n|-|\n|c\u{9b}1m|\n\n<b\x1b[1m>\n";
        let shown = markdown(hostile, &at(80));
        assert!(
            !shown.contains(|c: char| c.is_control() && c != '\n'),
            "{shown:?}"
        );
        assert!(shown.contains("\\x1b[2J"), "{shown}");
    }

    #[test]
    fn an_ascii_terminal_gets_ascii() {
        let style = Style {
            glyphs: Glyphs::Ascii,
            ..at(80)
        };
        assert!(markdown("# T\n\n> q\n\n- i\n\n|a|\n|-|\n|b|\n\n---\n", &style).is_ascii());
    }
}
