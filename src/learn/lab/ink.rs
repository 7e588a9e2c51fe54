//! Styled text as this program writes it, as lines that ratatui draws.

use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::render::width;

/// Text whose only escapes are the looks of a [`crate::render::Role`], line by line. Any other control character is shown as
/// a replacement.
pub(super) fn lines(text: &str) -> Vec<Line<'static>> {
    let mut look = Style::default();
    text.lines().map(|text| line(text, &mut look)).collect()
}

fn line(text: &str, look: &mut Style) -> Line<'static> {
    let mut spans = Vec::new();
    let mut pieces = text.split("\x1b[");
    let first = pieces.next().unwrap_or_default();
    spans.push(Span::styled(plain(first), *look));
    for piece in pieces {
        let text = match piece
            .split_once('m')
            .and_then(|(code, text)| Some((coded(code, *look)?, text)))
        {
            Some((next, text)) => {
                *look = next;
                text
            }
            None => piece,
        };
        spans.push(Span::styled(plain(text), *look));
    }
    spans.retain(|span| !span.content.is_empty());
    Line::from(spans)
}

/// The same lines, none wider than this: what is too long goes on in the next one, behind a mark, as far right as it began.
pub(super) fn fitted(lines: Vec<Line<'static>>, room: usize, mark: &str) -> Vec<Line<'static>> {
    let mut out = Vec::with_capacity(lines.len());
    for line in lines {
        if line.width() <= room {
            out.push(line);
        } else {
            cut(&line, room, mark, &mut out);
        }
    }
    out
}

fn cut(line: &Line<'static>, room: usize, mark: &str, out: &mut Vec<Line<'static>>) {
    let whole = line.to_string();
    let indent = whole.len() - whole.trim_start_matches(' ').len();
    let before = format!("{}{mark} ", " ".repeat(indent.min(room / 4)));
    let mut spans: Vec<Span<'static>> = Vec::new();
    let mut used = 0;
    for span in &line.spans {
        let mut text = String::new();
        for piece in span.content.graphemes(true) {
            let wide = width(piece);
            if used + wide > room && used > 0 {
                spans.push(Span::styled(std::mem::take(&mut text), span.style));
                out.push(Line::from(std::mem::take(&mut spans)));
                spans.push(Span::styled(
                    before.clone(),
                    Style::new().add_modifier(Modifier::DIM),
                ));
                used = width(&before);
            }
            used += wide;
            text.push_str(piece);
        }
        spans.push(Span::styled(text, span.style));
    }
    out.push(Line::from(spans));
}

fn plain(text: &str) -> String {
    let shown = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    text.replace('\t', "    ").chars().map(shown).collect()
}

/// The look after "select graphic rendition" (ECMA-48, 8.3.117).
fn coded(code: &str, look: Style) -> Option<Style> {
    Some(match code {
        "0" => Style::default(),
        "1" => look.add_modifier(Modifier::BOLD),
        "2" => look.add_modifier(Modifier::DIM),
        "3" => look.add_modifier(Modifier::ITALIC),
        "31" => look.fg(Color::Red),
        "32" => look.fg(Color::Green),
        "33" => look.fg(Color::Yellow),
        "35" => look.fg(Color::Magenta),
        "36" => look.fg(Color::Cyan),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::{self, Role};

    #[test]
    fn every_look_of_the_program_is_known_and_nothing_else_gets_through() {
        let style = render::Style {
            color: render::Color::Basic16,
            ..render::Style::default()
        };
        let roles = [
            Role::Plain,
            Role::Good,
            Role::Bad,
            Role::Warn,
            Role::Dim,
            Role::Strong,
            Role::Emphasis,
            Role::Accent,
            Role::Keyword,
            Role::Literal,
        ];
        for role in roles {
            let found = lines(&style.paint(role, "word"));
            assert_eq!(found[0].to_string(), "word", "{role:?}");
            let plain = role == Role::Plain;
            assert_eq!(found[0].spans[0].style == Style::default(), plain);
        }
        assert_eq!(
            lines("a\x1b]0;t\x07b")[0].to_string(),
            "a\u{fffd}]0;t\u{fffd}b"
        );
        assert_eq!(lines("\x1b[2Jx")[0].to_string(), "2Jx");
    }

    #[test]
    fn a_line_that_is_too_long_goes_on_in_the_next_one() {
        let long = lines("    docker run -d --name \x1b[1mweb\x1b[0m nginx\nshort");
        let shown: Vec<String> = fitted(long, 20, "┊")
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            shown,
            ["    docker run -d --", "    ┊ name web nginx", "short"]
        );
    }
}
