//! The whole screen, drawn on: what was there before comes back when this is dropped, or when the program panics.

use std::io::{Stdout, Write as _, stdout};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Position, Rect};

use crate::learn::lab::{Lab, Modes};

/// Whether the screen is ours.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// To the other screen (xterm's 1049), and back with every mode as it was.
const ENTER: &str = "\x1b[?1049h\x1b[2J";
const LEAVE: &str = "\x1b[?1l\x1b>\x1b[?2004l\x1b[0m\x1b[?25h\x1b[?1049l";

/// The whole screen.
pub struct Full {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    modes: Modes,
}

impl Full {
    /// Takes the screen.
    ///
    /// # Errors
    /// Standard output is no terminal that can be used.
    pub fn taken() -> std::io::Result<Self> {
        // A message of a panic is to be read where one can read it.
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                leave();
                before(panic);
            }));
        });
        let terminal = Terminal::new(CrosstermBackend::new(stdout()))?;
        let mut full = Self {
            terminal,
            modes: Modes::default(),
        };
        full.take()?;
        Ok(full)
    }

    /// Takes the screen again, after something else had it.
    ///
    /// # Errors
    /// It cannot be written to.
    pub fn take(&mut self) -> std::io::Result<()> {
        TAKEN.store(true, Ordering::SeqCst);
        say(ENTER);
        self.modes = Modes::default();
        // It also draws everything anew. `clear` would ask the terminal something, and the answer is not ours to read.
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::from((Position::ORIGIN, size)))
    }

    /// Gives the screen to something else.
    pub fn give(&mut self) {
        leave();
    }

    /// Draws the lab, and has the terminal send keys as the program in the shell asks for them.
    ///
    /// # Errors
    /// The screen cannot be written to.
    pub fn draw(&mut self, lab: &Lab) -> std::io::Result<()> {
        self.terminal.draw(|frame| lab.draw(frame))?;
        let wanted = lab.modes();
        if self.modes != wanted {
            self.modes = wanted;
            let switch = |on: bool, yes, no| if on { yes } else { no };
            say(switch(wanted.cursor, "\x1b[?1h", "\x1b[?1l"));
            say(switch(wanted.keypad, "\x1b=", "\x1b>"));
            say(switch(wanted.paste, "\x1b[?2004h", "\x1b[?2004l"));
        }
        Ok(())
    }

    /// The screen's size: columns, lines.
    pub fn size(&self) -> (u16, u16) {
        let size = self.terminal.size().unwrap_or_default();
        (size.width, size.height)
    }
}

impl Drop for Full {
    fn drop(&mut self) {
        leave();
    }
}

fn leave() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        say(LEAVE);
    }
}

fn say(codes: &str) {
    let mut out = stdout().lock();
    let _ = out.write_all(codes.as_bytes());
    let _ = out.flush();
}
