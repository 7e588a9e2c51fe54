//! Plain layers, compressed side by side into files that vanish with their values.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use super::super::layer::Sealed;
use super::Shelf;
use super::span::Span;

/// 19 takes twenty times as long for little.
const LEVEL: i32 = 10;
/// A compressed layer.
pub(super) struct Packed {
    /// `sha256:…` of the compressed bytes.
    pub(super) digest: String,
    pub(super) plain_size: u64,
    pub(super) content: Span,
}

/// Compresses layers of the shelf; the results stand under the digests of the plain ones. `on` is told of plain bytes.
pub(super) fn pack(
    wanted: &[&String],
    (shelf, scratch): (&Shelf, &Path),
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
                    let packed = plain.and_then(|plain| one(plain, scratch, on));
                    let mut done = done.lock().expect("no worker panics with the lock held");
                    done.push(((*id).clone(), packed));
                }
            });
        }
    });
    let done = done.into_inner();
    let done = done.expect("no worker panics with the lock held");
    done.into_iter()
        .map(|(id, packed)| Ok((id, packed?)))
        .collect()
}

fn one(plain: &Span, scratch: &Path, on: &(dyn Fn(u64) + Sync)) -> io::Result<Packed> {
    let file = tempfile::tempfile_in(scratch)?;
    let sealed = Sealed::new(BufWriter::with_capacity(1 << 20, &file));
    let mut encoder = zstd::Encoder::new(sealed, LEVEL)?;
    encoder.set_pledged_src_size(Some(plain.size))?;
    let mut reader = plain.reader();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let n = reader.read(&mut buffer)?;
        if n == 0 {
            break;
        }
        encoder.write_all(&buffer[..n])?;
        on(n as u64);
    }
    let (size, sha256) = encoder.finish()?.finish()?;
    Ok(Packed {
        digest: format!("sha256:{sha256}"),
        plain_size: plain.size,
        content: Span {
            file: Arc::new(file),
            offset: 0,
            size,
        },
    })
}
