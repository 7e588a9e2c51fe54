//! One walk over a page's Markdown, event by event.

use std::collections::HashSet;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, Tag, TagEnd};

use super::{Part, Surroundings};
use crate::render::sheet::Sheet;
use crate::render::{Cell, Color, Glyphs, Role, Span, Style, width, wrapped};
use crate::text;

/// Lines of prose longer than this are hard to read, however wide the terminal.
pub const MEASURE: usize = 100;

struct List {
    number: Option<u64>,
    /// Whether blank lines stand between its items.
    loose: bool,
}

pub(super) struct Page<'a> {
    pub(super) style: &'a Style,
    /// The same terminal, no wider than prose should be.
    pub(super) prose: Style,
    pub(super) surroundings: Surroundings<'a>,
    pub(super) sheet: Sheet,
    pub(super) parts: Vec<Part>,
    lists: Vec<List>,
    pub(super) inline: Vec<Span>,
    /// The words of the heading on its way, without the signs of stress.
    pub(super) words: String,
    roles: Vec<Role>,
    links: Vec<String>,
    /// Addresses already printed in full.
    seen: HashSet<String>,
    /// A block that is taken as it is written: code or HTML.
    pub(super) code: Option<Code>,
    pub(super) table: Option<Table>,
}

/// A block of code, or of HTML.
#[derive(Default)]
pub(super) struct Code {
    /// What its author wrote after the fence.
    pub(super) info: String,
    pub(super) text: String,
}

#[derive(Default)]
pub(super) struct Table {
    /// The first one holds the headers.
    pub(super) rows: Vec<Vec<Cell>>,
    row: Vec<Cell>,
}

impl<'a> Page<'a> {
    pub(super) fn new(style: &'a Style, surroundings: Surroundings<'a>) -> Self {
        Self {
            style,
            surroundings,
            parts: Vec::new(),
            prose: Style {
                width: style.width.min(MEASURE),
                ..*style
            },
            sheet: Sheet::default(),
            lists: Vec::new(),
            inline: Vec::new(),
            words: String::new(),
            roles: Vec::new(),
            links: Vec::new(),
            seen: HashSet::new(),
            code: None,
            table: None,
        }
    }

    pub(super) fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => {
                self.words.push_str(&text);
                self.text(&text);
            }
            Event::Code(code) => {
                self.words.push_str(&code);
                self.push(Role::Accent, &format!("`{code}`"));
            }
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
            Tag::Heading { .. } => {
                self.flush();
                self.words.clear();
                self.roles.push(Role::Strong);
            }
            Tag::BlockQuote(kind) => {
                self.flush();
                self.open_quote(kind);
            }
            Tag::CodeBlock(kind) => {
                self.flush();
                self.sheet.keep_clear();
                let info = match kind {
                    CodeBlockKind::Fenced(info) => info,
                    CodeBlockKind::Indented => CowStr::Borrowed(""),
                };
                let (info, text) = (info.into_string(), String::new());
                self.code = Some(Code { info, text });
            }
            Tag::HtmlBlock => {
                self.flush();
                self.code = Some(Code::default());
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
                let html = self.code.take().unwrap_or_default().text;
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
        self.sign(sign);
        self.roles.push(role);
    }

    fn close(&mut self, sign: &str) {
        self.roles.pop();
        self.sign(sign);
    }

    fn sign(&mut self, sign: &str) {
        if self.style.color == Color::Never && self.style.glyphs != Glyphs::Words {
            self.text(sign);
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        if let Some(code) = &mut self.code {
            code.text.push_str(text);
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

    /// The address a link or an image led to, in full the first time, unless it can be clicked.
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
        } else if !self.style.makes_clickable(&url)
            && !url.starts_with('#')
            && self.seen.insert(url.clone())
        {
            let written = (self.surroundings.address)(&url).unwrap_or(url);
            self.text(&format!(" ({what}{})", text::inert_line(&written)));
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

    pub(super) fn flush(&mut self) {
        if self.inline.is_empty() || self.table.is_some() {
            return;
        }
        let spans = std::mem::take(&mut self.inline);
        let prose = self.prose;
        self.sheet.block(|indent| wrapped(&spans, indent, &prose));
    }

    pub(super) fn into_parts(mut self) -> Vec<Part> {
        self.flush();
        self.sheet.gap(false);
        self.cut(None);
        self.parts
    }
}
