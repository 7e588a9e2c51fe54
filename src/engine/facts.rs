//! What a container is, as its inspection says.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use bollard::models::{
    ContainerInspectResponse, ContainerState, ContainerStateStatusEnum, HealthStatusEnum,
    HostConfig, MountPoint, NetworkSettings, RestartPolicyNameEnum,
};

use super::image::variables;

/// What a container is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum State {
    /// Made, and never started.
    #[default]
    Created,
    /// Its process runs.
    Running,
    /// Frozen.
    Paused,
    /// Between two starts of its restart policy.
    Restarting,
    /// Its process ended.
    Exited,
    /// Half removed, or beyond repair.
    Dead,
}

/// Something mounted in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountFacts {
    /// `bind`, `volume`, `tmpfs` …
    pub kind: String,
    /// The volume's name.
    pub name: Option<String>,
    /// The folder on the engine's machine.
    pub source: String,
    /// Where it appears in the container.
    pub destination: String,
    /// False when it is read-only.
    pub writable: bool,
}

/// A port of a container that the host listens on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Published {
    /// The container's port with its protocol, `80/tcp`.
    pub container_port: String,
    /// The host's address, `0.0.0.0`.
    pub host_ip: String,
    /// The host's port.
    pub host_port: u16,
}

/// One inspection of a container.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ContainerFacts {
    /// The full id.
    pub id: String,
    /// The name, without the slash.
    pub name: String,
    /// The id of its image.
    pub image_id: String,
    /// The image as it was asked for.
    pub image_ref: String,
    /// What it runs: the program and its arguments.
    pub command: Vec<String>,
    /// What it is doing.
    pub state: State,
    /// The last exit code, once it has ended.
    pub exit_code: Option<i64>,
    /// True when the kernel killed it for its memory.
    pub oom_killed: bool,
    /// What kept it from starting.
    pub error: String,
    /// PID 1's number on the engine's machine; 0 when it does not run.
    pub pid: i64,
    /// `starting`, `healthy` or `unhealthy`, where it has a health check.
    pub health: Option<String>,
    /// How often its restart policy started it again.
    pub restarts: u64,
    /// Its environment, the image's part included.
    pub env: Vec<(String, String)>,
    /// Its labels, the image's included.
    pub labels: BTreeMap<String, String>,
    /// What is mounted in it.
    pub mounts: Vec<MountFacts>,
    /// Its networks by name, with its address on each.
    pub networks: BTreeMap<String, Option<IpAddr>>,
    /// The ports the host listens on; of a stopped container, those it was made with and a fixed host port.
    pub published: Vec<Published>,
    /// The exposed ports, the image's and the published ones included.
    pub exposed: BTreeSet<String>,
    /// `no`, `always`, `unless-stopped` or `on-failure`.
    pub restart_policy: String,
    /// Memory limit in bytes; 0 is none.
    pub memory: u64,
    /// Processor limit in billionths; 0 is none.
    pub nano_cpus: u64,
    /// Process limit; 0 is none.
    pub pids: u64,
    /// The user it runs as, as configured.
    pub user: String,
    /// True when it has a terminal.
    pub tty: bool,
    /// When it started, RFC 3339; `0001-01-01…` before.
    pub started_at: String,
    /// When it ended, RFC 3339; `0001-01-01…` before.
    pub finished_at: String,
}

impl ContainerFacts {
    pub(super) fn read(inspection: ContainerInspectResponse) -> Self {
        let state = inspection.state.unwrap_or_default();
        let config = inspection.config.unwrap_or_default();
        let host = inspection.host_config.unwrap_or_default();
        let network = inspection.network_settings.unwrap_or_default();
        let kind = state_of(&state);
        let positive = |n: Option<i64>| n.and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
        Self {
            id: inspection.id.unwrap_or_default(),
            name: inspection
                .name
                .unwrap_or_default()
                .trim_start_matches('/')
                .to_owned(),
            image_id: inspection.image.unwrap_or_default(),
            command: inspection
                .path
                .into_iter()
                .filter(|path| !path.is_empty())
                .chain(inspection.args.into_iter().flatten())
                .collect(),
            image_ref: config.image.unwrap_or_default(),
            state: kind,
            exit_code: matches!(kind, State::Exited | State::Dead | State::Restarting)
                .then_some(state.exit_code)
                .flatten(),
            oom_killed: state.oom_killed.unwrap_or(false),
            error: state.error.unwrap_or_default(),
            pid: state.pid.unwrap_or(0),
            health: state.health.and_then(|health| health_word(health.status)),
            restarts: positive(inspection.restart_count),
            env: variables(config.env.unwrap_or_default()),
            labels: config.labels.unwrap_or_default().into_iter().collect(),
            mounts: inspection
                .mounts
                .unwrap_or_default()
                .into_iter()
                .map(mount)
                .collect(),
            published: published(&network, &host),
            networks: networks(network),
            exposed: config
                .exposed_ports
                .unwrap_or_default()
                .into_iter()
                .collect(),
            restart_policy: policy(&host),
            memory: positive(host.memory),
            nano_cpus: positive(host.nano_cpus),
            pids: positive(host.pids_limit),
            user: config.user.unwrap_or_default(),
            tty: config.tty.unwrap_or(false),
            started_at: state.started_at.unwrap_or_default(),
            finished_at: state.finished_at.unwrap_or_default(),
        }
    }

    /// An address of its own, on whichever network has one.
    pub fn address(&self) -> Option<IpAddr> {
        self.networks.values().flatten().next().copied()
    }
}

fn state_of(state: &ContainerState) -> State {
    match state.status {
        Some(ContainerStateStatusEnum::CREATED) => State::Created,
        Some(ContainerStateStatusEnum::RUNNING | ContainerStateStatusEnum::STOPPING) => {
            State::Running
        }
        Some(ContainerStateStatusEnum::PAUSED) => State::Paused,
        Some(ContainerStateStatusEnum::RESTARTING) => State::Restarting,
        Some(ContainerStateStatusEnum::EXITED) => State::Exited,
        Some(ContainerStateStatusEnum::REMOVING | ContainerStateStatusEnum::DEAD) => State::Dead,
        // Podman has words of its own (`stopped`, `initialized`).
        Some(ContainerStateStatusEnum::EMPTY) | None => {
            if state.running == Some(true) {
                State::Running
            } else {
                State::Exited
            }
        }
    }
}

fn health_word(status: Option<HealthStatusEnum>) -> Option<String> {
    let word = match status? {
        HealthStatusEnum::STARTING => "starting",
        HealthStatusEnum::HEALTHY => "healthy",
        HealthStatusEnum::UNHEALTHY => "unhealthy",
        HealthStatusEnum::EMPTY | HealthStatusEnum::NONE => return None,
    };
    Some(word.to_owned())
}

fn mount(point: MountPoint) -> MountFacts {
    MountFacts {
        kind: point.typ.map(|kind| kind.to_string()).unwrap_or_default(),
        name: point.name.filter(|name| !name.is_empty()),
        source: point.source.unwrap_or_default(),
        destination: point.destination.unwrap_or_default(),
        writable: point.rw.unwrap_or(true),
    }
}

fn networks(settings: NetworkSettings) -> BTreeMap<String, Option<IpAddr>> {
    let address = |text: Option<String>| text.and_then(|text| text.parse().ok());
    settings
        .networks
        .unwrap_or_default()
        .into_iter()
        .map(|(name, end)| {
            (
                name,
                address(end.ip_address).or_else(|| address(end.global_ipv6_address)),
            )
        })
        .collect()
}

fn published(settings: &NetworkSettings, host: &HostConfig) -> Vec<Published> {
    let live = settings.ports.iter().flatten();
    let mut ports: Vec<Published> = live
        .chain(
            host.port_bindings
                .iter()
                .flatten()
                .filter(|_| settings.ports.iter().flatten().next().is_none()),
        )
        .flat_map(|(port, bindings)| {
            bindings
                .iter()
                .flatten()
                .map(move |binding| (port, binding))
        })
        .filter_map(|(port, binding)| {
            Some(Published {
                container_port: port.clone(),
                host_ip: binding.host_ip.clone().unwrap_or_default(),
                host_port: binding.host_port.as_ref()?.parse().ok()?,
            })
        })
        .collect();
    ports.sort();
    ports.dedup();
    ports
}

fn policy(host: &HostConfig) -> String {
    match host.restart_policy.as_ref().and_then(|policy| policy.name) {
        Some(RestartPolicyNameEnum::ALWAYS) => "always",
        Some(RestartPolicyNameEnum::UNLESS_STOPPED) => "unless-stopped",
        Some(RestartPolicyNameEnum::ON_FAILURE) => "on-failure",
        Some(RestartPolicyNameEnum::NO | RestartPolicyNameEnum::EMPTY) | None => "no",
    }
    .to_owned()
}
