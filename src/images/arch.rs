//! The processor images are made for, under each of its names.

use super::error::ImageError;

/// A processor that every source of ours has packages for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arch {
    Amd64,
    Arm64,
}

impl Arch {
    /// The machine this program runs on: what an engine beside it runs without emulation.
    pub(super) fn host() -> Result<Self, ImageError> {
        match std::env::consts::ARCH {
            "x86_64" => Ok(Self::Amd64),
            "aarch64" => Ok(Self::Arm64),
            other => Err(ImageError::Processor(other.to_owned())),
        }
    }

    /// The name Debian and Docker share.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }

    /// The name in npm's platform packages.
    pub(super) fn npm(self) -> &'static str {
        match self {
            Self::Amd64 => "x64",
            Self::Arm64 => "arm64",
        }
    }
}
