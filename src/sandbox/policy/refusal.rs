//! What a client is told when it may not, or cannot: an ordinary error of the engine's.

/// How every sentence begins by which a sandbox says no.
pub(in crate::sandbox) const REFUSED: &str = "not in this sandbox";

/// An error answer: its HTTP status, and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct Refusal {
    /// The HTTP status.
    pub(in crate::sandbox) status: u16,
    /// What is not allowed, and what to do instead.
    pub(in crate::sandbox) message: String,
    /// Whether the sandbox itself said no: the journal tells this from the engine's own errors.
    pub(in crate::sandbox) by: By,
}

/// Who said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum By {
    /// The sandbox's policy.
    Policy,
    /// The engine, or the sandbox in its place: no such container, a name that is taken.
    Engine,
}

impl Refusal {
    /// Something a sandbox does not do, whoever asks.
    pub(in crate::sandbox) fn not_allowed(
        what: impl std::fmt::Display,
        instead: impl std::fmt::Display,
    ) -> Self {
        Self {
            status: 403,
            message: format!("{REFUSED}: {what} ({instead})"),
            by: By::Policy,
        }
    }

    /// A request that cannot be read with certainty.
    pub(in crate::sandbox) fn unreadable(what: impl std::fmt::Display) -> Self {
        Self {
            status: 400,
            message: format!("the sandbox cannot read this request: {what}"),
            by: By::Policy,
        }
    }

    /// An error in the engine's words and with its status.
    pub(in crate::sandbox) fn engine(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            by: By::Engine,
        }
    }

    /// `No such container: web`.
    pub(in crate::sandbox) fn no_such(what: &str, name: &str) -> Self {
        Self::engine(404, format!("No such {what}: {name}"))
    }
}
