//! Names for containers that get none: an adjective and a sailor.

use rand::RngExt;

const ADJECTIVES: [&str; 32] = [
    "able", "brave", "breezy", "bright", "brisk", "calm", "clever", "daring", "eager", "fair",
    "gentle", "hardy", "honest", "jolly", "keen", "kind", "lively", "lucky", "merry", "nimble",
    "patient", "plucky", "proud", "quick", "quiet", "ready", "salty", "sharp", "steady", "sturdy",
    "sunny", "wise",
];

const SAILORS: [&str; 32] = [
    "amundsen",
    "anson",
    "baret",
    "bering",
    "bligh",
    "cabot",
    "cook",
    "crowhurst",
    "dampier",
    "drake",
    "earhart",
    "ericson",
    "flinders",
    "francis",
    "frobisher",
    "gama",
    "hudson",
    "joyon",
    "knox",
    "magellan",
    "moitessier",
    "nansen",
    "noonan",
    "polo",
    "ross",
    "shackleton",
    "slocum",
    "tabarly",
    "tasman",
    "tupaia",
    "villiers",
    "zheng",
];

/// `steady_slocum4f2`: the end makes it unlikely to be taken.
pub(super) fn name() -> String {
    let mut rng = rand::rng();
    let one = ADJECTIVES[rng.random_range(0..ADJECTIVES.len())];
    let two = SAILORS[rng.random_range(0..SAILORS.len())];
    format!("{one}_{two}{:03x}", rng.random_range(0..0x1000))
}
