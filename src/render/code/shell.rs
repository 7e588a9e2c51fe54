//! Shell scripts and commands, and sessions that show both a command and what it printed.

use super::scan::{Pieces, Scan, run};
use crate::render::Role;

/// Words after which a command begins as it does at the beginning of a line.
const KEYWORDS: [&str; 17] = [
    "if", "then", "elif", "else", "fi", "for", "in", "while", "until", "do", "done", "case",
    "esac", "function", "export", "exec", "!",
];

/// A script.
pub(super) fn script(code: &str, pieces: &mut Pieces) {
    let mut scan = Scan::new(code, pieces);
    let mut command = true;
    // In a Dockerfile a comment may stand between the lines of one command.
    let mut joined = false;
    let mut heredoc: Option<&str> = None;
    while let Some(c) = scan.peek() {
        match c {
            '\n' => {
                scan.take_char(Role::Plain);
                if let Some(end) = heredoc.take() {
                    body(&mut scan, end);
                }
                command = true;
                joined = false;
            }
            '\\' => {
                joined = scan.rest().starts_with("\\\n");
                scan.take(Role::Plain, 1 + run_one(&scan.rest()[1..]));
            }
            '#' if joined => {
                let end = scan.line().len();
                let line_break = usize::from(scan.rest().len() > end);
                scan.take_line(Role::Dim);
                scan.take(Role::Plain, line_break);
            }
            '#' => scan.take_line(Role::Dim),
            '\'' => scan.take_quoted(None),
            '"' => scan.take_quoted(Some('\\')),
            '$' if scan.rest().starts_with("$(") => {
                scan.take(Role::Plain, 2);
                command = true;
            }
            '$' => scan.take_variable(),
            '<' if scan.rest().starts_with("<<") => {
                scan.take(Role::Plain, 2);
                heredoc = heredoc_end(scan.line());
                scan.take_while(Role::Plain, |c| !c.is_whitespace() && !"|&;)".contains(c));
            }
            '|' | '&' | ';' | '(' | '{' => {
                scan.take_char(Role::Plain);
                command = true;
            }
            ' ' | '\t' | ')' | '}' | '<' | '>' | '`' => scan.take_char(Role::Plain),
            _ => command = word(&mut scan, command),
        }
    }
}

/// One word; tells whether the next one still stands where a command does.
fn word(scan: &mut Scan<'_, '_>, command: bool) -> bool {
    let is_part = |c: char| !" \t\n|&;(){}<>`'\"$\\".contains(c);
    let length = run(scan.rest(), is_part);
    let text = &scan.rest()[..length];
    let (role, command) = match text {
        _ if command && KEYWORDS.contains(&text) => (Role::Keyword, true),
        _ if command && text.contains('=') => (Role::Plain, true),
        _ if command => (Role::Strong, false),
        _ if text.starts_with('-') => (Role::Accent, false),
        _ => (Role::Plain, false),
    };
    scan.take(role, length.max(scan.peek().map_or(1, char::len_utf8)));
    command
}

/// The bytes of the one character that a backslash protects.
fn run_one(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

/// The word that ends a here-document, from what follows `<<`.
pub(super) fn heredoc_end(line: &str) -> Option<&str> {
    let line = line.trim_start_matches('-').trim_start();
    let bare = line.trim_start_matches(['"', '\'']);
    let end = run(bare, |c| c.is_alphanumeric() || c == '_');
    (end > 0).then(|| &bare[..end])
}

/// A here-document's lines and the word that ends it.
fn body(scan: &mut Scan<'_, '_>, end: &str) {
    while !scan.rest().is_empty() {
        let last = scan.line().trim() == end;
        scan.take_line(if last { Role::Plain } else { Role::Literal });
        if last {
            return;
        }
        scan.take_char(Role::Plain);
    }
}

/// A session: what a person types after a prompt, and what it printed.
pub(super) fn console(code: &str, pieces: &mut Pieces) {
    let mut scan = Scan::new(code, pieces);
    // After a backslash the next line is typed too; after that, or `<<`, one with `>` before it is.
    let (mut joined, mut open) = (false, false);
    while !scan.rest().is_empty() {
        let prompt = ["$ ", "> "]
            .into_iter()
            .find(|prompt| scan.rest().starts_with(prompt));
        let typed = joined || prompt == Some("$ ") || (open && prompt.is_some());
        if typed {
            scan.take(Role::Dim, prompt.map_or(0, str::len));
            joined = scan.line().ends_with('\\');
            open = joined || prompt == Some("> ") || scan.line().contains("<<");
            scan.take_line(Role::Accent);
        } else {
            open = false;
            scan.take_line(Role::Plain);
        }
        scan.take_char(Role::Plain);
    }
}
