//! What a client may ask of the engine: a request's bytes in, a typed call or a refusal out. Pure: no input, no output.
//!
//! Three rules hold everywhere here. A call, a key or a value that is not known is refused. Every field of a body is
//! decided on by name, so that the compiler finds one that was forgotten. What goes on is written anew from what was
//! read, so that no byte of a request reaches the engine unread.

pub(super) mod call;
pub(super) mod container;
pub(super) mod dockerfile;
pub(super) mod exec;
pub(super) mod filters;
pub(super) mod frontend;
pub(super) mod json;
pub(super) mod network;
mod query;
mod refusal;
pub(super) mod route;
pub(super) mod rules;
pub(super) mod text;
pub(super) mod top;
pub(super) mod volume;

pub(super) use call::Call;
pub(super) use refusal::{By, REFUSED, Refusal};
pub(super) use rules::Rules;
