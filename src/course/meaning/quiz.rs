//! Questions of a lesson: each is a check of its task's own, and answered under a name of its own.

use std::collections::HashMap;

use super::Findings;
use crate::course::files::Written;
use crate::course::model::{Check, Task};
use crate::course::node::At;
use crate::course::spec::Spec;
use crate::text::tick;

/// Looks at every question of a lesson.
pub(super) fn quizzes(file: &Written<Vec<Task>>, findings: &mut Findings<'_>) {
    let mut seen: HashMap<&str, &str> = HashMap::new();
    for task in &file.value {
        let checks = file.at().key("tasks").name(&task.id).key("checks");
        for (index, check) in task.checks.iter().enumerate() {
            let at = checks.item(index);
            match &check.spec {
                Spec::Quiz(_) => {
                    if let Some(other) = seen.insert(&check.id, &task.id) {
                        let place = if at.has("id") {
                            at.key("id")
                        } else {
                            at.name("quiz")
                        };
                        let message = format!(
                            "the task {} has a question {} too, and both would have one answer: give this one an `id` of its own",
                            tick(other),
                            tick(&check.id)
                        );
                        findings.at(place, message);
                    }
                }
                spec => within(spec, at.name(spec.kind()), findings),
            }
        }
    }
}

fn within(spec: &Spec, at: At<'_>, findings: &mut Findings<'_>) {
    let mut part = |check: &Check, at: At<'_>| match &check.spec {
        Spec::Quiz(_) => findings.at(
            at.name("quiz"),
            "a question is a check of the task's own list, not a part of one",
        ),
        inner => within(inner, at.name(inner.kind()), findings),
    };
    match spec {
        Spec::Any(checks) | Spec::All(checks) => {
            for (index, check) in checks.iter().enumerate() {
                part(check, at.item(index));
            }
        }
        Spec::Not(check) => part(check, at),
        _ => {}
    }
}
