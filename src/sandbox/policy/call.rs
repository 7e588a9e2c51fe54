//! The closed list of calls. What is not here does not reach the engine.

use super::filters::Filters;

/// A call, with everything that stood in its path and its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Call {
    Ping,
    Version,
    Info,
    Events(Events),
    DiskUsage,
    Login,
    Containers(ContainerList),
    CreateContainer(CreateContainer),
    PruneContainers(Filters),
    Commit(Commit),
    Container(String, OnContainer),
    Exec(String, OnExec),
    Images(ImageList),
    PruneImages(Filters),
    Pull(Pull),
    Import(Import),
    Load(Load),
    Save(Vec<String>),
    Image(String, OnImage),
    Build(Box<Build>),
    CancelBuild(String),
    PruneBuilds,
    Networks(Filters),
    CreateNetwork,
    PruneNetworks(Filters),
    Network(String, OnNetwork),
    Volumes(Filters),
    CreateVolume,
    PruneVolumes(Filters),
    Volume(String, OnVolume),
    Plugins,
    /// BuildKit's channel from the engine to the client.
    Session,
    /// BuildKit's channel from the client to the engine.
    Grpc,
}

impl Call {
    /// Whether the engine does it to its end once it is asked, whoever still waits for the answer, and nothing more is read
    /// from the client for it.
    pub(in crate::sandbox) fn ends_anyway(&self) -> bool {
        match self {
            Self::CreateContainer(_)
            | Self::PruneContainers(_)
            | Self::Commit(_)
            | Self::PruneImages(_)
            | Self::CreateNetwork
            | Self::PruneNetworks(_)
            | Self::CreateVolume
            | Self::PruneVolumes(_) => true,
            Self::Container(_, act) => matches!(
                act,
                OnContainer::Start { .. }
                    | OnContainer::Stop(_)
                    | OnContainer::Restart(_)
                    | OnContainer::Kill { .. }
                    | OnContainer::Update
                    | OnContainer::Rename { .. }
                    | OnContainer::Pause
                    | OnContainer::Unpause
                    | OnContainer::Remove { .. }
                    | OnContainer::CreateExec
            ),
            Self::Exec(_, act) => matches!(act, OnExec::Start),
            Self::Image(_, act) => {
                matches!(act, OnImage::Tag { .. } | OnImage::Remove { .. })
            }
            Self::Network(_, act) => !matches!(act, OnNetwork::Inspect { .. }),
            Self::Volume(_, act) => matches!(act, OnVolume::Remove { .. }),
            // Looked at, or as long as somebody listens or sends.
            Self::Ping
            | Self::Version
            | Self::Info
            | Self::Events(_)
            | Self::DiskUsage
            | Self::Login
            | Self::Containers(_)
            | Self::Images(_)
            | Self::Pull(_)
            | Self::Import(_)
            | Self::Load(_)
            | Self::Save(_)
            | Self::Build(_)
            | Self::CancelBuild(_)
            | Self::PruneBuilds
            | Self::Networks(_)
            | Self::Volumes(_)
            | Self::Plugins
            | Self::Session
            | Self::Grpc => false,
        }
    }
}

/// What is done with one container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum OnContainer {
    Inspect {
        size: bool,
    },
    Top {
        arguments: String,
    },
    Logs(Logs),
    Changes,
    Export,
    Stats {
        stream: bool,
        one_shot: bool,
    },
    Resize {
        height: u32,
        width: u32,
    },
    Start {
        detach_keys: String,
    },
    Stop(Stop),
    Restart(Stop),
    Kill {
        signal: String,
    },
    Update,
    Rename {
        name: String,
    },
    Pause,
    Unpause,
    Attach(Attach),
    Wait {
        condition: String,
    },
    Remove {
        volumes: bool,
        force: bool,
        link: bool,
    },
    StatPath {
        path: String,
    },
    GetPath {
        path: String,
    },
    PutPath(PutPath),
    CreateExec,
}

/// What is done with one exec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum OnExec {
    Inspect,
    Start,
    Resize { height: u32, width: u32 },
}

/// What is done with one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum OnImage {
    Inspect { manifests: bool },
    History,
    Tag { repository: String, tag: String },
    Push { tag: String },
    Remove { force: bool, no_prune: bool },
}

/// What is done with one network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum OnNetwork {
    Inspect { verbose: bool },
    Connect,
    Disconnect,
    Remove,
}

/// What is done with one volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum OnVolume {
    Inspect,
    Remove { force: bool },
}

/// `docker events`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct Events {
    pub(in crate::sandbox) since: String,
    pub(in crate::sandbox) until: String,
    pub(in crate::sandbox) filters: Filters,
}

/// `docker ps`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct ContainerList {
    pub(in crate::sandbox) all: bool,
    pub(in crate::sandbox) size: bool,
    pub(in crate::sandbox) limit: Option<i64>,
    pub(in crate::sandbox) filters: Filters,
}

/// The query of a creation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct CreateContainer {
    pub(in crate::sandbox) name: String,
    pub(in crate::sandbox) platform: String,
}

/// `docker logs`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct Logs {
    pub(in crate::sandbox) follow: bool,
    pub(in crate::sandbox) stdout: bool,
    pub(in crate::sandbox) stderr: bool,
    pub(in crate::sandbox) since: String,
    pub(in crate::sandbox) until: String,
    pub(in crate::sandbox) timestamps: bool,
    pub(in crate::sandbox) details: bool,
    pub(in crate::sandbox) tail: String,
}

/// `docker stop` and `docker restart`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct Stop {
    pub(in crate::sandbox) signal: String,
    pub(in crate::sandbox) seconds: Option<i64>,
}

/// `docker attach`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct Attach {
    pub(in crate::sandbox) detach_keys: String,
    pub(in crate::sandbox) logs: bool,
    pub(in crate::sandbox) stream: bool,
    pub(in crate::sandbox) stdin: bool,
    pub(in crate::sandbox) stdout: bool,
    pub(in crate::sandbox) stderr: bool,
}

/// `docker cp` into a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct PutPath {
    pub(in crate::sandbox) path: String,
    pub(in crate::sandbox) no_overwrite: bool,
    pub(in crate::sandbox) copy_owner: bool,
}

/// `docker commit`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct Commit {
    pub(in crate::sandbox) container: String,
    pub(in crate::sandbox) repository: String,
    pub(in crate::sandbox) tag: String,
    pub(in crate::sandbox) comment: String,
    pub(in crate::sandbox) author: String,
    pub(in crate::sandbox) pause: bool,
    pub(in crate::sandbox) changes: Vec<String>,
}

/// `docker images`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct ImageList {
    pub(in crate::sandbox) all: bool,
    pub(in crate::sandbox) digests: bool,
    pub(in crate::sandbox) shared_size: bool,
    pub(in crate::sandbox) manifests: bool,
    pub(in crate::sandbox) filters: Filters,
}

/// `docker pull`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct Pull {
    pub(in crate::sandbox) image: String,
    pub(in crate::sandbox) tag: String,
    pub(in crate::sandbox) platform: String,
}

/// `docker import`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct Import {
    pub(in crate::sandbox) repository: String,
    pub(in crate::sandbox) tag: String,
    pub(in crate::sandbox) message: String,
    pub(in crate::sandbox) platform: String,
    pub(in crate::sandbox) changes: Vec<String>,
}

/// `docker load`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct Load {
    pub(in crate::sandbox) quiet: bool,
}

/// Which builder a build asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) enum Builder {
    #[default]
    Classic,
    BuildKit,
}

/// Where a build's files come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) enum Context {
    /// A tar in the request's body.
    #[default]
    Body,
    /// The client's session.
    Session,
    /// A tar that the client's session hands over under this id.
    Upload(String),
}

/// `docker build`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct Build {
    pub(in crate::sandbox) builder: Builder,
    pub(in crate::sandbox) context: Context,
    pub(in crate::sandbox) dockerfile: String,
    pub(in crate::sandbox) tags: Vec<String>,
    pub(in crate::sandbox) quiet: bool,
    pub(in crate::sandbox) no_cache: bool,
    pub(in crate::sandbox) pull: bool,
    pub(in crate::sandbox) remove: Option<bool>,
    pub(in crate::sandbox) force_remove: bool,
    pub(in crate::sandbox) target: String,
    pub(in crate::sandbox) platform: String,
    pub(in crate::sandbox) network: String,
    /// `None` for `--build-arg NAME` without a value.
    pub(in crate::sandbox) arguments: Vec<(String, Option<String>)>,
    pub(in crate::sandbox) labels: Vec<(String, String)>,
    pub(in crate::sandbox) cache_from: Vec<String>,
    pub(in crate::sandbox) extra_hosts: Vec<String>,
    pub(in crate::sandbox) shm_size: Option<i64>,
    pub(in crate::sandbox) memory: Option<i64>,
    pub(in crate::sandbox) session: String,
    pub(in crate::sandbox) build_id: String,
    /// Where the files come from, in the engine's own words.
    pub(in crate::sandbox) remote: String,
    /// Where the result goes, as older clients write it: `--output`.
    pub(in crate::sandbox) outputs: String,
}

impl Call {
    /// The call's name in the journal.
    pub(in crate::sandbox) fn name(&self) -> &'static str {
        match self {
            Self::Ping => "ping",
            Self::Version => "version",
            Self::Info => "info",
            Self::Events(_) => "events",
            Self::DiskUsage => "system df",
            Self::Login => "login",
            Self::Containers(_) => "container list",
            Self::CreateContainer(_) => "container create",
            Self::PruneContainers(_) => "container prune",
            Self::Commit(_) => "container commit",
            Self::Container(_, act) => act.name(),
            Self::Exec(_, OnExec::Inspect) => "exec inspect",
            Self::Exec(_, OnExec::Start) => "exec start",
            Self::Exec(_, OnExec::Resize { .. }) => "exec resize",
            Self::Images(_) => "image list",
            Self::PruneImages(_) => "image prune",
            Self::Pull(_) => "image pull",
            Self::Import(_) => "image import",
            Self::Load(_) => "image load",
            Self::Save(_) => "image save",
            Self::Image(_, OnImage::Inspect { .. }) => "image inspect",
            Self::Image(_, OnImage::History) => "image history",
            Self::Image(_, OnImage::Tag { .. }) => "image tag",
            Self::Image(_, OnImage::Push { .. }) => "image push",
            Self::Image(_, OnImage::Remove { .. }) => "image remove",
            Self::Build(_) => "image build",
            Self::CancelBuild(_) => "build cancel",
            Self::PruneBuilds => "builder prune",
            Self::Networks(_) => "network list",
            Self::CreateNetwork => "network create",
            Self::PruneNetworks(_) => "network prune",
            Self::Network(_, OnNetwork::Inspect { .. }) => "network inspect",
            Self::Network(_, OnNetwork::Connect) => "network connect",
            Self::Network(_, OnNetwork::Disconnect) => "network disconnect",
            Self::Network(_, OnNetwork::Remove) => "network remove",
            Self::Volumes(_) => "volume list",
            Self::CreateVolume => "volume create",
            Self::PruneVolumes(_) => "volume prune",
            Self::Volume(_, OnVolume::Inspect) => "volume inspect",
            Self::Volume(_, OnVolume::Remove { .. }) => "volume remove",
            Self::Plugins => "plugin list",
            Self::Session => "build session",
            Self::Grpc => "build control",
        }
    }
}

impl OnContainer {
    fn name(&self) -> &'static str {
        match self {
            Self::Inspect { .. } => "container inspect",
            Self::Top { .. } => "container top",
            Self::Logs(_) => "container logs",
            Self::Changes => "container diff",
            Self::Export => "container export",
            Self::Stats { .. } => "container stats",
            Self::Resize { .. } => "container resize",
            Self::Start { .. } => "container start",
            Self::Stop(_) => "container stop",
            Self::Restart(_) => "container restart",
            Self::Kill { .. } => "container kill",
            Self::Update => "container update",
            Self::Rename { .. } => "container rename",
            Self::Pause => "container pause",
            Self::Unpause => "container unpause",
            Self::Attach(_) => "container attach",
            Self::Wait { .. } => "container wait",
            Self::Remove { .. } => "container remove",
            Self::StatPath { .. } => "container stat",
            Self::GetPath { .. } => "container copy from",
            Self::PutPath(_) => "container copy to",
            Self::CreateExec => "exec create",
        }
    }
}
