//! The one seam to the engine, and the only room that names bollard: facts, containers, builds, probes and
//! tidying up. It prints nothing, judges nothing and knows no colour.

use std::sync::Arc;
use std::time::Duration;

mod archive;
mod build;
mod built_images;
mod connect;
mod container;
mod disk;
mod endpoint;
mod error;
mod events;
mod exec;
mod facts;
mod fence;
mod image;
mod info;
mod knock;
mod layers;
mod listening;
mod locality;
mod names;
mod network;
mod output;
mod owned;
mod ownership;
mod pull;
mod reach;
mod record;
mod run;
mod sandboxed;
mod saved_image;
mod session;
mod spec;
#[cfg(test)]
mod testing;
mod transfer;
mod volume;
mod wire;

pub use archive::{PathContent, PathKind, PathStat};
pub use build::{
    BuildError, BuildErrorKind, BuildProgress, BuildReport, BuildRequest, BuildStep, BuildWarning,
    Builder, Cache,
};
pub use container::Pid1;
pub use endpoint::{Endpoint, OUTSIDE_VARIABLE, OWN_HOST_VARIABLE, Source};
pub use error::EngineError;
pub use events::EngineEvent;
pub use exec::{ExecExit, ExecReport, ExecSpec};
pub use facts::{ContainerFacts, MountFacts, Published, State};
pub use fence::{Hardening, Limits};
pub use image::{Form, HistoryEntry, ImageFacts, Parents};
pub use info::{EngineInfo, Product};
pub use knock::Knock;
pub use layers::{LayerEntry, LayerFacts};
pub use listening::Listener;
pub use network::{NetworkFacts, NetworkSpec};
pub use output::Logs;
pub use owned::{LabelFilter, Owned, OwnedObject};
pub use ownership::{Run, is_own_label};
pub use pull::{Login, Patience, PullProgress, PullStage, RegistryFault};
pub use reach::{ByteStream, Dial, DialHelper};
pub use run::RunReport;
pub use sandboxed::{ADDRESS_LABEL, KEEPER_LABEL, LESSON_LABEL, LOOK_LABEL, LOOKS, SANDBOX_LABEL};
pub use session::{Session, SessionInput, SessionOutput};
pub use spec::{ContainerSpec, Init, MountSpec, Network, Publish, RootFs, Stdin, Terminal};
pub use transfer::SendError;
pub use volume::VolumeFacts;

/// A connection to one engine, cheap to clone.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    docker: bollard::Docker,
    endpoint: Endpoint,
    info: EngineInfo,
}

impl Engine {
    /// What the engine said of itself when the connection was made.
    pub fn info(&self) -> &EngineInfo {
        &self.inner.info
    }

    /// Where the engine is, and who said so.
    pub fn endpoint(&self) -> &Endpoint {
        &self.inner.endpoint
    }

    fn docker(&self) -> &bollard::Docker {
        &self.inner.docker
    }

    /// A client for a call that may rightly answer late: bollard's own limit would cut it.
    fn patient(&self, limit: Duration) -> bollard::Docker {
        self.inner
            .docker
            .clone()
            .with_timeout(limit.saturating_add(connect::ANSWER_LIMIT))
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Engine({})", self.inner.endpoint)
    }
}
