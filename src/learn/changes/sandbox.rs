//! The lesson's sandbox: what the learner's commands ask of it, as its journal tells, and what becomes of containers by
//! themselves, as its engine tells. Where nothing is told it is looked at every so often.

use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::stir::{self, Stir};
use super::{Change, Noticed};
use crate::engine::{Engine, EngineEvent};
use crate::learn::picture::picture;
use crate::outcome::{JournalEntry, Picture};
use crate::sandbox::kept::{Kept, News};

/// Between two tries to find the sandbox.
const PAUSE: Duration = Duration::from_millis(250);

/// Between two tries where the engine does not answer.
const LONG_PAUSE: Duration = Duration::from_secs(2);

/// Between two looks where nothing is told.
const POLL: Duration = Duration::from_secs(2);

/// How often it may fail to be heard before it is looked at instead.
const TRIES: u32 = 3;

/// Between two looks for what was not told: an engine gives its events once, and drops those that are not taken in time.
const UNTOLD: Duration = Duration::from_secs(15);

/// The longest a burst is waited for.
const BURST: Duration = Duration::from_secs(1);

/// Watches the sandbox of a lesson until nobody listens any more.
pub(super) async fn watch(choice: Option<String>, lesson: String, to: UnboundedSender<Noticed>) {
    let mut failed = 0;
    let mut known: Option<bool> = None;
    while !to.is_closed() {
        let Ok(engine) = Engine::connect(choice.as_deref()).await else {
            sleep(LONG_PAUSE).await;
            continue;
        };
        let kept = Kept::of(&engine, &lesson);
        if !kept.exists() {
            if known.replace(false) == Some(true) {
                let _ = to.send(stirred(Stir::anything()));
            }
            wait_for(&kept, &to).await;
            continue;
        }
        match listen(&engine, &kept).await {
            Ok(heard) => {
                failed = 0;
                known = Some(true);
                // What has happened until now was heard by nobody.
                let _ = to.send(stirred(Stir::anything()));
                hear(heard, &to).await;
            }
            Err(reason) => {
                failed += 1;
                if failed == TRIES {
                    let said = format!(
                        "what happens in the sandbox cannot be heard ({reason}): it is looked at every {} instead",
                        crate::text::time(POLL)
                    );
                    let _ = to.send(Noticed::Said(said));
                }
                if failed > TRIES {
                    let _ = to.send(stirred(Stir::anything()));
                    sleep(POLL).await;
                } else {
                    sleep(PAUSE).await;
                }
            }
        }
    }
}

fn stirred(stir: Stir) -> Noticed {
    Noticed::Changed(Change::Sandbox(stir))
}

/// Waits until there is a sandbox.
async fn wait_for(kept: &Kept, to: &UnboundedSender<Noticed>) {
    while !kept.exists() && !to.is_closed() {
        sleep(PAUSE).await;
    }
}

/// Both that tell of a sandbox.
struct Heard {
    news: News,
    events: UnboundedReceiver<EngineEvent>,
    observer: Engine,
}

async fn listen(engine: &Engine, kept: &Kept) -> Result<Heard, String> {
    kept.resume().await.map_err(|error| error.to_string())?;
    let news = kept.listen().await.map_err(|error| error.to_string())?;
    let observer = kept.observer(engine).map_err(|error| error.to_string())?;
    let (to, events) = unbounded_channel();
    let ears = observer.clone();
    tokio::spawn(async move {
        let told = |event| drop(to.send(event));
        tokio::select! {
            _ = ears.hear(told) => {}
            () = to.closed() => {}
        }
    });
    Ok(Heard {
        news,
        events,
        observer,
    })
}

/// Passes on what is heard, a burst at a time, until nothing more is.
async fn hear(mut heard: Heard, to: &UnboundedSender<Noticed>) {
    let mut stir = Stir::default();
    let mut all = Stir::default();
    // When the burst that goes on is over, and when all of it is quiet.
    let mut burst: Option<(Instant, Instant)> = None;
    let mut quiet: Option<Instant> = None;
    let mut seen: Option<Picture> = None;
    let mut untold = Instant::now() + UNTOLD;
    loop {
        let over = burst.map(|(over, _)| over);
        let patience = tokio::select! {
            entry = heard.news.next() => match entry {
                Some(entry) => note(&mut stir, &entry, all.typed.as_deref()),
                None => return,
            },
            event = heard.events.recv() => match event {
                Some(event) => stir::happened(&event).inspect(|_| stir.changed = true),
                None => return,
            },
            () = at(over), if over.is_some() => {
                burst = None;
                all.changed |= stir.changed;
                all.typed = stir.typed.clone().or(all.typed);
                let _ = to.send(stirred(std::mem::take(&mut stir)));
                quiet = Some(Instant::now() + stir::QUIET);
                continue;
            }
            () = at(quiet), if quiet.is_some() => {
                quiet = None;
                let settled = Stir { settled: true, ..std::mem::take(&mut all) };
                let _ = to.send(stirred(settled));
                continue;
            }
            () = sleep_until(untold) => {
                // One that cannot be looked at now is looked at the next time.
                if let Ok(Ok(now)) = timeout(UNTOLD, picture(&heard.observer)).await
                    && seen.replace(now.clone()).is_some_and(|before| before != now)
                {
                    let _ = to.send(stirred(Stir::anything()));
                }
                untold = Instant::now() + UNTOLD;
                continue;
            }
            () = to.closed() => return,
        };
        if let Some(patience) = patience {
            let now = Instant::now();
            let latest = burst.map_or(now + BURST, |(_, latest)| latest);
            // What is to come of a first step is waited for, however long the burst has been going on.
            let latest = match patience > BURST {
                true => now + patience,
                false => latest,
            };
            burst = Some(((now + patience).min(latest), latest));
            quiet = None;
        }
    }
}

async fn at(when: Option<Instant>) {
    match when {
        Some(when) => sleep_until(when).await,
        None => std::future::pending().await,
    }
}

/// Takes an entry down; tells how long the next one is waited for, where it matters at all. `before` is what was typed in an
/// earlier burst.
fn note(stir: &mut Stir, entry: &JournalEntry, before: Option<&str>) -> Option<Duration> {
    match entry {
        JournalEntry::Typed(typed) => {
            stir.typed = Some(stir::in_short(&typed.words));
            Some(stir::AFTER_TYPING)
        }
        JournalEntry::Call(call) => {
            stir.changed |= call.may_change_something();
            let typed = stir.typed.as_deref().or(before);
            Some(stir::patience(call, typed))
        }
    }
}
