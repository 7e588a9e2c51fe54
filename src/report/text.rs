//! A grade for people to read in a terminal. Whatever came from the submission is neutralised and stands behind an
//! indent or a gutter.

use std::time::Duration;

use super::cause::Causes;
use super::commands::disarmed;
use super::diff::quoted;
use super::ids;
use crate::outcome::{Grade, Outcome, Script, ScriptCommand, ScriptEnd, Status, TaskGrade};
use crate::render::{Indent, Role, Span, Style, mark, wrapped};
use crate::text;

/// Lines shown of what a command wrote that did not end well: an error is its last word.
const SCRIPT_OUTPUT: usize = 3;

/// Whom a report is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// A grader: what was found, and under what conditions.
    Grade,
    /// A learner who sits at the lesson, where a key gives a hint: what was found.
    Seat,
    /// A learner: what was found, why it works where it does, and how to get a hint where it does not.
    Check,
}

/// A grade as text no wider than the terminal; only commands to copy and addresses are never broken.
pub fn grade(grade: &Grade, style: &Style, detail: Detail) -> String {
    let mut report = Report {
        style,
        detail,
        causes: Causes::new(style),
        out: String::new(),
    };
    if detail == Detail::Grade {
        report.header(grade);
    }
    for task in &grade.tasks {
        report.task(&grade.lesson, task);
    }
    if let Some(script) = &grade.script {
        report.script(script);
    }
    report.footer(grade);
    if detail == Detail::Grade {
        report.caveats(grade);
    }
    disarmed(&report.out).into_owned()
}

/// One task of a grade, in the same form.
pub fn task(lesson: &str, task: &TaskGrade, style: &Style, detail: Detail) -> String {
    let mut report = Report {
        style,
        detail,
        causes: Causes::new(style),
        out: String::new(),
    };
    report.task(lesson, task);
    disarmed(&report.out).into_owned()
}

struct Report<'g, 's> {
    style: &'s Style,
    detail: Detail,
    causes: Causes<'g>,
    out: String,
}

impl<'g> Report<'g, '_> {
    fn header(&mut self, grade: &Grade) {
        let names = [
            Span::plain("lesson "),
            Span::new(Role::Strong, &self.short(&text::tick(&grade.lesson))),
            Span::plain(&format!(" {} submission ", self.style.glyphs.dot())),
            Span::new(Role::Strong, &self.short(&text::tick(&grade.submission))),
        ];
        self.hanging("", &names);
        self.out.push('\n');
    }

    fn task(&mut self, lesson: &str, task: &'g TaskGrade) {
        let title = self.short(&text::inert_line(&task.title));
        let mut line = vec![
            self.mark(task.status),
            Span::plain(" "),
            Span::new(Role::Strong, &title),
        ];
        if let Some(points) = task_points(task) {
            let points = format!(" {} {points}", self.style.glyphs.dot());
            line.push(Span::new(Role::Dim, &points));
        }
        self.hanging("", &line);
        let mut reason = None;
        for outcome in &task.outcomes {
            self.outcome(outcome, &mut reason);
        }
        if self.detail == Detail::Check {
            self.advise(lesson, task);
        }
        self.out.push('\n');
    }

    /// `reason` is the one last given: many checks that were not judged have the same.
    fn outcome(&mut self, outcome: &'g Outcome, reason: &mut Option<&'g str>) {
        let says = self.short(&text::inert_line(&outcome.says));
        let line = [
            self.mark(outcome.status),
            Span::plain(" "),
            Span::plain(&says),
        ];
        self.hanging("  ", &line);
        let rationale = outcome.cause.as_ref().map(|cause| cause.rationale.as_str());
        if outcome.status == Status::Skip && rationale == *reason {
            return;
        }
        *reason = rationale;
        let cause = self.causes.render(outcome, "      ");
        self.out.push_str(&cause);
    }

    fn advise(&mut self, lesson: &str, task: &'g TaskGrade) {
        match (task.status, &task.why) {
            (Status::Pass, Some(why)) if !self.causes.has_helped(why) => {
                let why = self.causes.advice("why: ", why, "  ");
                self.out.push_str(&why);
            }
            (Status::Fail, _) if task.hint.is_some() || !task.fitting.is_empty() => {
                let command = format!("`sealegs hint {lesson}/{}`", task.id);
                let line = [
                    Span::new(Role::Strong, "stuck? "),
                    Span::new(Role::Accent, &command),
                ];
                self.hanging("  ", &line);
            }
            _ => {}
        }
    }

    fn footer(&mut self, grade: &Grade) {
        let tasks = grade.tasks.len();
        let passed = grade
            .tasks
            .iter()
            .filter(|task| task.status == Status::Pass)
            .count();
        let mut line = vec![
            self.mark(grade.status),
            Span::plain(&format!(
                " {passed} of {} passed {} {} of {}",
                text::count(tasks, "task"),
                self.style.glyphs.dot(),
                number(grade.scores.points),
                points_word(grade.scores.max_points),
            )),
        ];
        let bonus: f64 = grade
            .tasks
            .iter()
            .filter(|task| task.bonus)
            .map(|task| task.points)
            .sum();
        if bonus > 0.0 {
            line.push(Span::plain(&format!(", {} of them bonus", number(bonus))));
        }
        if !grade.gradable {
            line.push(Span::plain(" so far"));
        }
        self.hanging("", &line);
        if !grade.gradable {
            self.not_final(grade);
        }
    }

    fn not_final(&mut self, grade: &Grade) {
        let errors = grade
            .tasks
            .iter()
            .filter(|task| task.status == Status::Error)
            .count();
        let what = match errors {
            0 => "not everything".to_owned(),
            errors => text::count(errors, "task"),
        };
        let next = match self.detail {
            Detail::Grade => "no points were taken for it: grade the same submission again",
            Detail::Seat | Detail::Check => {
                "nothing is lost, what passed stays passed: check again"
            }
        };
        let note = format!(
            "not final: {what} could not be judged, and that is not the submission's fault; {next} \
             when the cause is gone (`sealegs doctor` looks for it)"
        );
        self.hanging("  ", &[Span::new(Role::Warn, &note)]);
    }

    /// The commands that did not end well: they cost nothing by themselves, and may be why something else did.
    fn script(&mut self, script: &Script) {
        let amiss = |command: &&ScriptCommand| command.ended != ScriptEnd::Exit(0);
        let amiss: Vec<&ScriptCommand> = script.commands.iter().filter(amiss).collect();
        if amiss.is_empty() && script.cut.is_none() {
            return;
        }
        self.hanging("", &[Span::new(Role::Strong, "commands.sh")]);
        for command in amiss {
            let how = match command.ended {
                ScriptEnd::Exit(code) => format!("ended with exit code {code}"),
                ScriptEnd::TimedOut => {
                    format!(
                        "was interrupted after {}",
                        text::time(Duration::from_millis(command.ms))
                    )
                }
                ScriptEnd::Flooded => "was interrupted: it wrote without end".to_owned(),
            };
            let first = command.text.lines().next().unwrap_or_default();
            let line = format!(
                "line {}: {} {how}",
                command.line,
                text::tick(&text::inert_line(first))
            );
            let line = self.short(&line);
            self.hanging("  ", &[Span::plain(&line)]);
            let output: Vec<&str> = command.output.lines().collect();
            let last = &output[output.len().saturating_sub(SCRIPT_OUTPUT)..];
            let lines = last.iter().map(|line| line.trim_end_matches('\r'));
            self.out
                .push_str(&quoted(lines, Role::Plain, "    ", self.style));
        }
        if let Some(cut) = &script.cut {
            let cut = self.short(&text::inert_line(cut));
            self.hanging("  ", &[Span::new(Role::Warn, &cut)]);
        }
        self.out.push('\n');
    }

    fn caveats(&mut self, grade: &Grade) {
        let mut caveats = grade.conditions.caveats.clone();
        if let Some(policy) = &grade.conditions.policy {
            let said = format!(
                "commands ran in a sandbox under the policy {}",
                text::tick(policy)
            );
            caveats.push(said);
        }
        for (number, caveat) in caveats.iter().enumerate() {
            if number == 0 {
                self.out.push('\n');
            }
            if !caveats[..number].contains(caveat) {
                let caveat = self.short(&text::inert_line(caveat));
                let caveat = format!("{} {caveat}", self.style.glyphs.bullet());
                self.hanging("", &[Span::new(Role::Dim, &caveat)]);
            }
        }
    }

    fn hanging(&mut self, pad: &str, line: &[Span]) {
        let rest = format!("{pad}  ");
        let indent = Indent {
            first: pad,
            rest: &rest,
        };
        self.out.push_str(&wrapped(line, indent, self.style));
    }

    fn short(&self, text: &str) -> String {
        ids::shortened(text, self.style.glyphs.ellipsis()).into_owned()
    }

    fn mark(&self, status: Status) -> Span {
        mark(status, self.style.glyphs)
    }
}

fn task_points(task: &TaskGrade) -> Option<String> {
    if task.max_points == 0 {
        return None;
    }
    let of = if task.bonus {
        text::count(task.max_points as usize, "bonus point")
    } else {
        points_word(task.max_points)
    };
    Some(match task.status {
        Status::Error => format!("{of} open"),
        _ => format!("{} of {of}", number(task.points)),
    })
}

fn points_word(points: u32) -> String {
    text::count(points as usize, "point")
}

/// At most two decimals, and none that say nothing.
fn number(points: f64) -> String {
    let text = format!("{points:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::{Color, Glyphs, width};
    use crate::report::example;

    fn at(width: usize) -> Style {
        Style {
            width,
            ..Style::default()
        }
    }

    #[test]
    fn a_pass_is_short() {
        insta::assert_snapshot!("passed", grade(&example::passed(), &at(80), Detail::Grade));
        insta::assert_snapshot!(
            "passed_check",
            grade(&example::passed(), &at(80), Detail::Check)
        );
    }

    #[test]
    fn a_failure_shows_everything_and_nothing_twice() {
        let text = grade(&example::mixed(), &at(80), Detail::Check);
        insta::assert_snapshot!("mixed", text);
        assert_eq!(text.matches("Traceback").count(), 1);
        assert_eq!(text.matches("npm install").count(), 1);
        insta::assert_snapshot!("mixed_50", grade(&example::mixed(), &at(50), Detail::Grade));
    }

    #[test]
    fn an_engine_fault_is_said_not_to_be_the_submissions() {
        insta::assert_snapshot!(
            "unjudged",
            grade(&example::unjudged(), &at(80), Detail::Grade)
        );
    }

    #[test]
    fn a_hostile_submission_commands_nothing_and_forges_nothing() {
        let text = grade(&example::hostile(), &at(80), Detail::Check);
        insta::assert_snapshot!("hostile", text);
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
        assert!(!text.contains("##["));
        for line in text.lines() {
            assert!(!line.trim_start().starts_with("::"), "{line}");
            let own = ["lesson ", "  ", "✓ ", "✗ ", "! ", "– ", "• "];
            assert!(
                line.is_empty() || own.iter().any(|start| line.starts_with(start)),
                "{line}"
            );
        }
    }

    #[test]
    fn every_string_of_a_grade_is_neutralised_with_colour_too() {
        let style = Style {
            color: Color::Basic16,
            ..at(80)
        };
        let text = grade(&example::hostile(), &style, Detail::Check);
        for sequence in text.split('\x1b').skip(1) {
            let code = sequence
                .strip_prefix('[')
                .and_then(|rest| rest.split_once('m'));
            assert!(
                code.is_some_and(
                    |(code, _)| ["0", "1", "2", "31", "32", "33", "36"].contains(&code)
                )
            );
        }
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_but_commands_to_copy() {
        for columns in 50..=120 {
            for example in [example::mixed(), example::unjudged(), example::passed()] {
                for line in grade(&example, &at(columns), Detail::Check).lines() {
                    let copied = line.contains("see it: ");
                    assert!(
                        width(line) <= columns || copied,
                        "{columns} columns: {line}"
                    );
                }
            }
        }
    }

    #[test]
    fn colour_and_ascii_change_looks_and_not_words() {
        let style = Style {
            color: Color::Basic16,
            ..at(80)
        };
        let mut bare = String::new();
        let coloured = grade(&example::mixed(), &style, Detail::Check);
        for (number, piece) in coloured.split('\x1b').enumerate() {
            bare.push_str(if number == 0 {
                piece
            } else {
                piece.split_once('m').unwrap().1
            });
        }
        assert_eq!(bare, grade(&example::mixed(), &at(80), Detail::Check));
        let ascii = Style {
            glyphs: Glyphs::Ascii,
            ..at(80)
        };
        assert!(grade(&example::mixed(), &ascii, Detail::Check).is_ascii());
    }

    #[test]
    fn points_say_no_more_than_they_know() {
        assert_eq!(number(7.5), "7.5");
        assert_eq!(number(10.0), "10");
        assert_eq!(number(3.333), "3.33");
        assert_eq!(number(0.0), "0");
    }
}
