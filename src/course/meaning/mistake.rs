//! Known wrong answers: each differs from the solution, and names the check that must catch it.

use super::Findings;
use crate::course::fault::Fault;
use crate::course::files::{LessonFiles, MistakeFiles, Written};
use crate::course::model::{Task, Tree};
use crate::course::node::At;
use crate::course::shape::MistakeShape;
use crate::text::tick;

/// Checks every mistake of a lesson.
pub(super) fn mistakes(lesson: &LessonFiles, faults: &mut Vec<Fault>) {
    for mistake in &lesson.mistakes {
        let Some(about) = &mistake.about else {
            continue;
        };
        if let Some(tasks) = &lesson.tasks {
            let mut findings = Findings {
                page: about.page(),
                faults,
            };
            caught(
                about,
                &tasks.value,
                about.at().key("caught_by"),
                &mut findings,
            );
        }
        if !lesson.solution.files.is_empty() {
            overlay(lesson, mistake, about, faults);
        }
    }
}

/// The solution with the mistake made in it.
pub(in crate::course) fn mistaken(
    solution: &Tree,
    mistake: &MistakeFiles,
    about: &MistakeShape,
) -> Tree {
    let mut tree = solution.clone();
    about.removes.iter().for_each(|path| tree.remove(&path.0));
    tree.lay_over(&mistake.over);
    tree
}

fn caught(about: &Written<MistakeShape>, tasks: &[Task], at: At<'_>, findings: &mut Findings<'_>) {
    let (task_id, check_id) = about.value.names();
    let Some(task) = tasks.iter().find(|task| task.id == task_id) else {
        let known: Vec<&str> = tasks.iter().map(|task| task.id.as_str()).collect();
        return findings.unknown(at, "task", task_id, &known);
    };
    if !task.checks.iter().any(|check| check.id == check_id) {
        let known: Vec<&str> = task.checks.iter().map(|check| check.id.as_str()).collect();
        findings.unknown(
            at,
            &format!("check of {} named", tick(task_id)),
            check_id,
            &known,
        );
    }
}

fn overlay(
    lesson: &LessonFiles,
    mistake: &MistakeFiles,
    about: &Written<MistakeShape>,
    faults: &mut Vec<Fault>,
) {
    let solution = &lesson.solution;
    let mut findings = Findings {
        page: about.page(),
        faults,
    };
    for (index, path) in about.value.removes.iter().enumerate() {
        if !solution.has(&path.0) {
            let near = crate::text::nearest(&path.0, solution.files.keys().map(String::as_str));
            let message = format!("the solution has no {} to remove", tick(&path.0));
            let at = about.at().key("removes").item(index);
            let fault = findings
                .page
                .fault(at.place(), message)
                .meant(near.map(str::to_owned));
            findings.faults.push(fault);
        }
    }
    let files = mistaken(solution, mistake, &about.value);
    if files == *solution {
        findings.at(
            about.at(),
            "this mistake changes nothing: its files are the solution's",
        );
    }
    let mut left = solution.clone();
    about
        .value
        .removes
        .iter()
        .for_each(|path| left.remove(&path.0));
    if let Some(path) = mistake.over.collision(&left) {
        let file = format!("lessons/{}/mistakes/{}/files/{path}", lesson.id, mistake.id);
        let message = "this is a file here and a folder in the solution, or the reverse";
        faults.push(Fault::of_file(file, message));
    }
}
