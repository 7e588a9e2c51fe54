//! What a container is to be: plain values in, the engine's shapes out.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use bollard::models::{
    ContainerCreateBody, EndpointSettings, HostConfig, HostConfigLogConfig, Mount,
    MountTmpfsOptions, MountType, NetworkingConfig, PortBinding,
};

use super::fence::{Hardening, KEPT_CAPABILITIES, Limits};

/// The network a container joins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Network {
    /// Only its own loopback.
    #[default]
    None,
    /// The engine's default bridge.
    Bridge,
    /// A network by name or id.
    Named(String),
    /// The network namespace of another container, by id.
    JoinContainer(String),
}

/// A port of the container made reachable on the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publish {
    /// The container's TCP port.
    pub container: u16,
    /// The host's port; the engine chooses where it is `None`.
    pub host: Option<u16>,
    /// The host's address.
    pub ip: IpAddr,
}

/// Something mounted into the container. Folders of the host are left out on purpose, but for one of our own that holds
/// a socket and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MountSpec {
    /// A volume by name; created where it does not exist.
    Volume {
        /// Its name.
        name: String,
        /// Where it appears.
        target: String,
    },
    /// A folder of ours with a socket in it.
    Socket {
        /// The folder, on this machine, which must be the engine's.
        folder: PathBuf,
        /// Where it appears.
        target: String,
    },
    /// A memory file system.
    Tmpfs {
        /// Where it appears.
        target: String,
        /// Its size in bytes.
        size: u64,
    },
}

/// Whether a small init is PID 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Init {
    /// The command itself is PID 1: what signals and zombies do is the image's own doing.
    #[default]
    Command,
    /// The engine's `docker-init`.
    Engine,
}

/// Whether the container keeps an open standard input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stdin {
    /// Nothing to read.
    #[default]
    Closed,
    /// Open until the one who attached closes it.
    Open,
}

/// Whether the container has a terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Terminal {
    /// Two separate streams.
    #[default]
    None,
    /// A pseudo terminal: standard error arrives mixed into standard output.
    Pty,
}

/// Whether the image's files may be changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RootFs {
    /// A writable layer.
    #[default]
    Writable,
    /// Only mounts can be written.
    ReadOnly,
}

/// A container to create. The default is fenced in, has no network and runs the image's own command.
#[derive(Clone, Debug, PartialEq)]
pub struct ContainerSpec {
    /// Its name; the engine makes one up where it is `None`.
    pub name: Option<String>,
    /// The image, by reference or id.
    pub image: String,
    /// Arguments in place of the image's CMD.
    pub command: Option<Vec<String>>,
    /// In place of the image's ENTRYPOINT; an empty list removes it.
    pub entrypoint: Option<Vec<String>>,
    /// Added to the image's environment.
    pub env: Vec<(String, String)>,
    /// In place of the image's USER.
    pub user: Option<String>,
    /// In place of the image's WORKDIR.
    pub workdir: Option<String>,
    /// Labels, the run's own among them.
    pub labels: BTreeMap<String, String>,
    /// The network it joins.
    pub network: Network,
    /// Its names on a named network, besides its own.
    pub aliases: Vec<String>,
    /// Published ports.
    pub publish: Vec<Publish>,
    /// Volumes and memory file systems.
    pub mounts: Vec<MountSpec>,
    /// What it may use.
    pub limits: Limits,
    /// How far it is fenced in.
    pub hardened: Hardening,
    /// Bytes of log the engine keeps; 0 keeps the engine's own setting.
    pub log_cap: u64,
    /// Who is PID 1.
    pub init: Init,
    /// Whether standard input is open.
    pub stdin: Stdin,
    /// Whether it has a terminal.
    pub terminal: Terminal,
    /// Whether the image's files may be changed.
    pub root_fs: RootFs,
    /// Seconds between SIGTERM and SIGKILL; `None` is the engine's ten.
    pub stop_timeout: Option<i64>,
}

impl Default for ContainerSpec {
    fn default() -> Self {
        Self {
            name: None,
            image: String::new(),
            command: None,
            entrypoint: None,
            env: Vec::new(),
            user: None,
            workdir: None,
            labels: BTreeMap::new(),
            network: Network::None,
            aliases: Vec::new(),
            publish: Vec::new(),
            mounts: Vec::new(),
            limits: Limits::default(),
            hardened: Hardening::Full,
            log_cap: 1 << 20,
            init: Init::Command,
            stdin: Stdin::Closed,
            terminal: Terminal::None,
            root_fs: RootFs::Writable,
            stop_timeout: None,
        }
    }
}

impl ContainerSpec {
    /// A container of `image` with the defaults.
    pub fn of(image: impl Into<String>) -> Self {
        Self {
            image: image.into(),
            ..Self::default()
        }
    }

    /// A port published on the loopback address, at a port the engine chooses.
    #[must_use]
    pub fn publish_local(mut self, container: u16) -> Self {
        self.publish.push(Publish {
            container,
            host: None,
            ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        });
        self
    }

    pub(super) fn body(&self) -> ContainerCreateBody {
        let open = self.stdin == Stdin::Open;
        let ports = || {
            self.publish
                .iter()
                .map(|port| format!("{}/tcp", port.container))
        };
        ContainerCreateBody {
            image: Some(self.image.clone()),
            cmd: self.command.clone(),
            // The engine takes an empty list for "not given", and one empty string for "none".
            entrypoint: self
                .entrypoint
                .clone()
                .map(|e| if e.is_empty() { vec![String::new()] } else { e }),
            env: Some(
                self.env
                    .iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect(),
            ),
            user: self.user.clone(),
            working_dir: self.workdir.clone(),
            labels: Some(self.labels.clone().into_iter().collect()),
            exposed_ports: Some(ports().collect()),
            attach_stdin: Some(open),
            open_stdin: Some(open),
            stdin_once: Some(open),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            tty: Some(self.terminal == Terminal::Pty),
            stop_timeout: self.stop_timeout,
            host_config: Some(self.host_config()),
            networking_config: self.networking(),
            ..Default::default()
        }
    }

    fn host_config(&self) -> HostConfig {
        let memory = i64::try_from(self.limits.memory).unwrap_or(i64::MAX);
        let hardened = self.hardened == Hardening::Full;
        let mut bindings: HashMap<String, Option<Vec<PortBinding>>> = HashMap::new();
        for port in &self.publish {
            let binding = PortBinding {
                host_ip: Some(port.ip.to_string()),
                host_port: Some(port.host.map(|port| port.to_string()).unwrap_or_default()),
            };
            bindings
                .entry(format!("{}/tcp", port.container))
                .or_default()
                .get_or_insert_default()
                .push(binding);
        }
        HostConfig {
            memory: Some(memory),
            memory_swap: Some(memory),
            nano_cpus: Some((self.limits.cpus * 1e9) as i64),
            pids_limit: (self.limits.pids > 0).then_some(self.limits.pids),
            cap_drop: hardened.then(|| vec!["ALL".to_owned()]),
            cap_add: hardened.then(|| KEPT_CAPABILITIES.map(str::to_owned).to_vec()),
            security_opt: hardened.then(|| vec!["no-new-privileges".to_owned()]),
            network_mode: Some(match &self.network {
                Network::None => "none".to_owned(),
                Network::Bridge => "bridge".to_owned(),
                Network::Named(name) => name.clone(),
                Network::JoinContainer(id) => format!("container:{id}"),
            }),
            port_bindings: Some(bindings),
            mounts: Some(self.mounts.iter().map(MountSpec::mount).collect()),
            init: (self.init == Init::Engine).then_some(true),
            readonly_rootfs: Some(self.root_fs == RootFs::ReadOnly),
            log_config: (self.log_cap > 0).then(|| HostConfigLogConfig {
                typ: Some("json-file".to_owned()),
                config: Some(HashMap::from([
                    ("max-size".to_owned(), self.log_cap.to_string()),
                    ("max-file".to_owned(), "1".to_owned()),
                ])),
            }),
            ..Default::default()
        }
    }

    fn networking(&self) -> Option<NetworkingConfig> {
        let Network::Named(name) = &self.network else {
            return None;
        };
        let settings = EndpointSettings {
            aliases: Some(self.aliases.clone()),
            ..Default::default()
        };
        Some(NetworkingConfig {
            endpoints_config: Some(HashMap::from([(name.clone(), settings)])),
        })
    }
}

impl MountSpec {
    fn mount(&self) -> Mount {
        match self {
            Self::Volume { name, target } => Mount {
                typ: Some(MountType::VOLUME),
                source: Some(name.clone()),
                target: Some(target.clone()),
                ..Default::default()
            },
            Self::Socket { folder, target } => Mount {
                typ: Some(MountType::BIND),
                source: Some(folder.to_string_lossy().into_owned()),
                target: Some(target.clone()),
                ..Default::default()
            },
            Self::Tmpfs { target, size } => Mount {
                typ: Some(MountType::TMPFS),
                target: Some(target.clone()),
                tmpfs_options: Some(MountTmpfsOptions {
                    size_bytes: i64::try_from(*size).ok(),
                    ..Default::default()
                }),
                ..Default::default()
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_container_is_fenced_in_and_has_no_network() {
        let host = ContainerSpec::of("busybox").body().host_config.unwrap();
        assert_eq!(host.network_mode.as_deref(), Some("none"));
        assert_eq!(host.cap_drop, Some(vec!["ALL".to_owned()]));
        assert_eq!(
            host.security_opt,
            Some(vec!["no-new-privileges".to_owned()])
        );
        assert_eq!(
            (host.memory, host.memory_swap),
            (Some(512 << 20), Some(512 << 20))
        );
        assert_eq!(
            (host.nano_cpus, host.pids_limit),
            (Some(1_000_000_000), Some(200))
        );
    }

    #[test]
    fn the_engines_defaults_are_left_alone_when_asked() {
        let spec = ContainerSpec {
            hardened: Hardening::EngineDefault,
            log_cap: 0,
            ..ContainerSpec::of("x")
        };
        let host = spec.body().host_config.unwrap();
        assert_eq!(
            (host.cap_drop, host.cap_add, host.security_opt),
            (None, None, None)
        );
        assert_eq!(host.log_config, None);
    }

    #[test]
    fn an_empty_entrypoint_removes_the_images() {
        let spec = ContainerSpec {
            entrypoint: Some(vec![]),
            ..ContainerSpec::of("x")
        };
        assert_eq!(spec.body().entrypoint, Some(vec![String::new()]));
    }

    #[test]
    fn one_port_may_be_published_twice() {
        let host = ContainerSpec::of("x")
            .publish_local(80)
            .publish_local(80)
            .body()
            .host_config
            .unwrap();
        assert_eq!(
            host.port_bindings.unwrap()["80/tcp"]
                .as_ref()
                .unwrap()
                .len(),
            2
        );
    }
}
