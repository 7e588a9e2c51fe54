//! A byte stream to a port of a container, from outside it.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bollard::container::LogOutput;
use bollard::query_parameters::AttachContainerOptionsBuilder;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use std::collections::BTreeMap;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::run::Remover;
use super::spec::{ContainerSpec, Network, Stdin};
use super::{Engine, EngineError};

/// A stream that can be read and written.
pub trait ByteStream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> ByteStream for T {}

/// What became of an attempt to connect.
pub enum Dial {
    /// Connected.
    Open(Box<dyn ByteStream>),
    /// The port is closed.
    Refused,
    /// No answer.
    TimedOut,
    /// The container has no address, or no way leads there.
    Unroutable,
}

impl std::fmt::Debug for Dial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Open(_) => "Open",
            Self::Refused => "Refused",
            Self::TimedOut => "TimedOut",
            Self::Unroutable => "Unroutable",
        })
    }
}

/// The small container that reaches what this machine cannot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialHelper {
    /// An image with `sh`, `cat`, `tee` and busybox's `nc`.
    pub image: String,
    /// Labels for the container, the run's own among them.
    pub labels: BTreeMap<String, String>,
    /// How long a connection may take.
    pub timeout: Duration,
}

impl DialHelper {
    /// A container in another one's network namespace.
    pub(super) fn spec(&self, container_id: &str, command: Vec<String>) -> ContainerSpec {
        ContainerSpec {
            // The image's own entrypoint has no part in this.
            entrypoint: Some(Vec::new()),
            command: Some(command),
            labels: self.labels.clone(),
            network: Network::JoinContainer(container_id.to_owned()),
            ..ContainerSpec::of(&self.image)
        }
    }
}

impl Engine {
    /// Connects to a port of a container at its own address: from here where the engine's networks are this
    /// machine's, else through a helper container beside it. Never to its loopback: what listens only there
    /// is closed to the world.
    pub async fn dial(
        &self,
        container_id: &str,
        port: u16,
        helper: &DialHelper,
    ) -> Result<Dial, EngineError> {
        let facts = self.inspect(container_id).await?;
        let Some(address) = facts.address() else {
            return Ok(Dial::Unroutable);
        };
        if self.info().local
            && let Some(dial) = direct(SocketAddr::new(address, port), helper.timeout).await
        {
            return Ok(dial);
        }
        self.dial_beside(&facts.id, address, port, helper).await
    }

    async fn dial_beside(
        &self,
        container_id: &str,
        address: IpAddr,
        port: u16,
        helper: &DialHelper,
    ) -> Result<Dial, EngineError> {
        const VERB: &str = "reach a container's port";
        // `-e` runs its program only once connected, with the socket as its standard input and output; its
        // first line says so on standard error. `tee` copies, for busybox's `cat` hands the kernel a pipe and a
        // socket to join, and nothing comes through until the pipe ends.
        let seconds = helper.timeout.as_secs().max(1);
        let script = format!(
            "exec 3<&0 4>&1; exec nc -w {seconds} {address} {port} -e sh -c 'echo {CONNECTED} >&2; tee <&3 & exec tee >&4'"
        );
        let mut spec = helper.spec(container_id, vec!["sh".into(), "-c".into(), script]);
        spec.stdin = Stdin::Open;
        let guard = Remover::of(self, self.create(&spec).await?);
        let options = AttachContainerOptionsBuilder::default()
            .stream(true)
            .stdin(true)
            .stdout(true)
            .stderr(true)
            .build();
        let failed = |error| EngineError::of(VERB, "container", container_id, error);
        let attached = self
            .docker()
            .attach_container(&guard.id, Some(options))
            .await
            .map_err(failed)?;
        match self.start(&guard.id).await {
            Err(error) if is_about_an_ended_peer(&error) => {
                guard.close().await?;
                return Ok(Dial::Unroutable);
            }
            started => started?,
        }

        let mut output = attached.output;
        let mut said = Vec::new();
        let connect = async {
            while let Some(piece) = output.next().await {
                if let LogOutput::StdErr { message } = piece.map_err(failed)? {
                    said.extend_from_slice(&message);
                    if said.starts_with(CONNECTED.as_bytes()) {
                        return Ok(true);
                    }
                }
            }
            Ok(false)
        };
        // The helper itself needs a moment to start, beside the connection's own limit.
        let answer = tokio::time::timeout(helper.timeout + Duration::from_secs(10), connect).await;
        if let Ok(Ok(true)) = answer {
            let stream = HelperStream {
                output,
                input: attached.input,
                rest: Bytes::new(),
                _guard: guard,
            };
            return Ok(Dial::Open(Box::new(stream)));
        }
        guard.close().await?;
        if answer.is_err() {
            return Ok(Dial::TimedOut);
        }
        answer.unwrap_or(Ok(false))?;
        let said = String::from_utf8_lossy(&said).to_lowercase();
        if said.contains("refused") {
            Ok(Dial::Refused)
        } else if said.contains("timed out") || said.contains("timeout") {
            Ok(Dial::TimedOut)
        } else if said.contains("no route") || said.contains("unreachable") {
            Ok(Dial::Unroutable)
        } else {
            Err(EngineError::Unreadable {
                verb: VERB,
                reason: said.trim().to_owned(),
            })
        }
    }
}

/// True where a helper found the container whose network it was to join ended.
pub(super) fn is_about_an_ended_peer(error: &EngineError) -> bool {
    match error {
        EngineError::Conflict { message, .. } | EngineError::Refused { message, .. } => {
            message.contains("non running container")
        }
        _ => false,
    }
}

const CONNECTED: &str = "sealegs-connected";

/// `None` where the network, not the container, gave the answer: the helper then knows better.
async fn direct(address: SocketAddr, limit: Duration) -> Option<Dial> {
    match tokio::time::timeout(limit, TcpStream::connect(address)).await {
        Ok(Ok(stream)) => Some(Dial::Open(Box::new(stream))),
        Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => Some(Dial::Refused),
        Ok(Err(_)) | Err(_) => None,
    }
}

/// The helper's standard streams as one; the helper goes when this is dropped.
struct HelperStream {
    output: Pin<Box<dyn Stream<Item = Result<LogOutput, bollard::errors::Error>> + Send>>,
    input: Pin<Box<dyn AsyncWrite + Send>>,
    rest: Bytes,
    _guard: Remover,
}

impl AsyncRead for HelperStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.rest.is_empty() {
            match std::task::ready!(self.output.poll_next_unpin(context)) {
                Some(Ok(LogOutput::StdOut { message })) => self.rest = message,
                Some(Ok(_)) => {}
                Some(Err(error)) => return Poll::Ready(Err(io::Error::other(error.to_string()))),
                None => return Poll::Ready(Ok(())),
            }
        }
        let n = buffer.remaining().min(self.rest.len());
        buffer.put_slice(&self.rest.split_to(n));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for HelperStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.input.as_mut().poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.input.as_mut().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.input.as_mut().poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::super::testing::{Bench, sh};
    use super::*;

    async fn echoed(dial: Dial) -> String {
        let Dial::Open(mut stream) = dial else {
            panic!("not connected: {dial:?}")
        };
        stream.write_all(b"ping\n").await.unwrap();
        let mut answer = [0; 5];
        let read = stream.read_exact(&mut answer);
        tokio::time::timeout(Duration::from_secs(20), read)
            .await
            .expect("an answer")
            .unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[tokio::test]
    async fn an_open_port_answers_directly_and_through_a_helper() {
        let bench = Bench::new().await;
        let id = bench
            .start_on_bridge(&sh("nc -ll -p 7 -e tee & wait"))
            .await;
        let helper = bench.helper();
        bench
            .until(async || {
                matches!(
                    bench.engine.dial(&id, 7, &helper).await.unwrap(),
                    Dial::Open(_)
                )
            })
            .await;
        assert_eq!(
            echoed(bench.engine.dial(&id, 7, &helper).await.unwrap()).await,
            "ping\n"
        );
        let facts = bench.engine.inspect(&id).await.unwrap();
        let address = facts.address().unwrap();
        let beside = bench
            .engine
            .dial_beside(&facts.id, address, 7, &helper)
            .await
            .unwrap();
        assert_eq!(echoed(beside).await, "ping\n");
    }

    #[tokio::test]
    async fn a_closed_port_is_refused_directly_and_through_a_helper() {
        let bench = Bench::new().await;
        let id = bench.start_on_bridge(&sh("sleep 1000")).await;
        let helper = bench.helper();
        assert!(matches!(
            bench.engine.dial(&id, 7, &helper).await.unwrap(),
            Dial::Refused
        ));
        let facts = bench.engine.inspect(&id).await.unwrap();
        let address = facts.address().unwrap();
        let beside = bench
            .engine
            .dial_beside(&facts.id, address, 7, &helper)
            .await
            .unwrap();
        assert!(matches!(beside, Dial::Refused), "{beside:?}");
    }

    #[tokio::test]
    async fn what_listens_on_the_loopback_only_is_closed() {
        let bench = Bench::new().await;
        let id = bench
            .start_on_bridge(&sh("exec httpd -f -p 127.0.0.1:7"))
            .await;
        let helper = bench.helper();
        bench
            .until(async || {
                !bench
                    .engine
                    .listening(&id, &helper)
                    .await
                    .unwrap()
                    .is_empty()
            })
            .await;
        assert!(matches!(
            bench.engine.dial(&id, 7, &helper).await.unwrap(),
            Dial::Refused
        ));
    }

    #[tokio::test]
    async fn a_container_that_ends_in_the_same_moment_is_unroutable() {
        let bench = Bench::new().await;
        let id = bench.finished(&sh("true")).await;
        let address = "172.17.0.2".parse().unwrap();
        let helper = bench.helper();
        let dial = bench.engine.dial_beside(&id, address, 7, &helper);
        assert!(matches!(dial.await.unwrap(), Dial::Unroutable));
    }

    #[tokio::test]
    async fn a_container_with_no_network_is_unroutable() {
        let bench = Bench::new().await;
        let id = bench.start(&sh("sleep 1000")).await;
        assert!(matches!(
            bench.engine.dial(&id, 7, &bench.helper()).await.unwrap(),
            Dial::Unroutable
        ));
    }
}
