//! Builds that come as one request: the classic builder's, and BuildKit's of older clients. The files come in the body, or
//! by the client's session, and either way no Dockerfile reaches the engine that was not read.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use hyper::body::Frame;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use super::answer::{self, Answered};
use super::archive;
use super::ask::{Ask, Word};
use super::buildkit;
use super::context;
use super::serve::Asked;
use super::stream::Body;
use super::{Seat, Server};
use crate::sandbox::policy::Refusal;
use crate::sandbox::policy::call::{Build, Builder, Context};
use crate::sandbox::policy::dockerfile::{BaseImage, Bases, Reading};
use crate::sandbox::policy::frontend;
use crate::sandbox::policy::route::Version;
use crate::sandbox::policy::rules::Outward;
use crate::text::tick;

/// What a Dockerfile's reading depends on in one build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) dockerfile: String,
    pub(super) arguments: Vec<(String, String)>,
    pub(super) contexts: Vec<String>,
    pub(super) builder: Builder,
}

impl Server {
    pub(super) async fn build(
        self: &Arc<Self>,
        mut build: Build,
        asked: Asked<'_>,
    ) -> Result<Answered, Refusal> {
        for tag in &build.tags {
            asked.note.object("image", tag.as_str());
        }
        note(asked.note, &build);
        build.platform = self.platform(&build.platform)?;
        for (name, _) in &build.arguments {
            frontend::argument_allowed(name)?;
        }
        let facts = Facts {
            dockerfile: context::dockerfile_name(&build.dockerfile)?,
            arguments: build
                .arguments
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), value.clone()?)))
                .collect(),
            contexts: Vec::new(),
            builder: build.builder,
        };
        let before = self.all_images().await?;
        let session = self.session_name(&build.session);
        if build.context != Context::Body {
            if build.builder != Builder::BuildKit || build.session.is_empty() {
                return Err(Refusal::unreadable(
                    "a build's files by a session it has not",
                ));
            }
            self.builds.expect(&session, facts.clone());
        }
        // Older engines' answers do not say what was made.
        let version = asked.version.max(Version(1, 30));
        let ask = self.build_query(&build, &session).await?.version(version);
        // Older clients send a tar in a request of its own, and say how to read it in another.
        let upload_alone = build.build_id.starts_with(UPLOAD);
        let later = build.remote == "upload-request";
        let half = format!("build {}", build.build_id.trim_start_matches(UPLOAD));
        if later {
            self.builds.expect(&half, facts.clone());
        }
        let facts = match upload_alone {
            true => self.builds.facts(&half).await?,
            false => facts,
        };
        let (ask, refusal) = match build.context {
            Context::Body if !later => {
                let body = asked.request.into_body();
                let (body, refusal) = self.checked_context(body, facts);
                (ask.bytes("application/x-tar", body), Some(refusal))
            }
            _ => (ask, None),
        };
        let server = self.clone();
        let sent = async move {
            let sent = server.send(ask).await;
            // The one who read the files knows better than the engine why they ended.
            if let Some(refusal) = refusal
                && let Ok(Some(refusal)) = refusal.await
            {
                return Err(refusal);
            }
            sent
        };
        if upload_alone {
            return self.shown(asked.seat, sent.await?).await;
        }
        let mut heard = Heard {
            server: self.clone(),
            seat: asked.seat,
            before,
            // The steps of a quiet build must be heard here all the same: what they leave is nowhere else.
            held: is_hushed(&build).then(Held::default),
        };
        self.heard_out(sent, move |line| heard.line(line)).await
    }

    /// A session's name on the engine: a client that guesses another's finds nothing.
    pub(super) fn session_name(&self, session: &str) -> String {
        match session {
            "" => String::new(),
            session => format!("{}{session}", self.namespace()),
        }
    }

    /// A word that is this sandbox's alone and tells nothing of its token.
    pub(super) fn namespace(&self) -> String {
        self.names.namespace()
    }

    async fn build_query(&self, build: &Build, session: &str) -> Result<Ask, Refusal> {
        let mut ask = Ask::post(&[Word::Is("build")])
            .text("dockerfile", &build.dockerfile)
            .flag("q", build.quiet && !is_hushed(build))
            .flag("nocache", build.no_cache)
            .yes_or_no("rm", build.remove.unwrap_or(true))
            // A step's container carries no label of ours: it goes with the step.
            .flag("forcerm", true)
            .text("target", &build.target);
        for tag in &build.tags {
            let (repository, tag) = self.place(tag, "")?;
            ask = ask.text("t", &format!("{repository}:{tag}"));
        }
        let mut arguments: BTreeMap<&str, Option<&str>> = build
            .arguments
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_deref()))
            .collect();
        let namespace = self.namespace();
        let closed = self.rules.outward == Outward::Closed || build.network == "none";
        match build.builder {
            Builder::Classic => {
                let network = match closed {
                    true => "none".to_owned(),
                    false => self.bridge().await?.id.as_str().to_owned(),
                };
                ask = ask.text("networkmode", &network);
                ask = self.limited(ask);
            }
            Builder::BuildKit => {
                ask = ask
                    .text("version", "2")
                    .text("networkmode", if closed { "none" } else { "" })
                    .text("session", session)
                    .text("buildid", &self.build_id(&build.build_id))
                    .text("remote", &build.remote)
                    .text("outputs", &outputs(&build.outputs)?);
                // Cache mounts are shared by all builds of an engine, but for this.
                arguments.insert("BUILDKIT_CACHE_MOUNT_NS", Some(&namespace));
            }
        }
        let labels: BTreeMap<&str, &str> = build
            .labels
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        for host in &build.extra_hosts {
            ask = ask.text("extrahosts", host);
        }
        if let Some(size) = build.shm_size.filter(|size| *size > 0) {
            let most = i64::try_from(self.rules.ceiling.memory).unwrap_or(i64::MAX);
            ask = ask.number("shmsize", if most > 0 { size.min(most) } else { size });
        }
        let text = |map: &dyn Fn() -> String, empty: bool| match empty {
            true => String::new(),
            false => map(),
        };
        let arguments_text = text(&|| json!(arguments).to_string(), arguments.is_empty());
        let labels_text = text(&|| json!(labels).to_string(), labels.is_empty());
        Ok(ask
            .text("buildargs", &arguments_text)
            .text("labels", &labels_text))
    }

    /// The classic builder's steps are containers, and have their limits.
    fn limited(&self, mut ask: Ask) -> Ask {
        const PERIOD: i64 = 100_000;
        let ceiling = &self.rules.ceiling;
        if let Ok(memory) = i64::try_from(ceiling.memory)
            && memory > 0
        {
            ask = ask.number("memory", memory).number("memswap", memory);
        }
        if ceiling.nano_cpus > 0 {
            let quota = i64::try_from(ceiling.nano_cpus / 10_000).unwrap_or(i64::MAX);
            ask = ask.number("cpuperiod", PERIOD).number("cpuquota", quota);
        }
        ask
    }

    fn build_id(&self, id: &str) -> String {
        match (id, id.strip_prefix(UPLOAD)) {
            ("", _) => String::new(),
            (_, Some(id)) => format!("{UPLOAD}{}{id}", self.namespace()),
            (id, None) => format!("{}{id}", self.namespace()),
        }
    }

    pub(super) async fn cancel_build(
        &self,
        id: &str,
        asked: Asked<'_>,
    ) -> Result<Answered, Refusal> {
        let ask = Ask::post(&[Word::Is("build"), Word::Is("cancel")])
            .version(asked.version)
            .text("id", &self.build_id(id));
        self.done(ask).await
    }

    /// Copies a context on a thread of its own; the other end says why, where it may not be built.
    fn checked_context(
        self: &Arc<Self>,
        body: Body,
        facts: Facts,
    ) -> (Body, oneshot::Receiver<Option<Refusal>>) {
        let input = archive::reader(body);
        self.checked_tar(input, facts)
    }

    /// The same for any tar.
    pub(super) fn checked_tar(
        self: &Arc<Self>,
        input: impl io::Read + Send + 'static,
        facts: Facts,
    ) -> (Body, oneshot::Receiver<Option<Refusal>>) {
        let server = self.clone();
        let runtime = tokio::runtime::Handle::current();
        archive::rewritten(input, move |input, output| {
            context::copied(input, output, &facts.dockerfile, |text| {
                runtime.block_on(server.rewritten(text, &facts))
            })
        })
    }

    /// A Dockerfile as it may be sent.
    pub(super) async fn rewritten(&self, text: &str, facts: &Facts) -> Result<String, Refusal> {
        let reading = Reading {
            arguments: &facts.arguments,
            contexts: &facts.contexts,
            release: self.engine.info().release(),
            is_classic: facts.builder == Builder::Classic,
            downloads: self.rules.downloads,
        };
        let mut found = Bases::new();
        for written in reading.images(text)? {
            let base = self.base(&written).await?;
            found.insert(written, base);
        }
        reading.rewritten(text, &found)
    }

    /// The image that a build starts from, taken in where the course has it.
    pub(super) async fn base(&self, written: &str) -> Result<BaseImage, Refusal> {
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "PascalCase", default)]
        struct Found {
            config: Option<Config>,
        }
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "PascalCase", default)]
        struct Config {
            on_build: Option<Vec<String>>,
            env: Option<Vec<String>>,
        }
        let image = match self.image(written).await {
            Err(refusal) if refusal.status == 404 => {
                self.take_in(written).await?;
                self.image(written).await?
            }
            other => other?,
        };
        let ask = Ask::get(&[
            Word::Is("images"),
            Word::Image(&image.name),
            Word::Is("json"),
        ]);
        let found: Found = self.fetch(ask).await?;
        let config = found.config.unwrap_or_default();
        let pair = |text: String| {
            let (name, value) = text.split_once('=').unwrap_or((&text, ""));
            (name.to_owned(), value.to_owned())
        };
        Ok(BaseImage {
            name: image.name.as_str().to_owned(),
            triggers: config.on_build.unwrap_or_default(),
            environment: config.env.into_iter().flatten().map(pair).collect(),
        })
    }

    /// The ids of all images on the engine, those without a name too.
    pub(super) async fn all_images(&self) -> Result<BTreeSet<String>, Refusal> {
        #[derive(Deserialize)]
        struct Listed {
            #[serde(rename = "Id")]
            id: String,
        }
        let ask = Ask::get(&[Word::Is("images"), Word::Is("json")]).flag("all", true);
        let listed: Vec<Listed> = self.fetch(ask).await?;
        Ok(listed.into_iter().map(|image| image.id).collect())
    }

    /// Notes the image that a build has ended with.
    pub(super) fn built(&self, id: &str, before: &BTreeSet<String>) {
        match before.contains(id) {
            true => self.made.see(id),
            false => self.made.add(id),
        }
    }
}

/// A quiet build that the sandbox hushes itself.
fn is_hushed(build: &Build) -> bool {
    build.quiet && build.builder == Builder::Classic
}

/// What a build says, as it is heard.
struct Heard {
    server: Arc<Server>,
    seat: Seat,
    before: BTreeSet<String>,
    held: Option<Held>,
}

/// What a quiet build has said: nobody hears it but where it fails.
#[derive(Default)]
struct Held {
    said: BytesMut,
    image: Option<String>,
}

/// Of a quiet build that fails, this much is heard.
const HELD_LIMIT: usize = 4 << 20;

impl Heard {
    fn line(&mut self, line: Option<Value>) -> Option<Bytes> {
        let Some(mut line) = line else {
            let image = self.held.take()?.image?;
            return Some(answer::written(&json!({"stream": format!("{image}\n")})));
        };
        self.note(&line);
        untrace(&self.server, &mut line);
        answer::unmangle(&self.server.names, self.seat, &mut line);
        let text = answer::written(&line);
        let Some(held) = &mut self.held else {
            return Some(text);
        };
        if line.get("errorDetail").is_some() {
            let mut said = std::mem::take(&mut held.said);
            said.extend_from_slice(&text);
            self.held = None;
            return Some(said.freeze());
        }
        if let Some(id) = line["aux"]["ID"].as_str() {
            held.image = Some(id.to_owned());
        }
        if held.said.len() + text.len() <= HELD_LIMIT {
            held.said.extend_from_slice(&text);
        }
        None
    }

    /// Notes what the build has made. Only the last image of a stage is the learner's to see: the builder names it apart
    /// from what steps print.
    fn note(&self, line: &Value) {
        if let Some(id) = line["aux"]["ID"].as_str() {
            self.server.built(id, &self.before);
        }
        let step = line["stream"].as_str().unwrap_or_default();
        let short = step
            .strip_prefix(" ---> ")
            .map(str::trim_end)
            .filter(|id| id.len() == 12 && crate::sandbox::policy::text::is_hex(id));
        if let Some(short) = short {
            let was_there = self
                .before
                .iter()
                .any(|id| id.trim_start_matches("sha256:").starts_with(short));
            if !was_there {
                self.server.made.add_hidden(short);
            }
        }
    }
}

const UPLOAD: &str = "upload-request:";

/// Where older clients send a build's result: `[{"Type":"local","Attrs":{}}]`.
fn outputs(written: &str) -> Result<String, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "PascalCase")]
    struct Output {
        r#type: String,
        attrs: Option<HashMap<String, String>>,
    }
    if written.is_empty() {
        return Ok(String::new());
    }
    let read: Vec<Output> = crate::sandbox::policy::json::read(written.as_bytes())?;
    let mut sent = Vec::new();
    for output in read {
        if output.r#type == "cacheonly" {
            sent.push(json!({"Type": "cacheonly"}));
            continue;
        }
        let export = frontend::export(&output.r#type, output.attrs.unwrap_or_default())?;
        if !export.names.is_empty() {
            return Err(Refusal::not_allowed(
                format!("an output with a name, {}", tick(&export.names.join(","))),
                "name the image with `--tag`",
            ));
        }
        sent.push(json!({"Type": export.kind, "Attrs": export.attributes}));
    }
    Ok(json!(sent).to_string())
}

/// BuildKit's progress comes as a message within a line.
fn untrace(server: &Server, line: &mut Value) {
    if line["id"] != "moby.buildkit.trace" {
        return;
    }
    let Some(text) = line["aux"].as_str() else {
        return;
    };
    if let Ok(message) = STANDARD.decode(text) {
        let shown = buildkit::progress_shown(&server.names, &message);
        line["aux"] = json!(STANDARD.encode(shown));
    }
}

fn note(note: &mut super::serve::Note, build: &Build) {
    let flags = [
        ("file", &build.dockerfile),
        ("target", &build.target),
        ("platform", &build.platform),
        ("network", &build.network),
    ];
    for (flag, value) in flags {
        if !value.is_empty() {
            note.flag(flag, value.as_str());
        }
    }
    note.switch("no-cache", build.no_cache);
    note.switch("pull", build.pull);
    note.switch("quiet", build.quiet);
    for (name, _) in &build.arguments {
        note.flag("build-arg", name.as_str());
    }
}

/// Writes into a channel.
pub(super) struct Pieces(pub(super) mpsc::Sender<io::Result<Frame<Bytes>>>);

impl io::Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let frame = Frame::data(Bytes::copy_from_slice(bytes));
        self.0
            .blocking_send(Ok(frame))
            .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
