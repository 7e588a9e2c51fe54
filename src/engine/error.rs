//! What can go wrong between us and the engine, one variant a cause a caller tells apart.

use bollard::errors::Error as Bollard;

use crate::failure::Failure;
use crate::text::tick;

use super::pull::RegistryFault;

/// Why the engine did not do what it was asked; never a learner's failure by itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// Nothing answers at the endpoint.
    #[error("no Docker engine answers at {}: {reason}", tick(.endpoint))]
    NoEngine {
        /// Where it was looked for.
        endpoint: String,
        /// What the connection attempt said.
        reason: String,
    },
    /// The socket is there and is not ours to open.
    #[error("you may not use the Docker engine at {}", tick(.endpoint))]
    NoPermission {
        /// Where it is.
        endpoint: String,
    },
    /// The engine's API is older than 1.41 (Engine 20.10).
    #[error("the engine is too old: version {} with API {}", tick(.version), tick(.api))]
    TooOld {
        /// The engine's version.
        version: String,
        /// Its newest API version.
        api: String,
    },
    /// An endpoint of a kind we cannot speak to.
    #[error("the endpoint {} is not supported", tick(.endpoint))]
    UnsupportedEndpoint {
        /// The endpoint as given.
        endpoint: String,
    },
    /// The docker context that is chosen cannot be read.
    #[error("the docker context {} cannot be used: {reason}", tick(.name))]
    BadContext {
        /// The context's name.
        name: String,
        /// Why not.
        reason: String,
    },
    /// The engine's disk (or ours) is full.
    #[error("the disk is full: cannot {verb}")]
    DiskFull {
        /// What was being done.
        verb: &'static str,
    },
    /// The engine stopped answering half way.
    #[error("the engine stopped answering: cannot {verb}: {reason}")]
    Gone {
        /// What was being done.
        verb: &'static str,
        /// What the connection said.
        reason: String,
    },
    /// The engine did not answer in time.
    #[error("the engine did not answer in time: cannot {verb}")]
    TimedOut {
        /// What was being done.
        verb: &'static str,
    },
    /// The engine says that there is no such thing.
    #[error("there is no {what} {}", tick(.name))]
    NotFound {
        /// `container`, `image`, `network` …
        what: &'static str,
        /// The name asked for.
        name: String,
    },
    /// The thing exists already, is in use, or is in a state that forbids this.
    #[error("cannot {verb}: {message}")]
    Conflict {
        /// What was being done.
        verb: &'static str,
        /// The engine's words.
        message: String,
    },
    /// A host port that was to be published is taken.
    #[error("a host port is taken: {message}")]
    PortTaken {
        /// The engine's words.
        message: String,
    },
    /// The container cannot start because of what it is told to run: no such executable, user or folder.
    #[error("the container cannot start: {message}")]
    CannotStart {
        /// The engine's words.
        message: String,
    },
    /// A registry does not give an image.
    #[error("{}", .fault.told(.reference, None, .message))]
    Registry {
        /// What it does instead.
        fault: RegistryFault,
        /// The image.
        reference: String,
        /// The engine's words.
        message: String,
    },
    /// The engine knows the image and lacks content of it: containerd's store does not fetch a layer that it has unpacked
    /// under another digest.
    #[error("the engine has the image {} without all of its content", tick(.reference))]
    ImageIncomplete {
        /// The image.
        reference: String,
    },
    /// A file of ours could not be read or written.
    #[error("cannot use {}: {reason}", tick(.path))]
    File {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// Any other refusal.
    #[error("the engine refused to {verb} (status {status}): {message}")]
    Refused {
        /// What was being done.
        verb: &'static str,
        /// The HTTP status; 0 when the refusal came inside a stream.
        status: u16,
        /// The engine's words.
        message: String,
    },
    /// An answer that makes no sense.
    #[error("the engine's answer cannot be read: cannot {verb}: {reason}")]
    Unreadable {
        /// What was being done.
        verb: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

impl EngineError {
    /// True where the same call may succeed a moment later: runc and shim hiccups, internal errors, and the states
    /// between two that only Podman tells of, which cannot be read.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused { status, .. } => *status >= 500,
            Self::TimedOut { .. }
            | Self::Registry {
                fault: RegistryFault::Unreachable | RegistryFault::Silent | RegistryFault::Broken,
                ..
            }
            | Self::PortTaken { .. }
            | Self::Unreadable { .. } => true,
            _ => false,
        }
    }

    /// Reads the engine's refusal of `verb` on the `what` called `name`.
    pub(super) fn refusal(
        verb: &'static str,
        what: &'static str,
        name: &str,
        status: u16,
        message: &str,
    ) -> Self {
        let message = message.trim().to_owned();
        let lower = message.to_lowercase();
        if is_disk_full(&lower) {
            return Self::DiskFull { verb };
        }
        if is_port_taken(&lower) {
            return Self::PortTaken { message };
        }
        if is_unstartable(status, &lower) {
            return Self::CannotStart { message };
        }
        // An image that someone else removes in the same moment (Engine 20.10).
        if lower.contains("unrecognized image id") {
            return Self::NotFound {
                what,
                name: name.to_owned(),
            };
        }
        match status {
            404 if says_missing(&lower) => Self::NotFound {
                what,
                name: name.to_owned(),
            },
            409 => Self::Conflict { verb, message },
            _ => Self::Refused {
                verb,
                status,
                message,
            },
        }
    }

    /// Reads an error of bollard's that came from `verb` on the `what` called `name`.
    pub(super) fn of(verb: &'static str, what: &'static str, name: &str, error: Bollard) -> Self {
        match error {
            Bollard::DockerResponseServerError {
                status_code,
                message,
            } => Self::refusal(verb, what, name, status_code, &message),
            Bollard::DockerStreamError { error }
            | Bollard::DockerContainerWaitError { error, .. } => {
                Self::refusal(verb, what, name, 0, &error)
            }
            Bollard::RequestTimeoutError => Self::TimedOut { verb },
            Bollard::IOError { err } => Self::broken(verb, &err),
            Bollard::HyperResponseError { err } => Self::broken(verb, &err),
            Bollard::HyperLegacyError { err } => Self::broken(verb, &err),
            Bollard::SocketNotFoundError(path) => Self::Gone {
                verb,
                reason: format!("there is no socket {}", tick(&path)),
            },
            other => Self::Unreadable {
                verb,
                reason: other.to_string(),
            },
        }
    }

    /// A connection that broke during `verb`.
    pub(super) fn broken(verb: &'static str, error: &(dyn std::error::Error + 'static)) -> Self {
        let reason = deepest(error);
        if is_disk_full(&reason.to_lowercase()) {
            return Self::DiskFull { verb };
        }
        Self::Gone { verb, reason }
    }

    /// A file of ours that cannot be used.
    pub(super) fn file(path: &std::path::Path, error: &std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::StorageFull {
            return Self::DiskFull {
                verb: "write a file",
            };
        }
        Self::File {
            path: path.display().to_string(),
            reason: error.to_string(),
        }
    }

    fn next_step(&self) -> Option<&'static str> {
        Some(match self {
            Self::NoEngine { .. } => {
                "start it (`sudo systemctl start docker`, or Docker Desktop), or let `sealegs doctor` look"
            }
            Self::NoPermission { .. } => {
                "add yourself to the `docker` group (`sudo usermod -aG docker $USER`), then log in again"
            }
            Self::TooOld { .. } => "Engine 20.10 (API 1.41) or newer is needed: upgrade it",
            Self::UnsupportedEndpoint { .. } => {
                "forward the socket, `ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock HOST`, and use `--engine unix:///tmp/docker.sock`"
            }
            Self::BadContext { .. } => {
                "see `docker context ls`, or name the engine with `--engine`"
            }
            Self::DiskFull { .. } => "`docker system df` shows what takes the space",
            Self::Gone { .. } => "see whether the engine still runs, then try again",
            Self::TimedOut { .. } => "the engine may be busy: try again",
            Self::Registry { fault, .. } => fault.next_step(),
            Self::ImageIncomplete { .. } => {
                "`docker rmi` it, then load it from a kit (`sealegs images load FILE`) or make it (`sealegs images build`)"
            }
            Self::PortTaken { .. } => "stop what uses the port, or choose another",
            _ => return None,
        })
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        let failure = Self::system(error.to_string());
        match error.next_step() {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        }
    }
}

pub(super) fn is_disk_full(lower: &str) -> bool {
    lower.contains("no space left on device") || lower.contains("disk quota exceeded")
}

fn is_port_taken(lower: &str) -> bool {
    lower.contains("port is already allocated")
        || lower.contains("address already in use")
        || lower.contains("ports are not available")
}

/// The engine's and runc's words for a container whose own settings cannot work, or its "bad request" for what
/// runc refused; what they say besides (shim, pipes, cgroups) is trouble of theirs.
fn is_unstartable(status: u16, lower: &str) -> bool {
    if status == 400 && lower.contains("oci runtime create failed") {
        return true;
    }
    const WORDS: [&str; 9] = [
        "executable file not found",
        "no command specified",
        "exec format error",
        "unable to find user",
        "unable to find group",
        "no matching entries in passwd",
        "permission denied: unknown",
        "is a directory: unknown",
        "no such file or directory: unknown",
    ];
    WORDS.iter().any(|word| lower.contains(word))
        && !lower.contains("cgroup")
        && !lower.contains("failed to create shim task: context")
}

/// A 404 means that the thing is missing only when the body says so: a proxy's or a dead backend's 404 does not.
fn says_missing(lower: &str) -> bool {
    lower.contains("no such")
        || lower.contains("could not find the file")
        || lower.contains("unable to find")
        || (lower.contains("not found") && !lower.contains("page not found"))
}

fn deepest(error: &(dyn std::error::Error + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, message: &str) -> EngineError {
        EngineError::refusal("start a container", "container", "web", status, message)
    }

    #[test]
    fn a_404_is_missing_only_when_it_says_so() {
        assert!(matches!(
            refusal(404, "No such container: web"),
            EngineError::NotFound { .. }
        ));
        assert!(matches!(
            refusal(404, "network web not found"),
            EngineError::NotFound { .. }
        ));
        assert!(matches!(
            refusal(404, "page not found"),
            EngineError::Refused { .. }
        ));
        assert!(matches!(refusal(404, ""), EngineError::Refused { .. }));
    }

    #[test]
    fn a_full_disk_is_recognised_in_any_status() {
        let message = "write /var/lib/docker/tmp/x: no space left on device";
        assert_eq!(
            refusal(500, message),
            EngineError::DiskFull {
                verb: "start a container"
            }
        );
        assert_eq!(
            refusal(0, message),
            EngineError::DiskFull {
                verb: "start a container"
            }
        );
    }

    #[test]
    fn a_wrong_command_is_told_from_a_hiccup_of_runc() {
        let wrong = "OCI runtime create failed: container_linux.go:380: starting container process caused: \
                     exec: \"nope\": executable file not found in $PATH: unknown";
        let hiccup =
            "OCI runtime create failed: unable to retrieve OCI runtime error: EOF: unknown";
        assert!(matches!(
            refusal(400, wrong),
            EngineError::CannotStart { .. }
        ));
        assert!(!refusal(400, wrong).is_transient());
        assert!(refusal(500, hiccup).is_transient());
    }

    #[test]
    fn a_taken_port_is_not_a_name_conflict() {
        let port = "driver failed programming external connectivity: Bind for 0.0.0.0:80 failed: port is already allocated";
        assert!(matches!(refusal(500, port), EngineError::PortTaken { .. }));
        let name = "Conflict. The container name \"/web\" is already in use by container \"abc\"";
        assert!(matches!(refusal(409, name), EngineError::Conflict { .. }));
    }

    #[test]
    fn what_stops_us_is_a_system_failure_with_a_next_step() {
        let failure = Failure::from(EngineError::DiskFull { verb: "build" });
        assert_eq!(
            failure.to_string(),
            "the disk is full: cannot build\nhint: `docker system df` shows what takes the space"
        );
    }
}
