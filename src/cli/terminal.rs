//! The terminal: what it can do, found once, and the only place of this room that reads from it.

use std::io::{IsTerminal as _, Write as _};

use crate::failure::{ExitCode, Failure};
use crate::render::{Color, Glyphs, Links, Role, Style};

use super::args::{ColorChoice, Global};

/// What standard output and standard error can do.
pub(crate) struct Terminal {
    /// How to style what goes to standard output.
    pub(crate) out: Style,
    /// How to style what goes to standard error.
    pub(crate) err: Style,
    /// Whether standard error is a terminal that understands cursor movement.
    pub(crate) live: bool,
    /// Whether standard output is a terminal.
    pub(crate) is_screen: bool,
    /// The lines of the screen that standard output is; `None` where nothing can be shown a page at a time.
    pub(crate) lines: Option<usize>,
}

/// What the environment says of the terminal.
struct Environment {
    dumb: bool,
    no_color: bool,
    links: Links,
}

impl Environment {
    fn found() -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        // A multiplexer says what the terminal around it can, and drops the links of that.
        let inside = set("TMUX") || set("STY");
        let clickable = supports_hyperlinks::supports_hyperlinks() && !inside;
        Self {
            dumb: std::env::var("TERM").is_ok_and(|term| term == "dumb"),
            no_color: set("NO_COLOR"),
            links: match clickable {
                true => Links::Clickable,
                false => Links::Written,
            },
        }
    }
}

impl Terminal {
    /// Looks at the streams and the environment.
    pub(crate) fn found(global: &Global) -> Self {
        let around = Environment::found();
        let (out, err) = (
            std::io::stdout().is_terminal(),
            std::io::stderr().is_terminal(),
        );
        let out_size = terminal_size::terminal_size_of(std::io::stdout());
        let err_size = terminal_size::terminal_size_of(std::io::stderr());
        let plain = global.plain || std::env::var_os("SEALEGS_PLAIN").is_some_and(|on| on != "0");
        let style =
            |terminal: bool, size: Option<(terminal_size::Width, terminal_size::Height)>| {
                let color = match global.color {
                    ColorChoice::Always => Color::Basic16,
                    ColorChoice::Auto if terminal && !around.no_color && !around.dumb && !plain => {
                        Color::Basic16
                    }
                    ColorChoice::Auto | ColorChoice::Never => Color::Never,
                };
                Style {
                    color,
                    width: size.map_or(80, |(columns, _)| usize::from(columns.0).clamp(40, 200)),
                    glyphs: match (plain, around.dumb) {
                        (true, _) => Glyphs::Words,
                        (false, true) => Glyphs::Ascii,
                        (false, false) => Glyphs::Unicode,
                    },
                    links: match terminal && !plain {
                        true => around.links,
                        false => Links::Written,
                    },
                }
            };
        Self {
            out: style(out, out_size),
            err: style(err, err_size),
            live: err && !around.dumb && !plain,
            is_screen: out,
            lines: out_size
                .filter(|_| out && !around.dumb && !plain)
                .map(|(_, lines)| usize::from(lines.0)),
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

    /// Asks a question that is answered with yes or no. A terminal on which nothing moves gets a plain line.
    pub(crate) fn confirm(&self, question: &str, default: bool) -> Result<bool, Failure> {
        if self.live {
            let asked = inquire::Confirm::new(question).with_default(default);
            let asked = match self.err.color {
                Color::Never => asked.with_render_config(inquire::ui::RenderConfig::empty()),
                Color::Basic16 => asked,
            };
            return asked.prompt().map_err(|_| Failure::Interrupted);
        }
        let choices = if default { "Y/n" } else { "y/N" };
        loop {
            let _ = write!(std::io::stderr().lock(), "{question} [{choices}] ");
            let mut answer = String::new();
            match std::io::stdin().read_line(&mut answer) {
                Ok(1..) => {}
                Ok(0) | Err(_) => return Err(Failure::Interrupted),
            }
            match answer.trim().to_lowercase().as_str() {
                "" => return Ok(default),
                "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                _ => self.say("please answer y or n"),
            }
        }
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
