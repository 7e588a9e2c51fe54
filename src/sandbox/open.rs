//! Opening a sandbox, looking at it from beside, and closing it without a trace.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use rand::RngExt;
use tempfile::TempDir;
use tokio::sync::watch;

use super::journal::Journal;
use super::names::{Names, Token};
use super::policy::Rules;
use super::policy::route::{NEWEST, Version};
use super::policy::rules::Publish;
use super::server::{Builds, Carried, Listening, Made, Making, Record, Seat, Server, Tasks};
use super::settings::{Keeping, Ports, Settings};
use crate::engine::{
    ADDRESS_LABEL, Engine, EngineError, KEEPER_LABEL, LESSON_LABEL, LabelFilter, Owned,
    OwnedObject, Parents, Run, SANDBOX_LABEL,
};
use crate::failure::Failure;

/// Why a sandbox could not be opened or closed.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The engine did not do its part.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The engine refused what every sandbox needs.
    #[error("the sandbox cannot be opened: {0}")]
    Refused(String),
    /// A file or a socket of ours could not be made.
    #[error("the sandbox cannot be opened: {0}")]
    File(#[from] std::io::Error),
}

impl From<SandboxError> for Failure {
    fn from(error: SandboxError) -> Self {
        match error {
            SandboxError::Engine(error) => error.into(),
            other => Self::system(other.to_string()),
        }
    }
}

/// What makes a sandbox the same one when it is opened again.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Identity {
    pub(super) token: Token,
    pub(super) address: Ipv4Addr,
}

/// An open sandbox. Close it; where that is forgotten, its sockets go with it and its objects with the next sweep.
#[derive(Debug)]
pub struct Sandbox {
    server: Arc<Server>,
    identity: Identity,
    settings: Settings,
    learner: Listening,
    observer: Listening,
    /// The folder of its sockets, where it is ours alone.
    _folder: Option<TempDir>,
}

/// Where a sandbox keeps its sockets and its records.
#[derive(Clone, Debug)]
pub(super) struct Places {
    pub(super) learner: PathBuf,
    pub(super) observer: PathBuf,
    pub(super) journal: Option<PathBuf>,
    pub(super) images: Option<PathBuf>,
    /// Who keeps it, where somebody does, and for which lesson.
    pub(super) keeper: Option<Keeper>,
}

/// Who keeps a sandbox.
#[derive(Clone, Debug)]
pub(super) struct Keeper {
    pub(super) name: String,
    pub(super) lesson: String,
}

impl Sandbox {
    /// Opens a new sandbox of this process on the engine. What it makes carries the labels of `run`.
    ///
    /// # Errors
    /// The engine does not answer or refuses a network, or no socket can be made.
    pub async fn open(
        engine: &Engine,
        run: &Run,
        settings: Settings,
    ) -> Result<Self, SandboxError> {
        let folder = tempfile::Builder::new().prefix("sealegs-").tempdir()?;
        // Apart, so that the one can be handed to a container without the other.
        let seats = ["learner", "observer"].map(|seat| folder.path().join(seat));
        for seat in &seats {
            std::fs::create_dir(seat)?;
        }
        let places = Places {
            learner: seats[0].join("docker.sock"),
            observer: seats[1].join("docker.sock"),
            journal: None,
            images: None,
            keeper: None,
        };
        let identity = Identity::fresh(engine).await?;
        let mut sandbox = Self::open_as(engine, run, settings, identity, &places).await?;
        sandbox.stock().await?;
        sandbox._folder = Some(folder);
        Ok(sandbox)
    }

    pub(super) async fn open_as(
        engine: &Engine,
        run: &Run,
        settings: Settings,
        identity: Identity,
        places: &Places,
    ) -> Result<Self, SandboxError> {
        let publish = match settings.ports {
            Ports::Localhost => Publish::At(Ipv4Addr::LOCALHOST),
            Ports::OwnAddress => Publish::At(identity.address),
            Ports::EngineChosen => Publish::EngineChosen,
        };
        let mut labels = match settings.keeping {
            Keeping::WithProcess => run.labels(),
            Keeping::UntilRemoved => run.lasting_labels(),
        };
        labels.insert(SANDBOX_LABEL.to_owned(), identity.token.as_str().to_owned());
        if let Some(keeper) = &places.keeper {
            labels.insert(KEEPER_LABEL.to_owned(), keeper.name.clone());
            labels.insert(LESSON_LABEL.to_owned(), keeper.lesson.clone());
        }
        let record = match &places.images {
            Some(path) => Record::File(path.clone()),
            None => Record::Run(run.clone(), engine.clone()),
        };
        let journal = match &places.journal {
            Some(path) => Journal::in_file(path)?,
            None => Journal::default(),
        };
        let (major, minor) = engine.info().api;
        let server = Arc::new(Server {
            engine: engine.clone(),
            names: Names::new(identity.token.clone(), identity.address),
            rules: Rules {
                ceiling: settings.ceiling.clone(),
                binds: settings.binds.clone(),
                publish,
                outward: settings.outward,
                downloads: settings.downloads,
                capabilities: settings.capabilities.clone(),
                registries: settings.registries,
            },
            images: settings.images.clone(),
            journal,
            labels,
            version: Version(major, minor).min(NEWEST),
            builder: builder(engine),
            made: Made::new(record),
            builds: Builds::default(),
            tasks: Tasks::default(),
            making: Making::default(),
            making_networks: Making::default(),
            making_bridge: tokio::sync::Mutex::default(),
            run: run.clone(),
            carried: OnceLock::new(),
        });
        let refused = |refusal: super::policy::Refusal| SandboxError::Refused(refusal.message);
        server.make_bridge().await.map_err(refused)?;
        let learner = Listening::at(&places.learner, server.clone(), Seat::Learner)?;
        let observer = Listening::at(&places.observer, server.clone(), Seat::Observer)?;
        Ok(Self {
            server,
            identity,
            settings,
            learner,
            observer,
            _folder: None,
        })
    }

    /// Puts the course's images that are on the engine into the sandbox, under the course's names.
    pub(super) async fn stock(&self) -> Result<(), SandboxError> {
        let refused = |refusal: super::policy::Refusal| SandboxError::Refused(refusal.message);
        self.server.stock().await.map_err(refused)
    }

    /// Carries a workspace, for [`super::Binds::Carried`]: an archive with everything below `work/`. Gives the name of the
    /// volume that holds it from then on. `image` is what containers of ours beside the sandbox are made of.
    ///
    /// # Errors
    /// The engine did not take it, or one is carried already.
    pub async fn carry(&self, image: &str, archive: Vec<u8>) -> Result<String, SandboxError> {
        let Server { engine, run, .. } = &*self.server;
        let carried = Carried::bring(engine, run, image, archive).await?;
        let volume = carried.whole();
        let twice = |_| SandboxError::Refused("a workspace is carried already".to_owned());
        self.server.carried.set(carried).map_err(twice)?;
        Ok(volume)
    }

    /// The socket for the learner's clients: `DOCKER_HOST=unix://…`.
    pub fn socket(&self) -> &Path {
        self.learner.path()
    }

    /// The engine as a check sees it: the learner's own names, true ports and addresses, and no line in the journal.
    ///
    /// # Errors
    /// The socket cannot be used.
    pub fn observer(&self) -> Result<Engine, EngineError> {
        self.server.engine.through(self.observer.path())
    }

    /// What was asked of the engine.
    pub fn journal(&self) -> &Journal {
        &self.server.journal
    }

    /// The loopback address that is this sandbox's alone: with [`Ports::OwnAddress`], published ports are there.
    pub fn address(&self) -> Ipv4Addr {
        self.identity.address
    }

    /// What it was opened with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// How many connections there are to it, as it changes.
    pub fn connections(&self) -> watch::Receiver<usize> {
        self.server.tasks.busy()
    }

    /// The engine's own name of a container, network or volume that is called so in the sandbox.
    pub fn engine_name(&self, name: &str) -> String {
        self.server.names.object(name)
    }

    /// Ends it, and leaves what was made: nobody is answered any more, and what the engine was asked for is waited for.
    pub(super) async fn leave(self) {
        drop((self.learner, self.observer));
        self.server.tasks.end().await;
    }

    /// Removes everything that was made in it, and says how many objects went.
    ///
    /// # Errors
    /// The engine did not do it; a later sweep will.
    pub async fn close(self) -> Result<usize, EngineError> {
        let Self {
            server,
            identity,
            learner,
            observer,
            ..
        } = self;
        drop((learner, observer));
        server.tasks.end().await;
        let mut done = remove(&server.engine, &server.run, &identity, &server.made).await?;
        if let Some(carried) = server.carried.get() {
            done += carried.end().await?;
        }
        Ok(done)
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server({:?})", self.engine)
    }
}

/// How long a build's step may take to end once its client has gone: the engine stops it after ten seconds.
const STEP_ENDS: Duration = Duration::from_secs(30);

/// Removes everything of a sandbox: what carries its label, what carries its name, and the images written down.
pub(super) async fn remove(
    engine: &Engine,
    run: &Run,
    identity: &Identity,
    made: &Made,
) -> Result<usize, EngineError> {
    let Identity { token, address } = identity;
    let mut owned = engine
        .owned(&LabelFilter::value(SANDBOX_LABEL, token.as_str()))
        .await?;
    // Known by the network that tells of them; whoever prunes networks takes that too.
    let named = engine.named_in_sandbox(token.as_str(), *address).await?;
    let there = |name: &OwnedObject| owned.images.iter().any(|image| image.id == name.id);
    let untold: Vec<OwnedObject> = named.into_iter().filter(|name| !there(name)).collect();
    owned.images.extend(untold);
    let Owned {
        containers,
        networks,
        volumes,
        images,
    } = owned;
    // An image may have any label, and gives it to whatever is made of it, outside too.
    let names = Names::new(token.clone(), Ipv4Addr::LOCALHOST);
    let containers = containers
        .into_iter()
        .filter(|container| names.own_object(&container.name).is_some())
        .collect();
    let mut done = engine
        .remove_owned(&Owned {
            containers,
            volumes,
            ..Owned::default()
        })
        .await?;
    // What an image says of itself proves nothing: only its name does, or our own record.
    for image in images
        .iter()
        .filter(|image| !image.id.starts_with("sha256:"))
    {
        let Some(facts) = engine.image(&image.id).await? else {
            continue;
        };
        match made.has_made(&facts.id) {
            true => engine.remove_image(&image.id, Parents::Keep).await?,
            // A build found it in the cache, or it is the course's: the name goes, the image stays.
            false => run.untag(engine, &image.id).await?,
        }
        done += 1;
    }
    for id in made.newest_first() {
        let Some(facts) = engine.image(&id).await? else {
            continue;
        };
        if !facts.tags.is_empty() {
            continue;
        }
        match engine.remove_image(&id, Parents::Keep).await {
            Ok(()) => done += 1,
            // Somebody else has built on it.
            Err(EngineError::Conflict { .. } | EngineError::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let networks = Owned {
        networks,
        ..Owned::default()
    };
    let deadline = Instant::now() + STEP_ENDS;
    loop {
        match engine.remove_owned(&networks).await {
            // A build's step has no label: it goes with its build, which nobody waits for any more.
            Err(error)
                if error.to_string().contains("active endpoints") && Instant::now() < deadline =>
            {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            removed => return Ok(done + removed?),
        }
    }
}

/// Which builder the engine's clients use by themselves: BuildKit since Engine 23.
fn builder(engine: &Engine) -> String {
    match engine.info().major {
        0..23 => "1".to_owned(),
        _ => "2".to_owned(),
    }
}

impl Identity {
    /// A token that nobody has, and an address that no other sandbox on this engine has.
    pub(super) async fn fresh(engine: &Engine) -> Result<Self, EngineError> {
        let others = engine.owned(&LabelFilter::key(SANDBOX_LABEL)).await?;
        let taken: Vec<BTreeMap<String, String>> = others
            .networks
            .into_iter()
            .map(|network| network.labels)
            .collect();
        let is_taken = |address: Ipv4Addr| {
            let address = address.to_string();
            taken
                .iter()
                .any(|labels| labels.get(ADDRESS_LABEL) == Some(&address))
        };
        loop {
            let address = random_address();
            if !is_taken(address) {
                return Ok(Self {
                    token: Token::fresh(),
                    address,
                });
            }
        }
    }
}

/// An address of the loopback network; three digits at its end, so that no longer address begins like it.
fn random_address() -> Ipv4Addr {
    let mut rng = rand::rng();
    Ipv4Addr::new(
        127,
        rng.random_range(64..=126),
        rng.random_range(0..=255),
        rng.random_range(100..=254),
    )
}
