//! What each layer of an image added, changed or hid.

use std::io::Read;

use super::archive::PathKind;
use super::saved_image::SavedImage;
use super::{Engine, EngineError};

/// One path in a layer.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct LayerEntry {
    /// The absolute path; of a whiteout, the path it hides.
    pub path: String,
    /// What it is.
    pub kind: PathKind,
    /// Bytes of a regular file.
    pub size: u64,
    /// Permission bits with setuid, setgid and sticky.
    pub mode: u32,
    /// The owner's number.
    pub uid: u64,
    /// The group's number.
    pub gid: u64,
    /// True when it hides what layers below have here (of a folder: all that is in it).
    pub whiteout: bool,
}

/// One layer of an image.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct LayerFacts {
    /// The digest of its uncompressed tar.
    pub diff_id: String,
    /// The sum of its regular files' bytes.
    pub size: u64,
    /// The instruction that made it, as the builder wrote it down.
    pub created_by: String,
    /// Its paths, in archive order.
    pub entries: Vec<LayerEntry>,
    /// True when it has more paths than are listed; `size` counts them all.
    pub truncated: bool,
}

impl Engine {
    /// Reads an image's layers, bottom to top, from the engine's export of it; nothing is written to disk.
    pub async fn layers(&self, image_id: &str) -> Result<Vec<LayerFacts>, EngineError> {
        let read = |stream: &mut dyn Read| SavedImage::read(stream)?.into_layers();
        let (config, layers) = self.export(image_id, read).await?;
        let mut created_by = config
            .history
            .into_iter()
            .filter(|step| !step.empty_layer)
            .map(|step| step.created_by);
        let mut diff_ids = config.rootfs.diff_ids.into_iter();
        let facts = layers.into_iter().map(|layer| LayerFacts {
            diff_id: diff_ids.next().unwrap_or_default(),
            size: layer.size,
            created_by: created_by.next().unwrap_or_default(),
            entries: layer.entries,
            truncated: layer.truncated,
        });
        Ok(facts.collect())
    }
}
