//! What is in a sandbox, as the learner knows it: plain values, to be drawn or written.

use serde::Serialize;

/// Everything in a sandbox.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Picture {
    /// Containers, running or not, oldest first.
    pub containers: Vec<PicturedContainer>,
    /// Networks, those the engine brings only where a container is on them.
    pub networks: Vec<PicturedNetwork>,
    /// Volumes.
    pub volumes: Vec<String>,
}

/// A container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PicturedContainer {
    /// Its name.
    pub name: String,
    /// The image, as it was asked for.
    pub image: String,
    /// What it does, in a word or two: `running`, `exited (1)`, `running, healthy`.
    pub state: String,
    /// Whether its process runs.
    pub running: bool,
    /// Its networks.
    pub networks: Vec<String>,
    /// Its published ports.
    pub ports: Vec<PicturedPort>,
    /// What is mounted in it.
    pub mounts: Vec<PicturedMount>,
}

/// A port of the host that leads into a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PicturedPort {
    /// The host's address and port.
    pub host: String,
    /// The container's port, with its protocol.
    pub container: String,
}

/// Something mounted in a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PicturedMount {
    /// `volume`, `bind`, `tmpfs`.
    pub kind: String,
    /// The volume's name or the host's folder; nothing where it has neither.
    pub source: String,
    /// Where it is in the container.
    pub at: String,
}

/// A network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PicturedNetwork {
    /// Its name.
    pub name: String,
    /// Its addresses.
    pub subnets: Vec<String>,
}
