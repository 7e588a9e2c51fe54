//! `postgres:17`: Debian's build of PostgreSQL without its just-in-time compiler, started and set up
//! from the environment as the official image is.

use super::super::error::ImageError;
use super::super::recipe::{Bench, Config, Recipe};
use super::super::tree::{Kind, Node, Tree};
use super::accounts::{self, User};
use super::debian;

pub(super) const RECIPE: Recipe = Recipe {
    name: "postgres",
    tags: &["postgres:17", "postgres:17-trixie"],
    packages: &["postgresql-17"],
    base: Some(&debian::RECIPE),
    // The compiler, Perl, and what manages several clusters on one machine.
    without: &[
        "debconf",
        "init-system-helpers",
        "libc-l10n",
        "libdb5.3t64",
        "libdebconfclient0",
        "libffi8",
        "libgdbm-compat4t64",
        "libgdbm6t64",
        "libio-pty-perl",
        "libipc-run-perl",
        "libjson-perl",
        "libllvm19",
        "libperl5.40",
        "libproc2-0",
        "libtext-charwidth-perl",
        "libtext-wrapi18n-perl",
        "libz3-4",
        "locales",
        "openssl",
        "openssl-provider-legacy",
        "perl",
        "perl-modules-5.40",
        "postgresql-client-common",
        "postgresql-common",
        "postgresql-common-dev",
        "procps",
        "sensible-utils",
        "ssl-cert",
        "ucf",
    ],
    npm: &[],
    left_out: &[
        "usr/lib/postgresql/17/lib/bitcode",
        "usr/lib/postgresql/17/lib/llvmjit*",
        "usr/lib/postgresql/17/lib/pgxs",
        "usr/share/gdb",
        "usr/share/postgresql/17/man",
        "usr/share/xml",
        "usr/lib/*/sasl2",
    ],
    mend,
    config: |bench| {
        Config {
        env: vec![
            (
                "PATH",
                "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/17/bin".to_owned(),
            ),
            ("LANG", "C.UTF-8".to_owned()),
            ("PG_MAJOR", "17".to_owned()),
            ("PG_VERSION", bench.upstream("postgresql-17")),
            ("PGDATA", format!("/{DATA}")),
        ],
        entrypoint: vec!["docker-entrypoint.sh"],
        cmd: vec!["postgres"],
        exposed: vec!["5432/tcp"],
        volumes: vec!["/var/lib/postgresql/data"],
        // Open sessions are ended; SIGTERM would wait for them.
        stop_signal: Some("SIGINT"),
        ..Config::default()
    }
    },
    text: concat!(
        include_str!("postgres.rs"),
        include_str!("postgres/docker-entrypoint.sh")
    ),
};

const DATA: &str = "var/lib/postgresql/data";

fn mend(tree: &mut Tree, bench: &Bench<'_>) -> Result<(), ImageError> {
    for program in ["postgres", "initdb", "psql", "pg_isready"] {
        let path = format!("usr/lib/postgresql/17/bin/{program}");
        if tree.content(&path).is_none() {
            return Err(bench.changed(&path, "a program"));
        }
    }
    bench.replace(
        tree,
        "usr/share/postgresql/17/postgresql.conf.sample",
        ("#listen_addresses = 'localhost'", "listen_addresses = '*'"),
    )?;
    let user = User {
        name: "postgres",
        id: 999,
        home: Some("var/lib/postgresql"),
        shell: "/bin/bash",
    };
    accounts::add(tree, bench, &user)?;
    for (folder, mode) in [
        ("var/run/postgresql", 0o3777),
        (DATA, 0o1777),
        ("var/lib/postgresql", 0o1777),
    ] {
        let owned = Node {
            mode,
            uid: 999,
            gid: 999,
            kind: Kind::Folder,
        };
        // `/var/run` is a link to `/run`.
        tree.put(
            folder
                .strip_prefix("var/")
                .filter(|path| path.starts_with("run/"))
                .unwrap_or(folder),
            owned,
        );
    }
    tree.folder("docker-entrypoint-initdb.d", 0o755);
    tree.file(
        "usr/local/bin/docker-entrypoint.sh",
        0o755,
        include_str!("postgres/docker-entrypoint.sh"),
    );
    Ok(())
}
