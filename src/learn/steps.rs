//! A lesson's page in the steps it is done in: each ends with the task it leads to.

use crate::course::{Lesson, Task};
use crate::render::Style;

use super::page::{TaskState, named, page};

/// A piece of the page to be read at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The task it ends with; `None` for what follows the last one.
    pub task: Option<String>,
    /// Its text, section by section.
    pub sections: Vec<String>,
}

/// All steps of a lesson, in the order of its page.
pub fn steps(lesson: &Lesson, state: &dyn Fn(&Task) -> TaskState, style: &Style) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut sections = Vec::new();
    for part in page(lesson, state, style) {
        let task = named(lesson, &part).map(|task| task.id.clone());
        sections.push(part.text);
        if task.is_some() {
            let sections = std::mem::take(&mut sections);
            steps.push(Step { task, sections });
        }
    }
    if !sections.is_empty() {
        let task = None;
        steps.push(Step { task, sections });
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::Course;

    #[test]
    fn each_step_ends_with_its_task_and_together_they_are_the_page() {
        let course = Course::built_in().unwrap();
        for lesson in &course.lessons {
            let style = Style::default();
            let open = |_: &Task| TaskState::Open;
            let steps = steps(lesson, &open, &style);
            let tasks: Vec<&str> = steps
                .iter()
                .filter_map(|step| step.task.as_deref())
                .collect();
            let ids: Vec<&str> = lesson.tasks.iter().map(|task| task.id.as_str()).collect();
            assert_eq!(tasks, ids);
            let parts = page(lesson, &open, &style).into_iter();
            let whole: String = parts.map(|part| part.text).collect();
            let joined: String = steps.into_iter().flat_map(|step| step.sections).collect();
            assert_eq!(joined, whole);
        }
    }
}
