//! What a program wrote, up to a limit: reading goes on after it, so that the program never blocks.

use bollard::container::LogOutput;

/// Collects two streams, keeping at most `cap` bytes of both together.
#[derive(Debug)]
pub(super) struct Collector {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    merged: Vec<u8>,
    room: usize,
    truncated: bool,
}

/// A program's output as text; bytes that are no UTF-8 become U+FFFD.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logs {
    /// Standard output (and standard error too, of a container with a terminal).
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Both in the order they were received.
    pub merged: String,
    /// True when something was left out for being over the limit.
    pub truncated: bool,
}

impl Collector {
    pub(super) fn new(cap: usize) -> Self {
        Self {
            stdout: vec![],
            stderr: vec![],
            merged: vec![],
            room: cap,
            truncated: false,
        }
    }

    pub(super) fn take(&mut self, output: &LogOutput) {
        let bytes = output.as_ref();
        let kept = &bytes[..bytes.len().min(self.room)];
        self.room -= kept.len();
        self.truncated |= kept.len() < bytes.len();
        match output {
            LogOutput::StdErr { .. } => self.stderr.extend_from_slice(kept),
            LogOutput::StdOut { .. } | LogOutput::Console { .. } => {
                self.stdout.extend_from_slice(kept);
            }
            LogOutput::StdIn { .. } => return,
        }
        self.merged.extend_from_slice(kept);
    }

    pub(super) fn is_full(&self) -> bool {
        self.truncated
    }

    /// True when all that was written is the runtime's own refusal (engines before 25 send it as output).
    pub(super) fn is_runtime_refusal(&self) -> bool {
        self.merged.starts_with(b"OCI runtime exec failed")
    }

    pub(super) fn finish(self) -> Logs {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Logs {
            stdout: text(self.stdout),
            stderr: text(self.stderr),
            merged: text(self.merged),
            truncated: self.truncated,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_streams_share_one_limit_and_what_is_cut_is_said() {
        let mut collector = Collector::new(5);
        collector.take(&LogOutput::StdOut {
            message: "abc".into(),
        });
        collector.take(&LogOutput::StdErr {
            message: "def".into(),
        });
        collector.take(&LogOutput::StdOut {
            message: "ghi".into(),
        });
        let logs = collector.finish();
        assert_eq!((logs.stdout.as_str(), logs.stderr.as_str()), ("abc", "de"));
        assert_eq!((logs.merged.as_str(), logs.truncated), ("abcde", true));
    }

    #[test]
    fn what_just_fits_is_not_called_truncated() {
        let mut collector = Collector::new(3);
        collector.take(&LogOutput::StdOut {
            message: "abc".into(),
        });
        assert!(!collector.finish().truncated);
    }
}
