//! The private engine's side of the wire: clients in, the engine behind. A request is read by `policy`, what it names is
//! found in `own`, and only an `ask` made of both reaches the engine.

mod answer;
mod archive;
mod ask;
mod build;
mod buildkit;
mod carried;
mod christen;
mod commit;
mod containers;
mod context;
mod create;
mod events;
mod images;
mod join;
mod listen;
mod made;
mod making;
mod mount;
mod networks;
mod offer;
mod own;
mod patterns;
mod places;
mod portrait;
mod prune;
mod registry;
mod removal;
mod serve;
mod stream;
mod system;
mod tarball;
mod tasks;
mod told;
mod trouble;
mod tunnel;
mod upstream;
mod usage;
mod volumes;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::engine::{Engine, Run};
use crate::sandbox::journal::Journal;
use crate::sandbox::names::Names;
use crate::sandbox::policy::Rules;
use crate::sandbox::policy::route::Version;
use crate::sandbox::settings::OfferedImage;

pub(super) use buildkit::Builds;
pub(super) use carried::Carried;
pub(super) use listen::Listening;
pub(super) use made::{Made, Record};
pub(super) use making::Making;
pub(super) use tasks::Tasks;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seat {
    /// The learner or the submission: the journal sees it, and addresses are shown as they were asked for.
    Learner,
    /// A check that looks at the same sandbox: true addresses, all labels, no journal.
    Observer,
}

/// One sandbox's server.
pub(super) struct Server {
    pub(super) engine: Engine,
    pub(super) names: Names,
    pub(super) rules: Rules,
    pub(super) images: Vec<OfferedImage>,
    pub(super) journal: Journal,
    /// What everything made in the sandbox carries.
    pub(super) labels: BTreeMap<String, String>,
    /// The newest API version spoken.
    pub(super) version: Version,
    /// The builder that the engine says clients should use.
    pub(super) builder: String,
    pub(super) made: Made,
    /// What is known of builds whose files are still to come.
    pub(super) builds: Builds,
    pub(super) tasks: Tasks,
    /// The containers that are being made.
    pub(super) making: Making,
    /// The networks that are being made.
    pub(super) making_networks: Making,
    /// Held while the stand-in for the default network is being made.
    pub(super) making_bridge: tokio::sync::Mutex<()>,
    /// Whose labels what is made carries.
    pub(super) run: Run,
    /// The workspace that containers are given in place of the host's folders.
    pub(super) carried: OnceLock<Carried>,
}
