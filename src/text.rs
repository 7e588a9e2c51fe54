//! Counts, lists, units and neutralised text: the small grammar every message shares.

use std::borrow::Cow;
use std::fmt;

/// `1 lesson`, `2 lessons`.
pub fn count(n: usize, one: &str) -> String {
    if n == 1 {
        format!("1 {one}")
    } else {
        format!("{n} {one}s")
    }
}

/// `` `a` ``, `` `a` and `b` ``, `` `a`, `b` and `c` ``.
pub fn list<S: AsRef<str>>(items: &[S]) -> String {
    joined(items, "and")
}

/// `` `a` ``, `` `a` or `b` ``, `` `a`, `b` or `c` ``.
pub fn list_or<S: AsRef<str>>(items: &[S]) -> String {
    joined(items, "or")
}

fn joined<S: AsRef<str>>(items: &[S], word: &str) -> String {
    let ticked: Vec<String> = items.iter().map(|item| tick(item.as_ref())).collect();
    match ticked.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} {word} {last}", rest.join(", ")),
    }
}

/// Puts a name in backticks, neutralised.
pub fn tick(name: &str) -> String {
    format!("`{}`", inert_line(name))
}

/// The allowed name nearest to `given`, if one is near enough to be a slip of the fingers.
pub fn nearest<'a>(given: &str, allowed: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = given.to_lowercase();
    allowed
        .into_iter()
        .map(|name| {
            (
                strsim::damerau_levenshtein(&lower, &name.to_lowercase()),
                name,
            )
        })
        .filter(|(distance, name)| *distance <= (name.chars().count().max(3) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Bytes in decimal units, as docker prints them: `999B`, `1.5kB`, `21.3MB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes}B");
    }
    let mut value = bytes as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = format!("{value:.1}");
    format!(
        "{}{}",
        digits.strip_suffix(".0").unwrap_or(&digits),
        UNITS[unit]
    )
}

/// A span of time for people: `340ms`, `1.2s`, `2m05s`.
pub fn time(span: std::time::Duration) -> String {
    let ms = span.as_millis();
    match ms {
        0..1000 => format!("{ms}ms"),
        1000..60_000 => {
            let text = format!("{:.1}", span.as_secs_f64());
            format!("{}s", text.strip_suffix(".0").unwrap_or(&text))
        }
        _ => format!("{}m{:02}s", ms / 60_000, ms % 60_000 / 1000),
    }
}

/// A time in UTC, as RFC 3339 writes it; the civil calendar by Howard Hinnant's `civil_from_days`.
pub fn utc(time: std::time::SystemTime) -> String {
    let since = time.duration_since(std::time::UNIX_EPOCH);
    let seconds = since.map_or(0, |since| since.as_secs());
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let z = days + 719_468;
    let era = z / 146_097;
    let day_of_era = z % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Untrusted text made harmless for a terminal: control and bidirectional characters become visible
/// escapes, line breaks and tabs stay.
pub fn inert(text: &str) -> Cow<'_, str> {
    neutralised(text, |c| c == '\n' || c == '\t')
}

/// Untrusted text on one line: as [`inert`], and line breaks become `\n`.
pub fn inert_line(text: &str) -> Cow<'_, str> {
    neutralised(text, |_| false)
}

fn neutralised(text: &str, keep: impl Fn(char) -> bool) -> Cow<'_, str> {
    let harmful = |c: char| (c.is_control() || is_invisible(c)) && !keep(c);
    if !text.contains(harmful) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let joins = || {
            let after = text[at + c.len_utf8()..].chars().next();
            is_joiner(c) && is_joined(before) && after.is_some_and(is_joined)
        };
        match c {
            c if !harmful(c) || joins() => out.push(c),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 0x100 => out.push_str(&format!("\\x{:02x}", c as u32)),
            c => out.push_str(&format!("\\u{{{:x}}}", c as u32)),
        }
        before = c;
    }
    Cow::Owned(out)
}

/// Characters that reorder or hide text (Trojan Source, CVE-2021-42574), and line separators.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Joins or parts its neighbours: emoji made of several, and the letters of some scripts.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// What a joiner can stand between; between others it hides, and is shown.
fn is_joined(c: char) -> bool {
    !c.is_ascii() && !c.is_control() && !is_invisible(c)
}

/// Writes `hint` on a line of its own after a message.
pub fn sentence_hint(f: &mut fmt::Formatter<'_>, hint: Option<&str>) -> fmt::Result {
    match hint {
        Some(hint) => write!(f, "\nhint: {hint}"),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn lists_read_as_sentences() {
        assert_eq!(list(&["a"]), "`a`");
        assert_eq!(list(&["a", "b"]), "`a` and `b`");
        assert_eq!(list_or(&["a", "b", "c"]), "`a`, `b` or `c`");
    }

    #[test]
    fn units_are_dockers() {
        assert_eq!(size(999), "999B");
        assert_eq!(size(1500), "1.5kB");
        assert_eq!(size(50_000_000), "50MB");
        assert_eq!(time(Duration::from_millis(999)), "999ms");
        assert_eq!(time(Duration::from_millis(1250)), "1.2s");
        assert_eq!(time(Duration::from_secs(125)), "2m05s");
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        let at = |seconds| utc(std::time::UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01T00:00:00Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(at(1_793_533_567), "2026-11-01T11:46:07Z");
    }

    #[test]
    fn a_slip_of_the_fingers_is_recognised_and_a_stranger_is_not() {
        assert_eq!(
            nearest("cachng", ["caching", "containerize"]),
            Some("caching")
        );
        assert_eq!(nearest("kubernetes", ["caching", "containerize"]), None);
        assert_eq!(nearest("ports", ["port"]), Some("port"));
    }

    #[test]
    fn control_characters_become_visible() {
        assert_eq!(inert("a\x1b[31mred\nb"), "a\\x1b[31mred\nb");
        assert_eq!(
            inert_line("a\n::error::b\u{202e}"),
            "a\\n::error::b\\u{202e}"
        );
        assert!(matches!(inert("plain"), Cow::Borrowed(_)));
    }

    #[test]
    fn joiners_stay_where_they_join_and_are_shown_where_they_hide() {
        assert_eq!(inert("👩\u{200d}👧"), "👩\u{200d}👧");
        assert_eq!(inert("می\u{200c}خواهم"), "می\u{200c}خواهم");
        assert_eq!(inert("ro\u{200d}ot"), "ro\\u{200d}ot");
        assert_eq!(inert("é\u{200d}\u{200d}é"), "é\\u{200d}\\u{200d}é");
    }
}
