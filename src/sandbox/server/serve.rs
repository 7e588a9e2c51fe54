//! One request from its first byte to its line in the journal.

use std::sync::Arc;
use std::time::Instant;

use http_body_util::BodyExt;
use hyper::body::{Body as _, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::{Request, Version as HttpVersion};

use super::answer::{self, Answered};
use super::stream::{self, Body};
use super::{Seat, Server};
use crate::outcome::{JournalCall, JournalEntry, JournalObject};
use crate::sandbox::journal::now;
use crate::sandbox::policy::route::{self, Line, Version};
use crate::sandbox::policy::{By, Call, Refusal};

/// The longest head of a request, in bytes. How much is read at once says nothing of it: that is for bodies.
const HEAD_LIMIT: usize = 64 << 10;

/// A body of a known length up to this, in bytes, is read before its request is decided on.
const SMALL: u64 = 64 << 10;

/// Calls that are answered with lines, of which the last may be an error.
const TOLD_AT_THE_END: [&str; 5] = [
    "image build",
    "image push",
    "image pull",
    "image load",
    "image import",
];

/// What a handler is given besides the call itself.
pub(super) struct Asked<'a> {
    pub(super) seat: Seat,
    pub(super) version: Version,
    pub(super) request: Request<Body>,
    pub(super) note: &'a mut Note,
}

/// A line of the journal in the making.
#[derive(Default)]
pub(super) struct Note {
    call: JournalCall,
    /// Calls that say nothing of what a learner does.
    silent: bool,
}

impl Note {
    /// The client's name for itself.
    pub(super) fn client(&self) -> &str {
        &self.call.client
    }

    pub(super) fn object(&mut self, kind: &str, name: impl Into<String>) {
        self.call.objects.push(JournalObject {
            kind: kind.to_owned(),
            name: name.into(),
        });
    }

    pub(super) fn flag(&mut self, name: &str, value: impl Into<String>) {
        let values = self.call.flags.entry(name.to_owned()).or_default();
        values.push(value.into());
    }

    /// Notes a flag without a value, where it is given.
    pub(super) fn switch(&mut self, name: &str, on: bool) {
        if on {
            self.call.flags.entry(name.to_owned()).or_default();
        }
    }
}

impl Server {
    /// Answers one request.
    pub(super) async fn answer(
        self: &Arc<Self>,
        seat: Seat,
        request: Request<Incoming>,
    ) -> Answered {
        let began = Instant::now();
        let mut note = Note::default();
        note.call.at = now();
        note.call.client = client(&request);
        let request = beforehand(request).await;
        let read = self.read(&request, &mut note);
        match read {
            Ok((version, call)) if call.ends_anyway() => {
                let server = Arc::clone(self);
                let work = async move {
                    let decided = server
                        .decided(seat, version, call, request, &mut note)
                        .await;
                    Ok(server.told(seat, began, note, decided))
                };
                // What is done is in the journal, and counted, also where its client goes before the answer.
                let done = self.tasks.finish(work).await;
                done.unwrap_or_else(|refusal| answer::refused(&refusal))
            }
            Ok((version, call)) => {
                let decided = self.decided(seat, version, call, request, &mut note).await;
                self.told(seat, began, note, decided)
            }
            Err(refusal) => self.told(seat, began, note, Err(refusal)),
        }
    }

    /// Makes the answer of what came of a call, and its line in the journal.
    fn told(
        &self,
        seat: Seat,
        began: Instant,
        mut note: Note,
        decided: Result<Answered, Refusal>,
    ) -> Answered {
        let mut response = match decided {
            Ok(response) => response,
            Err(refusal) => {
                note.call.error = Some(refusal.message.clone());
                note.call.refused = refusal.by == By::Policy;
                answer::refused(&refusal)
            }
        };
        self.sign(&mut response);
        if seat == Seat::Learner && !note.silent {
            note.call.status = response.status().as_u16();
            note.call.ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            match TOLD_AT_THE_END.contains(&note.call.what.as_str()) && note.call.succeeded() {
                true => return self.noted_at_its_end(note.call, response),
                false => self.journal.write(JournalEntry::Call(note.call)),
            }
        }
        response
    }

    /// Notes a call whose answer begins well and may still tell of an error.
    fn noted_at_its_end(&self, mut call: JournalCall, response: Answered) -> Answered {
        let journal = self.journal.clone();
        response.map(|body| {
            stream::Told::at_its_end(body, move |error| {
                if let Some(error) = error {
                    call.status = 500;
                    call.error = Some(error);
                }
                journal.write(JournalEntry::Call(call));
            })
        })
    }

    /// Reads the call from a request's head.
    fn read(&self, request: &Request<Body>, note: &mut Note) -> Result<(Version, Call), Refusal> {
        let uri = request.uri();
        let fields = request.headers().iter();
        let fields = fields.map(|(name, value)| name.as_str().len() + value.len());
        if uri.to_string().len() + fields.sum::<usize>() > HEAD_LIMIT {
            return Err(Refusal::unreadable("its head is longer than 64 kB"));
        }
        if uri.scheme().is_some() || uri.authority().is_some() {
            return Err(Refusal::unreadable("it names a host"));
        }
        if request.version() != HttpVersion::HTTP_11 && request.version() != HttpVersion::HTTP_10 {
            return Err(Refusal::unreadable("it is not HTTP/1.1"));
        }
        let line = Line {
            method: request.method().as_str(),
            path: uri.path(),
            query: uri.query().unwrap_or_default(),
        };
        let (version, call) = route::read(line, self.version).inspect_err(|_| {
            let path: String = uri.path().chars().take(200).collect();
            note.call.what = format!("{} {path}", request.method());
        })?;
        note.call.what = call.name().to_owned();
        // A build's channels say nothing: the build that comes by them does.
        note.silent = matches!(call, Call::Ping | Call::Session | Call::Grpc);
        Ok((version, call))
    }

    async fn decided(
        self: &Arc<Self>,
        seat: Seat,
        version: Version,
        call: Call,
        request: Request<Body>,
        note: &mut Note,
    ) -> Result<Answered, Refusal> {
        let asked = Asked {
            seat,
            version,
            request,
            note,
        };
        self.handled(call, asked).await
    }

    async fn handled(self: &Arc<Self>, call: Call, asked: Asked<'_>) -> Result<Answered, Refusal> {
        match call {
            Call::Ping => Ok(self.ping(&asked)),
            Call::Login => self.login(asked).await,
            Call::Version => self.version(asked).await,
            Call::Info => self.info(asked).await,
            Call::Events(events) => self.events(events, asked).await,
            Call::DiskUsage => self.disk_usage(asked).await,
            Call::Commit(commit) => self.commit(commit, asked).await,
            Call::Import(import) => self.import(import, asked).await,
            Call::PruneBuilds => {
                let nothing = serde_json::json!({"CachesDeleted": null, "SpaceReclaimed": 0});
                Ok(answer::json(200, &nothing))
            }
            Call::Containers(list) => self.list_containers(list, asked).await,
            Call::CreateContainer(create) => self.create_container(create, asked).await,
            Call::PruneContainers(filters) => self.prune_containers(filters, asked).await,
            Call::Container(name, act) => self.on_container(&name, act, asked).await,
            Call::Exec(id, act) => self.on_exec(&id, act, asked).await,
            Call::Images(list) => self.list_images(list, asked).await,
            Call::Image(name, act) => self.on_image(&name, act, asked).await,
            Call::PruneImages(filters) => self.prune_images(filters, asked).await,
            Call::Pull(pull) => self.pull(pull, asked).await,
            Call::Networks(filters) => self.list_networks(filters, asked).await,
            Call::CreateNetwork => self.create_network(asked).await,
            Call::PruneNetworks(filters) => self.prune_networks(filters, asked).await,
            Call::Network(name, act) => self.on_network(&name, act, asked).await,
            Call::Volumes(filters) => self.list_volumes(filters, asked).await,
            Call::CreateVolume => self.create_volume(asked).await,
            Call::PruneVolumes(filters) => self.prune_volumes(filters, asked).await,
            Call::Volume(name, act) => self.on_volume(&name, act, asked).await,
            Call::Plugins => Ok(answer::json(200, &serde_json::json!([]))),
            Call::Build(build) => self.build(*build, asked).await,
            Call::CancelBuild(id) => self.cancel_build(&id, asked).await,
            Call::Session => self.session(asked).await,
            Call::Grpc => self.control(asked).await,
            Call::Load(load) => self.load(load, asked).await,
            Call::Save(names) => self.save(names, asked).await,
        }
    }

    /// Notes a build that came by BuildKit's own channel.
    pub(super) fn note_build(&self, mut call: JournalCall) {
        call.at = now();
        call.what = "image build".to_owned();
        self.journal.write(JournalEntry::Call(call));
    }

    /// The headers of every answer, by which clients know an engine and its version.
    fn sign(&self, response: &mut Answered) {
        let headers = response.headers_mut();
        let version = HeaderValue::from_str(&self.version.to_string());
        if let Ok(version) = version {
            headers.insert("api-version", version);
        }
        headers.insert("docker-experimental", HeaderValue::from_static("false"));
        headers.insert("ostype", HeaderValue::from_static("linux"));
        if let Ok(server) =
            HeaderValue::from_str(&format!("Docker/{} (linux)", self.engine.info().version))
        {
            headers.insert(header::SERVER, server);
        }
    }
}

/// Reads a small body before anything is decided. Who is answered before they have sent it finds a closed connection and
/// tells of that, not of the answer: docker sends a head and its body one after the other.
async fn beforehand(request: Request<Incoming>) -> Request<Body> {
    let (parts, body) = request.into_parts();
    let small = body.size_hint().upper().is_some_and(|size| size <= SMALL);
    let body = match small && !body.is_end_stream() {
        true => match body.collect().await {
            Ok(whole) => stream::whole(whole.to_bytes()),
            Err(error) => stream::broken(error),
        },
        false => stream::passed(body),
    };
    Request::from_parts(parts, body)
}

/// The client's name for itself, shortened.
fn client(request: &Request<Incoming>) -> String {
    let name = request
        .headers()
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    name.chars().take(120).collect()
}
