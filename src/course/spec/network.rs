//! Expectations of ports: what is published, what listens, what answers.

use indexmap::IndexMap;
#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;

use crate::course::matcher::Matcher;
use crate::course::value::{Port, Span};

/// One HTTP/1.1 request from outside the container, and its answer. Redirects are not followed.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HttpSpec {
    /// The learner's container it is about, by name; the task's own where left out.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub container: Option<String>,
    /// A port of the host, as the learner published it.
    #[serde(default)]
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub host_port: Option<u16>,
    /// The container's port, reached at the container's own address.
    #[serde(default)]
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub port: Option<u16>,
    /// The container's port, reached through the host port it is published on.
    #[serde(default)]
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub published: Option<u16>,
    /// The path and query.
    #[serde(default = "root")]
    #[cfg_attr(test, schemars(
        regex(pattern = "^/"),
        extend("patternErrorMessage" = "a request's path begins with a slash: `/health`")
    ))]
    pub path: String,
    /// The method.
    #[serde(default = "get")]
    #[cfg_attr(test, schemars(
        regex(pattern = "^[A-Z]+$"),
        extend("patternErrorMessage" = "a method is upper-case letters: `POST`")
    ))]
    pub method: String,
    /// Request headers.
    #[serde(default)]
    pub headers: IndexMap<String, String>,
    /// The request's body.
    #[serde(default)]
    pub send: Option<String>,
    /// The status code; 200 where nothing else is expected either.
    #[serde(default)]
    pub status: Option<Matcher>,
    /// Answer headers by name.
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("minProperties" = 1)))]
    pub header: Option<IndexMap<String, Matcher>>,
    /// The answer's body as text.
    #[serde(default)]
    pub body: Option<Matcher>,
    /// How long to wait for the answer to be right.
    #[serde(default)]
    pub within: Option<Span>,
    /// How long it must go on being right.
    #[serde(default, rename = "for")]
    pub hold: Option<Span>,
}

fn root() -> String {
    "/".to_owned()
}

fn get() -> String {
    "GET".to_owned()
}

/// One TCP connection from outside the container.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TcpSpec {
    /// The learner's container it is about, by name; the task's own where left out.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub container: Option<String>,
    /// The container's port, reached at the container's own address.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub port: u16,
    /// Whether something answers there; `open` where left out.
    #[serde(default)]
    pub expect: Reach,
    /// What is sent once connected.
    #[serde(default)]
    pub send: Option<String>,
    /// What comes back, up to the first pause or 64 KiB.
    #[serde(default)]
    pub answer: Option<Matcher>,
    /// How long to wait for it.
    #[serde(default)]
    pub within: Option<Span>,
    /// How long it must go on holding.
    #[serde(default, rename = "for")]
    pub hold: Option<Span>,
}

/// What a connection attempt meets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// It is accepted.
    #[default]
    Open,
    /// Nothing listens there.
    Refused,
}

/// A container port published on the host.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PublishedSpec {
    /// The learner's container it is about, by name; the task's own where left out.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub container: Option<String>,
    /// The container's port.
    pub port: Port,
    /// The host's port.
    #[serde(default)]
    pub host_port: Option<Matcher>,
    /// The host's address.
    #[serde(default)]
    pub host_ip: Option<Matcher>,
}

/// A port that a process in the container listens on, over IPv4 or IPv6.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ListeningSpec {
    /// The learner's container it is about, by name; the task's own where left out.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub container: Option<String>,
    /// The port.
    pub port: Port,
    /// The address it listens on: `any` for all, else the address (`127.0.0.1`).
    #[serde(default)]
    pub address: Option<Matcher>,
    /// How long to wait for it.
    #[serde(default)]
    pub within: Option<Span>,
    /// How long it must go on holding.
    #[serde(default, rename = "for")]
    pub hold: Option<Span>,
}

impl HttpSpec {
    /// A plain request for a path.
    pub fn get(path: &str) -> Self {
        Self {
            container: None,
            host_port: None,
            port: None,
            published: None,
            path: path.to_owned(),
            method: get(),
            headers: IndexMap::new(),
            send: None,
            status: None,
            header: None,
            body: None,
            within: None,
            hold: None,
        }
    }
}

/// What a registry that the learner runs has, asked as `docker pull` asks it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RegistryCheck {
    /// The learner's container that is the registry, by name.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub container: String,
    /// The port it listens on in its container.
    #[serde(default = "registry_port")]
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub port: u16,
    /// The repository, without the registry's host: `team/web`.
    #[cfg_attr(test, schemars(
        regex(pattern = "^[a-z0-9]+([._/-]+[a-z0-9]+)*$"),
        extend("patternErrorMessage" = "a repository is lower-case letters and digits, with `/`, `.`, `_` and `-` between them: `team/web`")
    ))]
    pub repository: String,
    /// The tag.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub tag: String,
    /// The learner's image, by name, that it must be.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub image: Option<String>,
    /// Whether the learner's engine has the same image, under any name: it has gone when its last name has.
    #[serde(default)]
    pub on_engine: Option<bool>,
    /// The digest of its manifest.
    #[serde(default)]
    pub digest: Option<Matcher>,
    /// Whom the registry lets in.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub user: Option<String>,
    /// The password of `user`.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub password: Option<String>,
    /// How long to wait for it.
    #[serde(default)]
    pub within: Option<Span>,
}

fn registry_port() -> u16 {
    5000
}
