//! Watches the engine's disk while a submission is at work on it: no engine limits what a build or a container writes.

use std::time::{Duration, Instant};

use crate::checks::LITTLE_DISK;
use crate::engine::Engine;
use crate::failure::Problem;
use crate::outcome::Status;
use crate::text::size;

/// How often the disk is looked at: one system call, and at a gigabyte a second some hundred megabytes late.
const EVERY: Duration = Duration::from_millis(200);

/// How long what was written may take to go away after its container or build was ended.
const SETTLE: Duration = Duration::from_secs(15);

/// The disk, as it was when the grade began.
pub(super) struct DiskWatch<'a> {
    engine: &'a Engine,
    cap: u64,
    free: Option<u64>,
}

/// The disk when the grade was ended for it.
pub(super) struct Flood {
    written: u64,
    free: u64,
}

impl<'a> DiskWatch<'a> {
    /// Remembers how much is free; where that cannot be seen nothing is watched.
    pub(super) fn begin(engine: &'a Engine, cap: u64) -> Self {
        Self {
            engine,
            cap,
            free: engine.free_disk(),
        }
    }

    /// Ends when more than the cap was written, or hardly anything is left.
    pub(super) async fn flooded(&self) -> Flood {
        let Some(begin) = self.free else {
            return std::future::pending().await;
        };
        let mut tick = tokio::time::interval(EVERY);
        loop {
            tick.tick().await;
            let free = self.engine.free_disk().unwrap_or(begin);
            let written = begin.saturating_sub(free);
            if written > self.cap || (begin >= LITTLE_DISK && free < LITTLE_DISK) {
                return Flood { written, free };
            }
        }
    }

    /// Whose flood it was, once everything of the grade is removed: the submission's where the room comes back with that.
    pub(super) async fn blame(&self, flood: Flood) -> (Status, Problem) {
        let deadline = Instant::now() + SETTLE;
        let ours = loop {
            let freed = self
                .engine
                .free_disk()
                .unwrap_or(0)
                .saturating_sub(flood.free);
            if freed >= flood.written / 2 {
                break true;
            }
            if Instant::now() >= deadline {
                break false;
            }
            tokio::time::sleep(EVERY).await;
        };
        let written = size(flood.written);
        match ours {
            true => (
                Status::Fail,
                Problem::new(format!(
                    "the submission wrote {written} to the engine's disk and was stopped"
                ))
                .hint("look for a build step or a program that writes without end"),
            ),
            false => (
                Status::Error,
                Problem::new(format!(
                    "the engine's disk filled up, {} are left, and the submission cannot have done it alone",
                    size(flood.free)
                ))
                .hint("`docker system df` shows what takes the space"),
            ),
        }
    }
}
