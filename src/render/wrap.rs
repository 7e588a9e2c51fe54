//! Lines no wider than the terminal, counted in columns (a CJK character has two), with a hanging indent.

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

use super::{Span, Style};

/// An indent never squeezes text into fewer columns than this, however deep it is.
const NARROWEST: usize = 16;

/// Columns from one tab stop to the next.
const TAB: usize = 8;

/// What stands before the first line and before every further one. Trusted text: it is printed as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Indent<'a> {
    /// Before the first line.
    pub first: &'a str,
    /// Before every further line.
    pub rest: &'a str,
}

impl<'a> Indent<'a> {
    /// The same before every line.
    pub fn all(indent: &'a str) -> Self {
        Self {
            first: indent,
            rest: indent,
        }
    }
}

/// Columns a neutralised text without line breaks takes; nothing painted may be in it.
pub fn width(text: &str) -> usize {
    text.width()
}

/// Columns a painted line takes: as [`width`], looks and links aside.
pub fn seen_width(painted: &str) -> usize {
    let mut columns = 0;
    for (index, piece) in painted.split('\x1b').enumerate() {
        let seen = match (index, piece.as_bytes().first()) {
            (0, _) => piece,
            // A look ends with `m`; an address with the escape that begins the next piece, of which `\` is left.
            (_, Some(b'[')) => piece.split_once('m').map_or("", |(_, seen)| seen),
            (_, Some(b'\\')) => &piece[1..],
            _ => "",
        };
        columns += width(seen);
    }
    columns
}

/// Breaks at spaces, each line ended by a line break. A longer word is broken where it must be, an address never.
pub fn wrapped(spans: &[Span], indent: Indent<'_>, style: &Style) -> String {
    let mut lines = Lines::new(indent, style);
    for token in tokens(spans) {
        match token {
            Token::Break => lines.end(),
            Token::Space(space) => lines.space(space),
            Token::Word(word) => lines.word(word),
        }
    }
    lines.finish()
}

/// Breaks anywhere and keeps every space: for output and values, whose spaces mean something. Tabs become spaces.
pub fn chunked(spans: &[Span], indent: Indent<'_>, style: &Style) -> String {
    let mut lines = Lines::new(indent, style);
    for span in spans {
        for cluster in span.text().graphemes(true) {
            match cluster {
                "\n" => lines.end(),
                "\t" => {
                    for _ in 0..TAB - lines.used % TAB {
                        lines.put(span, " ", 1);
                    }
                }
                cluster => lines.put_or_break(span, cluster),
            }
        }
    }
    lines.finish()
}

enum Token {
    Word(Vec<Span>),
    Space(Span),
    Break,
}

/// Words may be made of differently looking pieces: `` `web`, `` is one.
fn tokens(spans: &[Span]) -> Vec<Token> {
    let mut tokens = Vec::new();
    for span in spans {
        for c in span.text().chars() {
            let piece = |text: String| span.with_text(text);
            match c {
                '\n' => tokens.push(Token::Break),
                ' ' | '\t' => match tokens.last_mut() {
                    Some(Token::Space(space)) => space.push_str(" "),
                    _ => tokens.push(Token::Space(piece(" ".to_owned()))),
                },
                c => {
                    if !matches!(tokens.last(), Some(Token::Word(_))) {
                        tokens.push(Token::Word(Vec::new()));
                    }
                    if let Some(Token::Word(word)) = tokens.last_mut() {
                        append(word, span, c.encode_utf8(&mut [0; 4]));
                    }
                }
            }
        }
    }
    tokens
}

fn append(line: &mut Vec<Span>, look: &Span, text: &str) {
    match line.last_mut() {
        Some(last) if last.looks_like(look) => last.push_str(text),
        _ => line.push(look.with_text(text.to_owned())),
    }
}

struct Lines<'a> {
    style: &'a Style,
    indent: Indent<'a>,
    out: String,
    line: Vec<Span>,
    used: usize,
    pending: Option<Span>,
    started: bool,
}

impl<'a> Lines<'a> {
    fn new(indent: Indent<'a>, style: &'a Style) -> Self {
        Self {
            style,
            indent,
            out: String::new(),
            line: Vec::new(),
            used: 0,
            pending: None,
            started: false,
        }
    }

    fn prefix(&self) -> &'a str {
        if self.started {
            self.indent.rest
        } else {
            self.indent.first
        }
    }

    fn room(&self) -> usize {
        let room = self.style.width.saturating_sub(width(self.prefix()));
        room.max(NARROWEST.min(self.style.width)).max(1)
    }

    fn put(&mut self, look: &Span, text: &str, columns: usize) {
        append(&mut self.line, look, text);
        self.used += columns;
    }

    /// What is seen as one character (an accent with its letter, an emoji of several signs) stays whole.
    fn put_or_break(&mut self, look: &Span, cluster: &str) {
        let columns = width(cluster);
        if self.used > 0 && self.used + columns > self.room() {
            self.end();
        }
        self.put(look, cluster, columns);
    }

    fn space(&mut self, space: Span) {
        self.pending = Some(space);
    }

    fn word(&mut self, word: Vec<Span>) {
        let text: String = word.iter().map(Span::text).collect();
        let columns = width(&text);
        let gap = self.pending.take();
        let gap_columns = gap.as_ref().map_or(0, |gap| width(gap.text()));
        if self.used > 0 && self.used + gap_columns + columns > self.room() {
            self.end();
        } else if let Some(gap) = gap {
            self.put(&gap, gap.text(), gap_columns);
        }
        if columns <= self.room() || text.contains("://") {
            for piece in word {
                self.put(&piece, piece.text(), width(piece.text()));
            }
        } else {
            for piece in word {
                for cluster in piece.text().graphemes(true) {
                    self.put_or_break(&piece, cluster);
                }
            }
        }
    }

    fn end(&mut self) {
        self.pending = None;
        let prefix = self.prefix();
        if self.line.is_empty() {
            self.out.push_str(prefix.trim_end());
        } else {
            self.out.push_str(prefix);
        }
        for span in self.line.drain(..) {
            self.out.push_str(&span.painted(self.style));
        }
        self.out.push('\n');
        self.used = 0;
        self.started = true;
    }

    fn finish(mut self) -> String {
        if !self.line.is_empty() || !self.started {
            self.end();
        }
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::{Color, Role};

    fn narrow(width: usize) -> Style {
        Style {
            width,
            ..Style::default()
        }
    }

    #[test]
    fn further_lines_hang_under_the_first() {
        let indent = Indent {
            first: "- ",
            rest: "  ",
        };
        let text = wrapped(
            &[Span::plain("one two three four five")],
            indent,
            &narrow(18),
        );
        assert_eq!(text, "- one two three\n  four five\n");
    }

    #[test]
    fn a_wide_character_takes_two_columns() {
        let text = wrapped(
            &[Span::plain("日本語日本語日本語日本語")],
            Indent::default(),
            &narrow(17),
        );
        assert_eq!(text, "日本語日本語日本\n語日本語\n");
    }

    #[test]
    fn what_is_seen_as_one_character_is_never_broken() {
        let family = "👩\u{200d}👩\u{200d}👧";
        let text = format!("{}{}", family.repeat(9), "e\u{301}".repeat(17));
        assert_eq!(
            wrapped(&[Span::plain(&text)], Indent::default(), &narrow(16)),
            format!(
                "{}\n{}{}\n{}\n",
                family.repeat(8),
                family,
                "e\u{301}".repeat(14),
                "e\u{301}".repeat(3)
            )
        );
    }

    #[test]
    fn an_address_is_never_broken() {
        let url = "https://docs.docker.com/reference/dockerfile/";
        let text = wrapped(
            &[Span::plain(&format!("see {url} for more"))],
            Indent::default(),
            &narrow(20),
        );
        assert_eq!(text, format!("see\n{url}\nfor more\n"));
    }

    #[test]
    fn a_word_of_two_looks_stays_together_and_no_look_crosses_a_line() {
        let style = Style {
            color: Color::Basic16,
            width: 16,
            ..Style::default()
        };
        let spans = [
            Span::plain("it runs as "),
            Span::new(Role::Accent, "docker run web"),
            Span::plain(", see"),
        ];
        assert_eq!(
            wrapped(&spans, Indent::default(), &style),
            "it runs as\n\x1b[36mdocker run web\x1b[0m,\nsee\n"
        );
    }

    #[test]
    fn looks_and_links_take_no_columns() {
        let style = Style {
            color: Color::Basic16,
            links: crate::render::Links::Clickable,
            ..Style::default()
        };
        let link = style.link(Role::Accent, "docs", "https://a.example/x");
        let line = format!("see {link} or {}.", style.paint(Role::Bad, "日本"));
        assert_eq!(seen_width(&line), width("see docs or 日本."));
        assert_eq!(seen_width("plain"), 5);
    }

    #[test]
    fn output_keeps_its_spaces() {
        let text = chunked(
            &[Span::plain("a  b\tc         dddd")],
            Indent::all("| "),
            &narrow(18),
        );
        assert_eq!(text, "| a  b    c       \n|   dddd\n");
    }

    #[test]
    fn nothing_to_say_is_still_one_line() {
        assert_eq!(wrapped(&[], Indent::all("  "), &narrow(18)), "\n");
    }
}
