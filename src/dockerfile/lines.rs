//! Physical lines joined into instructions, as BuildKit's `parser.go` does it: continuations, the comments
//! between them, and the bodies of here-documents set aside.

use super::flags::split_flags;
use super::heredoc::{self, Heredoc};
use super::instruction::Keyword;
use super::{ParseFault, directives};

/// One instruction as text, with the lines it stands on.
pub(super) struct Logical {
    pub(super) line: u32,
    pub(super) end_line: u32,
    pub(super) text: String,
    pub(super) heredocs: Vec<Heredoc>,
}

pub(super) fn join(text: &str, escape: char) -> Result<Vec<Logical>, ParseFault> {
    // Builders take one carriage return off a line's end and disagree on what a second one is: before it, an escape may
    // continue the line or not.
    let twice = |line: &str| line.ends_with("\r\r");
    if let Some(index) = text.split('\n').position(twice) {
        let line = u32::try_from(index + 1).unwrap_or(u32::MAX);
        return Err(ParseFault::new(
            line,
            "the line ends with two carriage returns",
        ));
    }
    let text = text.strip_prefix(directives::BOM).unwrap_or(text);
    let mut lines = Lines {
        rest: text,
        number: 0,
    };
    let mut joined = Vec::new();
    while let Some(first) = lines.next() {
        let line = lines.number;
        let first = first.trim_end_matches(['\r', '\n']).trim_start();
        if first.is_empty() || first.starts_with('#') {
            continue;
        }
        let (piece, mut ends) = without_continuation(first, escape);
        let mut text = piece.to_string();
        while !ends {
            let Some(next) = lines.next() else { break };
            if is_comment_or_empty(next) {
                continue;
            }
            let (piece, last) = without_continuation(next.trim_end_matches(['\r', '\n']), escape);
            text.push_str(piece);
            ends = last;
        }
        if text.is_empty() {
            continue;
        }
        let mut logical = Logical {
            line,
            end_line: lines.number,
            text,
            heredocs: Vec::new(),
        };
        if logical.text.contains("<<") && may_hold_heredocs(&logical.text, escape) {
            lines.take_bodies(&mut logical)?;
        }
        joined.push(logical);
    }
    Ok(joined)
}

fn is_comment_or_empty(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

/// The line without its continuation, and whether the instruction ends with it.
fn without_continuation(line: &str, escape: char) -> (&str, bool) {
    match line.trim_end_matches([' ', '\t']).strip_suffix(escape) {
        // Two escapes are an escaped escape, not a continuation.
        Some(piece) if !piece.ends_with(escape) => (piece, false),
        _ => (line, true),
    }
}

fn may_hold_heredocs(text: &str, escape: char) -> bool {
    let (word, _, rest) = split_flags(text, escape);
    match Keyword::read(word) {
        Some(Keyword::Onbuild) => may_hold_heredocs(rest.trim(), escape),
        Some(Keyword::Run | Keyword::Copy | Keyword::Add) => {
            serde_json::from_str::<Vec<String>>(rest.trim()).is_err()
        }
        _ => false,
    }
}

/// The lines of a file with their ends, counted.
struct Lines<'a> {
    rest: &'a str,
    number: u32,
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let end = self.rest.find('\n').map_or(self.rest.len(), |at| at + 1);
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest;
        self.number += 1;
        Some(line)
    }
}

impl Lines<'_> {
    fn take_bodies(&mut self, logical: &mut Logical) -> Result<(), ParseFault> {
        for mut doc in heredoc::opened_by(&logical.text) {
            let (rest, number) = (self.rest, self.number);
            doc.line = self.number + 1;
            if self.take_body(&mut doc) {
                logical.end_line = self.number;
                logical.heredocs.push(doc);
                continue;
            }
            if !doc.disputed {
                return Err(ParseFault::new(
                    logical.line,
                    format!(
                        "the here-document {} never ends",
                        crate::text::tick(&doc.name)
                    ),
                ));
            }
            // `$((1 << 2))`: not a here-document for the builders that still read this file.
            (self.rest, self.number) = (rest, number);
        }
        Ok(())
    }

    fn take_body(&mut self, doc: &mut Heredoc) -> bool {
        for line in self.by_ref() {
            let line = if doc.strip_tabs {
                line.trim_start_matches('\t')
            } else {
                line
            };
            if line.trim_end_matches(['\r', '\n']) == doc.name {
                return true;
            }
            doc.content.push_str(line);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(text: &str) -> Vec<(u32, u32, String)> {
        let lines = join(text, '\\').unwrap();
        lines
            .into_iter()
            .map(|l| (l.line, l.end_line, l.text))
            .collect()
    }

    #[test]
    fn continuations_are_joined_over_comments_and_empty_lines() {
        assert_eq!(
            joined("FROM a\n\nRUN b \\\n# why\n\n  c \\  \n  d\nCMD e\n"),
            [
                (1, 1, "FROM a".to_string()),
                (3, 7, "RUN b   c   d".to_string()),
                (8, 8, "CMD e".to_string()),
            ]
        );
    }

    #[test]
    fn windows_line_ends_and_a_mark_at_the_start_change_nothing() {
        assert_eq!(
            joined("\u{feff}FROM a\r\nRUN b \\\r\n c\r\n"),
            [(1, 1, "FROM a".to_string()), (2, 3, "RUN b  c".to_string())]
        );
    }

    #[test]
    fn two_carriage_returns_at_the_end_are_a_fault() {
        let fault = join("FROM a\nRUN b \\\r\r\n c\n", '\\')
            .map(drop)
            .unwrap_err();
        assert_eq!(
            (fault.line, fault.message.as_str()),
            (2, "the line ends with two carriage returns")
        );
        assert!(join("FROM a\r\r", '\\').is_err());
        assert_eq!(joined("FROM a\r").len(), 1);
    }

    #[test]
    fn two_escapes_end_the_line_and_the_last_one_may_dangle() {
        assert_eq!(joined("RUN a \\\\\nRUN b \\").len(), 2);
        assert_eq!(joined("# only\n\n   \n"), []);
        assert_eq!(join("RUN a `\n b", '`').unwrap()[0].text, "RUN a  b");
    }

    #[test]
    fn bodies_are_set_aside_with_their_lines() {
        let text = "RUN <<-A cat <<B\n\t1\n\tA\nFROM x\nB\nADD [\"<<C\", \"/\"]\n";
        let lines = join(text, '\\').unwrap();
        assert_eq!(lines.len(), 2);
        assert_eq!((lines[0].line, lines[0].end_line), (1, 5));
        let docs: Vec<_> = lines[0]
            .heredocs
            .iter()
            .map(|d| (d.line, d.content.as_str()))
            .collect();
        assert_eq!(docs, [(2, "1\n"), (4, "FROM x\n")]);
        assert!(lines[1].heredocs.is_empty());
    }

    #[test]
    fn only_run_copy_and_add_have_here_documents() {
        assert_eq!(joined("LABEL a=<<EOF\nFROM b\n").len(), 2);
        assert_eq!(joined("ONBUILD RUN <<EOF\nFROM b\nEOF\n").len(), 1);
    }

    #[test]
    fn one_without_an_end_is_a_fault_and_arithmetic_is_not() {
        let fault = join("FROM a\nRUN <<EOF\nx\n", '\\').err().unwrap();
        assert_eq!(
            (fault.line, fault.message.as_str()),
            (2, "the here-document `EOF` never ends")
        );
        assert_eq!(joined("RUN echo $((1 << 2))\nRUN b\n").len(), 2);
    }
}
