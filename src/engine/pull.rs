//! Pulling an image: the engine does it, with a login of ours, and tells how far every layer has come.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use serde::Deserialize;

use super::image::tagged;
use super::wire::Answer;
use super::{Engine, EngineError, names};

const VERB: &str = "pull an image";

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
    /// Pulls an image from its registry. The engine tries broken downloads again by itself; `patience` is the longest
    /// it may say nothing at all.
    ///
    /// # Errors
    /// Refusals of the registry are told apart; silence is [`EngineError::RegistryUnreachable`].
    pub async fn pull(
        &self,
        reference: &str,
        login: Option<&Login>,
        patience: Duration,
        on: &(dyn Fn(PullProgress) + Send + Sync),
    ) -> Result<(), EngineError> {
        if !names::is_plausible(reference) {
            return Err(EngineError::ImageUnknown {
                reference: reference.to_owned(),
            });
        }
        let silent = |_| EngineError::RegistryUnreachable {
            reference: reference.to_owned(),
            message: format!("it said nothing for {}", crate::text::time(patience)),
        };
        let name = tagged(reference);
        let path = match name.rsplit_once(':') {
            Some((repository, tag)) if !name.contains('@') => {
                format!("/images/create?fromImage={repository}&tag={tag}")
            }
            _ => format!("/images/create?fromImage={name}"),
        };
        let header = login.map(|login| ("x-registry-auth", login.header()));
        let answer = tokio::time::timeout(patience, self.post(VERB, &path, header));
        let mut lines = match answer.await.map_err(silent)?? {
            Answer::Lines(lines) => lines,
            Answer::Refused(message) => return Err(refused(reference, &message)),
        };
        while let Some(line) = tokio::time::timeout(patience, lines.next())
            .await
            .map_err(silent)??
        {
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
            if let Some(progress) = line.progress() {
                on(progress);
            }
        }
        Ok(())
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
    let generic = EngineError::refusal(VERB, "image", reference, 0, message);
    match &generic {
        EngineError::Refused { .. } => registry_error(reference, message).unwrap_or(generic),
        _ => generic,
    }
}

/// Reads a registry's refusal, from the words that docker, containerd and podman use for it; `None` when they are about
/// something else.
pub(super) fn registry_error(reference: &str, message: &str) -> Option<EngineError> {
    let reference = reference.to_owned();
    let lower = message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let message = message.trim().to_owned();
    Some(
        if says(&[
            "toomanyrequests",
            "too many requests",
            "rate limit",
            "ratelimit",
        ]) {
            EngineError::RateLimited { reference }
        } else if says(&["server gave http response to https client"]) {
            EngineError::RegistryInsecure { reference }
        } else if says(&[
            "no basic auth credentials",
            "incorrect username or password",
        ]) {
            EngineError::LoginNeeded { reference, message }
        } else if says(&[
            // What Docker Hub says of an image that is not there, too.
            "pull access denied",
            "insufficient_scope",
            "manifest unknown",
            "repository does not exist",
            "name unknown",
            ": not found",
            "no matching manifest",
        ]) {
            EngineError::ImageUnknown { reference }
        } else if says(&[
            "unauthorized",
            "authentication required",
            "authorization failed",
            "failed to authorize",
            "403 forbidden",
        ]) || lower.trim() == "denied"
            || lower.starts_with("denied:")
        {
            EngineError::LoginNeeded { reference, message }
        } else if says(&[
            "unexpected http status",
            "unexpected status from",
            "unexpected eof",
            "short read",
            "http 206",
            "layer verification failed",
            "unexpected commit digest",
            "bad gateway",
            "service unavailable",
        ]) {
            EngineError::RegistryBroken { reference, message }
        } else if says(&[
            "no such host",
            "dial tcp",
            "i/o timeout",
            "tls handshake",
            "connection refused",
            "client.timeout",
            "network is unreachable",
            "temporary failure in name resolution",
            "server misbehaving",
            "proxyconnect",
            "x509:",
            "failed to do request",
        ]) {
            EngineError::RegistryUnreachable { reference, message }
        } else {
            return None;
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(message: &str) -> &'static str {
        match registry_error("rope:1", message) {
            Some(EngineError::RateLimited { .. }) => "limited",
            Some(EngineError::ImageUnknown { .. }) => "unknown",
            Some(EngineError::LoginNeeded { .. }) => "login",
            Some(EngineError::RegistryInsecure { .. }) => "insecure",
            Some(EngineError::RegistryBroken { .. }) => "broken",
            Some(EngineError::RegistryUnreachable { .. }) => "unreachable",
            _ => "other",
        }
    }

    /// What Engine 20.10, 28.5 and 28.5 with containerd's store said of a registry that answers so.
    #[test]
    fn a_registrys_refusals_are_told_apart_on_every_engine() {
        let resolve = r#"failed to resolve reference "127.0.0.1:5/x:1": "#;
        let head = "unexpected status from HEAD request to http://127.0.0.1:5/v2/x/manifests/1: ";
        for (expected, message) in [
            ("login", "unauthorized".to_owned()),
            ("login", "unauthorized: authentication required".to_owned()),
            ("login", "denied".to_owned()),
            ("login", "Head \"http://127.0.0.1:5/v2/x/manifests/1\": no basic auth credentials".to_owned()),
            ("login", format!("{resolve}pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials")),
            ("login", format!("unknown: {resolve}{head}403 Forbidden")),
            ("limited", "toomanyrequests: You have reached your pull rate limit.".to_owned()),
            ("limited", format!("unknown: {resolve}{head}429 Too Many Requests")),
            ("unknown", "manifest unknown".to_owned()),
            ("unknown", "name unknown".to_owned()),
            ("unknown", format!("{resolve}127.0.0.1:5/x:1: not found")),
            ("unknown", "pull access denied for x, repository does not exist or may require 'docker login': denied: requested access to the resource is denied".to_owned()),
            ("unknown", format!("{resolve}pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed")),
            ("broken", "received unexpected HTTP status: 500 Internal Server Error".to_owned()),
            ("broken", format!("unknown: {resolve}{head}503 Service Unavailable")),
            ("broken", "expected HTTP 206 from byte range request".to_owned()),
            ("broken", "unexpected EOF".to_owned()),
            ("broken", "short read: expected 300279 bytes but got 150139: unexpected EOF".to_owned()),
            ("broken", "filesystem layer verification failed for digest sha256:22".to_owned()),
            ("broken", "failed commit on ref \"layer-sha256:f5\": commit failed: unexpected commit digest sha256:c0, expected sha256:f5: failed precondition".to_owned()),
            ("unreachable", "Get \"http://127.0.0.1:9/v2/\": dial tcp 127.0.0.1:9: connect: connection refused".to_owned()),
            ("unreachable", "Get \"https://r.test/v2/\": dial tcp: lookup r.test on 10.0.0.1:53: no such host".to_owned()),
            ("unreachable", format!("{resolve}failed to do request: Head \"https://127.0.0.1:9/v2/x/manifests/1\": EOF")),
            ("insecure", "Get \"https://10.0.0.1:5000/v2/\": http: server gave HTTP response to HTTPS client".to_owned()),
            ("other", "something else".to_owned()),
        ] {
            assert_eq!(kind(&message), expected, "{message}");
        }
    }

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
