//! What a file is that is no kit.

use std::fmt;
use std::fs::Metadata;

use crate::text::tick;

use super::layout;

/// How many bytes of a file tell what it is: the first entry of a kit, and the second's header.
pub(super) const HEAD: u64 = 3 * BLOCK as u64;
const BLOCK: usize = 512;

/// What a file is, by what the system and its first bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looks {
    /// A folder.
    Folder,
    /// A pipe or a device: it may have no end, and cannot be read at any place.
    Stream,
    /// Nothing is in it.
    Empty,
    /// Compressed as a whole, by the program of this name.
    Compressed(&'static str),
    /// An image layout that another program wrote.
    Layout,
    /// A tar of something else.
    Tar,
    /// Anything else.
    Unknown,
}

impl Looks {
    /// What a file is that cannot be read as one.
    pub(super) fn of_kind(kind: &Metadata) -> Option<Self> {
        match kind.is_dir() {
            true => Some(Self::Folder),
            false => (!kind.is_file()).then_some(Self::Stream),
        }
    }

    /// What a file is that begins like this; `None` for a kit, which has its seal as its second entry.
    pub(super) fn of_head(head: &[u8]) -> Option<Self> {
        let entry = |at: usize, name: &str| {
            let header = head.get(at..).unwrap_or_default();
            let named = header.strip_prefix(name.as_bytes());
            named.is_some_and(|rest| rest.first() == Some(&0))
        };
        let is_tar = head.get(257..262) == Some(b"ustar");
        let is_layout = is_tar && entry(0, layout::LAYOUT);
        if is_layout && entry(2 * BLOCK, layout::SEAL) {
            return None;
        }
        Some(match head {
            [] => Self::Empty,
            _ if is_layout => Self::Layout,
            _ if is_tar => Self::Tar,
            [0x1f, 0x8b, ..] => Self::Compressed("gzip"),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Compressed("zstd"),
            [0xfd, b'7', b'z', b'X', b'Z', ..] => Self::Compressed("xz"),
            _ => Self::Unknown,
        })
    }

    /// What to do with the file at `path` instead.
    pub(super) fn hint(self, path: &str) -> String {
        match self {
            Self::Folder => "name a file in it".to_owned(),
            Self::Stream => "a kit is read at any place: save it to a file first".to_owned(),
            Self::Compressed(by) => {
                let unpack = format!("{by} -dc {path} > UNPACKED");
                format!("unpack it first: {}", tick(&unpack))
            }
            Self::Layout | Self::Tar => {
                let load = format!("docker load --input {path}");
                format!("{} takes it, if it has images", tick(&load))
            }
            Self::Empty | Self::Unknown => "`sealegs images save FILE` writes a kit".to_owned(),
        }
    }
}

impl fmt::Display for Looks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Folder => "it is a folder",
            Self::Stream => "it is a pipe or a device",
            Self::Empty => "it is empty",
            Self::Compressed(by) => return write!(f, "it is compressed with {by}"),
            Self::Layout => "it is an image layout that another program wrote",
            Self::Tar => "it is another tar file, perhaps one that `docker save` wrote",
            Self::Unknown => "it begins like nothing this program writes",
        })
    }
}
