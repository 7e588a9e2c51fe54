//! `/session`: the engine asks the client for files, for secrets and where to put a result. The client's word is its own
//! affair, but for the Dockerfile.

use std::sync::Arc;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::files;
use super::frames::{self, code};
use super::relay::{self, Other};
use crate::sandbox::policy::Refusal;
use crate::sandbox::policy::text::is_object_name;
use crate::sandbox::server::Server;
use crate::sandbox::server::answer::{self, Answered};
use crate::sandbox::server::ask::{Ask, Upgrade, Word};
use crate::sandbox::server::containers::upgrade;
use crate::sandbox::server::serve::Asked;
use crate::sandbox::server::stream::Body;

/// What an engine may ask of a client.
const CALLS: [&str; 12] = [
    "/grpc.health.v1.Health/Check",
    "/moby.exporter.v1.Exporter/FindExporters",
    "/moby.filesync.v1.Auth/Credentials",
    "/moby.filesync.v1.Auth/FetchToken",
    "/moby.filesync.v1.Auth/GetTokenAuthority",
    "/moby.filesync.v1.Auth/VerifyTokenAuthority",
    "/moby.filesync.v1.FileSend/DiffCopy",
    files::DIFF_COPY,
    "/moby.buildkit.secrets.v1.Secrets/GetSecret",
    "/moby.sshforward.v1.SSH/CheckAgent",
    "/moby.sshforward.v1.SSH/ForwardAgent",
    files::UPLOAD,
];

const ID: &str = "x-docker-expose-session-uuid";
const KEY: &str = "x-docker-expose-session-sharedkey";
const NAME: &str = "x-docker-expose-session-name";
const METHOD: &str = "x-docker-expose-session-grpc-method";

/// Bytes that may be under way on one stream: files come by it.
pub(super) const WINDOW: u32 = 2 << 20;

impl Server {
    pub(in crate::sandbox::server) async fn session(
        self: &Arc<Self>,
        mut asked: Asked<'_>,
    ) -> Result<Answered, Refusal> {
        let headers = asked.request.headers().clone();
        let word = |name: &str| {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let id = word(ID);
        if !is_object_name(&id) {
            return Err(Refusal::unreadable("the session's id"));
        }
        let (client, wanted) = upgrade(&mut asked.request);
        let (Some(client), Some(Upgrade::H2c)) = (client, wanted) else {
            return Err(Refusal::unreadable("a session that does not ask for `h2c`"));
        };
        let session = self.session_name(&id);
        let mut ask = Ask::post(&[Word::Is("session")])
            .version(asked.version)
            .upgrade(Some(Upgrade::H2c))
            .header(ID, session.clone())
            // The engine keeps files by this word between builds: nobody else's may be found by it.
            .header(KEY, format!("{}{}", self.namespace(), word(KEY)))
            .header(NAME, word(NAME));
        for method in headers.get_all(METHOD) {
            let known = CALLS
                .iter()
                .find(|call| method.as_bytes() == call.as_bytes());
            if let Some(known) = known {
                ask = ask.header(METHOD, (*known).to_owned());
            }
        }
        let mut reply = self.send(ask).await?;
        let Some(engine) = reply.upgrade.take() else {
            return Err(Refusal::engine(502, "the engine opens no session"));
        };
        let server = self.clone();
        self.tasks.tunnel(asked.seat, async move {
            if let (Ok(client), Ok(engine)) = tokio::join!(client, engine) {
                between(&server, &session, client, engine).await;
            }
            server.builds.forget(&session);
            drop(reply);
        })?;
        Ok(switching())
    }
}

/// The answer after which the connection speaks HTTP/2.
pub(super) fn switching() -> Answered {
    let mut response = answer::status(101);
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("h2c"));
    response
}

async fn between(
    server: &Arc<Server>,
    session: &str,
    client: hyper::upgrade::Upgraded,
    engine: hyper::upgrade::Upgraded,
) {
    let handshake = hyper::client::conn::http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(2 * WINDOW)
        .handshake::<_, Body>(client);
    let Ok((other, connection)) = handshake.await else {
        return;
    };
    let service = service_fn(|request| {
        let (server, other, session) = (server.clone(), other.clone(), session.to_owned());
        async move { Ok::<_, std::convert::Infallible>(asked(&server, &session, &other, request).await) }
    });
    let served = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(2 * WINDOW)
        .serve_connection(engine, service);
    // The first of the two that ends, ends the session.
    tokio::select! {
        _ = served => {}
        _ = connection => {}
    }
}

async fn asked(
    server: &Arc<Server>,
    session: &str,
    other: &Other,
    request: Request<Incoming>,
) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let Some(path) = CALLS.iter().find(|call| **call == path) else {
        return frames::status(code::UNIMPLEMENTED, "not in a sandbox");
    };
    let (parts, body) = request.into_parts();
    let headers = passed(&parts.headers);
    let is_dockerfile = headers.get("dir-name").map(HeaderValue::as_bytes) == Some(b"dockerfile");
    if *path == files::DIFF_COPY && is_dockerfile {
        return files::dockerfiles(server, session, other, headers, body).await;
    }
    let body = body.map_err(std::io::Error::other).boxed_unsync();
    let answer = match relay::sent(other, path, headers, body).await {
        Ok(answer) => answer,
        Err(status) => return status,
    };
    if *path == files::UPLOAD {
        return files::uploaded(server, session, answer).await;
    }
    answer
}

/// The engine's headers: its own metadata, and none that belong to the connection.
fn passed(headers: &HeaderMap) -> HeaderMap {
    const OWN: [&str; 6] = [
        "content-type",
        "te",
        "host",
        "connection",
        "content-length",
        "transfer-encoding",
    ];
    let mut kept = HeaderMap::new();
    for (name, value) in headers {
        if !OWN.contains(&name.as_str()) {
            kept.append(HeaderName::clone(name), value.clone());
        }
    }
    kept
}
