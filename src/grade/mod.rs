//! A submission in, a grade out: prepare, evaluate, clean up.

mod conditions;
mod disk;
mod points;
mod prepare;
mod replay;
mod tasks;

use std::future::Future;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::{Instant, SystemTime};

use crate::checks::{Bounds, Journal, Rig, fresh_seed};
use crate::course::{Course, Lesson};
use crate::engine::{BuildProgress, Engine, Run};
use crate::failure::Failure;
use crate::images;
use crate::outcome::{Conditions, Grade, Status, TaskGrade};
use crate::text::utc;
use crate::workspace::{Caps, Listing, ListingError};

use disk::DiskWatch;
pub use replay::offered;
use tasks::Judged;

/// The version of the grade's JSON shape.
pub const GRADE_VERSION: u32 = 1;

/// What is to be graded, and how.
pub struct Order<'a> {
    /// The grader's course, never the submission's.
    pub course: &'a Course,
    /// The lesson.
    pub lesson: &'a Lesson,
    /// The submission: a folder, or an archive of one.
    pub submission: &'a Path,
    /// The name it has in the grade.
    pub name: String,
    /// The limits.
    pub bounds: Bounds,
    /// What a submission may weigh.
    pub caps: Caps,
    /// The seed of every nonce; fresh where `None`.
    pub seed: Option<String>,
    /// Whose commands count.
    pub commands: Commands,
    /// What becomes of the images that were built.
    pub afterwards: Afterwards,
    /// Where images are got from when they are missing.
    pub depot: &'a images::Depot,
    /// Whether it is found out which hints fit.
    pub hints: Hints,
}

/// Whether it is found out which hints of a failed task fit what was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hints {
    /// Nobody asks for hints.
    #[default]
    Unasked,
    /// A learner may.
    Fitting,
}

/// Whose commands the tasks are about that look at what was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Commands {
    /// The submission's `commands.sh`: they are run again, in a fresh sandbox.
    #[default]
    RunAgain,
    /// The learner's own, in the lesson's sandbox: it is looked at as it is.
    OfLearner {
        /// Names of the tasks that have passed before: what was done there stays done, whatever has become of it.
        passed: Vec<String>,
    },
}

/// What becomes of the images of a grade when it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Afterwards {
    /// They go, so that no submission finds anything of another one.
    #[default]
    RemoveImages,
    /// They stay until the caller ends all runs of the process: the next build finds their steps in the cache.
    KeepImages,
}

/// What is going on, for progress on a terminal.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// An image is missing and is being got.
    Image(images::Getting),
    /// A step of a build.
    Build(BuildProgress),
    /// The submission's commands are being run again.
    Commands,
    /// A task is being looked at.
    Task {
        /// Its title.
        title: String,
        /// Its number, from 1.
        number: usize,
        /// How many there are.
        total: usize,
    },
    /// A task has been judged; nothing changes its grade any more.
    Judged(TaskGrade),
}

/// Grades a submission, and removes everything that was made for it, whatever happens; `stop` ends it early.
///
/// # Errors
/// The submission is no folder (usage); the engine was lost before anything could be looked at (system); `stop`
/// came first (interrupted). What goes wrong later is an `error` in the grade.
pub async fn grade(
    engine: &Engine,
    order: &Order<'_>,
    on: &(dyn Fn(Progress) + Send + Sync),
    stop: impl Future<Output = ()>,
) -> Result<Grade, Failure> {
    let began = Instant::now();
    let started = utc(SystemTime::now());
    let run = Run::new();
    let on_build = |progress| on(Progress::Build(progress));
    let mut rig = Rig {
        engine,
        run: &run,
        bounds: order.bounds.clone(),
        seed: order.seed.clone().unwrap_or_else(fresh_seed),
        helper: images::HELPER.to_owned(),
        toolbox: images::TOOLBOX.to_owned(),
        network: None,
        over_files: Default::default(),
        journal: Journal::default(),
        unlimited_build: AtomicBool::new(false),
        on_build: &on_build,
    };
    let disk = DiskWatch::begin(engine, order.bounds.disk);
    let judged = tokio::select! {
        judged = judged(&mut rig, order, on) => judged.map(Ok),
        flood = disk.flooded() => Ok(Err(flood)),
        () = stop => Err(Failure::Interrupted),
    };
    let left = match order.afterwards {
        Afterwards::RemoveImages => run.end(engine).await,
        Afterwards::KeepImages => run.end_but_images(engine).await,
    };
    let Judged {
        tasks,
        images,
        script,
    } = match judged? {
        Ok(judged) => judged,
        Err(flood) => {
            let (status, problem) = disk.blame(flood).await;
            Judged {
                tasks: tasks::given_up(order.lesson, status, &problem),
                ..Judged::default()
            }
        }
    };
    let status = Status::sum(tasks.iter().map(|task| task.status));
    let conditions = Conditions {
        started,
        ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        images,
        ..conditions::of(order, &rig)
    };
    let mut grade = Grade {
        version: GRADE_VERSION,
        lesson: order.lesson.id.clone(),
        submission: order.name.clone(),
        status,
        gradable: tasks.iter().all(|task| task.status != Status::Error),
        scores: points::sum(order.lesson, &tasks),
        tasks,
        script,
        conditions,
    };
    if let Err(error) = left {
        let said = format!(
            "what was made for this grade is still there ({error}): `sealegs clean` removes it"
        );
        grade.conditions.caveats.push(said);
    }
    Ok(grade)
}

/// Every task's grade, and the images they were built from.
async fn judged(
    rig: &mut Rig<'_>,
    order: &Order<'_>,
    on: &(dyn Fn(Progress) + Send + Sync),
) -> Result<Judged, Failure> {
    match Listing::of_submission(order.submission, order.caps) {
        Ok(listing) => tasks::all(rig, order, &listing, on).await,
        Err(ListingError::Refused(problem)) => {
            let tasks = tasks::given_up(order.lesson, Status::Fail, &problem);
            Ok(Judged {
                tasks,
                ..Judged::default()
            })
        }
        Err(error) => Err(error.into()),
    }
}
