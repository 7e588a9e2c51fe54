//! Two raw connections as one: attach and exec. Each side may stop writing and still be listened to.

use hyper::header::{self, HeaderValue};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::answer::{self, Answered};
use super::tasks::Tasks;
use super::upstream::Reply;
use crate::sandbox::policy::Refusal;

/// Bytes that are under way at most, each way.
const BUFFER: usize = 32 << 10;

/// Joins the client's connection to the engine's, where the engine has agreed to it; else passes its answer on.
pub(super) fn joined(
    tasks: &Tasks,
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
    tasks.tunnel(async move {
        let (Ok(client), Ok(engine)) = tokio::join!(client, engine) else {
            return;
        };
        both_ways(client, engine).await;
        // The answer's guard is held until here.
        drop(reply);
    })?;
    Ok(response)
}

async fn both_ways(client: hyper::upgrade::Upgraded, engine: hyper::upgrade::Upgraded) {
    let (mut from_client, mut to_client) = tokio::io::split(TokioIo::new(client));
    let (mut from_engine, mut to_engine) = tokio::io::split(TokioIo::new(engine));
    let there = pump(&mut from_client, &mut to_engine);
    let back = pump(&mut from_engine, &mut to_client);
    // When the engine has said all, the client needs nothing more from it; a client that has said all still listens.
    tokio::pin!(there, back);
    tokio::select! {
        () = &mut back => {}
        () = &mut there => back.await,
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
