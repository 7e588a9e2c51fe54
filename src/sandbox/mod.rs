//! A private view of the engine: one unix socket, behind which a learner or a submission finds an engine of their own.
//! Unmodified clients talk to it; nothing they do reaches what is not theirs.
//!
//! `policy` decides, from a request's bytes alone, what may be asked; `names` gives everything a name of the sandbox's
//! own on the engine and takes it off again; `server` is the wire; `kept` is a sandbox with a process of its own. It judges
//! no learner and prints nothing.

mod journal;
pub mod kept;
mod names;
mod open;
mod policy;
mod server;
mod settings;

pub use journal::Journal;
pub use names::Token;
pub use open::{Sandbox, SandboxError};
pub use policy::rules::{Binds, Ceiling, Downloads, Outward};
pub use settings::{Keeping, OfferedImage, Policy, Ports, Settings};
