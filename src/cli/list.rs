//! `sealegs list`: the lessons of the course and how far the learner is, all or those that are asked for.

use crate::course::{Course, Lesson};
use crate::failure::{ExitCode, Failure};
use crate::progress::Progress;
use crate::report::table;
use crate::text::count;

use super::App;
use super::args::{Format, ListWhich};
use super::record::Record;

pub(super) fn run(app: &App, words: &[String], which: ListWhich) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    let progress = Record::open(&app.terminal, &course).progress();
    let wanted: Vec<&Lesson> = course
        .lessons
        .iter()
        .filter(|lesson| words.iter().all(|word| mentions(lesson, word)))
        .filter(|lesson| match which {
            ListWhich { done: true, .. } => progress.is_done(lesson),
            ListWhich { todo: true, .. } => {
                !progress.is_done(lesson) && !progress.is_skipped(&lesson.id)
            }
            ListWhich { .. } => true,
        })
        .collect();
    if app.global.format == Format::Json {
        let listed = crate::report::json::course(&course, &wanted, &progress);
        app.terminal.print(&listed);
        return Ok(ExitCode::Passed);
    }
    if wanted.is_empty() {
        app.terminal.say("no lesson is like that");
        return Ok(ExitCode::Passed);
    }
    let rows: Vec<Vec<String>> = wanted.iter().map(|lesson| row(lesson, &progress)).collect();
    let headers = ["lesson", "title", "time", "tasks", "points", ""];
    let mut out = table(&headers, &rows, &app.terminal.out);
    out.push_str(&format!("\n{}\n", summary(&course, &progress)));
    app.terminal.print(&out);
    Ok(ExitCode::Passed)
}

/// Whether a word stands anywhere in a lesson.
fn mentions(lesson: &Lesson, word: &str) -> bool {
    let word = word.to_lowercase();
    let tasks = lesson.tasks.iter().flat_map(|task| [&task.id, &task.title]);
    [&lesson.id, &lesson.title, &lesson.text]
        .into_iter()
        .chain(tasks)
        .any(|text| text.to_lowercase().contains(&word))
}

fn row(lesson: &Lesson, progress: &Progress) -> Vec<String> {
    let (passed, tasks) = (progress.passed(lesson).len(), lesson.outline().len());
    let state = if progress.is_done(lesson) {
        "done"
    } else if progress.is_skipped(&lesson.id) {
        "skipped"
    } else if progress.current.as_ref() == Some(&lesson.id) {
        "you are here"
    } else {
        ""
    };
    vec![
        lesson.id.clone(),
        lesson.title.clone(),
        format!("{} min", lesson.minutes),
        format!("{passed}/{tasks}"),
        format!("{}/{}", progress.points(lesson), lesson.points()),
        state.to_owned(),
    ]
}

fn summary(course: &Course, progress: &Progress) -> String {
    let lessons = course.lessons.iter();
    let done = lessons.clone().filter(|lesson| progress.is_done(lesson));
    let earned: u32 = lessons.clone().map(|lesson| progress.points(lesson)).sum();
    let of: u32 = lessons.map(Lesson::points).sum();
    let next = match progress.next(course) {
        Some(next) if progress.lesson(&next.id).workspace.is_some() => {
            format!("; you are at `{}`", next.id)
        }
        Some(next) => format!("; next: `sealegs start {}`", next.id),
        None => String::new(),
    };
    let (done, all) = (done.count(), count(course.lessons.len(), "lesson"));
    format!("{done} of {all} done, {earned} of {of} points{next}")
}
