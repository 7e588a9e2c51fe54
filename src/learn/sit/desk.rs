//! What is the same however a lesson is shown: the seat, what is listened to, and the look that is on its way.

use std::path::Path;

use tokio::sync::mpsc;

use super::Sitting;
use super::look::{Look, Told};
use crate::course::{Lesson, Task};
use crate::engine::{Engine, Run};
use crate::failure::Failure;
use crate::learn::changes::{Change, Changes, Noticed, Pace, affected};
use crate::learn::compared;
use crate::learn::seat::{Effect, Event, Face, Looked, Seat};
use crate::learn::terminal::{Screen, edit, editor};
use crate::render::Style;
use crate::report::solution;
use crate::text::inert_line;

/// The parts of every loop that belong together.
pub(super) struct Desk<'a> {
    pub(super) sitting: &'a Sitting<'a>,
    pub(super) seat: Seat<'a>,
    pub(super) changes: Changes,
    pub(super) look: Option<Look<'a>>,
    /// The tasks of the look that is on its way.
    looked_at: Vec<String>,
    /// The tasks of the look that comes after the one that is being given up.
    waiting: Option<Vec<String>>,
    told: mpsc::UnboundedSender<Told>,
}

/// What is listened to.
fn changes(sitting: &Sitting<'_>) -> Changes {
    let changes = Changes::of_files(sitting.folder.to_owned(), Pace::default());
    let (engine, lesson) = (sitting.engine, sitting.lesson);
    if lesson.needs_sandbox() {
        let images = sitting.course.images.iter();
        let images = images.filter(|image| lesson.images.contains(&image.name));
        changes.and_beside_sandbox(engine, &lesson.id, images.cloned().collect());
    }
    // The lab shows what is in it, whatever the tasks ask.
    if lesson.needs_sandbox() || sitting.face == Face::Lab {
        changes.and_of_sandbox(engine, &lesson.id);
    }
    changes
}

impl<'a> Desk<'a> {
    /// Lays it out: nothing is looked at yet.
    pub(super) fn laid(sitting: &'a Sitting<'a>, told: mpsc::UnboundedSender<Told>) -> Self {
        Self {
            sitting,
            seat: Seat::new(sitting.lesson, &sitting.keep.progress(), sitting.face),
            changes: changes(sitting),
            look: None,
            looked_at: Vec::new(),
            waiting: None,
            told,
        }
    }

    /// Takes one event, does what needs no terminal, and gives the rest of what is to be done.
    pub(super) fn turn(&mut self, event: Event) -> Vec<Effect> {
        let mut rest = Vec::new();
        for effect in self.seat.on(event) {
            match effect {
                Effect::Pass(task) => self.sitting.keep.pass(&self.sitting.lesson.id, &task),
                Effect::Hinted { task, says } => {
                    let lesson = &self.sitting.lesson.id;
                    self.sitting.keep.hinted(lesson, &task, &says);
                }
                Effect::Look(tasks) => self.begin(tasks),
                Effect::AwaitEngine => self.changes.when_engine_is_back(self.sitting.engine),
                Effect::LookIn(pause) => self.changes.in_time(pause),
                effect => rest.push(effect),
            }
        }
        rest
    }

    /// What was noticed, with the tasks that may see it.
    pub(super) fn noticed(&self, noticed: Noticed) -> Event {
        let affected = match &noticed {
            Noticed::Changed(change) => self.affected(change),
            Noticed::Said(_)
            | Noticed::EngineIsGone
            | Noticed::EngineIsBack
            | Noticed::ItIsTime => Vec::new(),
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
        self.changes.forget_time();
        let part = self.seat.part(&tasks);
        self.look = Some(Look::at(self.sitting, part, self.told.clone()));
        self.looked_at = tasks;
    }

    /// Takes the end of the look that was on its way.
    pub(super) fn looked(&mut self, ended: Result<(), Failure>) -> Looked {
        self.look = None;
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

    /// The learner's files against the reference.
    pub(super) fn solution(&self, style: &Style) -> String {
        match compared(self.sitting.lesson, self.sitting.folder) {
            Ok(files) => solution(&files, style),
            Err(failure) => format!("{}\n", inert_line(&failure.to_string())),
        }
    }

    /// Opens the learner's editor with the file that the current task builds, or the folder, and waits until it is closed.
    /// Tells what kept it from opening.
    pub(super) async fn edit(&self) -> Option<String> {
        let Some(editor) = editor() else {
            let said = "set VISUAL or EDITOR to your editor; or open the folder in it";
            return Some(said.to_owned());
        };
        let current = self.seat.current();
        let build = current.and_then(|current| current.task.with.build.as_ref());
        let file = build.map(|build| Path::new(&build.context.0).join(&build.dockerfile.0));
        let what = file.unwrap_or_else(|| ".".into());
        let ended = edit(&editor, &what, self.sitting.folder).await;
        let said = |error| format!("the editor `{editor}` cannot be started: {error}");
        ended
            .err()
            .map(|error| inert_line(&said(error)).into_owned())
    }

    /// Asks for a lesson to go to; nothing where it is this one.
    pub(super) fn choose(&self, screen: &Screen) -> Option<String> {
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
        let chosen = screen.choose("Go to which lesson?", rows, at)?;
        let lesson = &course.lessons[chosen];
        (lesson.id != self.sitting.lesson.id).then(|| lesson.id.clone())
    }

    /// Ends the look that is on its way, and removes what all looks have left on the engine.
    pub(super) async fn clear(&mut self) {
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
