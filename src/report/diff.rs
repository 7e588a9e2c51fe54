//! What was expected against what was found, as lines: a value each, or a diff where both are longer texts.

use std::borrow::Cow;

use similar::algorithms::{Capture, Compact, Replace, myers};
use similar::{ChangeTag, DiffOp};

use super::ids;
use crate::outcome::Difference;
use crate::render::{Indent, Role, Span, Style, chunked, wrapped};
use crate::text;

/// Equal lines kept around a change, as `diff -u` does.
const AROUND: usize = 3;

/// Longer texts are shown whole, one after the other: comparing two that share nothing takes time that grows with
/// the product of their lines, and a submission chooses one of them.
const MOST_LINES: usize = 1000;

/// One difference: what was looked at, then expected and found, aligned.
pub(super) fn difference(difference: &Difference, pad: &str, style: &Style) -> String {
    let mut out = String::new();
    let what = text::inert_line(&difference.what);
    let mut inner = pad.to_owned();
    if !what.is_empty() {
        let what = ids::shortened(&what, style.glyphs.ellipsis());
        let heading = [Span::new(Role::Strong, &what)];
        out.push_str(&wrapped(&heading, Indent::all(pad), style));
        inner.push_str("  ");
    }
    let mark = style.glyphs.ellipsis();
    let (expected, found) = ids::shortened_pair(&difference.expected, &difference.found, mark);
    let long = |value: &str| value.lines().nth(1).is_some();
    let both_long = long(&expected) && long(&found);
    if both_long && comparable(&expected, &found) && expected != found {
        let sides = Sides {
            minus: ("expected", Role::Good),
            plus: ("found", Role::Bad),
        };
        out.push_str(&unified(&expected, &found, sides, &inner, style));
    } else {
        out.push_str(&value("expected: ", &expected, Role::Good, &inner, style));
        out.push_str(&value("found:    ", &found, Role::Bad, &inner, style));
    }
    out
}

/// Whether two texts are short enough to be compared.
pub(super) fn comparable(one: &str, other: &str) -> bool {
    let short = |text: &str| text.lines().nth(MOST_LINES).is_none();
    short(one) && short(other)
}

/// What the two sides of a diff are called, and their looks.
#[derive(Clone, Copy)]
pub(super) struct Sides<'a> {
    /// Lines with `-`.
    pub(super) minus: (&'a str, Role),
    /// Lines with `+`.
    pub(super) plus: (&'a str, Role),
}

fn value(label: &str, value: &str, role: Role, pad: &str, style: &Style) -> String {
    if value.contains('\n') && value.trim_end_matches('\n').contains('\n') {
        let heading = [Span::plain(label.trim_end())];
        let mut out = wrapped(&heading, Indent::all(pad), style);
        let lines = value.strip_suffix('\n').unwrap_or(value).split('\n');
        out.push_str(&quoted(lines, role, pad, style));
        return out;
    }
    let shown = if value.is_empty() {
        Span::new(Role::Dim, "(empty)")
    } else if value.trim() == value {
        Span::new(role, &text::inert_line(value))
    } else {
        Span::new(role, &format!("\"{}\"", text::inert_line(value)))
    };
    let hanging = format!("{pad}{}", " ".repeat(label.len()));
    let indent = Indent {
        first: pad,
        rest: &hanging,
    };
    wrapped(&[Span::plain(label), shown], indent, style)
}

/// Lines behind a gutter, whole, with every space.
pub(super) fn quoted<'a>(
    lines: impl Iterator<Item = &'a str>,
    role: Role,
    pad: &str,
    style: &Style,
) -> String {
    let first = format!("{pad}  {} ", style.glyphs.gutter());
    let rest = format!("{pad}  {} ", style.glyphs.gutter_rest());
    let indent = Indent {
        first: &first,
        rest: &rest,
    };
    lines
        .map(|line| chunked(&[Span::new(role, line)], indent, style))
        .collect()
}

/// The lines that differ, with some around them; what is left out is counted.
pub(super) fn unified(old: &str, new: &str, sides: Sides<'_>, pad: &str, style: &Style) -> String {
    let ((minus, minus_role), (plus, plus_role)) = (sides.minus, sides.plus);
    let legend = [
        Span::new(minus_role, &format!("- {minus}")),
        Span::plain("  "),
        Span::new(plus_role, &format!("+ {plus}")),
    ];
    let mut out = wrapped(&legend, Indent::all(pad), style);
    let [old_lines, new_lines] =
        [old, new].map(|text| text.split_inclusive('\n').collect::<Vec<_>>());
    let total = old.lines().count();
    let ends_differ = !old.is_empty() && old.ends_with('\n') != new.ends_with('\n');
    let mut shown = 0;
    for group in grouped(&old_lines, &new_lines) {
        let start = group.first().map_or(shown, |op| op.old_range().start);
        out.push_str(&left_out(start - shown, pad, style));
        shown = group.last().map_or(start, |op| op.old_range().end);
        for change in group
            .iter()
            .flat_map(|op| op.iter_changes(&*old_lines, &*new_lines))
        {
            let (sign, role) = match change.tag() {
                ChangeTag::Equal => ("  ", Role::Plain),
                ChangeTag::Delete => ("- ", minus_role),
                ChangeTag::Insert => ("+ ", plus_role),
            };
            let ended = change.value().strip_suffix('\n');
            let line = ended.unwrap_or(change.value());
            let line = if change.tag() == ChangeTag::Equal {
                text::inert(line)
            } else {
                visible(line)
            };
            let rest = format!("{pad}  {} ", style.glyphs.gutter_rest());
            let first = format!("{pad}  ");
            let indent = Indent {
                first: &first,
                rest: &rest,
            };
            out.push_str(&chunked(
                &[Span::new(role, &format!("{sign}{line}"))],
                indent,
                style,
            ));
            if ended.is_none() && ends_differ {
                let note = [Span::new(Role::Dim, "  (no line break at the end)")];
                out.push_str(&wrapped(&note, Indent::all(&first), style));
            }
        }
    }
    out.push_str(&left_out(total.saturating_sub(shown), pad, style));
    out
}

/// The changes, each with some equal lines around it. By one algorithm: the library's choice among them is as large as
/// a good part of this program.
fn grouped(old: &[&str], new: &[&str]) -> Vec<Vec<DiffOp>> {
    let mut changes = Compact::new(Replace::new(Capture::new()), old, new);
    let Ok(()) = myers::diff_deadline_raw(&mut changes, old, 0..old.len(), new, 0..new.len(), None);
    changes.into_inner().into_inner().into_grouped_ops(AROUND)
}

fn left_out(lines: usize, pad: &str, style: &Style) -> String {
    if lines == 0 {
        return String::new();
    }
    let mark = style.glyphs.ellipsis();
    let note = format!("  {mark} {}", text::count(lines, "equal line"));
    wrapped(&[Span::new(Role::Dim, &note)], Indent::all(pad), style)
}

/// A changed line, with what the eye misses: tabs and spaces at the end.
fn visible(line: &str) -> Cow<'_, str> {
    let kept = line.trim_end_matches(' ');
    let spaces = line.len() - kept.len();
    if spaces == 0 {
        return text::inert_line(line);
    }
    Cow::Owned(format!(
        "{}{}",
        text::inert_line(kept),
        "\\x20".repeat(spaces)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(expected: &str, found: &str) -> String {
        let values = Difference {
            what: "body".to_owned(),
            expected: expected.to_owned(),
            found: found.to_owned(),
        };
        difference(&values, "", &Style::default())
    }

    #[test]
    fn longer_texts_show_as_a_diff_that_says_what_it_leaves_out() {
        let expected = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n";
        let found = "a\nb\nc\nd\ne\nF \nf\ng\nh\ni\nj";
        insta::assert_snapshot!(shown(expected, found), @r#"
        body
          - expected  + found
            … 2 equal lines
              c
              d
              e
            + F\x20
              f
              g
              h
              i
            - j
            + j
              (no line break at the end)
        "#);
    }

    #[test]
    fn a_sentence_against_a_longer_text_shows_both_in_full() {
        insta::assert_snapshot!(shown("contains `Welcome`", "<html>\n\n::error::x"), @r#"
        body
          expected: contains `Welcome`
          found:
            │ <html>
            │
            │ ::error::x
        "#);
    }

    #[test]
    fn spaces_at_the_ends_and_nothing_at_all_can_be_seen() {
        insta::assert_snapshot!(shown("", "web \n"), @r#"
        body
          expected: (empty)
          found:    "web \n"
        "#);
    }

    #[test]
    fn texts_too_long_to_compare_are_shown_whole() {
        let shown = shown(&"a\n".repeat(MOST_LINES + 1), "b\nc\n");
        assert_eq!(shown.matches("│ a").count(), MOST_LINES + 1);
    }
}
