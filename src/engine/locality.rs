//! Whether the engine is on this very machine: a wrong yes would dial another engine's container, for two
//! engines on one machine hand out the same addresses.

use std::collections::BTreeSet;
use std::path::PathBuf;

use tokio::net::UnixStream;

use super::endpoint::{Endpoint, Way};
use super::info::Product;
use super::{Engine, EngineInfo, ownership};

/// True when the engine runs on this machine, whatever namespaces lie between.
pub(super) fn shares_our_machine(endpoint: &Endpoint, info: &EngineInfo) -> bool {
    matches!(endpoint.way, Way::Unix(_))
        && info.product != Product::DockerDesktop
        && ownership::proc_line("/proc/sys/kernel/osrelease").as_deref() == Some(&info.kernel)
        && ownership::proc_line("/proc/sys/kernel/hostname").as_deref() == Some(&info.host_name)
}

/// True when containers' own addresses can be dialled from this process.
pub(super) async fn shares_our_network(endpoint: &Endpoint, info: &EngineInfo) -> bool {
    let Way::Unix(socket) = &endpoint.way else {
        return false;
    };
    if info.rootless || !info.same_machine {
        return false;
    }
    // The peer is who listened on the socket: the engine, or the init that holds the socket for it.
    let peer = match UnixStream::connect(socket)
        .await
        .and_then(|stream| stream.peer_cred())
    {
        Ok(credentials) => credentials.pid(),
        Err(_) => None,
    };
    peer.is_some_and(|pid| pid > 0 && same_network(pid))
}

impl Engine {
    /// Whether looking into a container's network takes a container beside it: the engine is elsewhere, or its
    /// processes are not ours to look at.
    pub fn needs_helper(&self) -> bool {
        !self.info().local || std::fs::read_link("/proc/1/ns/net").is_err()
    }
}

/// Two processes are in one network namespace when they see the same unix sockets: their inode numbers are
/// unique to the kernel, and unlike `ns/net` the list may be read by anyone.
fn same_network(pid: i32) -> bool {
    let ours = socket_inodes("self");
    let theirs = socket_inodes(&pid.to_string());
    ours.intersection(&theirs).next().is_some()
}

fn socket_inodes(process: &str) -> BTreeSet<u64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/net/unix")).unwrap_or_default();
    text.lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().nth(6)?.parse().ok())
        .collect()
}

/// The `/proc` folder of a container's first process, where this process sees it under the same number.
pub(super) fn proc_of(pid: i64, container_id: &str) -> Option<PathBuf> {
    if pid <= 0 || container_id.len() < 12 {
        return None;
    }
    let folder = PathBuf::from(format!("/proc/{pid}"));
    let groups = std::fs::read_to_string(folder.join("cgroup")).ok()?;
    groups.contains(container_id).then_some(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_shares_its_own_network() {
        let ours = i32::try_from(std::process::id()).unwrap();
        assert!(same_network(ours));
    }

    #[test]
    fn a_process_that_is_not_a_containers_is_never_taken_for_one() {
        let ours = i64::from(std::process::id());
        assert_eq!(proc_of(ours, &"0".repeat(64)), None);
        assert_eq!(proc_of(0, &"0".repeat(64)), None);
    }
}
