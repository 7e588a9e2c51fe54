//! A long text on a terminal: shown by a pager, from section to section where that is `less`.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::render::{Links, Style, seen_width};

use super::terminal::Terminal;

/// The first `less` that passes clickable text through.
const LESS_WITH_LINKS: u32 = 581;

/// What marks a section for `less`: the line under a heading, or the one that a task begins with.
const SECTION: &str = "^((═)+|(─)+|=+|-+|(──|--) .* (──|--))$";

const PROMPT: &str = "-PsSpace page, n and N sections, q leaves";

/// Shows what is too long for the screen by the pager, all else at once. `text` is made for the style it will be
/// shown in: a pager may not know links.
pub(super) fn show(terminal: &Terminal, text: impl Fn(&Style) -> String) {
    let whole = text(&terminal.out);
    let fits = terminal
        .lines
        .is_none_or(|lines| height(&whole, terminal.out.width) < lines);
    let pager = if fits { None } else { Pager::found() };
    let Some(pager) = pager else {
        return terminal.print(&whole);
    };
    let paged = match terminal.out.links == Links::Clickable && !pager.passes_links() {
        true => text(&Style {
            links: Links::Written,
            ..terminal.out
        }),
        false => whole,
    };
    if pager.run(&paged).is_err() {
        terminal.print(&paged);
    }
}

/// How many lines of the terminal a text takes.
fn height(text: &str, columns: usize) -> usize {
    let lines = |line: &str| seen_width(line).div_ceil(columns).max(1);
    text.lines().map(lines).sum()
}

enum Pager {
    /// `less`, with our own options.
    Less,
    /// What the person has chosen, with theirs.
    Chosen(String),
}

impl Pager {
    fn found() -> Option<Self> {
        match std::env::var("PAGER") {
            Ok(pager) if ["", "cat"].contains(&pager.trim()) => None,
            Ok(pager) if pager.trim() != "less" => Some(Self::Chosen(pager)),
            _ => Some(Self::Less),
        }
    }

    /// Whether clickable text comes through as such.
    fn passes_links(&self) -> bool {
        if let Self::Chosen(_) = self {
            return false;
        }
        let said = Command::new("less").arg("--version").output();
        let said = said.map_or(String::new(), |said| {
            String::from_utf8_lossy(&said.stdout).into_owned()
        });
        let version = said.split_whitespace().nth(1).unwrap_or_default();
        let digits = version.split('.').next().unwrap_or_default();
        digits
            .parse()
            .is_ok_and(|version: u32| version >= LESS_WITH_LINKS)
    }

    fn run(&self, text: &str) -> std::io::Result<()> {
        let mut command = match self {
            Self::Less => {
                let mut less = Command::new("less");
                less.args(["-R", "-G", "-j2", PROMPT, &format!("+/{SECTION}")]);
                less
            }
            Self::Chosen(line) => {
                let mut shell = Command::new("sh");
                shell.args(["-c", line]);
                if std::env::var_os("LESS").is_none() {
                    shell.env("LESS", "R");
                }
                shell
            }
        };
        let mut child = command.stdin(Stdio::piped()).spawn()?;
        if let Some(mut input) = child.stdin.take() {
            // A pager that was left before its end reads no further.
            let _ = input.write_all(text.as_bytes());
        }
        child.wait().map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_takes_several() {
        assert_eq!(height("a\n\nbbbbbbbbbb\n", 4), 5);
    }
}
