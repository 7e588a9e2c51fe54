//! A stretch of a file, and readers that do not take wrong bytes for right ones.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::super::layer::hex;

/// Where some bytes lie in a file.
#[derive(Clone, Debug)]
pub(in super::super) struct Span {
    pub(in super::super) file: Arc<File>,
    pub(in super::super) offset: u64,
    pub(in super::super) size: u64,
}

impl Span {
    /// Reads it from its beginning; any number of readers may be at it at once.
    pub(in super::super) fn reader(&self) -> SpanReader {
        SpanReader {
            span: self.clone(),
            at: 0,
        }
    }
}

/// Reads a span; a file that ends within it is an error.
pub(in super::super) struct SpanReader {
    span: Span,
    at: u64,
}

impl Read for SpanReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let left = self.span.size - self.at;
        let want = out.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if want == 0 {
            return Ok(0);
        }
        let n = self
            .span
            .file
            .read_at(&mut out[..want], self.span.offset + self.at)?;
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.at += n as u64;
        Ok(n)
    }
}

/// Passes bytes through, and fails at the end where there were more or fewer than promised, or others.
pub(in super::super) struct Checked<R> {
    inner: R,
    hash: Sha256,
    left: u64,
    sha256: String,
}

impl<R: Read> Checked<R> {
    /// `digest` is `sha256:…`.
    pub(in super::super) fn new(inner: R, size: u64, digest: &str) -> Self {
        Self {
            inner,
            hash: Sha256::new(),
            left: size,
            sha256: digest.strip_prefix("sha256:").unwrap_or(digest).to_owned(),
        }
    }
}

impl Checked<SpanReader> {
    /// Reads it to its end. `on` is told of bytes read.
    pub(in super::super) fn compare(mut self, on: &dyn Fn(u64)) -> io::Result<()> {
        let mut buffer = vec![0; 1 << 20];
        loop {
            match self.read(&mut buffer)? {
                0 => return Ok(()),
                n => on(n as u64),
            }
        }
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(out)?;
        self.hash.update(&out[..n]);
        let left = self.left.checked_sub(n as u64);
        self.left = left.ok_or_else(|| wrong("is longer than promised"))?;
        if n == 0 && !out.is_empty() {
            if self.left > 0 {
                return Err(wrong("is shorter than promised"));
            }
            if hex(&self.hash.clone().finalize()) != self.sha256 {
                return Err(wrong("does not have its digest"));
            }
        }
        Ok(n)
    }
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::super::super::layer::sha256;
    use super::*;

    fn read(bytes: &[u8], size: u64, digest: &str) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        Checked::new(bytes, size, digest).read_to_end(&mut all)?;
        Ok(all)
    }

    #[test]
    fn only_the_promised_bytes_come_through_to_their_end() {
        let digest = format!("sha256:{}", sha256(b"rope"));
        assert_eq!(read(b"rope", 4, &digest).unwrap(), b"rope");
        for (bytes, size) in [(&b"rop"[..], 4), (b"ropes", 4), (b"ripe", 4), (b"rope", 5)] {
            assert!(read(bytes, size, &digest).is_err(), "{bytes:?} of {size}");
        }
    }
}
