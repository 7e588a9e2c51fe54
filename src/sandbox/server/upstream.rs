//! One connection to the engine a request. Dropping an answer closes its connection, which ends what the engine is doing
//! for it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use hyper::client::conn::http1;
use hyper::{HeaderMap, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::Server;
use super::ask::{Ask, Upgrade};
use super::stream::{self, Body};
use super::tasks::Hushed;
use crate::sandbox::policy::Refusal;

/// The engine's answer.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Answer,
    /// Becomes the raw connection, where the engine agreed.
    pub(super) upgrade: Option<hyper::upgrade::OnUpgrade>,
}

/// The body of an answer, and the connection that it comes by.
pub(super) struct Answer {
    body: Incoming,
    _connection: Connection,
    hush: Option<oneshot::Sender<()>>,
}

/// The task that drives a connection; it ends with us.
struct Connection(JoinHandle<()>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Answer {
    /// What tells the engine that nobody asks any more, while its last words are still heard.
    pub(super) fn hush(&mut self) -> Option<oneshot::Sender<()>> {
        self.hush.take()
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Pin::new(&mut self.body)
            .poll_frame(context)
            .map_err(io::Error::other)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Reply {
    /// The body, to be passed on as it comes.
    pub(super) fn passed(self) -> Body {
        self.body.boxed_unsync()
    }

    /// The whole body.
    pub(super) async fn whole(self) -> Result<Bytes, Refusal> {
        stream::read(self.body, stream::ANSWER_LIMIT)
            .await
            .map_err(|_| Refusal::engine(502, "the engine's answer ends half way"))
    }

    /// The whole body as a shape of this program.
    pub(super) async fn value<T: DeserializeOwned>(self) -> Result<T, Refusal> {
        let body = self.whole().await?;
        serde_json::from_slice(&body).map_err(|error| {
            Refusal::engine(502, format!("the engine's answer cannot be read: {error}"))
        })
    }
}

impl Server {
    /// Sends a request. An answer that is an error becomes one, in the learner's names.
    pub(super) async fn send(&self, ask: Ask) -> Result<Reply, Refusal> {
        let reply = self.sent(ask).await?;
        if reply.status.as_u16() < 400 {
            return Ok(reply);
        }
        let status = reply.status.as_u16();
        let body = reply.whole().await?;
        let message = serde_json::from_slice::<serde_json::Value>(&body)
            .ok()
            .and_then(|value| value.get("message")?.as_str().map(str::to_owned))
            .unwrap_or_else(|| String::from_utf8_lossy(&body).trim().to_owned());
        Err(Refusal::engine(status, self.names.shown(&message)))
    }

    /// Sends a request and reads its whole answer.
    pub(super) async fn fetch<T: DeserializeOwned>(&self, ask: Ask) -> Result<T, Refusal> {
        self.send(ask).await?.value().await
    }

    async fn sent(&self, ask: Ask) -> Result<Reply, Refusal> {
        let gone = |reason: String| {
            Refusal::engine(503, format!("the Docker engine does not answer: {reason}"))
        };
        let Ask {
            method,
            path,
            query,
            version,
            headers,
            body,
            upgrade,
        } = ask;
        let stream = self
            .engine
            .open_stream()
            .await
            .map_err(|error| gone(error.to_string()))?;
        let (stream, hush) = Hushed::of(stream);
        let (mut sender, connection) = http1::handshake::<_, Body>(TokioIo::new(stream))
            .await
            .map_err(|error| gone(error.to_string()))?;
        let connection = Connection(tokio::spawn(async move {
            // Whoever reads the answer sees the same failure.
            let _ = connection.with_upgrades().await;
        }));

        let version = version.unwrap_or(self.version);
        let question = if query.is_empty() { "" } else { "?" };
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/v{version}{path}{question}{query}"))
            .header(header::HOST, "docker");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Some(upgrade) = upgrade {
            request = request.header(header::CONNECTION, "Upgrade").header(
                header::UPGRADE,
                match upgrade {
                    Upgrade::Tcp => "tcp",
                    Upgrade::H2c => "h2c",
                },
            );
        }
        let request = match body {
            Some((kind, body)) => request.header(header::CONTENT_TYPE, kind).body(body),
            None => request.body(stream::empty()),
        };
        let request = request.map_err(|error| Refusal::unreadable(error.to_string()))?;
        let mut response = sender
            .send_request(request)
            .await
            .map_err(|error| gone(error.to_string()))?;
        let upgraded = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        let upgrade = upgraded.then(|| hyper::upgrade::on(&mut response));
        let (parts, body) = response.into_parts();
        Ok(Reply {
            status: parts.status,
            headers: parts.headers,
            body: Answer {
                body,
                _connection: connection,
                hush: Some(hush),
            },
            upgrade,
        })
    }
}
