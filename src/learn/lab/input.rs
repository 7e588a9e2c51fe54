//! Bytes of a keyboard as what is meant by them (ECMA-48 and xterm's "PC-style" keys).

/// Ctrl-]: what telnet's users know leads out of the program one is in.
pub(super) const SWITCH: u8 = 0x1d;

/// F2, which does the same where a keyboard has no `]`: of xterm, of others, of Linux's console.
const F2: [&[u8]; 3] = [b"\x1bOQ", b"\x1b[12~", b"\x1b[[B"];

/// One thing that was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// To the other side.
    Switch,
    /// A key that moves something.
    Move(Key),
    /// A character.
    Char(char),
    /// A key that means nothing here.
    Unknown,
}

/// A key that moves something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
    Tab,
    Escape,
}

/// What is before the key that switches, and what is after it.
pub(super) fn find_switch(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = (0..bytes.len()).find_map(|at| Some((at, switch(&bytes[at..])?)));
    let (at, length) = at?;
    Some((&bytes[..at], &bytes[at + length..]))
}

/// How long the key that switches is, where these bytes begin with it.
fn switch(bytes: &[u8]) -> Option<usize> {
    if bytes.first() == Some(&SWITCH) {
        return Some(1);
    }
    let key = F2.iter().find(|key| bytes.starts_with(key));
    key.map(|key| key.len())
}

/// The key that turns a page, where these bytes are one.
pub(super) fn page(bytes: &[u8]) -> Option<Key> {
    match key(bytes) {
        (Input::Move(key @ (Key::PageUp | Key::PageDown)), []) => Some(key),
        _ => None,
    }
}

/// The first thing of these bytes, and what is left.
pub(super) fn key(bytes: &[u8]) -> (Input, &[u8]) {
    if let Some(length) = switch(bytes) {
        return (Input::Switch, &bytes[length..]);
    }
    match bytes {
        [b'\t', rest @ ..] => (Input::Move(Key::Tab), rest),
        [0x1b, b'[' | b'O', rest @ ..] => sequence(rest),
        // Alone, or with the next key where somebody types fast or the line is slow.
        [0x1b, rest @ ..] => (Input::Move(Key::Escape), rest),
        bytes => character(bytes),
    }
}

/// A key of several bytes, from behind its introducer to its last byte.
fn sequence(bytes: &[u8]) -> (Input, &[u8]) {
    let end = bytes.iter().position(|byte| (0x40..=0x7e).contains(byte));
    let Some(end) = end else {
        return (Input::Unknown, &[]);
    };
    let found = match &bytes[..=end] {
        b"A" => Some(Key::Up),
        b"B" => Some(Key::Down),
        b"H" | b"1~" | b"7~" => Some(Key::Home),
        b"F" | b"4~" | b"8~" => Some(Key::End),
        b"5~" => Some(Key::PageUp),
        b"6~" => Some(Key::PageDown),
        _ => None,
    };
    (found.map_or(Input::Unknown, Input::Move), &bytes[end + 1..])
}

fn character(bytes: &[u8]) -> (Input, &[u8]) {
    let longest = bytes.len().min(4);
    for length in 1..=longest {
        if let Ok(text) = std::str::from_utf8(&bytes[..length]) {
            let found = text.chars().next().map_or(Input::Unknown, Input::Char);
            return (found, &bytes[length..]);
        }
    }
    (Input::Unknown, &bytes[longest.min(1)..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_apart_whatever_comes_with_them() {
        let all = |mut bytes: &[u8]| {
            let mut found = Vec::new();
            while !bytes.is_empty() {
                let (input, rest) = key(bytes);
                found.push(input);
                bytes = rest;
            }
            found
        };
        use Input::{Char, Move, Switch, Unknown};
        assert_eq!(
            all("h\x1b[A\x1bOB\x1b[5~ü\x1b[1;5C\x1dq\t".as_bytes()),
            [
                Char('h'),
                Move(Key::Up),
                Move(Key::Down),
                Move(Key::PageUp),
                Char('ü'),
                Unknown,
                Switch,
                Char('q'),
                Move(Key::Tab),
            ]
        );
        assert_eq!(all(b"\x1bOQ"), [Switch]);
        assert_eq!(all(b"\x1b"), [Move(Key::Escape)]);
        assert_eq!(all(b"\x1bq"), [Move(Key::Escape), Char('q')]);
        assert_eq!(all(b"\xff"), [Unknown]);
        assert_eq!(all(b"\x1b[99"), [Unknown]);
    }

    #[test]
    fn the_key_that_switches_is_found_between_others() {
        assert_eq!(find_switch(b"ls\x1dh"), Some((&b"ls"[..], &b"h"[..])));
        assert_eq!(find_switch(b"\x1b[12~"), Some((&b""[..], &b""[..])));
        assert_eq!(find_switch(b"ls\r"), None);
    }

    #[test]
    fn only_a_page_key_alone_turns_a_page() {
        assert_eq!(page(b"\x1b[6~"), Some(Key::PageDown));
        assert_eq!(page(b"\x1b[6~x"), None);
        assert_eq!(page(b"\x1b[A"), None);
    }
}
