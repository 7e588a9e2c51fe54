//! An image as the engine exports it, read as it streams by and never written to disk.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, BufReader, Read};

use bytes::Bytes;
use serde::Deserialize;
use tokio::sync::mpsc;

use super::archive::PathKind;
use super::layers::LayerEntry;

/// Manifests and configurations are a few kilobytes; a larger one is not read.
const JSON_LIMIT: u64 = 8 << 20;

/// More entries than this a layer are counted as truncated; a full Debian has 60,000.
const ENTRY_LIMIT: usize = 250_000;

/// Links between blobs are followed this often.
const LINK_LIMIT: usize = 8;

/// The blocking end of a stream of bytes: it ends when the asking future is dropped.
pub(super) struct Pipe {
    receiver: mpsc::Receiver<io::Result<Bytes>>,
    rest: Bytes,
}

impl Pipe {
    pub(super) fn new() -> (mpsc::Sender<io::Result<Bytes>>, Self) {
        let (sender, receiver) = mpsc::channel(16);
        (
            sender,
            Self {
                receiver,
                rest: Bytes::new(),
            },
        )
    }
}

impl Read for Pipe {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() {
            match self.receiver.blocking_recv() {
                Some(piece) => self.rest = piece?,
                None => return Ok(0),
            }
        }
        let n = out.len().min(self.rest.len());
        out[..n].copy_from_slice(&self.rest.split_to(n));
        Ok(n)
    }
}

/// The content of one layer.
#[derive(Clone, Debug, Default)]
pub(super) struct Layer {
    pub(super) entries: Vec<LayerEntry>,
    pub(super) size: u64,
    pub(super) truncated: bool,
}

/// The parts of an exported image, by their path in the archive.
#[derive(Default)]
pub(super) struct SavedImage {
    layers: BTreeMap<String, Layer>,
    texts: BTreeMap<String, Vec<u8>>,
    links: BTreeMap<String, String>,
}

/// The parts of an image's configuration that tell its layers.
#[derive(Deserialize)]
pub(super) struct Config {
    #[serde(default)]
    pub(super) rootfs: RootFs,
    #[serde(default)]
    pub(super) history: Vec<History>,
}

#[derive(Default, Deserialize)]
pub(super) struct RootFs {
    #[serde(default)]
    pub(super) diff_ids: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct History {
    #[serde(default)]
    pub(super) created_by: String,
    #[serde(default)]
    pub(super) empty_layer: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Manifest {
    config: String,
    /// Go writes `null` for no layers.
    layers: Option<Vec<String>>,
}

impl SavedImage {
    /// Reads a whole export. Layers are recognised by content, for their paths differ: `<id>/layer.tar` up to
    /// Engine 24, `blobs/sha256/<digest>` (gzip in the containerd store) from 25 on, `<digest>.tar` of podman.
    pub(super) fn read(stream: impl Read) -> io::Result<Self> {
        let mut image = Self::default();
        let mut archive = tar::Archive::new(BufReader::with_capacity(1 << 16, stream));
        for entry in archive.entries()? {
            let mut entry = entry?;
            let path = text(&entry.path_bytes());
            if let Some(target) = entry.link_name_bytes() {
                image
                    .links
                    .insert(path.clone(), beside(&path, &text(&target)));
                continue;
            }
            if !entry.header().entry_type().is_file() {
                continue;
            }
            let mut head = Vec::with_capacity(512);
            (&mut entry).take(512).read_to_end(&mut head)?;
            let whole = head.as_slice().chain(entry.by_ref());
            // Before all else: a layer begins with the name of its first file, which may be anything.
            if is_tar(&head) {
                image.layers.insert(path, read_layer(whole)?);
            } else if is_gzip(&head) {
                image
                    .layers
                    .insert(path, read_layer(flate2::read::GzDecoder::new(whole))?);
            } else if is_zstd(&head) {
                image
                    .layers
                    .insert(path, read_layer(zstd::Decoder::new(whole)?)?);
            } else if matches!(head.first(), Some(b'{' | b'[')) {
                let mut bytes = Vec::new();
                whole.take(JSON_LIMIT).read_to_end(&mut bytes)?;
                image.texts.insert(path, bytes);
            }
        }
        Ok(image)
    }

    /// The configuration, and the layers bottom to top.
    pub(super) fn into_layers(mut self) -> io::Result<(Config, Vec<Layer>)> {
        let manifests: Vec<Manifest> = self.json("manifest.json")?;
        let manifest = manifests
            .into_iter()
            .next()
            .ok_or_else(|| io::Error::other("its manifest names no image"))?;
        let config: Config = self.json(&manifest.config)?;
        let layers = manifest
            .layers
            .iter()
            .flatten()
            .map(|path| {
                let path = self.target(path);
                let missing = || io::Error::other(format!("the layer `{path}` is missing"));
                self.layers.get(&path).cloned().ok_or_else(missing)
            })
            .collect::<io::Result<_>>()?;
        Ok((config, layers))
    }

    fn json<T: serde::de::DeserializeOwned>(&mut self, path: &str) -> io::Result<T> {
        let path = self.target(path);
        let bytes = self
            .texts
            .remove(&path)
            .ok_or_else(|| io::Error::other(format!("the file `{path}` is missing")))?;
        serde_json::from_slice(&bytes).map_err(io::Error::other)
    }

    /// Equal layers are links to one another.
    fn target(&self, path: &str) -> String {
        let mut path = path;
        for _ in 0..LINK_LIMIT {
            match self.links.get(path) {
                Some(next) => path = next,
                None => break,
            }
        }
        path.to_owned()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// `target` seen from the folder of `path`.
fn beside(path: &str, target: &str) -> String {
    let mut parts: VecDeque<&str> = path.split('/').collect();
    parts.pop_back();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop_back();
            }
            name => parts.push_back(name),
        }
    }
    parts.into_iter().collect::<Vec<_>>().join("/")
}

fn is_gzip(head: &[u8]) -> bool {
    head.starts_with(&[0x1f, 0x8b])
}

fn is_zstd(head: &[u8]) -> bool {
    head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd])
}

/// A tar header, or the zeros that an empty tar begins (and ends) with.
fn is_tar(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar")
        || (head.len() == 512 && head.iter().all(|byte| *byte == 0))
}

fn read_layer(stream: impl Read) -> io::Result<Layer> {
    let mut layer = Layer::default();
    let mut archive = tar::Archive::new(stream);
    for entry in archive.entries()? {
        let entry = entry?;
        let header = entry.header();
        let kind = match header.entry_type() {
            // A hard link has no bytes of its own.
            tar::EntryType::Regular | tar::EntryType::Continuous | tar::EntryType::Link => {
                PathKind::File
            }
            tar::EntryType::Directory => PathKind::Dir,
            tar::EntryType::Symlink => PathKind::Symlink,
            _ => PathKind::Other,
        };
        if kind == PathKind::File {
            layer.size += entry.size();
        }
        if layer.entries.len() == ENTRY_LIMIT {
            layer.truncated = true;
            continue;
        }
        let (path, kind, whiteout) = whiteout(&absolute(&text(&entry.path_bytes())), kind);
        layer.entries.push(LayerEntry {
            path,
            kind,
            size: if kind == PathKind::File {
                entry.size()
            } else {
                0
            },
            mode: header.mode()? & 0o7777,
            uid: header.uid()?,
            gid: header.gid()?,
            whiteout,
        });
    }
    Ok(layer)
}

fn absolute(path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path).trim_matches('/');
    if path == "." {
        "/".to_owned()
    } else {
        format!("/{path}")
    }
}

/// Reads the OCI marks of removal: `.wh.NAME` hides NAME below, `.wh..wh..opq` all that its folder had below.
fn whiteout(path: &str, kind: PathKind) -> (String, PathKind, bool) {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    match name.strip_prefix(".wh.") {
        Some(".wh..opq") => (
            if folder.is_empty() { "/" } else { folder }.to_owned(),
            PathKind::Dir,
            true,
        ),
        Some(hidden) => (format!("{folder}/{hidden}"), kind, true),
        None => (path.to_owned(), kind, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removals_are_marked_under_the_name_they_hide() {
        let file = PathKind::File;
        assert_eq!(
            whiteout("/etc/.wh.motd", file),
            ("/etc/motd".to_owned(), file, true)
        );
        assert_eq!(
            whiteout("/etc/.wh..wh..opq", file),
            ("/etc".to_owned(), PathKind::Dir, true)
        );
        assert_eq!(
            whiteout("/etc/motd", file),
            ("/etc/motd".to_owned(), file, false)
        );
    }

    #[test]
    fn links_between_layers_lead_to_the_one_that_is_there() {
        assert_eq!(beside("aa/layer.tar", "../bb/layer.tar"), "bb/layer.tar");
    }

    #[test]
    fn a_pipe_ends_when_the_asker_is_gone() {
        let (sender, mut pipe) = Pipe::new();
        sender
            .blocking_send(Ok(Bytes::from_static(b"abc")))
            .unwrap();
        drop(sender);
        let mut read = String::new();
        pipe.read_to_string(&mut read).unwrap();
        assert_eq!(read, "abc");
    }
}
