//! What happens on an engine, as it tells it.

use std::collections::{BTreeMap, HashMap};
use std::time::{SystemTime, UNIX_EPOCH};

use bollard::query_parameters::EventsOptionsBuilder;
use futures_util::StreamExt as _;

use super::{Engine, EngineError};

/// Something that happened to an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EngineEvent {
    /// What happened: `start`, `die`, `health_status: healthy`.
    pub action: String,
    /// The object's full id.
    pub id: String,
    /// Its name and its image, and its labels.
    pub attributes: BTreeMap<String, String>,
}

impl Engine {
    /// Tells `on` of all that happens to containers from now on, until the connection is lost.
    ///
    /// # Errors
    /// Always, in the end: why nothing more is heard.
    pub async fn hear(&self, mut on: impl FnMut(EngineEvent)) -> EngineError {
        let filters = HashMap::from([("type".to_owned(), vec!["container".to_owned()])]);
        // What happens before the engine has opened its ears is told afterwards.
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let since = format!("{}.{:09}", now.as_secs(), now.subsec_nanos());
        let options = EventsOptionsBuilder::default()
            .filters(&filters)
            .since(&since)
            .build();
        let mut events = Box::pin(self.docker().events(Some(options)));
        while let Some(event) = events.next().await {
            let event = match event {
                Ok(event) => event,
                Err(error) => return EngineError::of("listen to the engine", "engine", "", error),
            };
            let actor = event.actor.unwrap_or_default();
            on(EngineEvent {
                action: event.action.unwrap_or_default(),
                id: actor.id.unwrap_or_default(),
                attributes: actor.attributes.unwrap_or_default().into_iter().collect(),
            });
        }
        EngineError::NoEngine {
            endpoint: self.endpoint().to_string(),
            reason: "it has hung up".to_owned(),
        }
    }
}
