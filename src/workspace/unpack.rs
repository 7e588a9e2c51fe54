//! A submission that comes as one archive, unpacked into a folder of its own without trusting it: what a folder may not hold
//! an archive may not either, and nothing is written through a link or outside.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use tar::EntryType;
use tempfile::TempDir;

use super::listing::{ListingError, refused, stays_inside};
use super::{Caps, Listing};
use crate::text::{size, tick};

/// Bytes of an archive, unpacked: far more than any lesson asks for, far less than a disk.
pub const MOST_BYTES: u64 = 256 << 20;

/// Bytes of a path, and of one name in it.
const LONGEST: (usize, usize) = (1024, 255);

/// What to do about an archive that cannot be read.
const AGAIN: &str = "hand in what `sealegs submit` writes, or a folder";

impl Listing {
    /// Lists a submission, whether it is a folder or an archive of one (`.tar.gz`, `.tar`). What was unpacked goes with the
    /// listing.
    ///
    /// # Errors
    /// As [`Listing::of`]; an archive that is none, or is damaged or too large, is refused.
    pub fn of_submission(path: &Path, caps: Caps) -> Result<Self, ListingError> {
        if !fs::metadata(path).is_ok_and(|meta| meta.is_file()) {
            return Self::of(path, caps);
        }
        let unwritable = |source| ListingError::Unreadable {
            path: path.display().to_string(),
            source,
        };
        let folder = tempfile::tempdir().map_err(unwritable)?;
        let mut file = io::BufReader::new(fs::File::open(path).map_err(unwritable)?);
        let is_gzip = io::BufRead::fill_buf(&mut file)
            .map_err(unwritable)?
            .starts_with(&[0x1f, 0x8b]);
        let content: Box<dyn Read> = match is_gzip {
            true => Box::new(MultiGzDecoder::new(file)),
            false => Box::new(file),
        };
        unpack(content, folder.path(), caps)?;
        let root = only_folder(folder.path()).map_err(unwritable)?;
        let listing = Self::of(root.as_deref().unwrap_or(folder.path()), caps)?;
        Ok(listing.held_by(folder))
    }
}

/// The one folder that is all there is, if so: archives are mostly made of a folder, not in it.
fn only_folder(folder: &Path) -> io::Result<Option<std::path::PathBuf>> {
    let mut entries = fs::read_dir(folder)?;
    let first = entries.next().transpose()?;
    let alone = first.filter(|_| entries.next().is_none());
    Ok(alone
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path()))
}

fn unpack(content: impl Read, into: &Path, caps: Caps) -> Result<(), ListingError> {
    // One byte more than it may have tells that there is more.
    let mut archive = tar::Archive::new(content.take(MOST_BYTES + 1));
    let mut links: Vec<(String, String)> = Vec::new();
    let mut seen = 0;
    let mut bytes = 0;
    for entry in archive.entries().map_err(|error| damaged(&error))? {
        let mut entry = entry.map_err(|error| damaged(&error))?;
        let kind = entry.header().entry_type();
        if matches!(kind, EntryType::XGlobalHeader) {
            continue;
        }
        seen += 1;
        if seen > caps.entries {
            let said = format!(
                "the archive holds more than {} files and folders",
                caps.entries
            );
            return Err(refused(said, "hand in only what the lesson asks for"));
        }
        bytes += entry.size();
        if bytes > MOST_BYTES {
            let said = format!("the archive holds more than {}", size(MOST_BYTES));
            return Err(refused(said, "hand in only what the lesson asks for"));
        }
        let Some(path) = inside(&entry.path_bytes())? else {
            continue;
        };
        match kind {
            EntryType::Directory => make_folder(into, &path)?,
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                let executable = entry.header().mode().is_ok_and(|mode| mode & 0o100 != 0);
                let file = make_file(into, &path, executable)?;
                write(&mut entry, file, &path)?;
            }
            EntryType::Symlink => {
                let target = entry.link_name_bytes().map(std::borrow::Cow::into_owned);
                let target = target.and_then(|target| String::from_utf8(target).ok());
                match target.filter(|target| stays_inside(&path, target)) {
                    Some(target) => links.push((path, target)),
                    None => {
                        let said =
                            format!("the link {} points outside the submission", tick(&path));
                        return Err(refused(said, "put the file itself into the folder"));
                    }
                }
            }
            _ => {
                let said = format!("{} is no file, folder or link inside", tick(&path));
                return Err(refused(said, AGAIN));
            }
        }
    }
    // Last, so that nothing is ever written through one.
    for (path, target) in links {
        make_link(into, &path, &target)?;
    }
    Ok(())
}

fn damaged(error: &io::Error) -> ListingError {
    refused(format!("the archive cannot be read: {error}"), AGAIN)
}

/// A path in the submission; `None` for the submission itself.
fn inside(written: &[u8]) -> Result<Option<String>, ListingError> {
    let shown = String::from_utf8_lossy(written);
    let wrong = |why: &str| Err(refused(format!("the path {} {why}", tick(&shown)), AGAIN));
    let Ok(text) = std::str::from_utf8(written) else {
        return wrong("is not UTF-8");
    };
    if text.starts_with('/') || text.contains(['\0', '\\']) {
        return wrong("is no path inside a folder");
    }
    let parts: Vec<&str> = text
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    if parts.contains(&"..") {
        return wrong("leads out of the folder");
    }
    let path = parts.join("/");
    if path.len() > LONGEST.0 || parts.iter().any(|part| part.len() > LONGEST.1) {
        return wrong("is too long");
    }
    Ok((!path.is_empty()).then_some(path))
}

/// Makes a folder and those it lies in; there are no links yet that could lead elsewhere.
fn make_folder(into: &Path, path: &str) -> Result<(), ListingError> {
    fs::create_dir_all(into.join(path)).map_err(|error| unmade(path, error))
}

fn make_parent(into: &Path, path: &str) -> Result<(), ListingError> {
    match path.rsplit_once('/') {
        Some((parent, _)) => make_folder(into, parent),
        None => Ok(()),
    }
}

fn make_file(into: &Path, path: &str, executable: bool) -> Result<fs::File, ListingError> {
    make_parent(into, path)?;
    let mut options = fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(if executable { 0o755 } else { 0o644 });
    }
    #[cfg(not(unix))]
    let _ = executable;
    options
        .open(into.join(path))
        .map_err(|error| unmade(path, error))
}

fn write(from: &mut impl Read, mut to: fs::File, path: &str) -> Result<(), ListingError> {
    let mut piece = vec![0; 64 << 10];
    loop {
        let read = from.read(&mut piece).map_err(|error| damaged(&error))?;
        if read == 0 {
            return Ok(());
        }
        io::Write::write_all(&mut to, &piece[..read]).map_err(|error| unmade(path, error))?;
    }
}

#[cfg(unix)]
fn make_link(into: &Path, path: &str, target: &str) -> Result<(), ListingError> {
    // A link made before may lie on the way to this one.
    let mut parent = String::new();
    for part in path
        .split('/')
        .rev()
        .skip(1)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
    {
        parent.push_str(part);
        let is_link = fs::symlink_metadata(into.join(&parent)).is_ok_and(|meta| meta.is_symlink());
        if is_link {
            return Err(refused(format!("{} lies behind a link", tick(path)), AGAIN));
        }
        parent.push('/');
    }
    make_parent(into, path)?;
    std::os::unix::fs::symlink(target, into.join(path)).map_err(|error| unmade(path, error))
}

#[cfg(not(unix))]
fn make_link(_: &Path, path: &str, _: &str) -> Result<(), ListingError> {
    Err(refused(format!("{} is a link", tick(path)), AGAIN))
}

/// Two things of one name, or one below a file, are the archive's fault; a full disk is ours.
fn unmade(path: &str, error: io::Error) -> ListingError {
    use io::ErrorKind::{AlreadyExists, IsADirectory, NotADirectory};
    match error.kind() {
        AlreadyExists | IsADirectory | NotADirectory => {
            refused(format!("{} is there twice", tick(path)), AGAIN)
        }
        _ => ListingError::Unreadable {
            path: path.to_owned(),
            source: error,
        },
    }
}

/// Keeps what was unpacked for as long as its listing is there.
pub(super) type Held = std::sync::Arc<TempDir>;

#[cfg(all(test, unix))]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// One entry of an archive as hostile as one likes: nothing is checked.
    fn raw(kind: EntryType, path: &str, link: &str, content: &[u8]) -> Vec<u8> {
        let mut header = tar::Header::new_old();
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.as_old_mut().linkname[..link.len()].copy_from_slice(link.as_bytes());
        header.set_entry_type(kind);
        header.set_mode(0o755);
        header.set_size(content.len() as u64);
        header.set_cksum();
        let mut bytes = header.as_bytes().to_vec();
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().div_ceil(512) * 512, 0);
        bytes
    }

    fn file(path: &str, content: &str) -> Vec<u8> {
        raw(EntryType::Regular, path, "", content.as_bytes())
    }

    fn archive(entries: &[Vec<u8>]) -> tempfile::NamedTempFile {
        let mut out = tempfile::NamedTempFile::new().expect("a file can be written");
        let mut gz = GzEncoder::new(&mut out, Compression::fast());
        gz.write_all(&entries.concat())
            .expect("a file can be written");
        gz.write_all(&[0; 1024]).expect("a file can be written");
        gz.finish().expect("a file can be written");
        out
    }

    fn paths(entries: &[Vec<u8>]) -> Result<Vec<String>, String> {
        let archive = archive(entries);
        let listing = Listing::of_submission(archive.path(), Caps::default());
        let listing = listing.map_err(|error| error.to_string())?;
        Ok(listing
            .entries()
            .iter()
            .map(|entry| entry.path.clone())
            .collect())
    }

    #[test]
    fn a_folder_in_an_archive_is_listed_as_a_folder_is() {
        let link = raw(EntryType::Symlink, "work/run", "app/main.py", b"");
        let entries = [
            file("work/app/main.py", "x"),
            link,
            file("./work/Dockerfile", "FROM x"),
        ];
        let found = archive(&entries);
        let listing = Listing::of_submission(found.path(), Caps::default()).unwrap();
        let names: Vec<&str> = listing
            .entries()
            .iter()
            .map(|it| it.path.as_str())
            .collect();
        assert_eq!(names, ["Dockerfile", "app", "app/main.py", "run"]);
        assert_eq!(
            listing.text("Dockerfile").unwrap().as_deref(),
            Some("FROM x")
        );
        assert_eq!(
            paths(&[file("a", ""), file("b/c", "")]).unwrap(),
            ["a", "b", "b/c"]
        );
    }

    #[test]
    fn what_was_unpacked_goes_with_its_listing() {
        let found = archive(&[file("a", "x")]);
        let listing = Listing::of_submission(found.path(), Caps::default()).unwrap();
        let again = listing.clone();
        drop(listing);
        assert_eq!(again.text("a").unwrap().as_deref(), Some("x"));
    }

    #[test]
    fn nothing_leaves_the_folder() {
        for path in ["../out", "/etc/out", "a/../../out", "a\\..\\out"] {
            let said = paths(&[file(path, "x")]).unwrap_err();
            assert!(said.starts_with("the path "), "{path}: {said}");
        }
        for target in ["/etc/passwd", "../up", ""] {
            let link = raw(EntryType::Symlink, "out", target, b"");
            let said = paths(&[link]).unwrap_err();
            assert!(said.starts_with("the link `out` points outside"), "{said}");
        }
        let through = [
            raw(EntryType::Symlink, "a", "b", b""),
            file("a/x", "through"),
        ];
        assert!(paths(&through).unwrap_err().contains("is there twice"));
        let behind = [
            raw(EntryType::Directory, "d/e", "", b""),
            raw(EntryType::Symlink, "a", "d", b""),
            raw(EntryType::Symlink, "a/up", "e/../x", b""),
        ];
        assert!(paths(&behind).unwrap_err().contains("lies behind a link"));
    }

    #[test]
    fn what_is_no_file_is_refused() {
        for kind in [
            EntryType::Link,
            EntryType::Char,
            EntryType::Block,
            EntryType::Fifo,
        ] {
            let said = paths(&[file("a", ""), raw(kind, "b", "a", b"")]).unwrap_err();
            assert!(said.starts_with("`b` is no file"), "{said}");
        }
        assert!(
            paths(&[file("a", "1"), file("a", "2")])
                .unwrap_err()
                .contains("twice")
        );
    }

    #[test]
    fn bombs_and_what_is_no_archive_are_refused() {
        let huge = raw(EntryType::Regular, "a", "", b"");
        let mut header = tar::Header::new_old();
        header.as_mut_bytes().copy_from_slice(&huge[..512]);
        header.set_size(MOST_BYTES + 1);
        header.set_cksum();
        let said = paths(&[header.as_bytes().to_vec()]).unwrap_err();
        assert!(said.starts_with("the archive holds more than"), "{said}");
        let caps = Caps {
            entries: 2,
            ..Caps::default()
        };
        let found = archive(&[file("a", ""), file("b", ""), file("c", "")]);
        let said = Listing::of_submission(found.path(), caps)
            .unwrap_err()
            .to_string();
        assert!(
            said.starts_with("the archive holds more than 2 files"),
            "{said}"
        );
        for bytes in [&b"PK\x03\x04 a zip"[..], &[0x1f, 0x8b, 8, 0, 1], &[7; 2048]] {
            let mut found = tempfile::NamedTempFile::new().unwrap();
            found.write_all(bytes).unwrap();
            let said = Listing::of_submission(found.path(), Caps::default()).unwrap_err();
            let said = said.to_string();
            assert!(said.starts_with("the archive cannot be read"), "{said}");
        }
        let cut = archive(&[file("a", &"x".repeat(100_000))]);
        let bytes = fs::read(cut.path()).unwrap();
        fs::write(cut.path(), &bytes[..bytes.len() / 2]).unwrap();
        assert!(Listing::of_submission(cut.path(), Caps::default()).is_err());
    }
}
