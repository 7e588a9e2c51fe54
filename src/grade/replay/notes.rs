//! What the program that stands before `docker` tells: a line when a command was typed, a line when it has ended.

use base64::Engine as _;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Note {
    /// Who waits until it was read: the process's number in its container.
    pub(super) waits: u32,
    pub(super) what: What,
}

/// What it tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// These words are about to be carried out.
    Typed(Vec<String>),
    /// They have been.
    Ended,
}

/// Lines as they arrive in pieces.
#[derive(Default)]
pub(super) struct Notes {
    rest: Vec<u8>,
}

/// A line longer than this is none of ours.
const LONGEST: usize = 8192;

impl Notes {
    /// The whole lines so far. What cannot be read is left out: who wrote it waits in vain, and the deadline passes.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Vec<Note> {
        self.rest.extend_from_slice(bytes);
        let mut notes = Vec::new();
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            notes.extend(note(&String::from_utf8_lossy(&line)));
        }
        if self.rest.len() > LONGEST {
            self.rest.clear();
        }
        notes
    }
}

fn note(line: &str) -> Option<Note> {
    let mut parts = line.trim_end().split(' ');
    let (word, waits) = (parts.next()?, parts.next()?.parse().ok()?);
    let what = match word {
        "typed" => What::Typed(words(parts.next().unwrap_or_default())?),
        "done" => What::Ended,
        _ => return None,
    };
    Some(Note { waits, what })
}

fn words(encoded: &str) -> Option<Vec<String>> {
    // A cut at the end leaves a last word that is not whole.
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(encoded)
        .ok()?;
    let whole = bytes.strip_suffix(&[0]).unwrap_or(&bytes);
    let words = whole.split(|byte| *byte == 0);
    Some(
        words
            .map(|word| String::from_utf8_lossy(word).into_owned())
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_in_whatever_pieces_they_arrive() {
        let mut notes = Notes::default();
        assert_eq!(notes.take(b"typed 12 ZG9ja2VyAHBzAA"), []);
        let words = ["docker", "ps"].map(str::to_owned).to_vec();
        let typed = Note {
            waits: 12,
            what: What::Typed(words),
        };
        assert_eq!(
            notes.take(b"==\ndone 12 0\n"),
            [
                typed,
                Note {
                    waits: 12,
                    what: What::Ended
                }
            ]
        );
    }

    #[test]
    fn what_is_no_note_is_left_out() {
        let mut notes = Notes::default();
        assert_eq!(notes.take(b"pass everything\ndone x 0\ntyped 1 ???\n"), []);
    }

    #[test]
    fn words_keep_their_spaces_and_may_be_empty() {
        let encoded = base64::engine::general_purpose::STANDARD.encode(b"docker\0a b\0\0");
        assert_eq!(words(&encoded).unwrap(), ["docker", "a b", ""]);
    }
}
