//! Grades many submissions of a course, several at once, and looks afterwards whether they left anything.

use std::future::Future;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::checks::Bounds;
use crate::course::{Course, Lesson, Tree};
use crate::engine::{Engine, Run};
use crate::failure::Failure;
use crate::grade::{self, Afterwards, Commands, Hints, Order};
use crate::images;
use crate::outcome::Grade;
use crate::workspace::Caps;

use super::draw::Sample;

/// What a course is proven on.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The engine that everything runs on.
    pub engine: &'a Engine,
    /// The course.
    pub course: &'a Course,
    /// Where its images come from.
    pub depot: &'a images::Depot,
}

/// How many submissions are graded.
#[derive(Clone, Debug)]
pub struct Batch {
    /// How many at once.
    pub jobs: usize,
    /// Which of those that may be left out; all of them where there is none.
    pub sample: Option<Sample>,
}

/// What a batch came to.
pub(super) struct Done<R> {
    /// Each submission's, in their order.
    pub(super) results: Vec<R>,
    /// Containers, networks and volumes that grades have left behind.
    pub(super) left: usize,
}

/// Does the work for each of these, `jobs` at once.
///
/// # Errors
/// The first failure of the work, the engine was lost, or `stop` came first.
pub(super) async fn each<T, R>(
    ground: Ground<'_>,
    jobs: usize,
    all: Vec<T>,
    work: impl AsyncFn(T) -> Result<R, Failure>,
    stop: impl Future<Output = ()>,
) -> Result<Done<R>, Failure> {
    let work = &work;
    let doing = async {
        // Whichever ends first makes room for the next: one that takes long holds nobody up.
        let mut done = stream::iter(all.into_iter().enumerate())
            .map(|(index, one)| async move { Ok::<_, Failure>((index, work(one).await?)) })
            .buffer_unordered(jobs)
            .try_collect::<Vec<_>>()
            .await?;
        done.sort_by_key(|(index, _)| *index);
        Ok::<_, Failure>(done.into_iter().map(|(_, result)| result).collect())
    };
    let done = tokio::select! {
        done = doing => done,
        () = stop => {
            Run::new().end_process(ground.engine).await?;
            return Err(Failure::Interrupted);
        }
    };
    let owned = Run::new().of_process(ground.engine).await?;
    Run::new().end_process(ground.engine).await?;
    Ok(Done {
        results: done?,
        left: owned.containers.len() + owned.networks.len() + owned.volumes.len(),
    })
}

/// Grades files as they are.
pub(super) async fn grade_tree(
    ground: Ground<'_>,
    lesson: &Lesson,
    tree: &Tree,
    name: &str,
) -> Result<Grade, Failure> {
    let unwritten = |error| Failure::system(format!("cannot write a workspace: {error}"));
    let folder = tempfile::tempdir().map_err(unwritten)?;
    tree.write_to(folder.path()).map_err(unwritten)?;
    let order = Order {
        course: ground.course,
        lesson,
        submission: folder.path(),
        name: name.to_owned(),
        bounds: Bounds::default(),
        caps: Caps::default(),
        seed: None,
        commands: Commands::RunAgain,
        // The submissions of a lesson are much alike: what one built, the next need not build again.
        afterwards: Afterwards::KeepImages,
        depot: ground.depot,
        hints: Hints::Unasked,
    };
    grade::grade(ground.engine, &order, &|_| {}, std::future::pending()).await
}
