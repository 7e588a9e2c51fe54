//! Images in a tar: loaded under the sandbox's names, saved under the learner's. The engine's stores read different
//! manifests of one tar, so that only the one that was read goes on.

use std::io::{self, Read, Write};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt;
use http_body_util::{BodyExt, BodyStream, StreamBody};
use hyper::body::Frame;
use hyper::header::{self, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tar::EntryType;
use tokio::sync::{mpsc, oneshot};
use tokio_util::io::{StreamReader, SyncIoBridge};

use super::answer::{self, Answered};
use super::ask::{Ask, Word};
use super::build::Pieces;
use super::serve::Asked;
use super::stream::Body;
use super::tarball::{self, Fate, Trouble};
use super::{Seat, Server};
use crate::sandbox::policy::call::Load;
use crate::sandbox::policy::{Refusal, json};

/// One image of a `manifest.json`. Other keys are left out.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    config: String,
    repo_tags: Option<Vec<String>>,
    layers: Option<Vec<String>>,
}

const MANIFEST: &str = "manifest.json";

impl Server {
    pub(super) async fn load(
        self: &Arc<Self>,
        load: Load,
        asked: Asked<'_>,
    ) -> Result<Answered, Refusal> {
        let before = self.all_images().await?;
        let input = reader(asked.request.into_body());
        let server = self.clone();
        let (body, verdict) = rewritten(input, move |input, output| loaded(&server, input, output));
        let ask = Ask::post(&[Word::Is("images"), Word::Is("load")])
            .version(asked.version)
            .yes_or_no("quiet", load.quiet)
            .bytes("application/x-tar", body);
        let (server, sender) = (self.clone(), self.clone());
        let sent = async move {
            let sent = sender.send(ask).await;
            match verdict.await {
                Ok(Some(refusal)) => Err(refusal),
                _ => sent,
            }
        };
        let seat = asked.seat;
        let hear = move |line: Option<Value>| {
            let mut line = line?;
            let said = line["stream"].as_str().unwrap_or_default();
            if let Some(id) = said.trim().strip_prefix("Loaded image ID: ") {
                server.built(id, &before);
            }
            answer::unmangle(&server.names, seat, &mut line);
            Some(answer::written(&line))
        };
        self.heard_out(sent, hear).await
    }

    pub(super) async fn save(
        self: &Arc<Self>,
        names: Vec<String>,
        asked: Asked<'_>,
    ) -> Result<Answered, Refusal> {
        if names.is_empty() {
            return Err(Refusal::unreadable("no image to save"));
        }
        let mut ask = Ask::get(&[Word::Is("images"), Word::Is("get")]).version(asked.version);
        for name in &names {
            asked.note.object("image", name.as_str());
            ask = ask.text("names", self.image(name).await?.name.as_str());
        }
        let reply = self.send(ask).await?;
        let input = reader(reply.passed());
        let server = self.clone();
        let (body, _) = rewritten(input, move |input, output| saved(&server, input, output));
        let mut response = answer::status(200);
        let kind = HeaderValue::from_static("application/x-tar");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        *response.body_mut() = body;
        Ok(response)
    }
}

/// Images under the sandbox's names. A store that knows `index.json` would follow that instead of the manifest.
fn loaded(server: &Server, input: impl Read, output: impl Write) -> Result<(), Trouble> {
    let mut found = false;
    tarball::copied(
        input,
        output,
        |path, kind| match (path, kind) {
            (MANIFEST, EntryType::Regular) => {
                found = true;
                Ok(Fate::Change)
            }
            (MANIFEST, _) => Err(Refusal::unreadable("its `manifest.json` is no plain file")),
            ("index.json" | "oci-layout" | "repositories", _) => Ok(Fate::Drop),
            _ => Ok(Fate::Pass),
        },
        |_, text| {
            let mut images: Vec<Listed> = json::read(text.as_bytes())?;
            for image in &mut images {
                for tag in image.repo_tags.iter_mut().flatten() {
                    let (repository, name) = server.place(tag, "")?;
                    *tag = format!("{repository}:{name}");
                }
            }
            Ok(serde_json::to_string(&images).expect("a shape of this program is JSON"))
        },
    )?;
    match found {
        true => Ok(()),
        false => Err(Trouble::Refused(Refusal::not_allowed(
            "a tar of images without a `manifest.json`",
            "make it with `docker save`",
        ))),
    }
}

/// Images under the learner's names.
fn saved(server: &Server, input: impl Read, output: impl Write) -> Result<(), Trouble> {
    tarball::copied(
        input,
        output,
        |path, kind| match (path, kind) {
            (MANIFEST | "index.json" | "repositories", EntryType::Regular) => Ok(Fate::Change),
            _ => Ok(Fate::Pass),
        },
        |_, text| {
            let mut value: Value = serde_json::from_str(text)
                .map_err(|_| Refusal::unreadable("the engine's own manifest"))?;
            answer::unmangle(&server.names, Seat::Learner, &mut value);
            Ok(value.to_string())
        },
    )
}

/// A body as a thread reads it. To be made within the runtime, and read outside of it.
pub(super) fn reader(body: Body) -> impl Read + Send + 'static {
    let pieces = BodyStream::new(body).try_filter_map(async |frame| Ok(frame.into_data().ok()));
    SyncIoBridge::new(StreamReader::new(Box::pin(pieces)))
}

/// Copies a tar on a thread of its own, as `copy` does it; the other end says why, where it may not go on.
pub(super) fn rewritten<R: Read + Send + 'static>(
    input: R,
    copy: impl FnOnce(R, io::BufWriter<Pieces>) -> Result<(), Trouble> + Send + 'static,
) -> (Body, oneshot::Receiver<Option<Refusal>>) {
    let (pieces, received) = mpsc::channel::<io::Result<Frame<Bytes>>>(PIECES);
    let (verdict, outcome) = oneshot::channel();
    tokio::task::spawn_blocking(move || {
        let output = io::BufWriter::with_capacity(1 << 16, Pieces(pieces.clone()));
        let refusal = match copy(input, output) {
            Ok(()) => None,
            Err(trouble) => {
                // Nobody must take what there is for all of it.
                let cut = io::Error::from(io::ErrorKind::ConnectionAborted);
                let _ = pieces.blocking_send(Err(cut));
                match trouble {
                    Trouble::Refused(refusal) => Some(refusal),
                    Trouble::Broken => None,
                }
            }
        };
        let _ = verdict.send(refusal);
    });
    let stream = futures_util::stream::unfold(received, |mut received| async {
        received.recv().await.map(|piece| (piece, received))
    });
    (StreamBody::new(stream).boxed_unsync(), outcome)
}

/// A buffer of pieces between the thread that reads a tar and the connection.
const PIECES: usize = 16;
