//! Images taken apart into configuration and plain layers, each layer once, whatever wrote the archive they come from.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;

use super::super::layer::Sealed;
use super::KitError;
use super::layout::ImageConfig;
use super::span::Span;

/// Manifests and configurations are a few kilobytes; a larger file is none.
const TEXT_LIMIT: u64 = 8 << 20;
/// Links between the files of an archive are followed this often.
const HOPS: usize = 8;

/// An image taken apart.
pub(in super::super) struct Parts {
    pub(in super::super) name: String,
    pub(in super::super) config: Vec<u8>,
    /// `sha256:…` of its plain layers, bottom to top.
    pub(in super::super) diff_ids: Vec<String>,
    pub(in super::super) architecture: String,
    pub(in super::super) os: String,
}

/// The plain layers of all images taken apart so far, by `sha256:…`, in files that vanish with it.
pub(in super::super) struct Shelf {
    pub(super) scratch: PathBuf,
    layers: BTreeMap<String, Span>,
}

/// The files of one archive.
#[derive(Default)]
struct Unpacked {
    texts: BTreeMap<String, Vec<u8>>,
    links: BTreeMap<String, String>,
    /// Digests by path.
    layers: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Manifest {
    config: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    /// Go writes `null` for no layers.
    layers: Option<Vec<String>>,
}

impl Shelf {
    /// A shelf whose large files lie in `scratch`.
    pub(in super::super) fn new(scratch: PathBuf) -> Self {
        Self {
            scratch,
            layers: BTreeMap::new(),
        }
    }

    /// Why an image could not be put on it.
    pub(in super::super) fn fault(&self, name: &str, error: &io::Error) -> KitError {
        KitError::or_full(&self.scratch, error, || KitError::Unreadable {
            name: name.to_owned(),
            reason: error.to_string(),
        })
    }

    /// Bytes of all its layers.
    pub(in super::super) fn bytes(&self) -> u64 {
        self.layers.values().map(|layer| layer.size).sum()
    }

    /// The layer with this digest.
    pub(in super::super) fn layer(&self, diff_id: &str) -> Option<&Span> {
        self.layers.get(diff_id)
    }

    /// Takes the image `name` out of an archive of any engine's or of ours.
    pub(in super::super) fn take(
        &mut self,
        name: &str,
        stream: &mut dyn Read,
    ) -> io::Result<Parts> {
        let mut unpacked = Unpacked::default();
        let mut archive = tar::Archive::new(stream);
        for entry in archive.entries()? {
            let mut entry = entry?;
            let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let path = path.trim_start_matches("./").to_owned();
            if let Some(target) = entry.link_name_bytes() {
                let target = beside(&path, &String::from_utf8_lossy(&target));
                unpacked.links.insert(path, target);
            } else if entry.header().entry_type().is_file() {
                self.file(&mut unpacked, path, &mut entry)?;
            }
        }
        let Unpacked { texts, .. } = &unpacked;
        let manifests = texts
            .get("manifest.json")
            .ok_or_else(|| other("it has no `manifest.json`"))?;
        let manifests: Vec<Manifest> = serde_json::from_slice(manifests)?;
        let named = |manifest: &&Manifest| {
            let tags = manifest.repo_tags.iter().flatten();
            tags.into_iter()
                .any(|tag| crate::dockerfile::reference::same(tag, name))
        };
        let manifest = manifests.iter().find(named).or(manifests.first());
        let manifest = manifest.ok_or_else(|| other("its `manifest.json` names no image"))?;
        let config = texts
            .get(&manifest.config)
            .ok_or_else(|| other("its configuration is missing"))?;
        let shape: ImageConfig = serde_json::from_slice(config)?;
        let found: Option<Vec<&String>> = manifest
            .layers
            .iter()
            .flatten()
            .map(|path| unpacked.layer(path))
            .collect();
        if found.is_none_or(|found| !found.iter().copied().eq(&shape.rootfs.diff_ids)) {
            return Err(other("its layers are not those its configuration names"));
        }
        Ok(Parts {
            name: name.to_owned(),
            config: config.clone(),
            diff_ids: shape.rootfs.diff_ids,
            architecture: shape.architecture,
            os: shape.os,
        })
    }

    /// A file is told by its content, for paths differ: `<id>/layer.tar` up to Engine 24, `blobs/sha256/<digest>`
    /// from 25 on, compressed in the containerd store. A plain layer begins with a name, which may be anything.
    fn file(
        &mut self,
        unpacked: &mut Unpacked,
        path: String,
        entry: &mut dyn Read,
    ) -> io::Result<()> {
        let mut head = Vec::with_capacity(512);
        let first = (&mut *entry).take(512).read_to_end(&mut head);
        first?;
        let mut whole = head.as_slice().chain(entry);
        let digest = match head.as_slice() {
            _ if head.get(257..262) == Some(b"ustar") => self.put(&mut whole)?,
            [b'{' | b'[', ..] => {
                let mut text = Vec::new();
                whole.take(TEXT_LIMIT).read_to_end(&mut text)?;
                unpacked.texts.insert(path, text);
                return Ok(());
            }
            [0x1f, 0x8b, ..] => self.put(&mut flate2::read::MultiGzDecoder::new(whole))?,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => self.put(&mut zstd::Decoder::new(whole)?)?,
            _ => self.put(&mut whole)?,
        };
        unpacked.layers.insert(path, digest);
        Ok(())
    }

    /// Puts a plain layer on the shelf; returns its digest.
    pub(super) fn put(&mut self, plain: &mut dyn Read) -> io::Result<String> {
        let file = tempfile::tempfile_in(&self.scratch)?;
        let mut out = Sealed::new(io::BufWriter::with_capacity(1 << 20, &file));
        io::copy(plain, &mut out)?;
        out.flush()?;
        let (size, sha256) = out.finish()?;
        let diff_id = format!("sha256:{sha256}");
        (&file).seek(SeekFrom::Start(0))?;
        let span = Span {
            file: Arc::new(file),
            offset: 0,
            size,
        };
        self.layers.entry(diff_id.clone()).or_insert(span);
        Ok(diff_id)
    }
}

impl Unpacked {
    fn layer(&self, path: &str) -> Option<&String> {
        let mut path = path;
        for _ in 0..HOPS {
            match self.links.get(path) {
                Some(target) => path = target,
                None => break,
            }
        }
        self.layers.get(path)
    }
}

/// The path a link leads to, from where it lies.
fn beside(path: &str, target: &str) -> String {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn other(what: &str) -> io::Error {
    io::Error::other(what)
}
