//! One connection to the engine a request. Dropping an answer closes its connection, which ends what the engine is doing
//! for it.

use std::future::poll_fn;
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
use tokio_util::task::AbortOnDropHandle;

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
    connection: Connection,
    hush: Option<oneshot::Sender<()>>,
}

/// What drives a connection: whoever waits for its answer, so that no piece of a body wakes another thread. It ends
/// with us.
enum Connection {
    Here(Pin<Box<dyn Future<Output = ()> + Send>>),
    /// Of an upgraded connection nobody reads the answer's body.
    Apart {
        _task: AbortOnDropHandle<()>,
    },
    Ended,
}

impl Connection {
    fn drive(&mut self, context: &mut Context<'_>) {
        if let Self::Here(driven) = self
            && driven.as_mut().poll(context).is_ready()
        {
            *self = Self::Ended;
        }
    }

    fn apart(&mut self) {
        if let Self::Here(driven) = std::mem::replace(self, Self::Ended) {
            let task = AbortOnDropHandle::new(tokio::spawn(driven));
            *self = Self::Apart { _task: task };
        }
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
        let mut frame = Pin::new(&mut self.body).poll_frame(context);
        if frame.is_pending() {
            self.connection.drive(context);
            frame = Pin::new(&mut self.body).poll_frame(context);
        }
        frame.map_err(io::Error::other)
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
        let mut connection = Connection::Here(Box::pin(async move {
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
        let mut answering = std::pin::pin!(sender.send_request(request));
        let mut response = poll_fn(|context| {
            connection.drive(context);
            answering.as_mut().poll(context)
        })
        .await
        .map_err(|error| gone(error.to_string()))?;
        let upgraded = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        let upgrade = upgraded.then(|| {
            connection.apart();
            hyper::upgrade::on(&mut response)
        });
        let (parts, body) = response.into_parts();
        Ok(Reply {
            status: parts.status,
            headers: parts.headers,
            body: Answer {
                body,
                connection,
                hush: Some(hush),
            },
            upgrade,
        })
    }
}
