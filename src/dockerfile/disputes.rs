//! What builders of different age read differently, so that no reading of ours could vouch for it.
//! Each was seen on Engine 20.10 and 28.5.

use super::flags::split_flags;
use super::instruction::{Body, Instruction, Keyword};
use super::lines::Logical;
use crate::text::tick;

/// A line with two readings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dispute {
    pub(super) line: u32,
    pub(super) what: String,
    pub(super) instead: &'static str,
}

/// An `# escape=` below a directive that ends the directives for some builders.
pub(super) fn escape(line: u32) -> Dispute {
    Dispute {
        line,
        what: "`# escape=` stands after a directive that older builders do not know".to_string(),
        instead: "make `# escape=` the first line",
    }
}

pub(super) fn of(logical: &Logical, instruction: &Instruction, escape: char) -> Vec<Dispute> {
    let mut found = Vec::new();
    let mut dispute = |what: String, instead| {
        found.push(Dispute {
            line: logical.line,
            what,
            instead,
        });
    };
    let control = |c: char| c.is_control() && c != '\t';
    if instruction.keyword != Keyword::Run && logical.text.contains(control) {
        let what = format!("`{}` holds a control character", instruction.keyword);
        dispute(what, "put a space there, or nothing");
    }
    if splits_flags_within_letters(instruction) {
        let what = format!(
            "a flag of `{}` holds a letter that some builders split",
            instruction.keyword
        );
        dispute(what, "use only ASCII letters in flags");
    }
    if is_a_list_to_some(&logical.text, escape) {
        let what = format!(
            "`{}` has a list in brackets that is no list to the end",
            instruction.keyword
        );
        dispute(what, "write a JSON list of strings and nothing behind it");
    }
    for doc in logical.heredocs.iter().filter(|doc| doc.disputed) {
        let what = format!("the here-document that ends with {}", tick(&doc.name));
        dispute(
            what,
            "write `<<EOF` without a space, and no `${x%y}` on its line",
        );
    }
    found
}

/// The builders read a list with Go's decoder: it stops at the closing bracket, whatever stands behind it, and takes half of
/// a surrogate pair for a letter.
fn is_a_list_to_some(text: &str, escape: char) -> bool {
    let (word, _, rest) = split_flags(text, escape);
    let rest = rest.trim();
    match Keyword::read(word) {
        Some(Keyword::Onbuild) => return is_a_list_to_some(rest, escape),
        Some(Keyword::Run | Keyword::Copy | Keyword::Add) if rest.starts_with('[') => {}
        _ => return false,
    }
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<serde_json::Value>();
    match values.next() {
        Some(Ok(_)) => !rest[values.byte_offset()..].trim().is_empty(),
        _ => {
            let lower = rest.to_ascii_lowercase();
            [
                "\\ud8", "\\ud9", "\\uda", "\\udb", "\\udc", "\\udd", "\\ude", "\\udf",
            ]
            .iter()
            .any(|half| lower.contains(half))
        }
    }
}

/// BuildKit cuts flags byte by byte and takes 0x85 and 0xA0, which are parts of letters such as `à`, for white
/// space: `--mount=target=/à--network=host` is two flags for it.
fn splits_flags_within_letters(instruction: &Instruction) -> bool {
    let split = |text: &str| text.bytes().any(|byte| matches!(byte, 0x85 | 0xa0));
    let own = instruction
        .flags
        .iter()
        .any(|flag| split(&flag.name) || flag.value.as_deref().is_some_and(split));
    match &instruction.body {
        Body::Onbuild(inner) => own || splits_flags_within_letters(inner),
        _ => own,
    }
}
