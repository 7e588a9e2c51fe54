//! The process of a kept sandbox.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UnixListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, watch};

use super::control::Control;
use super::place::Place;
use crate::engine::{Engine, Run};
use crate::sandbox::open::{Identity, Keeper, Places, Sandbox, SandboxError};

/// How long nobody may use it before it goes: a lesson's break, not a lesson's day.
const IDLE: Duration = Duration::from_secs(2 * 60 * 60);

/// Serves the sandbox in this folder until nobody has used it for a while, or somebody says so. Gives back at once where
/// another process does it already.
///
/// # Errors
/// The folder holds no sandbox, the engine does not answer, or a socket cannot be made.
pub async fn serve(folder: &Path) -> Result<(), SandboxError> {
    let place = Place::at(folder.to_owned());
    let Some(_lock) = place.lock()? else {
        return Ok(());
    };
    let order = place
        .read_order()
        .ok_or_else(|| SandboxError::Refused("it was never asked for".to_owned()))?;
    let engine = Engine::connect(Some(&order.engine)).await?;
    let identity = known(&place, &engine).await?;
    let places = Places {
        learner: place.socket(),
        observer: place.observer(),
        journal: Some(place.journal()),
        images: Some(place.images()),
        keeper: Some(Keeper {
            name: place.keeper(),
            lesson: place.lesson(),
        }),
    };
    let run = Run::new();
    let sandbox = Sandbox::open_as(&engine, &run, order.settings, identity, &places).await?;
    // Only once: what a learner has removed since stays removed.
    let stocked = place.folder().join("stocked");
    if !stocked.exists() {
        sandbox.stock().await?;
        std::fs::write(&stocked, "")?;
    }
    let (held, holding) = watch::channel(0);
    let end = Arc::new(Notify::new());
    let control = Control {
        journal: sandbox.journal().clone(),
        end: end.clone(),
        held,
    };
    let _ = std::fs::remove_file(place.control());
    let listener = UnixListener::bind(place.control())?;
    let mut ends = [SignalKind::terminate(), SignalKind::interrupt()].map(signal);
    // The terminal it was started from may close.
    let _hangups = signal(SignalKind::hangup());
    let [terminate, interrupt] = &mut ends;
    tokio::select! {
        () = control.serve(listener) => {}
        () = end.notified() => {}
        () = idle(sandbox.connections(), holding) => {}
        () = received(terminate) => {}
        () = received(interrupt) => {}
    }
    // Sockets first, so that nobody finds one that leads nowhere.
    let _ = std::fs::remove_file(place.control());
    sandbox.leave().await;
    Ok(())
}

async fn received(signal: &mut std::io::Result<tokio::signal::unix::Signal>) {
    match signal {
        Ok(signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

/// Ends when nobody has used it for a while.
async fn idle(mut clients: watch::Receiver<usize>, mut holding: watch::Receiver<usize>) {
    loop {
        let in_use = *clients.borrow_and_update() > 0 || *holding.borrow_and_update() > 0;
        let changed = async {
            tokio::select! {
                changed = clients.changed() => changed.is_ok(),
                changed = holding.changed() => changed.is_ok(),
            }
        };
        if in_use {
            changed.await;
        } else if tokio::time::timeout(IDLE, changed).await.is_err() {
            return;
        }
    }
}

/// The sandbox's names, which stay the same for as long as it is kept.
async fn known(place: &Place, engine: &Engine) -> Result<Identity, SandboxError> {
    let path = place.identity();
    if let Ok(text) = std::fs::read_to_string(&path)
        && let Ok(identity) = serde_json::from_str(&text)
    {
        return Ok(identity);
    }
    let identity = Identity::fresh(engine).await?;
    let text = serde_json::to_string(&identity).map_err(std::io::Error::other)?;
    // Whole or not at all: without it nobody would know what to remove.
    let new = path.with_extension("new");
    std::fs::write(&new, text)?;
    std::fs::rename(&new, &path)?;
    Ok(identity)
}
