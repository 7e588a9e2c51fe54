//! `checks/<lesson>.yaml`: tasks, what their checks look at, and the checks.

use indexmap::IndexMap;
#[cfg(test)]
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};

#[cfg(test)]
use super::NAME_RULE;
use super::hint::HintShape;
use super::{FormatVersion, Id};
use crate::course::model::When;
use crate::course::spec::{
    BuildSpec, CacheSpec, CommandCheck, ComposeCheck, ContainerCheck, DockerfileSpec, ExecSpec,
    ExposedSpec, FileSpec, HttpSpec, ImageSpec, LayersSpec, ListeningSpec, LogsSpec, NetworkCheck,
    PublishedSpec, QuizCheck, RegistryCheck, RunSpec, ScriptSpec, TcpSpec, VolumeCheck,
};
use crate::course::value::WorkspacePath;

/// The tasks of one lesson and their checks.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schemars(rename = "Checks"))]
#[expect(dead_code, reason = "`format_version` is checked by being read")]
pub(in crate::course) struct ChecksShape {
    /// The format of this file: 1.
    pub(in crate::course) format_version: FormatVersion,
    /// Tasks in their order, by name.
    #[cfg_attr(test, schemars(extend("minProperties" = 1, "patternErrorMessage" = NAME_RULE)))]
    pub(in crate::course) tasks: IndexMap<Id, TaskShape>,
}

/// One thing the learner is asked to do.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schemars(rename = "Task"))]
pub(in crate::course) struct TaskShape {
    /// What to do, as one line.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(in crate::course) title: String,
    /// Points for all its checks together.
    pub(in crate::course) points: u32,
    /// Whether its points come on top of the lesson's total.
    #[serde(default)]
    pub(in crate::course) bonus: bool,
    /// Whether it holds on the starter already.
    #[serde(default)]
    pub(in crate::course) already_done: bool,
    /// When it is judged, of what the learner does command by command.
    #[serde(default)]
    pub(in crate::course) at: When,
    /// Tasks above this one that must have passed.
    #[serde(default)]
    pub(in crate::course) needs: Vec<Id>,
    /// What its checks look at.
    #[serde(default)]
    pub(in crate::course) with: WithShape,
    /// Hints, from a nudge to nearly the answer: a text each, or what it depends on and a text.
    #[serde(default)]
    pub(in crate::course) hints: Vec<HintShape>,
    /// Its checks, in order.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(in crate::course) checks: Vec<CheckShape>,
    /// Why it works, shown once it has passed.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(in crate::course) why: Option<String>,
}

/// What a task's checks look at.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(test, schemars(rename = "With"))]
pub(in crate::course) struct WithShape {
    /// The image built from the workspace.
    pub(in crate::course) build: Option<BuildShape>,
    /// One container of that image.
    pub(in crate::course) container: Option<ContainerShape>,
}

/// How the workspace is built: the context's folder, or a mapping.
#[derive(Debug)]
pub(in crate::course) struct BuildShape(pub(in crate::course) BuildMap);

/// How the workspace is built.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schemars(rename = "Build"))]
pub(in crate::course) struct BuildMap {
    /// The context's folder in the workspace; `.` is the workspace itself.
    #[serde(default = "here")]
    pub(in crate::course) context: WorkspacePath,
    /// The Dockerfile, relative to the context.
    #[serde(default = "dockerfile")]
    pub(in crate::course) dockerfile: WorkspacePath,
    /// The stage to build instead of the final one.
    #[serde(default)]
    pub(in crate::course) target: Option<String>,
    /// Build arguments.
    #[serde(default)]
    pub(in crate::course) args: IndexMap<String, String>,
}

fn here() -> WorkspacePath {
    WorkspacePath(".".to_owned())
}

fn dockerfile() -> WorkspacePath {
    WorkspacePath("Dockerfile".to_owned())
}

/// How the task's container is started.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schemars(rename = "Container"))]
pub(in crate::course) struct ContainerShape {
    /// Arguments after the image's name, in place of CMD.
    #[serde(default)]
    pub(in crate::course) args: Option<Vec<String>>,
    /// Environment variables.
    #[serde(default)]
    pub(in crate::course) env: IndexMap<String, String>,
    /// The user to run as, in place of the image's.
    #[serde(default)]
    pub(in crate::course) user: Option<String>,
    /// Container ports published on free ports of the host's loopback address.
    #[serde(default)]
    #[cfg_attr(test, schemars(inner(range(min = 1))))]
    pub(in crate::course) publish: Vec<u16>,
}

/// One check: what every check has, and the expectation under the name of its kind.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(test, schemars(rename = "Check", transform = one_kind))]
pub(in crate::course) struct CheckShape {
    /// Its name, unique in its task; the kind's name where left out.
    pub(in crate::course) id: Option<Id>,
    /// What it states, where the author says it better than the expectation does.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(in crate::course) title: Option<String>,
    /// Its share of the task's points, against the other checks' weights; 1 where left out.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub(in crate::course) weight: Option<u32>,
    /// Checks above this one, of the same task, that must have passed.
    pub(in crate::course) needs: Option<Vec<Id>>,
    /// What to try when it fails.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(in crate::course) help: Option<String>,
    /// What the Dockerfile says.
    pub(in crate::course) dockerfile: Option<DockerfileSpec>,
    /// How the build ends and what it sends.
    pub(in crate::course) build: Option<BuildSpec>,
    /// What a rebuild after a change takes from the cache.
    pub(in crate::course) cache: Option<CacheSpec>,
    /// What the image's configuration says.
    pub(in crate::course) image: Option<ImageSpec>,
    /// What the image's layers hold.
    pub(in crate::course) layers: Option<LayersSpec>,
    /// A file or folder in the container, where the task has one, else in the image.
    pub(in crate::course) file: Option<FileSpec>,
    /// One run of the image to its end.
    pub(in crate::course) run: Option<RunSpec>,
    /// A command in the running container.
    pub(in crate::course) exec: Option<ExecSpec>,
    /// An HTTP request to the container.
    pub(in crate::course) http: Option<HttpSpec>,
    /// A TCP connection to the container.
    pub(in crate::course) tcp: Option<TcpSpec>,
    /// The container's state.
    pub(in crate::course) container: Option<ContainerCheck>,
    /// A port published on the host.
    pub(in crate::course) published: Option<PublishedSpec>,
    /// A port the image documents.
    pub(in crate::course) exposed: Option<ExposedSpec>,
    /// A port the process in the container listens on.
    pub(in crate::course) listening: Option<ListeningSpec>,
    /// What the container wrote to its log.
    pub(in crate::course) logs: Option<LogsSpec>,
    /// A command that the learner used.
    pub(in crate::course) command: Option<CommandCheck>,
    /// A network, and who reaches whom.
    pub(in crate::course) network: Option<NetworkCheck>,
    /// A volume, and what survives in it.
    pub(in crate::course) volume: Option<VolumeCheck>,
    /// A compose file, and the services that run by it.
    pub(in crate::course) compose: Option<ComposeCheck>,
    /// What a registry has.
    pub(in crate::course) registry: Option<RegistryCheck>,
    /// A question and its answer.
    pub(in crate::course) quiz: Option<QuizCheck>,
    /// A script over the workspace, in a container of its own.
    pub(in crate::course) script: Option<ScriptSpec>,
    /// At least one of these checks holds.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(in crate::course) any: Option<Vec<CheckShape>>,
    /// All of these checks hold.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(in crate::course) all: Option<Vec<CheckShape>>,
    /// This check does not hold.
    pub(in crate::course) not: Option<Box<CheckShape>>,
}

/// The keys of a check that name its kind.
pub(in crate::course) const KINDS: [&str; 25] = [
    "dockerfile",
    "build",
    "cache",
    "image",
    "layers",
    "file",
    "run",
    "exec",
    "http",
    "tcp",
    "container",
    "published",
    "exposed",
    "listening",
    "logs",
    "command",
    "network",
    "volume",
    "compose",
    "registry",
    "quiz",
    "script",
    "any",
    "all",
    "not",
];

/// Tells editors that a check has exactly one kind.
#[cfg(test)]
fn one_kind(schema: &mut Schema) {
    let kinds = KINDS.map(|kind| serde_json::json!({"required": [kind]}));
    schema.insert("oneOf".to_owned(), kinds.to_vec().into());
}

impl<'de> Deserialize<'de> for BuildShape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FolderOrMap;
        impl<'de> Visitor<'de> for FolderOrMap {
            type Value = BuildShape;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a folder of the workspace, or a mapping")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<BuildShape, E> {
                let context = text.parse().map_err(E::custom)?;
                let args = IndexMap::new();
                Ok(BuildShape(BuildMap {
                    context,
                    dockerfile: dockerfile(),
                    target: None,
                    args,
                }))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<BuildShape, A::Error> {
                BuildMap::deserialize(MapAccessDeserializer::new(map)).map(BuildShape)
            }
        }
        deserializer.deserialize_any(FolderOrMap)
    }
}

#[cfg(test)]
impl JsonSchema for BuildShape {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "BuildOrFolder".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let folder = generator.subschema_for::<WorkspacePath>();
        let map = generator.subschema_for::<BuildMap>();
        json_schema!({"anyOf": [folder, map]})
    }
}
