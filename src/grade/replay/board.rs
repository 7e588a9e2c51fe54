//! What has been done so far: a task that is judged after every command stays done once it holds.

use crate::checks::{self, Live, Rig, Scene};
use crate::course::Task;
use crate::outcome::{JournalEntry, Outcome, Status};
use crate::workspace::Listing;

/// The tasks of a lesson and the outcomes of those that are done.
pub(in crate::grade) struct Board<'a> {
    tasks: &'a [Task],
    workspace: &'a Listing,
    done: Vec<Option<Vec<Outcome>>>,
    /// The last change that each task has been waited for after, by its number in the journal.
    waited: Vec<Option<u64>>,
}

impl<'a> Board<'a> {
    pub(in crate::grade) fn of(tasks: &'a [Task], workspace: &'a Listing) -> Self {
        Self {
            tasks,
            workspace,
            done: vec![None; tasks.len()],
            waited: vec![None; tasks.len()],
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
                let outcomes = self.judge(rig, live, index).await;
                self.done[index] = passed(&outcomes).then_some(outcomes);
            }
        }
    }

    /// The outcomes of a task that looks at what was made, as it is now. What a check waits for can only come of a change:
    /// it is waited for once after each, and not at all before the first.
    pub(in crate::grade) async fn judge(
        &mut self,
        rig: &Rig<'_>,
        live: Live<'_>,
        index: usize,
    ) -> Vec<Outcome> {
        let task = &self.tasks[index];
        let (now, decided) = at_once(rig, live, self.workspace, task).await;
        let last = last_change(live.journal);
        let in_vain = last.is_none() || last == self.waited[index];
        if decided || in_vain && !passed(&now) {
            return now;
        }
        self.waited[index] = last;
        patiently(rig, live, self.workspace, task).await
    }
}

fn passed(outcomes: &[Outcome]) -> bool {
    outcomes
        .iter()
        .all(|outcome| outcome.status == Status::Pass)
}

/// The number of the last call that may have changed something.
fn last_change(journal: &[JournalEntry]) -> Option<u64> {
    let change = |entry: &JournalEntry| match entry {
        JournalEntry::Call(call) => call.may_change_something().then_some(call.number),
        JournalEntry::Typed(_) => None,
    };
    journal.iter().rev().find_map(change)
}

/// The outcomes of a task that looks at what the learner made by now.
pub(in crate::grade) async fn judge_own(
    rig: &Rig<'_>,
    live: Live<'_>,
    workspace: &Listing,
    task: &Task,
) -> Vec<Outcome> {
    match at_once(rig, live, workspace, task).await {
        (now, true) => now,
        (_, false) => patiently(rig, live, workspace, task).await,
    }
}

/// A task's outcomes without waiting, and whether waiting would change none: while a check fails that does not wait, it
/// would only take time.
async fn at_once(
    rig: &Rig<'_>,
    live: Live<'_>,
    workspace: &Listing,
    task: &Task,
) -> (Vec<Outcome>, bool) {
    let hasty = scene(rig, live, workspace).at_once();
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
    let decided = now.iter().any(decided) || !task.checks.iter().any(|check| check.spec.waits());
    (now, decided)
}

async fn patiently(
    rig: &Rig<'_>,
    live: Live<'_>,
    workspace: &Listing,
    task: &Task,
) -> Vec<Outcome> {
    let patient = scene(rig, live, workspace);
    let outcomes = checks::evaluate(task, &patient).await;
    patient.close().await;
    outcomes
}

fn scene<'a>(rig: &'a Rig<'a>, live: Live<'a>, workspace: &'a Listing) -> Scene<'a> {
    let scene = Scene::new(rig, None, None, None).with_workspace(workspace);
    scene.with_live(Some(live))
}
