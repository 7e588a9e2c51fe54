//! Writes a kit: layers compressed side by side, then everything in one order, so that the same images give the same
//! bytes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::super::archive::add;
use super::super::layer::{Sealed, sha256};
use super::layout::{self, Descriptor, Index, Manifest, Platform, Seal};
use super::open::blob_path;
use super::span::Span;
use super::{Parts, Shelf, VERSION};

/// 19 takes twenty times as long for little.
const LEVEL: i32 = 10;

/// A layer as it goes into the file.
struct Packed {
    descriptor: Descriptor,
    content: Span,
}

/// Writes the images, in the order of their names. `on` is told of plain bytes compressed.
pub(in super::super) fn write(
    images: &mut [Parts],
    shelf: &Shelf,
    (out, scratch): (&File, &Path),
    on: &(dyn Fn(u64) + Sync),
) -> io::Result<()> {
    images.sort_by(|a, b| a.name.cmp(&b.name));
    let mut wanted: Vec<&String> = images.iter().flat_map(|image| &image.diff_ids).collect();
    wanted.sort();
    wanted.dedup();
    let packed = pack_all(&wanted, shelf, scratch, on)?;

    let mut texts: Vec<(String, Vec<u8>)> = Vec::new();
    let mut entries = Vec::new();
    for image in &*images {
        let config_digest = digest(&image.config);
        let config = Descriptor::of_config(&config_digest, image.config.len() as u64);
        let layers = image
            .diff_ids
            .iter()
            .map(|id| packed[id].descriptor.clone());
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
    let mut written = std::collections::BTreeSet::new();
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
        let path = blob_path(&layer.descriptor.digest);
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

fn pack_all(
    wanted: &[&String],
    shelf: &Shelf,
    scratch: &Path,
    on: &(dyn Fn(u64) + Sync),
) -> io::Result<BTreeMap<String, Packed>> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers.min(wanted.len()) {
            scope.spawn(|| {
                while let Some(id) = wanted.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let plain = shelf
                        .layer(id)
                        .ok_or_else(|| io::Error::other("a layer is missing"));
                    let packed = plain.and_then(|plain| pack(plain, scratch, on));
                    done.lock()
                        .expect("no worker panics with the lock held")
                        .push(((*id).clone(), packed));
                }
            });
        }
    });
    let done = done
        .into_inner()
        .expect("no worker panics with the lock held");
    done.into_iter()
        .map(|(id, packed)| Ok((id, packed?)))
        .collect()
}

fn pack(plain: &Span, scratch: &Path, on: &(dyn Fn(u64) + Sync)) -> io::Result<Packed> {
    let file = tempfile::tempfile_in(scratch)?;
    let sealed = Sealed::new(BufWriter::with_capacity(1 << 20, &file));
    let mut encoder = zstd::Encoder::new(sealed, LEVEL)?;
    encoder.set_pledged_src_size(Some(plain.size))?;
    let mut reader = plain.reader();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let n = io::Read::read(&mut reader, &mut buffer)?;
        if n == 0 {
            break;
        }
        encoder.write_all(&buffer[..n])?;
        on(n as u64);
    }
    let (size, sha256) = encoder.finish()?.finish()?;
    let content = Span {
        file: std::sync::Arc::new(file),
        offset: 0,
        size,
    };
    Ok(Packed {
        descriptor: Descriptor::of_layer(&format!("sha256:{sha256}"), size, plain.size),
        content,
    })
}
