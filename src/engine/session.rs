//! Both directions of a program in a container for as long as it runs: its first process, or a command beside it.

use std::pin::Pin;

use bollard::container::LogOutput;
use bollard::errors::Error as Bollard;
use bollard::exec::{StartExecOptions, StartExecResults};
use bollard::models::ExecConfig;
use bollard::query_parameters::{
    AttachContainerOptionsBuilder, ResizeContainerTTYOptionsBuilder,
    UploadToContainerOptionsBuilder,
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use super::container::known;
use super::{Engine, EngineError};

const VERB: &str = "talk to a program in a container";

/// What a program writes and reads. Dropping it closes the connection; the program goes on.
pub struct Session {
    /// What it writes.
    pub output: SessionOutput,
    /// What it reads.
    pub input: SessionInput,
}

/// What a program writes, both streams in the order they come.
pub struct SessionOutput(Pin<Box<dyn Stream<Item = Result<LogOutput, Bollard>> + Send>>);

/// What a program reads.
pub struct SessionInput(Pin<Box<dyn AsyncWrite + Send>>);

impl SessionOutput {
    /// The next piece; `None` when the program has ended or closed its streams.
    pub async fn next(&mut self) -> Result<Option<Bytes>, EngineError> {
        match self.0.next().await {
            None => Ok(None),
            Some(Ok(piece)) => Ok(Some(piece.into_bytes())),
            Some(Err(error)) => Err(EngineError::of(VERB, "container", "", error)),
        }
    }
}

impl SessionInput {
    /// Writes all of these bytes.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), EngineError> {
        let written = async {
            self.0.write_all(bytes).await?;
            self.0.flush().await
        };
        written
            .await
            .map_err(|error| EngineError::broken(VERB, &error))
    }
}

impl Engine {
    /// Attaches to a container's first process; before its start nothing is missed.
    pub async fn attach(&self, id: &str) -> Result<Session, EngineError> {
        let options = AttachContainerOptionsBuilder::default()
            .stream(true)
            .stdin(true)
            .stdout(true)
            .stderr(true)
            .build();
        let attached = self
            .docker()
            .attach_container(known(id)?, Some(options))
            .await
            .map_err(|error| EngineError::of(VERB, "container", id, error))?;
        Ok(Session {
            output: SessionOutput(attached.output),
            input: SessionInput(attached.input),
        })
    }

    /// Starts a command in a running container and attaches to it.
    pub async fn talk(&self, id: &str, command: &[&str]) -> Result<Session, EngineError> {
        let failed = |error| EngineError::of(VERB, "container", id, error);
        let config = ExecConfig {
            attach_stdin: Some(true),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            cmd: Some(command.iter().map(|word| (*word).to_owned()).collect()),
            ..Default::default()
        };
        let exec = self.docker().create_exec(known(id)?, config).await;
        let exec = exec.map_err(failed)?.id;
        let started = self
            .docker()
            .start_exec(&exec, None::<StartExecOptions>)
            .await
            .map_err(failed)?;
        match started {
            StartExecResults::Attached { output, input } => Ok(Session {
                output: SessionOutput(output),
                input: SessionInput(input),
            }),
            StartExecResults::Detached => Err(EngineError::Unreadable {
                verb: VERB,
                reason: "the engine did not attach".to_owned(),
            }),
        }
    }

    /// Sets the size of a container's terminal, in characters.
    pub async fn resize(&self, id: &str, columns: u16, rows: u16) -> Result<(), EngineError> {
        let options = ResizeContainerTTYOptionsBuilder::default()
            .w(i32::from(columns))
            .h(i32::from(rows))
            .build();
        self.docker()
            .resize_container_tty(known(id)?, options)
            .await
            .map_err(|error| EngineError::of("resize a terminal", "container", id, error))
    }

    /// Unpacks a plain tar archive into a folder of a container, running or not.
    pub async fn put(&self, id: &str, folder: &str, tar: Vec<u8>) -> Result<(), EngineError> {
        let options = UploadToContainerOptionsBuilder::default()
            .path(folder)
            .build();
        self.docker()
            .upload_to_container(known(id)?, Some(options), bollard::body_full(tar.into()))
            .await
            .map_err(|error| {
                EngineError::of("write files into a container", "container", id, error)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Bench, sh};
    use super::super::{ContainerSpec, Stdin, Terminal};
    use super::*;

    async fn until(output: &mut SessionOutput, words: &str) -> String {
        let mut said = String::new();
        while !said.contains(words) {
            let piece = output.next().await.unwrap().expect("it goes on");
            said.push_str(&String::from_utf8_lossy(&piece));
        }
        said
    }

    #[tokio::test]
    async fn a_shell_is_talked_to_through_its_terminal_and_a_command_beside_it() {
        let bench = Bench::new().await;
        let spec = ContainerSpec {
            stdin: Stdin::Open,
            terminal: Terminal::Pty,
            ..bench.spec(&sh("stty -echo; echo ready; exec sh"))
        };
        let id = bench.engine.create(&spec).await.unwrap();
        let mut tar = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(6);
        tar.append_data(&mut header, "note", &b"ahoy!\n"[..])
            .unwrap();
        bench
            .engine
            .put(&id, "/", tar.into_inner().unwrap())
            .await
            .unwrap();
        let mut shell = bench.engine.attach(&id).await.unwrap();
        bench.engine.start(&id).await.unwrap();
        bench.engine.resize(&id, 61, 24).await.unwrap();
        until(&mut shell.output, "ready").await;
        shell.input.write(b"cat /note; stty size\n").await.unwrap();
        let said = until(&mut shell.output, "24 61").await;
        assert!(said.contains("ahoy!"), "{said}");

        let mut beside = bench
            .engine
            .talk(&id, &["sh", "-c", "read line; echo got $line"])
            .await
            .unwrap();
        beside.input.write(b"this\n").await.unwrap();
        until(&mut beside.output, "got this").await;
        bench.engine.remove(&id).await.unwrap();
    }
}
