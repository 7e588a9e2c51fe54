//! Sources of "something may have changed": the workspace's files, the lesson's sandbox, an engine that comes back. Each
//! sends what it notices to the same place, so that another one is one more sender.

mod affected;
mod engine;
mod files;
mod outside;
mod sandbox;
mod stamps;
mod stir;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_util::task::AbortOnDropHandle;

pub use affected::affected;
pub use files::Pace;
pub use stir::Stir;

use crate::course::CourseImage;

/// What a source has noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Noticed {
    /// Something a check may see has changed.
    Changed(Change),
    /// The engine has hung up.
    EngineIsGone,
    /// The engine that was lost answers again.
    EngineIsBack,
    /// The time that was asked for is over.
    ItIsTime,
    /// Something about the source itself that the learner should know.
    Said(String),
}

/// What has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Files of the workspace, by their paths in it.
    Files(BTreeSet<String>),
    /// The lesson's sandbox.
    Sandbox(Stir),
}

/// All sources together.
pub struct Changes {
    noticed: UnboundedReceiver<Noticed>,
    /// For further sources; held, so that the receiver never ends.
    sender: UnboundedSender<Noticed>,
    /// Waits for the time that was asked for last.
    clock: Option<AbortOnDropHandle<()>>,
}

impl Changes {
    /// Changes of the files in a folder. Must be called inside a runtime; ends when it is dropped.
    pub fn of_files(folder: PathBuf, pace: Pace) -> Self {
        let (sender, noticed) = unbounded_channel();
        tokio::spawn(files::watch(folder, pace, sender.clone()));
        Self {
            noticed,
            sender,
            clock: None,
        }
    }

    /// What happens in a lesson's sandbox too.
    pub fn and_of_sandbox(&self, choice: Option<&str>, lesson: &str) {
        let choice = choice.map(str::to_owned);
        let (lesson, to) = (lesson.to_owned(), self.sender.clone());
        tokio::spawn(sandbox::watch(choice, lesson, to));
    }

    /// What seems to be meant for the sandbox too, and happens beside it, on these images.
    pub fn and_beside_sandbox(&self, choice: Option<&str>, lesson: &str, images: Vec<CourseImage>) {
        let choice = choice.map(str::to_owned);
        let (lesson, to) = (lesson.to_owned(), self.sender.clone());
        tokio::spawn(outside::watch(choice, lesson, images, to));
    }

    /// Notices, once, that an engine which does not answer now does so again.
    pub fn when_engine_is_back(&self, choice: Option<&str>) {
        let choice = choice.map(str::to_owned);
        tokio::spawn(engine::back(choice, self.sender.clone()));
    }

    /// Notices, once, that this time is over; one that was asked for before is forgotten.
    pub fn in_time(&mut self, pause: Duration) {
        let sender = self.sender.clone();
        self.clock = Some(AbortOnDropHandle::new(tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            let _ = sender.send(Noticed::ItIsTime);
        })));
    }

    /// Forgets the time that was asked for.
    pub fn forget_time(&mut self) {
        self.clock = None;
    }

    /// Waits for the next notice.
    pub async fn next(&mut self) -> Noticed {
        match self.noticed.recv().await {
            Some(noticed) => noticed,
            None => std::future::pending().await,
        }
    }
}
