//! Writes a kit: everything in one order, so that the same images give the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::super::archive::add;
use super::super::layer::sha256;
use super::layout::{self, Descriptor, Index, Manifest, Platform, Seal};
use super::open::blob_path;
use super::pack::{Packed, pack};
use super::{KitError, Parts, Shelf, VERSION};

/// Writes the images into `out`, which is to be `path`, in the order of their names. `on` is told of plain bytes compressed.
pub(in super::super) fn write(
    images: &mut [Parts],
    shelf: &Shelf,
    (out, path, scratch): (&File, &Path, &Path),
    on: &(dyn Fn(u64) + Sync),
) -> Result<(), KitError> {
    images.sort_by(|a, b| a.name.cmp(&b.name));
    let mut wanted: Vec<&String> = images.iter().flat_map(|image| &image.diff_ids).collect();
    wanted.sort();
    wanted.dedup();
    let packed = pack(&wanted, (shelf, scratch), on).map_err(|error| {
        KitError::or_full(scratch, &error, || KitError::unwritten(scratch, &error))
    })?;
    lay_out(images, &packed, out).map_err(|error| KitError::unwritten(path, &error))
}

fn lay_out(images: &[Parts], packed: &BTreeMap<String, Packed>, out: &File) -> io::Result<()> {
    let descriptor = |id: &String| {
        let layer = &packed[id];
        Descriptor::of_layer(&layer.digest, layer.content.size, layer.plain_size)
    };

    let mut texts: Vec<(String, Vec<u8>)> = Vec::new();
    let mut entries = Vec::new();
    for image in images {
        let config_digest = digest(&image.config);
        let config = Descriptor::of_config(&config_digest, image.config.len() as u64);
        let layers = image.diff_ids.iter().map(&descriptor);
        let manifest = serde_json::to_vec(&Manifest::of(config, layers.collect()))?;
        let manifest_digest = digest(&manifest);
        let platform = Platform {
            architecture: image.architecture.clone(),
            os: image.os.clone(),
        };
        let size = manifest.len() as u64;
        entries.push(Descriptor::of_image(
            &manifest_digest,
            size,
            &image.name,
            platform,
        ));
        texts.push((blob_path(&manifest_digest), manifest));
        texts.push((blob_path(&config_digest), image.config.clone()));
    }
    let index = serde_json::to_vec(&Index::of(entries))?;
    let seal = serde_json::to_vec(&Seal {
        version: VERSION,
        index: digest(&index),
    })?;

    let mut builder = tar::Builder::new(BufWriter::with_capacity(1 << 20, out));
    let front = [
        (layout::LAYOUT.to_owned(), layout::LAYOUT_TEXT.to_vec()),
        (layout::SEAL.to_owned(), seal),
        (layout::INDEX.to_owned(), index),
    ];
    let mut written = BTreeSet::new();
    for (path, text) in front.iter().chain(&texts) {
        // Two names of one image share its parts.
        if written.insert(path.clone()) {
            add(&mut builder, path, text.len() as u64, &text[..])?;
        }
    }
    for layer in images
        .iter()
        .flat_map(|image| &image.diff_ids)
        .map(|id| &packed[id])
    {
        let path = blob_path(&layer.digest);
        if written.insert(path.clone()) {
            add(
                &mut builder,
                &path,
                layer.content.size,
                layer.content.reader(),
            )?;
        }
    }
    builder.into_inner()?.flush()
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", sha256(bytes))
}
