//! `golang:1.24`: Debian's Go moved to `/usr/local/go` and trimmed to what builds, tests and vets a
//! program of the standard library. There is no C compiler: `CGO_ENABLED`, unset as in the official
//! image, comes out as 0 here and as 1 there.

use super::super::error::ImageError;
use super::super::recipe::{Bench, Config, Recipe};
use super::super::tree::Tree;
use super::debian;
use crate::text::tick;

pub(super) const RECIPE: Recipe = Recipe {
    name: "golang",
    tags: &["golang:1.24", "golang:1.24-trixie"],
    packages: &["golang-1.24-go"],
    base: Some(&debian::RECIPE),
    without: &[],
    npm: &[],
    left_out: &[
        "usr/lib/go-1.24/pkg/tool/*/addr2line",
        "usr/lib/go-1.24/pkg/tool/*/dist",
        "usr/lib/go-1.24/pkg/tool/*/distpack",
        "usr/lib/go-1.24/pkg/tool/*/fix",
        "usr/lib/go-1.24/pkg/tool/*/objdump",
        "usr/lib/go-1.24/pkg/tool/*/pprof",
        "usr/lib/go-1.24/pkg/tool/*/trace",
        "usr/share/go-1.24/api",
        "usr/share/go-1.24/lib/fips140",
        "usr/share/go-1.24/lib/wasm",
        "usr/share/go-1.24/misc",
        "usr/share/go-1.24/src/cmd",
        "usr/share/go-1.24/src/*.syso",
        "usr/share/go-1.24/src/*_test.go",
        "usr/share/go-1.24/src/*/testdata",
        "usr/share/go-1.24/test",
    ],
    mend,
    config,
    text: include_str!("golang.rs"),
};

fn config(bench: &Bench<'_>) -> Config {
    const PATH: &str = "/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:\
        /usr/sbin:/usr/bin:/sbin:/bin";
    Config {
        env: vec![
            ("PATH", PATH.to_owned()),
            ("GOLANG_VERSION", bench.upstream("golang-1.24-go")),
            ("GOTOOLCHAIN", "local".to_owned()),
            ("GOPATH", "/go".to_owned()),
        ],
        cmd: vec!["bash"],
        workdir: Some("/go"),
        ..Config::default()
    }
}

fn mend(tree: &mut Tree, bench: &Bench<'_>) -> Result<(), ImageError> {
    const ROOT: &str = "usr/local/go";
    // Debian joins its two halves by links; here they lie in one folder.
    for link in ["api", "lib", "misc", "pkg/include", "src", "test"] {
        tree.remove(&format!("usr/lib/go-1.24/{link}"));
    }
    tree.rename("usr/lib/go-1.24", ROOT);
    tree.rename("usr/share/go-1.24", ROOT);
    // Where no network is, an answer at once is better than a wait for the module proxy.
    let environment = format!("{ROOT}/go.env");
    for setting in ["GOPROXY=off", "GOSUMDB=off", "GOTOOLCHAIN=local"] {
        set(tree, bench, &environment, setting)?;
    }
    for folder in ["go", "go/bin", "go/src"] {
        tree.folder(folder, 0o1777);
    }
    Ok(())
}

/// Gives a setting of Go's own configuration file another value.
fn set(tree: &mut Tree, bench: &Bench<'_>, path: &str, setting: &str) -> Result<(), ImageError> {
    let text = bench.text(tree, path)?;
    let name = &setting[..setting.find('=').map_or(0, |at| at + 1)];
    let old = text.lines().find(|line| line.starts_with(name));
    let old = old.ok_or_else(|| bench.changed(path, format!("a line {}", tick(name))))?;
    bench.replace(tree, path, (&format!("{old}\n"), &format!("{setting}\n")))
}
