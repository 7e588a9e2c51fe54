//! Sources of "something may have changed": the workspace's files, an engine that comes back. Each sends what it
//! notices to the same place, so that another one is one more sender.

mod affected;
mod engine;
mod files;
mod stamps;

use std::collections::BTreeSet;
use std::path::PathBuf;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

pub use affected::affected;
pub use files::Pace;

/// What a source has noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Noticed {
    /// Something a check may see has changed.
    Changed(Change),
    /// The engine that was lost answers again.
    EngineIsBack,
    /// Something about the source itself that the learner should know.
    Said(String),
}

/// What has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Files of the workspace, by their paths in it.
    Files(BTreeSet<String>),
}

/// All sources together.
pub struct Changes {
    noticed: UnboundedReceiver<Noticed>,
    /// For further sources; held, so that the receiver never ends.
    sender: UnboundedSender<Noticed>,
}

impl Changes {
    /// Changes of the files in a folder. Must be called inside a runtime; ends when it is dropped.
    pub fn of_files(folder: PathBuf, pace: Pace) -> Self {
        let (sender, noticed) = unbounded_channel();
        tokio::spawn(files::watch(folder, pace, sender.clone()));
        Self { noticed, sender }
    }

    /// Notices, once, that an engine which does not answer now does so again.
    pub fn when_engine_is_back(&self, choice: Option<&str>) {
        let choice = choice.map(str::to_owned);
        tokio::spawn(engine::back(choice, self.sender.clone()));
    }

    /// Waits for the next notice.
    pub async fn next(&mut self) -> Noticed {
        match self.noticed.recv().await {
            Some(noticed) => noticed,
            None => std::future::pending().await,
        }
    }
}
