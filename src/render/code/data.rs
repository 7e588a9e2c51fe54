//! YAML and JSON: keys, texts, words that are no text.

use super::scan::{Pieces, Scan, run};
use crate::render::Role;

/// JSON, also a piece of it.
pub(super) fn json(code: &str, pieces: &mut Pieces) {
    let mut scan = Scan::new(code, pieces);
    while let Some(c) = scan.peek() {
        match c {
            '"' if is_key(scan.rest()) => scan.take(Role::Accent, quoted(scan.rest())),
            '"' => scan.take_quoted(Some('\\')),
            c if c.is_alphanumeric() || c == '-' => {
                scan.take_while(Role::Keyword, |c| c.is_alphanumeric() || "+-.".contains(c));
            }
            _ => scan.take_char(Role::Plain),
        }
    }
}

/// The bytes of the quoted text at the beginning.
fn quoted(code: &str) -> usize {
    let mut escaped = false;
    for (at, c) in code.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' | '\n' => return at + usize::from(c == '"'),
            _ => {}
        }
    }
    code.len()
}

fn is_key(code: &str) -> bool {
    code[quoted(code)..].trim_start().starts_with(':')
}

/// Words of YAML that are no text.
const WORDS: [&str; 5] = ["true", "false", "null", "yes", "no"];

/// YAML, also a piece of it.
pub(super) fn yaml(code: &str, pieces: &mut Pieces) {
    let mut scan = Scan::new(code, pieces);
    // Text blocks (`|`, `>`) reach as far as lines are indented deeper than the line that begins one.
    let mut block: Option<usize> = None;
    while !scan.rest().is_empty() {
        let line = scan.line();
        let depth = run(line, |c| c == ' ');
        let inside = block.is_some_and(|above| depth > above || line.trim().is_empty());
        if inside {
            scan.take_line(Role::Literal);
        } else {
            block = opens_block(line).then_some(depth);
            yaml_line(&mut scan);
        }
        scan.take_char(Role::Plain);
    }
}

fn opens_block(line: &str) -> bool {
    let value = line.rsplit([' ', ':']).next().unwrap_or_default();
    let mut signs = value.chars();
    matches!(signs.next(), Some('|' | '>')) && signs.all(|c| "+-0123456789".contains(c))
}

fn yaml_line(scan: &mut Scan<'_, '_>) {
    let mut after_space = true;
    while let Some(c) = scan.peek().filter(|c| *c != '\n') {
        match c {
            '#' if after_space => scan.take_line(Role::Dim),
            '"' if is_key(scan.rest()) => scan.take(Role::Accent, quoted(scan.rest())),
            '"' => scan.take_quoted(Some('\\')),
            '\'' if after_space => scan.take_quoted(None),
            '&' | '*' | '!' | '|' | '>' if after_space => {
                scan.take_while(Role::Keyword, |c| !" \n,]}".contains(c));
            }
            ' ' | '[' | '{' | ',' | ']' | '}' => {
                scan.take_char(Role::Plain);
                after_space = true;
                continue;
            }
            _ => yaml_word(scan),
        }
        after_space = false;
    }
}

fn yaml_word(scan: &mut Scan<'_, '_>) {
    let length = run(scan.rest(), |c| !" \n,[]{}".contains(c));
    let text = &scan.rest()[..length];
    let number = || text.parse::<f64>().is_ok();
    match text.strip_suffix(':') {
        Some(key) if !key.is_empty() => scan.take(Role::Accent, key.len()),
        _ if WORDS.contains(&text) || number() => scan.take(Role::Keyword, length),
        _ => scan.take(Role::Plain, length.max(1)),
    }
}
