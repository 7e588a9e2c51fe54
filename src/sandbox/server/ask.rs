//! A request to the engine: the only way one is made. Its path is built from words of this program and from ids that
//! were found among the sandbox's own; its query and its body from values that were read and judged.

use bytes::Bytes;
use hyper::Method;
use serde::Serialize;

use super::images::ImageName;
use super::own::{ContainerId, ExecId, NetworkId, VolumeName};
use super::stream::Body;
use crate::sandbox::policy::route::Version;
use crate::sandbox::policy::text::encoded;

/// One word of a path.
#[derive(Clone, Copy, Debug)]
pub(super) enum Word<'a> {
    Is(&'static str),
    Container(&'a ContainerId),
    Exec(&'a ExecId),
    Image(&'a ImageName),
    Network(&'a NetworkId),
    Volume(&'a VolumeName),
}

/// What the connection becomes after the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Upgrade {
    /// Raw streams: attach and exec.
    Tcp,
    /// HTTP/2: BuildKit.
    H2c,
}

/// A request to the engine.
pub(super) struct Ask {
    pub(super) method: Method,
    /// Without the version.
    pub(super) path: String,
    pub(super) query: String,
    pub(super) version: Option<Version>,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<(&'static str, Body)>,
    pub(super) upgrade: Option<Upgrade>,
}

impl Ask {
    pub(super) fn get(words: &[Word<'_>]) -> Self {
        Self::of(Method::GET, words)
    }

    pub(super) fn head(words: &[Word<'_>]) -> Self {
        Self::of(Method::HEAD, words)
    }

    pub(super) fn post(words: &[Word<'_>]) -> Self {
        Self::of(Method::POST, words)
    }

    pub(super) fn put(words: &[Word<'_>]) -> Self {
        Self::of(Method::PUT, words)
    }

    pub(super) fn delete(words: &[Word<'_>]) -> Self {
        Self::of(Method::DELETE, words)
    }

    fn of(method: Method, words: &[Word<'_>]) -> Self {
        let mut path = String::new();
        for word in words {
            path.push('/');
            path.push_str(match word {
                Word::Is(word) => word,
                Word::Container(id) => id.as_str(),
                Word::Exec(id) => id.as_str(),
                Word::Image(name) => name.as_str(),
                Word::Network(id) => id.as_str(),
                Word::Volume(name) => name.as_str(),
            });
        }
        Self {
            method,
            path,
            query: String::new(),
            version: None,
            headers: Vec::new(),
            body: None,
            upgrade: None,
        }
    }

    /// Speaks this version instead of the newest.
    pub(super) fn version(mut self, version: Version) -> Self {
        self.version = Some(version);
        self
    }

    /// Adds a value to the query; an empty one is left out.
    pub(super) fn text(mut self, key: &'static str, value: &str) -> Self {
        if !value.is_empty() {
            if !self.query.is_empty() {
                self.query.push('&');
            }
            self.query.push_str(key);
            self.query.push('=');
            self.query.push_str(&encoded(value));
        }
        self
    }

    /// Adds yes; no is left out.
    pub(super) fn flag(self, key: &'static str, yes: bool) -> Self {
        self.text(key, if yes { "1" } else { "" })
    }

    /// Adds yes or no.
    pub(super) fn yes_or_no(self, key: &'static str, yes: bool) -> Self {
        self.text(key, if yes { "1" } else { "0" })
    }

    pub(super) fn number(self, key: &'static str, number: impl Into<i64>) -> Self {
        self.text(key, &number.into().to_string())
    }

    /// Gives it a body of JSON.
    pub(super) fn json(mut self, value: &impl Serialize) -> Self {
        let text = serde_json::to_vec(value).expect("a shape of this program is JSON");
        self.body = Some(("application/json", super::stream::whole(Bytes::from(text))));
        self
    }

    /// Gives it a body of bytes that only the engine reads.
    pub(super) fn bytes(mut self, kind: &'static str, body: Body) -> Self {
        self.body = Some((kind, body));
        self
    }

    pub(super) fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(super) fn upgrade(mut self, upgrade: Option<Upgrade>) -> Self {
        self.upgrade = upgrade;
        self
    }
}
