//! The things that can be mended, each with the sentence that asks for leave.

use crate::engine::Engine;
use crate::failure::Failure;
use crate::images::{self, Depot, Getting};
use crate::text::{list, tick};

use super::start;

/// One thing that can be mended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mend {
    /// Docker Engine from the distribution, by apt.
    InstallEngine,
    /// The engine that is installed and does not run.
    StartEngine,
    /// Images of the course.
    GetImages(Vec<String>),
}

impl std::fmt::Display for Mend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::InstallEngine => {
                f.write_str("install Docker Engine from the distribution (`apt-get install docker.io iptables`)")
            }
            Self::StartEngine => f.write_str("start Docker Engine"),
            Self::GetImages(names) => match names.as_slice() {
                [one] => write!(f, "get the image {}", tick(one)),
                names => write!(f, "get the images {}", list(names)),
            },
        }
    }
}

/// Mends one thing.
///
/// # Errors
/// It could not be mended, with the program's own last words.
pub async fn mend(
    one: &Mend,
    choice: Option<&str>,
    depot: &Depot,
    on: &(dyn Fn(Getting) + Send + Sync),
) -> Result<(), Failure> {
    match one {
        Mend::InstallEngine => start::install().await,
        Mend::StartEngine => start::start(choice).await,
        Mend::GetImages(names) => {
            let engine = Engine::connect(choice).await?;
            let mut failed = None;
            for name in names {
                // One image that cannot be had does not keep the others from being got.
                if let Err(failure) = images::ensure(&engine, depot, name, on).await {
                    failed = Some(failure);
                }
            }
            failed.map_or(Ok(()), Err)
        }
    }
}
