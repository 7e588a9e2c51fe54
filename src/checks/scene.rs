//! What one task's checks look at, and the observations they share: each is made once however many checks use it.

use tokio::sync::OnceCell;

use std::time::Duration;

use crate::course::value::Span;
use crate::engine::{ContainerFacts, Dial, DialHelper, EngineError, Listener, Logs, Pid1, State};
use crate::outcome::Cause;
use crate::text::tick;
use crate::workspace::Listing;

use super::file::FileFacts;
use super::live::Live;
use super::patience::Patience;
use super::subject::{BuildPlan, Built, Rig, Started, Trouble, Whose, ended};

/// The longest one connection may take; a container on this machine answers within milliseconds.
const DIAL_LIMIT: Duration = Duration::from_secs(2);

/// The subjects of one task, as far as it has them.
pub struct Scene<'a> {
    /// What all tasks of the grade share.
    pub rig: &'a Rig<'a>,
    /// The build thought through, or why there is none; `None` where the task builds nothing.
    pub plan: Option<Result<&'a BuildPlan<'a>, &'a Trouble>>,
    /// The image.
    pub built: Option<Result<&'a Built, &'a Trouble>>,
    /// The container.
    pub container: Option<Result<&'a Started, &'a Trouble>>,
    /// What the learner made; `None` where the lesson has no place for that.
    pub(super) live: Option<Live<'a>>,
    /// The learner's files.
    workspace: Option<&'a Listing>,
    /// Whether checks may wait.
    haste: Haste,
    /// A created container that is never started, for reading the image's files.
    pub(super) shelf: OnceCell<String>,
}

/// Whether checks wait as long as they say, or take what is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Haste {
    #[default]
    Wait,
    AtOnce,
}

/// What a check needs and cannot have.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Lacking {
    /// The course gives the task nothing of this kind.
    NotInTask(&'static str),
    /// There should be one, and this is why there is none.
    Trouble(Trouble),
}

impl<'a> Scene<'a> {
    /// A scene with nothing observed yet.
    pub fn new(
        rig: &'a Rig<'a>,
        plan: Option<Result<&'a BuildPlan<'a>, &'a Trouble>>,
        built: Option<Result<&'a Built, &'a Trouble>>,
        container: Option<Result<&'a Started, &'a Trouble>>,
    ) -> Self {
        Self {
            rig,
            plan,
            built,
            container,
            live: None,
            workspace: None,
            haste: Haste::Wait,
            shelf: OnceCell::new(),
        }
    }

    /// Removes what looking has made: a container that never ran. A failure here is found by the sweep.
    pub async fn close(self) {
        if let Some(shelf) = self.shelf.get() {
            let _ = self.rig.engine.remove(shelf).await;
        }
    }

    /// The same scene, in which no check waits for anything.
    #[must_use]
    pub fn at_once(mut self) -> Self {
        self.haste = Haste::AtOnce;
        self
    }

    /// How long a check may wait that says so.
    pub(super) fn patience(&self, within: Option<Span>, hold: Option<Span>) -> Patience {
        match self.haste {
            Haste::Wait => Patience::new(within, hold),
            Haste::AtOnce => Patience::default(),
        }
    }

    /// The same scene, with what the learner made.
    #[must_use]
    pub fn with_live(mut self, live: Option<Live<'a>>) -> Self {
        self.live = live;
        self
    }

    /// The same scene, with the learner's files.
    #[must_use]
    pub fn with_workspace(mut self, workspace: &'a Listing) -> Self {
        self.workspace = Some(workspace);
        self
    }

    pub(super) fn workspace(&self) -> Result<&'a Listing, Lacking> {
        self.workspace.ok_or(Lacking::NotInTask("workspace"))
    }

    pub(super) fn plan(&self) -> Result<&'a BuildPlan<'a>, Lacking> {
        there(self.plan, "build")
    }

    pub(super) fn built(&self) -> Result<&'a Built, Lacking> {
        self.plan()?;
        there(self.built, "image")
    }

    pub(super) fn container(&self) -> Result<&'a Started, Lacking> {
        self.built()?;
        there(self.container, "container")
    }

    /// A container whose files are the image's, whether or not the task runs one.
    async fn files(&self) -> Result<String, Lacking> {
        if let Some(Ok(started)) = self.container {
            return Ok(started.id.clone());
        }
        let built = self.built()?;
        let create = || async {
            let spec = crate::engine::ContainerSpec {
                image: built.image.id.clone(),
                // An image may have no command; a container that never starts needs none that works.
                entrypoint: Some(vec!["/".to_owned()]),
                ..super::subject::bounded(self.rig)
            };
            self.rig.engine.create(&spec).await
        };
        let id = self
            .shelf
            .get_or_try_init(create)
            .await
            .map_err(Trouble::from)?;
        Ok(id.clone())
    }

    /// What the engine says of a path, without reading it.
    pub(super) async fn stat(&self, path: &str) -> Result<Option<FileFacts>, Lacking> {
        let id = self.files().await?;
        self.stat_in(&id, path).await
    }

    /// What the engine says of a path in this container.
    pub(super) async fn stat_in(&self, id: &str, path: &str) -> Result<Option<FileFacts>, Lacking> {
        let stat = self
            .rig
            .engine
            .stat(id, path)
            .await
            .map_err(Trouble::from)?;
        Ok(stat.map(FileFacts::from))
    }

    /// What is at a path, with its content and owner.
    pub(super) async fn read(&self, path: &str, cap: u64) -> Result<Option<FileFacts>, Lacking> {
        let id = self.files().await?;
        self.read_in(&id, path, cap).await
    }

    /// What is at a path in this container.
    pub(super) async fn read_in(
        &self,
        id: &str,
        path: &str,
        cap: u64,
    ) -> Result<Option<FileFacts>, Lacking> {
        let read = self
            .rig
            .engine
            .read(id, path, cap)
            .await
            .map_err(Trouble::from)?;
        Ok(read.map(FileFacts::from))
    }

    pub(super) async fn inspect(&self, started: &Started) -> Result<ContainerFacts, Trouble> {
        // Only the learner's own view has the learner's names for networks and volumes.
        let engine = match (started.whose, self.live) {
            (Whose::Learner, Some(live)) => live.engine,
            _ => self.rig.engine,
        };
        Ok(engine.inspect(&started.id).await?)
    }

    pub(super) async fn pid1(&self, started: &Started) -> Result<Option<Pid1>, Trouble> {
        let facts = self.inspect(started).await?;
        match facts.state == State::Running {
            true => Ok(self.rig.engine.pid1(&started.id).await?),
            false => Ok(None),
        }
    }

    pub(super) async fn logs(&self, started: &Started) -> Result<Logs, Trouble> {
        Ok(self
            .rig
            .engine
            .logs(&started.id, self.rig.bounds.output)
            .await?)
    }

    pub(super) async fn dial(&self, started: &Started, port: u16) -> Result<Dial, Trouble> {
        let helper = self.helper();
        let dialled = self.rig.engine.dial(&started.id, port, &helper).await;
        dialled.map_err(|error| self.without_helper(error))
    }

    pub(super) async fn listening(&self, started: &Started) -> Result<Vec<Listener>, Trouble> {
        let helper = self.helper();
        let listeners = self.rig.engine.listening(&started.id, &helper).await;
        listeners.map_err(|error| self.without_helper(error))
    }

    /// The helper's image may have gone, or never come: that is not a word about the submission's own.
    fn without_helper(&self, error: EngineError) -> Trouble {
        match error {
            EngineError::NotFound {
                what: "image",
                name,
            } if name == self.rig.helper => {
                let said = format!(
                    "the image {} is missing: the container's network is looked at from it",
                    tick(&name)
                );
                let help = format!("`docker pull {name}` or `sealegs images build {name}` gets it");
                Trouble::Infrastructure(Cause::new(said).help(help))
            }
            other => other.into(),
        }
    }

    pub(super) fn helper(&self) -> DialHelper {
        DialHelper {
            image: self.rig.helper.clone(),
            labels: self.rig.run.labels(),
            timeout: DIAL_LIMIT,
        }
    }

    /// Why the container is not running any more, if it is not.
    pub(super) async fn why_ended(&self, started: &Started) -> Result<Option<Cause>, Trouble> {
        ended(self.rig, started).await
    }
}

impl From<Trouble> for Lacking {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

fn there<'a, T>(
    subject: Option<Result<&'a T, &'a Trouble>>,
    what: &'static str,
) -> Result<&'a T, Lacking> {
    match subject {
        None => Err(Lacking::NotInTask(what)),
        Some(Ok(subject)) => Ok(subject),
        Some(Err(trouble)) => Err(Lacking::Trouble(trouble.clone())),
    }
}
