//! One lesson: its files, and what its checks expect of them.

use super::{Findings, headings, mistake, quiz, task, tokens};
use crate::course::fault::Fault;
use crate::course::files::{LessonFiles, Written};
use crate::course::model::{Check, Task};
use crate::course::node::At;
use crate::course::spec::Spec;
use crate::text::tick;

/// Checks all that can be said of a lesson alone.
pub(super) fn lesson(lesson: &LessonFiles, is_pack: bool, faults: &mut Vec<Fault>) {
    let folder = format!("lessons/{}", lesson.id);
    if lesson.starter.files.is_empty() {
        let message = "the lesson has no starter: at least one file to begin with";
        faults.push(Fault::of_file(format!("{folder}/starter"), message));
    }
    if lesson.solution.files.is_empty() && !is_pack {
        let message = "the lesson has no solution: without one its checks are not proven";
        faults.push(Fault::of_file(format!("{folder}/solution"), message));
    }
    if let Some(path) = lesson.solution.collision(&lesson.starter) {
        let message = "this is a file here and a folder in the starter, or the reverse";
        faults.push(Fault::of_file(format!("{folder}/solution/{path}"), message));
    }
    if let Some(file) = &lesson.tasks {
        task::tasks(file, faults);
        let mut findings = Findings {
            page: file.page(),
            faults,
        };
        tokens::of(file.at(), &mut findings);
        quiz::quizzes(file, &mut findings);
        if !lesson.solution.files.is_empty() {
            workspace(lesson, file, faults);
        }
    }
    if let Some(head) = &lesson.head {
        let page = head.page();
        headings::headings(lesson, &mut Findings { page, faults });
    }
    mistake::mistakes(lesson, faults);
}

/// What is built, edited or touched must be in the solution, or not even it can pass.
fn workspace(lesson: &LessonFiles, file: &Written<Vec<Task>>, faults: &mut Vec<Fault>) {
    let mut findings = Findings {
        page: file.page(),
        faults,
    };
    for task in &file.value {
        let at = file.at().key("tasks").name(&task.id);
        if let Some(build) = &task.with.build {
            let context = build.context.0.trim_start_matches("./");
            let dockerfile = match context {
                "." | "" => build.dockerfile.0.clone(),
                folder => format!("{folder}/{}", build.dockerfile.0),
            };
            absent(
                lesson,
                &dockerfile,
                at.key("with").key("build"),
                &mut findings,
            );
        }
        for (index, check) in task.checks.iter().enumerate() {
            changed(lesson, check, at.key("checks").item(index), &mut findings);
        }
    }
}

fn changed(lesson: &LessonFiles, check: &Check, at: At<'_>, findings: &mut Findings<'_>) {
    let at = at.key(check.spec.kind());
    match &check.spec {
        Spec::Cache(spec) => {
            for (key, path) in [("edit", &spec.edit), ("touch", &spec.touch)] {
                if let Some(path) = path {
                    absent(lesson, &path.0, at.key(key), findings);
                }
            }
        }
        Spec::Compose(spec) => {
            if let Some(path) = &spec.file {
                absent(lesson, &path.0, at.key("file"), findings);
            }
        }
        Spec::Any(checks) | Spec::All(checks) => {
            for (index, check) in checks.iter().enumerate() {
                changed(lesson, check, at.item(index), findings);
            }
        }
        Spec::Not(check) => changed(lesson, check, at, findings),
        _ => {}
    }
}

fn absent(lesson: &LessonFiles, path: &str, at: At<'_>, findings: &mut Findings<'_>) {
    let path = path.trim_start_matches("./");
    let files = &lesson.solution.files;
    if !files.contains_key(path) {
        let near = crate::text::nearest(path, files.keys().map(String::as_str));
        let message = format!("the solution has no file {}", tick(path));
        let fault = findings
            .page
            .fault(at.place(), message)
            .meant(near.map(str::to_owned));
        findings.faults.push(fault);
    }
}
