//! Which of the sandbox's own things a prune means.

use std::collections::BTreeMap;

use crate::sandbox::journal::now;
use crate::sandbox::policy::Refusal;
use crate::sandbox::policy::filters::Filters;
use crate::text::tick;

/// True where an object fits the `label`, `label!` and `until` of a prune; `created` is in seconds since 1970.
pub(super) fn matches(
    filters: &Filters,
    labels: &BTreeMap<String, String>,
    created: i64,
) -> Result<bool, Refusal> {
    let has = |wanted: &String| match wanted.split_once('=') {
        Some((key, value)) => labels.get(key).map(String::as_str) == Some(value),
        None => labels.contains_key(wanted),
    };
    if !filters.get("label").iter().all(has) || filters.get("label!").iter().any(has) {
        return Ok(false);
    }
    for until in filters.get("until") {
        let limit = moment(until).ok_or_else(|| {
            Refusal::not_allowed(
                format!("the time {} in a prune", tick(until)),
                "write it as `10m`, `24h` or in seconds since 1970",
            )
        })?;
        if created >= limit {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `1700000000`, or a span before now: `90s`, `10m`, `1h30m`.
fn moment(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse::<i64>() {
        return Some(seconds);
    }
    let mut span = 0;
    let mut digits = String::new();
    for c in text.chars() {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        let unit = match c {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => return None,
        };
        span += digits.parse::<i64>().ok()?.checked_mul(unit)?;
        digits.clear();
    }
    let now = i64::try_from(now() / 1000).ok()?;
    (digits.is_empty() && !text.is_empty()).then_some(now - span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_seconds_are_moments() {
        let now = i64::try_from(now() / 1000).unwrap();
        assert_eq!(moment("17"), Some(17));
        let ago = moment("1h30m").unwrap();
        assert!((now - 5401..=now - 5399).contains(&ago));
        for text in ["", "x", "10", "5d"].into_iter().filter(|t| *t != "10") {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn labels_must_be_there_or_must_not() {
        let labels = BTreeMap::from([("a".to_owned(), "b".to_owned())]);
        let matching = |key: &str, value: &str| {
            let mut filters = Filters::default();
            filters.add(key, value);
            matches(&filters, &labels, 0).unwrap()
        };
        assert!(matching("label", "a"));
        assert!(matching("label", "a=b"));
        assert!(!matching("label", "a=c"));
        assert!(!matching("label!", "a"));
        assert!(matching("until", "1s"));
    }
}
