//! Debian packages with a state of our own: the host's apt and dpkg-deb do the work, and nothing of
//! the host's package database is read or changed.

mod apt;
mod sources;
mod unpack;

pub(super) use apt::{Apt, Package};
pub(super) use unpack::unpack;

/// The suite every recipe is written for.
pub(super) const SUITE: &str = "trixie";
