//! What comes out of the replay's terminal, taken apart: output, and the shell's word that it is ready for more.

/// Opens and closes a prompt; no keyboard and hardly a program writes these.
const OPEN: u8 = 0x1e;
const CLOSE: u8 = 0x1f;

/// What the shell did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prompt {
    /// It has carried out the command, which ended with this exit code.
    Ready(i32),
    /// The command goes on: a quote, a loop or a here-document is open.
    More,
}

/// Takes the terminal's bytes apart. The prompts carry a fresh value, so that no output passes for one by chance.
pub(super) struct Terminal {
    nonce: String,
    /// Bytes that may be the beginning of a prompt.
    held: Vec<u8>,
    output: Vec<u8>,
    written: usize,
    cap: usize,
}

impl Terminal {
    /// A terminal that keeps the last `cap` bytes of each command's output.
    pub(super) fn new(nonce: String, cap: usize) -> Self {
        Self {
            nonce,
            held: Vec::new(),
            output: Vec::new(),
            written: 0,
            cap,
        }
    }

    /// The shell's `PS1`: it expands `$?` each time.
    pub(super) fn ready(&self) -> String {
        format!("{}{}:$?{}", char::from(OPEN), self.nonce, char::from(CLOSE))
    }

    /// The shell's `PS2`.
    pub(super) fn more(&self) -> String {
        format!("{}{}+{}", char::from(OPEN), self.nonce, char::from(CLOSE))
    }

    /// Takes bytes; gives the last prompt in them, if there is one.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Option<Prompt> {
        let mut seen = None;
        for byte in bytes {
            match (*byte, self.held.is_empty()) {
                (OPEN, _) => {
                    self.give_up();
                    self.held.push(OPEN);
                }
                (CLOSE, false) => match self.read() {
                    Some(prompt) => {
                        self.held.clear();
                        seen = Some(prompt);
                    }
                    None => {
                        self.held.push(CLOSE);
                        self.give_up();
                    }
                },
                (byte, false) => {
                    self.held.push(byte);
                    if self.held.len() > self.nonce.len() + 8 {
                        self.give_up();
                    }
                }
                (byte, true) => self.write(&[byte]),
            }
        }
        seen
    }

    /// What was held for a prompt is none.
    fn give_up(&mut self) {
        let held = std::mem::take(&mut self.held);
        self.write(&held);
    }

    fn write(&mut self, bytes: &[u8]) {
        self.written += bytes.len();
        self.output.extend_from_slice(bytes);
        // Twice the cap before it is cut, so that a flood is not moved about byte by byte.
        if self.output.len() > 2 * self.cap {
            self.output.drain(..self.output.len() - self.cap);
        }
    }

    fn read(&self) -> Option<Prompt> {
        let text = std::str::from_utf8(&self.held[1..]).ok()?;
        match text.strip_prefix(&self.nonce)? {
            "+" => Some(Prompt::More),
            code => Some(Prompt::Ready(code.strip_prefix(':')?.parse().ok()?)),
        }
    }

    /// How many bytes the command has written so far.
    pub(super) fn written(&self) -> usize {
        self.written
    }

    /// Counts what is written from nought again: what a command wrote before it was interrupted still arrives.
    pub(super) fn forgive(&mut self) {
        self.written = 0;
    }

    /// The end of what the command has written, as text, and begins anew for the next one.
    pub(super) fn finish(&mut self) -> String {
        self.give_up();
        self.written = 0;
        let bytes = std::mem::take(&mut self.output);
        let from = bytes.len().saturating_sub(self.cap);
        let text = String::from_utf8_lossy(&bytes[from..]);
        text.replace("\r\n", "\n").trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terminal() -> Terminal {
        Terminal::new("abc123".into(), 10)
    }

    #[test]
    fn output_ends_at_a_prompt_however_the_bytes_arrive() {
        let mut terminal = terminal();
        let bytes = b"hello\r\n\x1eabc123:7\x1f";
        let prompts: Vec<Prompt> = bytes
            .iter()
            .filter_map(|byte| terminal.take(&[*byte]))
            .collect();
        assert_eq!(prompts, [Prompt::Ready(7)]);
        assert_eq!(terminal.finish(), "hello");
        assert_eq!(terminal.take(b"\x1eabc123+\x1f"), Some(Prompt::More));
        assert_eq!(terminal.finish(), "");
    }

    #[test]
    fn what_only_looks_like_a_prompt_is_output() {
        let mut terminal = terminal();
        assert_eq!(terminal.take(b"\x1eabc:0\x1f\x1eabc123:x\x1f"), None);
        assert_eq!(
            terminal.take(b"\x1enever closed, and longer than any prompt"),
            None
        );
        assert!(terminal.finish().ends_with("any prompt"));
    }

    #[test]
    fn of_a_flood_the_end_is_kept() {
        let mut terminal = terminal();
        terminal.take(&[b'x'; 5000]);
        terminal.take(b"the end");
        assert_eq!(terminal.written(), 5007);
        assert_eq!(terminal.finish(), "xxxthe end");
    }

    #[test]
    fn the_prompts_are_read_back_as_the_shell_writes_them() {
        let mut terminal = terminal();
        let ready = terminal.ready().replace("$?", "125");
        assert_eq!(terminal.take(ready.as_bytes()), Some(Prompt::Ready(125)));
        let more = terminal.more();
        assert_eq!(terminal.take(more.as_bytes()), Some(Prompt::More));
    }
}
