//! Networks: made, looked at and removed.

use std::collections::{BTreeMap, HashMap};

use bollard::models::NetworkCreateRequest;
use bollard::query_parameters::{
    InspectNetworkOptions, ListNetworksOptions, ListNetworksOptionsBuilder,
};

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

/// One inspection of a network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkFacts {
    /// The full id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `bridge`, `host`, `none`, `overlay` …
    pub driver: String,
    /// True when nothing on it reaches beyond it.
    pub internal: bool,
    /// Its subnets, `172.18.0.0/16`.
    pub subnets: Vec<String>,
    /// Names of the running containers on it, sorted.
    pub members: Vec<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

impl Engine {
    /// Looks at a network; `None` only when the engine says that there is none.
    pub async fn network(&self, name: &str) -> Result<Option<NetworkFacts>, EngineError> {
        if !names::is_plausible(name) {
            return Ok(None);
        }
        let inspected = self
            .docker()
            .inspect_network(name, None::<InspectNetworkOptions>)
            .await;
        let inspected =
            inspected.map_err(|error| EngineError::of("inspect a network", "network", name, error));
        let network = match inspected {
            Ok(network) => network,
            Err(EngineError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let members = network.containers.unwrap_or_default().into_values();
        let mut members: Vec<String> = members.filter_map(|member| member.name).collect();
        members.sort();
        let ipam = network.ipam.and_then(|ipam| ipam.config);
        Ok(Some(NetworkFacts {
            id: network.id.unwrap_or_default(),
            name: network.name.unwrap_or_default(),
            driver: network.driver.unwrap_or_default(),
            internal: network.internal.unwrap_or(false),
            subnets: ipam
                .into_iter()
                .flatten()
                .filter_map(|config| config.subnet)
                .collect(),
            members,
            labels: network.labels.unwrap_or_default().into_iter().collect(),
        }))
    }

    /// The name of a network with this label, if there is one.
    pub async fn network_labelled(
        &self,
        key: &str,
        value: &str,
    ) -> Result<Option<String>, EngineError> {
        let filters = HashMap::from([("label", vec![format!("{key}={value}")])]);
        let options = ListNetworksOptionsBuilder::default()
            .filters(&filters)
            .build();
        let listed = self.docker().list_networks(Some(options)).await;
        let listed = listed
            .map_err(|error| EngineError::of("list the networks", "network", value, error))?;
        Ok(listed.into_iter().find_map(|network| network.name))
    }

    /// Every network there is. One that goes in the meantime is left out.
    pub async fn networks(&self) -> Result<Vec<NetworkFacts>, EngineError> {
        let listed = self
            .docker()
            .list_networks(None::<ListNetworksOptions>)
            .await;
        let listed =
            listed.map_err(|error| EngineError::of("list the networks", "network", "", error))?;
        let mut found = Vec::new();
        for id in listed.into_iter().filter_map(|network| network.id) {
            found.extend(self.network(&id).await?);
        }
        Ok(found)
    }

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
