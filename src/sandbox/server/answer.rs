//! Answers in the learner's names: our labels and the token taken out, addresses and limits as they were asked for.

use bytes::Bytes;
use hyper::header::{self, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::Value;

use super::stream::{self, Body, Lines};
use super::upstream::Reply;
use super::{Seat, Server};
use crate::engine::is_own_label;
use crate::sandbox::names::Names;
use crate::sandbox::policy::Refusal;

/// An answer to a client.
pub(super) type Answered = Response<Body>;

/// An answer without a body.
pub(super) fn status(code: u16) -> Answered {
    let mut response = Response::new(stream::empty());
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_GATEWAY);
    response
}

/// An answer of JSON that is shown as it is.
pub(super) fn json(code: u16, value: &Value) -> Answered {
    let text = format!("{value}\n");
    let mut response = status(code);
    *response.body_mut() = stream::whole(text);
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// A refusal as the engine words its errors.
pub(super) fn refused(refusal: &Refusal) -> Answered {
    json(
        refusal.status,
        &serde_json::json!({"message": refusal.message}),
    )
}

/// The headers of an answer that a client may see.
const PASSED_HEADERS: [&str; 3] = [
    "content-type",
    "content-encoding",
    "x-docker-container-path-stat",
];

/// Passes an answer on as it comes: for bytes that hold no names.
pub(super) fn passed(reply: Reply) -> Answered {
    let mut response = status(reply.status.as_u16());
    for name in PASSED_HEADERS {
        if let Some(value) = reply.headers.get(name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    if let Some(length) = reply.headers.get(header::CONTENT_LENGTH) {
        let length = length.clone();
        response
            .headers_mut()
            .insert(header::CONTENT_LENGTH, length);
    }
    *response.body_mut() = reply.passed();
    response
}

impl Server {
    /// Passes a JSON answer on in the learner's names.
    pub(super) async fn shown(&self, seat: Seat, reply: Reply) -> Result<Answered, Refusal> {
        self.shown_after(seat, reply, |_| {}).await
    }

    /// The same, after a change.
    pub(super) async fn shown_after(
        &self,
        seat: Seat,
        reply: Reply,
        change: impl FnOnce(&mut Value),
    ) -> Result<Answered, Refusal> {
        let code = reply.status.as_u16();
        let body = reply.whole().await?;
        if body.is_empty() {
            return Ok(status(code));
        }
        let mut value: Value = serde_json::from_slice(&body).map_err(|error| {
            Refusal::engine(502, format!("the engine's answer cannot be read: {error}"))
        })?;
        change(&mut value);
        unmangle(&self.names, seat, &mut value);
        Ok(json(code, &value))
    }

    /// Passes a stream of JSON lines on in the learner's names, as they come.
    pub(super) fn shown_lines(&self, reply: Reply) -> Answered {
        let names = self.names.clone();
        self.lines(reply, move |value| {
            unmangle(&names, Seat::Learner, value);
            true
        })
    }

    /// Passes a stream of JSON lines on; `change` says which, and how.
    pub(super) fn lines(
        &self,
        reply: Reply,
        mut change: impl FnMut(&mut Value) -> bool + Send + Unpin + 'static,
    ) -> Answered {
        let status = reply.status.as_u16();
        let hear = parsed(move |line| {
            let mut value = line?;
            change(&mut value).then(|| written(&value))
        });
        lines(status, Lines::changed(reply.passed(), hear))
    }
}

/// An answer of JSON lines.
pub(super) fn lines(code: u16, body: Body) -> Answered {
    let mut response = status(code);
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    *response.body_mut() = body;
    response
}

/// Reads each line for one who hears values; what is no JSON is not heard.
pub(super) fn parsed(
    mut hear: impl FnMut(Option<Value>) -> Option<Bytes> + Send + Unpin + 'static,
) -> impl FnMut(Option<&[u8]>) -> Option<Bytes> + Send + Unpin + 'static {
    move |line| {
        let line = line.map(serde_json::from_slice::<Value>);
        hear(line.transpose().ok()?)
    }
}

/// A line of a stream.
pub(super) fn written(value: &Value) -> Bytes {
    Bytes::from(format!("{value}\r\n"))
}

/// Takes the sandbox's names and labels out of a value, wherever they are.
pub(super) fn unmangle(names: &Names, seat: Seat, value: &mut Value) {
    let shown = |text: &str| match seat {
        Seat::Learner => names.shown(text).into_owned(),
        Seat::Observer => names.named(text).into_owned(),
    };
    match value {
        Value::String(text) => {
            if names.is_in(text) {
                *text = shown(text);
            }
        }
        Value::Array(items) => {
            for item in items {
                unmangle(names, seat, item);
            }
        }
        Value::Object(map) => {
            if seat == Seat::Learner {
                map.retain(|key, _| !is_own_label(key));
            }
            if map.keys().any(|key| names.is_in(key)) {
                *map = std::mem::take(map)
                    .into_iter()
                    .map(|(key, value)| (shown(&key), value))
                    .collect();
            }
            for value in map.values_mut() {
                unmangle(names, seat, value);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_labels_are_taken_out_wherever_they_are() {
        let names = Names::for_tests();
        let own = names.object("net");
        let mut value = serde_json::json!({
            "Names": [format!("/{}", names.object("web"))],
            "Labels": {"sealegs.run": "1", "sealegs.sandbox": "2", "sealegs.kit": "3", "a": "b"},
            "Networks": {own: {"n": 1}},
        });
        unmangle(&names, Seat::Learner, &mut value);
        assert_eq!(
            value,
            serde_json::json!({
                "Names": ["/web"],
                "Labels": {"sealegs.kit": "3", "a": "b"},
                "Networks": {"net": {"n": 1}},
            })
        );
    }
}
