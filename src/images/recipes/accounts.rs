//! Users and groups, as `useradd --system --create-home` would have left them.

use super::super::error::ImageError;
use super::super::recipe::Bench;
use super::super::tree::{Kind, Node, Tree};

/// A user with a group of the same name and number.
pub(super) struct User {
    pub(super) name: &'static str,
    pub(super) id: u64,
    /// Made with the skeleton files where it is not there; none for an account that nobody logs into.
    pub(super) home: Option<&'static str>,
    pub(super) shell: &'static str,
}

/// Adds the user, its group and its home.
pub(super) fn add(tree: &mut Tree, bench: &Bench<'_>, user: &User) -> Result<(), ImageError> {
    let User {
        name, id, shell, ..
    } = user;
    let home = user.home.unwrap_or("nonexistent");
    append(
        tree,
        bench,
        "etc/passwd",
        &format!("{name}:x:{id}:{id}::/{home}:{shell}\n"),
    )?;
    append(
        tree,
        bench,
        "etc/shadow",
        &format!("{name}:!:20089:0:99999:7:::\n"),
    )?;
    append(tree, bench, "etc/group", &format!("{name}:x:{id}:\n"))?;
    append(tree, bench, "etc/gshadow", &format!("{name}:!::\n"))?;
    let owned = |mode, kind| Node {
        mode,
        uid: *id,
        gid: *id,
        kind,
    };
    if user.home.is_none() || tree.get(home).is_some() {
        return Ok(());
    }
    tree.put(home, owned(0o700, Kind::Folder));
    for path in tree.under("etc/skel/") {
        let Some(node) = tree.get(&path) else {
            continue;
        };
        let copy = owned(node.mode, node.kind.clone());
        tree.put(&path.replacen("etc/skel", home, 1), copy);
    }
    Ok(())
}

fn append(tree: &mut Tree, bench: &Bench<'_>, path: &str, line: &str) -> Result<(), ImageError> {
    let text = bench.text(tree, path)? + line;
    let node = tree.get(path).expect("the text was read from it");
    let node = Node {
        kind: Kind::File(text.into_bytes().into()),
        ..node.clone()
    };
    tree.put(path, node);
    Ok(())
}
