//! Two raw connections as one: attach and exec. Each side may stop writing and still be listened to.

use std::time::Duration;

use hyper::header::{self, HeaderValue};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest, Ready};
use tokio::net::UnixStream;

use super::Seat;
use super::answer::{self, Answered};
use super::tasks::Tasks;
use super::upstream::Reply;
use crate::sandbox::policy::Refusal;

/// How often it is looked whether a client that has said all is still there.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Bytes that are under way at most, each way.
const BUFFER: usize = 32 << 10;

/// Joins the client's connection to the engine's, where the engine has agreed to it; else passes its answer on.
pub(super) fn joined(
    (tasks, seat): (&Tasks, Seat),
    client: Option<OnUpgrade>,
    mut reply: Reply,
) -> Result<Answered, Refusal> {
    let Some(engine) = reply.upgrade.take() else {
        return Ok(answer::passed(reply));
    };
    let Some(client) = client else {
        return Err(Refusal::engine(
            502,
            "the engine wants to change a connection that nobody asked to change",
        ));
    };
    let mut response = answer::status(101);
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("tcp"));
    if let Some(kind) = reply.headers.get(header::CONTENT_TYPE) {
        headers.insert(header::CONTENT_TYPE, kind.clone());
    }
    tasks.tunnel(seat, async move {
        let (Ok(client), Ok(engine)) = tokio::join!(client, engine) else {
            return;
        };
        both_ways(client, engine).await;
        // The answer's guard is held until here.
        drop(reply);
    })?;
    Ok(response)
}

async fn both_ways(client: Upgraded, engine: Upgraded) {
    // Every client comes by a socket of ours.
    let Ok(client) = client.downcast::<TokioIo<UnixStream>>() else {
        return;
    };
    let (first, mut client) = (client.read_buf, client.io.into_inner());
    let (mut from_engine, mut to_engine) = tokio::io::split(TokioIo::new(engine));
    if to_engine.write_all(&first).await.is_err() {
        return;
    }
    let (mut from_client, mut to_client) = client.split();
    let there = async {
        pump(&mut from_client, &mut to_engine).await;
        gone(from_client.as_ref()).await;
    };
    // When the engine has said all, the client needs nothing more from it; a client that has said all still listens,
    // as long as it is there.
    tokio::select! {
        () = pump(&mut from_engine, &mut to_client) => {}
        () = there => {}
    }
}

/// Waits until nobody listens on the other side. A silent container would never show it.
async fn gone(client: &UnixStream) {
    loop {
        let ready = client.ready(Interest::WRITABLE).await;
        if ready.is_ok_and(Ready::is_write_closed) {
            return;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

async fn pump(from: &mut (impl AsyncReadExt + Unpin), to: &mut (impl AsyncWriteExt + Unpin)) {
    let mut buffer = vec![0; BUFFER];
    loop {
        match from.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(n) => {
                if to.write_all(&buffer[..n]).await.is_err() || to.flush().await.is_err() {
                    break;
                }
            }
        }
    }
    let _ = to.shutdown().await;
}
