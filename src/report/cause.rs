//! Why a check did not pass, with everything to see it for oneself; nothing twice.

use super::{diff, ids};
use crate::outcome::{Cause, Outcome, Place, Status};
use crate::render::{Indent, Role, Span, Style, chunked, wrapped};
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

    /// Never wrapped: a broken command cannot be copied.
    fn command(&self, command: &str, pad: &str) -> String {
        let label = "see it: ";
        let command = ids::shortened(command, "");
        let mut out = String::new();
        for (number, line) in command.lines().enumerate() {
            let lead = if number == 0 {
                self.style.paint(Role::Strong, label)
            } else {
                " ".repeat(label.len())
            };
            let line = self.style.paint(Role::Accent, &text::inert_line(line));
            out.push_str(&format!("{pad}{lead}{line}\n"));
        }
        out
    }
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
