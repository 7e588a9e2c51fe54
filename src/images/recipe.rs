//! What one image is made of: packages, what is left out of them, the mend, the configuration.

use std::collections::BTreeMap;
use std::path::Path;

use super::error::ImageError;
use super::tree::Tree;
use crate::text::tick;

/// How one image is made with no registry.
#[derive(Debug)]
pub struct Recipe {
    /// Its short name, such as `python`.
    pub name: &'static str,
    /// The names a course may know it by; the archive carries the first.
    pub tags: &'static [&'static str],
    /// The Debian packages asked for; what they depend on comes with them.
    pub packages: &'static [&'static str],
    /// The image whose layers lie under this one's.
    pub(super) base: Option<&'static Recipe>,
    /// Packages that others depend on, and the image does without.
    pub(super) without: &'static [&'static str],
    /// Tarballs from the npm registry.
    pub(super) npm: &'static [NpmPackage],
    /// Patterns of paths left out; `*` stands for anything, slashes too.
    pub(super) left_out: &'static [&'static str],
    /// Makes the files look and behave as in the official image.
    pub(super) mend: fn(&mut Tree, &Bench) -> Result<(), ImageError>,
    /// How a container starts.
    pub(super) config: fn(&Bench) -> Config,
    /// The recipe's own text, a part of its key: an edited recipe is a new recipe.
    pub(super) text: &'static str,
}

/// One tarball from the npm registry, its version pinned.
#[derive(Debug)]
pub(super) struct NpmPackage {
    /// `{arch}` in it stands for npm's name of the processor.
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    /// Where its content goes.
    pub(super) into: &'static str,
}

/// What a mend may ask about.
pub(super) struct Bench<'a> {
    pub(super) image: &'static str,
    /// Versions by package name, Debian's and npm's.
    pub(super) versions: &'a BTreeMap<String, String>,
    /// A folder for files a mend must run or read.
    pub(super) scratch: &'a Path,
}

impl Bench<'_> {
    /// The upstream part of a package's version: `1:1.37.0-6+b9` → `1.37.0`.
    pub(super) fn upstream(&self, package: &str) -> String {
        self.versions
            .get(package)
            .map_or_else(String::new, |full| upstream(full).to_owned())
    }

    /// Replaces every `from` in a text file; there must be one.
    pub(super) fn replace(
        &self,
        tree: &mut Tree,
        path: &str,
        (from, to): (&str, &str),
    ) -> Result<(), ImageError> {
        let text = self.text(tree, path)?;
        if !text.contains(from) {
            return Err(self.changed(path, format!("a line {}", tick(from.trim()))));
        }
        let text = text.replace(from, to);
        let mode = tree.get(path).map_or(0o644, |node| node.mode);
        tree.file(path, mode, text);
        Ok(())
    }

    /// A text file the recipe counts on.
    pub(super) fn text(&self, tree: &Tree, path: &str) -> Result<String, ImageError> {
        let text = tree.text(path).map(str::to_owned);
        text.ok_or_else(|| self.changed(path, "a text file"))
    }

    /// The fault of a package that is not as the recipe expects.
    pub(super) fn changed(&self, path: &str, expected: impl Into<String>) -> ImageError {
        ImageError::Changed {
            image: self.image.to_owned(),
            path: path.to_owned(),
            expected: expected.into(),
        }
    }
}

fn upstream(version: &str) -> &str {
    let version = version.split_once(':').map_or(version, |(_, rest)| rest);
    let version = version.rsplit_once('-').map_or(version, |(head, _)| head);
    version.split(['+', '~']).next().unwrap_or(version)
}

/// The part of an image's configuration that recipes set.
#[derive(Debug, Default)]
pub(super) struct Config {
    pub(super) env: Vec<(&'static str, String)>,
    pub(super) entrypoint: Vec<&'static str>,
    pub(super) cmd: Vec<&'static str>,
    pub(super) workdir: Option<&'static str>,
    /// EXPOSE, with protocol: `80/tcp`.
    pub(super) exposed: Vec<&'static str>,
    /// VOLUME.
    pub(super) volumes: Vec<&'static str>,
    /// STOPSIGNAL.
    pub(super) stop_signal: Option<&'static str>,
}

#[cfg(test)]
mod tests {
    use super::upstream;

    #[test]
    fn the_upstream_version_has_no_epoch_and_no_revision() {
        assert_eq!(upstream("1:1.37.0-6+b9"), "1.37.0");
        assert_eq!(upstream("3.13.5-2+deb13u5"), "3.13.5");
        assert_eq!(upstream("25.1.1+dfsg-1"), "25.1.1");
        assert_eq!(upstream("24.10.0"), "24.10.0");
    }
}
