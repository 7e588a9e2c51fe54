//! Pulls images: several at once, with the user's logins, through a mirror where there is one. What one registry refuses
//! for all its images is asked once.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use futures_util::StreamExt;

use crate::dockerfile::reference::Reference;
use crate::engine::{Engine, EngineError, Patience, PullProgress, PullStage, RegistryFault};
use crate::failure::{Failure, Problem};
use crate::text::tick;

use super::credentials::Credentials;
use super::getting::{Getting, Moving, Way};
use super::origin::{Origin, origin};
use super::recipes::is_ours;

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
    mirror: Option<&'a str>,
    credentials: Credentials,
    patience: Patience,
    /// Registries that refuse whatever is asked of them, and why.
    lost: Mutex<HashMap<String, EngineError>>,
}

impl<'a> Puller<'a> {
    /// Pulls with this user's logins, through `mirror` (`HOST[:PORT]`) where Docker Hub is meant.
    pub fn new(engine: &'a Engine, mirror: Option<&'a str>) -> Self {
        Self {
            engine,
            mirror: mirror.map(host),
            credentials: Credentials::of_this_user(),
            patience: Patience::of(PATIENCE),
            lost: Mutex::default(),
        }
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
        let one = |name: String| async move {
            let pulled = self.one(&name, on).await;
            on(Getting::Settled(name.clone()));
            (name, pulled)
        };
        futures_util::stream::iter(names.to_vec())
            .map(one)
            .buffered(at_once.max(1))
            .collect()
            .await
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

    /// Pulls an image, whether the engine has it or not.
    ///
    /// # Errors
    /// The registry's refusal, with a way out of it.
    pub(super) async fn pull(
        &self,
        name: &str,
        on: &(dyn Fn(Getting) + Send + Sync),
    ) -> Result<(), Failure> {
        if is_ours(name) {
            let failure = Failure::system(format!("no registry has the image {}", tick(name)));
            return Err(failure.with_hint(format!(
                "`sealegs images build {name}` makes it, and a kit may have it"
            )));
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
        let Some(mirror) = self.mirror.filter(|_| by_tag) else {
            return Ok(self.from(&reference.domain, (name, name), on).await?);
        };
        let there = Reference {
            domain: mirror.to_owned(),
            ..reference.clone()
        };
        let there = there.to_string();
        let somebodys = self.engine.image(&there).await?.is_some();
        match self.from(mirror, (&there, name), on).await {
            Ok(()) => {}
            // The mirror is there and does not have it: the registry may.
            Err(EngineError::Registry {
                fault: RegistryFault::Unknown,
                ..
            }) => {
                let direct = self.from(HUB, (name, name), on).await;
                return direct.map_err(|error| besides(mirror, name, error));
            }
            Err(error) => return Err(error.into()),
        }
        self.engine.tag(&there, name).await?;
        match somebodys {
            true => Ok(()),
            false => Ok(self.engine.untag(&there).await?),
        }
    }

    /// Pulls `reference`, which is shown as `name`.
    async fn from(
        &self,
        domain: &str,
        (reference, name): (&str, &str),
        on: &(dyn Fn(Getting) + Send + Sync),
    ) -> Result<(), EngineError> {
        if let Some(error) = self.lost.lock().expect("no holder panics").get(domain) {
            return Err(again(error, name));
        }
        let login = match self.credentials.login(domain).await {
            Ok(login) => login,
            Err(said) => {
                on(Getting::Passed(format!("{said}; pulling with no login")));
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
        if let Err(error) = &pulled
            && is_about_all_images(error)
        {
            let mut lost = self.lost.lock().expect("no holder panics");
            lost.insert(domain.to_owned(), error.clone());
        }
        pulled.map_err(|error| again(&error, name))
    }
}

/// `http://mirror:5000/` is `mirror:5000`.
fn host(mirror: &str) -> &str {
    let host = mirror.split_once("://").map_or(mirror, |(_, host)| host);
    host.trim_end_matches('/')
}

/// Whether the registry would refuse every other image as well. What it redirects one layer to says nothing of the others,
/// and neither does silence: the line may be slow.
fn is_about_all_images(error: &EngineError) -> bool {
    use RegistryFault::{Insecure, Limited, Unreachable, Untrusted};
    let EngineError::Registry { fault, message, .. } = error else {
        return false;
    };
    match fault {
        Limited => true,
        Insecure | Untrusted => message.contains("/v2/"),
        Unreachable => message.contains("/v2/") && message.contains("dial tcp"),
        _ => false,
    }
}

/// The same refusal, of another image.
fn again(error: &EngineError, name: &str) -> EngineError {
    let mut error = error.clone();
    if let EngineError::Registry { reference, .. } = &mut error {
        name.clone_into(reference);
    }
    error
}

fn besides(mirror: &str, name: &str, error: EngineError) -> Failure {
    let Failure::System(Problem { message, hint }) = Failure::from(error) else {
        return Failure::Interrupted;
    };
    let message = format!(
        "the mirror {} has no image {}, and {message}",
        tick(mirror),
        tick(name)
    );
    match hint {
        Some(hint) => Failure::system(message).with_hint(hint),
        None => Failure::system(message),
    }
}

/// How far the layers of one image have come.
struct Layers<'a> {
    name: &'a str,
    /// Bytes fetched, and bytes in all.
    seen: Mutex<BTreeMap<String, (u64, u64)>>,
}

impl<'a> Layers<'a> {
    fn of(name: &'a str) -> Self {
        Self {
            name,
            seen: Mutex::default(),
        }
    }

    /// The image as a whole, and the layer.
    fn moving(&self, progress: PullProgress) -> [Moving; 2] {
        let mut seen = self.seen.lock().expect("no holder panics");
        let (fetched, total) = seen.entry(progress.layer.clone()).or_default();
        // The engine tells a size once.
        *total = progress.total.max(*total);
        let (way, done) = match progress.stage {
            PullStage::Downloading => (Way::Pulling, progress.done),
            PullStage::Extracting => (Way::Unpacking, progress.done),
            PullStage::Done => (Way::Unpacking, *total),
        };
        *fetched = match progress.stage {
            PullStage::Downloading => progress.done,
            PullStage::Extracting | PullStage::Done => *total,
        };
        let layer = Moving {
            name: self.name.to_owned(),
            layer: Some(progress.layer),
            way,
            done,
            total: *total,
        };
        let whole = Moving {
            layer: None,
            way: Way::Pulling,
            done: seen.values().map(|(fetched, _)| fetched).sum(),
            total: seen.values().map(|(_, total)| total).sum(),
            ..layer.clone()
        };
        [whole, layer]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_is_named_with_or_without_its_scheme() {
        assert_eq!(host("http://mirror.test:5000/"), "mirror.test:5000");
        assert_eq!(host("10.0.0.1:5000"), "10.0.0.1:5000");
    }

    #[test]
    fn a_layer_keeps_its_size_when_the_engine_no_longer_tells_it() {
        let layers = Layers::of("rope:1");
        let progress = |stage, done, total| PullProgress {
            layer: "f5".to_owned(),
            stage,
            done,
            total,
        };
        layers.moving(progress(PullStage::Downloading, 5, 9));
        let [whole, layer] = layers.moving(progress(PullStage::Done, 0, 0));
        assert_eq!((layer.done, layer.total), (9, 9));
        assert_eq!((whole.layer, whole.done, whole.total), (None, 9, 9));
    }
}
