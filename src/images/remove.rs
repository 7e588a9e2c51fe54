//! Removes images, and only those that are ours to remove unless somebody says otherwise.

use crate::engine::{Engine, EngineError};
use crate::failure::Failure;
use crate::text::tick;

use super::origin::{Origin, origin};

/// Which images may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removable {
    /// Those that this program made: a real one may serve other work.
    StandIns,
    /// Real ones too.
    All,
}

/// What became of an image that was to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// It has lost this name, and is gone where it had no other.
    Gone,
    /// The engine did not have it.
    WasNotThere,
    /// It is not ours to remove.
    LeftAlone,
}

/// Removes an image by its name.
///
/// # Errors
/// A container uses it, or the engine fails.
pub async fn remove(engine: &Engine, name: &str, which: Removable) -> Result<Removed, Failure> {
    let Some(image) = engine.image(name).await? else {
        return Ok(Removed::WasNotThere);
    };
    if which == Removable::StandIns && origin(&image) != Origin::Kit {
        return Ok(Removed::LeftAlone);
    }
    match engine.untag(name).await {
        Ok(()) | Err(EngineError::NotFound { .. }) => Ok(Removed::Gone),
        Err(EngineError::Conflict { .. }) => {
            let failure = Failure::system(format!("a container uses the image {}", tick(name)));
            Err(failure.with_hint(format!(
                "`docker ps --all --filter ancestor={name}` shows it"
            )))
        }
        Err(error) => Err(error.into()),
    }
}
