//! Where an image on an engine is from, by what it says of itself.

use crate::engine::ImageFacts;

use super::archive::LABEL;
use super::layer::MOMENT_TEXT;

/// Where an image on the engine is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Made by this program.
    Kit,
    /// Pulled from a registry.
    Pulled,
    /// Made or loaded by someone else, or pulled where that leaves no trace.
    Local,
}

/// Where an image is from. What somebody builds on an image of ours inherits its label, and not its date.
pub fn origin(image: &ImageFacts) -> Origin {
    // Containerd's store gives every image a digest in a registry, which is its id, wherever it is from.
    let invented = |digest: &String| digest.ends_with(&image.id);
    if image.labels.contains_key(LABEL) && image.created == MOMENT_TEXT {
        Origin::Kit
    } else if image.digests.iter().all(invented) {
        Origin::Local
    } else {
        Origin::Pulled
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Kit => "kit",
            Self::Pulled => "pulled",
            Self::Local => "local",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_that_is_the_id_says_nothing_of_a_registry() {
        let image = |id: &str| ImageFacts {
            id: id.to_owned(),
            digests: vec!["rope@sha256:1".to_owned()],
            ..ImageFacts::default()
        };
        assert_eq!(origin(&image("sha256:1")), Origin::Local);
        assert_eq!(origin(&image("sha256:2")), Origin::Pulled);
    }

    #[test]
    fn an_image_built_on_one_of_ours_is_not_ours() {
        let ours = ImageFacts {
            labels: [(LABEL.to_owned(), "0".to_owned())].into(),
            created: MOMENT_TEXT.to_owned(),
            ..ImageFacts::default()
        };
        assert_eq!(origin(&ours), Origin::Kit);
        let built_on_it = ImageFacts {
            created: "2026-01-01T00:00:00Z".to_owned(),
            ..ours
        };
        assert_eq!(origin(&built_on_it), Origin::Local);
    }
}
