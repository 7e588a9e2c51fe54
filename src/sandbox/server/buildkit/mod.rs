//! BuildKit's two channels: `/session`, by which the engine asks the client for files, and `/grpc`, by which the client
//! asks the engine for a build. Both are HTTP/2 within a raw connection, and both end here: each call is one of a closed
//! list, its messages are read and written anew, and no Dockerfile passes that was not read.

mod control;
mod files;
mod frames;
mod messages;
mod relay;
mod session;
mod shapes;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::build::Facts;
use crate::sandbox::names::Names;
use crate::sandbox::policy::Refusal;

/// How long one half of a build waits for the other: as long as the engine does.
const PATIENCE: Duration = Duration::from_secs(5);

/// A message of a build's progress in the learner's names.
pub(super) fn progress_shown(names: &Names, message: &[u8]) -> Vec<u8> {
    shapes::shown(names, message, shapes::STATUS)
}

/// What is known of builds whose files are still to come.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct Builds {
    known: Mutex<HashMap<String, Vec<Facts>>>,
    /// Sessions by the builds that use them.
    sessions: Mutex<HashMap<String, String>>,
    news: Notify,
}

impl Builds {
    /// Says what a Dockerfile's reading will depend on, before the engine can ask for it.
    pub(super) fn expect(&self, key: &str, facts: Facts) {
        let mut known = lock(&self.known);
        let all = known.entry(key.to_owned()).or_default();
        if !all.contains(&facts) {
            all.push(facts);
        }
        drop(known);
        self.news.notify_waiters();
    }

    /// What is known of a build, as soon as it is. Two builds by one session could be read differently: then neither is.
    pub(super) async fn facts(&self, key: &str) -> Result<Facts, Refusal> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let news = self.news.notified();
            let known = lock(&self.known).get(key).cloned().unwrap_or_default();
            match known.as_slice() {
                [facts] => return Ok(facts.clone()),
                [] => {}
                [first, others @ ..] => {
                    let alike = others.iter().all(|facts| {
                        facts.arguments == first.arguments && facts.contexts == first.contexts
                    });
                    return match alike {
                        true => Ok(Facts {
                            dockerfile: String::new(),
                            ..first.clone()
                        }),
                        false => Err(Refusal::not_allowed(
                            "two builds at once with different arguments",
                            "build them one after the other",
                        )),
                    };
                }
            }
            if tokio::time::timeout_at(deadline, news).await.is_err() {
                return Err(Refusal::unreadable("files of a build that nobody began"));
            }
        }
    }

    /// True for the names by which a session's builds call their Dockerfiles.
    fn is_dockerfile(&self, key: &str, path: &str) -> bool {
        let known = lock(&self.known);
        let mut names = known.get(key).into_iter().flatten();
        names.any(|facts| {
            path == facts.dockerfile || facts.dockerfile == "Dockerfile" && path == "dockerfile"
        })
    }

    fn join(&self, build: &str, session: &str) {
        lock(&self.sessions).insert(build.to_owned(), session.to_owned());
        self.news.notify_waiters();
    }

    /// The session of a build of this sandbox; `None` for a build of anybody else's. A client asks how a build is going in
    /// the moment in which it begins it.
    async fn session_of(&self, build: &str) -> Option<String> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let news = self.news.notified();
            if let Some(session) = lock(&self.sessions).get(build) {
                return Some(session.clone());
            }
            if build.is_empty() || tokio::time::timeout_at(deadline, news).await.is_err() {
                return None;
            }
        }
    }

    /// Forgets a session that is over, and its builds.
    fn forget(&self, session: &str) {
        lock(&self.known).remove(session);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
