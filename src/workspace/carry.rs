//! A workspace as it is carried into a container: every file in its place below a folder.

use std::io;

use super::listing::{EntryKind, Listing};

/// Every file's time there: fixed, so that the same workspace is the same everywhere.
const FIXED_TIME: u64 = 1_577_836_800;

impl Listing {
    /// Adds everything in it to an archive, below `folder` (relative, with slashes).
    ///
    /// # Errors
    /// A file could not be read.
    pub fn carry<W: io::Write>(&self, folder: &str, tar: &mut tar::Builder<W>) -> io::Result<()> {
        add_folder(tar, folder)?;
        for entry in self.entries() {
            let path = format!("{folder}/{}", entry.path);
            match &entry.kind {
                EntryKind::Folder => add_folder(tar, &path)?,
                EntryKind::Link { target } => {
                    let mut header = header(tar::EntryType::Symlink, 0, 0o777);
                    tar.append_link(&mut header, &path, target)?;
                }
                EntryKind::File { size, executable } => {
                    let mode = if *executable { 0o755 } else { 0o644 };
                    let file = io::Read::take(self.open(&entry.path)?, *size);
                    let mut header = header(tar::EntryType::Regular, *size, mode);
                    tar.append_data(&mut header, &path, file)?;
                }
            }
        }
        Ok(())
    }
}

/// Adds a program to an archive.
///
/// # Errors
/// The archive could not be written.
pub fn add_program(tar: &mut tar::Builder<Vec<u8>>, path: &str, text: &str) -> io::Result<()> {
    let mut header = header(tar::EntryType::Regular, text.len() as u64, 0o755);
    tar.append_data(&mut header, path, text.as_bytes())
}

fn add_folder<W: io::Write>(tar: &mut tar::Builder<W>, path: &str) -> io::Result<()> {
    let mut header = header(tar::EntryType::Directory, 0, 0o755);
    tar.append_data(&mut header, format!("{path}/"), io::empty())
}

fn header(kind: tar::EntryType, size: u64, mode: u32) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(mode);
    header.set_mtime(FIXED_TIME);
    header
}
