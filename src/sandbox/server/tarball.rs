//! A tar read entry by entry and written anew: what goes on is what was read, in plain headers, and nothing can be written
//! through a link.

use std::collections::HashSet;
use std::io::{self, Read, Write};

use flate2::read::MultiGzDecoder;
use tar::{Archive, Builder, Entry, EntryType};

use crate::sandbox::policy::Refusal;

/// A text in a tar that is read, a Dockerfile or a manifest, is never longer than this.
const TEXT_LIMIT: u64 = 1 << 20;

/// Why a tar was not written to its end.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It may not be built.
    Refused(Refusal),
    /// One of the two ends is gone.
    Broken,
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<io::Error> for Trouble {
    fn from(_: io::Error) -> Self {
        Self::Broken
    }
}

/// What becomes of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It goes on.
    Pass,
    /// It stays behind.
    Drop,
    /// It is a plain file of text, which goes on changed.
    Change,
}

/// Copies a tar. `fate` is asked for each entry, by its clean path and its kind; `change` is given the path and the text of
/// those that are changed.
pub(super) fn copied(
    input: impl Read,
    output: impl Write,
    mut fate: impl FnMut(&str, EntryType) -> Result<Fate, Refusal>,
    mut change: impl FnMut(&str, &str) -> Result<String, Refusal>,
) -> Result<(), Trouble> {
    let mut archive = Archive::new(decompressed(input)?);
    let mut copy = Builder::new(output);
    let mut seen = Seen::default();
    let unreadable = |_| Trouble::Refused(Refusal::unreadable("what was sent is no tar"));
    for entry in archive.entries().map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let kind = entry.header().entry_type();
        if kind == EntryType::XGlobalHeader {
            continue;
        }
        let path = clean(&entry.path_bytes())?;
        seen.add(&path, kind)?;
        match fate(&path, kind)? {
            Fate::Pass => passed(entry, &mut copy, &path)?,
            Fate::Drop => {}
            Fate::Change => changed(entry, &mut copy, &path, &mut change)?,
        }
    }
    copy.finish()?;
    Ok(())
}

/// Plain or gzip, as docker's clients send it.
fn decompressed<'a>(mut input: impl Read + 'a) -> Result<Box<dyn Read + 'a>, Trouble> {
    let mut magic = [0; 6];
    let mut have = 0;
    while have < magic.len() {
        match input.read(&mut magic[have..])? {
            0 => break,
            n => have += n,
        }
    }
    let begins = |bytes: &[u8]| magic[..have].starts_with(bytes);
    let packed = begins(b"BZh") || begins(b"\xfd7zXZ\x00") || begins(b"\x28\xb5\x2f\xfd");
    if packed {
        return Err(Trouble::Refused(Refusal::not_allowed(
            "a tar that is packed so",
            "send it plain, or with gzip",
        )));
    }
    let is_gzip = begins(b"\x1f\x8b");
    let whole = io::Cursor::new(magic[..have].to_vec()).chain(input);
    Ok(match is_gzip {
        true => Box::new(MultiGzDecoder::new(whole)),
        false => Box::new(whole),
    })
}

/// What lies where, so that nothing can be written through a link.
#[derive(Default)]
struct Seen {
    links: HashSet<String>,
}

impl Seen {
    fn add(&mut self, path: &str, kind: EntryType) -> Result<(), Refusal> {
        let mut parent = path;
        while let Some((above, _)) = parent.rsplit_once('/') {
            if self.links.contains(above) {
                return Err(Refusal::unreadable(format!(
                    "the tar has {} beneath a link",
                    crate::text::tick(path)
                )));
            }
            parent = above;
        }
        match kind {
            EntryType::Symlink => {
                self.links.insert(path.to_owned());
            }
            _ => {
                self.links.remove(path);
            }
        }
        Ok(())
    }
}

/// A path without dots; empty for the folder itself.
fn clean(path: &[u8]) -> Result<String, Refusal> {
    let text = std::str::from_utf8(path)
        .map_err(|_| Refusal::unreadable("a file name in the tar is not UTF-8"))?;
    let parts: Vec<&str> = text
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    if parts.contains(&"..") || text.contains('\0') {
        return Err(Refusal::unreadable("a file name in the tar has `..`"));
    }
    Ok(parts.join("/"))
}

fn changed(
    entry: Entry<'_, impl Read>,
    copy: &mut Builder<impl Write>,
    path: &str,
    change: &mut impl FnMut(&str, &str) -> Result<String, Refusal>,
) -> Result<(), Trouble> {
    let mut header = entry.header().clone();
    let mut text = String::new();
    let too_long = || Refusal::unreadable(format!("{path} is longer than 1 MB, or not UTF-8"));
    let read = entry.take(TEXT_LIMIT + 1).read_to_string(&mut text);
    if read.map_err(|_| too_long())? as u64 > TEXT_LIMIT {
        return Err(too_long().into());
    }
    let text = change(path, &text)?;
    header.set_size(text.len() as u64);
    Ok(copy.append_data(&mut header, path, text.as_bytes())?)
}

fn passed(
    mut entry: Entry<'_, impl Read>,
    copy: &mut Builder<impl Write>,
    path: &str,
) -> Result<(), Trouble> {
    let mut header = entry.header().clone();
    let kind = header.entry_type();
    let path = if path.is_empty() { "." } else { path };
    match kind {
        EntryType::Regular | EntryType::Continuous => {
            header.set_entry_type(EntryType::Regular);
            header.set_size(entry.size());
            copy.append_data(&mut header, path, &mut entry)?;
        }
        EntryType::Directory | EntryType::Fifo => {
            header.set_size(0);
            copy.append_data(&mut header, path, io::empty())?;
        }
        EntryType::Symlink | EntryType::Link => {
            let target = entry
                .link_name_bytes()
                .map(|name| String::from_utf8_lossy(&name).into_owned())
                .ok_or_else(|| Refusal::unreadable("a link in the tar leads nowhere"))?;
            header.set_size(0);
            copy.append_link(&mut header, path, target)?;
        }
        _ => {
            return Err(Refusal::not_allowed(
                format!("{} in a tar", crate::text::tick(path)),
                "files, folders and links are sent, devices are not",
            )
            .into());
        }
    }
    Ok(())
}
