//! `sealegs/toolbox`: the docker command with compose and buildx, and bash, in which the commands of a submission
//! are run again. It stands for no official image, and no registry has it.

use super::super::error::ImageError;
use super::super::recipe::{Bench, Config, Recipe};
use super::super::tree::Tree;
use super::{TOOLBOX, glibc};

pub(super) const RECIPE: Recipe = Recipe {
    name: "toolbox",
    tags: &[TOOLBOX],
    packages: &["bash", "docker-buildx", "docker-cli", "docker-compose"],
    base: Some(&glibc::RECIPE),
    without: &["base-files", "debianutils", "gcc-14-base", "libgcc-s1"],
    npm: &[],
    left_out: &["usr/share/fish", "usr/share/zsh"],
    mend,
    config: |bench| Config {
        env: vec![("DOCKER_VERSION", bench.upstream("docker-cli"))],
        cmd: vec!["sh"],
        ..Config::default()
    },
    text: include_str!("toolbox.rs"),
};

fn mend(tree: &mut Tree, bench: &Bench<'_>) -> Result<(), ImageError> {
    const PLUGINS: &str = "usr/libexec/docker/cli-plugins";
    for program in [
        "usr/bin/docker",
        &format!("{PLUGINS}/docker-compose"),
        &format!("{PLUGINS}/docker-buildx"),
    ] {
        if tree.content(program).is_none() {
            return Err(bench.changed(program, "a program"));
        }
    }
    // The name of the time when compose was a program of its own.
    tree.link(
        "usr/bin/docker-compose",
        "../libexec/docker/cli-plugins/docker-compose",
    );
    Ok(())
}
