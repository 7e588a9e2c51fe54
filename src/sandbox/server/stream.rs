//! Bodies: whole ones within bounds, and streams that are passed on piece by piece.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes, BytesMut};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use serde_json::Value;

use crate::sandbox::policy::Refusal;

/// Any body.
pub(super) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// A JSON body longer than this is no request of a client's: the largest seen, of compose, is under 20 kB.
pub(super) const REQUEST_LIMIT: usize = 1 << 20;

/// A JSON answer longer than this is not read: a list of 10,000 containers is shorter.
pub(super) const ANSWER_LIMIT: usize = 64 << 20;

/// A line of a stream longer than this is not read.
const LINE_LIMIT: usize = 4 << 20;

pub(super) fn empty() -> Body {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

pub(super) fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// Passes a client's body on as it comes.
pub(super) fn passed(body: Incoming) -> Body {
    body.map_err(io::Error::other).boxed_unsync()
}

/// A body that ends half way.
pub(super) fn broken(error: hyper::Error) -> Body {
    let mut error = Some(io::Error::other(error));
    let pieces = std::iter::from_fn(move || error.take().map(Err::<Frame<Bytes>, _>));
    StreamBody::new(futures_util::stream::iter(pieces)).boxed_unsync()
}

/// Reads a whole body of at most `limit` bytes.
pub(super) async fn read<B>(mut body: B, limit: usize) -> Result<Bytes, ReadError>
where
    B: HttpBody<Data = Bytes> + Unpin,
{
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return Err(ReadError::Broken);
        };
        if let Some(data) = frame.data_ref() {
            if bytes.len() + data.len() > limit {
                return Err(ReadError::TooLong);
            }
            bytes.extend_from_slice(data);
        }
    }
    Ok(bytes.freeze())
}

/// Why a body could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadError {
    Broken,
    TooLong,
}

/// Reads a request's JSON.
pub(super) async fn request(body: Body) -> Result<Bytes, Refusal> {
    read(body, REQUEST_LIMIT)
        .await
        .map_err(|error| match error {
            ReadError::Broken => Refusal::unreadable("its body ends half way"),
            ReadError::TooLong => Refusal::unreadable("its body is longer than 1 MB"),
        })
}

/// A body whose lines are changed, or left out, one by one as they come.
pub(super) struct Lines<F> {
    body: Body,
    change: F,
    buffer: BytesMut,
    state: State,
}

/// How far a body has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    Ended,
    /// And who changes it knows.
    Told,
}

impl<F> Lines<F>
where
    F: FnMut(Option<&[u8]>) -> Option<Bytes> + Send + Unpin + 'static,
{
    /// `change` is given each line without its end, and nothing at the end of all; what it gives goes on, as it is.
    pub(super) fn changed(body: Body, change: F) -> Body {
        Self {
            body,
            change,
            buffer: BytesMut::new(),
            state: State::Open,
        }
        .boxed_unsync()
    }

    fn next_line(&mut self) -> Option<BytesMut> {
        let end = self.buffer.iter().position(|byte| *byte == b'\n')?;
        Some(self.buffer.split_to(end + 1))
    }
}

impl<F> HttpBody for Lines<F>
where
    F: FnMut(Option<&[u8]>) -> Option<Bytes> + Send + Unpin + 'static,
{
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = self.get_mut();
        loop {
            let mut out = BytesMut::new();
            while let Some(line) = this.next_line() {
                if let Some(changed) = (this.change)(Some(line.trim_ascii())) {
                    out.extend_from_slice(&changed);
                }
            }
            if this.state == State::Ended && !this.buffer.is_empty() {
                let last = this.buffer.split();
                if let Some(changed) = (this.change)(Some(last.trim_ascii())) {
                    out.extend_from_slice(&changed);
                }
            }
            if !out.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(out.freeze()))));
            }
            match this.state {
                State::Open => {}
                State::Ended => {
                    this.state = State::Told;
                    match (this.change)(None) {
                        Some(last) => return Poll::Ready(Some(Ok(Frame::data(last)))),
                        None => return Poll::Ready(None),
                    }
                }
                State::Told => return Poll::Ready(None),
            }
            match std::task::ready!(Pin::new(&mut this.body).poll_frame(context)) {
                None => this.state = State::Ended,
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        if this.buffer.len() + data.len() > LINE_LIMIT {
                            let said = "a line of the engine's answer has no end";
                            return Poll::Ready(Some(Err(io::Error::other(said))));
                        }
                        this.buffer.extend_from_slice(&data);
                    }
                }
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

/// A body of lines, after which somebody is told what the last of them says of an error.
pub(super) struct Told<F: FnOnce(Option<String>)> {
    body: Body,
    last: BytesMut,
    has_ended: bool,
    tell: Option<F>,
}

/// Where an error stands, at the end of a body; a longer one is told by its end alone.
const LAST: usize = 64 << 10;

impl<F: FnOnce(Option<String>) + Send + Unpin + 'static> Told<F> {
    /// `tell` is called once: at the end, or when the client has gone before it.
    pub(super) fn at_its_end(body: Body, tell: F) -> Body {
        Self {
            body,
            last: BytesMut::new(),
            has_ended: false,
            tell: Some(tell),
        }
        .boxed_unsync()
    }
}

impl<F: FnOnce(Option<String>)> Told<F> {
    fn tell(&mut self) {
        let Some(tell) = self.tell.take() else {
            return;
        };
        let mut lines = self.last.trim_ascii_end().rsplit(|byte| *byte == b'\n');
        let last = lines
            .next()
            .and_then(|line| serde_json::from_slice::<Value>(line).ok());
        let error = last.and_then(|last| Some(last.get("error")?.as_str()?.to_owned()));
        let gone = || "the client has gone before its end".to_owned();
        tell(error.or_else(|| (!self.has_ended).then(gone)));
    }
}

impl<F: FnOnce(Option<String>)> Drop for Told<F> {
    fn drop(&mut self) {
        self.has_ended |= self.body.is_end_stream();
        self.tell();
    }
}

impl<F: FnOnce(Option<String>) + Send + Unpin + 'static> HttpBody for Told<F> {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = self.get_mut();
        let frame = std::task::ready!(Pin::new(&mut this.body).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    this.last.extend_from_slice(data);
                    let more = this.last.len().saturating_sub(LAST);
                    this.last.advance(more);
                }
            }
            None => {
                this.has_ended = true;
                this.tell();
            }
            Some(Err(_)) => this.tell(),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        // Whoever asks must read the end, and is told of only then.
        self.tell.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A body of gRPC messages, each of them changed as it comes; what is no message passes as it is.
pub(super) struct Changed<F> {
    body: Body,
    change: F,
    buffer: BytesMut,
}

impl<F> Changed<F>
where
    F: FnMut(&[u8]) -> Bytes + Send + Unpin + 'static,
{
    /// `change` is given each message without its frame, and gives the whole frame.
    pub(super) fn messages(body: Body, change: F) -> Self {
        Self {
            body,
            change,
            buffer: BytesMut::new(),
        }
    }
}

impl<F> HttpBody for Changed<F>
where
    F: FnMut(&[u8]) -> Bytes + Send + Unpin + 'static,
{
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = self.get_mut();
        loop {
            let mut out = BytesMut::new();
            while this.buffer.len() >= 5 {
                let length = this.buffer[1..5]
                    .iter()
                    .fold(0, |length, byte| length << 8 | usize::from(*byte));
                if length > ANSWER_LIMIT {
                    let said = "a message of the engine's answer is too long";
                    return Poll::Ready(Some(Err(io::Error::other(said))));
                }
                if this.buffer.len() < 5 + length {
                    break;
                }
                let frame = this.buffer.split_to(5 + length);
                out.extend_from_slice(&(this.change)(&frame[5..]));
            }
            if !out.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(out.freeze()))));
            }
            match std::task::ready!(Pin::new(&mut this.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => this.buffer.extend_from_slice(&data),
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                other => return Poll::Ready(other),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_are_changed_one_by_one_whatever_their_pieces() {
        let pieces = ["{\"a\":1}\n{\"b\"", ":2}\r\n\n{\"c\":3}"];
        let stream = futures_util::stream::iter(
            pieces.map(|piece| Ok::<_, io::Error>(Frame::data(Bytes::from(piece)))),
        );
        let body = http_body_util::StreamBody::new(stream).boxed_unsync();
        let changed = Lines::changed(body, |line| {
            let Some(line) = line else {
                return Some(Bytes::from("<end>"));
            };
            (!line.is_empty()).then(|| Bytes::from(format!("<{}>", String::from_utf8_lossy(line))))
        });
        let whole = read(changed, 1000).await.unwrap();
        assert_eq!(whole, "<{\"a\":1}><{\"b\":2}><{\"c\":3}><end>");
    }

    #[tokio::test]
    async fn an_error_in_the_last_line_is_told_when_all_is_read() {
        let told = |text: &'static str, reads: bool| async move {
            let (tell, mut heard) = tokio::sync::oneshot::channel();
            let body = Told::at_its_end(whole(text), move |error| tell.send(error).unwrap());
            match reads {
                true => assert_eq!(read(body, 1000).await.unwrap(), text),
                false => drop(body),
            }
            heard.try_recv().unwrap()
        };
        let failed = "{\"stream\":\"a\"}\r\n{\"errorDetail\":{},\"error\":\"no\"}\r\n";
        assert_eq!(told(failed, true).await, Some("no".to_owned()));
        assert_eq!(told("{\"stream\":\"error\"}\r\n", true).await, None);
        assert!(told(failed, false).await.unwrap().contains("gone"));
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_limit() {
        assert_eq!(read(whole("abc"), 3).await.unwrap(), "abc");
        assert_eq!(read(whole("abcd"), 3).await, Err(ReadError::TooLong));
    }
}
