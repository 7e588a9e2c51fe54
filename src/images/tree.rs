//! The files of an image in memory: what packages bring, and what a mend changes, before any is
//! written. Paths have no leading slash; owners are root unless a mend says otherwise.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::Arc;

/// One file, folder or link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    /// Permission bits, setuid, setgid and sticky among them.
    pub(super) mode: u32,
    pub(super) uid: u64,
    pub(super) gid: u64,
    pub(super) kind: Kind,
}

/// What a node is. Two names of one shared content are one file with two hard links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Folder,
    File(Arc<[u8]>),
    Link(String),
}

/// All files of an image, by path.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    nodes: BTreeMap<String, Node>,
}

/// Debian's merged folders: what packages put on the left lies on the right.
const MERGED: [&str; 4] = ["bin", "sbin", "lib", "lib64"];

impl Tree {
    /// Every node, in the order of its path.
    pub(super) fn nodes(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.nodes.iter().map(|(path, node)| (path.as_str(), node))
    }

    /// What this tree adds to, or changes in, the one beneath. Nothing may be taken away from it.
    pub(super) fn over(&self, beneath: &Self) -> Self {
        let nodes = self
            .nodes
            .iter()
            .filter(|(path, node)| beneath.nodes.get(*path) != Some(node));
        Self {
            nodes: nodes
                .map(|(path, node)| (path.clone(), node.clone()))
                .collect(),
        }
    }

    /// Puts a node in place, with the folders above it.
    pub(super) fn put(&mut self, path: &str, node: Node) {
        self.parents(path);
        self.nodes.insert(path.to_owned(), node);
    }

    /// Puts a plain file in place, mode 0644 or as given.
    pub(super) fn file(&mut self, path: &str, mode: u32, content: impl Into<Vec<u8>>) {
        self.put(path, Node::root(mode, Kind::File(content.into().into())));
    }

    /// Makes a symbolic link.
    pub(super) fn link(&mut self, path: &str, target: &str) {
        self.put(path, Node::root(0o777, Kind::Link(target.to_owned())));
    }

    /// Gives a file a second name.
    pub(super) fn hard_link(&mut self, path: &str, node: &Node) {
        self.put(path, node.clone());
    }

    /// Makes a folder, or sets the mode of one.
    pub(super) fn folder(&mut self, path: &str, mode: u32) {
        self.put(path, Node::root(mode, Kind::Folder));
    }

    /// The node at a path.
    pub(super) fn get(&self, path: &str) -> Option<&Node> {
        self.nodes.get(path)
    }

    /// A file's content, where the path is a file.
    pub(super) fn content(&self, path: &str) -> Option<&[u8]> {
        match &self.nodes.get(path)?.kind {
            Kind::File(content) => Some(content),
            Kind::Folder | Kind::Link(_) => None,
        }
    }

    /// A file's content as text, where it is a file and UTF-8.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        std::str::from_utf8(self.content(path)?).ok()
    }

    /// Every path that starts with `prefix`, in order.
    pub(super) fn under(&self, prefix: &str) -> Vec<String> {
        let from = self.nodes.range(prefix.to_owned()..);
        from.take_while(|(path, _)| path.starts_with(prefix))
            .map(|(path, _)| path.clone())
            .collect()
    }

    /// Takes a node, and what lies in it, away.
    pub(super) fn remove(&mut self, path: &str) {
        self.nodes.remove(path);
        for inner in self.under(&format!("{path}/")) {
            self.nodes.remove(&inner);
        }
    }

    /// Moves a node and what lies in it over whatever is at `to`; folders are joined.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        let inner = self.under(&format!("{from}/"));
        for path in std::iter::once(from.to_owned()).chain(inner) {
            if let Some(node) = self.nodes.remove(&path) {
                self.put(&format!("{to}{}", &path[from.len()..]), node);
            }
        }
    }

    /// Reads a tar stream of a package into `into`, leaving out what matches; owners are kept.
    pub(super) fn unpack(&mut self, stream: impl Read, into: &Unpacking<'_>) -> io::Result<()> {
        let mut archive = tar::Archive::new(stream);
        for entry in archive.entries()? {
            let mut entry = entry?;
            let Some(path) = into.place(&utf8(&entry.path_bytes())?) else {
                continue;
            };
            let header = entry.header();
            let (mode, uid, gid) = match into.owners {
                Owners::Kept => (header.mode()? & 0o7777, header.uid()?, header.gid()?),
                Owners::Root => (header.mode()? & 0o755 | 0o644, 0, 0),
            };
            let kind = match header.entry_type() {
                tar::EntryType::Directory => Kind::Folder,
                tar::EntryType::Symlink => Kind::Link(utf8(&link_name(&entry)?)?),
                tar::EntryType::Link => {
                    let target = into.place(&utf8(&link_name(&entry)?)?);
                    let target = target.and_then(|target| self.nodes.get(&target)).cloned();
                    let target = target.ok_or_else(|| broken(&path))?;
                    self.put(&path, target);
                    continue;
                }
                kind if kind.is_file() => {
                    let size = usize::try_from(header.size()?).map_err(io::Error::other)?;
                    let mut content = Vec::with_capacity(size);
                    entry.read_to_end(&mut content)?;
                    Kind::File(content.into())
                }
                _ => continue,
            };
            self.put(
                &path,
                Node {
                    mode,
                    uid,
                    gid,
                    kind,
                },
            );
        }
        // A writer whose last, empty blocks go unread would end with an error.
        io::copy(&mut archive.into_inner(), &mut io::sink())?;
        Ok(())
    }

    /// Lays another tree over this one. A folder meant for a link to a folder keeps the link.
    pub(super) fn lay(&mut self, other: Self) {
        for (path, node) in other.nodes {
            let known = self.nodes.get(&path);
            let implied = node.kind == Kind::Folder && node.mode == 0o755;
            if !(implied && known.is_some()) {
                self.nodes.insert(path, node);
            }
        }
    }

    fn parents(&mut self, path: &str) {
        for (at, _) in path.match_indices('/') {
            let above = &path[..at];
            if !self.nodes.contains_key(above) {
                self.nodes
                    .insert(above.to_owned(), Node::root(0o755, Kind::Folder));
            }
        }
    }
}

impl Node {
    /// A node that belongs to root.
    pub(super) fn root(mode: u32, kind: Kind) -> Self {
        Self {
            mode,
            uid: 0,
            gid: 0,
            kind,
        }
    }
}

/// Whose the files of a tar stream become.
#[derive(Clone, Copy)]
pub(super) enum Owners {
    /// As the stream says, with every mode bit.
    Kept,
    /// Root's, readable by all: npm's tarballs may name no owner.
    Root,
}

/// Where the content of a tar stream goes.
pub(super) struct Unpacking<'a> {
    /// A folder of the stream whose name is dropped, such as npm's `package`.
    pub(super) strip: &'a str,
    /// The folder it goes to, `""` for the root.
    pub(super) into: &'a str,
    /// Patterns of paths left out.
    pub(super) left_out: &'a [&'a str],
    pub(super) owners: Owners,
}

impl Unpacking<'_> {
    /// The path in the tree for a path of the stream; none for the root and for what is left out.
    fn place(&self, path: &str) -> Option<String> {
        let path = path.trim_start_matches("./").trim_matches('/');
        let path = match path.strip_prefix(self.strip) {
            Some(rest) if !self.strip.is_empty() => rest.trim_start_matches('/'),
            _ => path,
        };
        let path = if self.into.is_empty() {
            path.to_owned()
        } else {
            format!("{}/{path}", self.into)
        };
        let path = merged(path.trim_end_matches('/'));
        let escapes = path.split('/').any(|part| part == "..");
        (!path.is_empty() && path != "." && !escapes && !is_left_out(&path, self.left_out))
            .then_some(path)
    }
}

/// The place of a path in a root with merged `/usr`.
fn merged(path: &str) -> String {
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    if MERGED.contains(&first) && !rest.is_empty() {
        return format!("usr/{path}");
    }
    path.to_owned()
}

fn is_left_out(path: &str, patterns: &[&str]) -> bool {
    patterns.iter().any(|pattern| matches(pattern, path))
}

/// Whether `path`, or a folder above it, is what `pattern` says.
fn matches(pattern: &str, path: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return path
            .strip_prefix(pattern)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    };
    path.strip_prefix(head).is_some_and(|tail| {
        let starts = tail.char_indices().map(|(at, _)| at).chain([tail.len()]);
        starts.into_iter().any(|at| matches(rest, &tail[at..]))
    })
}

fn link_name<R: Read>(entry: &tar::Entry<'_, R>) -> io::Result<Vec<u8>> {
    entry
        .link_name_bytes()
        .map(std::borrow::Cow::into_owned)
        .ok_or_else(|| broken("a link"))
}

fn broken(path: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("`{path}` points nowhere"),
    )
}

fn utf8(bytes: &[u8]) -> io::Result<String> {
    String::from_utf8(bytes.to_vec()).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_takes_a_folder_with_what_lies_in_it() {
        assert!(matches("usr/share/man", "usr/share/man/man1/ls.1"));
        assert!(!matches("usr/share/man", "usr/share/manual"));
        assert!(matches("*/testdata", "usr/lib/go/src/testdata/a"));
        assert!(matches("*_test.go", "src/a_test.go"));
        assert!(!matches("*_test.go", "src/a_test.goo"));
        assert!(matches(
            "usr/share/doc/*/changelog",
            "usr/share/doc/dash/changelog"
        ));
    }

    #[test]
    fn packages_land_in_the_merged_folders() {
        assert_eq!(merged("bin/sh"), "usr/bin/sh");
        assert_eq!(merged("lib64/ld.so"), "usr/lib64/ld.so");
        assert_eq!(merged("bin"), "bin");
        assert_eq!(merged("binary/x"), "binary/x");
    }

    #[test]
    fn a_stream_cannot_leave_the_root() {
        let into = Unpacking {
            owners: Owners::Root,
            strip: "package",
            into: "usr/local",
            left_out: &[],
        };
        assert_eq!(
            into.place("package/bin/node").as_deref(),
            Some("usr/local/bin/node")
        );
        assert_eq!(into.place("package/../../etc/passwd"), None);
    }

    #[test]
    fn the_difference_holds_what_is_new_and_what_is_changed() {
        let mut beneath = Tree::default();
        beneath.file("etc/passwd", 0o644, "root");
        beneath.file("etc/group", 0o644, "root");
        let mut above = beneath.clone();
        above.file("etc/passwd", 0o644, "root and node");
        above.file("usr/bin/node", 0o755, "elf");
        let paths: Vec<String> = above
            .over(&beneath)
            .nodes()
            .map(|(path, _)| path.into())
            .collect();
        assert_eq!(paths, ["etc/passwd", "usr", "usr/bin", "usr/bin/node"]);
    }

    #[test]
    fn a_folder_moves_with_all_it_holds() {
        let mut tree = Tree::default();
        tree.file("usr/lib/python3.13/os.py", 0o644, "os");
        tree.rename("usr/lib/python3.13", "usr/local/lib/python3.13");
        assert!(tree.get("usr/lib/python3.13").is_none());
        assert_eq!(tree.text("usr/local/lib/python3.13/os.py"), Some("os"));
    }
}
