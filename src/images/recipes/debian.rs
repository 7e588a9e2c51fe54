//! What lies under the slim images: Debian's C library, shell and everyday tools, as in
//! `debian:trixie-slim` but with no package manager.

use super::super::error::ImageError;
use super::super::recipe::{Bench, Config, Recipe};
use super::super::tree::{Kind, Node, Tree};

pub(super) static RECIPE: Recipe = Recipe {
    name: "debian",
    tags: &["debian:trixie-slim"],
    packages: &[
        "adduser",
        "base-files",
        "base-passwd",
        "bash",
        "bsdutils",
        "ca-certificates",
        "coreutils",
        "dash",
        "debianutils",
        "diffutils",
        "findutils",
        "grep",
        "gzip",
        "hostname",
        "libc-bin",
        "login",
        "login.defs",
        "mawk",
        "mount",
        "ncurses-base",
        "ncurses-bin",
        "netbase",
        "passwd",
        "perl-base",
        "sed",
        "sysvinit-utils",
        "tar",
        "tzdata",
        "util-linux",
    ],
    base: None,
    // A package manager's front end, and what only modules and tools ask for that are left out here.
    without: &[
        "debconf",
        "dpkg",
        "libdb5.3t64",
        "libdebconfclient0",
        "liblastlog2-2",
        "libsqlite3-0",
        "openssl",
        "openssl-provider-legacy",
    ],
    npm: &[],
    left_out: &[
        "usr/lib/*/gconv",
        "usr/lib/*/security/pam_userdb.so",
        "usr/lib/*/security/pam_lastlog2.so",
        "usr/lib/*/libmvec*",
        "usr/bin/lastlog2",
        "usr/bin/lslogins",
        "usr/sbin/update-passwd",
        "usr/share/zoneinfo/right",
        "usr/share/pam-configs",
    ],
    mend,
    config: |_| Config {
        cmd: vec!["bash"],
        ..Config::default()
    },
    text: include_str!("debian.rs"),
};

/// What the packages' scripts would have done at installation.
fn mend(tree: &mut Tree, bench: &Bench<'_>) -> Result<(), ImageError> {
    accounts(tree, bench)?;
    certificates(tree);
    pam(tree);
    for (link, target) in [
        ("usr/bin/awk", "mawk"),
        ("usr/bin/nawk", "mawk"),
        ("usr/bin/which", "which.debianutils"),
        ("etc/localtime", "/usr/share/zoneinfo/Etc/UTC"),
        ("var/run", "/run"),
        ("var/lock", "/run/lock"),
        ("usr/lib/ssl/cert.pem", "/etc/ssl/certs/ca-certificates.crt"),
    ] {
        tree.link(link, target);
    }
    for (file, from) in [
        ("root/.bashrc", "usr/share/base-files/dot.bashrc"),
        ("root/.profile", "usr/share/base-files/dot.profile"),
        ("etc/profile", "usr/share/base-files/profile"),
        ("etc/shells", "usr/share/debianutils/shells"),
    ] {
        let text = bench.text(tree, from)?;
        tree.file(file, 0o644, text);
    }
    tree.file(
        "etc/nsswitch.conf",
        0o644,
        "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n",
    );
    tree.file("etc/default/locale", 0o644, "");
    tree.file("etc/environment", 0o644, "");
    for folder in [
        "etc/ld.so.conf.d",
        "mnt",
        "opt",
        "srv",
        "media",
        "run/lock",
        "usr/local/bin",
        "usr/local/sbin",
        "usr/local/lib",
        "usr/local/share",
        "usr/local/etc",
        "usr/src",
        "var/mail",
        "var/log",
        "var/cache",
        "var/tmp",
    ] {
        let mode = if folder == "var/tmp" || folder == "run/lock" {
            0o1777
        } else {
            0o755
        };
        tree.folder(folder, mode);
    }
    Ok(())
}

fn accounts(tree: &mut Tree, bench: &Bench<'_>) -> Result<(), ImageError> {
    for (name, private) in [("passwd", "shadow"), ("group", "gshadow")] {
        let master = bench.text(tree, &format!("usr/share/base-passwd/{name}.master"))?;
        let names = master.lines().filter_map(|line| line.split(':').next());
        let secret = if name == "passwd" {
            "*:20089:0:99999:7:::"
        } else {
            "*::"
        };
        let locked: String = names.map(|name| format!("{name}:{secret}\n")).collect();
        tree.file(&format!("etc/{name}"), 0o644, master.replace(":*:", ":x:"));
        // Group 42 is `shadow` on every Debian.
        let content = Kind::File(locked.into_bytes().into());
        tree.put(
            &format!("etc/{private}"),
            Node {
                mode: 0o640,
                uid: 0,
                gid: 42,
                kind: content,
            },
        );
    }
    for file in ["etc/subuid", "etc/subgid"] {
        tree.file(file, 0o644, "");
    }
    Ok(())
}

/// All certificates in the one file that programs read.
pub(super) fn certificates(tree: &mut Tree) {
    let paths = tree.under("usr/share/ca-certificates/mozilla/");
    let bundle: String = paths.iter().filter_map(|path| tree.text(path)).collect();
    tree.file("etc/ssl/certs/ca-certificates.crt", 0o644, bundle);
}

/// Plain passwords and nothing else: enough for `su`, `passwd` and `useradd`.
fn pam(tree: &mut Tree) {
    for (kind, line) in [
        ("auth", "auth required pam_unix.so nullok"),
        ("account", "account required pam_unix.so"),
        ("password", "password required pam_unix.so yescrypt"),
        ("session", "session required pam_unix.so"),
    ] {
        tree.file(
            &format!("etc/pam.d/common-{kind}"),
            0o644,
            format!("{line}\n"),
        );
    }
    tree.file(
        "etc/pam.d/common-session-noninteractive",
        0o644,
        "session required pam_unix.so\n",
    );
}
