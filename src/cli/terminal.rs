//! The terminal: what it can do, found once, and the only place of this room that reads from it.

use std::io::{IsTerminal as _, Write as _};

use crate::failure::{ExitCode, Failure};
use crate::render::{Color, Glyphs, Links, Role, Style};
use crate::render::{Indent, Span, seen_width, wrapped};

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
    /// Whether standard error is one.
    is_terminal: bool,
    /// The lines of the screen that standard output is; `None` where nothing can be shown a page at a time.
    pub(crate) lines: Option<usize>,
}

/// How many numbers are asked for.
#[derive(Clone, Copy, Debug)]
enum Numbers {
    One,
    Some,
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
            is_terminal: err,
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
        let mut out = String::new();
        for line in text.split('\n') {
            // What is laid out already, or is no line of words, stays as it is.
            let is_wide = self.is_terminal && seen_width(line) > self.err.width;
            if is_wide && !line.starts_with(' ') && !line.contains('\x1b') {
                out.push_str(&wrapped(&[Span::plain(line)], Indent::default(), &self.err));
            } else {
                out.push_str(line);
                out.push('\n');
            }
        }
        let _ = std::io::stderr().lock().write_all(out.as_bytes());
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
            let answer = typed_line()?;
            match answer.trim().to_lowercase().as_str() {
                "" => return Ok(default),
                "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                _ => self.say("please answer y or n"),
            }
        }
    }

    /// Asks for a line of text.
    pub(crate) fn ask(&self, question: &str) -> Result<String, Failure> {
        if !self.live {
            return self.answer(question);
        }
        let asked = inquire::Text::new(question);
        let asked = match self.err.color {
            Color::Never => asked.with_render_config(inquire::ui::RenderConfig::empty()),
            Color::Basic16 => asked,
        };
        asked.prompt().map_err(|_| Failure::Interrupted)
    }

    /// Asks which one of these is meant.
    pub(crate) fn pick(&self, question: &str, of: Vec<String>) -> Result<usize, Failure> {
        if !self.live {
            return Ok(self.numbers(question, &of, Numbers::One)?[0]);
        }
        let asked = inquire::Select::new(question, of);
        let asked = match self.err.color {
            Color::Never => asked.with_render_config(inquire::ui::RenderConfig::empty()),
            Color::Basic16 => asked,
        };
        let picked = asked.raw_prompt().map_err(|_| Failure::Interrupted)?;
        Ok(picked.index)
    }

    /// Asks which ones of these are meant.
    pub(crate) fn pick_several(
        &self,
        question: &str,
        of: Vec<String>,
    ) -> Result<Vec<usize>, Failure> {
        if !self.live {
            return self.numbers(question, &of, Numbers::Some);
        }
        let asked = inquire::MultiSelect::new(question, of);
        let asked = match self.err.color {
            Color::Never => asked.with_render_config(inquire::ui::RenderConfig::empty()),
            Color::Basic16 => asked,
        };
        let picked = asked.raw_prompt().map_err(|_| Failure::Interrupted)?;
        Ok(picked.into_iter().map(|one| one.index).collect())
    }

    /// Asks for the numbers of rows, where nothing moves.
    fn numbers(
        &self,
        question: &str,
        of: &[String],
        how_many: Numbers,
    ) -> Result<Vec<usize>, Failure> {
        for (index, row) in of.iter().enumerate() {
            self.say(&format!("{}. {row}", index + 1));
        }
        loop {
            let answer = self.answer(question)?;
            let numbers: Option<Vec<usize>> = answer
                .split([',', ' '])
                .filter(|word| !word.is_empty())
                .map(|word| word.parse().ok().filter(|n| (1..=of.len()).contains(n)))
                .collect();
            match (numbers.as_deref(), how_many) {
                (Some([only]), Numbers::One) => return Ok(vec![only - 1]),
                (Some([_, ..]), Numbers::Some) => {
                    let numbers = numbers.unwrap_or_default().into_iter();
                    return Ok(numbers.map(|n| n - 1).collect());
                }
                (_, Numbers::One) => self.say("please answer with one of the numbers"),
                (_, Numbers::Some) => self.say("please answer with numbers"),
            }
        }
    }

    /// A line from the keyboard.
    fn answer(&self, question: &str) -> Result<String, Failure> {
        let _ = write!(std::io::stderr().lock(), "{question} ");
        let mut answer = String::new();
        match std::io::stdin().read_line(&mut answer) {
            Ok(1..) => Ok(answer.trim().to_owned()),
            Ok(0) | Err(_) => Err(Failure::Interrupted),
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

/// A line that is typed; none where the input has ended, or on Ctrl-C, which nothing else hears once a part of a command
/// has waited for it.
fn typed_line() -> Result<String, Failure> {
    let read = || {
        let mut line = String::new();
        match std::io::stdin().read_line(&mut line) {
            Ok(1..) => Ok(line),
            Ok(0) | Err(_) => Err(Failure::Interrupted),
        }
    };
    if tokio::runtime::Handle::try_current().is_ok() {
        return read();
    }
    super::wait_for(async {
        tokio::select! {
            line = tokio::task::spawn_blocking(read) => line.unwrap_or(Err(Failure::Interrupted)),
            () = super::stop() => Err(Failure::Interrupted),
        }
    })
}
