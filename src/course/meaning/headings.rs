//! Headings of a lesson's text that name a task: there must be one of that name.

use super::Findings;
use crate::course::files::LessonFiles;
use crate::course::node::Place;
use crate::course::page::{headings as of_page, task_named};
use crate::text::tick;

/// Looks at every `### Task: NAME`.
pub(super) fn headings(lesson: &LessonFiles, findings: &mut Findings<'_>) {
    let (Some(head), Some(tasks)) = (&lesson.head, &lesson.tasks) else {
        return;
    };
    let above = head.text.len() - lesson.body.len();
    let known: Vec<&str> = tasks.value.iter().map(|task| task.id.as_str()).collect();
    for (at, words) in of_page(&lesson.body) {
        let Some(name) = task_named(&words) else {
            continue;
        };
        if !known.contains(&name) {
            let place = place(&head.text, above + at);
            let message = format!("the lesson has no task {}", tick(name));
            findings
                .faults
                .push(findings.page.fault(place, message).allowed(name, &known));
        }
    }
}

/// The line that begins at a byte.
fn place(text: &str, at: usize) -> Place {
    let line = text[at..].lines().next().unwrap_or_default();
    Place {
        line: text[..at].matches('\n').count() + 1,
        column: 1,
        width: line.chars().count().max(1),
    }
}
