//! Some of many, drawn by a seed: the same seed and names, the same draw, whatever else there is.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

/// How many are drawn, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// How many.
    pub count: usize,
    /// What they are drawn by.
    pub seed: String,
}

/// The indices of the names that are drawn.
pub(super) fn draw(names: impl Iterator<Item = String>, sample: &Sample) -> BTreeSet<usize> {
    let Sample { count, seed } = sample;
    let digest = |name: String| Sha256::digest(format!("{seed}/{name}"));
    let mut drawn: Vec<(Vec<u8>, usize)> = names
        .enumerate()
        .map(|(index, name)| (digest(name).to_vec(), index))
        .collect();
    drawn.sort();
    drawn
        .into_iter()
        .take(*count)
        .map(|(_, index)| index)
        .collect()
}
