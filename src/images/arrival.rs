//! Whether what an engine took in can be used. Of an image that cannot, or that did not arrive whole, nothing is kept.

use crate::engine::{ContainerSpec, Engine, EngineError, ImageFacts, Run};
use crate::failure::Failure;
use crate::text::tick;

use super::recipes::is_ours;

/// Looks at what came of a load; where that is nothing good, the engine gets back what it had under this name `before`.
///
/// # Errors
/// The load failed, or the engine cannot use what it took.
pub(super) async fn whole(
    engine: &Engine,
    name: &str,
    before: Option<&ImageFacts>,
    loaded: Result<(), Failure>,
) -> Result<(), Failure> {
    let used = match loaded {
        Ok(()) => usable(engine, name).await,
        failed => failed,
    };
    if used.is_err() {
        take_back(engine, name, before).await;
    }
    used
}

/// Makes a container of an image, and starts nothing: containerd's store says of an image that it has it although it
/// could not unpack its layers.
pub(super) async fn usable(engine: &Engine, name: &str) -> Result<(), Failure> {
    if !engine.info().containerd_store {
        return Ok(());
    }
    let spec = ContainerSpec {
        // Should we die here, a sweep finds it.
        labels: Run::new().labels(),
        // An image need not have a command.
        entrypoint: Some(vec!["/".to_owned()]),
        ..ContainerSpec::of(name)
    };
    let made = engine.create(&spec).await;
    let id = made.map_err(|error| refused(name, error))?;
    Ok(engine.remove(&id).await?)
}

/// Gives the name back to the image that had it, if any. What fails here is not what is to be told.
async fn take_back(engine: &Engine, name: &str, before: Option<&ImageFacts>) {
    let arrived = match (engine.image(name).await, before) {
        (Ok(Some(now)), before) => before.is_none_or(|before| before.id != now.id),
        (Err(EngineError::ImageIncomplete { .. }), None) => true,
        _ => false,
    };
    if !arrived {
        return;
    }
    // A container that uses it already keeps it.
    let _ = engine.untag(name).await;
    if let Some(before) = before {
        let _ = engine.tag(&before.id, name).await;
    }
}

/// An engine's refusal of an image, which does not name it.
pub(super) fn refused(name: &str, error: EngineError) -> Failure {
    let said = match error {
        EngineError::Refused { message, .. }
        | EngineError::CannotStart { message }
        | EngineError::Conflict { message, .. } => message,
        EngineError::DiskFull { .. } => "its disk is full".to_owned(),
        other => return other.into(),
    };
    let message = format!("the engine cannot use the image {}: {said}", tick(name));
    let way = match is_ours(name) {
        true => "build",
        false => "pull",
    };
    Failure::system(message).with_hint(match said.as_str() {
        "its disk is full" => "`docker system df` shows what takes the space".to_owned(),
        _ => format!("`sealegs images {way} {name}` gets it another way"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_image_and_the_next_step() {
        let refusal = EngineError::Refused {
            verb: "load an image",
            status: 0,
            message: "archive/tar: invalid tar header".to_owned(),
        };
        assert_eq!(
            refused("rope:1", refusal).to_string(),
            "the engine cannot use the image `rope:1`: archive/tar: invalid tar header\n\
             hint: `sealegs images pull rope:1` gets it another way"
        );
        let full = EngineError::DiskFull {
            verb: "load an image",
        };
        assert_eq!(
            refused("rope:1", full).to_string(),
            "the engine cannot use the image `rope:1`: its disk is full\n\
             hint: `docker system df` shows what takes the space"
        );
    }
}
