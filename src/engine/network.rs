//! Networks: made and removed.

use std::collections::BTreeMap;

use bollard::models::NetworkCreateRequest;

use super::{Engine, EngineError, names};

/// A bridge network to create.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkSpec {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// True when nothing on it reaches beyond it; such a network publishes no port.
    pub internal: bool,
}

impl Engine {
    /// Creates a bridge network and gives its id. A name that exists is a conflict.
    pub async fn create_network(&self, spec: &NetworkSpec) -> Result<String, EngineError> {
        let request = NetworkCreateRequest {
            name: spec.name.clone(),
            driver: Some("bridge".to_owned()),
            internal: Some(spec.internal),
            labels: Some(spec.labels.clone().into_iter().collect()),
            ..Default::default()
        };
        let created = self.docker().create_network(request).await;
        created
            .map(|answer| answer.id)
            .map_err(|error| EngineError::of("create a network", "network", &spec.name, error))
    }

    /// Removes a network by id or name; one that is gone is fine.
    pub async fn remove_network(&self, id: &str) -> Result<(), EngineError> {
        if !names::is_plausible(id) {
            return Ok(());
        }
        let removed = self.docker().remove_network(id).await;
        match removed.map_err(|error| EngineError::of("remove a network", "network", id, error)) {
            Err(EngineError::NotFound { .. }) => Ok(()),
            other => other,
        }
    }
}
