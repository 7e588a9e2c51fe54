//! Messages within the bodies of gRPC calls: five bytes before each.

use std::io;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Body as HttpBody, Frame};
use hyper::header::HeaderValue;
use hyper::{HeaderMap, Response};
use prost::Message;
use tokio::sync::mpsc;

use crate::sandbox::server::stream::Body;

/// A message longer than this is not read: gRPC's own limit in BuildKit is 16 MiB.
const MESSAGE_LIMIT: usize = 16 << 20;

/// gRPC's codes that are used here.
pub(super) mod code {
    pub(in super::super) const OK: u16 = 0;
    pub(in super::super) const INVALID: u16 = 3;
    pub(in super::super) const DENIED: u16 = 7;
    pub(in super::super) const UNIMPLEMENTED: u16 = 12;
    pub(in super::super) const UNAVAILABLE: u16 = 14;
}

/// Reads messages one by one.
pub(super) struct Messages<B> {
    body: B,
    buffer: BytesMut,
    /// What came behind the last one.
    pub(super) trailers: Option<HeaderMap>,
}

impl<B> Messages<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
{
    pub(super) fn of(body: B) -> Self {
        Self {
            body,
            buffer: BytesMut::new(),
            trailers: None,
        }
    }

    /// The next message; `None` at the end.
    pub(super) async fn next(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            if let Some(message) = self.buffered()? {
                return Ok(Some(message));
            }
            match self.body.frame().await {
                None if self.buffer.is_empty() => return Ok(None),
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
                Some(Err(_)) => return Err(io::ErrorKind::ConnectionReset.into()),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.buffer.extend_from_slice(&data),
                    Err(frame) => self.trailers = frame.into_trailers().ok(),
                },
            }
        }
    }

    fn buffered(&mut self) -> io::Result<Option<Bytes>> {
        if self.buffer.len() < 5 {
            return Ok(None);
        }
        let length = u32::from_be_bytes([
            self.buffer[1],
            self.buffer[2],
            self.buffer[3],
            self.buffer[4],
        ]) as usize;
        // Nobody here compresses, and nobody was told that it could be read.
        if self.buffer[0] != 0 || length > MESSAGE_LIMIT {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if self.buffer.len() < 5 + length {
            return Ok(None);
        }
        self.buffer.advance(5);
        Ok(Some(self.buffer.split_to(length).freeze()))
    }

    /// The one message of a call that has one.
    pub(super) async fn only<M: Message + Default>(mut self) -> io::Result<M> {
        let bytes = self.next().await?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let message = M::decode(bytes).map_err(io::Error::other)?;
        match self.next().await? {
            None => Ok(message),
            Some(_) => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

/// Puts its length before a message.
pub(super) fn framed(message: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(message.len() + 5);
    out.put_u8(0);
    out.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    out.put_slice(message);
    out.freeze()
}

/// A body that is written piece by piece.
pub(super) struct Written {
    sender: mpsc::Sender<io::Result<Frame<Bytes>>>,
}

/// A body, and the pen for it.
pub(super) fn written() -> (Written, Body) {
    let (sender, receiver) = mpsc::channel(16);
    let stream = futures_util::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|frame| (frame, receiver))
    });
    (Written { sender }, StreamBody::new(stream).boxed_unsync())
}

impl Written {
    /// Writes a message; an error where nobody reads any more.
    pub(super) async fn message(&self, message: &impl Message) -> io::Result<()> {
        self.frame(Frame::data(framed(&message.encode_to_vec())))
            .await
    }

    pub(super) async fn frame(&self, frame: Frame<Bytes>) -> io::Result<()> {
        self.sender
            .send(Ok(frame))
            .await
            .map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    /// Ends a call's answer.
    pub(super) async fn end(self, code: u16, message: &str) {
        let _ = self.frame(Frame::trailers(trailers(code, message))).await;
    }
}

fn trailers(code: u16, message: &str) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from(code));
    if let Ok(message) = HeaderValue::from_str(&percent_encoded(message)) {
        trailers.insert("grpc-message", message);
    }
    trailers
}

/// An answer that is nothing but its status.
pub(super) fn status(code: u16, message: &str) -> Response<Body> {
    let mut response = Response::new(crate::sandbox::server::stream::empty());
    let kind = HeaderValue::from_static("application/grpc");
    response.headers_mut().insert("content-type", kind);
    response.headers_mut().extend(trailers(code, message));
    response
}

/// An answer of one message.
pub(super) fn answer(message: &impl Message) -> Response<Body> {
    let frames = [
        Ok(Frame::data(framed(&message.encode_to_vec()))),
        Ok(Frame::trailers(trailers(code::OK, ""))),
    ];
    streamed(StreamBody::new(futures_util::stream::iter(frames)).boxed_unsync())
}

/// An answer whose messages and status come in its body.
pub(super) fn streamed(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let kind = HeaderValue::from_static("application/grpc");
    response.headers_mut().insert("content-type", kind);
    response
}

/// gRPC's own percent signs: everything but plain ASCII.
pub(super) fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' '..=b'~' if byte != b'%' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// The text behind gRPC's percent signs.
pub(super) fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let value = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (byte, value) {
            (b'%', Some(value)) => {
                bytes.push(value);
                rest = &after[2..];
            }
            _ => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::messages::OfReference;
    use super::*;
    use crate::sandbox::server::stream::whole;

    #[tokio::test]
    async fn messages_are_read_whatever_their_pieces() {
        let (pen, body) = written();
        let one = OfReference {
            reference: "one".into(),
        };
        let bytes = framed(&one.encode_to_vec());
        tokio::spawn(async move {
            for piece in bytes.chunks(3) {
                pen.frame(Frame::data(Bytes::copy_from_slice(piece)))
                    .await
                    .unwrap();
            }
            pen.end(code::OK, "").await;
        });
        let mut messages = Messages::of(body);
        let read = messages.next().await.unwrap().unwrap();
        assert_eq!(OfReference::decode(read).unwrap(), one);
        assert!(messages.next().await.unwrap().is_none());
        assert_eq!(messages.trailers.unwrap()["grpc-status"], "0");
    }

    #[tokio::test]
    async fn a_second_message_where_one_belongs_is_an_error() {
        let one = framed(&OfReference::default().encode_to_vec());
        let twice = [one.clone(), one].concat();
        let read = Messages::of(whole(twice)).only::<OfReference>().await;
        assert!(read.is_err());
        let packed = Messages::of(whole(vec![1, 0, 0, 0, 0])).next().await;
        assert!(packed.is_err());
    }

    #[test]
    fn percent_signs_are_grpcs() {
        let text = "läuft: 100 %\n";
        assert_eq!(percent_decoded(&percent_encoded(text)), text);
        assert_eq!(percent_decoded("50%"), "50%");
    }
}
