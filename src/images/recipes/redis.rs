//! `redis:8.0`: Debian's build of Redis, open to its network and running as its own user, as the
//! official image is.

use super::super::error::ImageError;
use super::super::recipe::{Bench, Config, Recipe};
use super::super::tree::{Kind, Node, Tree};
use super::accounts::{self, User};
use super::debian;

pub(super) const RECIPE: Recipe = Recipe {
    name: "redis",
    tags: &["redis:8.0", "redis:8.0-trixie"],
    packages: &["redis-server", "redis-tools"],
    base: Some(&debian::RECIPE),
    without: &[
        "debconf",
        "init-system-helpers",
        "libdb5.3t64",
        "libdebconfclient0",
        "openssl-provider-legacy",
    ],
    npm: &[],
    left_out: &[
        "etc/default/redis-server",
        "etc/init.d",
        "etc/logrotate.d",
        "etc/redis",
        "usr/share/gdb",
        "var/lib/redis",
        "var/log/redis",
    ],
    mend,
    config: |bench| Config {
        env: vec![("REDIS_VERSION", bench.upstream("redis-server"))],
        entrypoint: vec!["docker-entrypoint.sh"],
        cmd: vec!["redis-server"],
        workdir: Some("/data"),
        exposed: vec!["6379/tcp"],
        volumes: vec!["/data"],
        ..Config::default()
    },
    text: concat!(
        include_str!("redis.rs"),
        include_str!("redis/docker-entrypoint.sh")
    ),
};

fn mend(tree: &mut Tree, bench: &Bench<'_>) -> Result<(), ImageError> {
    for program in ["redis-cli", "redis-check-rdb", "redis-benchmark"] {
        let from = format!("usr/bin/{program}");
        if tree.content(&from).is_none() {
            return Err(bench.changed(&from, "a program"));
        }
        tree.rename(&from, &format!("usr/local/bin/{program}"));
    }
    // One program under three names: it looks at how it is called.
    for name in ["usr/bin/redis-check-aof", "usr/bin/redis-server"] {
        tree.remove(name);
    }
    for name in ["redis-check-aof", "redis-sentinel", "redis-server"] {
        tree.link(&format!("usr/local/bin/{name}"), "redis-check-rdb");
    }
    tree.file(
        "usr/local/bin/docker-entrypoint.sh",
        0o755,
        include_str!("redis/docker-entrypoint.sh"),
    );
    let user = User {
        name: "redis",
        id: 999,
        home: None,
        shell: "/bin/false",
    };
    accounts::add(tree, bench, &user)?;
    let data = Node {
        mode: 0o755,
        uid: 999,
        gid: 999,
        kind: Kind::Folder,
    };
    tree.put("data", data);
    Ok(())
}
