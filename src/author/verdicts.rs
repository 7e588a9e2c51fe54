//! What a grade must look like for a starter, a solution and a mistake; everything else is a fault. Pure.

use crate::course::{Lesson, Mistake};
use crate::outcome::{Grade, Outcome, Status};
use crate::text::tick;

/// Every task of a starter fails, except those that are done already.
pub(super) fn starter(lesson: &Lesson, grade: &Grade) -> Vec<String> {
    let mut faults = Vec::new();
    for (task, graded) in lesson.tasks.iter().zip(&grade.tasks) {
        let passes = graded.status == Status::Pass;
        let name = tick(&task.id);
        match (task.already_done, passes) {
            (false, true) => faults.push(format!(
                "the task {name} passes on the starter: make its checks fail there, or mark it `already_done`"
            )),
            (true, false) => faults.push(format!("the task {name} is marked `already_done` and does not pass")),
            _ => {}
        }
        faults.extend(errors(&task.id, &graded.outcomes));
    }
    faults
}

/// Every check of a solution passes.
pub(super) fn solution(grade: &Grade) -> Vec<String> {
    let checks = grade
        .tasks
        .iter()
        .flat_map(|task| task.outcomes.iter().map(move |check| (task, check)));
    checks
        .filter(|(_, check)| check.status != Status::Pass)
        .map(|(task, check)| {
            format!(
                "{} has the status {}: {}",
                path(&task.id, check),
                check.status.word(),
                why(check)
            )
        })
        .collect()
}

/// The check a mistake names has the status it names, and nothing ends in an error that is not named.
pub(super) fn mistake(mistake: &Mistake, grade: &Grade) -> Vec<String> {
    let found = grade
        .tasks
        .iter()
        .find(|task| task.id == mistake.task)
        .and_then(|task| task.outcomes.iter().find(|check| check.id == mistake.check));
    let named = tick(&format!("{}/{}", mistake.task, mistake.check));
    let mut faults = Vec::new();
    match found {
        None => faults.push(format!("there is no check {named}")),
        Some(check) if check.status != mistake.status => faults.push(format!(
            "{named} should have the status {}, and has {}: {}",
            mistake.status.word(),
            check.status.word(),
            why(check)
        )),
        Some(_) => {}
    }
    if mistake.status != Status::Error {
        faults.extend(
            grade
                .tasks
                .iter()
                .flat_map(|task| errors(&task.id, &task.outcomes)),
        );
    }
    faults
}

fn errors(task: &str, outcomes: &[Outcome]) -> Vec<String> {
    outcomes
        .iter()
        .filter(|check| check.status == Status::Error)
        .map(|check| format!("{} could not be judged: {}", path(task, check), why(check)))
        .collect()
}

fn path(task: &str, check: &Outcome) -> String {
    tick(&format!("{task}/{}", check.id))
}

fn why(check: &Outcome) -> String {
    let Some(cause) = &check.cause else {
        return "nothing to complain about".to_owned();
    };
    let differences: Vec<String> = cause
        .differences
        .iter()
        .map(|one| {
            format!(
                "{}: expected {}, found {}",
                one.what, one.expected, one.found
            )
        })
        .collect();
    match differences.is_empty() {
        true => cause.rationale.clone(),
        false => format!("{} ({})", cause.rationale, differences.join("; ")),
    }
}
