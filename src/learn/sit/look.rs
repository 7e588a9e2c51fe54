//! One look at the workspace while the seat goes on: it tells what it finds as it finds it, and can be given up.

use std::future::Future;
use std::pin::Pin;

use tokio::sync::{mpsc, oneshot};

use super::Sitting;
use crate::checks::Bounds;
use crate::course::Lesson;
use crate::engine::{BuildProgress, Engine};
use crate::failure::Failure;
use crate::grade::{self, Afterwards, Commands, Hints, Order, Progress as Notice};
use crate::outcome::TaskGrade;
use crate::workspace::Caps;

/// What a look tells.
#[derive(Debug)]
pub(super) enum Told {
    /// A task has been judged.
    Judged(TaskGrade),
    /// What it is doing.
    Doing(String),
}

/// A look that is on its way.
pub(super) struct Look<'a> {
    work: Pin<Box<dyn Future<Output = Result<(), Failure>> + 'a>>,
    give_up: Option<oneshot::Sender<()>>,
}

impl<'a> Look<'a> {
    /// Looks at a part of the lesson, once it is waited for.
    pub(super) fn at(
        sitting: &'a Sitting<'a>,
        part: Lesson,
        told: mpsc::UnboundedSender<Told>,
    ) -> Self {
        let (give_up, given_up) = oneshot::channel::<()>();
        let work = async move {
            let engine = Engine::connect(sitting.engine).await?;
            let order = Order {
                course: sitting.course,
                lesson: &part,
                submission: sitting.folder,
                name: part.id.clone(),
                bounds: Bounds::default(),
                caps: Caps::default(),
                seed: None,
                commands: Commands::OfLearner {
                    passed: sitting.keep.progress().passed(&part),
                },
                // The next look finds this one's steps in the cache.
                afterwards: Afterwards::KeepImages,
                depot: sitting.depot,
                hints: Hints::Fitting,
            };
            let on = |notice| {
                let told_of = match notice {
                    Notice::Judged(grade) => Some(Told::Judged(grade)),
                    notice => doing(&notice).map(Told::Doing),
                };
                if let Some(told_of) = told_of {
                    let _ = told.send(told_of);
                }
            };
            let stop = async {
                // A sender that is gone gives nothing up.
                if given_up.await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            grade::grade(&engine, &order, &on, stop).await.map(drop)
        };
        Self {
            work: Box::pin(work),
            give_up: Some(give_up),
        }
    }

    /// Asks it to end; what it has made on the engine it still removes.
    pub(super) fn give_up(&mut self) {
        if let Some(give_up) = self.give_up.take() {
            let _ = give_up.send(());
        }
    }

    /// Waits for its end.
    pub(super) async fn ended(&mut self) -> Result<(), Failure> {
        self.work.as_mut().await
    }
}

/// What a look is doing, in a line, where that is worth a line.
fn doing(notice: &Notice) -> Option<String> {
    match notice {
        Notice::Image(getting) => Some(getting.to_string()),
        Notice::Build(BuildProgress::Step {
            number,
            total,
            text,
            ..
        }) => Some(format!("building {number}/{total}: {text}")),
        Notice::Commands => Some("running the commands".to_owned()),
        Notice::Task { title, .. } => Some(format!("looking: {title}")),
        Notice::Build(BuildProgress::Log(_)) | Notice::Judged(_) => None,
    }
}
