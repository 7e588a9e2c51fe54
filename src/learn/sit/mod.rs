//! The loop at the seat: waits for what happens, and does what follows. All that is decided is decided in `seat`.

mod desk;
mod lab;
mod look;
mod table;

use std::future::Future;
use std::path::Path;

use tokio::sync::mpsc;

use super::changes::Noticed;
use super::seat::{Event, Face};
use super::terminal::{Covered, Keys, Screen};
use crate::course::{Course, Lesson};
use crate::failure::Failure;
use crate::images::Depot;
use crate::progress::Progress;
use look::{Look, Told};
use table::Table;

pub use lab::sit_in_lab;

/// What is kept of what the learner does.
pub trait Keep: Sync {
    /// What is written down.
    fn progress(&self) -> Progress;
    /// Writes down that a task has passed.
    fn pass(&self, lesson: &str, task: &str);
    /// Writes down that a hint was given.
    fn hinted(&self, lesson: &str, task: &str, says: &str);
}

/// A lesson, where it is done, and what it takes.
pub struct Sitting<'a> {
    /// The course.
    pub course: &'a Course,
    /// The lesson.
    pub lesson: &'a Lesson,
    /// The workspace.
    pub folder: &'a Path,
    /// How a person would write it.
    pub folder_shown: String,
    /// The engine that was chosen by hand.
    pub engine: Option<&'a str>,
    /// Where images are got from.
    pub depot: &'a Depot,
    /// What is kept.
    pub keep: &'a dyn Keep,
    /// The screen.
    pub screen: Screen,
    /// How the lesson is shown.
    pub face: Face,
}

/// How the seat was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// To do something else.
    Away,
    /// For the next lesson.
    Next,
    /// For this lesson.
    To(String),
}

/// Sits in one column until the learner leaves.
///
/// # Errors
/// `stop` came first (interrupted).
pub async fn sit(sitting: &Sitting<'_>, stop: impl Future<Output = ()>) -> Result<Left, Failure> {
    let (to, mut told) = mpsc::unbounded_channel();
    let mut table = Table::laid(sitting, to);
    let mut stop = std::pin::pin!(stop);
    let mut covered = Covered::watched();
    let mut left = table.turn(Event::Entered).await;
    while left.is_none() {
        let happened = tokio::select! {
            // What was judged before the look ended is told before its end.
            biased;
            () = &mut stop => break,
            Some(told) = told.recv() => Happened::Told(told),
            ended = ended(&mut table.desk.look) => Happened::Ended(ended),
            key = next_key(&mut table.keys) => Happened::Key(key),
            noticed = table.desk.changes.next() => Happened::Noticed(noticed),
            () = covered.ended() => Happened::Uncovered,
        };
        if let Some(event) = table.event(happened) {
            left = table.turn(event).await;
        }
    }
    table.clear().await;
    left.ok_or(Failure::Interrupted)
}

/// What the loop waits for.
enum Happened {
    Told(Told),
    Ended(Result<(), Failure>),
    Key(char),
    Noticed(Noticed),
    Uncovered,
}

/// Waits for the look that is on its way, for ever where there is none.
async fn ended(look: &mut Option<Look<'_>>) -> Result<(), Failure> {
    match look {
        Some(look) => look.ended().await,
        None => std::future::pending().await,
    }
}

/// Waits for a key, for ever where there is no keyboard.
async fn next_key(keys: &mut Option<Keys>) -> char {
    match keys {
        Some(keys) => keys.next().await,
        None => std::future::pending().await,
    }
}
