//! Fresh values that a submission cannot know beforehand, drawn from the grade's seed.

use sha2::{Digest, Sha256};

/// The value `${nonce}` stands for in one grade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nonce(String);

/// The token that expands; nothing else with a `$` does.
const TOKEN: &str = "${nonce}";

impl Nonce {
    /// The nonce of a seed: eleven lower-case hex digits after an `n`.
    pub fn drawn(seed: &str) -> Self {
        let digest = Sha256::digest(seed);
        let hex: String = digest
            .iter()
            .take(6)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self(format!("n{}", &hex[1..]))
    }

    /// A nonce for tests of verdicts.
    #[cfg(test)]
    pub(crate) fn fixed(value: &str) -> Self {
        Self(value.to_owned())
    }

    /// Its value.
    pub fn value(&self) -> &str {
        &self.0
    }

    /// `text` with every `${nonce}` replaced.
    pub fn expand(&self, text: &str) -> String {
        text.replace(TOKEN, &self.0)
    }

    /// Names and values with every `${nonce}` in the values replaced.
    pub fn expand_all<'a>(
        &self,
        values: impl IntoIterator<Item = (&'a String, &'a String)>,
    ) -> Vec<(String, String)> {
        let expanded = |(name, value): (&String, &String)| (name.clone(), self.expand(value));
        values.into_iter().map(expanded).collect()
    }
}

/// `text` where no grade has drawn a value: `…` stands for it.
pub fn undrawn(text: &str) -> String {
    text.replace(TOKEN, "…")
}

/// A fresh seed: sixteen hex digits of the operating system's randomness.
pub fn fresh_seed() -> String {
    format!("{:016x}", rand::random::<u64>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_nonce_again_and_another_seed_another() {
        let nonce = Nonce::drawn("seed");
        assert_eq!(nonce, Nonce::drawn("seed"));
        assert_ne!(nonce, Nonce::drawn("other"));
        assert_eq!(nonce.value().len(), 12);
    }
}
