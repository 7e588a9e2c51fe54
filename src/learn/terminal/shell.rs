//! The learner's shell on a terminal of its own, which this program plays. It ends when this is dropped.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::time::Duration;

use pty_process::{OwnedReadPty, OwnedWritePty, Size};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Child;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use crate::learn::lab::ShellState;

/// What a shell is told that its terminal is: what `lab/emulator.rs` plays.
const TERM: &str = "xterm-256color";

/// How long a shell may take to end once its terminal has gone.
const END: Duration = Duration::from_millis(700);

/// A shell.
pub struct Shell {
    child: Child,
    from: OwnedReadPty,
    to: Option<UnboundedSender<Told>>,
    terminal: OwnedFd,
}

/// What its terminal is told.
enum Told {
    Typed(Vec<u8>),
    Size(u16, u16),
}

impl Shell {
    /// Starts it on a terminal of this many columns and lines. Must be called inside a runtime.
    ///
    /// # Errors
    /// There is no such program, or no terminal to be had.
    pub fn start(command: std::process::Command, (columns, lines): (u16, u16)) -> io::Result<Self> {
        let (pty, end) = pty_process::open().map_err(io::Error::other)?;
        pty.resize(Size::new(lines, columns))
            .map_err(io::Error::other)?;
        let child = pty_process::Command::from(tokio::process::Command::from(command))
            .env("TERM", TERM)
            .env("COLORTERM", "truecolor")
            // They tell of a terminal around this one.
            .env_remove("COLUMNS")
            .env_remove("LINES")
            .env_remove("TMUX")
            .env_remove("STY")
            .kill_on_drop(true)
            .spawn(end)
            .map_err(|error| match error {
                pty_process::Error::Io(error) => error,
                error => io::Error::other(error),
            })?;
        let terminal = pty.as_fd().try_clone_to_owned()?;
        let (from, into) = pty.into_split();
        let (to, told) = unbounded_channel();
        // What is typed waits for the program that reads it, and nothing else does.
        tokio::spawn(pass_on(into, told));
        Ok(Self {
            child,
            from,
            to: Some(to),
            terminal,
        })
    }

    /// What it, or a program in it, writes next; `None` where it has ended.
    pub async fn next(&mut self, bytes: &mut [u8]) -> Option<usize> {
        // A terminal that nobody holds any more answers with an error.
        self.from.read(bytes).await.ok().filter(|read| *read > 0)
    }

    /// Types something.
    pub fn send(&self, bytes: Vec<u8>) {
        self.tell(Told::Typed(bytes));
    }

    /// Gives its terminal another size.
    pub fn size(&self, columns: u16, lines: u16) {
        self.tell(Told::Size(columns, lines));
    }

    fn tell(&self, told: Told) {
        if let Some(to) = &self.to {
            let _ = to.send(told);
        }
    }

    /// Whether a program runs in it.
    pub fn state(&self) -> ShellState {
        let front = rustix::termios::tcgetpgrp(&self.terminal).ok();
        let front = front.map(|group| group.as_raw_nonzero().get().unsigned_abs());
        match front.is_some() && front != self.child.id() {
            true => ShellState::Busy,
            false => ShellState::Prompt,
        }
    }

    /// Ends it: its terminal goes, and where that is not enough it is killed.
    pub async fn end(self) {
        let Self {
            mut child,
            from,
            to,
            terminal,
        } = self;
        drop((from, to, terminal));
        if timeout(END, child.wait()).await.is_err() {
            let _ = child.kill().await;
        }
    }
}

async fn pass_on(mut into: OwnedWritePty, mut told: UnboundedReceiver<Told>) {
    while let Some(told) = told.recv().await {
        let done = match told {
            Told::Typed(bytes) => into.write_all(&bytes).await,
            Told::Size(columns, lines) => into
                .resize(Size::new(lines, columns))
                .map_err(io::Error::other),
        };
        if done.is_err() {
            return;
        }
    }
}
