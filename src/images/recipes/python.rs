//! `python:3.13-slim`: Debian's Python moved to `/usr/local`, with its own ways of installing taken
//! back, so that paths and `pip` are those of the official image.

use super::super::error::ImageError;
use super::super::recipe::{Bench, Config, Recipe};
use super::super::tree::Tree;
use super::debian;

pub(super) const RECIPE: Recipe = Recipe {
    name: "python",
    tags: &["python:3.13-slim", "python:3.13-slim-trixie"],
    packages: &["python3.13", "python3.13-venv", "python3-pip"],
    base: Some(&debian::RECIPE),
    without: &[
        "debconf",
        "dpkg",
        "libdb5.3t64",
        "libpython3-stdlib",
        "media-types",
        "openssl",
        "openssl-provider-legacy",
        "python3",
        "python3-minimal",
        "python3-packaging",
        "python3-setuptools-whl",
        "python3-wheel",
    ],
    npm: &[],
    left_out: &[
        "usr/lib/python3.13/EXTERNALLY-MANAGED",
        "usr/lib/python3.13/lib-dynload/_dbm*",
        "usr/lib/python3.13/test",
        "usr/lib/python3.13/*/tests",
        "usr/lib/valgrind",
        "usr/share/applications",
        "usr/share/binfmts",
        "usr/share/pixmaps",
        "usr/share/python3",
    ],
    mend,
    config,
    text: include_str!("python.rs"),
};

const LIB: &str = "usr/local/lib/python3.13";

fn config(bench: &Bench<'_>) -> Config {
    const PATH: &str =
        "/usr/local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    let version = bench.upstream("python3.13");
    Config {
        env: vec![("PATH", PATH.to_owned()), ("PYTHON_VERSION", version)],
        cmd: vec!["python3"],
        ..Config::default()
    }
}

fn mend(tree: &mut Tree, bench: &Bench<'_>) -> Result<(), ImageError> {
    tree.rename("usr/lib/python3.13", LIB);
    tree.rename("usr/bin/python3.13", "usr/local/bin/python3.13");
    tree.rename("usr/bin/pydoc3.13", "usr/local/bin/pydoc3.13");
    tree.rename(
        "usr/lib/python3/dist-packages",
        &format!("{LIB}/site-packages"),
    );
    for gone in [
        "usr/lib/python3",
        "usr/bin/pip",
        "usr/bin/pip3",
        "etc/python3.13",
    ] {
        tree.remove(gone);
    }
    upstream_paths(tree, bench)?;
    for name in ["pip", "pip3", "pip3.13"] {
        tree.file(&format!("usr/local/bin/{name}"), 0o755, PIP);
    }
    bench.replace(
        tree,
        "usr/local/bin/pydoc3.13",
        ("#! /usr/bin/", "#!/usr/local/bin/"),
    )?;
    for (link, target) in [
        ("python3", "python3.13"),
        ("python", "python3"),
        ("pydoc3", "pydoc3.13"),
        ("pydoc", "pydoc3"),
    ] {
        tree.link(&format!("usr/local/bin/{link}"), target);
    }
    Ok(())
}

const PIP: &str = "\
#!/usr/local/bin/python3.13
import sys
from pip._internal.cli.main import main
if __name__ == '__main__':
    sys.exit(main())
";

/// Debian's `site` knows no `site-packages` outside of a venv, and is compiled into the interpreter.
const SITE: &str = "\
import site, sys
for prefix in site.PREFIXES:
    folder = f'{prefix}/lib/python3.13/site-packages'
    if folder not in sys.path:
        site.addsitedir(folder)
";

/// Takes Debian's `dist-packages` back to `site-packages`, and lets `ensurepip` run.
fn upstream_paths(tree: &mut Tree, bench: &Bench<'_>) -> Result<(), ImageError> {
    tree.file(&format!("{LIB}/sitecustomize.py"), 0o644, SITE);
    let sysconfig = format!("{LIB}/sysconfig/__init__.py");
    let layout = (
        "'DEB_PYTHON_INSTALL_LAYOUT', 'posix_local'",
        "'DEB_PYTHON_INSTALL_LAYOUT', 'posix_prefix'",
    );
    bench.replace(tree, &sysconfig, layout)?;
    bench.replace(
        tree,
        &sysconfig,
        (
            "prefix_scheme = 'posix_local'",
            "prefix_scheme = 'posix_prefix'",
        ),
    )?;
    let ensurepip = format!("{LIB}/ensurepip/__init__.py");
    bench.replace(
        tree,
        &ensurepip,
        ("    _ensurepip_is_disabled_in_debian_for_system()\n", ""),
    )
}
