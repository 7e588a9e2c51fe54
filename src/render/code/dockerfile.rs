//! Dockerfiles, whole ones and pieces of one. It only paints: what an instruction means is read elsewhere.

use super::scan::{Pieces, Scan, run};
use super::{data, shell};
use crate::render::Role;

/// Paints a Dockerfile.
pub(super) fn file(code: &str, pieces: &mut Pieces) {
    let mut rest = code;
    while !rest.is_empty() {
        let whole = extent(rest);
        let (instruction, after) = rest.split_at(whole);
        one(instruction, pieces);
        rest = after;
    }
}

/// The bytes of the first comment, empty line or instruction with all its lines, line break included.
fn extent(code: &str) -> usize {
    let mut end = 0;
    let mut first = true;
    let mut bodies: Vec<&str> = Vec::new();
    for line in code.split_inclusive('\n') {
        end += line.len();
        let text = line.trim();
        if let Some(word) = bodies.first() {
            if text == *word {
                bodies.remove(0);
            }
            if bodies.is_empty() {
                return end;
            }
            continue;
        }
        if text.starts_with('#') {
            // A comment inside an instruction does not end it.
            if first {
                return end;
            }
            continue;
        }
        bodies = heredocs(text);
        if bodies.is_empty() && !text.ends_with('\\') {
            return end;
        }
        first = false;
    }
    end
}

fn heredocs(line: &str) -> Vec<&str> {
    line.split("<<")
        .skip(1)
        .filter_map(shell::heredoc_end)
        .collect()
}

fn one(instruction: &str, pieces: &mut Pieces) {
    let mut scan = Scan::new(instruction, pieces);
    scan.take_while(Role::Plain, char::is_whitespace);
    if scan.peek() == Some('#') {
        scan.take_line(Role::Dim);
        return scan.take_while(Role::Plain, |_| true);
    }
    let mut keyword = keyword(&mut scan);
    if keyword == "ONBUILD" {
        keyword = self::keyword(&mut scan);
    }
    flags(&mut scan);
    let rest = scan.rest();
    match keyword.as_str() {
        "RUN" | "CMD" | "ENTRYPOINT" | "SHELL" | "VOLUME" | "COPY" | "ADD"
            if rest.starts_with('[') =>
        {
            data::json(rest, pieces);
        }
        "RUN" | "CMD" | "ENTRYPOINT" => shell::script(rest, pieces),
        "HEALTHCHECK" => health(rest, pieces),
        _ => words(rest, pieces),
    }
}

/// `CMD` and what it runs, or `NONE`.
fn health(rest: &str, pieces: &mut Pieces) {
    let mut scan = Scan::new(rest, pieces);
    keyword(&mut scan);
    let command = scan.rest();
    match command.starts_with('[') {
        true => data::json(command, pieces),
        false => shell::script(command, pieces),
    }
}

/// The keyword and the spaces after it.
fn keyword(scan: &mut Scan<'_, '_>) -> String {
    let length = run(scan.rest(), |c| c.is_ascii_alphabetic());
    let word = scan.rest()[..length].to_ascii_uppercase();
    scan.take(Role::Keyword, length);
    scan.take_while(Role::Plain, |c| c == ' ' || c == '\t');
    word
}

fn flags(scan: &mut Scan<'_, '_>) {
    while scan.rest().starts_with("--") {
        scan.take_while(Role::Accent, |c| !c.is_whitespace());
        scan.take_while(Role::Plain, |c| c.is_whitespace() || c == '\\');
    }
}

fn words(code: &str, pieces: &mut Pieces) {
    let mut scan = Scan::new(code, pieces);
    let mut line_start = false;
    while let Some(c) = scan.peek() {
        match c {
            '#' if line_start => scan.take_line(Role::Dim),
            '"' => scan.take_quoted(Some('\\')),
            '\'' => scan.take_quoted(None),
            '$' => scan.take_variable(),
            c if c.is_whitespace() => {
                line_start |= c == '\n';
                scan.take_char(Role::Plain);
                continue;
            }
            _ => {
                let length = run(scan.rest(), |c| !c.is_whitespace() && !"\"'$".contains(c));
                let is_as = scan.rest()[..length].eq_ignore_ascii_case("as");
                let role = if is_as { Role::Keyword } else { Role::Plain };
                scan.take(role, length);
            }
        }
        line_start = false;
    }
}
