//! The learner's progress as commands use it: read once, written at every step, and never in the way of the work.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use crate::course::Course;
use crate::failure::Failure;
use crate::progress::{Loaded, Progress, ProgressError, Store};
use crate::text::{count, tick, utc};

use super::terminal::Terminal;

/// What the learner has done, and the file it is written to.
pub(super) struct Record<'a> {
    terminal: &'a Terminal,
    /// `None` where nothing can be kept: the commands work all the same.
    store: Option<Store>,
    progress: Mutex<Progress>,
    complained: AtomicBool,
}

impl<'a> Record<'a> {
    /// Reads it; what keeps it from being read is said once.
    pub(super) fn open(terminal: &'a Terminal, course: &Course) -> Self {
        let loaded = Store::usual(&course.id).and_then(|store| Ok((store.load()?, store)));
        let mut record = Self {
            terminal,
            store: None,
            progress: Mutex::default(),
            complained: AtomicBool::new(false),
        };
        match loaded {
            Ok((loaded, store)) => {
                record.store = Some(store);
                record.take(loaded);
            }
            Err(error) => record.complain(&error),
        }
        record
    }

    /// The file, for commands that are about it.
    pub(super) fn store(course: &Course) -> Result<Store, Failure> {
        Ok(Store::usual(&course.id)?)
    }

    /// What the learner has done.
    pub(super) fn progress(&self) -> Progress {
        self.progress.lock().expect("no holder panics").clone()
    }

    /// Notes a pass, at once. Tells whether it was the first of this task.
    pub(super) fn pass(&self, lesson: &str, task: &str) -> bool {
        let now = utc(SystemTime::now());
        let mut first = false;
        self.change(|progress| first = progress.pass(lesson, task, &now));
        first
    }

    /// Changes what is written down; where nothing can be written, what this command knows.
    pub(super) fn change(&self, change: impl FnOnce(&mut Progress)) {
        let Some(store) = &self.store else {
            return change(&mut self.progress.lock().expect("no holder panics"));
        };
        let mut change = Some(change);
        let updated = store.update(|progress| {
            if let Some(change) = change.take() {
                change(progress);
            }
        });
        match updated {
            Ok(loaded) => self.take(loaded),
            Err(error) => {
                self.complain(&error);
                if let Some(change) = change {
                    change(&mut self.progress.lock().expect("no holder panics"));
                }
            }
        }
    }

    fn take(&self, loaded: Loaded) {
        *self.progress.lock().expect("no holder panics") = loaded.progress;
        if let Some(repair) = loaded.repair {
            let lost = match repair.lost {
                0 => "its first line is missing".to_owned(),
                lost => format!("{} could not be read", count(lost, "line")),
            };
            self.terminal.say(&format!(
                "your progress file was damaged and is mended ({lost}); the damaged one is kept as {}",
                tick(&repair.kept.display().to_string())
            ));
        }
    }

    fn complain(&self, error: &ProgressError) {
        if !self.complained.swap(true, Ordering::Relaxed) {
            self.terminal
                .say(&format!("your progress is not kept: {error}"));
            if let Some(hint) = error.hint() {
                self.terminal.say(&format!("hint: {hint}"));
            }
        }
    }
}
