//! BuildKit's progress messages, as far as we read them; field numbers from `api/services/control/control.proto`
//! and `solver/pb/ops.proto` of moby/buildkit.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use prost::Message;

/// What is new since the last message.
#[derive(Clone, PartialEq, Message)]
pub(super) struct StatusResponse {
    #[prost(message, repeated, tag = "1")]
    pub(super) vertexes: Vec<Vertex>,
    #[prost(message, repeated, tag = "3")]
    pub(super) logs: Vec<VertexLog>,
    #[prost(message, repeated, tag = "4")]
    pub(super) warnings: Vec<VertexWarning>,
}

/// One piece of work.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Vertex {
    #[prost(string, tag = "1")]
    pub(super) digest: String,
    #[prost(string, tag = "3")]
    pub(super) name: String,
    #[prost(bool, tag = "4")]
    pub(super) cached: bool,
    #[prost(message, optional, tag = "5")]
    pub(super) started: Option<Timestamp>,
    #[prost(message, optional, tag = "6")]
    pub(super) completed: Option<Timestamp>,
    #[prost(string, tag = "7")]
    pub(super) error: String,
}

/// Output of one piece of work.
#[derive(Clone, PartialEq, Message)]
pub(super) struct VertexLog {
    #[prost(string, tag = "1")]
    pub(super) vertex: String,
    #[prost(bytes = "vec", tag = "4")]
    pub(super) msg: Vec<u8>,
}

/// A warning of the linter.
#[derive(Clone, PartialEq, Message)]
pub(super) struct VertexWarning {
    #[prost(bytes = "vec", tag = "3")]
    pub(super) short: Vec<u8>,
    #[prost(bytes = "vec", repeated, tag = "4")]
    pub(super) detail: Vec<Vec<u8>>,
    #[prost(message, repeated, tag = "7")]
    pub(super) ranges: Vec<Range>,
}

/// A part of the Dockerfile.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Range {
    #[prost(message, optional, tag = "1")]
    pub(super) start: Option<Position>,
}

/// A place in the Dockerfile.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Position {
    #[prost(int32, tag = "1")]
    pub(super) line: i32,
}

/// A moment, as `google.protobuf.Timestamp`.
#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct Timestamp {
    #[prost(int64, tag = "1")]
    pub(super) seconds: i64,
    #[prost(int32, tag = "2")]
    pub(super) nanos: i32,
}

impl Timestamp {
    /// The time from `earlier` to this; `None` when it is the later one.
    pub(super) fn since(self, earlier: Self) -> Option<Duration> {
        let nanos = |t: Self| i128::from(t.seconds) * 1_000_000_000 + i128::from(t.nanos);
        u64::try_from(nanos(self) - nanos(earlier))
            .ok()
            .map(Duration::from_nanos)
    }
}

/// Decodes the `aux` of a `moby.buildkit.trace` line.
pub(super) fn decode(aux: &str) -> Result<StatusResponse, String> {
    let bytes = BASE64_STANDARD
        .decode(aux)
        .map_err(|error| error.to_string())?;
    StatusResponse::decode(bytes.as_slice()).map_err(|error| error.to_string())
}
