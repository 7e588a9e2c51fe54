//! What the policy in force allows: values that the decisions are made from.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The most that one container may use, and how many there may be. What a client does not ask for is set to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ceiling {
    /// Bytes of memory, swap included; 0 is no limit.
    pub memory: u64,
    /// Billionths of a processor; 0 is no limit.
    pub nano_cpus: u64,
    /// Processes and threads; 0 is no limit.
    pub pids: u64,
    /// Bytes of log a container keeps.
    pub log: u64,
    /// Containers there may be at once, running or not: each of them may use all of the above.
    #[serde(default = "containers")]
    pub containers: usize,
    /// Networks there may be at once beside the default one.
    #[serde(default = "networks")]
    pub networks: usize,
}

fn networks() -> usize {
    60
}

fn containers() -> usize {
    200
}

/// Which folders of the host a container may be given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Binds {
    /// None.
    Nothing,
    /// Those inside this folder.
    Inside(PathBuf),
    /// Nothing of the host: what is named below this path comes out of the workspace that the sandbox carries.
    Carried(PathBuf),
}

impl Binds {
    /// The folder below which what is mounted must lie.
    pub(in crate::sandbox) fn within(&self) -> Option<&Path> {
        match self {
            Self::Nothing => None,
            Self::Inside(folder) | Self::Carried(folder) => Some(folder),
        }
    }
}

/// Where published ports appear on the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::sandbox) enum Publish {
    /// At this loopback address, at the port that is asked for.
    At(Ipv4Addr),
    /// At 127.0.0.1, at a port of the engine's choice: where this machine has no other loopback addresses.
    EngineChosen,
}

/// Whether containers reach beyond this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outward {
    /// As the engine's own networks do.
    Open,
    /// Not: answers from outside do not find back, and builds have no network.
    Closed,
}

/// Whether a build may fetch from the network by itself, as `ADD http://…` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Downloads {
    /// It may.
    Allowed,
    /// It may not.
    Refused,
}

/// Everything a decision depends on besides the request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::sandbox) struct Rules {
    /// The most that one container may use.
    pub(in crate::sandbox) ceiling: Ceiling,
    /// Which folders of the host a container may be given.
    pub(in crate::sandbox) binds: Binds,
    /// Where published ports appear.
    pub(in crate::sandbox) publish: Publish,
    /// Whether containers reach beyond this machine.
    pub(in crate::sandbox) outward: Outward,
    /// Whether a build may fetch by itself.
    pub(in crate::sandbox) downloads: Downloads,
    /// Capabilities that may be added beyond docker's own set, `NET_ADMIN`.
    pub(in crate::sandbox) capabilities: BTreeSet<String>,
    /// Whether a registry that runs in the sandbox may be used.
    pub(in crate::sandbox) registries: bool,
}

#[cfg(test)]
impl Rules {
    /// Those of a grade, at an address that a test can spell.
    pub(in crate::sandbox) fn for_tests() -> Self {
        Self {
            ceiling: Ceiling {
                memory: 512 << 20,
                nano_cpus: 1_000_000_000,
                pids: 200,
                log: 4 << 20,
                containers: 40,
                networks: 20,
            },
            binds: Binds::Nothing,
            publish: Publish::At(Ipv4Addr::new(127, 9, 8, 7)),
            outward: Outward::Closed,
            downloads: Downloads::Refused,
            capabilities: BTreeSet::new(),
            registries: true,
        }
    }
}
