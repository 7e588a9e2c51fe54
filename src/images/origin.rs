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
    /// Made or loaded by someone else.
    Local,
}

/// Where an image is from. What somebody builds on an image of ours inherits its label, and not its date.
pub fn origin(image: &ImageFacts) -> Origin {
    if image.labels.contains_key(LABEL) && image.created == MOMENT_TEXT {
        Origin::Kit
    } else if image.digests.is_empty() {
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
