//! The files of a build, on their way from the client to the engine: those of the Dockerfile's folder are read here and
//! sent on from here, so that what the engine gets is what was read.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::{HeaderMap, Response};
use prost::Message as _;
use sha2::{Digest, Sha256};
use tokio_util::io::SyncIoBridge;

use super::frames::{self, Messages, Written, code};
use super::messages::{Packet, Piece, Stat, kind};
use super::relay::{self, Other};
use crate::sandbox::policy::Refusal;
use crate::sandbox::server::Server;
use crate::sandbox::server::stream::Body;

/// Bringing files over.
pub(super) const DIFF_COPY: &str = "/moby.filesync.v1.FileSync/DiffCopy";

/// Handing over a tar.
pub(super) const UPLOAD: &str = "/moby.upload.v1.Upload/Pull";

/// What the folder of a Dockerfile holds that is read at all: the engine asks for the file and its ignore file alone.
const FILES: usize = 64;
const FILE_LIMIT: usize = 1 << 20;

/// A piece of a file.
const PIECE: usize = 32 << 10;

/// The bits of a mode that say that a file is no plain one, as Go has them.
const NOT_PLAIN: u32 = 0x8f28_0000;

/// One file of the client's.
struct Brought {
    stat: Stat,
    content: Option<Bytes>,
}

/// Answers the engine's wish for the Dockerfile's folder.
pub(super) async fn dockerfiles(
    server: &Arc<Server>,
    session: &str,
    other: &Other,
    headers: HeaderMap,
    body: Incoming,
) -> Response<Body> {
    let brought = match brought(other, headers).await {
        Ok(brought) => brought,
        Err(said) => return frames::status(code::UNAVAILABLE, &said),
    };
    let changed = match changed(server, session, brought).await {
        Ok(changed) => changed,
        Err(refusal) => return frames::status(code::DENIED, &refusal.message),
    };
    let (pen, answer) = frames::written();
    tokio::spawn(async move {
        let ended = hand_over(&pen, body, &changed).await;
        match ended {
            Ok(()) => pen.end(code::OK, "").await,
            Err(_) => pen.end(code::UNAVAILABLE, "the files' way is cut").await,
        }
    });
    frames::streamed(answer)
}

/// Fetches the files from the client, as the engine would.
async fn brought(other: &Other, headers: HeaderMap) -> Result<Vec<Brought>, String> {
    let broken = |error: std::io::Error| format!("the client sends no files: {error}");
    let (pen, body) = frames::written();
    let Ok(answer) = relay::sent(other, DIFF_COPY, headers, body).await else {
        return Err("the client sends no files".to_owned());
    };
    let mut packets = Messages::of(answer.into_body());
    let mut files: Vec<Brought> = Vec::new();
    let mut wanted = 0;
    let mut listed = false;
    loop {
        let packet = packets.next().await.map_err(broken)?;
        let Some(packet) = packet else {
            let status = packets.trailers.as_ref();
            let said = status
                .and_then(|trailers| trailers.get("grpc-message")?.to_str().ok())
                .map(frames::percent_decoded);
            return Err(said.unwrap_or_else(|| "the client sends no files".to_owned()));
        };
        let packet = Packet::decode(packet).map_err(|error| error.to_string())?;
        match (packet.kind, packet.stat) {
            (kind::STAT, Some(stat)) if !listed => {
                if files.len() >= FILES {
                    return Err("the Dockerfile's folder has too many files".to_owned());
                }
                let id = u32::try_from(files.len()).unwrap_or(u32::MAX);
                let is_plain = stat.mode & NOT_PLAIN == 0;
                files.push(Brought {
                    stat,
                    content: None,
                });
                if is_plain {
                    wanted += 1;
                    let request = Packet {
                        kind: kind::REQUEST,
                        id,
                        ..Packet::default()
                    };
                    pen.message(&request).await.map_err(broken)?;
                }
            }
            (kind::STAT, None) => listed = true,
            (kind::DATA, _) => {
                if let Some(content) = received(&mut files, packet.id, &packet.data)? {
                    wanted -= 1;
                    files[packet.id as usize].content = Some(content);
                }
            }
            (kind::END, _) => return Ok(files),
            (kind::ERROR, _) => {
                return Err(String::from_utf8_lossy(&packet.data).into_owned());
            }
            _ => return Err("the client's files cannot be followed".to_owned()),
        }
        if listed && wanted == 0 {
            let end = Packet {
                kind: kind::END,
                ..Packet::default()
            };
            pen.message(&end).await.map_err(broken)?;
        }
    }
}

/// Adds a piece to a file; an empty piece is its end, and gives the whole.
fn received(files: &mut [Brought], id: u32, data: &Bytes) -> Result<Option<Bytes>, String> {
    let file = files
        .get_mut(id as usize)
        .ok_or("the client sends a file that nobody asked for")?;
    let so_far = file.content.take().unwrap_or_default();
    if data.is_empty() {
        return Ok(Some(so_far));
    }
    if so_far.len() + data.len() > FILE_LIMIT {
        return Err("a file beside the Dockerfile is longer than 1 MB".to_owned());
    }
    let mut whole = BytesMut::from(so_far.as_ref());
    whole.extend_from_slice(data);
    file.content = Some(whole.freeze());
    Ok(None)
}

/// The files as they may be sent: every Dockerfile among them read and written anew.
async fn changed(
    server: &Arc<Server>,
    session: &str,
    brought: Vec<Brought>,
) -> Result<Vec<Brought>, Refusal> {
    let facts = server.builds.facts(session).await?;
    let mut sent = Vec::new();
    for mut file in brought {
        let path = file.stat.path.clone();
        let is_dockerfile = server.builds.is_dockerfile(session, &path);
        match (&file.content, is_dockerfile) {
            (None, true) => {
                return Err(Refusal::not_allowed(
                    format!(
                        "a Dockerfile that is no plain file, {}",
                        crate::text::tick(&path)
                    ),
                    "put the file itself there",
                ));
            }
            // Another file that the frontend could be led to: only ignore files are read besides.
            (Some(_), false) if !path.ends_with(".dockerignore") => continue,
            (Some(content), true) => {
                let text = std::str::from_utf8(content)
                    .map_err(|_| Refusal::unreadable("the Dockerfile is not UTF-8"))?;
                let text = server.rewritten(text, &facts).await?;
                // The engine takes a file of the same size and time for the same: its time is made of what it says.
                let digest = Sha256::digest(&text);
                let time = u64::from_be_bytes(digest[..8].try_into().unwrap_or_default());
                file.stat.mod_time = i64::try_from(time >> 2).unwrap_or_default();
                file.stat.size = i64::try_from(text.len()).unwrap_or_default();
                file.content = Some(Bytes::from(text));
            }
            _ => {}
        }
        sent.push(file);
    }
    Ok(sent)
}

/// Tells the engine of the files, and sends those that it asks for.
async fn hand_over(pen: &Written, body: Incoming, files: &[Brought]) -> std::io::Result<()> {
    for file in files {
        let packet = Packet {
            kind: kind::STAT,
            stat: Some(file.stat.clone()),
            ..Packet::default()
        };
        pen.message(&packet).await?;
    }
    pen.message(&Packet::default()).await?;
    let mut wishes = Messages::of(body);
    while let Some(wish) = wishes.next().await? {
        let wish = Packet::decode(wish).map_err(std::io::Error::other)?;
        match wish.kind {
            kind::REQUEST => {
                let content = files
                    .get(wish.id as usize)
                    .and_then(|file| file.content.clone())
                    .ok_or(std::io::ErrorKind::NotFound)?;
                let end = std::iter::once(&[][..]);
                for piece in content.chunks(PIECE).chain(end) {
                    let packet = Packet {
                        kind: kind::DATA,
                        id: wish.id,
                        data: Bytes::copy_from_slice(piece),
                        ..Packet::default()
                    };
                    pen.message(&packet).await?;
                }
            }
            kind::END => {
                let end = Packet {
                    kind: kind::END,
                    ..Packet::default()
                };
                return pen.message(&end).await;
            }
            _ => return Err(std::io::ErrorKind::InvalidData.into()),
        }
    }
    Ok(())
}

/// A tar that the client hands over: its Dockerfile is changed on the way, as one in a request's body is.
pub(super) async fn uploaded(
    server: &Arc<Server>,
    session: &str,
    answer: Response<Body>,
) -> Response<Body> {
    let facts = match server.builds.facts(session).await {
        Ok(facts) => facts,
        Err(refusal) => return frames::status(code::DENIED, &refusal.message),
    };
    let messages = Messages::of(answer.into_body());
    let pieces = futures_util::stream::unfold(messages, |mut messages| async {
        let piece = match messages.next().await {
            Ok(None) => return None,
            Ok(Some(message)) => Piece::decode(message)
                .map(|piece| piece.data)
                .map_err(std::io::Error::other),
            Err(error) => Err(error),
        };
        Some((piece, messages))
    });
    let input = tokio_util::io::StreamReader::new(Box::pin(pieces));
    let (mut tar, verdict) = server.checked_tar(SyncIoBridge::new(input), facts);
    let (pen, body) = frames::written();
    tokio::spawn(async move {
        while let Some(Ok(frame)) = tar.frame().await {
            if let Ok(data) = frame.into_data() {
                let piece = Piece { data };
                if pen.message(&piece).await.is_err() {
                    return;
                }
            }
        }
        match verdict.await {
            Ok(None) => pen.end(code::OK, "").await,
            Ok(Some(refusal)) => pen.end(code::DENIED, &refusal.message).await,
            Err(_) => pen.end(code::UNAVAILABLE, "the files' way is cut").await,
        }
    });
    frames::streamed(body)
}
