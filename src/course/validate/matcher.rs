//! Matchers that cannot fail, or cannot hold, whatever is observed.

use crate::course::node::{Data, Entry, Node, Place};
use crate::course::value::Pattern;
use crate::text::tick;

/// What is idle in the words of one matcher; the matchers within it are looked at by themselves.
pub(super) fn idle(node: &Node) -> Vec<(Place, String)> {
    node.entries().iter().flat_map(of_word).collect()
}

fn of_word(entry: &Entry) -> Vec<(Place, String)> {
    let one = std::slice::from_ref(&entry.value);
    let texts = match &entry.value.data {
        Data::List(items) => items,
        _ => one,
    };
    let word = entry.key.as_str();
    match word {
        "contains" | "lacks" => texts
            .iter()
            .filter(|text| text.written() == Some(""))
            .map(|text| {
                (
                    text.place,
                    format!(
                        "the empty text is in every text: {} says nothing",
                        tick(word)
                    ),
                )
            })
            .collect(),
        "matches" if entry.value.written().is_some_and(fits_all) => {
            vec![(entry.value.place, "this pattern fits every text".to_owned())]
        }
        "json" => entry
            .value
            .entries()
            .iter()
            .filter(|part| !part.key.is_empty() && !part.key.starts_with('/'))
            .map(|part| {
                (
                    part.key_place,
                    "a JSON pointer begins with a slash: `/most/word`".to_owned(),
                )
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Whether a pattern is found in nothing at all and in a text nobody wrote a pattern for.
fn fits_all(pattern: &str) -> bool {
    let fits = |pattern: Pattern| ["", "\u{b7}7q"].iter().all(|text| pattern.is_in(text));
    pattern.parse().is_ok_and(fits)
}
