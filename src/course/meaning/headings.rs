//! Headings of a lesson's text that name a task: there must be one of that name.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::Findings;
use crate::course::files::LessonFiles;
use crate::course::node::Place;
use crate::text::tick;

/// Looks at every `### Task: NAME`.
pub(super) fn headings(lesson: &LessonFiles, findings: &mut Findings<'_>) {
    let (Some(head), Some(tasks)) = (&lesson.head, &lesson.tasks) else {
        return;
    };
    let above = head.text.len() - lesson.body.len();
    let known: Vec<&str> = tasks.value.iter().map(|task| task.id.as_str()).collect();
    for (at, words) in named(&lesson.body) {
        let Some(name) = words.strip_prefix("Task:").map(str::trim) else {
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

/// The headings of a page, and where each begins.
fn named(page: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut inside = false;
    for (event, range) in Parser::new(page).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                inside = true;
                found.push((range.start, String::new()));
            }
            Event::End(TagEnd::Heading(_)) => inside = false,
            Event::Text(text) | Event::Code(text) if inside => {
                if let Some((_, words)) = found.last_mut() {
                    words.push_str(&text);
                }
            }
            _ => {}
        }
    }
    found
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
