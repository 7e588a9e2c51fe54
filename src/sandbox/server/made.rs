//! The images that a sandbox has made and that may have no name: no label can tell them as its own, so they are written
//! down.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::engine::{Engine, Run};

/// Ids of images, `sha256:…`.
#[derive(Debug)]
pub(in crate::sandbox) struct Made {
    ids: Mutex<Ids>,
    record: Record,
}

#[derive(Debug, Default)]
struct Ids {
    /// Made here: they go with the sandbox.
    made: Vec<String>,
    /// Made on the way to those: they go too, and nobody needs to see them. Short ids.
    hidden: Vec<String>,
    /// Found here: a build that took its last step from the cache ends with an image that somebody else made.
    seen: BTreeSet<String>,
    /// Of both, those that the learner has removed and that others still hold.
    left: BTreeSet<String>,
}

impl Ids {
    fn made(&mut self, id: &str) {
        self.left.remove(id);
        if !self.made.iter().any(|made| made == id) {
            self.made.push(id.to_owned());
        }
    }

    fn seen(&mut self, id: &str) {
        self.left.remove(id);
        self.seen.insert(id.to_owned());
    }
}

/// Where the ids are written down for those who come later.
#[derive(Debug)]
pub(in crate::sandbox) enum Record {
    /// With the run, which ends with this process or is swept.
    Run(Run, Engine),
    /// In a file of the sandbox.
    File(PathBuf),
}

impl Made {
    pub(in crate::sandbox) fn new(record: Record) -> Self {
        let mut ids = Ids::default();
        if let Record::File(path) = &record {
            let text = std::fs::read_to_string(path).unwrap_or_default();
            for line in text.lines() {
                match line.split_once(' ') {
                    Some(("made", id)) => ids.made(id),
                    Some(("hidden", id)) => ids.hidden.push(id.to_owned()),
                    Some(("seen", id)) => ids.seen(id),
                    Some(("left", id)) => {
                        ids.left.insert(id.to_owned());
                    }
                    _ => {}
                }
            }
        }
        Self {
            ids: Mutex::new(ids),
            record,
        }
    }

    /// True for an image that the sandbox made or was given by a build.
    pub(super) fn has(&self, id: &str) -> bool {
        let ids = self.ids();
        let is_known = ids.seen.contains(id) || ids.made.iter().any(|made| made == id);
        is_known && !ids.left.contains(id)
    }

    /// Notes an image that came into being here.
    pub(super) fn add(&self, id: &str) {
        if self.has(id) {
            return;
        }
        self.write_down("made", id);
        self.ids().made(id);
    }

    /// Notes a step on the way to an image; the id is short.
    pub(super) fn add_hidden(&self, id: &str) {
        if self.ids().hidden.iter().any(|hidden| hidden == id) {
            return;
        }
        self.write_down("hidden", id);
        self.ids().hidden.push(id.to_owned());
    }

    fn write_down(&self, word: &str, id: &str) {
        match &self.record {
            // Without the record a crash would leave the image behind; that is no reason to fail a build.
            Record::Run(run, engine) => {
                drop(run.begin_record(engine).and_then(|()| run.note_image(id)));
            }
            Record::File(path) => append(path, word, id),
        }
    }

    /// Notes an image that a build ended with and that was there before.
    pub(super) fn see(&self, id: &str) {
        if self.has(id) {
            return;
        }
        if let Record::File(path) = &self.record {
            append(path, "seen", id);
        }
        self.ids().seen(id);
    }

    /// Notes that the learner has removed an image that others still hold. What was made here goes with the sandbox all the
    /// same, if nobody holds it then.
    pub(super) fn leave(&self, id: &str) {
        if let Record::File(path) = &self.record {
            append(path, "left", id);
        }
        self.ids().left.insert(id.to_owned());
    }

    /// Forgets an image that is gone.
    pub(super) fn forget(&self, id: &str) {
        let mut ids = self.ids();
        ids.made.retain(|made| made != id);
        ids.seen.remove(id);
        ids.left.remove(id);
    }

    /// True for an image that was made here.
    pub(in crate::sandbox) fn has_made(&self, id: &str) -> bool {
        let ids = self.ids();
        let digits = id.trim_start_matches("sha256:");
        ids.made.iter().any(|made| made == id)
            || ids.hidden.iter().any(|hidden| digits.starts_with(hidden))
    }

    /// Those made here, newest first: none may go before those built on it.
    pub(in crate::sandbox) fn newest_first(&self) -> Vec<String> {
        let ids = self.ids();
        let made = ids.made.iter().rev();
        made.chain(ids.hidden.iter().rev()).cloned().collect()
    }

    fn ids(&self) -> MutexGuard<'_, Ids> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn append(path: &PathBuf, word: &str, id: &str) {
    let file = File::options().create(true).append(true).open(path);
    if let Ok(mut file) = file {
        let _ = file.write_all(format!("{word} {id}\n").as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_is_known_again_from_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("images");
        let made = Made::new(Record::File(path.clone()));
        made.add("sha256:1");
        made.add("sha256:2");
        made.add("sha256:1");
        made.see("sha256:3");
        let again = Made::new(Record::File(path));
        assert_eq!(again.newest_first(), ["sha256:2", "sha256:1"]);
        assert!(again.has("sha256:3"));
        again.forget("sha256:2");
        assert!(!again.has("sha256:2"));
    }

    #[test]
    fn what_the_learner_removed_is_gone_until_it_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("images");
        let made = Made::new(Record::File(path.clone()));
        made.add("sha256:1");
        made.see("sha256:2");
        made.leave("sha256:1");
        made.leave("sha256:2");
        made.see("sha256:2");
        let again = Made::new(Record::File(path));
        for made in [&made, &again] {
            assert!(!made.has("sha256:1") && made.has_made("sha256:1"));
            assert!(made.has("sha256:2"));
            assert_eq!(made.newest_first(), ["sha256:1"]);
        }
    }
}
