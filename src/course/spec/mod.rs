//! What each check kind can expect: one struct a kind, read from YAML as it stands and judged in `checks`.

mod command;
mod compose;
mod field;
mod image;
mod network;
mod process;
mod quiz;
mod source;

pub use command::CommandCheck;
pub use compose::{ComposeCheck, UpMatch};
pub use field::{Met, NetworkCheck, ReachMatch, Survives, VolumeCheck};
pub use image::{ExposedSpec, FileKind, FileSpec, Form, ImageSpec, LayersSpec};
pub use network::{HttpSpec, ListeningSpec, PublishedSpec, Reach, RegistryCheck, TcpSpec};
pub use process::{
    ContainerCheck, ExecSpec, LogStream, LogsSpec, MountKind, MountMatch, RunSpec, ScriptSpec,
};
pub use quiz::{QuizCheck, sealed};
pub use source::{
    BuildSpec, CacheSpec, ContextSpec, DockerfileSpec, InstructionMatch, InstructionName, StageName,
};

use super::model::{Check, With};

/// One check's expectation, by kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Spec {
    /// What the Dockerfile says.
    Dockerfile(DockerfileSpec),
    /// How the build ends and what it sends.
    Build(BuildSpec),
    /// What a rebuild after a change takes from the cache.
    Cache(CacheSpec),
    /// What the image's configuration says.
    Image(ImageSpec),
    /// What the image's layers hold.
    Layers(LayersSpec),
    /// A file or folder in the image or the container.
    File(FileSpec),
    /// One run of the image to its end.
    Run(RunSpec),
    /// A command in the running container.
    Exec(ExecSpec),
    /// An HTTP request to the container.
    Http(HttpSpec),
    /// A TCP connection to the container.
    Tcp(TcpSpec),
    /// The container's state.
    Container(ContainerCheck),
    /// A port published on the host.
    Published(PublishedSpec),
    /// A port the image documents.
    Exposed(ExposedSpec),
    /// A port the process in the container listens on.
    Listening(ListeningSpec),
    /// What the container wrote to its log.
    Logs(LogsSpec),
    /// A command that the learner used.
    Command(CommandCheck),
    /// A network, and who reaches whom.
    Network(NetworkCheck),
    /// A volume, and what survives in it.
    Volume(VolumeCheck),
    /// A compose file, and the services that run by it.
    Compose(ComposeCheck),
    /// What a registry has.
    Registry(RegistryCheck),
    /// A question and its answer.
    Quiz(QuizCheck),
    /// A script over the workspace, in a container of its own.
    Script(ScriptSpec),
    /// At least one of these checks holds.
    Any(Vec<Check>),
    /// All of these checks hold.
    All(Vec<Check>),
    /// This check does not hold.
    Not(Box<Check>),
}

impl Spec {
    /// The learner's container that this check is about, where it names one.
    pub fn container(&self) -> Option<&str> {
        match self {
            Self::File(spec) => spec.container.as_deref(),
            Self::Exec(spec) => spec.container.as_deref(),
            Self::Http(spec) => spec.container.as_deref(),
            Self::Tcp(spec) => spec.container.as_deref(),
            Self::Container(spec) => spec.name.as_deref(),
            Self::Published(spec) => spec.container.as_deref(),
            Self::Listening(spec) => spec.container.as_deref(),
            Self::Logs(spec) => spec.container.as_deref(),
            Self::Registry(spec) => Some(&spec.container),
            Self::Dockerfile(_)
            | Self::Build(_)
            | Self::Cache(_)
            | Self::Image(_)
            | Self::Layers(_)
            | Self::Run(_)
            | Self::Exposed(_)
            | Self::Command(_)
            | Self::Network(_)
            | Self::Volume(_)
            | Self::Compose(_)
            | Self::Quiz(_)
            | Self::Script(_)
            | Self::Any(_)
            | Self::All(_)
            | Self::Not(_) => None,
        }
    }

    /// The learner's image that this check is about, where it names one.
    pub fn image(&self) -> Option<&str> {
        match self {
            Self::Image(spec) => spec.name.as_deref(),
            Self::Layers(spec) => spec.image.as_deref(),
            Self::File(spec) => spec.image.as_deref(),
            Self::Run(spec) => spec.image.as_deref(),
            Self::Exposed(spec) => spec.image.as_deref(),
            Self::Dockerfile(_)
            | Self::Build(_)
            | Self::Cache(_)
            | Self::Exec(_)
            | Self::Http(_)
            | Self::Tcp(_)
            | Self::Container(_)
            | Self::Published(_)
            | Self::Listening(_)
            | Self::Logs(_)
            | Self::Command(_)
            | Self::Network(_)
            | Self::Volume(_)
            | Self::Compose(_)
            | Self::Registry(_)
            | Self::Quiz(_)
            | Self::Script(_)
            | Self::Any(_)
            | Self::All(_)
            | Self::Not(_) => None,
        }
    }

    /// Whether it may hold later though it does not hold now, or must go on holding.
    pub fn waits(&self) -> bool {
        let (within, hold) = match self {
            Self::Http(spec) => (spec.within, spec.hold),
            Self::Tcp(spec) => (spec.within, spec.hold),
            Self::Container(spec) => (spec.within, spec.hold),
            Self::Listening(spec) => (spec.within, spec.hold),
            Self::Logs(spec) => (spec.within, spec.hold),
            Self::Network(spec) => (spec.within, None),
            Self::Volume(spec) => (spec.within, None),
            Self::Compose(spec) => (spec.within, None),
            Self::Registry(spec) => (spec.within, None),
            Self::Any(checks) | Self::All(checks) => {
                return checks.iter().any(|check| check.spec.waits());
            }
            Self::Not(check) => return check.spec.waits(),
            Self::Dockerfile(_)
            | Self::Build(_)
            | Self::Cache(_)
            | Self::Image(_)
            | Self::Layers(_)
            | Self::File(_)
            | Self::Run(_)
            | Self::Exec(_)
            | Self::Published(_)
            | Self::Exposed(_)
            | Self::Command(_)
            | Self::Quiz(_)
            | Self::Script(_) => (None, None),
        };
        within.is_some() || hold.is_some()
    }

    /// Whether it does more than look: it builds, or makes and ends copies. Such a check is for the end.
    pub fn acts(&self) -> bool {
        match self {
            Self::Build(_) | Self::Cache(_) | Self::Run(_) => true,
            Self::Container(spec) => spec.stops_within.is_some(),
            Self::Volume(spec) => spec.survives.is_some(),
            Self::Any(checks) | Self::All(checks) => checks.iter().any(|check| check.spec.acts()),
            Self::Not(check) => check.spec.acts(),
            Self::Dockerfile(_)
            | Self::Image(_)
            | Self::Layers(_)
            | Self::File(_)
            | Self::Exec(_)
            | Self::Http(_)
            | Self::Tcp(_)
            | Self::Published(_)
            | Self::Exposed(_)
            | Self::Listening(_)
            | Self::Logs(_)
            | Self::Command(_)
            | Self::Network(_)
            | Self::Compose(_)
            | Self::Registry(_)
            | Self::Quiz(_)
            | Self::Script(_) => false,
        }
    }

    /// Whether it looks at what the learner made, and not only at what a task makes of the workspace.
    pub fn looks_at_sandbox(&self, with: &With) -> bool {
        match self {
            Self::Any(checks) | Self::All(checks) => {
                checks.iter().any(|check| check.spec.looks_at_sandbox(with))
            }
            Self::Not(check) => check.spec.looks_at_sandbox(with),
            Self::Container(_) if with.container.is_none() => true,
            Self::Command(_) | Self::Network(_) | Self::Volume(_) => true,
            Self::Http(spec) if spec.host_port.is_some() => true,
            Self::Compose(spec) => spec.up.is_some(),
            other => other.container().is_some() || other.image().is_some(),
        }
    }

    /// The kind's name in YAML, reports and the reference.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Dockerfile(_) => "dockerfile",
            Self::Build(_) => "build",
            Self::Cache(_) => "cache",
            Self::Image(_) => "image",
            Self::Layers(_) => "layers",
            Self::File(_) => "file",
            Self::Run(_) => "run",
            Self::Exec(_) => "exec",
            Self::Http(_) => "http",
            Self::Tcp(_) => "tcp",
            Self::Container(_) => "container",
            Self::Published(_) => "published",
            Self::Exposed(_) => "exposed",
            Self::Listening(_) => "listening",
            Self::Logs(_) => "logs",
            Self::Command(_) => "command",
            Self::Network(_) => "network",
            Self::Volume(_) => "volume",
            Self::Compose(_) => "compose",
            Self::Registry(_) => "registry",
            Self::Quiz(_) => "quiz",
            Self::Script(_) => "script",
            Self::Any(_) => "any",
            Self::All(_) => "all",
            Self::Not(_) => "not",
        }
    }
}
