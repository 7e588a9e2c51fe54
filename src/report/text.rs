//! A grade for people. Whatever comes from a submission is neutralised and never stands at column 0, where a CI
//! system would take it for a command.

use similar::{ChangeTag, TextDiff};

use crate::outcome::{Cause, Difference, Grade, Outcome, Status, TaskGrade};
use crate::render::{Role, Style, wrapped};
use crate::text::{count, inert, inert_line};

use super::Detail;

/// Renders a grade.
pub fn grade(grade: &Grade, style: &Style, detail: Detail) -> String {
    let mut page = Page {
        style,
        out: String::new(),
    };
    let head = format!("{}: {}", grade.lesson, inert_line(&grade.submission));
    page.line("", &style.paint(Role::Strong, &head));
    for task in &grade.tasks {
        page.out.push('\n');
        page.task(task, detail);
    }
    page.out.push('\n');
    page.summary(grade);
    page.out
}

struct Page<'a> {
    style: &'a Style,
    out: String,
}

impl Page<'_> {
    /// One line, wrapped, its continuation under its own beginning.
    fn line(&mut self, indent: &str, text: &str) {
        let columns = self.style.width.saturating_sub(indent.len()).max(20);
        for line in wrapped(text, columns, "").lines() {
            self.out.push_str(&format!("{indent}{line}\n"));
        }
    }

    /// A word in a column of its own, and wrapped text beside it.
    fn labelled(&mut self, indent: &str, label: &str, text: &str) {
        let column = format!("{indent}{}", " ".repeat(label.chars().count() + 1));
        let columns = self.style.width.saturating_sub(column.len()).max(20);
        let text = wrapped(&inert_line(text), columns, "");
        for (index, line) in text.lines().enumerate() {
            match index {
                0 => self.out.push_str(&format!(
                    "{indent}{} {line}\n",
                    self.style.paint(Role::Dim, label)
                )),
                _ => self.out.push_str(&format!("{column}{line}\n")),
            }
        }
    }

    /// Several lines, unwrapped, behind a gutter.
    fn gutter(&mut self, indent: &str, text: &str) {
        for line in inert(text).lines() {
            self.out.push_str(&format!("{indent}│ {line}\n"));
        }
    }

    fn task(&mut self, task: &TaskGrade, detail: Detail) {
        let points = format!(
            "{} of {}",
            number(task.points),
            count(task.max_points as usize, "point")
        );
        let bonus = if task.bonus { ", bonus" } else { "" };
        let head = format!(
            "{} {} ({points}{bonus})",
            mark(task.status),
            inert_line(&task.title)
        );
        let head = self.style.paint(role(task.status), &head);
        self.line("", &head);
        for outcome in &task.outcomes {
            self.outcome(outcome);
        }
        if detail == Detail::Check {
            if let Some(why) = &task.why {
                self.labelled("  ", "why:", why);
            }
            if let Some(hint) = &task.hint {
                self.labelled("  ", "hint:", hint);
            }
        }
    }

    fn outcome(&mut self, outcome: &Outcome) {
        let head = format!("{} {}", outcome.status.mark(), inert_line(&outcome.says));
        let head = self.style.paint(role(outcome.status), &head);
        self.line("  ", &head);
        if let Some(cause) = &outcome.cause {
            self.cause(cause);
        }
    }

    fn cause(&mut self, cause: &Cause) {
        const INDENT: &str = "      ";
        self.line(INDENT, &inert_line(&cause.rationale));
        for difference in &cause.differences {
            self.difference(INDENT, difference);
        }
        if let Some(place) = &cause.place {
            let head = format!("{}:{}", inert_line(&place.file), place.line);
            self.labelled(INDENT, "at:", &head);
            self.gutter(INDENT, &place.text);
        }
        if !cause.log.is_empty() {
            self.line(INDENT, "the last it wrote:");
            self.gutter(INDENT, &cause.log.join("\n"));
        }
        if let Some(see) = &cause.see {
            self.labelled(INDENT, "see it:", see);
        }
        if let Some(help) = &cause.help {
            self.labelled(INDENT, "try:", help);
        }
    }

    fn difference(&mut self, indent: &str, difference: &Difference) {
        let Difference {
            what,
            expected,
            found,
        } = difference;
        let many = |text: &str| text.trim_end().contains('\n');
        self.line(indent, &format!("{}:", inert_line(what)));
        let inner = format!("{indent}  ");
        if many(expected) && many(found) {
            let diff = TextDiff::from_lines(expected.as_str(), found.as_str());
            let lines: Vec<String> = diff
                .iter_all_changes()
                .map(|change| {
                    let sign = match change.tag() {
                        ChangeTag::Delete => "-",
                        ChangeTag::Insert => "+",
                        ChangeTag::Equal => " ",
                    };
                    format!("{sign} {}", change.value().trim_end_matches('\n'))
                })
                .collect();
            self.line(&inner, "expected (-) against found (+)");
            self.gutter(&inner, &lines.join("\n"));
            return;
        }
        for (label, text) in [("expected", expected), ("found   ", found)] {
            match many(text) {
                true => {
                    self.line(&inner, label);
                    self.gutter(&inner, text);
                }
                false => self.labelled(&inner, label, text),
            }
        }
    }

    fn summary(&mut self, grade: &Grade) {
        let passed = grade
            .tasks
            .iter()
            .filter(|task| task.status == Status::Pass)
            .count();
        let tasks = count(grade.tasks.len(), "task");
        let points = format!(
            "{} of {}",
            number(grade.scores.points),
            count(grade.scores.max_points as usize, "point")
        );
        let said = format!("{passed} of {tasks} passed · {points}");
        let said = self.style.paint(
            role(grade.status),
            &format!("{} {said}", mark(grade.status)),
        );
        self.line("", &said);
        if !grade.gradable {
            let text = "not every check could be judged: these points are not final, and nothing is lost; \
                        mend what is said above and run it again";
            self.line("  ", text);
        }
        for caveat in &grade.conditions.caveats {
            self.labelled("  ", "note:", caveat);
        }
    }
}

fn mark(status: Status) -> &'static str {
    status.mark()
}

fn role(status: Status) -> Role {
    match status {
        Status::Pass => Role::Good,
        Status::Fail => Role::Bad,
        Status::Error => Role::Warn,
        Status::Skip => Role::Dim,
    }
}

/// Points without needless zeros.
fn number(points: f64) -> String {
    let text = format!("{points:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{Conditions, Place, Scores};

    fn failing(cause: Cause) -> Grade {
        let outcome = Outcome {
            id: "http".into(),
            kind: "http",
            says: "`GET /` on port 8080 answers as it should".into(),
            status: Status::Fail,
            weight: 1,
            cause: Some(cause),
            ms: 5,
        };
        let task = TaskGrade {
            id: "serves".into(),
            title: "Serve the page".into(),
            status: Status::Fail,
            points: 3.5,
            max_points: 10,
            bonus: false,
            outcomes: vec![outcome],
            why: None,
            hint: Some("look at EXPOSE".into()),
        };
        Grade {
            version: 1,
            lesson: "containerize".into(),
            submission: "ada".into(),
            status: Status::Fail,
            gradable: true,
            scores: Scores {
                points: 3.5,
                max_points: 10,
            },
            tasks: vec![task],
            conditions: Conditions::default(),
        }
    }

    #[test]
    fn a_failure_says_everything_once() {
        let mut cause = Cause::new("the answer is not the right one")
            .differs("status", "200", "404")
            .see("curl -i localhost:8080/")
            .help("serve the file");
        cause.place = Some(Place {
            file: "Dockerfile".into(),
            line: 4,
            text: "CMD [\"x\"]".into(),
        });
        cause.log = vec!["boom".into()];
        let shown = grade(&failing(cause), &Style::default(), Detail::Check);
        assert_eq!(
            shown,
            "containerize: ada\n\n✗ Serve the page (3.5 of 10 points)\n  ✗ `GET /` on port 8080 answers as it should\n      \
             the answer is not the right one\n      status:\n        expected 200\n        found    404\n      \
             at: Dockerfile:4\n      │ CMD [\"x\"]\n      the last it wrote:\n      │ boom\n      \
             see it: curl -i localhost:8080/\n      try: serve the file\n  hint: look at EXPOSE\n\n\
             ✗ 0 of 1 task passed · 3.5 of 10 points\n"
        );
    }

    #[test]
    fn nothing_from_a_submission_is_obeyed_by_a_terminal_or_a_ci_system() {
        let evil = "\u{1b}[2J\n::error::free points\n\u{202e}x";
        let mut cause = Cause::new(evil)
            .differs(evil, evil, evil)
            .see(evil)
            .help(evil);
        cause.log = vec![evil.into()];
        cause.place = Some(Place {
            file: evil.into(),
            line: 1,
            text: evil.into(),
        });
        let mut hostile = failing(cause);
        hostile.submission = evil.into();
        let shown = grade(&hostile, &Style::default(), Detail::Grade);
        assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown}");
        assert!(!shown.lines().any(|line| line.starts_with("::")), "{shown}");
    }

    #[test]
    fn long_texts_are_compared_line_by_line_and_never_cut() {
        let cause = Cause::new("differs").differs("stdout", "a\nb\nc", "a\nx\nc");
        let shown = grade(&failing(cause), &Style::default(), Detail::Grade);
        assert!(
            shown.contains("        │   a\n        │ - b\n        │ + x\n        │   c\n"),
            "{shown}"
        );
    }
}
