//! `registry:2`: Debian's build of the registry, with the configuration of the official image instead of
//! Debian's, which lets nobody in.

use super::super::error::ImageError;
use super::super::recipe::{Bench, Config, Recipe};
use super::super::tree::Tree;
use super::glibc;

pub(super) const RECIPE: Recipe = Recipe {
    name: "registry",
    tags: &["registry:2", "registry:2.8", "registry:2.8.3"],
    packages: &["docker-registry"],
    base: Some(&glibc::RECIPE),
    // All that its Debian service needs besides the program: accounts, and what makes them.
    without: &[
        "adduser",
        "base-passwd",
        "debconf",
        "gcc-14-base",
        "init-system-helpers",
        "libacl1",
        "libattr1",
        "libaudit-common",
        "libaudit1",
        "libbsd0",
        "libbz2-1.0",
        "libcap-ng0",
        "libcap2",
        "libcrypt1",
        "libdb5.3t64",
        "libdebconfclient0",
        "libgcc-s1",
        "libmd0",
        "libpam-modules",
        "libpam-modules-bin",
        "libpam0g",
        "libpcre2-8-0",
        "libselinux1",
        "libsemanage-common",
        "libsemanage2",
        "libsepol2",
        "libsystemd0",
        "login.defs",
        "passwd",
    ],
    npm: &[],
    left_out: &["etc/default", "etc/init.d", "etc/docker/registry/htpasswd"],
    mend,
    config: |_| Config {
        entrypoint: vec!["/entrypoint.sh"],
        cmd: vec!["/etc/docker/registry/config.yml"],
        exposed: vec!["5000/tcp"],
        volumes: vec!["/var/lib/registry"],
        ..Config::default()
    },
    text: concat!(
        include_str!("registry.rs"),
        include_str!("registry/config.yml"),
        include_str!("registry/entrypoint.sh"),
    ),
};

fn mend(tree: &mut Tree, bench: &Bench<'_>) -> Result<(), ImageError> {
    if tree.content("usr/bin/docker-registry").is_none() {
        return Err(bench.changed("usr/bin/docker-registry", "a program"));
    }
    tree.rename("usr/bin/docker-registry", "bin/registry");
    tree.file(
        "etc/docker/registry/config.yml",
        0o644,
        include_str!("registry/config.yml"),
    );
    tree.file(
        "entrypoint.sh",
        0o755,
        include_str!("registry/entrypoint.sh"),
    );
    tree.folder("var/lib/registry", 0o755);
    Ok(())
}
