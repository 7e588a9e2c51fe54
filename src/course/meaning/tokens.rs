//! `${nonce}` is the only token that is filled in; one that looks meant to be is a fault, any other `$` is the author's.

use super::Findings;
use crate::course::node::{At, Data, Node, Place};
use crate::text::{nearest, tick};

/// Looks at every text below.
pub(super) fn of(at: At<'_>, findings: &mut Findings<'_>) {
    if let Some(node) = at.node() {
        texts(node, findings);
    }
}

fn texts(node: &Node, findings: &mut Findings<'_>) {
    match &node.data {
        Data::Text(text) => text_of(text, node.place, findings),
        Data::List(items) => items.iter().for_each(|item| texts(item, findings)),
        Data::Map(entries) => entries
            .iter()
            .for_each(|entry| texts(&entry.value, findings)),
        Data::Nothing | Data::Bool(_) | Data::Number(..) => {}
    }
}

fn text_of(text: &str, place: Place, findings: &mut Findings<'_>) {
    for after in text.split("${").skip(1) {
        let Some((name, _)) = after.split_once('}') else {
            continue;
        };
        let slip = name != "nonce"
            && !name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
            && nearest(name, ["nonce"]).is_some();
        if slip || name.starts_with("variant.") {
            let message = format!("{} is not filled in", tick(&format!("${{{name}}}")));
            let fault = findings
                .page
                .fault(place, message)
                .allowed("", &["${nonce}"]);
            findings
                .faults
                .push(fault.meant(slip.then(|| "${nonce}".to_owned())));
        }
    }
}
