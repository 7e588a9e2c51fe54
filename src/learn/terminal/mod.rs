//! The terminal of the seat: the screen, the keyboard, the editor. Nothing else in this room touches it.

mod full;
mod keys;
mod pages;
mod shell;

pub use full::Full;
pub use keys::{Keys, Taken};
pub use pages::Pages;
pub use shell::Shell;

use std::io::Write as _;
use std::path::Path;
use std::process::ExitStatus;

use crate::render::{Color, Role, Style, width};

/// The screen.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// What standard output can do.
    pub style: Style,
    /// Whether a person looks at it, who can press keys.
    pub watched: bool,
    /// Whether it understands cursor movement.
    pub live: bool,
    /// Its lines, where a text can be shown a page at a time.
    pub lines: Option<usize>,
}

impl Screen {
    /// The same screen as wide and high as it is now.
    #[must_use]
    pub fn measured(self) -> Self {
        let Some((columns, lines)) = terminal_size::terminal_size_of(std::io::stdout()) else {
            return self;
        };
        Self {
            style: Style {
                width: usize::from(columns.0).clamp(40, 200),
                ..self.style
            },
            lines: self.lines.map(|_| usize::from(lines.0)),
            ..self
        }
    }

    /// Writes below what is there.
    pub fn print(&self, text: &str) {
        self.status("");
        let _ = std::io::stdout().lock().write_all(text.as_bytes());
    }

    /// Writes in place of what is there.
    pub fn draw(&self, text: &str) {
        let clear = if self.live { "\x1b[H\x1b[2J" } else { "" };
        let _ = std::io::stdout()
            .lock()
            .write_all(format!("{clear}{text}").as_bytes());
    }

    /// Shows what is going on, on a line that the next words replace.
    pub fn status(&self, text: &str) {
        if !self.live {
            return;
        }
        let text = crate::text::inert_line(text);
        let room = self.style.width.saturating_sub(1);
        let mut shown = String::new();
        for c in text.chars() {
            if width(&shown) >= room {
                break;
            }
            shown.push(c);
        }
        let painted = self.style.paint(Role::Dim, &shown);
        let mut out = std::io::stdout().lock();
        let _ = write!(out, "\r\x1b[2K{painted}");
        let _ = out.flush();
    }

    /// Asks which of these is meant; `None` where none is. Only where something can move.
    pub fn choose(&self, question: &str, of: Vec<String>, at: usize) -> Option<usize> {
        let asked = inquire::Select::new(question, of).with_starting_cursor(at);
        let asked = match self.style.color {
            Color::Never => asked.with_render_config(inquire::ui::RenderConfig::empty()),
            Color::Basic16 => asked,
        };
        asked
            .raw_prompt_skippable()
            .ok()
            .flatten()
            .map(|it| it.index)
    }
}

/// The person's editor, as they would type it.
pub fn editor() -> Option<String> {
    let chosen = |name: &str| std::env::var(name).ok().filter(|it| !it.trim().is_empty());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let has_code = || std::env::split_paths(&path).any(|folder| folder.join("code").is_file());
    chosen("VISUAL")
        .or_else(|| chosen("EDITOR"))
        .or_else(|| has_code().then(|| "code".to_owned()))
}

/// Opens something in the editor and waits until it is closed, where the editor waits.
///
/// # Errors
/// It cannot be started.
pub async fn edit(editor: &str, what: &Path, within: &Path) -> std::io::Result<ExitStatus> {
    let line = format!("{editor} \"$1\"");
    tokio::process::Command::new("sh")
        .args(["-c", &line, "sh"])
        .arg(what)
        .current_dir(within)
        .status()
        .await
}

/// Tells when the terminal may have changed: another size, or back from being suspended.
pub struct Covered {
    #[cfg(unix)]
    signals: Option<[tokio::signal::unix::Signal; 2]>,
}

impl Covered {
    /// Watches from now on. Must be called inside a runtime.
    pub fn watched() -> Self {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let resumed = SignalKind::from_raw(rustix::process::Signal::CONT.as_raw());
            let size = signal(SignalKind::window_change());
            let signals = size.ok().zip(signal(resumed).ok());
            Self {
                signals: signals.map(|(size, resumed)| [size, resumed]),
            }
        }
        #[cfg(not(unix))]
        Self {}
    }

    /// Waits until it has.
    pub async fn ended(&mut self) {
        #[cfg(unix)]
        if let Some([size, resumed]) = &mut self.signals {
            tokio::select! {
                _ = size.recv() => {}
                _ = resumed.recv() => {}
            }
            return;
        }
        std::future::pending::<()>().await;
    }
}
