//! `nginx:1.26`: Debian's build of nginx with the official image's configuration, user and start.

use super::super::error::ImageError;
use super::super::layer::sha256;
use super::super::recipe::{Bench, Config, Recipe};
use super::super::tree::Tree;
use super::accounts::{self, User};
use super::debian;

pub(super) const RECIPE: Recipe = Recipe {
    name: "nginx",
    tags: &["nginx:1.26", "nginx:1.26-trixie"],
    packages: &["gettext-base", "nginx"],
    base: Some(&debian::RECIPE),
    // What its Debian service needs besides the program.
    without: &[
        "debconf",
        "iproute2",
        "libbpf1",
        "libcap2-bin",
        "libcom-err2",
        "libdb5.3t64",
        "libelf1t64",
        "libgssapi-krb5-2",
        "libk5crypto3",
        "libkeyutils1",
        "libkrb5-3",
        "libkrb5support0",
        "libmnl0",
        "libtirpc-common",
        "libtirpc3t64",
        "libxtables12",
        "openssl-provider-legacy",
    ],
    npm: &[],
    left_out: &[
        "etc/default/nginx",
        "etc/init.d",
        "etc/logrotate.d",
        "etc/nginx/modules-*",
        "etc/nginx/nginx.conf",
        "etc/nginx/proxy_params",
        "etc/nginx/sites-*",
        "etc/nginx/snippets",
        "etc/ufw",
        "usr/share/apport",
        "usr/share/vim",
        "var/lib/nginx",
        "var/log/nginx",
    ],
    mend,
    config: |bench| Config {
        env: vec![("NGINX_VERSION", bench.upstream("nginx"))],
        entrypoint: vec!["/docker-entrypoint.sh"],
        cmd: vec!["nginx", "-g", "daemon off;"],
        exposed: vec!["80/tcp"],
        stop_signal: Some("SIGQUIT"),
        ..Config::default()
    },
    text: concat!(
        include_str!("nginx.rs"),
        include_str!("nginx/50x.html"),
        include_str!("nginx/default.conf"),
        include_str!("nginx/docker-entrypoint.sh"),
        include_str!("nginx/listen-on-ipv6.sh"),
        include_str!("nginx/nginx.conf"),
        include_str!("nginx/templates.sh"),
    ),
};

const SITE: &str = include_str!("nginx/default.conf");

fn mend(tree: &mut Tree, bench: &Bench<'_>) -> Result<(), ImageError> {
    for (path, expected) in [
        ("usr/sbin/nginx", "a program"),
        ("usr/share/nginx/html/index.html", "a page"),
    ] {
        if tree.content(path).is_none() {
            return Err(bench.changed(path, expected));
        }
    }
    let user = User {
        name: "nginx",
        id: 101,
        home: None,
        shell: "/bin/false",
    };
    accounts::add(tree, bench, &user)?;
    let listen =
        include_str!("nginx/listen-on-ipv6.sh").replace("@SHIPPED@", &sha256(SITE.as_bytes()));
    for (path, mode, text) in [
        (
            "etc/nginx/nginx.conf",
            0o644,
            include_str!("nginx/nginx.conf"),
        ),
        ("etc/nginx/conf.d/default.conf", 0o644, SITE),
        (
            "usr/share/nginx/html/50x.html",
            0o644,
            include_str!("nginx/50x.html"),
        ),
        (
            "docker-entrypoint.sh",
            0o755,
            include_str!("nginx/docker-entrypoint.sh"),
        ),
        (
            "docker-entrypoint.d/10-listen-on-ipv6-by-default.sh",
            0o755,
            &listen,
        ),
        (
            "docker-entrypoint.d/20-envsubst-on-templates.sh",
            0o755,
            include_str!("nginx/templates.sh"),
        ),
    ] {
        tree.file(path, mode, text);
    }
    // Logs are the container's output.
    tree.link("var/log/nginx/access.log", "/dev/stdout");
    tree.link("var/log/nginx/error.log", "/dev/stderr");
    tree.link("etc/nginx/modules", "/usr/lib/nginx/modules");
    tree.folder("var/lib/nginx", 0o755);
    tree.folder("usr/lib/nginx/modules", 0o755);
    Ok(())
}
