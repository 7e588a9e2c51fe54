//! A learner's sandbox that outlives the command that opened it: one a lesson, in a folder of its own, served by a process
//! of its own. The process goes when nobody has used it for a while; what was made stays until somebody removes it, and the
//! next command finds it under the same names.

mod control;
mod place;
mod serve;
mod surroundings;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::io::AsyncBufReadExt;
use tokio::time::Instant;

pub use serve::serve;
pub use surroundings::{Setting, real_program, sudo_words};

use super::names::Token;
use super::open::{self, Identity, SandboxError};
use super::server::{Made, Record};
use super::settings::Settings;
use crate::engine::{Engine, EngineError, KEEPER_LABEL, LabelFilter, Run, SANDBOX_LABEL};
use crate::outcome::JournalEntry;
use control::{Answer, Client, Wish};
use place::Place;

/// How long a sandbox's process may take to be ready: it makes a network, and an engine under load is slow.
const READY: Duration = Duration::from_secs(60);

/// How long it may take to end: what the engine was asked for is waited for.
const END: Duration = Duration::from_secs(45);

/// The variable that says which process serves a learner's shell: see [`Setting`].
pub const FOLDER_VARIABLE: &str = "SEALEGS_SANDBOX";

/// Everything a sandbox's process must know.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Order {
    /// The engine, as `--engine` would name it.
    engine: String,
    settings: Settings,
}

/// A learner's sandbox of one lesson.
#[derive(Clone, Debug)]
pub struct Kept {
    place: Place,
}

impl Kept {
    /// The sandbox of this lesson on this engine, whether it is there or not.
    pub fn of(engine: &Engine, lesson: &str) -> Self {
        Self {
            place: Place::of(&engine.endpoint().to_string(), lesson),
        }
    }

    /// The sandbox in this folder.
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            place: Place::at(folder.to_owned()),
        }
    }

    /// Every sandbox of this user.
    pub fn all() -> Vec<Self> {
        let folders = Place::all().into_iter();
        folders.map(|folder| Self::in_folder(&folder)).collect()
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.place.folder()
    }

    /// The socket for the learner's clients.
    pub fn socket(&self) -> PathBuf {
        self.place.socket()
    }

    /// True where it has ever been opened and not been removed since.
    pub fn exists(&self) -> bool {
        self.place.identity().exists()
    }

    /// Makes sure that its process runs, with these settings. One that runs with others ends first; what was made stays.
    ///
    /// # Errors
    /// The process does not become ready; its own words say why.
    pub async fn ensure(&self, engine: &Engine, settings: &Settings) -> Result<(), SandboxError> {
        self.place.make()?;
        let order = Order {
            engine: engine.endpoint().to_string(),
            settings: settings.clone(),
        };
        let text = serde_json::to_string_pretty(&order).map_err(std::io::Error::other)?;
        let same = std::fs::read_to_string(self.place.order()).is_ok_and(|old| old == text);
        if !same {
            self.end().await?;
            std::fs::write(self.place.order(), &text)?;
        }
        self.resume().await
    }

    /// Makes sure that its process runs, with the settings it had.
    ///
    /// # Errors
    /// The process does not become ready, or the sandbox was never opened.
    pub async fn resume(&self) -> Result<(), SandboxError> {
        if self.answers().await {
            return Ok(());
        }
        let was_open = self.exists();
        let log = std::fs::File::create(self.place.log())?;
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["sandbox", "serve"])
            .arg(self.folder())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        apart(&mut command);
        let mut child = command.spawn()?;
        let deadline = Instant::now() + READY;
        loop {
            if self.answers().await {
                return Ok(());
            }
            // Somebody who removes or empties it keeps a new process from starting.
            if !self.place.order().exists() || was_open && !self.exists() {
                return Err(SandboxError::Refused("it was removed".to_owned()));
            }
            // One that finds another at work ends well, and that other will be ready.
            let ended = child.try_wait()?.is_some_and(|status| !status.success());
            if ended || Instant::now() > deadline {
                return Err(SandboxError::Refused(self.last_words()));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(self.place.log()).unwrap_or_default();
        let said = log.trim().trim_start_matches("error: ");
        match said {
            "" => "its process does not answer".to_owned(),
            said => said.to_owned(),
        }
    }

    async fn answers(&self) -> bool {
        let asked = self.asked(&Wish::Hello).await;
        asked.is_some_and(|answer| answer == Answer::Here(env!("CARGO_PKG_VERSION").to_owned()))
    }

    async fn asked(&self, wish: &Wish) -> Option<Answer> {
        let mut client = Client::connect(&self.place.control()).await.ok()?;
        client.ask(wish).await.ok()
    }

    /// Notes a command as it was typed, in the journal.
    pub async fn typed(&self, words: Vec<String>) {
        // A journal that cannot be reached keeps nobody from working.
        let _ = self.asked(&Wish::Typed(words)).await;
    }

    /// The same, without a runtime and without delay; false where its process is not there.
    pub fn typed_now(&self, words: &[String]) -> bool {
        use std::io::{BufRead as _, Write as _};
        let told = || -> std::io::Result<()> {
            let mut stream = std::os::unix::net::UnixStream::connect(self.place.control())?;
            let mut line = serde_json::to_string(&Wish::Typed(words.to_vec()))?;
            line.push('\n');
            stream.write_all(line.as_bytes())?;
            // The note comes before what the command does.
            let mut answer = String::new();
            std::io::BufReader::new(stream).read_line(&mut answer)?;
            Ok(())
        };
        told().is_ok()
    }

    /// Keeps its process from going for want of use, until this is dropped.
    ///
    /// # Errors
    /// The process is not there.
    pub async fn hold(&self) -> std::io::Result<Held> {
        let mut client = Client::connect(&self.place.control()).await?;
        client.ask(&Wish::Hold).await?;
        Ok(Held { _client: client })
    }

    /// The entries of its journal so far. Lines that cannot be read are left out.
    pub fn journal(&self) -> Vec<JournalEntry> {
        let text = std::fs::read_to_string(self.place.journal()).unwrap_or_default();
        text.lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }

    /// Every entry of its journal from now on, as soon as it is written, for as long as its process runs.
    ///
    /// # Errors
    /// The process is not there.
    pub async fn listen(&self) -> std::io::Result<News> {
        let mut client = Client::connect(&self.place.control()).await?;
        client.ask(&Wish::Listen).await?;
        Ok(News { client })
    }

    /// The engine as a check sees it through this sandbox: see [`super::Sandbox::observer`].
    ///
    /// # Errors
    /// The socket cannot be used.
    pub fn observer(&self, engine: &Engine) -> Result<Engine, EngineError> {
        engine.through(&self.place.observer())
    }

    /// Ends its process, where one runs. What was made stays.
    ///
    /// # Errors
    /// It does not end.
    pub async fn end(&self) -> Result<(), SandboxError> {
        let deadline = Instant::now() + END;
        while self.asked(&Wish::End).await.is_some() || self.place.is_locked() {
            if Instant::now() > deadline {
                let said = "its process does not end".to_owned();
                return Err(SandboxError::Refused(said));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// Removes it whole: its process, what was made in it, its journal; says how many objects went.
    ///
    /// # Errors
    /// The engine did not do it; then the sandbox is still known, and can be removed again.
    pub async fn remove(&self, engine: &Engine) -> Result<usize, SandboxError> {
        let (_lock, done) = self.cleared(engine).await?;
        self.place.forget()?;
        Ok(done)
    }

    /// Removes its process, what was made in it and its journal; says how many objects went. In terminals that are open in it
    /// the next command finds an empty sandbox.
    ///
    /// # Errors
    /// As for [`Self::remove`].
    pub async fn empty(&self, engine: &Engine) -> Result<usize, SandboxError> {
        let (_lock, done) = self.cleared(engine).await?;
        self.place.begin_anew()?;
        Ok(done)
    }

    /// The same, and where its process runs a fresh one takes its place at once.
    ///
    /// # Errors
    /// The engine did not do it, or the fresh process does not become ready.
    pub async fn renew(&self, engine: &Engine) -> Result<usize, SandboxError> {
        let runs = self.answers().await;
        let done = self.empty(engine).await?;
        if runs {
            self.resume().await?;
        }
        Ok(done)
    }

    /// Ends its process, and removes what was made in it.
    async fn cleared(
        &self,
        engine: &Engine,
    ) -> Result<(Option<std::fs::File>, usize), SandboxError> {
        // Whoever finds it until it has gone must not bring it back.
        let lock = self.taken().await?;
        let mut done = 0;
        if let Some(identity) = self.identity() {
            let made = Made::new(Record::File(self.place.images()));
            done = open::remove(engine, &Run::new(), &identity, &made).await?;
        }
        Ok((lock, done))
    }

    /// Ends its process, and keeps another one from taking its place.
    async fn taken(&self) -> Result<Option<std::fs::File>, SandboxError> {
        loop {
            self.end().await?;
            if !self.folder().is_dir() {
                return Ok(None);
            }
            if let Some(lock) = self.place.lock()? {
                return Ok(Some(lock));
            }
        }
    }

    /// The engine that it is on, as `--engine` would name it.
    pub fn engine(&self) -> Option<String> {
        Some(self.place.read_order()?.engine)
    }

    fn identity(&self) -> Option<Identity> {
        let text = std::fs::read_to_string(self.place.identity()).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Removes what is left on the engine of sandboxes whose folders are gone: kept ones, of this machine, this user and this
    /// home. Others share the engine, and theirs may be in use.
    ///
    /// # Errors
    /// The engine did not do it.
    pub async fn remove_forgotten(engine: &Engine) -> Result<usize, EngineError> {
        let known: Vec<Token> = Self::all()
            .iter()
            .filter_map(|kept| Some(kept.identity()?.token))
            .collect();
        let keepers = Place::keepers();
        let run = Run::new();
        let left = engine
            .owned(&LabelFilter::key(SANDBOX_LABEL))
            .await?
            .only(|labels| {
                let token = labels.get(SANDBOX_LABEL);
                let is_known = known
                    .iter()
                    .any(|known| token.is_some_and(|token| token == known.as_str()));
                let keeper = labels.get(KEEPER_LABEL);
                let is_ours = keeper.is_some_and(|keeper| keepers.contains(keeper));
                run.is_lasting_here(labels) && is_ours && !is_known
            });
        engine.remove_owned(&left).await
    }
}

/// Holds a sandbox's process.
#[derive(Debug)]
pub struct Held {
    _client: Client,
}

/// A journal as it is written.
#[derive(Debug)]
pub struct News {
    client: Client,
}

impl News {
    /// The next entry; `None` when the process has ended.
    pub async fn next(&mut self) -> Option<JournalEntry> {
        loop {
            let mut line = String::new();
            let read = self.client.reader().read_line(&mut line).await;
            if !read.is_ok_and(|n| n > 0) {
                return None;
            }
            if let Ok(entry) = serde_json::from_str(&line) {
                return Some(entry);
            }
        }
    }
}

/// A process that a Ctrl-C at the terminal does not reach.
fn apart(command: &mut Command) {
    use std::os::unix::process::CommandExt as _;
    command.process_group(0);
}
