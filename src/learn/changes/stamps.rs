//! What can be told of files without reading them: enough to know that one was written.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::path::Path;
use std::time::SystemTime;

/// More files than this are more than any lesson has; the rest is not watched.
const MOST: usize = 20_000;

/// Folders with changes of their own that no check looks at.
const UNSEEN: [&str; 3] = [".git", "__pycache__", "node_modules"];

/// One file as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    size: u64,
    written: Option<SystemTime>,
    /// Differs where a file was replaced by one of the same size in the same tick of the clock.
    identity: u64,
    mode: u32,
}

/// The files of a folder as they were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamps(BTreeMap<String, Stamp>);

impl Stamps {
    /// Looks at a folder; what cannot be read is not there.
    pub(super) fn of(folder: &Path) -> Self {
        let mut stamps = Self::default();
        stamps.walk(folder, "");
        stamps
    }

    fn walk(&mut self, root: &Path, folder: &str) {
        let Ok(entries) = fs::read_dir(root.join(folder)) else {
            return;
        };
        for entry in entries.flatten() {
            let (Ok(name), Ok(meta)) = (entry.file_name().into_string(), entry.metadata()) else {
                continue;
            };
            if self.0.len() >= MOST || is_passing(&name) {
                continue;
            }
            let path = match folder {
                "" => name.clone(),
                folder => format!("{folder}/{name}"),
            };
            if !meta.is_dir() {
                self.0.insert(path, Stamp::of(&meta));
            } else if !UNSEEN.contains(&name.as_str()) {
                self.walk(root, &path);
            }
        }
    }

    /// The paths of files that are new, gone or written since.
    pub(super) fn changed(&self, since: &Self) -> BTreeSet<String> {
        let differs = |path: &&String| self.0.get(*path) != since.0.get(*path);
        self.0
            .keys()
            .chain(since.0.keys())
            .filter(differs)
            .cloned()
            .collect()
    }
}

impl Stamp {
    #[cfg(unix)]
    fn of(meta: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        Self {
            size: meta.len(),
            written: meta.modified().ok(),
            identity: meta.ino(),
            mode: meta.mode(),
        }
    }

    #[cfg(not(unix))]
    fn of(meta: &Metadata) -> Self {
        Self {
            size: meta.len(),
            written: meta.modified().ok(),
            identity: 0,
            mode: 0,
        }
    }
}

/// Files that editors make while they work, and take away again.
fn is_passing(name: &str) -> bool {
    let swap = name.starts_with('.')
        && [".swp", ".swo", ".swx"]
            .iter()
            .any(|end| name.ends_with(end));
    let emacs = name.starts_with(".#") || (name.starts_with('#') && name.ends_with('#'));
    // Vim tries whether it may write with a file of this name.
    swap || emacs || name.ends_with('~') || name == "4913"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_made_or_removed_is_told_and_what_passes_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| fs::write(folder.path().join(path), text).unwrap();
        fs::create_dir_all(folder.path().join("src/.git")).unwrap();
        put("Dockerfile", "FROM a\n");
        put("gone", "");
        let before = Stamps::of(folder.path());
        assert!(Stamps::of(folder.path()).changed(&before).is_empty());
        put("Dockerfile", "FROM bb\n");
        put("src/new", "");
        for path in [".Dockerfile.swp", "Dockerfile~", "4913", "src/.git/index"] {
            put(path, "x");
        }
        fs::remove_file(folder.path().join("gone")).unwrap();
        let changed = Stamps::of(folder.path()).changed(&before);
        assert_eq!(
            changed.into_iter().collect::<Vec<_>>(),
            ["Dockerfile", "gone", "src/new"]
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_may_now_be_executed_has_changed() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run.sh");
        fs::write(&file, "x").unwrap();
        let before = Stamps::of(folder.path());
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(Stamps::of(folder.path()).changed(&before).len(), 1);
    }
}
