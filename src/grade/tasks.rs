//! Goes through a lesson's tasks in order, as far as what they need has passed.

use crate::checks::{self, Live, Rig, Trouble};
use crate::course::{Lesson, Task};
use crate::engine::Engine;
use crate::failure::{Failure, Problem};
use crate::outcome::{Cause, ImageSeen, JournalEntry, Outcome, Script, Status, TaskGrade};
use crate::sandbox::kept::Kept;
use crate::workspace::Listing;

use super::points;
use super::prepare::{Plans, Subjects, get_for_checks, get_for_sandbox, get_helper};
use super::replay::{self, Board};
use super::{Commands, Hints, Order, Progress};

/// Every task's grade, and the images they were built from.
pub(super) async fn all(
    rig: &mut Rig<'_>,
    order: &Order<'_>,
    listing: &Listing,
    on: &(dyn Fn(Progress) + Send + Sync),
) -> Result<Judged, Failure> {
    let tasks = &order.lesson.tasks;
    let mut plans = Plans::of(listing, tasks, &order.course.images, &rig.nonce());
    let mut images = plans.get_images(rig, order, on).await?;
    get_helper(rig, order, on).await?;
    get_for_checks(rig, order, on).await?;
    let mut board = Board::of(tasks, listing);
    let mut own = None;
    let played = match order.lesson.needs_sandbox() {
        true if matches!(order.commands, Commands::OfLearner { .. }) => {
            let found = OfLearner::find(rig, order).await;
            let trouble = found.as_ref().err().cloned();
            own = found.ok();
            trouble.map(Err)
        }
        true => {
            let got = get_for_sandbox(rig, order, &mut images, on).await?;
            on(Progress::Commands);
            Some(match got {
                Ok(()) => replay::play(rig, order, listing, &mut board).await,
                Err(trouble) => Err(trouble),
            })
        }
        false => None,
    };
    let journal = match (&played, &own) {
        (Some(Ok(played)), _) => played.journal(),
        (_, Some(own)) => own.journal.clone(),
        _ => Vec::new(),
    };
    let live = match (&played, &own) {
        (Some(Ok(played)), _) => Some(played.live(&order.course.images, &journal)),
        (_, Some(own)) => Some(Live {
            engine: &own.observer,
            images: &order.course.images,
            journal: &journal,
        }),
        _ => None,
    };
    let mut subjects = Subjects::default();
    let mut grades: Vec<TaskGrade> = Vec::new();
    for (index, task) in tasks.iter().enumerate() {
        on(Progress::Task {
            title: task.title.clone(),
            number: index + 1,
            total: tasks.len(),
        });
        let mut fitting = Vec::new();
        let outcomes = match unmet(task, &grades) {
            None if is_done(order, task) => task.checks.iter().map(checks::passed_before).collect(),
            Some(need) => held_back(task, need, &grades),
            None => match (board.take(index), &played) {
                (Some(outcomes), _) => outcomes,
                (None, Some(Err(trouble))) if task.looks_at_sandbox() => untold(task, trouble),
                (None, _) => {
                    subjects.prepare(rig, &plans, task).await;
                    let scene = subjects.scene(rig, &plans, task).with_workspace(listing);
                    let scene = scene.with_live(live);
                    let outcomes = match live {
                        Some(live) if task.with.build.is_none() && own.is_some() => {
                            replay::judge_own(rig, live, listing, task).await
                        }
                        Some(live) if task.with.build.is_none() => {
                            board.judge(rig, live, index).await
                        }
                        _ => checks::evaluate(task, &scene).await,
                    };
                    if order.hints == Hints::Fitting && failed(&outcomes) {
                        fitting = checks::fitting(task, &scene).await;
                    }
                    scene.close().await;
                    outcomes
                }
            },
        };
        let graded = TaskGrade {
            fitting,
            ..graded(task, outcomes)
        };
        on(Progress::Judged(graded.clone()));
        grades.push(graded);
    }
    let script = match played {
        Some(Ok(played)) => {
            let script = played.script.clone();
            // What does not go now goes with the rest of the run.
            let _ = played.close().await;
            Some(script)
        }
        _ => None,
    };
    Ok(Judged {
        tasks: grades,
        images,
        script,
    })
}

/// What judging a submission gives.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) tasks: Vec<TaskGrade>,
    pub(super) images: Vec<ImageSeen>,
    pub(super) script: Option<Script>,
}

/// The learner's own sandbox, as it is.
struct OfLearner {
    observer: Engine,
    journal: Vec<JournalEntry>,
}

impl OfLearner {
    async fn find(rig: &Rig<'_>, order: &Order<'_>) -> Result<Self, Trouble> {
        let id = &order.lesson.id;
        let kept = Kept::of(rig.engine, id);
        if !kept.exists() {
            let said = "you have not opened this lesson's sandbox yet";
            let help =
                format!("`sealegs shell {id}` opens it: a shell whose `docker` is yours alone");
            return Err(Trouble::Submission(Cause::new(said).help(help)));
        }
        kept.resume().await.map_err(replay::unopened)?;
        Ok(Self {
            observer: kept.observer(rig.engine)?,
            journal: kept.journal(),
        })
    }
}

/// The outcomes of a task that could not be looked at: its first check says why.
fn untold(task: &Task, trouble: &Trouble) -> Vec<Outcome> {
    let cause = trouble.cause();
    let status = match trouble {
        Trouble::Submission(_) => Status::Fail,
        Trouble::Infrastructure(_) => Status::Error,
    };
    let rest = Cause::new(format!("could not be looked at: {}", cause.rationale));
    let outcome = |(index, check)| match index {
        0 => checks::unlooked(check, status, cause.clone()),
        _ => checks::unlooked(check, Status::Skip, rest.clone()),
    };
    task.checks.iter().enumerate().map(outcome).collect()
}

/// The grades of a submission that is given up as a whole: the first check says why.
pub(super) fn given_up(lesson: &Lesson, status: Status, problem: &Problem) -> Vec<TaskGrade> {
    let mut cause = Cause::new(problem.message.clone());
    cause.help.clone_from(&problem.hint);
    let skipped = Cause::new("the submission was given up as a whole");
    let mut told = false;
    lesson
        .tasks
        .iter()
        .map(|task| {
            let outcomes =
                task.checks
                    .iter()
                    .map(|check| match std::mem::replace(&mut told, true) {
                        false => checks::unlooked(check, status, cause.clone()),
                        true => checks::unlooked(check, Status::Skip, skipped.clone()),
                    });
            graded(task, outcomes.collect())
        })
        .collect()
}

fn failed(outcomes: &[Outcome]) -> bool {
    outcomes
        .iter()
        .any(|outcome| outcome.status == Status::Fail)
}

/// Whether the learner has done it before.
fn is_done(order: &Order<'_>, task: &Task) -> bool {
    match &order.commands {
        Commands::OfLearner { passed } => task.is_judged_underway() && passed.contains(&task.id),
        Commands::RunAgain => false,
    }
}

fn unmet<'a>(task: &'a Task, done: &[TaskGrade]) -> Option<&'a str> {
    let passed = |need: &String| {
        done.iter()
            .any(|task| task.id == *need && task.status == Status::Pass)
    };
    task.needs
        .iter()
        .find(|need| !passed(need))
        .map(String::as_str)
}

/// The outcomes of a task that waits for another. Where that one could not be judged, this one is as open.
fn held_back(task: &Task, need: &str, done: &[TaskGrade]) -> Vec<Outcome> {
    let needed = done.iter().find(|task| task.id == need);
    let named = needed.map_or(need, |task| &task.title);
    let (first, why) = match needed.map(|task| task.status) {
        Some(Status::Error) => (Status::Error, "could not be judged"),
        _ => (Status::Skip, "did not pass"),
    };
    let cause = Cause::new(format!("needs the task \"{named}\", which {why}"));
    let outcome = |(index, check)| match index {
        0 => checks::unlooked(check, first, cause.clone()),
        _ => checks::unlooked(check, Status::Skip, cause.clone()),
    };
    task.checks.iter().enumerate().map(outcome).collect()
}

fn graded(task: &Task, outcomes: Vec<Outcome>) -> TaskGrade {
    let status = Status::sum(outcomes.iter().map(|outcome| outcome.status));
    TaskGrade {
        id: task.id.clone(),
        title: task.title.clone(),
        status,
        points: points::earned(task, &outcomes),
        max_points: task.points,
        bonus: task.bonus,
        why: task.why.clone().filter(|_| status == Status::Pass),
        hint: task
            .hints
            .iter()
            .find(|hint| hint.when.is_empty())
            .map(|hint| hint.says.clone())
            .filter(|_| status == Status::Fail),
        fitting: Vec::new(),
        outcomes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::Course;

    #[test]
    fn what_waits_for_a_task_that_could_not_be_judged_is_as_open() {
        let course = Course::built_in().unwrap();
        let lesson = course.lesson("compose").unwrap();
        let task = lesson.tasks.iter().find(|task| !task.needs.is_empty());
        let task = task.unwrap();
        let need = &task.needs[0];
        let needed = lesson.tasks.iter().find(|task| task.id == *need).unwrap();
        let told = |status| {
            let cause = Cause::new("said so");
            let outcome = |check| checks::unlooked(check, status, cause.clone());
            let done = graded(needed, needed.checks.iter().map(outcome).collect());
            graded(task, held_back(task, need, &[done]))
        };
        let open = told(Status::Error);
        assert_eq!(open.status, Status::Error);
        let why = &open.outcomes[0].cause.as_ref().unwrap().rationale;
        assert!(why.ends_with("which could not be judged"), "{why}");
        assert_eq!(told(Status::Fail).status, Status::Skip);
        assert_eq!(told(Status::Skip).status, Status::Skip);
    }
}
