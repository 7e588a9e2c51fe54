//! What has been done so far: a task that is judged after every command stays done once it holds.

use crate::checks::{self, Live, Rig, Scene};
use crate::course::Task;
use crate::outcome::{Outcome, Status};
use crate::workspace::Listing;

/// The tasks of a lesson and the outcomes of those that are done.
pub(in crate::grade) struct Board<'a> {
    tasks: &'a [Task],
    workspace: &'a Listing,
    done: Vec<Option<Vec<Outcome>>>,
}

impl<'a> Board<'a> {
    pub(in crate::grade) fn of(tasks: &'a [Task], workspace: &'a Listing) -> Self {
        Self {
            tasks,
            workspace,
            done: vec![None; tasks.len()],
        }
    }

    /// The outcomes of a task that is done.
    pub(in crate::grade) fn take(&mut self, index: usize) -> Option<Vec<Outcome>> {
        self.done[index].take()
    }

    fn is_due(&self, index: usize) -> bool {
        let task = &self.tasks[index];
        // What is judged later cannot be waited for: when it has failed by then, this task is skipped after all.
        let is_done = |name: &String| {
            let at = self.tasks.iter().position(|task| task.id == *name);
            at.is_some_and(|at| self.done[at].is_some() || !self.tasks[at].is_judged_underway())
        };
        self.done[index].is_none() && task.is_judged_underway() && task.needs.iter().all(is_done)
    }

    /// Looks at every task that is due. One that is done may make the next one due, which is looked at too.
    pub(super) async fn look(&mut self, rig: &Rig<'_>, live: Live<'_>) {
        for index in 0..self.tasks.len() {
            if self.is_due(index) {
                let outcomes = judge(rig, live, self.workspace, &self.tasks[index]).await;
                let done = outcomes
                    .iter()
                    .all(|outcome| outcome.status == Status::Pass);
                self.done[index] = done.then_some(outcomes);
            }
        }
    }
}

/// The outcomes of a task that looks at what was made, as it is now. Nothing is waited for while a check fails that does not
/// wait: it would only take time.
pub(in crate::grade) async fn judge(
    rig: &Rig<'_>,
    live: Live<'_>,
    workspace: &Listing,
    task: &Task,
) -> Vec<Outcome> {
    let scene = || {
        let scene = Scene::new(rig, None, None, None).with_workspace(workspace);
        scene.with_live(Some(live))
    };
    let hasty = scene().at_once();
    let now = checks::evaluate(task, &hasty).await;
    hasty.close().await;
    let waits = |id: &str| {
        let mut checks = task.checks.iter();
        checks.any(|check| check.id == id && check.spec.waits())
    };
    // A check that was not looked at hangs on another one.
    let decided = |outcome: &Outcome| {
        !matches!(outcome.status, Status::Pass | Status::Skip) && !waits(&outcome.id)
    };
    if now.iter().any(decided) || !task.checks.iter().any(|check| check.spec.waits()) {
        return now;
    }
    let patient = scene();
    let outcomes = checks::evaluate(task, &patient).await;
    patient.close().await;
    outcomes
}
