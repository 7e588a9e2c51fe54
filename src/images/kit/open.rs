//! Opens a kit: reads the headers of its tar and its index, and none of its layers.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::dockerfile::reference::{same, written_tag};

use super::super::archive::LABEL;
use super::super::layer::sha256;
use super::super::name::kit_name;
use super::VERSION;
use super::error::KitError;
use super::layout::{self, Descriptor, ImageConfig, Index, Manifest, Seal};
use super::looks::{HEAD, Looks};
use super::span::Span;

/// Indexes, manifests and configurations are kilobytes.
const TEXT_LIMIT: u64 = 8 << 20;
/// A full kit has some sixty entries.
const ENTRY_LIMIT: usize = 10_000;
/// No engine takes an image of more layers.
const LAYER_LIMIT: usize = 127;
/// A full kit has ten images.
const IMAGE_LIMIT: usize = 1000;
/// What the manifests and configurations of all images take: ten kilobytes each.
const TEXTS_LIMIT: u64 = 16 << 20;
const BLOCK: u64 = 512;

/// A kit whose index is whole.
pub struct Kit {
    pub(super) path: PathBuf,
    blobs: BTreeMap<String, Span>,
    images: Vec<KitImage>,
}

/// An image of a kit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KitImage {
    /// Its name, as a course writes it.
    pub name: String,
    /// The processor it is for, `amd64`.
    pub architecture: String,
    /// Bytes it takes in the file, layers it shares with others among them.
    pub bytes: u64,
    /// Whether it is one of ours, which stands for an official image.
    pub stand_in: bool,
    /// The digests of its plain layers, bottom to top: the same on every engine.
    pub layers: Vec<String>,
    pub(super) os: String,
    pub(super) config: Descriptor,
    pub(super) blobs: Vec<Descriptor>,
}

impl KitImage {
    /// Its id in the classic image store.
    pub(in super::super) fn id(&self) -> &str {
        &self.config.digest
    }
}

impl Kit {
    /// Opens a kit and reads what it has.
    ///
    /// # Errors
    /// The file cannot be read, is something else, is cut short, or its index is damaged.
    pub fn open(path: &Path) -> Result<Self, KitError> {
        let mut kit = Self {
            path: path.to_owned(),
            blobs: BTreeMap::new(),
            images: Vec::new(),
        };
        kit.read_headers()?;
        let seal: Seal = kit.json(layout::SEAL)?;
        if seal.version > VERSION {
            return Err(KitError::Newer {
                path: kit.shown(),
                version: seal.version,
            });
        }
        let index = kit.text(layout::INDEX)?;
        if format!("sha256:{}", sha256(&index)) != seal.index {
            return Err(kit.damaged("its index is not the one that was sealed"));
        }
        let index: Index = kit.parse(layout::INDEX, &index)?;
        if index.manifests.len() > IMAGE_LIMIT {
            return Err(kit.damaged("it names too many images"));
        }
        let mut texts = 0;
        for entry in &index.manifests {
            let image = kit.image_of(entry)?;
            texts += entry.size + image.config.size;
            if texts > TEXTS_LIMIT {
                return Err(kit.damaged("what it says of its images is too long"));
            }
            if kit.images.iter().any(|other| other.name == image.name) {
                return Err(kit.damaged(format!("it has {} twice", image.name)));
            }
            kit.images.push(image);
        }
        Ok(kit)
    }

    /// Its images, in the order of their names.
    pub fn images(&self) -> &[KitImage] {
        &self.images
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The image of this name.
    ///
    /// # Errors
    /// It has none.
    pub fn image(&self, name: &str) -> Result<&KitImage, KitError> {
        let found = self.images.iter().find(|image| same(&image.name, name));
        found.ok_or_else(|| self.lacks(vec![name.to_owned()]))
    }

    /// That it does not have these images.
    pub fn lacks(&self, names: Vec<String>) -> KitError {
        KitError::Missing {
            path: self.shown(),
            names,
            has: self.images.iter().map(|image| image.name.clone()).collect(),
        }
    }

    /// An image's configuration, its digest checked.
    pub(in super::super) fn config(&self, image: &KitImage) -> Result<Vec<u8>, KitError> {
        self.blob_text(&image.config)
    }

    /// Where a blob lies; its size is the promised one.
    pub(super) fn span(&self, blob: &Descriptor) -> Result<&Span, KitError> {
        let span = self.blobs.get(&blob_path(&blob.digest));
        span.filter(|span| span.size == blob.size)
            .ok_or_else(|| self.damaged("a part that its index names is missing"))
    }

    pub(super) fn damaged(&self, what: impl Into<String>) -> KitError {
        KitError::Damaged {
            path: self.shown(),
            what: what.into(),
        }
    }

    pub(super) fn shown(&self) -> String {
        self.path.display().to_string()
    }

    /// Goes from header to header. The tar must end where the file does.
    fn read_headers(&mut self) -> Result<(), KitError> {
        let fail = |error: &std::io::Error| KitError::file(&self.path, error);
        // To open a pipe is to wait for whoever writes into it.
        let kind = std::fs::metadata(&self.path).map_err(|error| fail(&error))?;
        if let Some(what) = Looks::of_kind(&kind) {
            return Err(self.foreign(what));
        }
        let mut file = File::open(&self.path).map_err(|error| fail(&error))?;
        let length = kind.len();
        let mut head = Vec::new();
        let first = (&mut file).take(HEAD).read_to_end(&mut head);
        first.map_err(|error| fail(&error))?;
        if let Some(what) = Looks::of_head(&head) {
            return Err(self.foreign(what));
        }
        let file = Arc::new(file);
        let mut at = 0;
        loop {
            let span = Span {
                file: Arc::clone(&file),
                offset: at,
                size: BLOCK,
            };
            let mut block = [0; BLOCK as usize];
            if at + BLOCK > length {
                return Err(self.truncated());
            }
            span.reader()
                .read_exact(&mut block)
                .map_err(|error| fail(&error))?;
            if block.iter().all(|byte| *byte == 0) {
                break;
            }
            let header = tar::Header::from_byte_slice(&block);
            let bad = || self.damaged(format!("there is no header at byte {at}"));
            if !checksum_fits(header) || !header.entry_type().is_file() {
                return Err(bad());
            }
            let size = header.entry_size().map_err(|_| bad())?;
            let name = String::from_utf8(header.path_bytes().into_owned()).map_err(|_| bad())?;
            let end = at
                .checked_add(BLOCK)
                .and_then(|at| at.checked_add(size))
                .ok_or_else(bad)?;
            if end > length {
                return Err(self.truncated());
            }
            let span = Span {
                file: Arc::clone(&file),
                offset: at + BLOCK,
                size,
            };
            if self.blobs.insert(name, span).is_some() || self.blobs.len() > ENTRY_LIMIT {
                return Err(self.damaged("an entry is there twice, or there are too many"));
            }
            at = end.next_multiple_of(BLOCK);
        }
        match at + 2 * BLOCK {
            end if end > length => Err(self.truncated()),
            end if end < length => Err(self.damaged("something follows its end")),
            _ => Ok(()),
        }
    }

    fn foreign(&self, what: Looks) -> KitError {
        KitError::Foreign {
            path: self.shown(),
            what,
        }
    }

    fn image_of(&self, entry: &Descriptor) -> Result<KitImage, KitError> {
        let manifest = self.blob_text(entry)?;
        let manifest: Manifest = self.parse("a manifest", &manifest)?;
        if manifest.layers.len() > LAYER_LIMIT {
            return Err(self.damaged("an image has too many layers"));
        }
        let config: ImageConfig =
            self.parse("a configuration", &self.blob_text(&manifest.config)?)?;
        let name = entry.annotations.get(layout::NAME);
        // A name that is one holds nothing that a terminal would obey.
        let name = name.filter(|name| written_tag(name).is_some());
        let name = name.and_then(|name| kit_name(name));
        let name = name.ok_or_else(|| self.damaged("an image has no name that can be one"))?;
        let ids = &config.rootfs.diff_ids;
        if ids.len() != manifest.layers.len() || !ids.iter().all(|id| is_digest(id)) {
            return Err(self.damaged(format!(
                "the layers of {name} are not those of its configuration"
            )));
        }
        let distinct: BTreeSet<&str> = manifest
            .layers
            .iter()
            .map(|layer| layer.digest.as_str())
            .collect();
        let size = |digest: &str| {
            self.blobs
                .get(&blob_path(digest))
                .map_or(0, |span| span.size)
        };
        Ok(KitImage {
            name,
            architecture: config.architecture,
            bytes: distinct.into_iter().map(size).sum(),
            stand_in: config.config.labels.contains_key(LABEL),
            layers: config.rootfs.diff_ids,
            os: config.os,
            config: manifest.config,
            blobs: manifest.layers,
        })
    }

    fn blob_text(&self, blob: &Descriptor) -> Result<Vec<u8>, KitError> {
        let path = blob_path(&blob.digest);
        let text = self.text(&path)?;
        if text.len() as u64 != blob.size || format!("sha256:{}", sha256(&text)) != blob.digest {
            return Err(self.damaged(format!("`{path}` does not have its digest")));
        }
        Ok(text)
    }

    fn text(&self, name: &str) -> Result<Vec<u8>, KitError> {
        let missing = || self.damaged(format!("`{name}` is missing"));
        let span = self.blobs.get(name).ok_or_else(missing)?;
        if span.size > TEXT_LIMIT {
            return Err(self.damaged(format!("`{name}` is too large")));
        }
        let mut text = Vec::new();
        let read = span.reader().read_to_end(&mut text);
        read.map_err(|error| KitError::file(&self.path, &error))?;
        Ok(text)
    }

    fn json<T: DeserializeOwned>(&self, name: &str) -> Result<T, KitError> {
        self.parse(name, &self.text(name)?)
    }

    fn parse<T: DeserializeOwned>(&self, name: &str, text: &[u8]) -> Result<T, KitError> {
        serde_json::from_slice(text)
            .map_err(|error| self.damaged(format!("{name} cannot be read: {error}")))
    }

    fn truncated(&self) -> KitError {
        KitError::Truncated { path: self.shown() }
    }
}

#[cfg(test)]
impl KitImage {
    /// An image of which only the layers count.
    pub(in super::super) fn of_layers(layers: &[&str]) -> Self {
        Self {
            name: "rope:1".to_owned(),
            architecture: "amd64".to_owned(),
            bytes: 0,
            stand_in: true,
            layers: layers.iter().map(|layer| (*layer).to_owned()).collect(),
            os: "linux".to_owned(),
            config: Descriptor::of_config("", 0),
            blobs: Vec::new(),
        }
    }
}

/// Where a blob lies in an image layout.
pub(super) fn blob_path(digest: &str) -> String {
    format!("blobs/{}", digest.replacen(':', "/", 1))
}

fn is_digest(text: &str) -> bool {
    let hex = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    text.strip_prefix("sha256:")
        .is_some_and(|digits| digits.len() == 64 && digits.chars().all(hex))
}

fn checksum_fits(header: &tar::Header) -> bool {
    // The checksum counts its own field as blanks.
    let bytes = header.as_bytes();
    let sum: u32 = bytes[..148]
        .iter()
        .chain(&bytes[156..])
        .map(|byte| u32::from(*byte))
        .sum();
    header
        .cksum()
        .is_ok_and(|promised| promised == sum + 8 * 32)
}
