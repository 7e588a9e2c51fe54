//! Why a check did not pass, with everything to see it for oneself; nothing twice.

use super::{diff, ids};
use crate::outcome::{Cause, Outcome, Place, Status};
use crate::render::{Indent, Role, Span, Style, chunked, width, wrapped};
use crate::text;

/// Renders causes in the order of a grade, and remembers what it has shown.
pub(super) struct Causes<'g> {
    style: Style,
    shown: Vec<(&'g Cause, &'g str)>,
    helped: Vec<&'g str>,
}

impl<'g> Causes<'g> {
    pub(super) fn new(style: &Style) -> Self {
        Self {
            style: *style,
            shown: Vec::new(),
            helped: Vec::new(),
        }
    }

    /// The cause of an outcome, in lines that begin with `pad`.
    pub(super) fn render(&mut self, outcome: &'g Outcome, pad: &str) -> String {
        let Some(cause) = &outcome.cause else {
            return String::new();
        };
        let mut out = String::new();
        let evidence = matches!(outcome.status, Status::Fail | Status::Error);
        let earlier = self.shown.iter().find(|(other, _)| *other == cause);
        if let Some((_, says)) = earlier.filter(|_| evidence && has_evidence(cause)) {
            let note = format!("the same as for \"{says}\" above");
            return self.line(Role::Dim, &note, pad);
        }
        if cause.rationale != outcome.says {
            out.push_str(&self.line(Role::Plain, &cause.rationale, pad));
        }
        if !evidence {
            return out;
        }
        for difference in &cause.differences {
            out.push_str(&diff::difference(difference, pad, &self.style));
        }
        if let Some(place) = &cause.place {
            out.push_str(&self.place(place, pad));
        }
        out.push_str(&self.log(cause, pad));
        if let Some(command) = &cause.see {
            out.push_str(&self.command(command, pad));
        }
        if let Some(help) = &cause.help
            && !self.has_helped(help)
        {
            out.push_str(&self.advice("try: ", help, pad));
        }
        self.shown.push((cause, &outcome.says));
        out
    }

    /// Advice, once in a grade.
    pub(super) fn advice(&mut self, label: &str, advice: &'g str, pad: &str) -> String {
        self.helped.push(advice);
        let hanging = format!("{pad}{}", " ".repeat(label.len()));
        let indent = Indent {
            first: pad,
            rest: &hanging,
        };
        let spans = [
            Span::new(Role::Strong, label),
            Span::plain(advice.trim_end()),
        ];
        wrapped(&spans, indent, &self.style)
    }

    /// Whether this advice was given before.
    pub(super) fn has_helped(&self, advice: &str) -> bool {
        self.helped.contains(&advice)
    }

    fn line(&self, role: Role, line: &str, pad: &str) -> String {
        let line = text::inert_line(line);
        let line = ids::shortened(&line, self.style.glyphs.ellipsis());
        wrapped(&[Span::new(role, &line)], Indent::all(pad), &self.style)
    }

    /// The line as it is, ids and all: it is quoted from the submission.
    fn place(&self, place: &Place, pad: &str) -> String {
        let file = format!("{}:{}", place.file, place.line);
        let mut out = self.line(Role::Accent, &file, pad);
        let number = place.line.to_string();
        let glyphs = self.style.glyphs;
        let first = format!("{pad}  {number} {} ", glyphs.gutter());
        let rest = format!(
            "{pad}  {} {} ",
            " ".repeat(number.len()),
            glyphs.gutter_rest()
        );
        let indent = Indent {
            first: &first,
            rest: &rest,
        };
        let line = place.text.replace('\n', "\\n");
        out.push_str(&chunked(&[Span::plain(&line)], indent, &self.style));
        out
    }

    fn log(&self, cause: &Cause, pad: &str) -> String {
        if cause.log.is_empty() {
            return String::new();
        }
        let earlier = self.shown.iter().find(|(other, _)| other.log == cause.log);
        if let Some((_, says)) = earlier {
            let note = format!("log: the same as for \"{says}\" above");
            return self.line(Role::Dim, &note, pad);
        }
        let heading = match cause.log.len() {
            1 => "last line of the log:".to_owned(),
            lines => format!("last {} of the log:", text::count(lines, "line")),
        };
        let mut out = self.line(Role::Plain, &heading, pad);
        let mark = self.style.glyphs.ellipsis();
        for entry in &cause.log {
            let entry = ids::shortened(entry.trim_end_matches(['\r', '\n']), mark);
            let lines = entry.split('\n').map(|line| line.trim_end_matches('\r'));
            out.push_str(&diff::quoted(lines, Role::Plain, pad, &self.style));
        }
        out
    }

    /// Broken as a shell lets it be, so that it can be copied.
    fn command(&self, command: &str, pad: &str) -> String {
        let label = "see it: ";
        let command = ids::shortened(command, "");
        let room = self.style.width.saturating_sub(pad.len() + label.len());
        let mut out = String::new();
        let lines = command
            .lines()
            .flat_map(|line| continued(&text::inert_line(line), room));
        for (number, line) in lines.enumerate() {
            let lead = if number == 0 {
                self.style.paint(Role::Strong, label)
            } else {
                " ".repeat(label.len())
            };
            let line = self.style.paint(Role::Accent, &line);
            out.push_str(&format!("{pad}{lead}{line}\n"));
        }
        out
    }
}

/// A line of a shell in lines of at most `room` columns, where it has spaces outside of quotes to break it at; each but
/// the last ends in a backslash.
fn continued(line: &str, room: usize) -> Vec<String> {
    if width(line) <= room {
        return vec![line.to_owned()];
    }
    let mut quote = None;
    let words = line.split(|c: char| {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
        c == ' ' && quote.is_none()
    });
    let mut lines = vec![String::new()];
    for word in words {
        let last = lines.last_mut().expect("there is a line from the start");
        if last.is_empty() {
            last.push_str(word);
        } else if width(last) + 1 + width(word) + 2 <= room {
            last.push(' ');
            last.push_str(word);
        } else {
            last.push_str(" \\");
            lines.push(format!("  {word}"));
        }
    }
    lines
}

fn has_evidence(cause: &Cause) -> bool {
    let Cause {
        rationale: _,
        differences,
        see,
        place,
        log,
        help,
    } = cause;
    !differences.is_empty() || !log.is_empty() || see.is_some() || place.is_some() || help.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_broken_where_a_shell_may_go_on() {
        let line = "docker exec web sh -c 'echo a b; ls' --more words";
        assert_eq!(continued(line, 80), [line]);
        assert_eq!(
            continued(line, 24),
            [
                "docker exec web sh -c \\",
                "  'echo a b; ls' \\",
                "  --more words"
            ]
        );
        assert_eq!(continued("onewordthatislong", 5), ["onewordthatislong"]);
    }
}
