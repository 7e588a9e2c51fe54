//! What a loop in one column has before it: the desk, the screen, the keyboard.

use tokio::sync::mpsc;

use super::desk::Desk;
use super::look::Told;
use super::{Happened, Left, Sitting};
use crate::learn::seat::{Effect, Event, Show};
use crate::learn::terminal::{Keys, Pages, Screen, Taken};
use crate::learn::view;

/// The parts of the loop that belong together.
pub(super) struct Table<'a> {
    pub(super) desk: Desk<'a>,
    screen: Screen,
    pub(super) keys: Option<Keys>,
    /// The text that is being read.
    reading: Option<Pages>,
    /// What is shown when it was read.
    held: Vec<Show>,
}

impl<'a> Table<'a> {
    /// Lays the table: nothing is shown and looked at yet.
    pub(super) fn laid(sitting: &'a Sitting<'a>, told: mpsc::UnboundedSender<Told>) -> Self {
        Self {
            desk: Desk::laid(sitting, told),
            screen: sitting.screen.measured(),
            keys: match sitting.screen.watched {
                true => Keys::open(Taken::Keys),
                false => None,
            },
            reading: None,
            held: Vec::new(),
        }
    }

    /// Takes one event to its end; tells how the seat was left, if it was.
    pub(super) async fn turn(&mut self, event: Event) -> Option<Left> {
        for effect in self.desk.turn(event) {
            match effect {
                Effect::Show(show) => self.show(show),
                Effect::Edit => self.edit().await,
                Effect::Choose => {
                    if let Some(lesson) = self.choose() {
                        return Some(Left::To(lesson));
                    }
                    self.show(Show::Keys);
                }
                Effect::Next => return Some(Left::Next),
                Effect::Leave => return Some(Left::Away),
                Effect::Pass(_)
                | Effect::Hinted { .. }
                | Effect::Look(_)
                | Effect::LookIn(_)
                | Effect::AwaitEngine => {}
            }
        }
        None
    }

    /// What it is for the seat; nothing where it only concerns the screen.
    pub(super) fn event(&mut self, happened: Happened) -> Option<Event> {
        Some(match happened {
            Happened::Told(Told::Judged(grade)) => Event::Judged(grade),
            Happened::Told(Told::Doing(what)) => {
                if self.reading.is_none() {
                    self.screen.status(&what);
                }
                return None;
            }
            Happened::Ended(ended) => {
                self.rest();
                Event::Looked(self.desk.looked(ended))
            }
            Happened::Key(key) if self.reads(key) => return None,
            Happened::Key(key) => Event::Key(key),
            Happened::Noticed(noticed) => self.desk.noticed(noticed),
            Happened::Uncovered => {
                self.uncovered();
                Event::Uncovered
            }
        })
    }

    fn show(&mut self, show: Show) {
        if self.reading.is_some() {
            // Nobody is interrupted while reading.
            return self.held.push(show);
        }
        let style = self.screen.style;
        match show {
            Show::Keys if self.keys.is_none() => {}
            Show::Text(task) => {
                let sections = view::text(&self.desk.seat, task.as_deref(), &style);
                self.read(&sections);
            }
            Show::Solution => {
                let text = self.desk.solution(&style);
                self.read(&[text]);
            }
            show => {
                let folder = &self.desk.sitting.folder_shown;
                let text = view::shown(&self.desk.seat, &show, folder, &style);
                match show {
                    Show::Board => self.screen.draw(&text),
                    _ => self.screen.print(&text),
                }
            }
        }
    }

    /// Begins a text: all of it where it fits or nobody can turn pages, else its first page.
    fn read(&mut self, sections: &[String]) {
        self.screen.print("\n");
        self.reading = Some(Pages::of(sections));
        self.turn_page();
    }

    fn turn_page(&mut self) {
        let Some(mut pages) = self.reading.take() else {
            return;
        };
        let height = self.screen.lines.filter(|_| self.keys.is_some());
        let text = match height {
            Some(lines) => pages.next(self.screen.style.width, lines.saturating_sub(2)),
            None => pages.rest(),
        };
        self.screen.print(&text);
        if !pages.is_over() {
            self.reading = Some(pages);
            return self.rest();
        }
        self.tell_held();
    }

    /// The line below everything while nothing is going on.
    fn rest(&self) {
        self.screen.status(match self.reading {
            Some(_) => "Space: on   q: skip the rest",
            None => "",
        });
    }

    /// Shows what came while the learner was reading; the line of keys once, at the end.
    fn tell_held(&mut self) {
        let held = std::mem::take(&mut self.held);
        let keys = held.contains(&Show::Keys);
        for show in held.into_iter().filter(|show| *show != Show::Keys) {
            self.show(show);
        }
        if keys {
            self.show(Show::Keys);
        }
    }

    /// A key while a text is being read; tells whether it was one.
    fn reads(&mut self, key: char) -> bool {
        if self.reading.is_none() {
            return false;
        }
        match key {
            'q' => {
                self.reading = None;
                self.tell_held();
            }
            _ => self.turn_page(),
        }
        true
    }

    async fn edit(&mut self) {
        if let Some(keys) = &self.keys {
            keys.give();
        }
        let trouble = self.desk.edit().await;
        if let Some(keys) = &self.keys {
            keys.take();
        }
        if let Some(said) = trouble {
            self.screen.print(&format!("{said}\n"));
        }
        self.show(Show::Keys);
    }

    fn choose(&self) -> Option<String> {
        if !self.screen.live {
            let said = "`sealegs list` shows the lessons, `sealegs start LESSON` goes to one\n";
            self.screen.print(said);
            return None;
        }
        if let Some(keys) = &self.keys {
            keys.give();
        }
        let chosen = self.desk.choose(&self.screen);
        if let Some(keys) = &self.keys {
            keys.take();
        }
        chosen
    }

    fn uncovered(&mut self) {
        self.screen = self.screen.measured();
        if let Some(keys) = &self.keys {
            keys.take();
        }
        self.rest();
    }

    /// Ends what is on its way.
    pub(super) async fn clear(&mut self) {
        self.keys = None;
        self.screen.status("");
        self.desk.clear().await;
    }
}
