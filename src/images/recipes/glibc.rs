//! What lies under programs that need the C library and little else: busybox's commands, Debian's
//! libc, and the certificates a TLS client asks for.

use super::super::error::ImageError;
use super::super::recipe::{Bench, Config, Recipe};
use super::super::tree::Tree;
use super::{busybox, debian};

pub(super) static RECIPE: Recipe = Recipe {
    name: "glibc",
    tags: &["sealegs/glibc"],
    packages: &["ca-certificates", "libc6"],
    base: Some(&busybox::RECIPE),
    without: &[
        "debconf",
        "gcc-14-base",
        "libgcc-s1",
        "libssl3t64",
        "libzstd1",
        "openssl",
        "openssl-provider-legacy",
        "zlib1g",
    ],
    npm: &[],
    // Of the C library's many files: the loader, the library, and the stubs that old programs name.
    left_out: &[
        "etc/ca-certificates",
        "etc/ld.so.conf.d",
        "usr/lib/*/audit",
        "usr/lib/*/gconv",
        "usr/lib/*/libBrokenLocale*",
        "usr/lib/*/libc_malloc_debug*",
        "usr/lib/*/libmemusage*",
        "usr/lib/*/libmvec*",
        "usr/lib/*/libnsl*",
        "usr/lib/*/libnss_compat*",
        "usr/lib/*/libnss_hesiod*",
        "usr/lib/*/libpcprofile*",
        "usr/lib/*/libthread_db*",
        "usr/sbin/update-ca-certificates",
    ],
    mend,
    config: |_| Config {
        cmd: vec!["sh"],
        ..Config::default()
    },
    text: include_str!("glibc.rs"),
};

fn mend(tree: &mut Tree, _: &Bench<'_>) -> Result<(), ImageError> {
    debian::certificates(tree);
    tree.remove("usr/share/ca-certificates");
    tree.link("lib", "usr/lib");
    tree.link("lib64", "usr/lib64");
    tree.file("etc/nsswitch.conf", 0o644, "hosts: files dns\n");
    Ok(())
}
