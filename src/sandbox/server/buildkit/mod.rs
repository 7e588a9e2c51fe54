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

use std::collections::VecDeque;
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
    known: Mutex<Recent<Vec<Facts>>>,
    /// Sessions by the builds that use them; clients ask for a build's history after its session is over.
    sessions: Mutex<Recent<String>>,
    news: Notify,
}

/// How many builds are remembered: more than a client has open at once.
const REMEMBERED: usize = 1000;

/// The newest of what was noted, by its key.
#[derive(Debug)]
struct Recent<T>(VecDeque<(String, T)>);

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Recent<T> {
    fn get(&self, key: &str) -> Option<&T> {
        let mut all = self.0.iter();
        all.find(|(known, _)| known == key).map(|(_, value)| value)
    }

    /// What is noted under a key; `fresh` where nothing is.
    fn of(&mut self, key: &str, fresh: T) -> &mut T {
        let place = self.0.iter().position(|(known, _)| known == key);
        let place = place.unwrap_or_else(|| {
            if self.0.len() == REMEMBERED {
                self.0.pop_front();
            }
            self.0.push_back((key.to_owned(), fresh));
            self.0.len() - 1
        });
        &mut self.0[place].1
    }

    fn forget(&mut self, key: &str) {
        self.0.retain(|(known, _)| known != key);
    }
}

impl Builds {
    /// Says what a Dockerfile's reading will depend on, before the engine can ask for it.
    pub(super) fn expect(&self, key: &str, facts: Facts) {
        let mut known = lock(&self.known);
        let all = known.of(key, Vec::new());
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
        session.clone_into(lock(&self.sessions).of(build, String::new()));
        self.news.notify_waiters();
    }

    /// The session of a build of this sandbox; `None` for a build of anybody else's. A client asks how a build is going in
    /// the moment in which it begins it.
    async fn session_of(&self, build: &str) -> Option<String> {
        // The engine takes it for all builds.
        if build.is_empty() {
            return None;
        }
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let news = self.news.notified();
            if let Some(session) = lock(&self.sessions).get(build) {
                return Some(session.clone());
            }
            if tokio::time::timeout_at(deadline, news).await.is_err() {
                return None;
            }
        }
    }

    /// Forgets what was known of a session that is over.
    fn forget(&self, session: &str) {
        lock(&self.known).forget(session);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_builds_are_remembered() {
        let mut recent = Recent::default();
        for number in 0..=REMEMBERED {
            recent.of(&number.to_string(), number);
        }
        assert_eq!(recent.get("0"), None);
        assert_eq!(recent.get("1"), Some(&1));
        assert_eq!(*recent.of("1", 7), 1);
        recent.forget("1");
        assert_eq!(recent.get("1"), None);
    }
}
