//! How other commands talk to a sandbox's process: a line of JSON there, a line back.

use std::io;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::OwnedWriteHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Notify, broadcast, watch};
use tokio::task::JoinSet;

use crate::sandbox::journal::Journal;

/// What a command wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Wish {
    /// To know whether somebody is there.
    Hello,
    /// That a typed command is noted.
    Typed(Vec<String>),
    /// That the process stays while this connection is open.
    Hold,
    /// Every new entry of the journal, a line each.
    Listen,
    /// That the process ends.
    End,
}

/// What it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    /// Somebody of this version is there.
    Here(String),
    /// It is done, or will be.
    Done,
}

/// One command's side.
#[derive(Debug)]
pub(super) struct Client {
    reader: BufReader<tokio::net::unix::OwnedReadHalf>,
    writer: OwnedWriteHalf,
}

impl Client {
    pub(super) async fn connect(path: &Path) -> io::Result<Self> {
        let (reader, writer) = UnixStream::connect(path).await?.into_split();
        Ok(Self {
            reader: BufReader::new(reader),
            writer,
        })
    }

    pub(super) async fn ask(&mut self, wish: &Wish) -> io::Result<Answer> {
        let mut line = serde_json::to_string(wish)?;
        line.push('\n');
        self.writer.write_all(line.as_bytes()).await?;
        let mut answer = String::new();
        self.reader.read_line(&mut answer).await?;
        Ok(serde_json::from_str(&answer)?)
    }

    pub(super) fn reader(&mut self) -> &mut BufReader<tokio::net::unix::OwnedReadHalf> {
        &mut self.reader
    }
}

/// The process's side: answers until it is told to end.
pub(super) struct Control {
    pub(super) journal: Journal,
    /// Told when the process is to end.
    pub(super) end: Arc<Notify>,
    /// How many connections hold the process.
    pub(super) held: watch::Sender<usize>,
}

impl Control {
    pub(super) async fn serve(self, listener: UnixListener) {
        let control = Arc::new(self);
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    if let Ok((stream, _)) = accepted {
                        let control = control.clone();
                        connections.spawn(async move {
                            // A command that goes away is its own affair.
                            let _ = control.connection(stream).await;
                        });
                    }
                }
                Some(_) = connections.join_next() => {}
            }
        }
    }

    async fn connection(&self, stream: UnixStream) -> io::Result<()> {
        let (reader, mut writer) = stream.into_split();
        let mut lines = BufReader::new(reader).lines();
        let mut hold = None;
        while let Some(line) = lines.next_line().await? {
            let wish: Wish = serde_json::from_str(&line)?;
            let mut answer = Answer::Done;
            let mut news = None;
            match wish {
                Wish::Hello => answer = Answer::Here(env!("CARGO_PKG_VERSION").to_owned()),
                Wish::Typed(words) => self.journal.typed(words),
                Wish::Hold => hold = Some(Hold::of(&self.held)),
                Wish::Listen => news = Some(self.journal.listen()),
                Wish::End => {}
            }
            say(&mut writer, &answer).await?;
            if line == r#""end""# {
                self.end.notify_one();
            }
            if let Some(mut news) = news {
                let _hold = Hold::of(&self.held);
                loop {
                    let entry = tokio::select! {
                        entry = news.recv() => entry,
                        // Whoever listened has gone.
                        _ = lines.next_line() => return Ok(()),
                    };
                    match entry {
                        Ok(entry) => say(&mut writer, &entry).await?,
                        Err(broadcast::error::RecvError::Lagged(_)) => {}
                        Err(broadcast::error::RecvError::Closed) => return Ok(()),
                    }
                }
            }
        }
        drop(hold);
        Ok(())
    }
}

async fn say(writer: &mut OwnedWriteHalf, what: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_string(what)?;
    line.push('\n');
    writer.write_all(line.as_bytes()).await
}

/// Counts one who holds the process.
struct Hold(watch::Sender<usize>);

impl Hold {
    fn of(held: &watch::Sender<usize>) -> Self {
        held.send_modify(|held| *held += 1);
        Self(held.clone())
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.send_modify(|held| *held -= 1);
    }
}
