//! What the programs in the shell write, as a screen, and what a terminal is asked for and answers.

use super::Modes;

/// Lines that have left the screen and can be looked at again.
const HISTORY: usize = 2_000;

/// A terminal that is only a picture.
pub(super) struct Emulator {
    parser: vt100::Parser<Replies>,
}

/// Answers to what programs ask of their terminal.
#[derive(Default)]
struct Replies(Vec<u8>);

impl vt100::Callbacks for Replies {
    fn unhandled_csi(
        &mut self,
        screen: &mut vt100::Screen,
        first: Option<u8>,
        _second: Option<u8>,
        params: &[&[u16]],
        last: char,
    ) {
        let param = params.first().and_then(|it| it.first()).copied();
        let reply = match (first, last, param.unwrap_or(0)) {
            // A terminal that is well, and where its cursor is (ECMA-48, DSR).
            (None, 'n', 5) => "\x1b[0n".to_owned(),
            (None, 'n', 6) => {
                let (line, column) = screen.cursor_position();
                format!("\x1b[{};{}R", line + 1, column + 1)
            }
            // What it is: a VT220 with colours (xterm's DA).
            (None, 'c', 0) => "\x1b[?62;22c".to_owned(),
            (Some(b'>'), 'c', 0) => "\x1b[>1;10;0c".to_owned(),
            _ => return,
        };
        self.0.extend(reply.into_bytes());
    }
}

impl Emulator {
    pub(super) fn new(columns: u16, lines: u16) -> Self {
        let (columns, lines) = (columns.max(1), lines.max(1));
        Self {
            parser: vt100::Parser::new_with_callbacks(lines, columns, HISTORY, Replies::default()),
        }
    }

    /// Takes what was written; gives what the terminal answers.
    pub(super) fn written(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.parser.process(bytes);
        std::mem::take(&mut self.parser.callbacks_mut().0)
    }

    pub(super) fn sized(&mut self, columns: u16, lines: u16) {
        let (columns, lines) = (columns.max(1), lines.max(1));
        self.parser.screen_mut().set_size(lines, columns);
    }

    /// Shows what left the screen this many lines ago.
    pub(super) fn scroll(&mut self, lines: usize) {
        self.parser.screen_mut().set_scrollback(lines);
    }

    /// How many lines ago what is shown left the screen.
    pub(super) fn scrolled(&self) -> usize {
        self.screen().scrollback()
    }

    /// Whether anything has left the screen.
    pub(super) fn has_history(&self) -> bool {
        let mut screen = self.screen().clone();
        screen.set_scrollback(1);
        screen.scrollback() > 0
    }

    pub(super) fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    pub(super) fn modes(&self) -> Modes {
        let screen = self.screen();
        Modes {
            cursor: screen.application_cursor(),
            keypad: screen.application_keypad(),
            paste: screen.bracketed_paste(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_is_answered_and_nothing_else() {
        let mut shell = Emulator::new(20, 5);
        assert_eq!(shell.written(b"ab\r\nc\x1b[6n"), b"\x1b[2;2R");
        assert_eq!(shell.written(b"\x1b[c"), b"\x1b[?62;22c");
        assert_eq!(shell.written(b"\x1b]0;title\x07plain"), b"");
        assert!(shell.screen().contents().contains("plain"));
    }

    #[test]
    fn what_has_left_the_screen_can_be_looked_at() {
        let mut shell = Emulator::new(10, 2);
        assert!(!shell.has_history());
        shell.written(b"one\r\ntwo\r\nthree");
        assert!(shell.has_history());
        shell.scroll(usize::MAX);
        assert_eq!(shell.scrolled(), 1);
        assert!(shell.screen().contents().starts_with("one"));
    }

    #[test]
    fn a_program_says_how_it_wants_its_keys() {
        let mut shell = Emulator::new(10, 2);
        shell.written(b"\x1b[?1h\x1b=\x1b[?2004h");
        let all = Modes {
            cursor: true,
            keypad: true,
            paste: true,
        };
        assert_eq!(shell.modes(), all);
    }
}
