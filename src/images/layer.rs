//! A tree as a layer: a tar whose bytes depend on the files alone.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::tree::{Kind, Node, Tree};

/// The time of every file, 2025-01-01T00:00:00Z: the same bytes twice, and late enough for zip
/// files, which know no time before 1980.
pub(super) const MOMENT: u64 = 1_735_689_600;
/// [`MOMENT`] as image configurations write it.
pub(super) const MOMENT_TEXT: &str = "2025-01-01T00:00:00Z";

/// Writes the tree as a tar: sorted, one fixed time, numeric owners. One content under several
/// names is stored once.
pub(super) fn write(tree: &Tree, out: impl Write) -> io::Result<()> {
    let mut builder = tar::Builder::new(out);
    let mut stored: HashMap<*const u8, &str> = HashMap::new();
    for (path, node) in tree.nodes() {
        let mut header = header(node);
        match &node.kind {
            Kind::Folder => {
                header.set_entry_type(tar::EntryType::Directory);
                builder.append_data(&mut header, format!("{path}/"), io::empty())?;
            }
            Kind::Link(target) => {
                header.set_entry_type(tar::EntryType::Symlink);
                builder.append_link(&mut header, path, target)?;
            }
            Kind::File(content) => {
                let first = *stored.entry(Arc::as_ptr(content).cast()).or_insert(path);
                if first == path || content.is_empty() {
                    header.set_size(content.len() as u64);
                    builder.append_data(&mut header, path, &content[..])?;
                } else {
                    header.set_entry_type(tar::EntryType::Link);
                    builder.append_link(&mut header, path, first)?;
                }
            }
        }
    }
    builder.into_inner()?.flush()
}

fn header(node: &Node) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_mode(node.mode);
    header.set_uid(node.uid);
    header.set_gid(node.gid);
    header.set_mtime(MOMENT);
    header.set_size(0);
    header
}

/// Counts and hashes what is written through it.
pub(super) struct Sealed<W> {
    inner: W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Sealed<W> {
    pub(super) fn new(inner: W) -> Self {
        Self {
            inner,
            hash: Sha256::new(),
            bytes: 0,
        }
    }

    /// How many bytes went through, and their SHA-256 in hex.
    pub(super) fn finish(mut self) -> io::Result<(u64, String)> {
        self.inner.flush()?;
        Ok((self.bytes, hex(&self.hash.finalize())))
    }
}

impl<W: Write> Write for Sealed<W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(data)?;
        self.hash.update(&data[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// The SHA-256 of some bytes, in hex.
pub(super) fn sha256(data: &[u8]) -> String {
    hex(&Sha256::digest(data))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn sample(order: [&str; 3]) -> Tree {
        let mut tree = Tree::default();
        for path in order {
            tree.file(path, 0o4755, path);
        }
        let node = tree.get("usr/bin/b").unwrap().clone();
        tree.hard_link("usr/bin/twin", &node);
        tree.link("bin", "usr/bin");
        tree
    }

    fn bytes(tree: &Tree) -> Vec<u8> {
        let mut out = Vec::new();
        write(tree, &mut out).unwrap();
        out
    }

    #[test]
    fn the_order_of_making_does_not_show() {
        let one = bytes(&sample(["usr/bin/a", "usr/bin/b", "etc/c"]));
        let two = bytes(&sample(["etc/c", "usr/bin/b", "usr/bin/a"]));
        assert_eq!(one, two);
    }

    #[test]
    fn modes_links_and_the_fixed_time_are_in_the_tar() {
        let tar = bytes(&sample(["usr/bin/a", "usr/bin/b", "etc/c"]));
        let mut archive = tar::Archive::new(&tar[..]);
        let mut seen = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let header = entry.header().clone();
            assert_eq!(header.mtime().unwrap(), MOMENT);
            let path = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
            let link = entry
                .link_name_bytes()
                .map(|name| String::from_utf8_lossy(&name).into());
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            seen.push((path, header.mode().unwrap(), link.unwrap_or(text)));
        }
        let expected = [
            ("bin", 0o777, "usr/bin"),
            ("etc/", 0o755, ""),
            ("etc/c", 0o4755, "etc/c"),
            ("usr/", 0o755, ""),
            ("usr/bin/", 0o755, ""),
            ("usr/bin/a", 0o4755, "usr/bin/a"),
            ("usr/bin/b", 0o4755, "usr/bin/b"),
            ("usr/bin/twin", 0o4755, "usr/bin/b"),
        ];
        assert_eq!(
            seen,
            expected.map(|(path, mode, rest)| (path.into(), mode, rest.to_owned()))
        );
    }
}
