//! Compares an observed value with a matcher. Pure, and the only place that knows what the matcher words mean.

use crate::course::matcher::{Matcher, Quantity, Value};
use crate::text;

use super::nonce::Nonce;

/// Why a value does not match: both sides in words, complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    pub(crate) expected: String,
    pub(crate) found: String,
}

/// How a number is shown to people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Unit {
    #[default]
    Plain,
    Bytes,
}

/// Compares `found` with `matcher`, after `${nonce}` has been put in; numbers are shown in `unit`.
pub(crate) fn compare(
    unit: Unit,
    matcher: &Matcher,
    found: &Value,
    nonce: &Nonce,
) -> Result<(), Mismatch> {
    if holds(matcher, found, nonce) {
        return Ok(());
    }
    // The parts of an `all` that hold would only hide the one that does not.
    if let Matcher::All(parts) = matcher
        && let Some(Err(mismatch)) = parts
            .iter()
            .map(|part| compare(unit, part, found, nonce))
            .find(Result::is_err)
    {
        return Err(mismatch);
    }
    Err(Mismatch {
        expected: describe(matcher, unit, nonce),
        found: show(found, unit),
    })
}

fn holds(matcher: &Matcher, found: &Value, nonce: &Nonce) -> bool {
    match matcher {
        Matcher::Equals(expected) => equal(expected, found, nonce),
        Matcher::Contains(needles) => needles
            .iter()
            .all(|needle| contains(found, &nonce.expand(needle))),
        Matcher::Lacks(needles) => !needles
            .iter()
            .any(|needle| contains(found, &nonce.expand(needle))),
        Matcher::Matches(pattern) => match found {
            Value::List(items) => items.iter().any(|item| pattern.is_in(&plain(item))),
            Value::Missing => false,
            one => pattern.is_in(&plain(one)),
        },
        Matcher::OneOf(values) => values.iter().any(|value| equal(value, found, nonce)),
        Matcher::AtLeast(bound) => number(found).is_some_and(|n| n >= bound.number()),
        Matcher::AtMost(bound) => number(found).is_some_and(|n| n <= bound.number()),
        Matcher::Empty(empty) => is_empty(found) == *empty,
        Matcher::Not(inner) => !holds(inner, found, nonce),
        Matcher::All(parts) => parts.iter().all(|part| holds(part, found, nonce)),
        Matcher::Any(parts) => parts.iter().any(|part| holds(part, found, nonce)),
        Matcher::Json(pointers) => {
            let Ok(json) = serde_json::from_str::<serde_json::Value>(&plain(found)) else {
                return false;
            };
            pointers
                .iter()
                .all(|(at, matcher)| holds(matcher, &from_json(json.pointer(at)), nonce))
        }
        Matcher::Said(inner, _) => holds(inner, found, nonce),
    }
}

fn equal(expected: &Value, found: &Value, nonce: &Nonce) -> bool {
    match (expected, found) {
        (Value::List(expected), Value::List(found)) => {
            expected.len() == found.len()
                && expected
                    .iter()
                    .zip(found)
                    .all(|(one, other)| equal(one, other, nonce))
        }
        (Value::Number(expected), found) => number(found) == Some(*expected),
        (Value::Bool(expected), Value::Bool(found)) => expected == found,
        (Value::Text(_) | Value::Bool(_), Value::List(_) | Value::Missing) => false,
        (expected @ (Value::Text(_) | Value::Bool(_)), found) => {
            nonce.expand(&plain(expected)) == plain(found)
        }
        (Value::Missing, found) => matches!(found, Value::Missing),
        (Value::List(_), _) => false,
    }
}

fn contains(found: &Value, needle: &str) -> bool {
    match found {
        Value::List(items) => items.iter().any(|item| plain(item) == needle),
        Value::Missing => false,
        one => plain(one).contains(needle),
    }
}

fn is_empty(found: &Value) -> bool {
    match found {
        Value::Missing => true,
        Value::Text(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn number(found: &Value) -> Option<f64> {
    match found {
        Value::Number(number) => Some(*number),
        Value::Text(text) => text.trim().parse().ok(),
        Value::Missing | Value::Bool(_) | Value::List(_) => None,
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Missing => String::new(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::List(items) => items.iter().map(plain).collect::<Vec<_>>().join("\n"),
    }
}

pub(super) fn from_json(json: Option<&serde_json::Value>) -> Value {
    match json {
        None | Some(serde_json::Value::Null) => Value::Missing,
        Some(serde_json::Value::Bool(value)) => Value::Bool(*value),
        Some(serde_json::Value::Number(number)) => {
            Value::Number(number.as_f64().unwrap_or(f64::NAN))
        }
        Some(serde_json::Value::String(text)) => Value::Text(text.clone()),
        Some(serde_json::Value::Array(items)) => {
            Value::List(items.iter().map(|item| from_json(Some(item))).collect())
        }
        Some(object) => Value::Text(object.to_string()),
    }
}

/// The matcher in words.
pub(crate) fn describe(matcher: &Matcher, unit: Unit, nonce: &Nonce) -> String {
    let quoted = |texts: &[String]| -> String {
        texts
            .iter()
            .map(|text| format!("\"{}\"", nonce.expand(text)))
            .collect::<Vec<_>>()
            .join(" and ")
    };
    let each = |parts: &[Matcher], word: &str| -> String {
        parts
            .iter()
            .map(|part| describe(part, unit, nonce))
            .collect::<Vec<_>>()
            .join(word)
    };
    match matcher {
        Matcher::Equals(Value::Text(text)) => nonce.expand(text),
        Matcher::Equals(value) => show(value, unit),
        Matcher::Contains(needles) => format!("containing {}", quoted(needles)),
        Matcher::Lacks(needles) => format!("without {}", quoted(needles)),
        Matcher::Matches(pattern) => format!("matching /{}/", pattern.as_str()),
        Matcher::OneOf(values) => {
            let values: Vec<String> = values.iter().map(|value| show(value, unit)).collect();
            format!("one of {}", values.join(", "))
        }
        Matcher::AtLeast(bound) => format!("at least {}", quantity(*bound)),
        Matcher::AtMost(bound) => format!("at most {}", quantity(*bound)),
        Matcher::Empty(true) => "nothing".to_owned(),
        Matcher::Empty(false) => "something".to_owned(),
        Matcher::Not(inner) => format!("not {}", describe(inner, unit, nonce)),
        Matcher::All(parts) => each(parts, ", and "),
        Matcher::Any(parts) => each(parts, ", or "),
        Matcher::Json(pointers) => pointers
            .iter()
            .map(|(at, matcher)| format!("JSON with {at}: {}", describe(matcher, unit, nonce)))
            .collect::<Vec<_>>()
            .join(", and "),
        Matcher::Said(_, says) => nonce.expand(says),
    }
}

fn quantity(bound: Quantity) -> String {
    match bound {
        Quantity::Plain(number) => number.to_string(),
        Quantity::Bytes(bytes) => text::size(bytes),
        Quantity::Seconds(seconds) => format!("{seconds}s"),
    }
}

/// The value in words.
pub(crate) fn show(value: &Value, unit: Unit) -> String {
    match (value, unit) {
        (Value::Missing, _) => "nothing".to_owned(),
        (Value::Text(text), _) if text.is_empty() => "nothing (empty)".to_owned(),
        (Value::Number(bytes), Unit::Bytes) => text::size(*bytes as u64),
        (Value::List(items), _) if items.is_empty() => "nothing (an empty list)".to_owned(),
        (Value::List(items), _) => {
            serde_json::to_string(items).expect("a list of plain values is always JSON")
        }
        (one, _) => plain(one),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matcher(yaml: &str) -> Matcher {
        serde_yaml::from_str(yaml).unwrap()
    }

    fn text(value: &str) -> Value {
        Value::Text(value.to_owned())
    }

    fn list(items: &[&str]) -> Value {
        Value::List(items.iter().map(|item| text(item)).collect())
    }

    #[track_caller]
    fn ok(yaml: &str, found: &Value) {
        assert_eq!(
            compare(Unit::Plain, &matcher(yaml), found, &Nonce::fixed("n0nce")),
            Ok(())
        );
    }

    #[track_caller]
    fn no(yaml: &str, found: &Value, expected: &str, shown: &str) {
        let mismatch = Mismatch {
            expected: expected.to_owned(),
            found: shown.to_owned(),
        };
        assert_eq!(
            compare(Unit::Plain, &matcher(yaml), found, &Nonce::fixed("n0nce")),
            Err(mismatch)
        );
    }

    #[test]
    fn what_an_author_says_of_a_matcher_is_what_is_expected() {
        let said = "{matches: '^a+$', says: \"some a's\"}";
        ok(said, &text("aaa"));
        no(said, &text("b"), "some a's", "b");
        let part = format!("{{all: [{said}, {{contains: c}}]}}");
        no(&part, &text("c"), "some a's", "c");
    }

    #[test]
    fn a_bare_value_is_equality_and_numbers_compare_as_numbers() {
        ok("web", &text("web"));
        ok("8080", &text("8080"));
        ok("'8080'", &text("8080"));
        ok("200", &Value::Number(200.0));
        ok("[sh, -c]", &list(&["sh", "-c"]));
        no("web", &text("webs"), "web", "webs");
        no("web", &Value::Missing, "web", "nothing");
        no("[a]", &list(&["a", "b"]), "[\"a\"]", "[\"a\",\"b\"]");
    }

    #[test]
    fn contains_means_a_part_of_text_and_an_item_of_a_list() {
        ok("{contains: ell}", &text("hello"));
        ok("{contains: [a, c]}", &list(&["a", "b", "c"]));
        ok("{lacks: x}", &Value::Missing);
        no(
            "{contains: ell}",
            &list(&["hello"]),
            "containing \"ell\"",
            "[\"hello\"]",
        );
        no(
            "{lacks: [x, b]}",
            &text("abc"),
            "without \"x\" and \"b\"",
            "abc",
        );
    }

    #[test]
    fn literal_by_default_and_patterns_only_by_name() {
        ok("{matches: '^a+$'}", &text("aaa"));
        no("a+", &text("aaa"), "a+", "aaa");
        no(
            "{matches: '^b'}",
            &Value::Missing,
            "matching /^b/",
            "nothing",
        );
    }

    #[test]
    fn bounds_take_units_and_show_them() {
        ok("{at_most: 20MB}", &Value::Number(20e6));
        let found = compare(
            Unit::Bytes,
            &matcher("{at_least: 1B, at_most: 20MB}"),
            &Value::Number(21.5e6),
            &Nonce::fixed("n"),
        );
        assert_eq!(
            found,
            Err(Mismatch {
                expected: "at most 20MB".into(),
                found: "21.5MB".into()
            })
        );
        no("{at_most: 3}", &text("three"), "at most 3", "three");
    }

    #[test]
    fn negation_and_absence() {
        ok("{not: root}", &text("app"));
        ok("{empty: true}", &Value::Missing);
        no("{not: root}", &text("root"), "not root", "root");
        no("{empty: false}", &text(""), "something", "nothing (empty)");
    }

    #[test]
    fn json_is_read_by_pointer() {
        ok(
            "{json: {/ok: true, /items/0: a}}",
            &text(r#"{"ok": true, "items": ["a"]}"#),
        );
        no(
            "{json: {/ok: true}}",
            &text("not json"),
            "JSON with /ok: true",
            "not json",
        );
        no(
            "{json: {/gone: x}}",
            &text("{}"),
            "JSON with /gone: x",
            "{}",
        );
    }

    #[test]
    fn only_the_exact_token_expands() {
        ok("{contains: 'hi ${nonce}'}", &text("hi n0nce!"));
        ok("'$nonce ${HOME}'", &text("$nonce ${HOME}"));
    }
}
