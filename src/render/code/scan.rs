//! A finger that moves over code from left to right; what it passes gets a look.

use crate::render::{Role, Span};

/// Pieces with their looks, in order; neighbours of one look become one.
#[derive(Default)]
pub(super) struct Pieces(Vec<(Role, String)>);

impl Pieces {
    fn push(&mut self, role: Role, text: &str) {
        match self.0.last_mut() {
            Some((last, piece)) if *last == role => piece.push_str(text),
            _ if text.is_empty() => {}
            _ => self.0.push((role, text.to_owned())),
        }
    }

    pub(super) fn into_spans(self) -> Vec<Span> {
        let span = |(role, text): (Role, String)| Span::new(role, &text);
        self.0.into_iter().map(span).collect()
    }
}

/// The finger.
pub(super) struct Scan<'a, 'p> {
    rest: &'a str,
    pieces: &'p mut Pieces,
}

impl<'a, 'p> Scan<'a, 'p> {
    pub(super) fn new(code: &'a str, pieces: &'p mut Pieces) -> Self {
        Self { rest: code, pieces }
    }

    /// What is still to come.
    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    /// The next character.
    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// What is left of this line.
    pub(super) fn line(&self) -> &'a str {
        self.rest.split('\n').next().unwrap_or_default()
    }

    /// Passes so many bytes, which end between two characters.
    pub(super) fn take(&mut self, role: Role, bytes: usize) {
        let (piece, rest) = self.rest.split_at(bytes);
        self.pieces.push(role, piece);
        self.rest = rest;
    }

    /// Passes one character.
    pub(super) fn take_char(&mut self, role: Role) {
        self.take(role, self.peek().map_or(0, char::len_utf8));
    }

    /// Passes all characters up to the first that is not like these.
    pub(super) fn take_while(&mut self, role: Role, like: impl Fn(char) -> bool) {
        self.take(role, run(self.rest, like));
    }

    /// Passes the rest of the line, without its end.
    pub(super) fn take_line(&mut self, role: Role) {
        self.take(role, self.line().len());
    }

    /// Passes a quoted text with its quotes: to its end or, where it has none, to the end of the line.
    pub(super) fn take_quoted(&mut self, escape: Option<char>) {
        let Some(quote) = self.peek() else { return };
        let mut escaped = false;
        for (at, c) in self.rest.char_indices().skip(1) {
            match c {
                '\n' => return self.take(Role::Literal, at),
                _ if escaped => escaped = false,
                c if Some(c) == escape => escaped = true,
                c if c == quote => return self.take(Role::Literal, at + quote.len_utf8()),
                _ => {}
            }
        }
        self.take(Role::Literal, self.rest.len());
    }

    /// Passes a text between two equal marks, over any number of lines.
    pub(super) fn take_between(&mut self, mark: &str) {
        let inside = self.rest.get(mark.len()..).unwrap_or_default();
        let end = inside.find(mark).map(|at| at + 2 * mark.len());
        self.take(Role::Literal, end.unwrap_or(self.rest.len()));
    }

    /// Passes a variable that begins with `$`: `$NAME`, `${NAME:-x}`, `$1`.
    pub(super) fn take_variable(&mut self) {
        let after = &self.rest[1..];
        let inside = match after.chars().next() {
            Some('{') => after.find(['}', '\n']).map_or(after.len(), |end| {
                end + usize::from(after[end..].starts_with('}'))
            }),
            Some(c) if is_word(c) => run(after, is_word),
            Some('?' | '!' | '#' | '@' | '*' | '$') => 1,
            _ => 0,
        };
        let role = if inside == 0 {
            Role::Plain
        } else {
            Role::Accent
        };
        self.take(role, 1 + inside);
    }
}

/// How many bytes the characters like these take at the beginning of a text.
pub(super) fn run(text: &str, like: impl Fn(char) -> bool) -> usize {
    text.find(|c| !like(c)).unwrap_or(text.len())
}

/// Whether a character belongs to a name.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
