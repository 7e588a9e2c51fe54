//! One task: its points, its names, whether it can fail before the learner has done anything.

use std::collections::HashMap;

use super::needs::Needing;
use super::{Findings, expectation, hint, needs, reach};
use crate::course::fault::Fault;
use crate::course::files::Written;
use crate::course::model::{Check, Task};
use crate::course::node::At;
use crate::course::spec::{BuildSpec, ContextSpec, DockerfileSpec, LayersSpec, Reach, Spec};
use crate::text::tick;

/// Checks all tasks of a lesson.
pub(super) fn tasks(file: &Written<Vec<Task>>, faults: &mut Vec<Fault>) {
    let page = file.page();
    let all = file.at().key("tasks");
    let needing: Vec<Needing<'_>> = file
        .value
        .iter()
        .map(|task| Needing {
            name: &task.id,
            needs: task.needs.iter().map(String::as_str).collect(),
            at: all.name(&task.id).key("needs"),
            page,
        })
        .collect();
    needs::order("task", &needing, faults);
    for task in &file.value {
        let at = all.name(&task.id);
        let mut findings = Findings { page, faults };
        worth(task, at, &mut findings);
        names(task, at.key("checks"), &mut findings);
        reach::with(&task.with, at.key("with"), &mut findings);
        for (index, check) in task.checks.iter().enumerate() {
            let at = at.key("checks").item(index);
            expectation::of(check, at, &mut findings);
            reach::of(check, &task.with, at, &mut findings);
        }
        hint::hints(task, at.key("hints"), &mut findings);
        check_needs(task, at, file, faults);
    }
}

fn worth(task: &Task, at: At<'_>, findings: &mut Findings<'_>) {
    if task.points == 0 && !task.bonus {
        findings.at(
            at.key("points"),
            "a task without points is never worth doing: give it points, or make it a bonus",
        );
    }
    if task.needs.is_empty() && task.checks.iter().all(|check| absence(&check.spec)) {
        findings.at(at, format!("{} asks only that something is not there, which holds from the start: say what it `needs` first", tick(&task.id)));
    }
}

/// Every check of a task has a name of its own, so that a mistake can name it.
fn names(task: &Task, at: At<'_>, findings: &mut Findings<'_>) {
    let mut seen = HashMap::new();
    for (index, check) in task.checks.iter().enumerate() {
        let item = at.item(index);
        let named = item.has("id");
        let place = if named {
            item.key("id")
        } else {
            item.name(check.spec.kind())
        };
        if let Some(first) = seen.insert(check.id.as_str(), place.place().line) {
            let name = tick(&check.id);
            let message = if named {
                format!("another check of this task is {name} too, on line {first}")
            } else {
                format!(
                    "another check of this task is {name} too, on line {first}: give this one an `id`"
                )
            };
            findings.at(place, message);
        }
    }
}

fn check_needs(task: &Task, at: At<'_>, file: &Written<Vec<Task>>, faults: &mut Vec<Fault>) {
    let needing = |(index, check): (usize, &'_ Check)| {
        let at = at.key("checks").item(index).key("needs");
        let needs = check.needs.clone();
        (check.id.clone(), needs, at)
    };
    let owned: Vec<_> = task.checks.iter().enumerate().map(needing).collect();
    let all: Vec<Needing<'_>> = owned
        .iter()
        .map(|(name, needs, at)| Needing {
            name,
            needs: needs.iter().map(String::as_str).collect(),
            at: *at,
            page: file.page(),
        })
        .collect();
    needs::order("check", &all, faults);
}

/// Whether an expectation holds where nothing has been made yet.
fn absence(spec: &Spec) -> bool {
    match spec {
        Spec::Not(_) => true,
        Spec::Any(checks) => checks.iter().any(|check| absence(&check.spec)),
        Spec::All(checks) => checks.iter().all(|check| absence(&check.spec)),
        Spec::File(file) => file.exists == Some(false),
        Spec::Tcp(tcp) => tcp.expect == Reach::Refused,
        Spec::Dockerfile(said) => {
            let (lacks, rules) = (said.lacks.clone(), said.rules.clone());
            let some = lacks.is_some() || rules.is_some();
            some && *said
                == DockerfileSpec {
                    lacks,
                    rules,
                    stage: said.stage,
                    ..Default::default()
                }
        }
        Spec::Layers(layers) => {
            let lacks = layers.lacks.clone();
            lacks.is_some()
                && *layers
                    == LayersSpec {
                        lacks,
                        ..Default::default()
                    }
        }
        Spec::Build(build) => build.context.as_ref().is_some_and(|sent| {
            let lacks = sent.lacks.clone();
            let context = Some(ContextSpec {
                lacks,
                ..Default::default()
            });
            sent.lacks.is_some()
                && *build
                    == BuildSpec {
                        context,
                        ..Default::default()
                    }
        }),
        Spec::Compose(compose) => compose.valid == Some(false),
        Spec::Cache(_)
        | Spec::Image(_)
        | Spec::Run(_)
        | Spec::Exec(_)
        | Spec::Http(_)
        | Spec::Container(_)
        | Spec::Published(_)
        | Spec::Exposed(_)
        | Spec::Listening(_)
        | Spec::Logs(_)
        | Spec::Command(_)
        | Spec::Network(_)
        | Spec::Volume(_)
        | Spec::Registry(_)
        | Spec::Quiz(_)
        | Spec::Script(_) => false,
    }
}
