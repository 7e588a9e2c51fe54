//! The lab view as plain state: the lesson and the tasks at the left, the learner's shell and a picture of what runs at the
//! right. What happens goes in, what is to be done comes out; nothing here touches a terminal, a process or an engine.

mod draw;
mod emulator;
mod ink;
mod input;
mod layout;
mod panes;
mod tell;

use crate::learn::seat::Show;
use crate::outcome::Picture;
use crate::render::Style;

use emulator::Emulator;
use input::{Input, Key};
use layout::Layout;
use panes::Panes;

pub use layout::fits;

/// The lab.
pub struct Lab {
    layout: Layout,
    style: Style,
    focus: Focus,
    /// The pane that the arrow keys move while the lesson has the keys.
    moved: Pane,
    panes: Panes,
    shell: Emulator,
    /// What the shell's pane says in place of a shell.
    instead: Option<String>,
    picture: Option<Picture>,
    /// The step of the lesson that one is at, by its task, and whether it is still to be gone to.
    step: Option<String>,
    goes: bool,
    /// Whether nobody has turned to the lesson yet: what needs nothing done does not take its beginning away.
    unread: bool,
    /// What is shown in the lesson's place until a key is pressed.
    sheet: Option<Sheet>,
    /// What is told below the tasks: a failure, a hint, or what has passed just now.
    news: Vec<Show>,
    /// What the look that is on its way is doing.
    doing: String,
    /// Whether leaving ends a program that runs in the shell, and is asked about.
    leaving: bool,
}

/// Who gets what is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Focus {
    /// The shell.
    Shell,
    /// The lesson, and all that is about it.
    Lesson,
}

/// A part of the screen that can hold more than it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pane {
    Lesson,
    Tasks,
    Shell,
    Picture,
}

/// What can stand in the lesson's place.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Sheet {
    /// What every key does.
    Help,
    /// A text with a title.
    Text(&'static str, String),
}

/// What the shell is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShellState {
    /// It waits for a command.
    Prompt,
    /// A program runs in it.
    Busy,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Event<'e> {
    /// Keys came, as the terminal sends them.
    Typed(&'e [u8], ShellState),
    /// The shell, or a program in it, wrote this.
    Written(&'e [u8]),
    /// The shell cannot be had, for this reason.
    NoShell(String),
    /// The screen has this size: columns, lines.
    Sized(u16, u16),
    /// What is in the sandbox was looked at; `None` where it is not to be seen.
    Pictured(Option<Picture>),
    /// The look that is on its way is doing this.
    Doing(String),
    /// The seat has something to show.
    Shows(Show),
    /// A text with this title is to be read, styled for [`Lab::page_style`].
    Sheet(&'static str, String),
}

/// Something to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send this to the shell.
    Send(Vec<u8>),
    /// Tell the shell its size: columns, lines.
    Size(u16, u16),
    /// Give the seat this key.
    Press(char),
}

impl Lab {
    /// A lab on a screen of this size, with the look of this terminal.
    pub fn new(columns: u16, lines: u16, style: Style) -> Self {
        let layout = Layout::of(columns, lines, 0);
        Self {
            shell: Emulator::new(layout.shell.width, layout.shell.height),
            layout,
            style,
            focus: Focus::Shell,
            moved: Pane::Lesson,
            panes: Panes::default(),
            instead: None,
            picture: None,
            step: None,
            goes: false,
            unread: true,
            sheet: None,
            news: Vec::new(),
            doing: String::new(),
            leaving: false,
        }
    }

    /// The size of the shell: columns, lines.
    pub fn shell_size(&self) -> (u16, u16) {
        (self.layout.shell.width, self.layout.shell.height)
    }

    /// Which ways of sending keys the program in the shell asks of the terminal; none while others get the keys.
    pub fn modes(&self) -> Modes {
        match self.focus {
            Focus::Shell => self.shell.modes(),
            Focus::Lesson => Modes::default(),
        }
    }

    /// Takes an event and gives what is to be done, in order.
    pub fn on(&mut self, event: Event<'_>) -> Vec<Action> {
        match event {
            Event::Typed(bytes, shell) => self.typed(bytes, shell),
            Event::Written(bytes) => {
                let replies = self.shell.written(bytes);
                match replies.is_empty() {
                    true => Vec::new(),
                    false => vec![Action::Send(replies)],
                }
            }
            Event::NoShell(reason) => {
                self.instead = Some(reason);
                Vec::new()
            }
            Event::Sized(columns, lines) => {
                self.layout = Layout::of(columns, lines, 0);
                let (columns, lines) = self.shell_size();
                self.shell.sized(columns, lines);
                vec![Action::Size(columns, lines)]
            }
            Event::Pictured(picture) => {
                self.picture = picture;
                Vec::new()
            }
            Event::Doing(what) => {
                self.doing = what;
                Vec::new()
            }
            Event::Shows(show) => {
                self.shows(show);
                Vec::new()
            }
            Event::Sheet(title, text) => {
                self.opens(Sheet::Text(title, text));
                Vec::new()
            }
        }
    }

    fn shows(&mut self, show: Show) {
        match show {
            Show::Text(task) => {
                self.sheet = None;
                self.step = task;
                self.goes = true;
            }
            Show::Help => self.opens(Sheet::Help),
            Show::Tick(_) => {
                let ticks = |show: &Show| matches!(show, Show::Tick(_));
                self.news.retain(ticks);
                self.news.push(show);
                self.panes.tasks.at = 0;
            }
            Show::Trouble(_) => {
                self.news = vec![show];
                self.panes.tasks.at = 0;
            }
            // What it is a hint for stays to be read with it.
            Show::Hint { .. } => {
                self.news.retain(|show| matches!(show, Show::Trouble(_)));
                self.news.insert(0, show);
                self.panes.tasks.at = 0;
            }
            // The trouble is still there, with what it was looked at for.
            Show::Same(task) => self.news = vec![Show::Trouble(task)],
            // Their places show what holds now.
            Show::Failed(_) | Show::Note(_) | Show::Done | Show::Board | Show::Keys => {}
            // It comes as a text: the reference is in files.
            Show::Solution => {}
        }
    }

    fn typed(&mut self, bytes: &[u8], shell: ShellState) -> Vec<Action> {
        let mut actions = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = match self.focus {
                Focus::Shell => self.gives_shell(rest, shell, &mut actions),
                Focus::Lesson => self.gives_lesson(rest, shell, &mut actions),
            };
        }
        actions
    }

    /// What is typed goes to the shell, up to the key that leads to the lesson; gives what is left. The keys that turn pages
    /// turn the lesson's while no program is there that they could be meant for.
    fn gives_shell<'b>(
        &mut self,
        bytes: &'b [u8],
        shell: ShellState,
        actions: &mut Vec<Action>,
    ) -> &'b [u8] {
        let (before, rest) = match input::find_switch(bytes) {
            Some((before, rest)) => {
                self.focus = Focus::Lesson;
                self.moved = Pane::Lesson;
                (before, rest)
            }
            None => (bytes, &[][..]),
        };
        let turns = (shell == ShellState::Prompt)
            .then(|| input::page(before))
            .flatten();
        match turns {
            Some(key) => {
                self.unread = false;
                self.moves(Pane::Lesson, key);
            }
            None if before.is_empty() => {}
            None => {
                self.shell.scroll(0);
                actions.push(Action::Send(before.to_vec()));
            }
        }
        rest
    }

    /// One key for the lesson; gives what is left.
    fn gives_lesson<'b>(
        &mut self,
        bytes: &'b [u8],
        shell: ShellState,
        actions: &mut Vec<Action>,
    ) -> &'b [u8] {
        let (key, rest) = input::key(bytes);
        self.unread = false;
        let was_leaving = std::mem::take(&mut self.leaving);
        match key {
            Input::Switch => self.back(),
            Input::Move(Key::Escape) if self.sheet.is_some() => self.close(),
            Input::Move(Key::Escape) => self.back(),
            Input::Move(Key::Tab) => self.moved = self.next_moved(),
            Input::Move(key) => self.moves(self.moved, key),
            Input::Char(' ') => self.moves(self.moved, Key::PageDown),
            // What leads here is given to the shell so.
            Input::Char(']') => {
                self.back();
                actions.push(Action::Send(vec![input::SWITCH]));
            }
            Input::Char('q') if self.sheet.is_some() => self.close(),
            Input::Char('q') if shell == ShellState::Busy && !was_leaving => self.leaving = true,
            Input::Char(key) => {
                self.moved = Pane::Lesson;
                actions.push(Action::Press(key));
            }
            Input::Unknown => {}
        }
        rest
    }

    fn back(&mut self) {
        self.focus = Focus::Shell;
        self.shell.scroll(0);
    }

    fn opens(&mut self, sheet: Sheet) {
        self.panes.lesson.at = 0;
        self.sheet = Some(sheet);
    }

    fn close(&mut self) {
        self.sheet = None;
        self.goes = true;
    }

    /// The panes that hold more than they show, one after the other.
    fn next_moved(&self) -> Pane {
        const ALL: [Pane; 4] = [Pane::Lesson, Pane::Tasks, Pane::Shell, Pane::Picture];
        let at = ALL.iter().position(|pane| *pane == self.moved).unwrap_or(0);
        let others = (1..=ALL.len()).map(|step| ALL[(at + step) % ALL.len()]);
        others
            .into_iter()
            .find(|pane| self.overflows(*pane))
            .unwrap_or(Pane::Lesson)
    }

    fn overflows(&self, pane: Pane) -> bool {
        match pane {
            Pane::Lesson => true,
            Pane::Tasks => self.panes.tasks.overflows(self.layout.tasks.height),
            Pane::Shell => self.shell.has_history(),
            Pane::Picture => self.panes.picture.overflows(self.layout.picture.height),
        }
    }

    fn moves(&mut self, pane: Pane, key: Key) {
        let (part, height) = match pane {
            Pane::Lesson => (&mut self.panes.lesson, self.layout.lesson.height),
            Pane::Tasks => (&mut self.panes.tasks, self.layout.tasks.height),
            Pane::Picture => (&mut self.panes.picture, self.layout.picture.height),
            Pane::Shell => {
                let page = usize::from(self.layout.shell.height.max(2)) - 1;
                let back = self.shell.scrolled();
                self.shell.scroll(match key {
                    Key::Up => back + 1,
                    Key::Down => back.saturating_sub(1),
                    Key::PageUp => back + page,
                    Key::PageDown => back.saturating_sub(page),
                    Key::Home => usize::MAX,
                    Key::End | Key::Tab | Key::Escape => 0,
                });
                return;
            }
        };
        part.moves(key, height);
    }
}

/// Which ways of sending keys a program asks of its terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Modes {
    /// Arrow keys as applications get them (DECCKM).
    pub cursor: bool,
    /// The keypad as applications get it (DECNKM).
    pub keypad: bool,
    /// What is pasted between brackets.
    pub paste: bool,
}

#[cfg(test)]
mod tests;
