//! Where images come from besides registries: packages and archives kept between runs, and kits.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Problem};
use crate::text::tick;

use super::kit::Kit;

/// Where packages and finished archives are kept between runs, and what else is at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Depot {
    folder: PathBuf,
    kit: Option<PathBuf>,
    /// What names the kit.
    named_by: &'static str,
    mirror: Option<String>,
}

/// A kit that is at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AtHand {
    /// Somebody named it: that it can be used is what they count on.
    Named(PathBuf),
    /// It lies in the depot.
    Found(PathBuf),
}

impl Depot {
    /// The user's own: `$XDG_CACHE_HOME/sealegs/images`, else `~/.cache/sealegs/images`; with the kit that `SEALEGS_KIT`
    /// names and the mirror that `SEALEGS_MIRROR` names.
    pub fn default_place() -> Self {
        let filled = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let cache = filled("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| filled("HOME").map(|home| PathBuf::from(home).join(".cache")))
            .unwrap_or_else(std::env::temp_dir);
        Self {
            folder: cache.join("sealegs").join("images"),
            kit: filled("SEALEGS_KIT").map(PathBuf::from),
            named_by: "SEALEGS_KIT",
            mirror: filled("SEALEGS_MIRROR").map(|mirror| mirror.to_string_lossy().into_owned()),
        }
    }

    /// A depot in this folder.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            kit: None,
            named_by: "--kit",
            mirror: None,
        }
    }

    /// The same with a kit, where one is named.
    #[must_use]
    pub fn with_kit(mut self, kit: Option<&Path>) -> Self {
        if let Some(kit) = kit {
            self.kit = Some(kit.to_owned());
            self.named_by = "--kit";
        }
        self
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The mirror that stands before the registries, `HOST[:PORT]`.
    pub fn mirror(&self) -> Option<&str> {
        self.mirror.as_deref()
    }

    /// Whether the kit that somebody named can be used.
    ///
    /// # Errors
    /// It cannot.
    pub fn check_named_kit(&self) -> Result<(), Failure> {
        match &self.kit {
            Some(kit) => self.open(&AtHand::Named(kit.clone())).map(drop),
            None => Ok(()),
        }
    }

    /// Whether this is the kit that somebody named.
    pub(super) fn names(&self, file: &Path) -> bool {
        self.kit.as_deref() == Some(file)
    }

    /// Opens a kit that is at hand; where somebody named one that is none, it is told how.
    pub(super) fn open(&self, at_hand: &AtHand) -> Result<Kit, Failure> {
        let (AtHand::Named(path) | AtHand::Found(path)) = at_hand;
        let failure = match Kit::open(path) {
            Ok(kit) => return Ok(kit),
            Err(error) => Failure::from(error),
        };
        let named = |problem: Problem| Problem {
            message: format!(
                "{} names a kit that cannot be used: {}",
                tick(self.named_by),
                problem.message
            ),
            ..problem
        };
        Err(match (at_hand, failure) {
            (AtHand::Named(_), Failure::System(problem)) => Failure::System(named(problem)),
            (AtHand::Named(_), Failure::Usage(problem)) => Failure::Usage(named(problem)),
            (_, failure) => failure,
        })
    }

    /// The same with no kit named.
    pub(super) fn without_kit(&self) -> Self {
        Self {
            kit: None,
            ..self.clone()
        }
    }

    /// The kits at hand: the one that is named, then those in the folder, whose names end in `.kit`.
    pub(super) fn kits(&self) -> Vec<AtHand> {
        let entries = std::fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .flatten();
        let mut found: Vec<PathBuf> = entries
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|kind| kind == "kit") && path.is_file())
            .collect();
        found.sort();
        let named = self.kit.clone().map(AtHand::Named);
        named
            .into_iter()
            .chain(found.into_iter().map(AtHand::Found))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kit_that_is_none_says_where_it_was_named() {
        let depot = Depot::at("/depot").with_kit(Some(Path::new("/none.kit")));
        assert_eq!(
            depot.check_named_kit().unwrap_err().to_string(),
            "`--kit` names a kit that cannot be used: there is no file `/none.kit`"
        );
        assert!(depot.without_kit().check_named_kit().is_ok());
    }
}
