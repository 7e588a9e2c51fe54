//! What the text of a lesson says about the course: where its tasks stand, and which lessons it leads to.

use std::borrow::Cow;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::{Lesson, Task};
use crate::text::count;

impl Lesson {
    /// The task that a heading of the text names: `Task: builds`.
    pub fn named(&self, words: &str) -> Option<&Task> {
        self.task(task_named(words)?)
    }

    /// The text with a heading for every task: those that none names come at its end.
    pub fn page(&self) -> Cow<'_, str> {
        let headings = headings(&self.text);
        let is_told = |task: &&Task| {
            let mut names = headings.iter().filter_map(|(_, words)| task_named(words));
            names.any(|name| name == task.id)
        };
        let untold = self.tasks.iter().filter(|task| !is_told(task));
        let untold: String = untold
            .map(|task| format!("\n\n### Task: {}\n", task.id))
            .collect();
        match untold.is_empty() {
            true => Cow::Borrowed(&self.text),
            false => Cow::Owned(format!("{}{untold}", self.text)),
        }
    }
}

impl Task {
    /// Its points in words; nothing where it has none.
    pub fn worth(&self) -> String {
        match (self.points, self.bonus) {
            (0, _) => String::new(),
            (points, true) => count(points as usize, "bonus point"),
            (points, false) => count(points as usize, "point"),
        }
    }
}

/// The name of the task that a heading is for.
pub(super) fn task_named(words: &str) -> Option<&str> {
    words.strip_prefix("Task:").map(str::trim)
}

/// The lesson that an address in a lesson's text leads to: `../ports/lesson.md`.
pub fn lesson_of(address: &str) -> Option<&str> {
    address.strip_prefix("../")?.strip_suffix("/lesson.md")
}

/// The headings of a page, and where each begins.
pub(super) fn headings(page: &str) -> Vec<(usize, String)> {
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
