//! A workspace as one archive, to be handed in.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::listing::{EntryKind, Listing};

impl Listing {
    /// Bytes of all its files.
    pub fn bytes(&self) -> u64 {
        let sizes = self.entries().iter().map(|entry| match entry.kind {
            EntryKind::File { size, .. } => size,
            EntryKind::Folder | EntryKind::Link { .. } => 0,
        });
        sizes.sum()
    }

    /// Writes everything in it as a `.tar.gz`, below `folder`. The same files give the same bytes.
    ///
    /// # Errors
    /// A file could not be read, or `out` not written.
    pub fn pack(&self, folder: &str, out: impl Write) -> io::Result<()> {
        let gz = GzEncoder::new(out, Compression::default());
        let mut tar = tar::Builder::new(gz);
        self.carry(folder, &mut tar)?;
        tar.into_inner()?.finish()?.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::workspace::{Caps, Listing};

    #[test]
    fn what_is_packed_is_what_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("app/.git")).unwrap();
        fs::create_dir_all(folder.path().join(".git")).unwrap();
        fs::write(folder.path().join(".git/config"), "x").unwrap();
        fs::write(folder.path().join("app/main.py"), "print()").unwrap();
        fs::write(folder.path().join("commands.sh"), "docker ps\n").unwrap();
        let listing = Listing::of(folder.path(), Caps::default())
            .unwrap()
            .without(".git");
        assert_eq!(listing.bytes(), 17);
        let archive = folder.path().join("all.tar.gz");
        listing
            .pack("ports", fs::File::create(&archive).unwrap())
            .unwrap();
        let again = Listing::of_submission(&archive, Caps::default()).unwrap();
        assert_eq!(again.entries(), listing.entries());
        assert_eq!(
            again.text("commands.sh").unwrap().as_deref(),
            Some("docker ps\n")
        );
        assert!(again.entry("app/.git").is_some() && again.entry(".git").is_none());
    }
}
