//! Objects found by their labels, and their removal.

use std::collections::{BTreeMap, HashMap};

use bollard::models::NetworkDisconnectRequest;
use bollard::query_parameters::{
    ListContainersOptionsBuilder, ListImagesOptionsBuilder, ListNetworksOptionsBuilder,
    ListVolumesOptionsBuilder,
};

use futures_util::{StreamExt as _, stream};

use super::container::retried;
use super::sandboxed::is_anchor;
use super::{Engine, EngineError, Parents};

/// Chooses objects by a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelFilter {
    key: String,
    value: Option<String>,
}

impl LabelFilter {
    /// Objects that carry the label, whatever its value.
    pub fn key(key: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            value: None,
        }
    }

    /// Objects that carry the label with this value.
    pub fn value(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            value: Some(value.into()),
        }
    }

    fn filters(&self) -> HashMap<String, Vec<String>> {
        let label = match &self.value {
            Some(value) => format!("{}={value}", self.key),
            None => self.key.clone(),
        };
        HashMap::from([("label".to_owned(), vec![label])])
    }
}

/// One object of the engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnedObject {
    /// Its full id; a volume's is its name.
    pub id: String,
    /// Its name, or an image's first tag; may be empty.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// Objects of all kinds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owned {
    /// Containers, running or not.
    pub containers: Vec<OwnedObject>,
    /// Networks.
    pub networks: Vec<OwnedObject>,
    /// Volumes.
    pub volumes: Vec<OwnedObject>,
    /// Images, see [`Engine::owned`].
    pub images: Vec<OwnedObject>,
}

impl Owned {
    /// True when there is nothing at all.
    pub fn is_empty(&self) -> bool {
        self.each().next().is_none()
    }

    /// Every object.
    pub fn each(&self) -> impl Iterator<Item = &OwnedObject> {
        [
            &self.containers,
            &self.networks,
            &self.volumes,
            &self.images,
        ]
        .into_iter()
        .flatten()
    }

    /// The networks that may go at any time, and all the rest.
    pub(super) fn networks_apart(self) -> (Self, Self) {
        let (anchors, networks) = self.networks.into_iter().partition(is_anchor);
        let networks = Self {
            networks,
            ..Self::default()
        };
        let others = Self {
            networks: anchors,
            ..self
        };
        (networks, others)
    }

    /// Keeps the objects whose labels satisfy `keep`.
    #[must_use]
    pub fn only(mut self, keep: impl Fn(&BTreeMap<String, String>) -> bool) -> Self {
        for kind in [
            &mut self.containers,
            &mut self.networks,
            &mut self.volumes,
            &mut self.images,
        ] {
            kind.retain(|object| keep(&object.labels));
        }
        self
    }
}

impl Engine {
    /// Finds objects by label. Of images only the untagged ones and those whose every tag is ours
    /// (`sealegs…`): an image that someone builds on one of ours inherits its labels.
    pub async fn owned(&self, filter: &LabelFilter) -> Result<Owned, EngineError> {
        let failed = |error| EngineError::of("list what is ours", "label", &filter.key, error);
        let (docker, filters) = (self.docker(), filter.filters());
        let containers = ListContainersOptionsBuilder::default()
            .all(true)
            .filters(&filters)
            .build();
        let networks = ListNetworksOptionsBuilder::default()
            .filters(&filters)
            .build();
        let volumes = ListVolumesOptionsBuilder::default()
            .filters(&filters)
            .build();
        let images = ListImagesOptionsBuilder::default()
            .filters(&filters)
            .build();
        let (containers, networks, volumes, images) = retried(|| async {
            tokio::try_join!(
                docker.list_containers(Some(containers.clone())),
                docker.list_networks(Some(networks.clone())),
                docker.list_volumes(Some(volumes.clone())),
                docker.list_images(Some(images.clone())),
            )
            .map_err(failed)
        })
        .await?;

        let labels = |labels: Option<HashMap<String, String>>| {
            labels.unwrap_or_default().into_iter().collect()
        };
        let mut owned = Owned {
            containers: containers
                .into_iter()
                .map(|container| OwnedObject {
                    id: container.id.unwrap_or_default(),
                    name: container
                        .names
                        .and_then(|names| names.into_iter().next())
                        .map(|name| name.trim_start_matches('/').to_owned())
                        .unwrap_or_default(),
                    labels: labels(container.labels),
                })
                .collect(),
            networks: networks
                .into_iter()
                .map(|network| OwnedObject {
                    id: network.id.unwrap_or_default(),
                    name: network.name.unwrap_or_default(),
                    labels: labels(network.labels),
                })
                .collect(),
            volumes: volumes
                .volumes
                .unwrap_or_default()
                .into_iter()
                .map(|volume| OwnedObject {
                    id: volume.name.clone(),
                    name: volume.name,
                    labels: volume.labels.into_iter().collect(),
                })
                .collect(),
            images: images
                .into_iter()
                .filter(|image| image.repo_tags.iter().all(|tag| is_our_tag(tag)))
                .map(|image| OwnedObject {
                    id: image.id,
                    name: image
                        .repo_tags
                        .into_iter()
                        .find(|tag| tag != UNTAGGED)
                        .unwrap_or_default(),
                    labels: image.labels.into_iter().collect(),
                })
                .collect(),
        };
        let named = self.named_in_sandboxes(&owned.networks).await?;
        owned.images.extend(named);
        Ok(owned)
    }

    /// Removes objects, containers first, several at once, and says how many went. All are tried; the first failure is
    /// given at the end.
    pub async fn remove_owned(&self, owned: &Owned) -> Result<usize, EngineError> {
        let containers = each(&owned.containers, |one| self.remove(&one.id)).await;
        let (anchors, networks): (Vec<OwnedObject>, Vec<OwnedObject>) =
            owned.networks.iter().cloned().partition(is_anchor);
        let (networks, volumes, images) = tokio::join!(
            each(&networks, |one| self.remove_network(&one.id)),
            each(&owned.volumes, |one| self.remove_volume(&one.id)),
            each(&owned.images, |one| self
                .remove_image(&one.id, Parents::Keep)),
        );
        // Names of images are known by their anchor alone: it stays as long as one of them does.
        let anchors: &[OwnedObject] = match images.iter().all(Result::is_ok) {
            true => &anchors,
            false => &[],
        };
        let anchors = each(anchors, |one| self.remove_network(&one.id)).await;
        let mut tally = Tally::default();
        [containers, networks, volumes, images, anchors]
            .into_iter()
            .flatten()
            .for_each(|result| tally.count(result));
        tally.result()
    }

    /// Takes these containers off these networks, as far as that goes: whoever is not on one is fine.
    pub(super) async fn empty_networks(&self, networks: &Owned, containers: &Owned) {
        for network in &networks.networks {
            let leave = |container: &OwnedObject| NetworkDisconnectRequest {
                container: container.id.clone(),
                force: Some(true),
            };
            let left = containers
                .containers
                .iter()
                .map(|one| self.docker().disconnect_network(&network.id, leave(one)));
            futures_util::future::join_all(left).await;
        }
    }
}

/// How many removals the engine is asked for at once; it is bound by its processors from four on.
const AT_ONCE: usize = 4;

async fn each<'a, F: Future<Output = Result<(), EngineError>>>(
    objects: &'a [OwnedObject],
    remove: impl Fn(&'a OwnedObject) -> F,
) -> Vec<Result<(), EngineError>> {
    stream::iter(objects)
        .map(remove)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await
}

const UNTAGGED: &str = "<none>:<none>";

fn is_our_tag(tag: &str) -> bool {
    tag == UNTAGGED || tag.starts_with("sealegs")
}

/// How many removals went well, and the first that did not.
#[derive(Default)]
pub(super) struct Tally {
    done: usize,
    failed: Option<EngineError>,
}

impl Tally {
    pub(super) fn count(&mut self, result: Result<(), EngineError>) {
        match result {
            Ok(()) => self.done += 1,
            // Someone uses it: it goes when they do.
            Err(EngineError::Conflict { .. }) => {}
            Err(error) => self.failed = self.failed.take().or(Some(error)),
        }
    }

    pub(super) fn result(self) -> Result<usize, EngineError> {
        self.failed.map_or(Ok(self.done), Err)
    }
}
