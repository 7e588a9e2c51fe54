//! The learner's files beside the reference's.

use std::io::Read as _;
use std::path::Path;

use crate::course::Lesson;
use crate::failure::Failure;
use crate::report::Compared;
use crate::text::tick;
use crate::workspace::{Caps, EntryKind, Listing};

/// Larger files are no answer to a lesson.
const LARGEST: u64 = 1 << 20;

/// The files of the reference, then those that only the learner has.
///
/// # Errors
/// The workspace cannot be read, or is none.
pub fn compared(lesson: &Lesson, folder: &Path) -> Result<Vec<Compared>, Failure> {
    let listing = Listing::of(folder, Caps::default())?;
    let reference = &lesson.solution.files;
    let mut files = Vec::new();
    for (path, file) in reference {
        files.push(Compared {
            path: path.clone(),
            yours: read(&listing, path)?,
            reference: Some(file.content.to_vec()),
        });
    }
    let hidden = |path: &str| path.split('/').next().is_some_and(|top| top == ".git");
    for entry in listing.entries() {
        let is_file = matches!(entry.kind, EntryKind::File { .. });
        if is_file && !reference.contains_key(&entry.path) && !hidden(&entry.path) {
            files.push(Compared {
                path: entry.path.clone(),
                yours: Some(Vec::new()),
                reference: None,
            });
        }
    }
    Ok(files)
}

/// A file of the learner; what is too long counts as no text.
fn read(listing: &Listing, path: &str) -> Result<Option<Vec<u8>>, Failure> {
    let Some(EntryKind::File { size, .. }) = listing.entry(path).map(|entry| &entry.kind) else {
        return Ok(None);
    };
    if *size > LARGEST {
        return Ok(Some(vec![0]));
    }
    let mut bytes = Vec::new();
    let opened = listing.open(path);
    let read = opened.and_then(|file| file.take(LARGEST).read_to_end(&mut bytes));
    read.map_err(|error| Failure::system(format!("cannot read {}: {error}", tick(path))))?;
    Ok(Some(bytes))
}
