//! `node:24-slim`: the npm registry's own build of Node and its npm, over Debian's everyday tools.

use super::super::error::ImageError;
use super::super::recipe::{Bench, Config, NpmPackage, Recipe};
use super::super::tree::Tree;
use super::accounts::{self, User};
use super::debian;

pub(super) const RECIPE: Recipe = Recipe {
    name: "node",
    tags: &["node:24-slim", "node:24-trixie-slim"],
    packages: &["libatomic1", "libstdc++6"],
    base: Some(&debian::RECIPE),
    without: &[],
    npm: &[
        NpmPackage {
            name: "node-linux-{arch}",
            version: "24.11.1",
            into: "usr/local",
        },
        NpmPackage {
            name: "npm",
            version: "11.6.2",
            into: "usr/local/lib/node_modules/npm",
        },
    ],
    left_out: &[
        "usr/local/include",
        "usr/local/share",
        "usr/local/package.json",
        "usr/local/CHANGELOG.md",
        "usr/local/README.md",
        "usr/local/lib/node_modules/npm/docs",
        "usr/local/lib/node_modules/npm/man",
        "usr/share/gdb",
    ],
    mend,
    config,
    text: include_str!("node.rs"),
};

/// `node` is meant where the first argument is an option, or names no program: `docker run node
/// app.js` runs the file.
const ENTRYPOINT: &str = r#"#!/bin/sh
set -e
case "$1" in
    -*) set -- node "$@" ;;
    *) if [ -z "$(command -v -- "$1")" ] || { [ -f "$1" ] && ! [ -x "$1" ]; }; then
        set -- node "$@"
    fi ;;
esac
exec "$@"
"#;

fn config(bench: &Bench<'_>) -> Config {
    Config {
        env: vec![("NODE_VERSION", bench.upstream("node-linux-{arch}"))],
        entrypoint: vec!["docker-entrypoint.sh"],
        cmd: vec!["node"],
        ..Config::default()
    }
}

fn mend(tree: &mut Tree, bench: &Bench<'_>) -> Result<(), ImageError> {
    const NPM: &str = "../lib/node_modules/npm/bin";
    if tree.content("usr/local/bin/node").is_none() {
        return Err(bench.changed("usr/local/bin/node", "a program"));
    }
    tree.link("usr/local/bin/nodejs", "/usr/local/bin/node");
    tree.link("usr/local/bin/npm", &format!("{NPM}/npm-cli.js"));
    tree.link("usr/local/bin/npx", &format!("{NPM}/npx-cli.js"));
    tree.file("usr/local/bin/docker-entrypoint.sh", 0o755, ENTRYPOINT);
    let user = User {
        name: "node",
        id: 1000,
        home: Some("home/node"),
        shell: "/bin/bash",
    };
    accounts::add(tree, bench, &user)
}
