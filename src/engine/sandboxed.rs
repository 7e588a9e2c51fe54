//! What a sandbox leaves on the engine, told by the network that every sandbox has: its labels say whose it is, and which
//! image names belong to it, for a name carries no label.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use bollard::query_parameters::ListImagesOptionsBuilder;

use super::{Engine, EngineError, OwnedObject};

/// The label of everything in a sandbox; its value is the sandbox's token.
pub const SANDBOX_LABEL: &str = "sealegs.sandbox";

/// The label of a sandbox's first network; its value is the loopback address that is the sandbox's alone.
pub const ADDRESS_LABEL: &str = "sealegs.sandbox.address";

/// The label of what a kept sandbox makes; its value tells in which folder of which user the sandbox is kept.
pub const KEEPER_LABEL: &str = "sealegs.sandbox.keeper";

/// The label of what a kept sandbox makes; its value is the lesson that it is for.
pub const LESSON_LABEL: &str = "sealegs.sandbox.lesson";

/// The label that tells what a check makes in a sandbox to look into a volume, which no learner sees, from what a learner
/// makes. Every container has it: an image's label of this name would hide a learner's.
pub const LOOK_LABEL: &str = "sealegs.sandbox.look";

/// Its value on what a check makes.
pub const LOOKS: &str = "yes";

/// True for a network that must go last: without it nobody would know the sandbox's names.
pub(super) fn is_anchor(network: &OwnedObject) -> bool {
    network.labels.contains_key(ADDRESS_LABEL)
}

/// How the names of images begin that belong to the sandbox of a network with these labels.
fn beginnings(labels: &BTreeMap<String, String>) -> Option<Vec<String>> {
    let token = labels
        .get(SANDBOX_LABEL)
        .filter(|token| token.len() >= 16)?;
    let address = labels.get(ADDRESS_LABEL)?;
    Some(vec![
        format!("sealegs-{token}/"),
        format!("sealegs-{token}.at/"),
        format!("{address}:"),
    ])
}

impl Engine {
    /// The image names of one sandbox, whether or not its network is there to tell of them.
    ///
    /// # Errors
    /// The engine did not list its images.
    pub async fn named_in_sandbox(
        &self,
        token: &str,
        address: Ipv4Addr,
    ) -> Result<Vec<OwnedObject>, EngineError> {
        let labels = [
            (SANDBOX_LABEL, token.to_owned()),
            (ADDRESS_LABEL, address.to_string()),
        ];
        let network = OwnedObject {
            labels: labels.map(|(key, value)| (key.to_owned(), value)).into(),
            ..OwnedObject::default()
        };
        self.named_in_sandboxes(&[network]).await
    }

    /// The image names of the sandboxes that these networks belong to. Each is an object of its own, so that removing it
    /// takes the name, and no image that others use.
    pub(super) async fn named_in_sandboxes(
        &self,
        networks: &[OwnedObject],
    ) -> Result<Vec<OwnedObject>, EngineError> {
        let anchors: Vec<(&OwnedObject, Vec<String>)> = networks
            .iter()
            .filter_map(|network| Some((network, beginnings(&network.labels)?)))
            .collect();
        if anchors.is_empty() {
            return Ok(Vec::new());
        }
        let images = self
            .docker()
            .list_images(Some(ListImagesOptionsBuilder::default().build()))
            .await
            .map_err(|error| EngineError::of("list the images", "image", "", error))?;
        let mut found = Vec::new();
        for tag in images.iter().flat_map(|image| &image.repo_tags) {
            for (anchor, beginnings) in &anchors {
                if beginnings.iter().any(|begins| tag.starts_with(begins)) {
                    found.push(OwnedObject {
                        id: tag.clone(),
                        name: tag.clone(),
                        labels: anchor.labels.clone(),
                    });
                }
            }
        }
        Ok(found)
    }
}
