//! Finding the engine and shaking hands with it.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bollard::{API_DEFAULT_VERSION, Docker};
use tokio::net::{TcpStream, UnixStream};

use super::endpoint::{Endpoint, Surroundings, Way};
use super::reach::ByteStream;
use super::{Engine, EngineError, EngineInfo, Inner, locality};

/// How long an ordinary call may take to answer; an engine under load has been seen to need 20 s for a start.
pub(super) const ANSWER_LIMIT: Duration = Duration::from_secs(120);

/// How long the engine may take to answer the first ping.
const HELLO_LIMIT: Duration = Duration::from_secs(10);

impl Engine {
    /// Connects to the engine that `choice` (the `--engine` flag), `DOCKER_HOST`, the docker context or the
    /// default sockets name, in this order.
    ///
    /// # Errors
    /// When nothing answers, the socket is not ours to open, the endpoint is of another kind than a socket
    /// or plain TCP, or the API is older than 1.41.
    pub async fn connect(choice: Option<&str>) -> Result<Self, EngineError> {
        let endpoint = Endpoint::choose(choice, &Surroundings::of_this_process())?;
        Self::connect_to(endpoint).await
    }

    /// The same engine, spoken to through a private view of it at this socket: the view shows it under other names, so
    /// that what was learnt of the engine itself still holds.
    pub fn through(&self, socket: &Path) -> Result<Self, EngineError> {
        let endpoint = Endpoint::at_socket(socket);
        let limit = ANSWER_LIMIT.as_secs();
        let docker =
            Docker::connect_with_unix(&socket.to_string_lossy(), limit, API_DEFAULT_VERSION)
                .map_err(|error| EngineError::NoEngine {
                    endpoint: endpoint.to_string(),
                    reason: error.to_string(),
                })?;
        Ok(Self {
            inner: Arc::new(Inner {
                docker,
                endpoint,
                info: self.info().clone(),
            }),
        })
    }

    /// Opens a fresh connection to the engine, for requests that this room does not make.
    pub async fn open_stream(&self) -> Result<Box<dyn ByteStream>, EngineError> {
        open(self.endpoint()).await
    }

    pub(super) async fn connect_to(endpoint: Endpoint) -> Result<Self, EngineError> {
        let limit = ANSWER_LIMIT.as_secs();
        // bollard's error for a socket says neither "refused" nor "not yours": ask the system first.
        let client = match &endpoint.way {
            Way::Unix(path) => {
                drop(open(&endpoint).await?);
                Docker::connect_with_unix(&path.to_string_lossy(), limit, API_DEFAULT_VERSION)
            }
            Way::Tcp(address) => {
                drop(open(&endpoint).await?);
                Docker::connect_with_http(&format!("tcp://{address}"), limit, API_DEFAULT_VERSION)
            }
            Way::Pipe(name) => Docker::connect_with_host(name),
        };
        let no_engine = |reason: String| EngineError::NoEngine {
            endpoint: endpoint.to_string(),
            reason,
        };
        let docker = client.map_err(|error| no_engine(error.to_string()))?;

        match tokio::time::timeout(HELLO_LIMIT, docker.ping()).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return Err(no_engine(error.to_string())),
            Err(_) => return Err(no_engine("no answer to a ping in 10 s".to_owned())),
        }
        let ask = |verb| move |error| EngineError::of(verb, "engine", "", error);
        let version = docker
            .version()
            .await
            .map_err(ask("ask for the engine's version"))?;
        let info = docker
            .info()
            .await
            .map_err(ask("ask for the engine's settings"))?;
        let mut info = EngineInfo::read(version, info);
        if info.api < (1, 41) {
            return Err(EngineError::TooOld {
                version: info.version,
                api: format!("{}.{}", info.api.0, info.api.1),
            });
        }
        info.same_machine = locality::shares_our_machine(&endpoint, &info);
        info.local = locality::shares_our_network(&endpoint, &info).await;
        Ok(Self {
            inner: Arc::new(Inner {
                docker,
                endpoint,
                info,
            }),
        })
    }
}

/// Opens a fresh connection to the engine.
pub(super) async fn open(endpoint: &Endpoint) -> Result<Box<dyn ByteStream>, EngineError> {
    let opened = match &endpoint.way {
        Way::Unix(path) => UnixStream::connect(path)
            .await
            .map(|s| Box::new(s) as Box<dyn ByteStream>),
        Way::Tcp(address) => {
            match tokio::time::timeout(HELLO_LIMIT, TcpStream::connect(address)).await {
                Ok(opened) => opened.map(|s| Box::new(s) as Box<dyn ByteStream>),
                Err(_) => Err(ErrorKind::TimedOut.into()),
            }
        }
        Way::Pipe(name) => {
            return Err(EngineError::UnsupportedEndpoint {
                endpoint: name.clone(),
            });
        }
    };
    opened.map_err(|error| match error.kind() {
        ErrorKind::PermissionDenied => EngineError::NoPermission {
            endpoint: endpoint.to_string(),
        },
        ErrorKind::NotFound => EngineError::NoEngine {
            endpoint: endpoint.to_string(),
            reason: "there is no such socket".to_owned(),
        },
        ErrorKind::ConnectionRefused => EngineError::NoEngine {
            endpoint: endpoint.to_string(),
            reason: "nothing listens there".to_owned(),
        },
        _ => EngineError::NoEngine {
            endpoint: endpoint.to_string(),
            reason: error.to_string(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_socket_that_is_not_there_is_no_engine() {
        let error = Engine::connect(Some("/nonexistent/docker.sock"))
            .await
            .unwrap_err();
        assert_eq!(
            error,
            EngineError::NoEngine {
                endpoint: "unix:///nonexistent/docker.sock".into(),
                reason: "there is no such socket".into()
            }
        );
    }

    #[tokio::test]
    async fn the_engine_tells_who_it_is() {
        let engine = Engine::connect(None).await.unwrap();
        let info = engine.info();
        assert!(info.api >= (1, 41), "{info:?}");
        assert!(info.major >= 20, "{info:?}");
        assert_eq!(info.os, "linux");
        assert!(info.memory > 0 && info.cpus > 0);
    }
}
