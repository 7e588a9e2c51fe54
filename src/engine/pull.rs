//! Pulling an image: the engine does it, with a login of ours, and tells how far every layer has come.

mod fault;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use serde::Deserialize;

use super::image::tagged;
use super::wire::Answer;
use super::{Engine, EngineError, names};

pub use fault::RegistryFault;

const VERB: &str = "pull an image";

/// Characters of a registry's words that are shown.
const MESSAGE_LIMIT: usize = 300;

/// Who pulls. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub enum Login {
    /// A name and a password.
    Password {
        /// The name.
        user: String,
        /// The password, or a token that serves as one.
        password: String,
    },
    /// A token that stands for somebody.
    Identity(String),
}

/// How far a layer has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullProgress {
    /// Its short digest, twelve digits.
    pub layer: String,
    /// What happens to it.
    pub stage: PullStage,
    /// Bytes that are done.
    pub done: u64,
    /// Bytes in all; 0 where nobody knows.
    pub total: u64,
}

/// What happens to a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullStage {
    /// It comes from the registry.
    Downloading,
    /// It is unpacked.
    Extracting,
    /// It is there.
    Done,
}

/// One line of the engine's answer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    id: Option<String>,
    status: Option<String>,
    #[serde(default)]
    progress_detail: Option<Detail>,
    error: Option<String>,
}

#[derive(Default, Deserialize)]
struct Detail {
    #[serde(default)]
    current: u64,
    #[serde(default)]
    total: u64,
}

impl Engine {
    /// Pulls an image from its registry. The engine tries broken downloads again by itself, and fetches a few layers at a
    /// time for all who pull: while this image's wait for their turn, silence says nothing of the registry.
    ///
    /// # Errors
    /// Refusals of the registry are told apart; what is longer than `patience` is [`RegistryFault::Silent`].
    pub async fn pull(
        &self,
        reference: &str,
        login: Option<&Login>,
        patience: &Patience,
        on: &(dyn Fn(PullProgress) + Send + Sync),
    ) -> Result<(), EngineError> {
        if !names::is_plausible(reference) {
            return Err(failed(reference, RegistryFault::Unknown, ""));
        }
        let silent = || {
            let longest = crate::text::time(patience.longest);
            let message = format!("it said nothing for {longest}");
            failed(reference, RegistryFault::Silent, &message)
        };
        let name = tagged(reference);
        let path = match name.rsplit_once(':') {
            Some((repository, tag)) if !name.contains('@') => {
                format!("/images/create?fromImage={repository}&tag={tag}")
            }
            _ => format!("/images/create?fromImage={name}"),
        };
        let header = login.map(|login| ("x-registry-auth", login.header()));
        patience.heard();
        let answer = patience.wait(self.post(VERB, &path, header)).await;
        let mut lines = match answer.ok_or_else(silent)?? {
            Answer::Lines(lines) => lines,
            Answer::Refused(message) => return Err(refused(reference, &message)),
        };
        let mut layers = Layers::default();
        loop {
            let next = match layers.depend_on_the_registry() {
                true => patience.wait(lines.next()).await.ok_or_else(silent)?,
                false => lines.next().await,
            };
            let Some(line) = next? else { return Ok(()) };
            patience.heard();
            let line: Line = match serde_json::from_slice(&line) {
                Ok(line) => line,
                Err(error) => {
                    let reason = error.to_string();
                    return Err(EngineError::Unreadable { verb: VERB, reason });
                }
            };
            if let Some(message) = &line.error {
                return Err(refused(reference, message));
            }
            layers.see(&line);
            if let Some(progress) = line.progress() {
                on(progress);
            }
        }
    }
}

/// How long nothing at all may come, of all the pulls that share it together: they share a line too.
#[derive(Debug)]
pub struct Patience {
    longest: Duration,
    heard: Mutex<Instant>,
}

impl Patience {
    /// As long as this.
    pub fn of(longest: Duration) -> Self {
        Self {
            longest,
            heard: Mutex::new(Instant::now()),
        }
    }

    fn heard(&self) {
        *self.heard.lock().expect("no holder panics") = Instant::now();
    }

    fn left(&self) -> Duration {
        let since = self.heard.lock().expect("no holder panics").elapsed();
        self.longest.saturating_sub(since)
    }

    /// `None` where nothing came for too long.
    async fn wait<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let end = async {
            loop {
                match self.left() {
                    Duration::ZERO => break,
                    left => tokio::time::sleep(left).await,
                }
            }
        };
        tokio::select! {
            done = work => Some(done),
            () = end => None,
        }
    }
}

/// Whether each layer is being fetched now.
#[derive(Default)]
struct Layers(BTreeMap<String, bool>);

impl Layers {
    fn see(&mut self, line: &Line) {
        if let (Some(id), Some(status)) = (&line.id, &line.status)
            && !status.starts_with("Pulling from")
        {
            let fetched = ["Pulling fs layer", "Downloading", "Retrying"];
            let fetched = fetched.iter().any(|word| status.starts_with(word));
            self.0.insert(id.clone(), fetched);
        }
    }

    /// False while all that is left waits for its turn, or for being unpacked.
    fn depend_on_the_registry(&self) -> bool {
        self.0.is_empty() || self.0.values().any(|fetched| *fetched)
    }
}

impl Login {
    /// Docker's header: JSON in the URL-safe alphabet.
    fn header(&self) -> String {
        let json = match self {
            Self::Password { user, password } => {
                serde_json::json!({"username": user, "password": password})
            }
            Self::Identity(token) => serde_json::json!({"identitytoken": token}),
        };
        URL_SAFE.encode(json.to_string())
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(…)")
    }
}

impl Line {
    fn progress(self) -> Option<PullProgress> {
        let stage = match self.status.as_deref()? {
            "Downloading" => PullStage::Downloading,
            "Extracting" => PullStage::Extracting,
            "Pull complete" | "Already exists" => PullStage::Done,
            _ => return None,
        };
        let Detail { current, total } = self.progress_detail.unwrap_or_default();
        Some(PullProgress {
            layer: self.id?,
            stage,
            done: current,
            total,
        })
    }
}

fn refused(reference: &str, message: &str) -> EngineError {
    match EngineError::refusal(VERB, "image", reference, 0, message) {
        EngineError::Refused { message, .. } => {
            let fault = RegistryFault::read(&message).unwrap_or(RegistryFault::Refused);
            failed(reference, fault, &message)
        }
        other => other,
    }
}

fn failed(reference: &str, fault: RegistryFault, message: &str) -> EngineError {
    EngineError::Registry {
        fault,
        reference: reference.to_owned(),
        message: one_line(message),
    }
}

/// A registry may say anything, of any length.
fn one_line(message: &str) -> String {
    let line = message.lines().find(|line| !line.trim().is_empty());
    let line = line.unwrap_or("it gave no reason").trim();
    match line.char_indices().nth(MESSAGE_LIMIT) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layers_way_is_read_from_the_engines_lines() {
        let read = |line: &str| serde_json::from_str::<Line>(line).unwrap().progress();
        let line = r#"{"status":"Downloading","progressDetail":{"current":5,"total":9},"progress":"[=> ]","id":"f586dabb24be"}"#;
        let expected = PullProgress {
            layer: "f586dabb24be".to_owned(),
            stage: PullStage::Downloading,
            done: 5,
            total: 9,
        };
        assert_eq!(read(line), Some(expected));
        assert_eq!(
            read(r#"{"status":"Pulling from library/busybox","id":"1.37"}"#),
            None
        );
        assert_eq!(read(r#"{"status":"Digest: sha256:00"}"#), None);
    }

    #[test]
    fn layers_that_wait_for_their_turn_do_not_depend_on_the_registry() {
        let mut layers = Layers::default();
        let mut after = |id: &str, status: &str| {
            let line = format!(r#"{{"id":"{id}","status":"{status}"}}"#);
            layers.see(&serde_json::from_str(&line).unwrap());
            layers.depend_on_the_registry()
        };
        assert!(after("1.37", "Pulling from library/busybox"));
        assert!(after("a", "Pulling fs layer"));
        assert!(!after("a", "Waiting"));
        assert!(after("a", "Downloading"));
        assert!(after("b", "Waiting"), "the other is being fetched");
        assert!(!after("a", "Download complete"));
        assert!(after("b", "Retrying in 5 seconds"));
    }

    #[test]
    fn a_registrys_words_are_cut_to_one_line() {
        assert_eq!(one_line("\n denied: no \nhint: run this"), "denied: no");
        assert_eq!(
            one_line(&"x".repeat(900)).chars().count(),
            MESSAGE_LIMIT + 1
        );
    }

    #[test]
    fn a_login_is_sent_in_the_url_safe_alphabet_and_never_shown() {
        let login = Login::Password {
            user: "mate".to_owned(),
            password: "ÿ>~?".to_owned(),
        };
        let header = login.header();
        assert!(!header.contains(['+', '/']), "{header}");
        let json: serde_json::Value =
            serde_json::from_slice(&URL_SAFE.decode(header).unwrap()).unwrap();
        assert_eq!(json["password"], "ÿ>~?");
        assert_eq!(format!("{login:?}"), "Login(…)");
    }
}
