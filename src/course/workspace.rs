//! Trees of files: read from a course, laid over each other, written to a folder.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use bytes::Bytes;

use super::model::{Tree, TreeFile};
use super::source::Source;

impl Tree {
    /// The files below a folder of the course (named with its slash at the end).
    pub(super) fn of(source: &Source, folder: &str) -> Self {
        let files = source
            .below(folder)
            .map(|(path, content)| (path.to_owned(), content.into()));
        Self {
            files: files.collect(),
        }
    }

    /// Whether there is such a file, or a folder with files in it.
    pub(super) fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        path == "." || self.files.contains_key(path) || self.has_folder(path)
    }

    fn has_folder(&self, path: &str) -> bool {
        let files_of = |file: &String| {
            file.strip_prefix(path)
                .is_some_and(|rest| rest.starts_with('/'))
        };
        self.files.keys().any(files_of)
    }

    /// Takes a file away, or a folder with all in it.
    pub(super) fn remove(&mut self, path: &str) {
        let gone = path.trim_end_matches('/');
        self.files.retain(|file, _| {
            !file
                .strip_prefix(gone)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
    }

    /// Lays other files over these.
    pub(super) fn lay_over(&mut self, over: &Self) {
        for (path, file) in &over.files {
            self.files.insert(path.clone(), file.clone());
        }
        self.files.sort_unstable_keys();
    }

    /// A path of this tree that is a file here and a folder there, or the reverse.
    pub(super) fn collision(&self, other: &Self) -> Option<&str> {
        let collides = |path: &&String| {
            let parents = path.match_indices('/').map(|(at, _)| &path[..at]);
            other.has_folder(path)
                || parents
                    .into_iter()
                    .any(|parent| other.files.contains_key(parent))
        };
        self.files.keys().find(collides).map(String::as_str)
    }

    /// Writes every file below `dir`, making folders as needed and setting or clearing the executable bits.
    ///
    /// # Errors
    /// The first file or folder that cannot be written.
    pub fn write_to(&self, dir: &Path) -> io::Result<()> {
        fs::create_dir_all(dir)?;
        for (path, file) in &self.files {
            let at = dir.join(path);
            if let Some(parent) = at.parent() {
                fs::create_dir_all(parent)?;
            }
            let mut out = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .open(&at)?;
            out.write_all(&file.content)?;
            set_executable(&out, file.executable)?;
        }
        Ok(())
    }
}

/// A file of a course may be executed where its first line names an interpreter: an embedded file has no mode of its own.
impl From<&Bytes> for TreeFile {
    fn from(content: &Bytes) -> Self {
        Self {
            content: content.clone(),
            executable: content.starts_with(b"#!"),
        }
    }
}

#[cfg(unix)]
fn set_executable(file: &fs::File, executable: bool) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = if executable { 0o755 } else { 0o644 };
    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_executable(_: &fs::File, _: bool) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
        let mut source = Source::default();
        for (path, text) in files {
            source.insert(format!("t/{path}"), text.as_bytes().to_vec());
        }
        Tree::of(&source, "t/")
    }

    #[test]
    fn a_tree_on_disk_has_its_folders_and_modes() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        tree(&[("a/b/run.sh", "#!/bin/sh\n"), ("c.txt", "c")])
            .write_to(dir.path())
            .unwrap();
        let mode = |path: &str| {
            fs::metadata(dir.path().join(path))
                .unwrap()
                .permissions()
                .mode()
                & 0o777
        };
        assert_eq!((mode("a/b/run.sh"), mode("c.txt")), (0o755, 0o644));
        assert_eq!(fs::read_to_string(dir.path().join("c.txt")).unwrap(), "c");
    }

    #[test]
    fn a_folder_is_removed_with_all_in_it_and_nothing_beside_it() {
        let mut files = tree(&[("app/a", ""), ("app/b/c", ""), ("app.py", "")]);
        files.remove("app/");
        assert_eq!(files, tree(&[("app.py", "")]));
    }

    #[test]
    fn a_file_and_a_folder_of_one_name_collide() {
        let files = tree(&[("app/a", ""), ("b", "")]);
        assert_eq!(tree(&[("app", "")]).collision(&files), Some("app"));
        assert_eq!(tree(&[("b/c/d", "")]).collision(&files), Some("b/c/d"));
        assert_eq!(tree(&[("app/a", ""), ("c", "")]).collision(&files), None);
    }
}
