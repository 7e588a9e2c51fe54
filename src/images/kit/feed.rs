//! One image of a kit as the plain archive every engine takes, its digests checked on the way.

use std::collections::BTreeSet;
use std::io::{self, Read, Write};

use serde::Serialize;

use super::super::archive::add;
use super::layout::{Descriptor, PLAIN_SIZE};
use super::open::{Kit, KitImage};
use super::span::Checked;
use super::{KitError, Parts, Shelf};

/// The largest plain layer that is believed in.
const PLAIN_LIMIT: u64 = 64 << 30;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Manifest<'a> {
    config: &'a str,
    repo_tags: [&'a str; 1],
    layers: Vec<String>,
}

/// Reads every part of an image once and compares its digest, so that a damaged kit is known before an engine hears
/// of it. `on` is told of bytes read.
pub(in super::super) fn verify(
    kit: &Kit,
    image: &KitImage,
    on: &dyn Fn(u64),
) -> Result<(), KitError> {
    kit.config(image)?;
    let mut seen = BTreeSet::new();
    for layer in &image.blobs {
        if !seen.insert(&layer.digest) {
            continue;
        }
        let span = kit.span(layer)?;
        let reader = Checked::new(span.reader(), span.size, &layer.digest);
        reader
            .compare(on)
            .map_err(|error| fault(kit, image, &error))?;
        plain_size(kit, layer)?;
    }
    Ok(())
}

/// Writes the image as a docker-archive, its `manifest.json` last: an archive that breaks off names no image.
pub(in super::super) fn feed(
    kit: &Kit,
    image: &KitImage,
    out: &mut dyn Write,
    on: &dyn Fn(u64),
) -> Result<(), KitError> {
    let config = kit.config(image)?;
    let config_name = format!("{}.json", image.config.digest.replace("sha256:", ""));
    let entry = |diff_id: &str| format!("{}/layer.tar", diff_id.replace("sha256:", ""));
    let broken = |error: io::Error| fault(kit, image, &error);
    let mut builder = tar::Builder::new(out);
    add(&mut builder, &config_name, config.len() as u64, &config[..]).map_err(broken)?;
    let mut written = BTreeSet::new();
    for (layer, diff_id) in image.blobs.iter().zip(&image.layers) {
        if !written.insert(diff_id) {
            continue;
        }
        let plain = plain_size(kit, layer)?;
        let packed = Counted {
            inner: kit.span(layer)?.reader(),
            on,
        };
        let reader = zstd::Decoder::new(packed).map_err(broken)?;
        let reader = Checked::new(reader, plain, diff_id);
        add(&mut builder, &entry(diff_id), plain, reader).map_err(broken)?;
    }
    let manifest = [Manifest {
        config: &config_name,
        repo_tags: [&image.name],
        layers: image.layers.iter().map(|diff_id| entry(diff_id)).collect(),
    }];
    let manifest = serde_json::to_vec(&manifest).expect("a manifest is plain text");
    add(
        &mut builder,
        "manifest.json",
        manifest.len() as u64,
        &manifest[..],
    )
    .map_err(broken)?;
    builder.into_inner().map(drop).map_err(broken)
}

/// Puts the image's plain layers on a shelf, their digests checked.
pub(in super::super) fn shelve(
    kit: &Kit,
    image: &KitImage,
    shelf: &mut Shelf,
) -> Result<Parts, KitError> {
    let config = kit.config(image)?;
    let scratch = shelf.scratch.clone();
    let broken =
        |error: io::Error| KitError::or_full(&scratch, &error, || fault(kit, image, &error));
    for (layer, diff_id) in image.blobs.iter().zip(&image.layers) {
        if shelf.layer(diff_id).is_some() {
            continue;
        }
        let plain = plain_size(kit, layer)?;
        let reader = zstd::Decoder::new(kit.span(layer)?.reader()).map_err(broken)?;
        shelf
            .put(&mut Checked::new(reader, plain, diff_id))
            .map_err(broken)?;
    }
    Ok(Parts {
        name: image.name.clone(),
        config,
        diff_ids: image.layers.clone(),
        architecture: image.architecture.clone(),
        os: image.os.clone(),
    })
}

fn plain_size(kit: &Kit, layer: &Descriptor) -> Result<u64, KitError> {
    let said = layer
        .annotations
        .get(PLAIN_SIZE)
        .and_then(|size| size.parse().ok());
    said.filter(|size| *size <= PLAIN_LIMIT)
        .ok_or_else(|| kit.damaged("a layer does not say how large it is"))
}

/// What a reader or a writer said: wrong bytes are the kit's, everything else the system's.
fn fault(kit: &Kit, image: &KitImage, error: &io::Error) -> KitError {
    match error.kind() {
        io::ErrorKind::InvalidData => kit.damaged(format!("a layer of {} {error}", image.name)),
        io::ErrorKind::UnexpectedEof => {
            kit.damaged(format!("a layer of {} ends too early", image.name))
        }
        io::ErrorKind::Other => {
            let unpacked = format!("a layer of {} cannot be unpacked: {error}", image.name);
            kit.damaged(unpacked)
        }
        _ => KitError::file(kit.path(), error),
    }
}

/// Tells how many bytes went through.
struct Counted<'a, R> {
    inner: R,
    on: &'a dyn Fn(u64),
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(out)?;
        (self.on)(n as u64);
        Ok(n)
    }
}
