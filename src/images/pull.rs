//! Pulls images: several at once, with the user's logins, through a mirror where there is one. What one registry refuses
//! for all its images is asked once.

mod layers;
mod mirror;
mod refusal;

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use futures_util::{Stream, StreamExt};

use crate::dockerfile::reference::Reference;
use crate::engine::{Engine, EngineError, Patience, RegistryFault};
use crate::failure::Failure;
use crate::text::tick;

use super::credentials::Credentials;
use super::depot::Depot;
use super::getting::Getting;
use super::origin::{Origin, origin};
use super::recipes::{is_ours, recipe_for};

use layers::Layers;
use mirror::Note;
use refusal::Refusal;

pub use mirror::Mirror;

/// The longest a registry may say nothing at all.
const PATIENCE: Duration = Duration::from_secs(60);

/// A registry that answers with trouble at once is asked again after each of these.
const AGAIN: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];

/// Trouble that takes longer has been tried again by the engine already.
const AT_ONCE: Duration = Duration::from_secs(5);

/// The registry that a mirror stands for.
const HUB: &str = "docker.io";

/// What became of an image that was to be pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pulled {
    /// It was pulled.
    Now,
    /// The engine had it.
    Before,
    /// The engine has one of ours that stands for it, and keeps it.
    StandIn,
}

/// How images are pulled.
pub struct Puller<'a> {
    engine: &'a Engine,
    mirror: Option<Result<Mirror, Failure>>,
    /// Where names that images have for a while are written down.
    notes: PathBuf,
    credentials: Credentials,
    patience: Patience,
    /// Registries that refuse whatever is asked of them, and why.
    lost: Mutex<HashMap<String, Refusal>>,
    /// What was passed over and has been told.
    passed: Mutex<BTreeSet<String>>,
}

impl<'a> Puller<'a> {
    /// Pulls with this user's logins, and asks `mirror` (`HOST[:PORT]`, of `SEALEGS_MIRROR`) before Docker Hub.
    pub fn new(engine: &'a Engine, mirror: Option<&str>) -> Self {
        Self {
            engine,
            mirror: mirror.map(|mirror| Mirror::named(mirror, "SEALEGS_MIRROR")),
            notes: Depot::default_place().folder().join("pulling"),
            credentials: Credentials::of_this_user(),
            patience: Patience::of(PATIENCE),
            lost: Mutex::default(),
            passed: Mutex::default(),
        }
    }

    /// The same with a mirror that has been looked at.
    #[must_use]
    pub fn with_mirror(mut self, mirror: Option<Mirror>) -> Self {
        self.mirror = mirror.map(Ok);
        self
    }

    /// The same with another patience.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = Patience::of(patience);
        self
    }

    /// Pulls what the engine lacks, `at_once` images at a time; the results stand in the order of the names.
    pub async fn all(
        &self,
        names: &[String],
        at_once: usize,
        on: &(dyn Fn(Getting) + Send + Sync),
    ) -> Vec<(String, Result<Pulled, Failure>)> {
        self.sweep().await;
        self.each(names, at_once, on).collect().await
    }

    /// The same one by one, each as soon as it and those before it are settled.
    pub fn each<'b>(
        &'b self,
        names: &[String],
        at_once: usize,
        on: &'b (dyn Fn(Getting) + Send + Sync),
    ) -> impl Stream<Item = (String, Result<Pulled, Failure>)> + 'b {
        let one = move |name: String| async move {
            let pulled = self.one(&name, on).await;
            on(Getting::Settled(name.clone()));
            (name, pulled)
        };
        futures_util::stream::iter(names.to_vec())
            .map(one)
            .buffered(at_once.max(1))
    }

    async fn one(
        &self,
        name: &str,
        on: &(dyn Fn(Getting) + Send + Sync),
    ) -> Result<Pulled, Failure> {
        match self.engine.image(name).await? {
            Some(image) if origin(&image) == Origin::Kit => Ok(Pulled::StandIn),
            Some(_) => Ok(Pulled::Before),
            None => self.pull(name, on).await.map(|()| Pulled::Now),
        }
    }

    /// Pulls an image that the engine does not have.
    ///
    /// # Errors
    /// The registry's refusal, with a way out of it; the mirror's before it, where there is one.
    pub(super) async fn pull(
        &self,
        name: &str,
        on: &(dyn Fn(Getting) + Send + Sync),
    ) -> Result<(), Failure> {
        if is_ours(name) {
            return Err(in_no_registry(name));
        }
        let Ok(reference) = Reference::parse(name) else {
            return Err(Failure::usage(format!(
                "{} is no name of an image",
                tick(name)
            )));
        };
        on(Getting::Pulling(name.to_owned()));
        // A digest cannot be given to an image: what is asked for by one keeps its registry's name.
        let by_tag = reference.domain == HUB && reference.digest.is_none();
        let mirror = match &self.mirror {
            Some(mirror) if by_tag => mirror.as_ref().map_err(|failure| {
                if let Failure::Usage(problem) = failure {
                    self.pass(problem.message.clone(), on);
                }
                failure.clone()
            })?,
            _ => {
                let direct = self.from(&reference.domain, (name, name), on).await;
                return direct.map_err(Refusal::told);
            }
        };
        let Err(refusal) = self.through(mirror, (&reference, name), on).await else {
            return Ok(());
        };
        // The mirror does not do it: the registry may, as with the engine's own mirrors.
        let Some((fault, said)) = refusal.by(mirror, name) else {
            return Err(refusal.told());
        };
        if fault != RegistryFault::Unknown {
            self.pass(format!("{said}; asking Docker Hub"), on);
        }
        let direct = self.from(HUB, (name, name), on).await;
        direct.map_err(|direct| direct.after(mirror, (fault, &said)))
    }

    /// Pulls `name` by the mirror's name for it, which the image does not keep.
    async fn through(
        &self,
        mirror: &Mirror,
        (reference, name): (&Reference, &str),
        on: &(dyn Fn(Getting) + Send + Sync),
    ) -> Result<(), Refusal> {
        let there = Reference {
            domain: mirror.host.clone(),
            ..reference.clone()
        };
        let there = there.to_string();
        let note = Note::take(&self.notes, self.engine, &there);
        let was_left = note.as_ref().is_some_and(|note| note.was_left);
        let is_ours = was_left || self.engine.image(&there).await?.is_none();
        let pulled = self.from(&mirror.host, (&there, name), on).await;
        // Somebody may have brought the real one meanwhile, which is not replaced.
        let named = match &pulled {
            Ok(()) if self.engine.image(name).await?.is_none() => {
                self.engine.tag(&there, name).await
            }
            _ => Ok(()),
        };
        match note {
            Some(note) if is_ours => note.settle(self.engine).await?,
            Some(note) => note.forget(),
            None => {}
        }
        pulled?;
        Ok(named?)
    }

    /// Takes away what pulls through a mirror that were ended before their time have left on the engine.
    pub async fn sweep(&self) {
        for note in Note::left(&self.notes, self.engine) {
            // What cannot go now goes another time.
            let _ = note.settle(self.engine).await;
        }
    }

    /// Tells, once, what is passed over.
    fn pass(&self, said: String, on: &(dyn Fn(Getting) + Send + Sync)) {
        let mut passed = self.passed.lock().expect("no holder panics");
        if passed.insert(said.clone()) {
            on(Getting::Passed(said));
        }
    }

    /// Pulls `reference`, which is shown as `name`.
    async fn from(
        &self,
        domain: &str,
        (reference, name): (&str, &str),
        on: &(dyn Fn(Getting) + Send + Sync),
    ) -> Result<(), Refusal> {
        if let Some(error) = self.lost.lock().expect("no holder panics").get(domain) {
            return Err(error.of(name));
        }
        let login = match self.credentials.login(domain).await {
            Ok(login) => login,
            Err(said) => {
                self.pass(format!("{said}; pulling with no login"), on);
                None
            }
        };
        let layers = Layers::of(name);
        let told = |progress| {
            for moving in layers.moving(progress) {
                on(Getting::Moving(moving));
            }
        };
        let mut waits = AGAIN.iter();
        let pulled = loop {
            let began = Instant::now();
            let pulled = self
                .engine
                .pull(reference, login.as_ref(), &self.patience, &told)
                .await;
            match (&pulled, waits.next()) {
                (
                    Err(EngineError::Registry {
                        fault: RegistryFault::Broken,
                        ..
                    }),
                    Some(wait),
                ) if began.elapsed() < AT_ONCE => {
                    tokio::time::sleep(*wait).await;
                }
                _ => break pulled,
            }
        };
        let has_login = login.is_some();
        pulled.map_err(|error| {
            let refusal = Refusal { error, has_login };
            if refusal.is_about_all_images() {
                let mut lost = self.lost.lock().expect("no holder panics");
                lost.insert(domain.to_owned(), refusal.clone());
            }
            refusal.of(name)
        })
    }
}

/// What only this program makes, or nobody.
fn in_no_registry(name: &str) -> Failure {
    match recipe_for(name) {
        Some(_) => Failure::system(format!("{} is in no registry", tick(name))).with_hint(format!(
            "`sealegs images build {name}` makes it, `sealegs images load FILE` takes it from a kit"
        )),
        None => Failure::usage(format!("there is no image {}", tick(name)))
            .with_hint("`sealegs images list` names those that are Sealegs' own"),
    }
}
