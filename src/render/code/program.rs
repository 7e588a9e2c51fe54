//! Programs: a language is its keywords, its comment and its quotes.

use super::scan::{Pieces, Scan, is_word, run};
use crate::render::Role;

/// What sets one language apart from another, as far as painting goes.
pub(super) struct Language {
    keywords: &'static [&'static str],
    comment: &'static str,
    /// Quotes of texts that go over several lines, longest first.
    long: &'static [&'static str],
}

pub(super) const PYTHON: Language = Language {
    keywords: &[
        "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
        "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
        "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with",
        "yield", "None", "True", "False",
    ],
    comment: "#",
    long: &["\"\"\"", "'''"],
};

pub(super) const GO: Language = Language {
    keywords: &[
        "break",
        "case",
        "chan",
        "const",
        "continue",
        "default",
        "defer",
        "else",
        "fallthrough",
        "for",
        "func",
        "go",
        "goto",
        "if",
        "import",
        "interface",
        "map",
        "package",
        "range",
        "return",
        "select",
        "struct",
        "switch",
        "type",
        "var",
        "nil",
        "true",
        "false",
    ],
    comment: "//",
    long: &["`"],
};

pub(super) const JAVASCRIPT: Language = Language {
    keywords: &[
        "async",
        "await",
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "default",
        "else",
        "export",
        "extends",
        "finally",
        "for",
        "from",
        "function",
        "if",
        "import",
        "in",
        "instanceof",
        "let",
        "new",
        "of",
        "return",
        "static",
        "switch",
        "this",
        "throw",
        "try",
        "typeof",
        "var",
        "while",
        "yield",
        "null",
        "true",
        "false",
        "undefined",
    ],
    comment: "//",
    long: &["`"],
};

/// Paints a program.
pub(super) fn program(language: &Language, code: &str, pieces: &mut Pieces) {
    let mut scan = Scan::new(code, pieces);
    while let Some(c) = scan.peek() {
        let rest = scan.rest();
        let long = language.long.iter().find(|mark| rest.starts_with(*mark));
        match c {
            _ if rest.starts_with(language.comment) => scan.take_line(Role::Dim),
            _ if long.is_some() => scan.take_between(long.copied().unwrap_or_default()),
            '"' | '\'' => scan.take_quoted(Some('\\')),
            c if is_word(c) => {
                let length = run(rest, is_word);
                let is_keyword = language.keywords.contains(&&rest[..length]);
                let role = if is_keyword {
                    Role::Keyword
                } else {
                    Role::Plain
                };
                scan.take(role, length);
            }
            _ => scan.take_char(Role::Plain),
        }
    }
}
