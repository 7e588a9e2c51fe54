//! The files of packages, read side by side.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::super::error::ImageError;
use super::super::tree::{Owners, Tree, Unpacking};

/// What no image needs: pages to read, translations, and the files of tools that are not there.
const NEVER: [&str; 15] = [
    "usr/share/bash-completion",
    "usr/share/bug",
    "usr/share/debconf",
    "usr/share/doc/*/changelog*",
    "usr/share/doc/*/NEWS*",
    "usr/share/doc/*/README*",
    "usr/share/doc/*/examples",
    "usr/share/doc/*/html",
    "usr/share/info",
    "usr/share/lintian",
    "usr/share/locale",
    "usr/share/man",
    "usr/share/doc-base",
    "usr/share/initramfs-tools",
    "usr/lib/systemd",
];

/// Reads the packages' files into one tree, later packages over earlier ones.
pub(in super::super) fn unpack(debs: &[PathBuf], left_out: &[&str]) -> Result<Tree, ImageError> {
    let left_out: Vec<&str> = NEVER.iter().chain(left_out).copied().collect();
    let next = AtomicUsize::new(0);
    let done: Vec<Mutex<Option<Result<Tree, ImageError>>>> =
        debs.iter().map(|_| Mutex::new(None)).collect();
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let (Some(deb), Some(slot)) = (debs.get(at), done.get(at)) else {
                        break;
                    };
                    let tree = unpack_one(deb, &left_out);
                    *slot.lock().expect("no worker panics with the lock held") = Some(tree);
                }
            });
        }
    });
    let mut all = Tree::default();
    for slot in done {
        let tree = slot
            .into_inner()
            .expect("no worker panics with the lock held");
        all.lay(tree.expect("every package was taken by a worker")?);
    }
    Ok(all)
}

fn unpack_one(deb: &Path, left_out: &[&str]) -> Result<Tree, ImageError> {
    let fault = |reason: String| ImageError::Unpack {
        file: deb
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        reason,
    };
    let mut child: Child = Command::new("dpkg-deb")
        .arg("--fsys-tarfile")
        .arg(deb)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|_| ImageError::Tool("dpkg-deb".to_owned()))?;
    let stream = child.stdout.take().expect("stdout is piped");
    let mut tree = Tree::default();
    let read = tree.unpack(
        stream,
        &Unpacking {
            owners: Owners::Kept,
            strip: "",
            into: "",
            left_out,
        },
    );
    let status = child.wait().map_err(|error| fault(error.to_string()))?;
    read.map_err(|error| fault(error.to_string()))?;
    if status.success() {
        Ok(tree)
    } else {
        Err(fault(format!("dpkg-deb ended with {status}")))
    }
}
