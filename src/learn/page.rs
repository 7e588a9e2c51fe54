//! A lesson's page with its tasks in place: each heading that names a task shows what it asks and how it stands.

use crate::course::{Lesson, Task, lesson_of};
use crate::outcome::Status;
use crate::render::{Banner, Part, Role, Span, Style, Surroundings, mark, open_mark, parts};
use crate::text::inert_line;

/// How a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// Nobody has looked at it yet.
    Open,
    /// What was found when it was looked at.
    Judged(Status),
}

impl TaskState {
    /// The mark before its title.
    pub fn mark(self, style: &Style) -> Span {
        match self {
            Self::Open => open_mark(style.glyphs),
            Self::Judged(status) => mark(status, style.glyphs),
        }
    }
}

/// The lesson's page, cut before its headings. Tasks that no heading names come at its end.
pub fn page(lesson: &Lesson, state: &dyn Fn(&Task) -> TaskState, style: &Style) -> Vec<Part> {
    let surroundings = Surroundings {
        banner: &|words| {
            let task = lesson.named(words)?;
            Some(banner(lesson, task, state(task), style))
        },
        address: &|url| Some(format!("`sealegs read {}`", lesson_of(url)?)),
    };
    parts(&lesson.page(), style, surroundings)
}

/// The task that a part's heading names: `### Task: builds`.
pub fn named<'a>(lesson: &'a Lesson, part: &Part) -> Option<&'a Task> {
    lesson.named(&part.heading.as_ref()?.words)
}

fn banner(lesson: &Lesson, task: &Task, state: TaskState, style: &Style) -> Banner {
    let position = lesson.tasks.iter().position(|other| other.id == task.id);
    let number = position.map_or(0, |position| position + 1);
    let (total, dot) = (lesson.tasks.len(), style.glyphs.dot());
    Banner {
        label: format!("Task {number} of {total} {dot} {}", task.id),
        note: task.worth(),
        title: vec![
            state.mark(style),
            Span::plain(" "),
            Span::new(Role::Strong, &inert_line(&task.title)),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::Course;

    fn shown_whole(id: &str, style: &Style) -> String {
        let course = Course::built_in().unwrap();
        let lesson = course.lesson(id).unwrap();
        let parts = page(lesson, &|_| TaskState::Open, style);
        parts.into_iter().map(|part| part.text).collect()
    }

    #[test]
    fn every_task_of_the_built_in_course_is_told_once_where_its_heading_stands() {
        let course = Course::built_in().unwrap();
        for lesson in &course.lessons {
            let parts = page(lesson, &|_| TaskState::Open, &Style::default());
            let told: Vec<&str> = parts
                .iter()
                .filter_map(|part| named(lesson, part))
                .map(|task| task.id.as_str())
                .collect();
            let tasks: Vec<&str> = lesson.tasks.iter().map(|task| task.id.as_str()).collect();
            assert_eq!(told, tasks, "{}", lesson.id);
        }
    }

    #[test]
    fn a_task_that_no_heading_names_comes_at_the_end() {
        let course = Course::built_in().unwrap();
        let mut lesson = course.lessons[0].clone();
        lesson.text = "Only words.\n".to_owned();
        lesson.tasks.truncate(1);
        let parts = page(
            &lesson,
            &|_| TaskState::Judged(Status::Pass),
            &Style::default(),
        );
        let shown: String = parts.into_iter().map(|part| part.text).collect();
        let title = &lesson.tasks[0].title;
        assert!(
            shown.starts_with("Only words.\n\n── Task 1 of 1 · "),
            "{shown}"
        );
        assert!(shown.ends_with(&format!("──\n✓ {title}\n")), "{shown}");
    }

    #[test]
    fn no_lesson_is_wider_than_the_terminal_but_for_code_and_addresses() {
        let course = Course::built_in().unwrap();
        for lesson in &course.lessons {
            for columns in [50, 60, 80, 100, 120, 200] {
                let style = Style {
                    width: columns,
                    ..Style::default()
                };
                for line in shown_whole(&lesson.id, &style).lines() {
                    let excused = line.starts_with("    ") || line.contains("://");
                    assert!(
                        crate::render::width(line) <= columns || excused,
                        "{columns} columns: {line}"
                    );
                }
            }
        }
    }
}
