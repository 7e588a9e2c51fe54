//! One request on a connection of its own, for the calls bollard cannot make: a build, whose stream it stumbles over, and
//! a look at a container in a state it does not know. Dropping a build's answer closes the connection, which ends the build.

use std::io;
use std::path::Path;

use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http1;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio_util::io::ReaderStream;

use super::{Engine, EngineError, connect};

/// An error answer longer than this is no answer of the engine's.
const ERROR_LIMIT: usize = 64 << 10;

/// A JSON line longer than this is not read: BuildKit's largest traces are some hundred kilobytes.
const LINE_LIMIT: usize = 16 << 20;

/// An answer that comes line by line.
pub(super) struct Lines {
    verb: &'static str,
    body: Incoming,
    buffer: BytesMut,
    _connection: Connection,
}

/// The task that drives a connection; it ends with us.
struct Connection(tokio::task::JoinHandle<()>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What came of a request.
pub(super) enum Answer {
    /// Accepted; the lines follow.
    Lines(Lines),
    /// Refused, with the engine's words. The status says little: a Dockerfile's mistakes come as 400 and 500.
    Refused(String),
}

impl Engine {
    /// Posts a tar file to `path` (with its query) and gives the answer's lines.
    pub(super) async fn post_tar(
        &self,
        verb: &'static str,
        path: &str,
        tar: &Path,
    ) -> Result<Answer, EngineError> {
        let file = tokio::fs::File::open(tar)
            .await
            .map_err(|error| EngineError::file(tar, &error))?;
        let broken = |error: hyper::Error| EngineError::broken(verb, &error);
        let (mut sender, connection) = self.handshake(verb).await?;
        let body = ReaderStream::with_capacity(file, 1 << 16).map_ok(Frame::data);
        let request = Request::post(path)
            .header("host", "docker")
            .header("content-type", "application/x-tar")
            .body(StreamBody::new(body))
            .map_err(|error| EngineError::Unreadable {
                verb,
                reason: error.to_string(),
            })?;
        let response = sender.send_request(request).await.map_err(broken)?;
        Answer::of(verb, response, connection).await
    }

    /// Posts nothing to `path` (with its query), with one more header where one is given, and gives the answer's lines.
    pub(super) async fn post(
        &self,
        verb: &'static str,
        path: &str,
        header: Option<(&'static str, String)>,
    ) -> Result<Answer, EngineError> {
        let broken = |error: hyper::Error| EngineError::broken(verb, &error);
        let (mut sender, connection) = self.handshake(verb).await?;
        let mut request = Request::post(path).header("host", "docker");
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let request = request
            .body(http_body_util::Empty::<Bytes>::new())
            .map_err(|error| EngineError::Unreadable {
                verb,
                reason: error.to_string(),
            })?;
        let response = sender.send_request(request).await.map_err(broken)?;
        Answer::of(verb, response, connection).await
    }

    /// Gets `path` as JSON, whatever it means.
    pub(super) async fn get_json(
        &self,
        verb: &'static str,
        path: &str,
    ) -> Result<serde_json::Value, EngineError> {
        let broken = |error: hyper::Error| EngineError::broken(verb, &error);
        let unreadable = |reason: String| EngineError::Unreadable { verb, reason };
        let (mut sender, _connection) = self.handshake(verb).await?;
        let request = Request::get(path)
            .header("host", "docker")
            .body(http_body_util::Empty::<Bytes>::new())
            .map_err(|error| unreadable(error.to_string()))?;
        let response = sender.send_request(request).await.map_err(broken)?;
        let body = response.into_body().collect().await.map_err(broken)?;
        serde_json::from_slice(&body.to_bytes()).map_err(|error| unreadable(error.to_string()))
    }

    async fn handshake<B>(
        &self,
        verb: &'static str,
    ) -> Result<(http1::SendRequest<B>, Connection), EngineError>
    where
        B: hyper::body::Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let stream = connect::open(self.endpoint()).await?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| EngineError::broken(verb, &error))?;
        let connection = Connection(tokio::spawn(async move {
            // The answer's reader sees the same failure.
            let _ = connection.await;
        }));
        Ok((sender, connection))
    }
}

impl Answer {
    async fn of(
        verb: &'static str,
        response: Response<Incoming>,
        connection: Connection,
    ) -> Result<Self, EngineError> {
        if !response.status().is_success() {
            return Ok(Self::Refused(refusal(verb, response).await?));
        }
        Ok(Self::Lines(Lines {
            verb,
            body: response.into_body(),
            buffer: BytesMut::new(),
            _connection: connection,
        }))
    }
}

async fn refusal(verb: &'static str, response: Response<Incoming>) -> Result<String, EngineError> {
    #[derive(serde::Deserialize)]
    struct Refusal {
        message: String,
    }
    let mut body = response.into_body();
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| EngineError::broken(verb, &error))?;
        if let Some(data) = frame.data_ref()
            && bytes.len() + data.len() <= ERROR_LIMIT
        {
            bytes.extend_from_slice(data);
        }
    }
    Ok(match serde_json::from_slice::<Refusal>(&bytes) {
        Ok(refusal) => refusal.message,
        Err(_) => String::from_utf8_lossy(&bytes).trim().to_owned(),
    })
}

impl Lines {
    /// The next line; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, EngineError> {
        let verb = self.verb;
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line = self.buffer.split_to(end + 1).freeze();
                let line = line.slice(..end);
                if line.iter().all(u8::is_ascii_whitespace) {
                    continue;
                }
                return Ok(Some(line));
            }
            if self.buffer.len() > LINE_LIMIT {
                let reason = io::Error::other("a line of its answer has no end").to_string();
                return Err(EngineError::Unreadable { verb, reason });
            }
            match self.body.frame().await {
                Some(frame) => {
                    let frame = frame.map_err(|error| EngineError::broken(verb, &error))?;
                    if let Ok(data) = frame.into_data() {
                        self.buffer.extend_from_slice(&data);
                    }
                }
                None if self.buffer.is_empty() => return Ok(None),
                None => return Ok(Some(self.buffer.split().freeze())),
            }
        }
    }
}
