//! `/grpc`: a client asks the engine for a build. Raw build graphs, frontends of others, rights and other people's builds
//! are refused; what is left is the engine's own Dockerfile frontend, told what policy lets it be told.

mod solve;

use std::collections::HashMap;
use std::sync::Arc;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::HeaderValue;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use prost::Message;

use super::frames::{self, Messages, code};
use super::messages::{History, InResult, Nothing, OfReference, Return, Solve, Warning};
use super::relay::{self, Other};
use super::session::{WINDOW, switching};
use super::shapes;
use crate::outcome::JournalCall;
use crate::sandbox::policy::{REFUSED, Refusal};
use crate::sandbox::server::Server;
use crate::sandbox::server::answer::Answered;
use crate::sandbox::server::ask::{Ask, Upgrade, Word};
use crate::sandbox::server::containers::upgrade;
use crate::sandbox::server::serve::Asked;
use crate::sandbox::server::stream::{self, Body};

/// The header that says which build a part belongs to.
const BUILD: &str = "buildkit-controlapi-buildid";

impl Server {
    pub(in crate::sandbox::server) async fn control(
        self: &Arc<Self>,
        mut asked: Asked<'_>,
    ) -> Result<Answered, Refusal> {
        let (client, wanted) = upgrade(&mut asked.request);
        let (Some(client), Some(Upgrade::H2c)) = (client, wanted) else {
            return Err(Refusal::unreadable("a channel that does not ask for `h2c`"));
        };
        let name = asked.note.client().to_owned();
        let ask = Ask::post(&[Word::Is("grpc")])
            .version(asked.version)
            .upgrade(Some(Upgrade::H2c));
        let mut reply = self.send(ask).await?;
        let Some(engine) = reply.upgrade.take() else {
            return Err(Refusal::engine(
                502,
                "the engine opens no channel for builds",
            ));
        };
        let server = self.clone();
        self.tasks.tunnel(asked.seat, async move {
            if let (Ok(client), Ok(engine)) = tokio::join!(client, engine) {
                between(&server, &name, client, engine).await;
            }
            drop(reply);
        })?;
        Ok(switching())
    }
}

async fn between(
    server: &Arc<Server>,
    name: &str,
    client: hyper::upgrade::Upgraded,
    engine: hyper::upgrade::Upgraded,
) {
    let handshake = hyper::client::conn::http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .initial_stream_window_size(WINDOW)
        .handshake::<_, Body>(engine);
    let Ok((other, connection)) = handshake.await else {
        return;
    };
    let service = service_fn(|request| {
        let (server, other, name) = (server.clone(), other.clone(), name.to_owned());
        async move { Ok::<_, std::convert::Infallible>(asked(&server, &name, &other, request).await) }
    });
    let served = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .initial_stream_window_size(WINDOW)
        .max_concurrent_streams(64)
        .serve_connection(client, service);
    tokio::select! {
        _ = served => {}
        _ = connection => {}
    }
}

/// What goes wrong with a call: its own status.
type Failed = Response<Body>;

fn denied(refusal: &Refusal) -> Failed {
    frames::status(code::DENIED, &refusal.message)
}

async fn asked(
    server: &Arc<Server>,
    name: &str,
    other: &Other,
    request: Request<Incoming>,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let build = parts
        .headers
        .get(BUILD)
        .and_then(|build| build.to_str().ok());
    let build = build.map(|build| server.session_name(build));
    let mut headers = relay::only(
        &parts.headers,
        &["user-agent", "grpc-timeout", "traceparent"],
    );
    if let Some(Ok(build)) = build.as_deref().map(HeaderValue::from_str) {
        headers.insert(BUILD, build);
    }
    let call = Call {
        server,
        other,
        client: name,
        build: build.unwrap_or_default(),
        headers,
    };
    call.answered(parts.uri.path(), body)
        .await
        .unwrap_or_else(|failed| failed)
}

/// One call of a client's.
struct Call<'a> {
    server: &'a Arc<Server>,
    other: &'a Other,
    client: &'a str,
    /// The build that a part belongs to, by its name on the engine.
    build: String,
    headers: HeaderMap,
}

impl Call<'_> {
    async fn answered(&self, path: &str, body: Incoming) -> Result<Response<Body>, Failed> {
        match path {
            "/moby.buildkit.v1.Control/Solve" => self.solve(read(body).await?).await,
            "/moby.buildkit.v1.Control/Status" => {
                let mut message: OfReference = read(body).await?;
                message.reference = self.server.session_name(&message.reference);
                self.own_build(&message.reference).await?;
                let answer = self
                    .pass("/moby.buildkit.v1.Control/Status", &message)
                    .await?;
                Ok(relay::shown(&self.server.names, answer, shapes::STATUS))
            }
            "/moby.buildkit.v1.Control/Info" => {
                let message: Nothing = read(body).await?;
                self.pass("/moby.buildkit.v1.Control/Info", &message).await
            }
            "/moby.buildkit.v1.Control/ListWorkers" => {
                let message: Nothing = read(body).await?;
                self.pass("/moby.buildkit.v1.Control/ListWorkers", &message)
                    .await
            }
            "/moby.buildkit.v1.Control/ListenBuildHistory" => {
                let mut message: History = read(body).await?;
                message.reference = self.server.session_name(&message.reference);
                self.own_build(&message.reference).await?;
                let path = "/moby.buildkit.v1.Control/ListenBuildHistory";
                let answer = self.pass(path, &message).await?;
                Ok(relay::shown(&self.server.names, answer, shapes::HISTORY))
            }
            // The cache is everybody's: nothing of it is counted, and nothing goes.
            "/moby.buildkit.v1.Control/DiskUsage" => Ok(frames::answer(&Nothing {})),
            "/moby.buildkit.v1.Control/Prune" => Ok(frames::status(code::OK, "")),
            _ => self.of_bridge(path, body).await,
        }
    }

    /// The calls of a client that puts its build together itself, part by part.
    async fn of_bridge(&self, path: &str, body: Incoming) -> Result<Response<Body>, Failed> {
        const BRIDGE: &str = "/moby.buildkit.v1.frontend.LLBBridge/";
        let unknown = || frames::status(code::UNIMPLEMENTED, "not in a sandbox");
        let name = path.strip_prefix(BRIDGE).ok_or_else(unknown)?;
        self.own_build(&self.build).await?;
        match name {
            "Ping" => {
                let message: Nothing = read(body).await?;
                self.pass("/moby.buildkit.v1.frontend.LLBBridge/Ping", &message)
                    .await
            }
            "Solve" => self.solve_part(read(body).await?).await,
            "Return" => {
                let message: Return = read(body).await?;
                self.pass("/moby.buildkit.v1.frontend.LLBBridge/Return", &message)
                    .await
            }
            "Evaluate" => {
                let message: OfReference = read(body).await?;
                self.pass("/moby.buildkit.v1.frontend.LLBBridge/Evaluate", &message)
                    .await
            }
            "ReadFile" => {
                let message: InResult = read(body).await?;
                self.pass("/moby.buildkit.v1.frontend.LLBBridge/ReadFile", &message)
                    .await
            }
            "ReadDir" => {
                let message: InResult = read(body).await?;
                self.pass("/moby.buildkit.v1.frontend.LLBBridge/ReadDir", &message)
                    .await
            }
            "StatFile" => {
                let message: InResult = read(body).await?;
                self.pass("/moby.buildkit.v1.frontend.LLBBridge/StatFile", &message)
                    .await
            }
            "Warn" => {
                let message: Warning = read(body).await?;
                self.pass("/moby.buildkit.v1.frontend.LLBBridge/Warn", &message)
                    .await
            }
            _ => Err(unknown()),
        }
    }

    /// Refuses what belongs to a build of somebody else's, by its name on the engine.
    async fn own_build(&self, build: &str) -> Result<String, Failed> {
        self.server
            .builds
            .session_of(build)
            .await
            .ok_or_else(|| frames::status(code::DENIED, "not a build of this sandbox"))
    }

    async fn pass(
        &self,
        path: &'static str,
        message: &impl Message,
    ) -> Result<Response<Body>, Failed> {
        let body = stream::whole(frames::framed(&message.encode_to_vec()));
        let answer = relay::sent(self.other, path, self.headers.clone(), body).await?;
        Ok(relay::error_alone_shown(&self.server.names, answer))
    }

    async fn solve(&self, asked: Solve) -> Result<Response<Body>, Failed> {
        let before = self
            .server
            .all_images()
            .await
            .map_err(|refusal| denied(&refusal))?;
        let mut note = JournalCall::default();
        let sent = match self.solve_allowed(asked, &mut note).await {
            Ok(sent) => sent,
            Err(refusal) => {
                self.write(note, Some(&refusal));
                return Err(denied(&refusal));
            }
        };
        let answer = self.pass("/moby.buildkit.v1.Control/Solve", &sent).await?;
        let server = self.server.clone();
        // The answer comes when all is built: what it says is needed here as well.
        let (parts, body) = answer.into_parts();
        let mut messages = Messages::of(body);
        let solved = messages.next().await.ok().flatten();
        // To see what comes behind it, the end must be read too.
        let _ = messages.next().await;
        let trailers = messages.trailers.take().unwrap_or_default();
        let status = trailers
            .get("grpc-status")
            .or(parts.headers.get("grpc-status"))
            .and_then(|status| status.to_str().ok()?.parse::<u16>().ok())
            .unwrap_or(code::UNAVAILABLE);
        if let Some(solved) = &solved {
            for id in image_ids(solved) {
                server.built(&id, &before);
            }
        }
        note.client = self.client.to_owned();
        note.status = if status == code::OK { 200 } else { 500 };
        if status != code::OK {
            let said = trailers
                .get("grpc-message")
                .or(parts.headers.get("grpc-message"))
                .and_then(|said| said.to_str().ok())
                .map(frames::percent_decoded);
            // The file was refused on another way, where the journal is not at hand.
            note.refused = said.as_ref().is_some_and(|said| said.contains(REFUSED));
            note.error = said;
        }
        server.note_build(note);
        let shown = solved
            .map(|solved| frames::framed(&shapes::shown(&server.names, &solved, shapes::SOLVED)));
        let frames: Vec<std::io::Result<hyper::body::Frame<bytes::Bytes>>> = shown
            .map(hyper::body::Frame::data)
            .into_iter()
            .chain((!trailers.is_empty()).then(|| hyper::body::Frame::trailers(trailers)))
            .map(Ok)
            .collect();
        let body = http_body_util::StreamBody::new(futures_util::stream::iter(frames));
        Ok(Response::from_parts(parts, body.boxed_unsync()))
    }

    fn write(&self, mut note: JournalCall, refusal: Option<&Refusal>) {
        note.client = self.client.to_owned();
        if let Some(refusal) = refusal {
            note.status = refusal.status;
            note.error = Some(refusal.message.clone());
            note.refused = true;
        }
        self.server.note_build(note);
    }
}

async fn read<M: Message + Default>(body: Incoming) -> Result<M, Failed> {
    Messages::of(body)
        .only()
        .await
        .map_err(|_| frames::status(code::INVALID, "the message cannot be read"))
}

/// The ids of images in what a build came to.
fn image_ids(solved: &[u8]) -> Vec<String> {
    #[derive(Clone, PartialEq, Message)]
    struct Solved {
        #[prost(map = "string, string", tag = "1")]
        response: HashMap<String, String>,
    }
    let Ok(solved) = Solved::decode(solved) else {
        return Vec::new();
    };
    ["containerimage.digest", "containerimage.config.digest"]
        .iter()
        .filter_map(|key| solved.response.get(*key).cloned())
        .filter(|id| id.starts_with("sha256:"))
        .collect()
}
