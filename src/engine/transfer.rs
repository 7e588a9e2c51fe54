//! Whole images as streams: loaded from an archive that is written while it is sent, and exported to whoever
//! reads along. Nothing is kept on disk here.

use std::io::{self, BufWriter, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bollard::query_parameters::{ImportImageOptionsBuilder, UploadToContainerOptionsBuilder};
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::sync::mpsc;

use super::saved_image::Pipe;
use super::{Engine, EngineError, names};

/// The engine answers a load once it has taken everything in: minutes, where its disk or the way to it is slow.
const SEND_LIMIT: Duration = Duration::from_secs(3600);

/// Bytes handed over at once.
const PIECE: usize = 256 << 10;

/// Why nothing was sent.
#[derive(Debug)]
pub enum SendError<E> {
    /// The archive could not be written to its end; the engine has kept nothing of it.
    Source(E),
    /// The engine refused it, or was lost.
    Engine(EngineError),
}

impl Engine {
    /// Loads a plain docker-archive tar from disk.
    pub async fn load(&self, archive: &Path) -> Result<(), EngineError> {
        let path = archive.to_owned();
        let copy = move |out: &mut dyn Write| {
            io::copy(&mut std::fs::File::open(path)?, out)?;
            Ok(())
        };
        self.load_written(copy).await.map_err(|error| match error {
            SendError::Source(error) => EngineError::file(archive, &error),
            SendError::Engine(error) => error,
        })
    }

    /// Loads a plain docker-archive tar that `write` writes, on a thread of its own, while it is sent. Where `write`
    /// fails the engine sees the stream break off: with its `manifest.json` at the end, an archive cut short names no image.
    pub async fn load_written<E: From<io::Error> + Send + 'static>(
        &self,
        write: impl FnOnce(&mut dyn Write) -> Result<(), E> + Send + 'static,
    ) -> Result<(), SendError<E>> {
        sent(write, async |pieces| {
            let options = ImportImageOptionsBuilder::default().quiet(true).build();
            let docker = self.patient(SEND_LIMIT);
            let body = bollard::body_try_stream(stream(pieces));
            let mut answer = docker.import_image(options, body, None);
            while let Some(line) = answer.next().await {
                line.map_err(|error| EngineError::of("load an image", "image", "", error))?;
            }
            Ok(())
        })
        .await
    }

    /// Unpacks a tar that `write` writes into the root of a container, running or not.
    pub async fn put_written<E: From<io::Error> + Send + 'static>(
        &self,
        id: &str,
        write: impl FnOnce(&mut dyn Write) -> Result<(), E> + Send + 'static,
    ) -> Result<(), SendError<E>> {
        sent(write, async |pieces| {
            let options = UploadToContainerOptionsBuilder::default().path("/").build();
            let docker = self.patient(SEND_LIMIT);
            let body = bollard::body_try_stream(stream(pieces));
            let answer = docker.upload_to_container(id, Some(options), body);
            let failed = |error| EngineError::of("write into a container", "container", id, error);
            answer.await.map_err(failed)
        })
        .await
    }

    /// Exports an image by name or id as a docker-archive tar, read by `read` on a thread of its own.
    pub async fn export<T: Send + 'static>(
        &self,
        image: &str,
        read: impl FnOnce(&mut dyn Read) -> io::Result<T> + Send + 'static,
    ) -> Result<T, EngineError> {
        const VERB: &str = "export an image";
        let unreadable = |reason: String| EngineError::Unreadable { verb: VERB, reason };
        if !names::is_plausible(image) {
            return Err(EngineError::NotFound {
                what: "image",
                name: image.to_owned(),
            });
        }
        let docker = self.docker();
        let mut stream = Box::pin(docker.export_image(image));
        let (sender, mut pipe) = Pipe::new();
        let reading = tokio::task::spawn_blocking(move || read(&mut pipe));
        while let Some(piece) = stream.next().await {
            let piece = piece.map_err(|error| EngineError::of(VERB, "image", image, error))?;
            if sender.send(Ok(piece)).await.is_err() {
                break;
            }
        }
        drop(sender);
        reading
            .await
            .map_err(|error| unreadable(error.to_string()))?
            .map_err(|error| unreadable(error.to_string()))
    }
}

/// Runs `write` on a thread of its own, and `send` on what it writes.
async fn sent<E: From<io::Error> + Send + 'static>(
    write: impl FnOnce(&mut dyn Write) -> Result<(), E> + Send + 'static,
    send: impl AsyncFnOnce(Pieces) -> Result<(), EngineError>,
) -> Result<(), SendError<E>> {
    let (pieces, receiver) = mpsc::channel(4);
    let hung_up = Arc::new(AtomicBool::new(false));
    let out = Sender {
        pieces: pieces.clone(),
        hung_up: Arc::clone(&hung_up),
    };
    let writing = tokio::task::spawn_blocking(move || {
        let mut out = BufWriter::with_capacity(PIECE, out);
        let written = write(&mut out).and_then(|()| Ok(out.flush()?));
        if written.is_err() {
            // What is buffered must not look like an end.
            let (_, _) = out.into_parts();
            let _ = pieces.blocking_send(Err(io::Error::other("the archive broke off")));
        }
        written
    });
    let answered = send(receiver).await;
    let written = writing
        .await
        .map_err(|error| SendError::Source(io::Error::other(error.to_string()).into()))?;
    match (written, answered) {
        // The writer found nobody reading any more: the engine's words say why.
        (Err(_), Err(error)) if hung_up.load(Ordering::Relaxed) => Err(SendError::Engine(error)),
        (Err(error), _) => Err(SendError::Source(error)),
        (Ok(()), answered) => answered.map_err(SendError::Engine),
    }
}

/// What is written, piece by piece.
type Pieces = mpsc::Receiver<io::Result<Bytes>>;

fn stream(mut pieces: Pieces) -> impl futures_util::Stream<Item = io::Result<Bytes>> + Send {
    futures_util::stream::poll_fn(move |context| pieces.poll_recv(context))
}

/// The writing end of a request's body.
struct Sender {
    pieces: mpsc::Sender<io::Result<Bytes>>,
    hung_up: Arc<AtomicBool>,
}

impl Write for Sender {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if self
            .pieces
            .blocking_send(Ok(Bytes::copy_from_slice(data)))
            .is_err()
        {
            self.hung_up.store(true, Ordering::Relaxed);
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn an_archive_that_breaks_off_is_the_writers_fault_and_garbage_is_the_engines_word() {
        let bench = Bench::new().await;
        let read = |stream: &mut dyn Read| {
            let mut all = Vec::new();
            stream.read_to_end(&mut all)?;
            Ok(all)
        };
        let whole = bench.engine.export(&bench.image, read).await.unwrap();
        let half = whole[..whole.len() / 2].to_vec();
        let broken = bench.engine.load_written(move |out| {
            out.write_all(&half)?;
            Err::<(), _>(io::Error::other("the disk has gone"))
        });
        match broken.await {
            Err(SendError::Source(error)) => assert_eq!(error.to_string(), "the disk has gone"),
            other => panic!("{other:?}"),
        }
        let garbage = bench
            .engine
            .load_written(|out| out.write_all(&[b'x'; 100_000]));
        match garbage.await {
            Err(SendError::Engine(EngineError::Refused { .. })) => {}
            other => panic!("{other:?}"),
        }
        let again = bench.engine.load_written(move |out| out.write_all(&whole));
        again.await.unwrap();
    }
}
