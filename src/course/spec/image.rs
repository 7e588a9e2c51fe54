//! Expectations of an image: its configuration, its layers, its files.

use indexmap::IndexMap;
#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;

use crate::course::matcher::Matcher;
use crate::course::value::{ContainerPath, Glob, Mode, Port};

/// What the image's configuration says; always the image's own, never a container's.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ImageSpec {
    /// The learner's image, by name; the task's own where left out.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub name: Option<String>,
    /// Environment variables by name; `{empty: true}` for one that must not be set.
    #[cfg_attr(test, schemars(extend("minProperties" = 1)))]
    pub env: Option<IndexMap<String, Matcher>>,
    /// Labels by name.
    #[cfg_attr(test, schemars(extend("minProperties" = 1)))]
    pub labels: Option<IndexMap<String, Matcher>>,
    /// The user it runs as, without the group; `root` for user 0 and for none.
    pub user: Option<Matcher>,
    /// The working directory; `/` where none is set.
    pub workdir: Option<Matcher>,
    /// ENTRYPOINT and CMD together, as a list: what runs.
    pub command: Option<Matcher>,
    /// CMD as a list.
    pub cmd: Option<Matcher>,
    /// ENTRYPOINT as a list.
    pub entrypoint: Option<Matcher>,
    /// Whether what runs was written as a JSON list or for a shell.
    pub form: Option<Form>,
    /// Documented ports, as a list of `8080/tcp`.
    pub exposed: Option<Matcher>,
    /// Declared volumes, as a list of paths.
    pub volumes: Option<Matcher>,
    /// The health check's command as one line; empty where there is none.
    pub healthcheck: Option<Matcher>,
    /// The stop signal; `SIGTERM` where none is set.
    pub stop_signal: Option<Matcher>,
    /// The architecture (`amd64`, `arm64`).
    pub architecture: Option<Matcher>,
    /// An image whose layers this one is built on, by name.
    pub base: Option<String>,
}

/// How a command was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// A JSON list: the program itself is started.
    Exec,
    /// One line: a shell is started and given the line.
    Shell,
}

/// What the image's layers hold, read from the layers themselves: the same on every storage driver.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct LayersSpec {
    /// The learner's image it is about, by name; the task's own where left out.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub image: Option<String>,
    /// All files of all layers together, in bytes.
    pub size: Option<Matcher>,
    /// What the build added to its base image, in bytes.
    pub added: Option<Matcher>,
    /// Bytes that a later layer deletes or replaces.
    pub wasted: Option<Matcher>,
    /// How many layers there are.
    pub count: Option<Matcher>,
    /// Paths that no layer may hold, not even one whose file a later layer deletes.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub lacks: Option<Vec<Glob>>,
    /// The history: every instruction as the image records it, one a line.
    pub history: Option<Matcher>,
}

/// A file, folder or link; in the running container where the task has one, else in the image.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FileSpec {
    /// The learner's container it is about, by name; the task's own where left out.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub container: Option<String>,
    /// The learner's image it is about, by name; the task's own where left out.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub image: Option<String>,
    /// Absolute; links are followed inside the container's own file system.
    pub path: ContainerPath,
    /// `false`: there must be nothing. Left out, it must exist.
    #[serde(default)]
    pub exists: Option<bool>,
    /// What it is.
    #[serde(default, rename = "type")]
    pub kind: Option<FileKind>,
    /// Its permission bits, exactly.
    #[serde(default)]
    pub mode: Option<Mode>,
    /// Its owner's user id.
    #[serde(default)]
    pub uid: Option<Matcher>,
    /// Its group id.
    #[serde(default)]
    pub gid: Option<Matcher>,
    /// Its size in bytes.
    #[serde(default)]
    pub size: Option<Matcher>,
    /// The SHA-256 of its content, in lower-case hex.
    #[serde(default)]
    pub sha256: Option<Matcher>,
    /// Its content as text.
    #[serde(default)]
    pub content: Option<Matcher>,
}

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// A regular file.
    File,
    /// A folder.
    Directory,
}

/// A port the image documents with EXPOSE, which opens nothing by itself.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ExposedSpec {
    /// The learner's image it is about, by name; the task's own where left out.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub image: Option<String>,
    /// The port.
    pub port: Port,
}
