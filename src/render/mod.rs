//! Styled text, pure: what a terminal can do is given, never asked.

mod markdown;

pub use markdown::markdown;

use unicode_width::UnicodeWidthStr as _;

/// Whether colour is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// None at all.
    #[default]
    Never,
    /// The sixteen colours every colour terminal has.
    Basic16,
}

/// What the reader's terminal can do. The default can do nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether colour is used.
    pub color: Color,
    /// Columns.
    pub width: usize,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            color: Color::Never,
            width: 80,
        }
    }
}

/// What a piece of text means; never told by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It holds.
    Good,
    /// It does not.
    Bad,
    /// Look at this.
    Warn,
    /// Less important.
    Dim,
    /// A heading.
    Strong,
    /// Code.
    Accent,
}

impl Style {
    /// `text` in the colour of its role, where there is colour.
    pub fn paint(&self, role: Role, text: &str) -> String {
        let code = match role {
            Role::Good => "32",
            Role::Bad => "31",
            Role::Warn => "33",
            Role::Dim => "2",
            Role::Strong => "1",
            Role::Accent => "36",
        };
        match self.color {
            Color::Never => text.to_owned(),
            Color::Basic16 => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }
}

/// Columns a text takes, colour codes not counted.
pub fn width(text: &str) -> usize {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\x1b') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    plain.width()
}

/// Wraps words to `columns`; lines after the first begin with `hang`. A longer word stays whole.
pub fn wrapped(text: &str, columns: usize, hang: &str) -> String {
    let mut out = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let wide = width(word);
        if used > 0 && used + 1 + wide > columns {
            out.push('\n');
            out.push_str(hang);
            used = width(hang);
        } else if used > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += wide;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_wrap_by_display_width_and_hang() {
        assert_eq!(wrapped("one two three", 8, "  "), "one two\n  three");
        assert_eq!(wrapped("日本 日本", 6, ""), "日本\n日本");
    }

    #[test]
    fn colour_takes_no_columns_and_is_not_used_unasked() {
        let style = Style {
            color: Color::Basic16,
            width: 80,
        };
        assert_eq!(width(&style.paint(Role::Bad, "no")), 2);
        assert_eq!(Style::default().paint(Role::Bad, "no"), "no");
    }
}
