//! The messages of BuildKit's services that are read and written anew. What is not declared here is left out on the way.
//!
//! From BuildKit 0.25: `api/services/control/control.proto`, `frontend/gateway/pb/gateway.proto`,
//! `sourcepolicy/pb/policy.proto`, `session/filesync/filesync.proto`, and fsutil's `types/wire.proto` and `stat.proto`.

use std::collections::HashMap;

use prost::Message;

/// A step of the exchange that brings files to the engine.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Packet {
    #[prost(int32, tag = "1")]
    pub(super) kind: i32,
    #[prost(message, optional, tag = "2")]
    pub(super) stat: Option<Stat>,
    #[prost(uint32, tag = "3")]
    pub(super) id: u32,
    #[prost(bytes = "bytes", tag = "4")]
    pub(super) data: bytes::Bytes,
}

/// The kinds of a [`Packet`].
pub(super) mod kind {
    pub(in super::super) const STAT: i32 = 0;
    pub(in super::super) const REQUEST: i32 = 1;
    pub(in super::super) const DATA: i32 = 2;
    pub(in super::super) const END: i32 = 3;
    pub(in super::super) const ERROR: i32 = 4;
}

/// A file as it lies with the client.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Stat {
    #[prost(string, tag = "1")]
    pub(super) path: String,
    #[prost(uint32, tag = "2")]
    pub(super) mode: u32,
    #[prost(uint32, tag = "3")]
    pub(super) uid: u32,
    #[prost(uint32, tag = "4")]
    pub(super) gid: u32,
    #[prost(int64, tag = "5")]
    pub(super) size: i64,
    #[prost(int64, tag = "6")]
    pub(super) mod_time: i64,
    #[prost(string, tag = "7")]
    pub(super) linkname: String,
    #[prost(int64, tag = "8")]
    pub(super) devmajor: i64,
    #[prost(int64, tag = "9")]
    pub(super) devminor: i64,
}

/// A piece of a tar that the client hands over.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Piece {
    #[prost(bytes = "bytes", tag = "1")]
    pub(super) data: bytes::Bytes,
}

/// `Control.Solve`: a build.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Solve {
    #[prost(string, tag = "1")]
    pub(super) reference: String,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(super) definition: Option<Vec<u8>>,
    #[prost(string, tag = "3")]
    pub(super) exporter: String,
    #[prost(map = "string, string", tag = "4")]
    pub(super) exporter_attrs: HashMap<String, String>,
    #[prost(string, tag = "5")]
    pub(super) session: String,
    #[prost(string, tag = "6")]
    pub(super) frontend: String,
    #[prost(map = "string, string", tag = "7")]
    pub(super) frontend_attrs: HashMap<String, String>,
    #[prost(message, optional, tag = "8")]
    pub(super) cache: Option<CacheOptions>,
    #[prost(string, repeated, tag = "9")]
    pub(super) entitlements: Vec<String>,
    #[prost(map = "string, bytes", tag = "10")]
    pub(super) frontend_inputs: HashMap<String, Vec<u8>>,
    #[prost(bool, tag = "11")]
    pub(super) internal: bool,
    #[prost(message, optional, tag = "12")]
    pub(super) source_policy: Option<SourcePolicy>,
    #[prost(message, repeated, tag = "13")]
    pub(super) exporters: Vec<Exporter>,
    #[prost(bool, tag = "14")]
    pub(super) enable_session_exporter: bool,
}

/// Where a build's result goes.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Exporter {
    #[prost(string, tag = "1")]
    pub(super) kind: String,
    #[prost(map = "string, string", tag = "2")]
    pub(super) attrs: HashMap<String, String>,
}

/// Where steps come from and go to, besides the engine's own cache.
#[derive(Clone, PartialEq, Message)]
pub(super) struct CacheOptions {
    #[prost(string, tag = "1")]
    pub(super) export_reference: String,
    #[prost(string, repeated, tag = "2")]
    pub(super) import_references: Vec<String>,
    #[prost(message, repeated, tag = "4")]
    pub(super) exports: Vec<Exporter>,
    #[prost(message, repeated, tag = "5")]
    pub(super) imports: Vec<Exporter>,
}

/// What a build may take its sources from.
#[derive(Clone, PartialEq, Message)]
pub(super) struct SourcePolicy {
    #[prost(int64, tag = "1")]
    pub(super) version: i64,
    #[prost(message, repeated, tag = "2")]
    pub(super) rules: Vec<SourceRule>,
}

/// One rule; the last that matches counts.
#[derive(Clone, PartialEq, Message)]
pub(super) struct SourceRule {
    /// 0 allows, 1 denies.
    #[prost(int32, tag = "1")]
    pub(super) action: i32,
    #[prost(message, optional, tag = "2")]
    pub(super) selector: Option<SourceSelector>,
}

/// Which sources a rule is about.
#[derive(Clone, PartialEq, Message)]
pub(super) struct SourceSelector {
    #[prost(string, tag = "1")]
    pub(super) identifier: String,
    /// 0 is a pattern with `*`.
    #[prost(int32, tag = "2")]
    pub(super) match_type: i32,
}

/// A message that only names a build, or what came of a part of one: `Control.Status`, `LLBBridge.Evaluate`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct OfReference {
    #[prost(string, tag = "1")]
    pub(super) reference: String,
}

/// `Control.ListenBuildHistory`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct History {
    #[prost(bool, tag = "1")]
    pub(super) active_only: bool,
    #[prost(string, tag = "2")]
    pub(super) reference: String,
    #[prost(bool, tag = "3")]
    pub(super) early_exit: bool,
}

/// `LLBBridge.Solve`: a part of a build, asked for by its client.
#[derive(Clone, PartialEq, Message)]
pub(super) struct PartialSolve {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub(super) definition: Option<Vec<u8>>,
    #[prost(string, tag = "2")]
    pub(super) frontend: String,
    #[prost(map = "string, string", tag = "3")]
    pub(super) frontend_attrs: HashMap<String, String>,
    #[prost(bool, tag = "5")]
    pub(super) allow_result_return: bool,
    #[prost(bool, tag = "6")]
    pub(super) allow_result_array: bool,
    #[prost(bool, tag = "10")]
    pub(super) is_final: bool,
    #[prost(map = "string, bytes", tag = "13")]
    pub(super) frontend_inputs: HashMap<String, Vec<u8>>,
    #[prost(bool, tag = "14")]
    pub(super) evaluate: bool,
    #[prost(message, repeated, tag = "15")]
    pub(super) source_policies: Vec<SourcePolicy>,
}

/// `LLBBridge.Return`: the client says what the whole has come to.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Return {
    #[prost(message, optional, tag = "1")]
    pub(super) result: Option<BuildResult>,
    #[prost(message, optional, tag = "2")]
    pub(super) error: Option<Status>,
}

/// What came of a build, by the names of its parts.
#[derive(Clone, PartialEq, Message)]
pub(super) struct BuildResult {
    #[prost(string, optional, tag = "1")]
    pub(super) old_reference: Option<String>,
    #[prost(message, optional, tag = "2")]
    pub(super) old_references: Option<OldReferences>,
    #[prost(message, optional, tag = "3")]
    pub(super) reference: Option<OfReference>,
    #[prost(message, optional, tag = "4")]
    pub(super) references: Option<References>,
    #[prost(map = "string, bytes", tag = "10")]
    pub(super) metadata: HashMap<String, Vec<u8>>,
}

/// Parts by platform, as older clients write them.
#[derive(Clone, PartialEq, Message)]
pub(super) struct OldReferences {
    #[prost(map = "string, string", tag = "1")]
    pub(super) references: HashMap<String, String>,
}

/// Parts by platform.
#[derive(Clone, PartialEq, Message)]
pub(super) struct References {
    #[prost(map = "string, message", tag = "1")]
    pub(super) references: HashMap<String, OfReference>,
}

/// An error.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Status {
    #[prost(int32, tag = "1")]
    pub(super) code: i32,
    #[prost(string, tag = "2")]
    pub(super) message: String,
}

/// `LLBBridge.ReadFile`, `ReadDir` and `StatFile`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct InResult {
    #[prost(string, tag = "1")]
    pub(super) reference: String,
    #[prost(string, tag = "2")]
    pub(super) path: String,
}

/// `LLBBridge.Warn`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Warning {
    #[prost(string, tag = "1")]
    pub(super) digest: String,
    #[prost(int64, tag = "2")]
    pub(super) level: i64,
    #[prost(bytes = "vec", tag = "3")]
    pub(super) short: Vec<u8>,
    #[prost(bytes = "vec", repeated, tag = "4")]
    pub(super) detail: Vec<Vec<u8>>,
    #[prost(string, tag = "5")]
    pub(super) url: String,
}

/// A message without anything in it.
#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct Nothing {}
