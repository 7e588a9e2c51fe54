//! What the engine says of itself.

use bollard::models::{SystemInfo, SystemInfoCgroupVersionEnum, SystemVersion};

use crate::outcome::Wall;

/// Whose engine it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// Docker Engine (or Moby, as distributions build it).
    Docker,
    /// Podman's docker-compatible service: second class, some checks read differently.
    Podman,
    /// Docker Desktop: the engine lives in a virtual machine.
    DockerDesktop,
}

impl std::fmt::Display for Product {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Docker => "Docker Engine",
            Self::Podman => "Podman",
            Self::DockerDesktop => "Docker Desktop",
        })
    }
}

/// The engine's version, abilities and size, read once on connecting.
#[derive(Clone, Debug, PartialEq)]
pub struct EngineInfo {
    /// Whose engine it is.
    pub product: Product,
    /// The version as it writes it, `20.10.24+dfsg1`.
    pub version: String,
    /// The version's first number; 0 when it cannot be read.
    pub major: u32,
    /// The newest API version it speaks.
    pub api: (u32, u32),
    /// The containers' operating system, `linux`.
    pub os: String,
    /// The architecture, `amd64`.
    pub arch: String,
    /// The storage driver, `overlay2`.
    pub storage_driver: String,
    /// True when images live in containerd's store.
    pub containerd_store: bool,
    /// True when the engine runs without root.
    pub rootless: bool,
    /// True when containers' users are remapped.
    pub userns_remap: bool,
    /// 1 or 2; 0 when it does not say.
    pub cgroup_version: u8,
    /// Processors of its machine.
    pub cpus: u32,
    /// Memory of its machine, bytes.
    pub memory: u64,
    /// True when we share its kernel, process ids aside, and its network: containers' addresses can be dialled.
    pub local: bool,
    /// True when its machine is this one: what it writes goes to a disk that we can see.
    pub same_machine: bool,
    /// What it warns about (limits it cannot enforce).
    pub warnings: Vec<String>,
    /// Its data folder, on its own machine.
    pub root_dir: String,
    /// Its kernel's release.
    pub kernel: String,
    /// Its machine's name.
    pub host_name: String,
}

impl EngineInfo {
    /// Major and minor version: `(20, 10)`; zeros where they cannot be read.
    pub fn release(&self) -> (u32, u32) {
        let minor = self
            .version
            .split('.')
            .nth(1)
            .and_then(|minor| minor.parse().ok());
        (self.major, minor.unwrap_or_default())
    }

    /// What somebody meets who gets out of a container, as far as the engine says.
    pub fn wall(&self) -> Wall {
        match self {
            Self {
                product: Product::DockerDesktop,
                ..
            } => Wall::VirtualMachine,
            Self { rootless: true, .. } => Wall::Rootless,
            Self {
                userns_remap: true, ..
            } => Wall::UserNamespaces,
            _ => Wall::Rootful,
        }
    }

    pub(super) fn read(version: SystemVersion, info: SystemInfo) -> Self {
        let name = version.version.or(info.server_version).unwrap_or_default();
        let components = version.components.unwrap_or_default();
        let platform = version
            .platform
            .map(|platform| platform.name)
            .unwrap_or_default();
        let system = info.operating_system.unwrap_or_default();
        let product = if components
            .iter()
            .any(|part| part.name.starts_with("Podman"))
        {
            Product::Podman
        } else if platform.contains("Docker Desktop") || system.contains("Docker Desktop") {
            Product::DockerDesktop
        } else {
            Product::Docker
        };
        let secured = |word: &str| {
            info.security_options
                .iter()
                .flatten()
                .any(|option| option.starts_with(&format!("name={word}")))
        };
        let status = info.driver_status.unwrap_or_default();
        Self {
            product,
            major: name.split('.').next().and_then(|part| part.parse().ok()).unwrap_or(0),
            version: name,
            api: version.api_version.as_deref().and_then(api).unwrap_or((0, 0)),
            os: info.os_type.or(version.os).unwrap_or_default(),
            arch: version.arch.or(info.architecture).unwrap_or_default(),
            storage_driver: info.driver.unwrap_or_default(),
            containerd_store: status.iter().any(|pair| {
                matches!(pair.as_slice(), [key, value] if key == "driver-type" && value.starts_with("io.containerd.snapshotter"))
            }),
            rootless: secured("rootless"),
            userns_remap: secured("userns"),
            cgroup_version: match info.cgroup_version {
                Some(SystemInfoCgroupVersionEnum::_1) => 1,
                Some(SystemInfoCgroupVersionEnum::_2) => 2,
                _ => 0,
            },
            cpus: info.ncpu.and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
            memory: info.mem_total.and_then(|n| u64::try_from(n).ok()).unwrap_or(0),
            local: false,
            same_machine: false,
            warnings: info.warnings.unwrap_or_default(),
            root_dir: info.docker_root_dir.unwrap_or_default(),
            kernel: version.kernel_version.or(info.kernel_version).unwrap_or_default(),
            host_name: info.name.unwrap_or_default(),
        }
    }
}

fn api(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use bollard::models::{SystemVersionComponents, SystemVersionPlatform};

    use super::*;

    #[test]
    fn a_distributions_version_is_read() {
        let version = SystemVersion {
            version: Some("20.10.24+dfsg1".into()),
            api_version: Some("1.41".into()),
            ..Default::default()
        };
        let info = EngineInfo::read(version, SystemInfo::default());
        assert_eq!(
            (info.major, info.api, info.product),
            (20, (1, 41), Product::Docker)
        );
    }

    #[test]
    fn podman_and_docker_desktop_are_recognised() {
        let podman = SystemVersion {
            components: Some(vec![SystemVersionComponents {
                name: "Podman Engine".into(),
                ..Default::default()
            }]),
            ..Default::default()
        };
        assert_eq!(
            EngineInfo::read(podman, SystemInfo::default()).product,
            Product::Podman
        );
        let desktop = SystemVersion {
            platform: Some(SystemVersionPlatform {
                name: "Docker Desktop 4.30".into(),
            }),
            ..Default::default()
        };
        assert_eq!(
            EngineInfo::read(desktop, SystemInfo::default()).product,
            Product::DockerDesktop
        );
    }

    #[test]
    fn the_containerd_store_is_recognised_by_its_driver_type() {
        let info = SystemInfo {
            driver_status: Some(vec![vec![
                "driver-type".into(),
                "io.containerd.snapshotter.v1".into(),
            ]]),
            ..Default::default()
        };
        assert!(EngineInfo::read(SystemVersion::default(), info).containerd_store);
    }
}
