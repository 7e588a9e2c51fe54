//! Passing a call on to the other side, once it has been found in its list.

use std::io;

use http_body_util::BodyExt;
use hyper::client::conn::http2::SendRequest;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{HeaderMap, Request, Response};

use super::frames::{self, code};
use super::shapes::{self, Shape};
use crate::sandbox::names::Names;
use crate::sandbox::server::stream::{Body, Changed};

/// The other side of a channel.
pub(super) type Other = SendRequest<Body>;

/// Sends a call and gives what comes back, as it comes.
pub(super) async fn sent(
    other: &Other,
    path: &str,
    headers: HeaderMap,
    body: Body,
) -> Result<Response<Body>, Response<Body>> {
    let mut other = other.clone();
    let unavailable = |said: String| frames::status(code::UNAVAILABLE, &said);
    let mut request = Request::post(format!("http://localhost{path}"))
        .body(body)
        .map_err(|error| frames::status(code::INVALID, &error.to_string()))?;
    *request.headers_mut() = headers;
    let fixed = [("content-type", "application/grpc"), ("te", "trailers")];
    for (name, value) in fixed {
        request
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    other
        .ready()
        .await
        .map_err(|error| unavailable(error.to_string()))?;
    let response = other
        .send_request(request)
        .await
        .map_err(|error| unavailable(error.to_string()))?;
    Ok(response.map(|body| body.map_err(io::Error::other).boxed_unsync()))
}

/// The headers of a call that mean something to the other side, out of those given by name.
pub(super) fn only(headers: &HeaderMap, names: &[&'static str]) -> HeaderMap {
    let mut kept = HeaderMap::new();
    for name in names {
        for value in headers.get_all(*name) {
            kept.append(HeaderName::from_static(name), value.clone());
        }
    }
    kept
}

/// An answer's messages and its error in the learner's names.
pub(super) fn shown(
    names: &Names,
    response: Response<Body>,
    fields: &'static [(u64, Shape)],
) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    error_shown(names, &mut parts.headers);
    let (for_messages, for_trailers) = (names.clone(), names.clone());
    let messages = Changed::messages(body, move |message| {
        frames::framed(&shapes::shown(&for_messages, message, fields))
    });
    let body = messages
        .map_frame(move |frame| match frame.into_trailers() {
            Ok(mut trailers) => {
                error_shown(&for_trailers, &mut trailers);
                hyper::body::Frame::trailers(trailers)
            }
            Err(frame) => frame,
        })
        .boxed_unsync();
    Response::from_parts(parts, body)
}

/// The error of an answer whose messages hold no names, in the learner's names.
pub(super) fn error_alone_shown(names: &Names, response: Response<Body>) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    error_shown(names, &mut parts.headers);
    let names = names.clone();
    let body = body
        .map_frame(move |frame| match frame.into_trailers() {
            Ok(mut trailers) => {
                error_shown(&names, &mut trailers);
                hyper::body::Frame::trailers(trailers)
            }
            Err(frame) => frame,
        })
        .boxed_unsync();
    Response::from_parts(parts, body)
}

const DETAILS: &str = "grpc-status-details-bin";

fn error_shown(names: &Names, trailers: &mut HeaderMap) {
    let message = trailers
        .get("grpc-message")
        .and_then(|message| message.to_str().ok())
        .map(frames::percent_decoded);
    if let Some(message) = message
        && let Ok(shown) = HeaderValue::from_str(&frames::percent_encoded(&names.shown(&message)))
    {
        trailers.insert("grpc-message", shown);
    }
    let details = trailers
        .get(DETAILS)
        .and_then(|details| details.to_str().ok())
        .and_then(base64_lenient);
    if let Some(details) = details {
        let shown = shapes::shown(names, &details, shapes::ERROR);
        match HeaderValue::from_str(&base64_written(&shown)) {
            Ok(value) => trailers.insert(DETAILS, value),
            Err(_) => trailers.remove(DETAILS),
        };
    }
}

/// gRPC writes binary headers without padding, and reads both.
fn base64_lenient(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    STANDARD_NO_PAD.decode(text.trim_end_matches('=')).ok()
}

fn base64_written(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD_NO_PAD.encode(bytes)
}
