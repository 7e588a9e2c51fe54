//! What goes on for clients beyond their requests: raw connections, and work that is heard to its end even where the
//! client has gone, because what it made has no name and nobody else would know of it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::answer::{self, Answered};
use super::stream::Lines;
use super::upstream::Reply;
use super::{Seat, Server};
use crate::engine::ByteStream;
use crate::sandbox::policy::Refusal;

/// How many raw connections each seat may have at once: each `attach`, each `exec`, two a build.
const TUNNELS: usize = 128;

/// How long what was begun may take after everybody has gone.
const PATIENCE: Duration = Duration::from_secs(30);

/// Pieces of an answer between the engine and a client.
const PIECES: usize = 16;

#[derive(Debug)]
pub(in crate::sandbox) struct Tasks {
    tracker: TaskTracker,
    over: CancellationToken,
    tunnels: Arc<Semaphore>,
    /// A learner who takes all of theirs must not keep the checks from looking.
    of_observer: Arc<Semaphore>,
    busy: Arc<watch::Sender<usize>>,
}

/// Somebody who uses the sandbox, for as long as this is held.
#[derive(Debug)]
pub(super) struct InUse(Arc<watch::Sender<usize>>);

impl Drop for InUse {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

impl Default for Tasks {
    fn default() -> Self {
        Self {
            tracker: TaskTracker::new(),
            over: CancellationToken::new(),
            tunnels: Arc::new(Semaphore::new(TUNNELS)),
            of_observer: Arc::new(Semaphore::new(TUNNELS)),
            busy: Arc::new(watch::channel(0).0),
        }
    }
}

impl Tasks {
    /// How many connections there are, as it changes.
    pub(in crate::sandbox) fn busy(&self) -> watch::Receiver<usize> {
        self.busy.subscribe()
    }

    pub(super) fn in_use(&self) -> InUse {
        self.busy.send_modify(|count| *count += 1);
        InUse(self.busy.clone())
    }

    /// Keeps a raw connection going until it ends by itself, or the sandbox does.
    pub(super) fn tunnel(
        &self,
        seat: Seat,
        tunnel: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), Refusal> {
        let tunnels = match seat {
            Seat::Learner => &self.tunnels,
            Seat::Observer => &self.of_observer,
        };
        let Ok(place) = tunnels.clone().try_acquire_owned() else {
            return Err(Refusal::not_allowed(
                format!("more than {TUNNELS} connections to containers and builds at once"),
                "end some of them",
            ));
        };
        let (over, in_use) = (self.over.clone(), self.in_use());
        self.tracker.spawn(async move {
            over.run_until_cancelled(tunnel).await;
            drop((place, in_use));
        });
        Ok(())
    }

    /// Does something to its end, whether or not somebody still waits for it.
    pub(super) async fn finish<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Refusal>> + Send + 'static,
    ) -> Result<T, Refusal> {
        let done = self.tracker.spawn(work).await;
        done.unwrap_or_else(|_| Err(Refusal::engine(500, "it ended half way")))
    }

    /// Ends the raw connections, and waits for what must be heard to its end.
    pub(in crate::sandbox) async fn end(&self) {
        self.over.cancel();
        self.tracker.close();
        let _ = tokio::time::timeout(PATIENCE, self.tracker.wait()).await;
    }
}

impl Server {
    /// Passes on the JSON lines of an answer, as `hear` says, and hears them to their end: where the client goes, the
    /// engine is told to stop, and may still say what it has done.
    pub(super) async fn heard_out(
        &self,
        sent: impl Future<Output = Result<Reply, Refusal>> + Send + 'static,
        hear: impl FnMut(Option<Value>) -> Option<Bytes> + Send + Unpin + 'static,
    ) -> Result<Answered, Refusal> {
        let (head, begun) = oneshot::channel();
        let (pieces, mut received) = mpsc::channel::<Bytes>(PIECES);
        self.tasks.tracker.spawn(async move {
            match sent.await {
                Err(refusal) => drop(head.send(Err(refusal))),
                Ok(reply) => {
                    let _ = head.send(Ok(reply.status.as_u16()));
                    hear_out(reply, hear, pieces).await;
                }
            }
        });
        let ended = || Refusal::engine(500, "it ended half way");
        let status = begun.await.map_err(|_| ended())??;
        let pieces = futures_util::stream::poll_fn(move |context| received.poll_recv(context));
        let pieces = futures_util::StreamExt::map(pieces, |piece| Ok(Frame::data(piece)));
        Ok(answer::lines(
            status,
            StreamBody::new(pieces).boxed_unsync(),
        ))
    }
}

async fn hear_out(
    mut reply: Reply,
    hear: impl FnMut(Option<Value>) -> Option<Bytes> + Send + Unpin + 'static,
    pieces: mpsc::Sender<Bytes>,
) {
    let hush = reply.body.hush();
    let mut body = Lines::changed(reply.passed(), answer::parsed(hear));
    let there = async {
        while let Some(Ok(frame)) = body.frame().await {
            let Ok(piece) = frame.into_data() else {
                continue;
            };
            if pieces.send(piece).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = there => {}
        () = pieces.closed() => {}
    }
    if let Some(hush) = hush {
        let _ = hush.send(());
    }
    let rest = async { while let Some(Ok(_)) = body.frame().await {} };
    let _ = tokio::time::timeout(PATIENCE, rest).await;
}

/// A connection whose writing half can be closed from beside it: an engine takes that for a client that has gone.
pub(super) struct Hushed {
    stream: Box<dyn ByteStream>,
    hush: Option<oneshot::Receiver<()>>,
    closing: bool,
}

impl Hushed {
    pub(super) fn of(stream: Box<dyn ByteStream>) -> (Self, oneshot::Sender<()>) {
        let (sender, hush) = oneshot::channel();
        let hushed = Self {
            stream,
            hush: Some(hush),
            closing: false,
        };
        (hushed, sender)
    }
}

impl AsyncRead for Hushed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(hush) = &mut self.hush
            && let Poll::Ready(said) = Pin::new(hush).poll(context)
        {
            self.hush = None;
            self.closing = said.is_ok();
        }
        if self.closing && Pin::new(&mut self.stream).poll_shutdown(context).is_ready() {
            self.closing = false;
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Hushed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    /// Without this, hyper copies every piece of a body behind its frame before it writes it.
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn one_who_is_hushed_still_listens() {
        let (near, mut far) = tokio::io::duplex(64);
        let (mut near, hush) = Hushed::of(Box::new(near));
        far.write_all(b"be").await.unwrap();
        let mut bytes = [0; 2];
        near.read_exact(&mut bytes).await.unwrap();
        hush.send(()).unwrap();
        let listening = tokio::spawn(async move {
            let mut rest = String::new();
            near.read_to_string(&mut rest).await.unwrap();
            rest
        });
        assert_eq!(far.read(&mut bytes).await.unwrap(), 0);
        far.write_all(b"fore").await.unwrap();
        drop(far);
        assert_eq!(listening.await.unwrap(), "fore");
    }

    #[tokio::test]
    async fn the_end_waits_for_what_must_be_finished_and_cuts_the_rest() {
        let tasks = Arc::new(Tasks::default());
        tasks.tunnel(Seat::Learner, std::future::pending()).unwrap();
        assert_eq!(*tasks.busy().borrow(), 1);
        let (go, gone) = oneshot::channel::<()>();
        let (done, mut is_done) = oneshot::channel();
        let finishing = tasks.clone();
        let client = tokio::spawn(async move {
            let work = async move {
                let _ = gone.await;
                let _ = done.send(());
                Ok(())
            };
            finishing.finish(work).await
        });
        tokio::task::yield_now().await;
        client.abort();
        let ending = tokio::spawn(async move { tasks.end().await });
        tokio::task::yield_now().await;
        assert!(is_done.try_recv().is_err() && !ending.is_finished());
        go.send(()).unwrap();
        ending.await.unwrap();
        is_done.try_recv().unwrap();
    }
}
