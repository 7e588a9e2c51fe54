//! The journal: what was asked of the engine, in order, for those who want to know now or later.

use std::fs::File;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::broadcast;

use crate::outcome::{JournalCall, JournalEntry, TypedCommand};

/// How many entries a slow listener may lag behind before it misses some; it can always read them all again.
const LISTENING: usize = 1024;

/// How many entries are kept: a flood of calls must not become a flood of memory.
const KEPT: usize = 20_000;

/// How much of them is kept, in bytes as they are written to a file: a day's work is less than one of these megabytes.
const KEPT_BYTES: usize = 16 << 20;

/// A sandbox's journal; clones are one journal.
#[derive(Clone, Debug)]
pub struct Journal {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    pages: Mutex<Pages>,
    news: broadcast::Sender<JournalEntry>,
}

#[derive(Debug, Default)]
struct Pages {
    entries: Vec<JournalEntry>,
    bytes: usize,
    written: u64,
    file: Option<File>,
}

impl Default for Journal {
    fn default() -> Self {
        Self::of(Pages::default())
    }
}

impl Journal {
    fn of(pages: Pages) -> Self {
        Self {
            inner: Arc::new(Inner {
                pages: Mutex::new(pages),
                news: broadcast::channel(LISTENING).0,
            }),
        }
    }

    /// A journal that goes on in this file. Lines that cannot be read are left alone.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn in_file(path: &Path) -> std::io::Result<Self> {
        let file = File::options()
            .create(true)
            .append(true)
            .read(true)
            .open(path)?;
        let mut pages = Pages::default();
        for line in BufReader::new(&file).lines() {
            let line = line?;
            if let Ok(entry) = serde_json::from_str::<JournalEntry>(&line) {
                pages.bytes += line.len();
                pages.written = pages.written.max(number(&entry));
                pages.entries.push(entry);
            }
        }
        pages.file = Some(file);
        Ok(Self::of(pages))
    }

    /// All entries so far, oldest first.
    pub fn entries(&self) -> Vec<JournalEntry> {
        self.pages().entries.clone()
    }

    /// The entries after the one with this number.
    pub fn since(&self, number: u64) -> Vec<JournalEntry> {
        let newer = |entry: &&JournalEntry| self::number(entry) > number;
        self.pages().entries.iter().filter(newer).cloned().collect()
    }

    /// The calls so far, oldest first.
    pub fn calls(&self) -> Vec<JournalCall> {
        let call = |entry: JournalEntry| match entry {
            JournalEntry::Call(call) => Some(call),
            JournalEntry::Typed(_) => None,
        };
        self.entries().into_iter().filter_map(call).collect()
    }

    /// Every entry from now on, as soon as it is written.
    pub fn listen(&self) -> broadcast::Receiver<JournalEntry> {
        self.inner.news.subscribe()
    }

    /// Notes a command as it was typed.
    pub fn typed(&self, words: Vec<String>) {
        self.write(JournalEntry::Typed(TypedCommand {
            at: now(),
            words,
            number: 0,
        }));
    }

    /// Writes an entry and gives it its number.
    pub(super) fn write(&self, mut entry: JournalEntry) {
        let mut pages = self.pages();
        pages.written += 1;
        match &mut entry {
            JournalEntry::Call(call) => call.number = pages.written,
            JournalEntry::Typed(typed) => typed.number = pages.written,
        }
        let line = serde_json::to_string(&entry).expect("an entry is plain text and numbers");
        if pages.entries.len() < KEPT && pages.bytes + line.len() <= KEPT_BYTES {
            pages.bytes += line.len();
            if let Some(file) = &mut pages.file {
                // A full disk must not keep the learner from working.
                let _ = file.write_all(format!("{line}\n").as_bytes());
            }
            pages.entries.push(entry.clone());
        }
        // Under the lock, so that listeners hear them in their order.
        let _ = self.inner.news.send(entry);
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.inner
            .pages
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn number(entry: &JournalEntry) -> u64 {
    match entry {
        JournalEntry::Call(call) => call.number,
        JournalEntry::Typed(typed) => typed.number,
    }
}

/// Milliseconds since 1970.
pub(super) fn now() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(what: &str) -> JournalEntry {
        JournalEntry::Call(JournalCall {
            what: what.into(),
            ..JournalCall::default()
        })
    }

    #[test]
    fn entries_are_counted_kept_and_told() {
        let journal = Journal::default();
        let mut news = journal.listen();
        journal.write(call("ping"));
        journal.typed(vec!["docker".into(), "--version".into()]);
        assert_eq!(journal.calls()[0].number, 1);
        assert_eq!(journal.entries().len(), 2);
        assert_eq!(journal.since(1).len(), 1);
        assert_eq!(number(&news.try_recv().unwrap()), 1);
        assert_eq!(number(&news.try_recv().unwrap()), 2);
    }

    #[test]
    fn long_entries_are_kept_up_to_a_bound() {
        let journal = Journal::default();
        let long = "x".repeat(1 << 20);
        for _ in 0..20 {
            journal.write(call(&long));
        }
        assert_eq!(journal.entries().len(), 15);
        journal.write(call("ping"));
        assert_eq!(journal.entries().len(), 16);
    }

    #[test]
    fn a_journal_goes_on_where_its_file_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        Journal::in_file(&path).unwrap().write(call("ping"));
        std::fs::write(
            &path,
            std::fs::read_to_string(&path).unwrap() + "half a li\n",
        )
        .unwrap();
        let journal = Journal::in_file(&path).unwrap();
        journal.write(call("info"));
        let again = Journal::in_file(&path).unwrap();
        let whats: Vec<String> = again.calls().into_iter().map(|call| call.what).collect();
        assert_eq!(whats, ["ping", "info"]);
        assert_eq!(again.calls()[1].number, 2);
    }
}
