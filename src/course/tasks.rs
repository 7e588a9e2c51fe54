//! A check file's shape → the tasks of the checked course. A check with no kind, or with two, is a fault here.

use super::fault::Fault;
use super::files::Written;
use super::model::{BuildWith, Check, ContainerWith, Hint, Task, With};
use super::node::{At, Data};
use super::shape::{CheckShape, ChecksShape, HintMap, HintShape, KINDS, TaskShape, WithShape};
use super::spec::Spec;
use crate::text::list;

/// Reads every task, or collects what is wrong with the kinds of their checks.
pub(super) fn read(
    mut file: Written<ChecksShape>,
    faults: &mut Vec<Fault>,
) -> Option<Written<Vec<Task>>> {
    let before = faults.len();
    let shapes = std::mem::take(&mut file.value.tasks);
    let mut reading = Reading {
        file: &file,
        faults,
    };
    let tasks: Vec<Task> = shapes
        .into_iter()
        .filter_map(|(id, shape)| {
            let at = file.at().key("tasks").name(&id.0);
            reading.task(id.0, shape, at)
        })
        .collect();
    (faults.len() == before).then(|| file.with(tasks))
}

struct Reading<'a> {
    file: &'a Written<ChecksShape>,
    faults: &'a mut Vec<Fault>,
}

impl Reading<'_> {
    fn task(&mut self, id: String, shape: TaskShape, at: At<'_>) -> Option<Task> {
        let checks = self.checks(shape.checks, at.key("checks"), Depth::Task);
        let hints = self.hints(shape.hints, at.key("hints"));
        Some(Task {
            id,
            title: shape.title,
            points: shape.points,
            bonus: shape.bonus,
            already_done: shape.already_done,
            at: shape.at,
            needs: shape.needs.into_iter().map(|id| id.0).collect(),
            with: with(shape.with),
            hints: hints?,
            checks: checks?,
            why: shape.why,
        })
    }

    fn hints(&mut self, shapes: Vec<HintShape>, at: At<'_>) -> Option<Vec<Hint>> {
        let read: Vec<Option<Hint>> = shapes
            .into_iter()
            .enumerate()
            .map(|(index, shape)| {
                let HintMap { when, say } = shape.0;
                let at = at.item(index).key("when");
                let checks = match at.node().map(|node| &node.data) {
                    Some(Data::List(_)) => self.checks(when.0, at, Depth::Hint),
                    _ => when
                        .0
                        .into_iter()
                        .map(|one| self.check(one, at, Depth::Hint))
                        .collect(),
                };
                Some(Hint {
                    when: checks?,
                    says: say,
                })
            })
            .collect();
        read.into_iter().collect()
    }

    fn checks(&mut self, shapes: Vec<CheckShape>, at: At<'_>, depth: Depth) -> Option<Vec<Check>> {
        let read: Vec<Option<Check>> = shapes
            .into_iter()
            .enumerate()
            .map(|(index, shape)| self.check(shape, at.item(index), depth))
            .collect();
        read.into_iter().collect()
    }

    fn check(&mut self, shape: CheckShape, at: At<'_>, depth: Depth) -> Option<Check> {
        match depth {
            Depth::Task => {}
            Depth::Nested => self.only_of_tasks(&["weight", "needs"], "a part of one", at),
            Depth::Hint => {
                let keys = ["id", "title", "weight", "needs", "help"];
                self.only_of_tasks(&keys, "what a hint depends on", at);
            }
        }
        let kinds: Vec<&str> = KINDS.into_iter().filter(|kind| at.has(kind)).collect();
        match kinds.as_slice() {
            [kind] => Some(Check {
                id: shape
                    .id
                    .as_ref()
                    .map_or_else(|| (*kind).to_owned(), |id| id.0.clone()),
                title: shape.title.clone(),
                weight: shape.weight.unwrap_or(1),
                needs: shape
                    .needs
                    .iter()
                    .flatten()
                    .map(|id| id.0.clone())
                    .collect(),
                help: shape.help.clone(),
                spec: self.spec(shape, at)?,
            }),
            [] => {
                let page = self.file.page();
                let fault = page.fault(at.place(), "this check has no kind: nothing is expected");
                self.faults.push(fault.allowed("", &KINDS));
                None
            }
            [_, second, ..] => {
                let place = at.name(second).place();
                let message = format!("a check has one kind, this one has {}", list(&kinds));
                self.faults.push(self.file.page().fault(place, message));
                None
            }
        }
    }

    /// What makes a check one of a task's own: points, order, a name.
    fn only_of_tasks(&mut self, keys: &[&str], what: &str, at: At<'_>) {
        for key in keys.iter().filter(|key| at.has(key)) {
            let message =
                format!("`{key}` belongs to a check of the task's own list, not to {what}");
            self.faults
                .push(self.file.page().fault(at.name(key).place(), message));
        }
    }

    fn spec(&mut self, shape: CheckShape, at: At<'_>) -> Option<Spec> {
        let alone = shape
            .dockerfile
            .map(Spec::Dockerfile)
            .or_else(|| shape.build.map(Spec::Build))
            .or_else(|| shape.cache.map(Spec::Cache))
            .or_else(|| shape.image.map(Spec::Image))
            .or_else(|| shape.layers.map(Spec::Layers))
            .or_else(|| shape.file.map(Spec::File))
            .or_else(|| shape.run.map(Spec::Run))
            .or_else(|| shape.exec.map(Spec::Exec))
            .or_else(|| shape.http.map(Spec::Http))
            .or_else(|| shape.tcp.map(Spec::Tcp))
            .or_else(|| shape.container.map(Spec::Container))
            .or_else(|| shape.published.map(Spec::Published))
            .or_else(|| shape.exposed.map(Spec::Exposed))
            .or_else(|| shape.listening.map(Spec::Listening))
            .or_else(|| shape.logs.map(Spec::Logs))
            .or_else(|| shape.command.map(Spec::Command))
            .or_else(|| shape.network.map(Spec::Network))
            .or_else(|| shape.volume.map(Spec::Volume))
            .or_else(|| shape.compose.map(Spec::Compose))
            .or_else(|| shape.registry.map(Spec::Registry))
            .or_else(|| shape.quiz.map(Spec::Quiz))
            .or_else(|| shape.script.map(Spec::Script));
        if alone.is_some() {
            return alone;
        }
        if let Some(checks) = shape.any {
            return self
                .checks(checks, at.key("any"), Depth::Nested)
                .map(Spec::Any);
        }
        if let Some(checks) = shape.all {
            return self
                .checks(checks, at.key("all"), Depth::Nested)
                .map(Spec::All);
        }
        let check = self.check(*shape.not?, at.key("not"), Depth::Nested)?;
        Some(Spec::Not(Box::new(check)))
    }
}

/// Whether a check stands in its task's list, is a part of another, or is what a hint depends on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    Task,
    Nested,
    Hint,
}

fn with(shape: WithShape) -> With {
    With {
        build: shape.build.map(|build| BuildWith {
            context: build.0.context,
            dockerfile: build.0.dockerfile,
            target: build.0.target,
            args: build.0.args,
        }),
        container: shape.container.map(|container| ContainerWith {
            args: container.args,
            env: container.env,
            user: container.user,
            publish: container.publish,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_that_name_a_kind_are_all_keys_a_check_of_its_own_does_not_have() {
        let schema = super::super::schema::kept(super::super::SchemaOf::Checks);
        let keys = schema["$defs"]["Check"]["properties"]
            .as_object()
            .unwrap()
            .keys();
        let kinds: Vec<&String> = keys.skip_while(|key| *key != "dockerfile").collect();
        assert_eq!(kinds, KINDS.to_vec());
    }
}
