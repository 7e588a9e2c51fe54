//! What a terminal can do, and the only place that writes an escape sequence.

use crate::text;

/// Colours a terminal shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// None: no escape sequence is written at all.
    #[default]
    Never,
    /// The sixteen of every colour terminal, in the shades its owner chose.
    Basic16,
}

/// The characters a terminal shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Glyphs {
    /// Marks and lines outside ASCII.
    #[default]
    Unicode,
    /// ASCII alone, for marks and lines; the text itself stays as it is.
    Ascii,
    /// Words for marks and nothing for lines: the form that a screen reader reads well.
    Words,
}

/// What a terminal does with an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Links {
    /// It shows text alone, so the address is written out.
    #[default]
    Written,
    /// It makes text clickable (OSC 8).
    Clickable,
}

/// What a piece of text means, from which its look follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Role {
    /// Nothing special.
    #[default]
    Plain,
    /// It holds.
    Good,
    /// It does not hold.
    Bad,
    /// It could not be told, or asks for care.
    Warn,
    /// Less important than what is around it.
    Dim,
    /// More important than what is around it.
    Strong,
    /// Stressed in a sentence.
    Emphasis,
    /// What a person would type or click; in code, a name or a flag.
    Accent,
    /// In code, a word of the language.
    Keyword,
    /// In code, a text.
    Literal,
}

/// A terminal's abilities: found once, passed down. The default is one that shows no colour, 80 columns wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Its colours.
    pub color: Color,
    /// Its width in columns.
    pub width: usize,
    /// Its characters.
    pub glyphs: Glyphs,
    /// Its links.
    pub links: Links,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            color: Color::Never,
            width: 80,
            glyphs: Glyphs::Unicode,
            links: Links::Written,
        }
    }
}

impl Style {
    /// The text in its role's look, neutralised; line breaks and tabs stay.
    pub fn paint(&self, role: Role, text: &str) -> String {
        let text = text::inert(text);
        match (self.color, role.code()) {
            (Color::Basic16, Some(code)) if !text.is_empty() => {
                format!("\x1b[{code}m{text}\x1b[0m")
            }
            _ => text.into_owned(),
        }
    }

    /// The text in its role's look, made clickable (OSC 8) where the terminal can and the address is on the web.
    pub fn link(&self, role: Role, text: &str, url: &str) -> String {
        let painted = self.paint(role, text);
        match self.makes_clickable(url) {
            true => format!("\x1b]8;;{url}\x1b\\{painted}\x1b]8;;\x1b\\"),
            false => painted,
        }
    }

    /// Whether text that leads to this address can be clicked, so that the address need not be written.
    pub fn makes_clickable(&self, url: &str) -> bool {
        let web = url.starts_with("https://") || url.starts_with("http://");
        let clean = url.chars().all(|c| c.is_ascii_graphic());
        self.links == Links::Clickable && self.color != Color::Never && web && clean
    }
}

impl Role {
    /// The parameter of "select graphic rendition" (ECMA-48, 8.3.117).
    fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Good => Some("32"),
            Self::Bad => Some("31"),
            Self::Warn => Some("33"),
            Self::Dim => Some("2"),
            Self::Strong => Some("1"),
            Self::Emphasis => Some("3"),
            Self::Accent => Some("36"),
            Self::Keyword => Some("35"),
            Self::Literal => Some("32"),
        }
    }
}

impl Glyphs {
    /// The line left of quoted text.
    pub fn gutter(self) -> &'static str {
        self.line("│", "|", " ")
    }

    /// The line left of the rest of a quoted line that was too long.
    pub fn gutter_rest(self) -> &'static str {
        self.line("┊", ":", " ")
    }

    /// A piece of a horizontal line.
    pub fn rule(self) -> &'static str {
        self.line("─", "-", "")
    }

    /// A piece of a horizontal line under a title.
    pub fn double_rule(self) -> &'static str {
        self.line("═", "=", "")
    }

    /// The mark of a list's item.
    pub fn bullet(self) -> &'static str {
        self.either("•", "-")
    }

    /// What stands between two short facts.
    pub fn dot(self) -> &'static str {
        self.either("·", "-")
    }

    /// What says that something was left out.
    pub fn ellipsis(self) -> &'static str {
        self.either("…", "...")
    }

    /// The one of two that this terminal shows.
    pub fn either(self, unicode: &'static str, ascii: &'static str) -> &'static str {
        match self {
            Self::Unicode => unicode,
            Self::Ascii | Self::Words => ascii,
        }
    }

    fn line(self, unicode: &'static str, ascii: &'static str, words: &'static str) -> &'static str {
        match self {
            Self::Unicode => unicode,
            Self::Ascii => ascii,
            Self::Words => words,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLOURFUL: Style = Style {
        color: Color::Basic16,
        width: 80,
        glyphs: Glyphs::Unicode,
        links: Links::Clickable,
    };

    #[test]
    fn a_terminal_that_can_do_nothing_gets_no_escape() {
        let style = Style::default();
        assert_eq!(style.paint(Role::Bad, "no"), "no");
        assert_eq!(
            style.link(Role::Accent, "here", "https://a.example"),
            "here"
        );
    }

    #[test]
    fn painted_text_cannot_bring_its_own_escapes() {
        assert_eq!(
            COLOURFUL.paint(Role::Bad, "a\x1b[2Jb"),
            "\x1b[31ma\\x1b[2Jb\x1b[0m"
        );
    }

    #[test]
    fn only_clean_web_addresses_are_clickable() {
        let clickable = |url: &str| COLOURFUL.link(Role::Plain, "x", url) != "x";
        assert!(clickable("https://docs.docker.com/"));
        assert!(!clickable("file:///etc/passwd"));
        assert!(!clickable("https://a.example/\x1b\\\x1b]0;title\x07"));
    }
}
