//! The terminal: what it can do, found once, and the only place of this room that reads from it.

use std::io::{IsTerminal as _, Write as _};

use crate::failure::{ExitCode, Failure};
use crate::render::{Color, Glyphs, Role, Style};

use super::args::ColorChoice;

/// What standard output and standard error can do.
pub(crate) struct Terminal {
    /// How to style what goes to standard output.
    pub(crate) out: Style,
    /// How to style what goes to standard error.
    pub(crate) err: Style,
    /// Whether standard error is a terminal that understands cursor movement.
    pub(crate) live: bool,
}

impl Terminal {
    /// Looks at the streams and the environment.
    pub(crate) fn found(choice: ColorChoice) -> Self {
        let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let (out, err) = (
            std::io::stdout().is_terminal(),
            std::io::stderr().is_terminal(),
        );
        let color = |terminal: bool| match choice {
            ColorChoice::Always => Color::Basic16,
            ColorChoice::Auto if terminal && !no_color && !dumb => Color::Basic16,
            ColorChoice::Auto | ColorChoice::Never => Color::Never,
        };
        let glyphs = if dumb { Glyphs::Ascii } else { Glyphs::Unicode };
        let columns = |size: Option<(terminal_size::Width, terminal_size::Height)>| {
            size.map_or(80, |(columns, _)| usize::from(columns.0).clamp(40, 200))
        };
        let out_width = columns(terminal_size::terminal_size_of(std::io::stdout()));
        let err_width = columns(terminal_size::terminal_size_of(std::io::stderr()));
        Self {
            out: Style {
                color: color(out),
                width: out_width,
                glyphs,
            },
            err: Style {
                color: color(err),
                width: err_width,
                glyphs,
            },
            live: err && !dumb,
        }
    }

    /// Writes results. A reader that has gone away (`| head`) is no error.
    pub(crate) fn print(&self, text: &str) {
        let _ = std::io::stdout().lock().write_all(text.as_bytes());
    }

    /// Writes a line about what is going on.
    pub(crate) fn say(&self, text: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }

    /// Writes what stopped us, once, and gives its exit code.
    pub(crate) fn failed(&self, failure: &Failure) -> ExitCode {
        let said = failure.to_string();
        let text = match failure {
            Failure::Interrupted => self.err.paint(Role::Warn, "interrupted"),
            _ => format!(
                "{} {}",
                self.err.paint(Role::Bad, "error:"),
                crate::text::inert(&said)
            ),
        };
        self.say(&text);
        failure.exit_code()
    }
}
