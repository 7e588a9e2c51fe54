//! `sealegs check`: one look at a workspace, with hints. Never a grade.

use std::path::PathBuf;

use crate::course::Lesson;
use crate::failure::{ExitCode, Failure};
use crate::report::text::Detail;
use crate::text::{nearest, tick};

use super::{App, grade, lesson};

pub(super) fn run(app: &App, what: &str, workspace: Option<PathBuf>) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    let (id, task) = match what.split_once('/') {
        Some((id, task)) => (id, Some(task)),
        None => (what, None),
    };
    let whole = lesson(&course, id)?;
    let workspace = workspace.unwrap_or_else(|| {
        let named = PathBuf::from(id);
        if named.is_dir() {
            named
        } else {
            PathBuf::from(".")
        }
    });
    let lesson = match task {
        Some(task) => only(whole, task)?,
        None => whole.clone(),
    };
    let grade = grade::judged(app, &course, &lesson, &workspace, None)?;
    grade::show(app, &grade, Detail::Check);
    Ok(grade::exit_code(&grade))
}

/// The lesson with one task, and those it needs.
fn only(lesson: &Lesson, id: &str) -> Result<Lesson, Failure> {
    let Some(task) = lesson.task(id) else {
        let ids = || lesson.tasks.iter().map(|task| task.id.as_str());
        let all: Vec<&str> = ids().collect();
        let hint = match nearest(id, ids()) {
            Some(near) => format!("did you mean {}?", tick(near)),
            None => format!("its tasks are {}", crate::text::list(&all)),
        };
        let said = format!("the lesson {} has no task {}", tick(&lesson.id), tick(id));
        return Err(Failure::usage(said).with_hint(hint));
    };
    let mut wanted = vec![task.id.clone()];
    let mut next = 0;
    while let Some(id) = wanted.get(next).cloned() {
        let needs = lesson
            .task(&id)
            .map(|task| task.needs.clone())
            .unwrap_or_default();
        wanted.extend(
            needs
                .into_iter()
                .filter(|need| !wanted.contains(need))
                .collect::<Vec<_>>(),
        );
        next += 1;
    }
    let mut part = lesson.clone();
    part.tasks.retain(|task| wanted.contains(&task.id));
    Ok(part)
}
