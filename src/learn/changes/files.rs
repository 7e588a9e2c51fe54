//! Changes of files: by the system's own notices, and by looking every so often, which also finds out where there
//! are none (network folders, some virtual machines) and then does it alone.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{sleep, timeout};

use super::stamps::Stamps;
use super::{Change, Noticed};

/// How long things take.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Silence after which a burst of notices (a save is several) is over.
    pub quiet: Duration,
    /// The longest a burst is waited for.
    pub burst: Duration,
    /// Between two looks while notices come.
    pub control: Duration,
    /// Between two looks where none come.
    pub poll: Duration,
    /// How much later than a look a notice may come.
    pub late: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            quiet: Duration::from_millis(40),
            burst: Duration::from_millis(400),
            control: Duration::from_secs(2),
            poll: Duration::from_millis(400),
            late: Duration::from_millis(500),
        }
    }
}

/// Something that gives notices as long as it is held.
type Held = Box<dyn std::any::Any + Send>;

/// Watches a folder and sends what has changed, until nobody listens any more.
pub(super) async fn watch(folder: PathBuf, pace: Pace, to: UnboundedSender<Noticed>) {
    watch_by(notices, folder, pace, to).await;
}

async fn watch_by(
    start: impl FnOnce(&Path, UnboundedSender<()>) -> Result<Held, String>,
    folder: PathBuf,
    pace: Pace,
    to: UnboundedSender<Noticed>,
) {
    let (sender, mut notices) = unbounded_channel();
    let mut known = stamps(&folder).await;
    let mut held = match start(&folder, sender) {
        Ok(held) => Some(held),
        Err(reason) => {
            let _ = to.send(polling(&reason));
            None
        }
    };
    while !to.is_closed() {
        let pause = if held.is_some() {
            pace.control
        } else {
            pace.poll
        };
        let noticed = tokio::select! {
            notice = notices.recv(), if held.is_some() => {
                if notice.is_none() {
                    held = None;
                    let _ = to.send(polling("they have ended"));
                }
                notice.is_some()
            }
            () = sleep(pause) => false,
        };
        if noticed {
            end_of_burst(&mut notices, pace).await;
        }
        let mut now = stamps(&folder).await;
        if now == known {
            continue;
        }
        if !noticed {
            if held.is_some() && timeout(pace.late, notices.recv()).await.is_err() {
                held = None;
                let _ = to.send(polling("it told nothing of a change"));
            }
            // What was found by chance may still be being written.
            sleep(pace.quiet).await;
            now = stamps(&folder).await;
        }
        let changed = now.changed(&known);
        known = now;
        if !changed.is_empty() {
            let _ = to.send(Noticed::Changed(Change::Files(changed)));
        }
    }
}

fn polling(reason: &str) -> Noticed {
    Noticed::Said(format!(
        "the system's notices of file changes do not work here ({reason}): files are looked at twice a second instead"
    ))
}

async fn stamps(folder: &Path) -> Stamps {
    let folder = folder.to_owned();
    let stamps = tokio::task::spawn_blocking(move || Stamps::of(&folder)).await;
    stamps.unwrap_or_default()
}

async fn end_of_burst(notices: &mut UnboundedReceiver<()>, pace: Pace) {
    let began = Instant::now();
    while began.elapsed() < pace.burst
        && matches!(timeout(pace.quiet, notices.recv()).await, Ok(Some(())))
    {}
}

/// The system's notices.
fn notices(folder: &Path, to: UnboundedSender<()>) -> Result<Held, String> {
    let on = move |event: notify::Result<notify::Event>| {
        let only_read = event.is_ok_and(|event| matches!(event.kind, EventKind::Access(_)));
        if !only_read {
            let _ = to.send(());
        }
    };
    let watcher = RecommendedWatcher::new(on, notify::Config::default());
    let mut watcher = watcher.map_err(|error| error.to_string())?;
    watcher
        .watch(folder, RecursiveMode::Recursive)
        .map_err(|error| error.to_string())?;
    Ok(Box::new(watcher))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Longer than anything here takes.
    const DEADLINE: Duration = Duration::from_secs(20);

    async fn next(from: &mut UnboundedReceiver<Noticed>) -> Noticed {
        let next = timeout(DEADLINE, from.recv()).await;
        next.expect("something is noticed").expect("it goes on")
    }

    fn files(paths: &[&str]) -> Noticed {
        let paths = paths.iter().map(|path| (*path).to_owned());
        Noticed::Changed(Change::Files(paths.collect()))
    }

    #[tokio::test]
    async fn a_save_is_noticed_once_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("app")).unwrap();
        let (to, mut from) = unbounded_channel();
        // The controlling look comes too late to have found it.
        let pace = Pace {
            control: DEADLINE * 2,
            ..Pace::default()
        };
        let task = tokio::spawn(watch(folder.path().to_owned(), pace, to));
        // The first save may come before the watcher does: then there is a second.
        let mut number = 0;
        let noticed = loop {
            number += 1;
            fs::write(folder.path().join("app/main.py"), number.to_string()).unwrap();
            if let Ok(noticed) = timeout(Duration::from_secs(1), from.recv()).await {
                break noticed.unwrap();
            }
            assert!(number < 20, "nothing is noticed");
        };
        assert_eq!(noticed, files(&["app/main.py"]));
        assert!(from.try_recv().is_err(), "once");
        task.abort();
    }

    #[tokio::test]
    async fn where_nothing_is_told_it_looks_for_itself_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let (to, mut from) = unbounded_channel();
        let pace = Pace {
            control: Duration::from_millis(20),
            poll: Duration::from_millis(20),
            late: Duration::from_millis(20),
            ..Pace::default()
        };
        let dead = |_: &Path, sender| Ok(Box::new(sender) as Held);
        let path = folder.path().to_owned();
        let task = tokio::spawn(watch_by(dead, path, pace, to));
        // Long enough for its first look in any case: what it sees is found by the second.
        for number in 0.. {
            fs::write(folder.path().join("a"), number.to_string()).unwrap();
            if let Ok(noticed) = timeout(Duration::from_secs(1), from.recv()).await {
                assert!(
                    matches!(noticed, Some(Noticed::Said(said)) if said.contains("twice a second"))
                );
                break;
            }
            assert!(number < 20, "nothing is noticed");
        }
        assert_eq!(next(&mut from).await, files(&["a"]));
        fs::write(folder.path().join("b"), "").unwrap();
        assert_eq!(next(&mut from).await, files(&["b"]));
        task.abort();
    }

    #[tokio::test]
    async fn a_watcher_that_cannot_start_is_said_with_its_reason() {
        let folder = tempfile::tempdir().unwrap();
        let (to, mut from) = unbounded_channel();
        let none = |_: &Path, _| Err("no more watches".to_owned());
        let path = folder.path().to_owned();
        let task = tokio::spawn(watch_by(none, path, Pace::default(), to));
        assert!(
            matches!(next(&mut from).await, Noticed::Said(said) if said.contains("no more watches"))
        );
        task.abort();
    }
}
