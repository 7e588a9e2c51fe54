//! Where the engine is: the flag, `DOCKER_HOST`, the docker context, or the first default socket that exists.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::EngineError;

/// The variable that holds a sandbox's own `DOCKER_HOST`, in a terminal that belongs to the sandbox.
pub const OWN_HOST_VARIABLE: &str = "SEALEGS_DOCKER_HOST";

/// The variable that names the engine outside of the sandbox that a terminal belongs to.
pub const OUTSIDE_VARIABLE: &str = "SEALEGS_ENGINE";

/// Who named the endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// `--engine`.
    Flag,
    /// The environment variable `DOCKER_HOST`.
    DockerHost,
    /// The docker context of this name.
    Context(String),
    /// Nobody: a default socket.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("from `--engine`"),
            Self::DockerHost => f.write_str("from `DOCKER_HOST`"),
            Self::Context(name) => write!(f, "from the docker context {}", crate::text::tick(name)),
            Self::Default => f.write_str("the default"),
        }
    }
}

/// How bytes get to the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Unix(PathBuf),
    Tcp(String),
    Pipe(String),
}

/// The place of one engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub(super) way: Way,
    source: Source,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.way {
            Way::Unix(path) => write!(f, "unix://{}", path.display()),
            Way::Tcp(address) => write!(f, "tcp://{address}"),
            Way::Pipe(name) => f.write_str(name),
        }
    }
}

/// What the choice of an endpoint depends on, read once from the process.
#[derive(Clone, Debug, Default)]
pub(super) struct Surroundings {
    pub(super) docker_host: Option<String>,
    pub(super) docker_context: Option<String>,
    pub(super) docker_config: Option<PathBuf>,
    pub(super) tls: bool,
    pub(super) home: Option<PathBuf>,
    pub(super) runtime_dir: Option<PathBuf>,
}

impl Surroundings {
    pub(super) fn of_this_process() -> Self {
        let filled = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        // In a sandbox's terminal `docker` is the sandbox, and this program still means the engine.
        let in_sandbox =
            filled("DOCKER_HOST").is_some_and(|host| filled(OWN_HOST_VARIABLE) == Some(host));
        let host = match in_sandbox {
            true => filled(OUTSIDE_VARIABLE),
            false => filled("DOCKER_HOST"),
        };
        Self {
            docker_host: host,
            docker_context: filled("DOCKER_CONTEXT"),
            docker_config: filled("DOCKER_CONFIG").map(PathBuf::from),
            tls: filled("DOCKER_TLS_VERIFY").is_some(),
            home: filled("HOME").map(PathBuf::from),
            runtime_dir: filled("XDG_RUNTIME_DIR").map(PathBuf::from),
        }
    }
}

impl Endpoint {
    /// Who named it.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// A socket that this program made.
    pub(super) fn at_socket(path: &Path) -> Self {
        Self {
            way: Way::Unix(path.to_owned()),
            source: Source::Default,
        }
    }

    /// The machine whose published ports are meant, where the engine is not on this one.
    pub fn host(&self) -> Option<&str> {
        match &self.way {
            Way::Tcp(address) => address
                .rsplit_once(':')
                .map(|(host, _)| host.trim_matches(['[', ']'])),
            Way::Unix(_) | Way::Pipe(_) => None,
        }
    }

    /// Chooses the endpoint as the docker CLI does, `choice` (the flag) first.
    pub(super) fn choose(choice: Option<&str>, around: &Surroundings) -> Result<Self, EngineError> {
        if let Some(url) = choice {
            return Self::parse(url, Source::Flag, around);
        }
        if let Some(url) = &around.docker_host {
            return Self::parse(url, Source::DockerHost, around);
        }
        let config = around
            .docker_config
            .clone()
            .or_else(|| around.home.as_ref().map(|home| home.join(".docker")));
        if let Some(config) = config
            && let Some((name, url)) = context_host(&config, around.docker_context.as_deref())?
        {
            return Self::parse(&url, Source::Context(name), around);
        }
        let candidates = default_sockets(around);
        let path = candidates
            .iter()
            .find(|path| path.exists())
            .unwrap_or(&candidates[0]);
        Ok(Self {
            way: Way::Unix(path.clone()),
            source: Source::Default,
        })
    }

    fn parse(url: &str, source: Source, around: &Surroundings) -> Result<Self, EngineError> {
        let unsupported = || EngineError::UnsupportedEndpoint {
            endpoint: url.to_owned(),
        };
        let way = match url.split_once("://") {
            Some(("unix", path)) if path.starts_with('/') => Way::Unix(PathBuf::from(path)),
            Some(("tcp" | "http", address))
                if !around.tls && !address.trim_matches('/').is_empty() =>
            {
                let address = address.trim_end_matches('/');
                let has_port = address
                    .rsplit_once(':')
                    .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
                // 2375 is the port docker's own clients assume.
                Way::Tcp(if has_port {
                    address.to_owned()
                } else {
                    format!("{address}:2375")
                })
            }
            Some(("npipe", _)) => Way::Pipe(url.to_owned()),
            None if url.starts_with('/') => Way::Unix(PathBuf::from(url)),
            _ => return Err(unsupported()),
        };
        Ok(Self { way, source })
    }
}

/// The sockets docker, rootless docker, Docker Desktop and podman listen on.
fn default_sockets(around: &Surroundings) -> Vec<PathBuf> {
    let in_runtime = |name: &str| around.runtime_dir.as_ref().map(|dir| dir.join(name));
    let in_home = |name: &str| around.home.as_ref().map(|dir| dir.join(name));
    [
        Some(PathBuf::from("/var/run/docker.sock")),
        in_runtime("docker.sock"),
        in_home(".docker/run/docker.sock"),
        in_home(".docker/desktop/docker.sock"),
        in_runtime("podman/podman.sock"),
        Some(PathBuf::from("/run/podman/podman.sock")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The current context's name and host, where a context other than `default` is chosen.
fn context_host(
    config: &Path,
    named: Option<&str>,
) -> Result<Option<(String, String)>, EngineError> {
    #[derive(Deserialize)]
    struct Config {
        #[serde(rename = "currentContext", default)]
        current: String,
    }
    #[derive(Deserialize)]
    struct Meta {
        #[serde(rename = "Endpoints")]
        endpoints: std::collections::BTreeMap<String, Host>,
    }
    #[derive(Deserialize)]
    struct Host {
        #[serde(rename = "Host", default)]
        host: String,
    }

    let name = match named {
        Some(name) => name.to_owned(),
        // A config file that is absent or not ours to read chooses nothing, as with the docker CLI.
        None => match std::fs::read_to_string(config.join("config.json")) {
            Ok(text) => serde_json::from_str::<Config>(&text)
                .map(|c| c.current)
                .unwrap_or_default(),
            Err(_) => String::new(),
        },
    };
    if name.is_empty() || name == "default" {
        return Ok(None);
    }
    let bad = |reason: String| EngineError::BadContext {
        name: name.clone(),
        reason,
    };
    let file = config
        .join("contexts/meta")
        .join(hex(&Sha256::digest(&name)))
        .join("meta.json");
    let text = std::fs::read_to_string(&file).map_err(|error| bad(error.to_string()))?;
    let meta: Meta = serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
    match meta.endpoints.get("docker") {
        Some(docker) if !docker.host.is_empty() => Ok(Some((name, docker.host.clone()))),
        _ => Err(bad("it names no docker endpoint".to_owned())),
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(choice: Option<&str>, around: &Surroundings) -> String {
        let endpoint = Endpoint::choose(choice, around).unwrap();
        format!("{endpoint} {}", endpoint.source())
    }

    #[test]
    fn the_flag_wins_over_docker_host() {
        let around = Surroundings {
            docker_host: Some("tcp://h:1".into()),
            ..Default::default()
        };
        assert_eq!(
            choose(Some("/run/x.sock"), &around),
            "unix:///run/x.sock from `--engine`"
        );
        assert_eq!(choose(None, &around), "tcp://h:1 from `DOCKER_HOST`");
    }

    #[test]
    fn a_tcp_endpoint_without_a_port_gets_dockers() {
        let around = Surroundings::default();
        assert_eq!(
            choose(Some("tcp://10.0.0.1/"), &around),
            "tcp://10.0.0.1:2375 from `--engine`"
        );
    }

    #[test]
    fn ssh_and_tls_are_refused_with_a_way_out() {
        let tls = Surroundings {
            tls: true,
            ..Default::default()
        };
        for (url, around) in [
            ("ssh://me@host", &Surroundings::default()),
            ("tcp://host:2376", &tls),
        ] {
            let error = Endpoint::choose(Some(url), around).unwrap_err();
            assert_eq!(
                error,
                EngineError::UnsupportedEndpoint {
                    endpoint: url.into()
                }
            );
            assert!(
                crate::failure::Failure::from(error)
                    .to_string()
                    .contains("ssh -nNT -L")
            );
        }
    }

    #[test]
    fn the_current_context_is_read_as_the_docker_cli_writes_it() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(
            dir.path().join("config.json"),
            r#"{"currentContext":"lab"}"#,
        )
        .unwrap();
        // sha256("lab"), the folder name docker uses.
        let digest = hex(&Sha256::digest("lab"));
        let meta = dir.path().join("contexts/meta").join(digest);
        std::fs::create_dir_all(&meta).unwrap();
        let json = r#"{"Name":"lab","Endpoints":{"docker":{"Host":"unix:///run/lab.sock"}}}"#;
        std::fs::write(meta.join("meta.json"), json).unwrap();
        let around = Surroundings {
            docker_config: Some(dir.path().into()),
            ..Default::default()
        };
        assert_eq!(
            choose(None, &around),
            "unix:///run/lab.sock from the docker context `lab`"
        );
    }

    #[test]
    fn a_context_that_is_named_and_missing_is_an_error_not_the_default_engine() {
        let dir = tempfile::tempdir().unwrap();
        let around = Surroundings {
            docker_config: Some(dir.path().into()),
            docker_context: Some("gone".into()),
            ..Default::default()
        };
        let error = Endpoint::choose(None, &around).unwrap_err();
        assert!(matches!(error, EngineError::BadContext { name, .. } if name == "gone"));
    }
}
