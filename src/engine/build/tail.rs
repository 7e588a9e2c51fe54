//! The end of a text of any length.

/// Keeps the last `cap` bytes written to it.
#[derive(Clone, Debug, Default)]
pub(super) struct Tail {
    bytes: Vec<u8>,
    cap: usize,
    written: usize,
}

impl Tail {
    pub(super) fn new(cap: usize) -> Self {
        Self {
            bytes: Vec::new(),
            cap,
            written: 0,
        }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.written += bytes.len();
        self.bytes.extend_from_slice(bytes);
        // Cutting at twice the limit makes it seldom.
        if self.bytes.len() > self.cap.saturating_mul(2) {
            self.cut();
        }
    }

    /// How much was written in all.
    pub(super) fn written(&self) -> usize {
        self.written
    }

    /// True when the beginning is lost.
    pub(super) fn is_cut(&self) -> bool {
        self.written > self.cap
    }

    /// The text; a lost beginning is lost up to the next whole line, where there is one.
    pub(super) fn text(mut self) -> String {
        self.cut();
        let whole = match self.bytes.iter().position(|byte| *byte == b'\n') {
            Some(end) if self.is_cut() => &self.bytes[end + 1..],
            _ => &self.bytes,
        };
        String::from_utf8_lossy(whole).into_owned()
    }

    fn cut(&mut self) {
        let surplus = self.bytes.len().saturating_sub(self.cap);
        self.bytes.drain(..surplus);
    }
}

#[cfg(test)]
mod tests {
    use super::Tail;

    fn tail(cap: usize, pieces: &[&str]) -> Tail {
        let mut tail = Tail::new(cap);
        for piece in pieces {
            tail.push(piece.as_bytes());
        }
        tail
    }

    #[test]
    fn what_fits_is_kept_whole() {
        let all = tail(6, &["abc", "def"]);
        assert!(!all.is_cut());
        assert_eq!(all.text(), "abcdef");
    }

    #[test]
    fn the_end_of_a_long_text_begins_with_a_whole_line() {
        let end = tail(7, &["one\n", "two\n", "three\n"]);
        assert!(end.is_cut());
        assert_eq!((end.written(), end.text().as_str()), (14, "three\n"));
    }
}
