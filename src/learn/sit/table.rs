//! What the loop has before it: the seat, the screen, the keyboard, the look that is on its way.

use std::path::Path;

use tokio::sync::mpsc;

use super::look::{Look, Told};
use super::{Happened, Left, Sitting};
use crate::course::{Lesson, Task};
use crate::engine::{Engine, Run};
use crate::failure::Failure;
use crate::learn::changes::{Change, Changes, Noticed, Pace, affected};
use crate::learn::seat::{Effect, Event, Looked, Seat, Show};
use crate::learn::terminal::{Keys, Pages, Screen, edit, editor};
use crate::learn::{compared, view};
use crate::report::solution;
use crate::text::inert_line;

/// The parts of the loop that belong together.
pub(super) struct Table<'a> {
    sitting: &'a Sitting<'a>,
    screen: Screen,
    seat: Seat<'a>,
    pub(super) keys: Option<Keys>,
    pub(super) changes: Changes,
    pub(super) look: Option<Look<'a>>,
    /// The tasks of the look that is on its way.
    looked_at: Vec<String>,
    /// The tasks of the look that comes after the one that is being given up.
    waiting: Option<Vec<String>>,
    /// The text that is being read.
    reading: Option<Pages>,
    /// What is shown when it was read.
    held: Vec<Show>,
    told: mpsc::UnboundedSender<Told>,
}

/// What is listened to.
fn changes(sitting: &Sitting<'_>) -> Changes {
    let changes = Changes::of_files(sitting.folder.to_owned(), Pace::default());
    if sitting.lesson.needs_sandbox() {
        let images = sitting.course.images.iter();
        let images = images.filter(|image| sitting.lesson.images.contains(&image.name));
        changes.and_of_sandbox(
            sitting.engine,
            &sitting.lesson.id,
            images.cloned().collect(),
        );
    }
    changes
}

impl<'a> Table<'a> {
    /// Lays the table: nothing is shown and looked at yet.
    pub(super) fn laid(sitting: &'a Sitting<'a>, told: mpsc::UnboundedSender<Told>) -> Self {
        Self {
            sitting,
            screen: sitting.screen.measured(),
            seat: Seat::new(sitting.lesson, &sitting.keep.progress(), sitting.face),
            keys: sitting.screen.watched.then(Keys::open).flatten(),
            changes: changes(sitting),
            look: None,
            looked_at: Vec::new(),
            waiting: None,
            reading: None,
            held: Vec::new(),
            told,
        }
    }

    /// Takes one event to its end; tells how the seat was left, if it was.
    pub(super) async fn turn(&mut self, event: Event) -> Option<Left> {
        for effect in self.seat.on(event) {
            match effect {
                Effect::Pass(task) => self.sitting.keep.pass(&self.sitting.lesson.id, &task),
                Effect::Hinted { task, says } => {
                    let lesson = &self.sitting.lesson.id;
                    self.sitting.keep.hinted(lesson, &task, &says);
                }
                Effect::Look(tasks) => self.begin(tasks),
                Effect::Show(show) => self.show(show),
                Effect::Edit => self.edit().await,
                Effect::Choose => {
                    if let Some(lesson) = self.choose() {
                        return Some(Left::To(lesson));
                    }
                    self.show(Show::Keys);
                }
                Effect::AwaitEngine => self.changes.when_engine_is_back(self.sitting.engine),
                Effect::Next => return Some(Left::Next),
                Effect::Leave => return Some(Left::Away),
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
            Happened::Ended(ended) => Event::Looked(self.looked(ended)),
            Happened::Key(key) if self.reads(key) => return None,
            Happened::Key(key) => Event::Key(key),
            Happened::Noticed(noticed) => self.noticed(noticed),
            Happened::Uncovered => {
                self.uncovered();
                Event::Uncovered
            }
        })
    }

    fn noticed(&self, noticed: Noticed) -> Event {
        let affected = match &noticed {
            Noticed::Changed(change) => self.affected(change),
            Noticed::Said(_) | Noticed::EngineIsGone | Noticed::EngineIsBack => Vec::new(),
        };
        Event::Noticed { noticed, affected }
    }

    /// Open tasks that may see a change, and those whose look a new one would cut short.
    fn affected(&self, change: &Change) -> Vec<String> {
        let open: Vec<&Task> = self.seat.open();
        let found = affected(&open, change, self.sitting.folder);
        if found.is_empty() {
            return Vec::new();
        }
        let under_way = self.waiting.as_ref().unwrap_or(&self.looked_at);
        let cut_short = |id: &String| self.look.is_some() && under_way.contains(id);
        let ids = open.iter().map(|task| &task.id);
        ids.filter(|id| found.contains(&id.as_str()) || cut_short(id))
            .cloned()
            .collect()
    }

    fn begin(&mut self, tasks: Vec<String>) {
        match &mut self.look {
            None => self.start(tasks),
            Some(look) => {
                look.give_up();
                self.waiting = Some(tasks);
            }
        }
    }

    fn start(&mut self, tasks: Vec<String>) {
        let part = self.seat.part(&tasks);
        self.look = Some(Look::at(self.sitting, part, self.told.clone()));
        self.looked_at = tasks;
    }

    fn looked(&mut self, ended: Result<(), Failure>) -> Looked {
        self.look = None;
        self.rest();
        if let Some(tasks) = self.waiting.take() {
            self.start(tasks);
            return Looked::GivenUp;
        }
        match ended {
            Ok(()) => Looked::Whole,
            Err(failure) => {
                let said = failure.to_string();
                let first = said.lines().next().unwrap_or_default();
                Looked::Failed(first.to_owned())
            }
        }
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
                let sections = view::text(&self.seat, task.as_deref(), &style);
                self.read(&sections);
            }
            Show::Solution => {
                let text = match compared(self.sitting.lesson, self.sitting.folder) {
                    Ok(files) => solution(&files, &style),
                    Err(failure) => format!("{}\n", inert_line(&failure.to_string())),
                };
                self.read(&[text]);
            }
            show => {
                let folder = &self.sitting.folder_shown;
                let text = view::shown(&self.seat, &show, folder, &style);
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
        let Some(editor) = editor() else {
            let said = "set VISUAL or EDITOR to your editor; or open the folder in it\n";
            return self.screen.print(said);
        };
        let file = self
            .seat
            .current()
            .and_then(|current| current.task.with.build.as_ref())
            .map(|build| Path::new(&build.context.0).join(&build.dockerfile.0));
        let what = file.unwrap_or_else(|| ".".into());
        if let Some(keys) = &self.keys {
            keys.give();
        }
        let ended = edit(&editor, &what, self.sitting.folder).await;
        if let Some(keys) = &self.keys {
            keys.take();
        }
        if let Err(error) = ended {
            let said = format!("the editor `{editor}` cannot be started: {error}");
            self.screen.print(&format!("{}\n", inert_line(&said)));
        }
        self.show(Show::Keys);
    }

    fn choose(&self) -> Option<String> {
        if !self.screen.live {
            let said = "`sealegs list` shows the lessons, `sealegs start LESSON` goes to one\n";
            self.screen.print(said);
            return None;
        }
        let (course, progress) = (self.sitting.course, self.sitting.keep.progress());
        let row = |lesson: &Lesson| {
            let mark = match progress.is_done(lesson) {
                true => ": done",
                false => "",
            };
            format!("{} ({}){mark}", lesson.id, inert_line(&lesson.title))
        };
        let rows = course.lessons.iter().map(row).collect();
        let here = |lesson: &Lesson| lesson.id == self.sitting.lesson.id;
        let at = course.lessons.iter().position(here).unwrap_or(0);
        if let Some(keys) = &self.keys {
            keys.give();
        }
        let chosen = self.screen.choose("Go to which lesson?", rows, at);
        if let Some(keys) = &self.keys {
            keys.take();
        }
        let lesson = &course.lessons[chosen?];
        (lesson.id != self.sitting.lesson.id).then(|| lesson.id.clone())
    }

    fn uncovered(&mut self) {
        self.screen = self.screen.measured();
        if let Some(keys) = &self.keys {
            keys.take();
        }
        self.rest();
    }

    /// Ends the look that is on its way, and removes what all looks have left on the engine.
    pub(super) async fn clear(&mut self) {
        self.keys = None;
        self.screen.status("");
        self.waiting = None;
        if let Some(mut look) = self.look.take() {
            look.give_up();
            let _ = look.ended().await;
        }
        if let Ok(engine) = Engine::connect(self.sitting.engine).await {
            // What cannot go now is found by the next sweep.
            let _ = Run::new().end_process(&engine).await;
        }
    }
}
