//! The `name` of a list's filters: patterns of any part of a name, held against the learner's names.

use regex::Regex;

/// Patterns of which one must match; without any, every name does.
#[derive(Debug)]
pub(super) struct Patterns {
    given: bool,
    read: Vec<Regex>,
}

impl Patterns {
    /// Patterns that cannot be read match nothing, as with the engine.
    pub(super) fn of(written: &[String]) -> Self {
        Self {
            given: !written.is_empty(),
            read: written
                .iter()
                .filter_map(|pattern| Regex::new(pattern).ok())
                .collect(),
        }
    }

    /// True where nothing is left out.
    pub(super) fn match_all(&self) -> bool {
        !self.given
    }

    /// True for a name that one of them matches, with the engine's slash before it or without.
    pub(super) fn match_name(&self, name: &str) -> bool {
        let slashed = format!("/{name}");
        !self.given
            || self
                .read
                .iter()
                .any(|pattern| pattern.is_match(name) || pattern.is_match(&slashed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_any_part_of_a_name() {
        let matching =
            |pattern: &str, name: &str| Patterns::of(&[pattern.to_owned()]).match_name(name);
        assert!(matching("eb", "web"));
        assert!(matching("^/web$", "web"));
        assert!(!matching("^eb", "web"));
        assert!(!matching("[", "web"));
        assert!(Patterns::of(&[]).match_name("web"));
    }
}
