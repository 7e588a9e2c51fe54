//! Which containers may be made, and with what: a body in, a checked body and what it refers to out.

mod body;
mod config;
mod host;
mod limits;
mod logs;
mod mounts;
mod network;
mod ports;
mod update;

pub(in crate::sandbox) use body::{
    ContainerBody, DriverBody, EndpointBody, Health, HostBody, MountBody, NetworkingBody, PortMap,
    VolumeOptions,
};
pub(in crate::sandbox) use config::LEAST_HEALTH_INTERVAL;
pub(in crate::sandbox::policy) use config::no_own_labels;
pub(in crate::sandbox) use mounts::{AskedBind, AskedVolume, Place, clean, outside};
pub(in crate::sandbox::policy) use mounts::{plain_driver, volume_name};
pub(in crate::sandbox) use network::{Joining, endpoint as checked_endpoint, link};
pub(in crate::sandbox) use ports::{add_registry, asked_at, published, shown_everywhere};
pub(in crate::sandbox) use update::update;

use super::rules::Rules;
use super::{Refusal, json};

/// A container that may be made, once what it refers to has been found among the sandbox's own.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::sandbox) struct Plan {
    /// What goes to the engine; every reference has been taken out.
    pub(in crate::sandbox) body: ContainerBody,
    /// What the client asked for, where the sandbox sends something else.
    pub(in crate::sandbox) asked: HostBody,
    /// The image, as written.
    pub(in crate::sandbox) image: String,
    /// The network it starts in.
    pub(in crate::sandbox) joining: Joining,
    /// Its settings in networks, by the network's name as written.
    pub(in crate::sandbox) endpoints: Vec<(String, EndpointBody)>,
    /// Containers whose volumes it takes over, with the mode.
    pub(in crate::sandbox) volumes_from: Vec<(String, Option<String>)>,
    /// Containers it links to, with the alias.
    pub(in crate::sandbox) links: Vec<(String, String)>,
    /// The container whose processes it sees.
    pub(in crate::sandbox) pid_of: Option<String>,
    /// The container whose memory it shares.
    pub(in crate::sandbox) ipc_of: Option<String>,
    /// Folders of the host.
    pub(in crate::sandbox) binds: Vec<AskedBind>,
    /// Volumes by name.
    pub(in crate::sandbox) volumes: Vec<AskedVolume>,
    /// Where volumes without a name are wanted.
    pub(in crate::sandbox) anonymous: Vec<String>,
    /// Every place inside the container that is mounted over already.
    pub(in crate::sandbox) covered: Vec<String>,
}

/// Reads and judges the body of a creation.
pub(in crate::sandbox) fn create(body: &[u8], rules: &Rules) -> Result<Plan, Refusal> {
    let asked: ContainerBody = json::object(body)?;
    let mut plan = Plan::default();
    let ContainerBody {
        host_config,
        networking_config,
        ..
    } = &asked;
    let host = host_config.clone().unwrap_or_default();
    let networking = networking_config.clone().unwrap_or_default();
    plan.body = config::checked(asked, &mut plan.image, &mut plan.anonymous)?;
    let host = host::checked(host, rules, &mut plan)?;
    network::endpoints(networking, &mut plan)?;
    plan.body.host_config = Some(host);
    Ok(plan)
}

/// Reads the configuration that `commit` lays over a container's own.
pub(in crate::sandbox) fn commit(body: &[u8]) -> Result<Option<ContainerBody>, Refusal> {
    if matches!(body.trim_ascii(), b"" | b"null") {
        return Ok(None);
    }
    let asked: ContainerBody = json::object(body)?;
    if asked.host_config.is_some() || asked.networking_config.is_some() {
        return Err(Refusal::unreadable("a commit has no `HostConfig`"));
    }
    let (mut image, mut anonymous) = (String::new(), Vec::new());
    let mut body = config::checked(asked, &mut image, &mut anonymous)?;
    body.image = Some(image);
    Ok(Some(body))
}

#[cfg(test)]
mod tests;
