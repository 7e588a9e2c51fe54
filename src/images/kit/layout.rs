//! The JSON files of an OCI image layout, as far as a kit has them, and the seal over its index.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(super) const LAYOUT: &str = "oci-layout";
pub(super) const LAYOUT_TEXT: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;
pub(super) const SEAL: &str = "sealegs-kit.json";
pub(super) const INDEX: &str = "index.json";

const INDEX_TYPE: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG_TYPE: &str = "application/vnd.oci.image.config.v1+json";
const LAYER_TYPE: &str = "application/vnd.oci.image.layer.v1.tar+zstd";

/// The image's name as a course writes it, on a manifest's descriptor.
pub(super) const NAME: &str = "sealegs.name";
/// The size of a layer's plain tar, on its descriptor.
pub(super) const PLAIN_SIZE: &str = "sealegs.plain-size";
/// The full name, where containerd looks for it.
const FULL_NAME: &str = "io.containerd.image.name";

/// The first word of a kit: what follows is whole when the index has this digest.
#[derive(Serialize, Deserialize)]
pub(super) struct Seal {
    pub(super) version: u32,
    pub(super) index: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Index {
    schema_version: u32,
    media_type: String,
    pub(super) manifests: Vec<Descriptor>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest {
    schema_version: u32,
    media_type: String,
    pub(super) config: Descriptor,
    pub(super) layers: Vec<Descriptor>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    media_type: String,
    pub(super) digest: String,
    pub(super) size: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) platform: Option<Platform>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) annotations: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Platform {
    pub(super) architecture: String,
    pub(super) os: String,
}

/// The parts of an image's configuration that a kit looks at.
#[derive(Deserialize)]
pub(in super::super) struct ImageConfig {
    #[serde(default)]
    pub(in super::super) architecture: String,
    #[serde(default)]
    pub(in super::super) os: String,
    #[serde(default)]
    pub(in super::super) config: RunConfig,
    pub(in super::super) rootfs: RootFs,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct RunConfig {
    #[serde(default, deserialize_with = "or_none")]
    pub(in super::super) labels: BTreeMap<String, String>,
}

/// Go writes `null` for no labels and for no layers.
fn or_none<'de, D: serde::Deserializer<'de>, T: Default + Deserialize<'de>>(
    from: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

#[derive(Deserialize)]
pub(in super::super) struct RootFs {
    #[serde(default, deserialize_with = "or_none")]
    pub(in super::super) diff_ids: Vec<String>,
}

impl Index {
    pub(super) fn of(manifests: Vec<Descriptor>) -> Self {
        Self {
            schema_version: 2,
            media_type: INDEX_TYPE.to_owned(),
            manifests,
        }
    }
}

impl Manifest {
    pub(super) fn of(config: Descriptor, layers: Vec<Descriptor>) -> Self {
        Self {
            schema_version: 2,
            media_type: MANIFEST_TYPE.to_owned(),
            config,
            layers,
        }
    }
}

impl Descriptor {
    fn of(media_type: &str, digest: &str, size: u64) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest: digest.to_owned(),
            size,
            platform: None,
            annotations: BTreeMap::new(),
        }
    }

    pub(super) fn of_config(digest: &str, size: u64) -> Self {
        Self::of(CONFIG_TYPE, digest, size)
    }

    pub(super) fn of_layer(digest: &str, size: u64, plain_size: u64) -> Self {
        Self {
            annotations: BTreeMap::from([(PLAIN_SIZE.to_owned(), plain_size.to_string())]),
            ..Self::of(LAYER_TYPE, digest, size)
        }
    }

    /// An image in the index: its name is what it is found by.
    pub(super) fn of_image(digest: &str, size: u64, name: &str, platform: Platform) -> Self {
        let full = crate::dockerfile::reference::normalise(name).unwrap_or_else(|| name.to_owned());
        let names = [(NAME, name.to_owned()), (FULL_NAME, full)];
        Self {
            platform: Some(platform),
            annotations: names.map(|(key, value)| (key.to_owned(), value)).into(),
            ..Self::of(MANIFEST_TYPE, digest, size)
        }
    }
}
