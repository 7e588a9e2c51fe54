//! What a registry or a mirror refused, and the way out of it.

use crate::engine::{EngineError, RegistryFault};
use crate::failure::{Failure, Problem};

use super::Mirror;

/// Why an image was not pulled.
#[derive(Clone)]
pub(super) struct Refusal {
    pub(super) error: EngineError,
    /// Whether a login was sent.
    pub(super) has_login: bool,
}

impl From<EngineError> for Refusal {
    fn from(error: EngineError) -> Self {
        let has_login = false;
        Self { error, has_login }
    }
}

impl Refusal {
    /// The same, of this image.
    pub(super) fn of(&self, name: &str) -> Self {
        let mut refusal = self.clone();
        if let EngineError::Registry { reference, .. } = &mut refusal.error {
            name.clone_into(reference);
        }
        refusal
    }

    /// Whether the registry would refuse every other image as well. What it redirects one layer to says nothing of the
    /// others, and neither does silence: the line may be slow.
    pub(super) fn is_about_all_images(&self) -> bool {
        use RegistryFault::{Insecure, Limited, Unreachable, Untrusted};
        let EngineError::Registry { fault, message, .. } = &self.error else {
            return false;
        };
        match fault {
            Limited => true,
            Insecure | Untrusted => message.contains("/v2/"),
            Unreachable => message.contains("/v2/") && message.contains("dial tcp"),
            _ => false,
        }
    }

    /// With a way out, which is no login where one was sent.
    pub(super) fn told(self) -> Failure {
        let fault = match &self.error {
            EngineError::Registry { fault, .. } if self.has_login => Some(*fault),
            _ => None,
        };
        let failure = Failure::from(self.error);
        match fault {
            Some(RegistryFault::Closed) => failure.with_hint(
                "the login in docker's configuration was sent and may not pull it: another account may",
            ),
            Some(RegistryFault::Unknown) => failure.with_hint(
                "check the name and the tag, and whether the account in docker's configuration may pull it",
            ),
            Some(RegistryFault::Limited) => failure.with_hint(
                "wait, pull through a mirror (`sealegs images pull --mirror HOST:PORT`), or load a kit (`sealegs images load FILE`)",
            ),
            _ => failure,
        }
    }

    /// What the mirror does in place of giving the image; `None` where it is not the mirror's doing.
    pub(super) fn by(&self, mirror: &Mirror, name: &str) -> Option<(RegistryFault, String)> {
        match &self.error {
            EngineError::Registry { fault, message, .. } => {
                Some((*fault, fault.told(name, Some(&mirror.host), message)))
            }
            _ => None,
        }
    }

    /// Docker Hub's, after the mirror's.
    pub(super) fn after(self, mirror: &Mirror, (fault, said): (RegistryFault, &str)) -> Failure {
        let hub = match &self.error {
            EngineError::Registry { fault, .. } => Some(*fault),
            _ => None,
        };
        let Failure::System(Problem { message, hint }) = self.told() else {
            return Failure::Interrupted;
        };
        let kit = "load a kit (`sealegs images load FILE`)";
        let hint = match (fault, hub, hint) {
            (RegistryFault::Unknown, Some(RegistryFault::Unknown) | None, Some(hint)) => hint,
            (RegistryFault::Unknown, ..) => format!("let the mirror have it, or {kit}"),
            (RegistryFault::Closed, ..) => {
                format!("`docker login {}`, or {}", mirror.host, mirror.way_out())
            }
            (RegistryFault::Insecure, ..) => format!(
                "name {} in `insecure-registries` of the engine's `daemon.json`, and restart the engine; or {}",
                mirror.host,
                mirror.way_out()
            ),
            _ => format!("{}, or {kit}", mirror.way_out()),
        };
        Failure::system(format!("{said}; then Docker Hub: {message}")).with_hint(hint)
    }
}
