//! A socket and the connections that come by it.

use std::convert::Infallible;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};

use super::{Seat, Server};

/// How many connections one socket serves at once: more than any client was seen to need, and few enough that a flood
/// of them costs little.
const CONNECTIONS: usize = 128;

/// How much of a request is read at once, in bytes: what a Unix socket holds on Linux, for `docker cp`. hyper comes to it
/// step by step, so that a connection that carries little keeps little.
const BUFFER: usize = 208 << 10;

/// A socket that is being served; dropping it closes it and every connection.
#[derive(Debug)]
pub(in crate::sandbox) struct Listening {
    path: PathBuf,
    task: JoinHandle<()>,
}

impl Listening {
    /// Makes the socket and serves it. A socket that is left there by somebody dead is replaced.
    pub(in crate::sandbox) fn at(path: &Path, server: Arc<Server>, seat: Seat) -> io::Result<Self> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(path)?;
        // Whoever reaches the folder may connect: the folder is the fence.
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o666))?;
        let task = tokio::spawn(accept(listener, server, seat));
        Ok(Self {
            path: path.to_owned(),
            task,
        })
    }

    pub(in crate::sandbox) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn accept(listener: UnixListener, server: Arc<Server>, seat: Seat) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    // Aborting this task drops the set, which ends every connection.
    let mut connections = JoinSet::new();
    loop {
        let Ok(place) = places.clone().acquire_owned().await else {
            return;
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
        };
        match accepted {
            Ok((stream, _)) => {
                let server = server.clone();
                let in_use = server.tasks.in_use();
                connections.spawn(async move {
                    connection(stream, server, seat).await;
                    drop((place, in_use));
                });
            }
            // Out of file descriptors, most likely: one will be free again.
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
        }
    }
}

async fn connection(stream: UnixStream, server: Arc<Server>, seat: Seat) {
    let service = service_fn(move |request| {
        let server = server.clone();
        async move { Ok::<_, Infallible>(server.answer(seat, request).await) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .max_headers(64)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    // A client that goes away, or speaks no HTTP, is its own affair.
    let _ = served.await;
}
