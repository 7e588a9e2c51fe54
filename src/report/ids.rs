//! Engine ids are noise to a reader: 64 hexadecimal digits become the 12 that docker shows.

use std::borrow::Cow;

const LONG: usize = 64;
const SHORT: usize = 12;

/// Shortens every id of 64 hexadecimal digits, with `mark` where digits were left out.
pub(super) fn shortened<'a>(text: &'a str, mark: &str) -> Cow<'a, str> {
    let mut out = String::new();
    let mut copied = 0;
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let run = bytes[at..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric())
            .count();
        if run == LONG && bytes[at..at + run].iter().all(u8::is_ascii_hexdigit) {
            out.push_str(&text[copied..at + SHORT]);
            out.push_str(mark);
            copied = at + run;
        }
        at += run.max(1);
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// Two values that are compared: in full where the short forms would look the same.
pub(super) fn shortened_pair<'a>(
    expected: &'a str,
    found: &'a str,
    mark: &str,
) -> (Cow<'a, str>, Cow<'a, str>) {
    let short = (shortened(expected, mark), shortened(found, mark));
    if short.0 == short.1 {
        return (Cow::Borrowed(expected), Cow::Borrowed(found));
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_keeps_the_digits_docker_shows() {
        let id = "0123456789abcdef".repeat(4);
        assert_eq!(
            shortened(&format!("no container {id}, sha256:{id}"), "…"),
            "no container 0123456789ab…, sha256:0123456789ab…"
        );
    }

    #[test]
    fn what_is_no_id_stays() {
        let text = format!("{} é {}", "a".repeat(63), "g".repeat(64));
        assert!(matches!(shortened(&text, "…"), Cow::Borrowed(_)));
    }

    #[test]
    fn two_ids_that_look_the_same_short_stay_long() {
        let one = format!("{}0", "a".repeat(63));
        let two = format!("{}1", "a".repeat(63));
        assert_eq!(shortened_pair(&one, &two, "…").1, two);
    }
}
