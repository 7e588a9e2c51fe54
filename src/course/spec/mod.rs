//! What each check kind can expect: one struct a kind, read from YAML as it stands and judged in `checks`.

mod image;
mod network;
mod process;
mod source;

pub use image::{ExposedSpec, FileKind, FileSpec, Form, ImageSpec, LayersSpec};
pub use network::{HttpSpec, ListeningSpec, PublishedSpec, Reach, TcpSpec};
pub use process::{ContainerCheck, ExecSpec, LogStream, LogsSpec, RunSpec};
pub use source::{
    BuildSpec, CacheSpec, ContextSpec, DockerfileSpec, InstructionMatch, InstructionName, StageName,
};

use super::model::Check;

/// One check's expectation, by kind.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "a course holds a few hundred, read once"
)]
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
    /// At least one of these checks holds.
    Any(Vec<Check>),
    /// All of these checks hold.
    All(Vec<Check>),
    /// This check does not hold.
    Not(Box<Check>),
}

impl Spec {
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
            Self::Any(_) => "any",
            Self::All(_) => "all",
            Self::Not(_) => "not",
        }
    }
}
