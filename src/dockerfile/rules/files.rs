//! Rules about what is copied where.

use super::super::instruction::{Body, Transfer};
use super::super::stages::Dockerfile;
use super::{Place, each, lineage};
use crate::text::tick;

pub(super) fn relative_workdir(file: &Dockerfile) -> Vec<Place> {
    each(file, |instruction| match &instruction.body {
        Body::Workdir(path) if !is_absolute(path) => Some(format!("{} is relative", tick(path))),
        _ => None,
    })
}

pub(super) fn add_of_files(file: &Dockerfile) -> Vec<Place> {
    each(file, |instruction| {
        let Body::Add(add) = &instruction.body else {
            return None;
        };
        let plain = add
            .paths()
            .find(|path| !is_remote(path) && !is_archive(path))?;
        Some(format!("{} is a plain file or folder", tick(plain)))
    })
}

pub(super) fn copy_of_several(file: &Dockerfile) -> Vec<Place> {
    each(file, |instruction| {
        let Body::Copy(Transfer { sources, dest, .. }) = &instruction.body else {
            return None;
        };
        let unclear = sources.len() > 1 && !dest.ends_with(['/', '\\']) && !dest.starts_with('$');
        unclear.then(|| format!("{} does not end with `/`", tick(dest)))
    })
}

pub(super) fn copy_to_nowhere(file: &Dockerfile) -> Vec<Place> {
    let mut places = Vec::new();
    for stage in &file.stages {
        let before = lineage(file, stage).len() - stage.instructions.len();
        let mut known = false;
        for (index, instruction) in lineage(file, stage).into_iter().enumerate() {
            match &instruction.body {
                Body::Workdir(_) => known = true,
                Body::Copy(copy) if index >= before && !known && !is_absolute(&copy.dest) => {
                    let message =
                        format!("{} is relative and no `WORKDIR` is set", tick(&copy.dest));
                    places.push((instruction.line, message));
                }
                _ => {}
            }
        }
    }
    places
}

/// A variable may well hold an absolute path, and Windows images have drives.
fn is_absolute(path: &str) -> bool {
    let drive = path.get(1..2) == Some(":") && path.starts_with(|c: char| c.is_ascii_alphabetic());
    path.starts_with(['/', '$', '\\']) || drive
}

fn is_remote(path: &str) -> bool {
    path.contains("://") || super::super::refusals::is_git(path) || path.starts_with('$')
}

/// The archives that `ADD` unpacks, by the ends of their names.
fn is_archive(path: &str) -> bool {
    const ENDS: [&str; 11] = [
        ".tar",
        ".tgz",
        ".tbz",
        ".tbz2",
        ".txz",
        ".tzst",
        ".tar.gz",
        ".tar.bz2",
        ".tar.xz",
        ".tar.zst",
        ".tar.lzma",
    ];
    let lower = path.to_lowercase();
    ENDS.iter().any(|end| lower.ends_with(end))
}
