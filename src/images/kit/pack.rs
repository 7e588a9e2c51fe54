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

/// zstd's 19 takes twenty times as long for little.
const ZSTD_LEVEL: i32 = 10;
/// gzip's 3 takes half as long again for four per cent, its 6 four times as long for seven.
const GZIP_LEVEL: u32 = 2;

/// How layers are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Codec {
    /// For kits.
    Zstd,
    /// For engines that pull: Engine 20.10 knows nothing better.
    Gzip,
}

/// A compressed layer.
pub(in super::super) struct Packed {
    /// `sha256:…` of the compressed bytes.
    pub(in super::super) digest: String,
    pub(in super::super) plain_size: u64,
    pub(in super::super) content: Span,
}

/// Compresses layers of the shelf; the results stand under the digests of the plain ones. `on` is told of plain bytes.
pub(in super::super) fn pack(
    wanted: &[&String],
    (shelf, scratch): (&Shelf, &Path),
    codec: Codec,
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
                    let packed = plain.and_then(|plain| one(plain, scratch, codec, on));
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

fn one(
    plain: &Span,
    scratch: &Path,
    codec: Codec,
    on: &(dyn Fn(u64) + Sync),
) -> io::Result<Packed> {
    let file = tempfile::tempfile_in(scratch)?;
    let sealed = Sealed::new(BufWriter::with_capacity(1 << 20, &file));
    let sealed = match codec {
        Codec::Zstd => {
            let mut encoder = zstd::Encoder::new(sealed, ZSTD_LEVEL)?;
            encoder.set_pledged_src_size(Some(plain.size))?;
            copy(plain, &mut encoder, on)?;
            encoder.finish()?
        }
        Codec::Gzip => {
            let level = flate2::Compression::new(GZIP_LEVEL);
            let mut encoder = flate2::write::GzEncoder::new(sealed, level);
            copy(plain, &mut encoder, on)?;
            encoder.finish()?
        }
    };
    let (size, sha256) = sealed.finish()?;
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

fn copy(plain: &Span, out: &mut impl Write, on: &(dyn Fn(u64) + Sync)) -> io::Result<()> {
    let mut reader = plain.reader();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let n = reader.read(&mut buffer)?;
        if n == 0 {
            return Ok(());
        }
        out.write_all(&buffer[..n])?;
        on(n as u64);
    }
}
