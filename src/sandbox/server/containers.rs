//! Containers that are there: listed, looked at, started, stopped, talked to, removed.

use hyper::Request;
use hyper::header;
use serde_json::Value;

use super::answer::{self, Answered};
use super::ask::{Ask, Upgrade, Word};
use super::own::{ContainerId, OwnContainer};
use super::patterns::Patterns;
use super::serve::{Asked, Note};
use super::stream::{self, Body};
use super::{Seat, Server, portrait, tunnel};
use crate::engine::{LOOK_LABEL, LOOKS};
use crate::sandbox::policy::call::{
    Attach, ContainerList, Logs, OnContainer, OnExec, PutPath, Stop,
};
use crate::sandbox::policy::container::update;
use crate::sandbox::policy::filters::Filters;
use crate::sandbox::policy::rules::Binds;
use crate::sandbox::policy::text::is_hex;
use crate::sandbox::policy::{Refusal, exec};

fn words<'a>(id: &'a ContainerId, act: &'static str) -> [Word<'a>; 3] {
    [Word::Is("containers"), Word::Container(id), Word::Is(act)]
}

impl Server {
    pub(super) async fn list_containers(
        &self,
        list: ContainerList,
        asked: Asked<'_>,
    ) -> Result<Answered, Refusal> {
        asked.note.switch("all", list.all);
        let ContainerList {
            all,
            size,
            limit,
            mut filters,
        } = list;
        for (key, value) in filters.pairs() {
            asked.note.flag("filter", format!("{key}={value}"));
        }
        let patterns = Patterns::of(&filters.take("name"));
        let Some(mut filters) = self.own_filters(filters).await? else {
            return Ok(answer::json(200, &Value::Array(Vec::new())));
        };
        filters.add("label", self.own_label());
        let mut ask = Ask::get(&[Word::Is("containers"), Word::Is("json")])
            .version(asked.version)
            .flag("all", all)
            .flag("size", size)
            .text("filters", &filters.written());
        // Names are matched here, and only then counted.
        if let Some(limit) = limit.filter(|_| patterns.match_all()) {
            ask = ask.number("limit", limit);
        }
        let reply = self.send(ask).await?;
        let seat = asked.seat;
        self.shown_after(seat, reply, |value| {
            let Value::Array(listed) = value else { return };
            listed.retain(|one| {
                let names = one["Names"].as_array();
                let own = |name: &Value| {
                    let name = name.as_str().unwrap_or_default();
                    let own = self.names.own_object(name.trim_start_matches('/'));
                    own.is_some_and(|name| patterns.match_name(name))
                };
                one["Labels"][LOOK_LABEL] != LOOKS
                    && names.is_some_and(|names| names.iter().any(own))
            });
            let limit = limit.and_then(|limit| usize::try_from(limit).ok());
            if let Some(limit) = limit.filter(|limit| *limit > 0) {
                listed.truncate(limit);
            }
            for one in listed {
                portrait::mounts(one, |source| self.origin(source));
                if seat == Seat::Learner {
                    portrait::listed(one, &self.names, self.rules.publish);
                }
            }
        })
        .await
    }

    /// What something of a carried workspace was asked for as.
    fn origin(&self, source: &str) -> Option<String> {
        let Binds::Carried(workspace) = &self.rules.binds else {
            return None;
        };
        let below = self.carried.get()?.origin(source)?;
        // Joined with nothing, a path would end in a slash.
        let path = match below.as_os_str().is_empty() {
            true => workspace.clone(),
            false => workspace.join(below),
        };
        Some(path.display().to_string())
    }

    /// The filters in the engine's names; `None` where nothing can match.
    async fn own_filters(&self, mut filters: Filters) -> Result<Option<Filters>, Refusal> {
        filters.change("volume", |name| {
            match name.starts_with('/') || is_hex(name) {
                true => name.to_owned(),
                false => self.names.object(name),
            }
        });
        for key in ["before", "since"] {
            for name in filters.take(key) {
                let container = self.container(&name).await?;
                filters.add(key, container.id.as_str());
            }
        }
        let networks = filters.take("network");
        let ancestors = filters.take("ancestor");
        let (some_network, some_ancestor) = (!networks.is_empty(), !ancestors.is_empty());
        for name in networks {
            if let Ok(network) = self.network(&name).await {
                filters.add("network", network.id.as_str());
            }
        }
        for name in ancestors {
            if let Ok(image) = self.image(&name).await {
                filters.add("ancestor", image.id);
            }
        }
        let nothing = some_network && filters.get("network").is_empty()
            || some_ancestor && filters.get("ancestor").is_empty();
        Ok((!nothing).then_some(filters))
    }

    pub(super) async fn on_container(
        self: &std::sync::Arc<Self>,
        name: &str,
        act: OnContainer,
        asked: Asked<'_>,
    ) -> Result<Answered, Refusal> {
        let own = match self.container(name).await {
            Ok(own) => own,
            Err(refusal) => {
                asked.note.object("container", name);
                return Err(match act {
                    OnContainer::Kill { .. } if refusal.status == 404 => Refusal {
                        // With a capital on 20.10, without on 28.
                        message: match self.engine.info().major {
                            ..27 => format!("Cannot kill container: {name}: {}", refusal.message),
                            _ => format!("cannot kill container: {name}: {}", refusal.message),
                        },
                        ..refusal
                    },
                    _ => refusal,
                });
            }
        };
        asked.note.object("container", own.name.as_str());
        let id = &own.called;
        let version = asked.version;
        match act {
            OnContainer::Inspect { size } => {
                let ask = Ask::get(&words(id, "json")).flag("size", size);
                let reply = self.send(ask.version(version)).await?;
                let seat = asked.seat;
                self.shown_after(seat, reply, |value| {
                    portrait::mounts(value, |source| self.origin(source));
                    if seat == Seat::Learner {
                        portrait::inspected(value, &self.names, self.rules.publish);
                    }
                })
                .await
            }
            OnContainer::Top { arguments } => {
                let ask = Ask::get(&words(id, "top")).text("ps_args", &arguments);
                let reply = self.send(ask.version(version)).await?;
                Ok(answer::passed(reply))
            }
            OnContainer::Logs(logs) => self.logs(&own, logs, asked).await,
            OnContainer::Changes => {
                let reply = self
                    .send(Ask::get(&words(id, "changes")).version(version))
                    .await?;
                Ok(answer::passed(reply))
            }
            OnContainer::Export => {
                let reply = self
                    .send(Ask::get(&words(id, "export")).version(version))
                    .await?;
                Ok(answer::passed(reply))
            }
            OnContainer::Stats { stream, one_shot } => {
                asked.note.switch("no-stream", !stream);
                let ask = Ask::get(&words(id, "stats"))
                    .yes_or_no("stream", stream)
                    .flag("one-shot", one_shot);
                let reply = self.send(ask.version(version)).await?;
                Ok(self.shown_lines(reply))
            }
            OnContainer::Resize { height, width } => {
                let ask = Ask::post(&words(id, "resize"))
                    .number("h", height)
                    .number("w", width);
                self.done(ask.version(version)).await
            }
            OnContainer::Start { detach_keys } => {
                no_body(asked.request).await?;
                self.has_its_network(&own).await?;
                let ask = Ask::post(&words(id, "start")).text("detachKeys", &detach_keys);
                match self.send(ask.version(version)).await {
                    Ok(reply) => Ok(answer::status(reply.status.as_u16())),
                    Err(refusal) => Err(self.explained(&own, refusal).await),
                }
            }
            OnContainer::Stop(stop) => {
                self.done(stopping("stop", id, stop, asked.note).version(version))
                    .await
            }
            OnContainer::Restart(stop) => {
                self.has_its_network(&own).await?;
                let ask = stopping("restart", id, stop, asked.note).version(version);
                match self.done(ask).await {
                    Err(refusal) => Err(self.explained(&own, refusal).await),
                    done => done,
                }
            }
            OnContainer::Kill { signal } => {
                if !signal.is_empty() {
                    asked.note.flag("signal", signal.as_str());
                }
                self.done(
                    Ask::post(&words(id, "kill"))
                        .text("signal", &signal)
                        .version(version),
                )
                .await
            }
            OnContainer::Update => {
                let body = stream::request(asked.request.into_body()).await?;
                let body = update(&body, &self.rules)?;
                let ask = Ask::post(&words(id, "update")).json(&body).version(version);
                let reply = self.send(ask).await?;
                self.shown(asked.seat, reply).await
            }
            OnContainer::Rename { name } => {
                asked.note.object("container", name.as_str());
                let ask = Ask::post(&words(id, "rename")).text("name", &self.names.object(&name));
                self.done(ask.version(version)).await
            }
            OnContainer::Pause => {
                self.done(Ask::post(&words(id, "pause")).version(version))
                    .await
            }
            OnContainer::Unpause => {
                self.done(Ask::post(&words(id, "unpause")).version(version))
                    .await
            }
            OnContainer::Attach(attach) => self.attach(&own, attach, asked).await,
            OnContainer::Wait { condition } => {
                let ask = Ask::post(&words(id, "wait")).text("condition", &condition);
                let reply = self.send(ask.version(version)).await?;
                Ok(answer::passed(reply))
            }
            OnContainer::Remove {
                volumes,
                force,
                link,
            } => {
                asked.note.switch("force", force);
                asked.note.switch("volumes", volumes);
                if link {
                    return Err(Refusal::not_allowed(
                        "removing a link",
                        "remove the container: links between containers are an old way, networks have replaced them",
                    ));
                }
                let ask = Ask::delete(&[Word::Is("containers"), Word::Container(id)])
                    .flag("v", volumes)
                    .flag("force", force);
                self.done(ask.version(version)).await
            }
            OnContainer::StatPath { path } => {
                let ask = Ask::head(&words(id, "archive")).text("path", &path);
                let reply = self.send(ask.version(version)).await?;
                Ok(answer::passed(reply))
            }
            OnContainer::GetPath { path } => {
                asked.note.flag("path", path.as_str());
                let ask = Ask::get(&words(id, "archive")).text("path", &path);
                let reply = self.send(ask.version(version)).await?;
                Ok(answer::passed(reply))
            }
            OnContainer::PutPath(put) => {
                let PutPath {
                    path,
                    no_overwrite,
                    copy_owner,
                } = put;
                asked.note.flag("path", path.as_str());
                let ask = Ask::put(&words(id, "archive"))
                    .text("path", &path)
                    .flag("noOverwriteDirNonDir", no_overwrite)
                    .flag("copyUIDGID", copy_owner)
                    .bytes("application/x-tar", asked.request.into_body());
                self.done(ask.version(version)).await
            }
            OnContainer::CreateExec => self.create_exec(&own, asked).await,
        }
    }

    /// Makes the default network again where somebody has pruned it and a container of it is to start.
    async fn has_its_network(&self, own: &OwnContainer) -> Result<(), Refusal> {
        if portrait::is_in_default_network(&own.labels) {
            self.bridge().await?;
        }
        Ok(())
    }

    /// Sends what answers with a status alone.
    pub(super) async fn done(&self, ask: Ask) -> Result<Answered, Refusal> {
        let reply = self.send(ask).await?;
        Ok(answer::status(reply.status.as_u16()))
    }

    async fn logs(
        &self,
        own: &OwnContainer,
        logs: Logs,
        asked: Asked<'_>,
    ) -> Result<Answered, Refusal> {
        let Logs {
            follow,
            stdout,
            stderr,
            since,
            until,
            timestamps,
            details,
            tail,
        } = logs;
        asked.note.switch("follow", follow);
        asked.note.switch("timestamps", timestamps);
        for (flag, value) in [("since", &since), ("until", &until), ("tail", &tail)] {
            if !value.is_empty() {
                asked.note.flag(flag, value.as_str());
            }
        }
        let ask = Ask::get(&words(&own.called, "logs"))
            .flag("follow", follow)
            .flag("stdout", stdout)
            .flag("stderr", stderr)
            .text("since", &since)
            .text("until", &until)
            .flag("timestamps", timestamps)
            .flag("details", details)
            .text("tail", &tail);
        let reply = self.send(ask.version(asked.version)).await?;
        Ok(answer::passed(reply))
    }

    async fn attach(
        &self,
        own: &OwnContainer,
        attach: Attach,
        mut asked: Asked<'_>,
    ) -> Result<Answered, Refusal> {
        let Attach {
            detach_keys,
            logs,
            stream,
            stdin,
            stdout,
            stderr,
        } = attach;
        asked.note.switch("stdin", stdin);
        let (client, upgrade) = upgrade(&mut asked.request);
        let ask = Ask::post(&words(&own.called, "attach"))
            .text("detachKeys", &detach_keys)
            .flag("logs", logs)
            .flag("stream", stream)
            .flag("stdin", stdin)
            .flag("stdout", stdout)
            .flag("stderr", stderr)
            .upgrade(upgrade);
        let reply = self.send(ask.version(asked.version)).await?;
        tunnel::joined((&self.tasks, asked.seat), client, reply)
    }

    async fn create_exec(&self, own: &OwnContainer, asked: Asked<'_>) -> Result<Answered, Refusal> {
        let body = stream::request(asked.request.into_body()).await?;
        let body = exec::create(&body)?;
        for word in body.cmd.iter().flat_map(|cmd| &cmd.0) {
            asked.note.flag("command", word.as_str());
        }
        asked.note.switch("tty", body.tty == Some(true));
        asked
            .note
            .switch("interactive", body.attach_stdin == Some(true));
        for (flag, value) in [("user", &body.user), ("workdir", &body.working_dir)] {
            if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
                asked.note.flag(flag, value);
            }
        }
        note_env(asked.note, body.env.as_deref().unwrap_or_default());
        let ask = Ask::post(&words(&own.called, "exec")).json(&body);
        let reply = self.send(ask.version(asked.version)).await?;
        self.shown(asked.seat, reply).await
    }

    pub(super) async fn on_exec(
        &self,
        id: &str,
        act: OnExec,
        mut asked: Asked<'_>,
    ) -> Result<Answered, Refusal> {
        let (exec, container) = self.exec(id).await?;
        asked.note.object("container", container.name.as_str());
        let path = |act| [Word::Is("exec"), Word::Exec(&exec), Word::Is(act)];
        match act {
            OnExec::Inspect => {
                let reply = self
                    .send(Ask::get(&path("json")).version(asked.version))
                    .await?;
                self.shown(asked.seat, reply).await
            }
            OnExec::Resize { height, width } => {
                let ask = Ask::post(&path("resize"))
                    .number("h", height)
                    .number("w", width);
                self.done(ask.version(asked.version)).await
            }
            OnExec::Start => {
                let (client, upgrade) = upgrade(&mut asked.request);
                let body = stream::request(asked.request.into_body()).await?;
                let start = exec::start(&body)?;
                asked.note.switch("detach", start.detach == Some(true));
                let ask = Ask::post(&path("start"))
                    .json(&start)
                    .upgrade(upgrade.filter(|_| start.detach != Some(true)));
                let reply = self.send(ask.version(asked.version)).await?;
                tunnel::joined((&self.tasks, asked.seat), client, reply)
            }
        }
    }

    pub(super) async fn prune_containers(
        &self,
        filters: Filters,
        asked: Asked<'_>,
    ) -> Result<Answered, Refusal> {
        let mut deleted = Vec::new();
        for own in self.containers().await? {
            if own.is_look() || !super::prune::matches(&filters, &own.labels, own.created)? {
                continue;
            }
            // The engine removes none that runs, unforced. Its list may still call running what has just ended.
            let ask = Ask::delete(&[Word::Is("containers"), Word::Container(&own.id)]);
            if self.send(ask).await.is_ok() {
                asked.note.object("container", own.name.as_str());
                deleted.push(Value::from(own.id.as_str()));
            }
        }
        let deleted = match deleted.is_empty() {
            true => Value::Null,
            false => Value::Array(deleted),
        };
        let report = serde_json::json!({"ContainersDeleted": deleted, "SpaceReclaimed": 0});
        Ok(answer::json(200, &report))
    }
}

fn stopping(act: &'static str, id: &ContainerId, stop: Stop, note: &mut Note) -> Ask {
    let Stop { signal, seconds } = stop;
    let mut ask = Ask::post(&words(id, act)).text("signal", &signal);
    if let Some(seconds) = seconds {
        note.flag("time", seconds.to_string());
        ask = ask.number("t", seconds);
    }
    ask
}

/// The client's connection, where it asks to take it over.
pub(super) fn upgrade(
    request: &mut Request<Body>,
) -> (Option<hyper::upgrade::OnUpgrade>, Option<Upgrade>) {
    let wanted = request
        .headers()
        .get(header::UPGRADE)
        .and_then(|value| value.to_str().ok())
        .map(str::to_ascii_lowercase);
    match wanted.as_deref() {
        Some("tcp") => (Some(hyper::upgrade::on(request)), Some(Upgrade::Tcp)),
        Some("h2c") => (Some(hyper::upgrade::on(request)), Some(Upgrade::H2c)),
        _ => (None, None),
    }
}

/// A call without a body: an engine of old would read a host configuration there.
async fn no_body(request: Request<Body>) -> Result<(), Refusal> {
    let body = stream::request(request.into_body()).await?;
    match body.trim_ascii() {
        b"" | b"{}" | b"null" => Ok(()),
        _ => Err(Refusal::unreadable("this call has no body")),
    }
}

/// The names of environment variables: their values may be secret.
pub(super) fn note_env(note: &mut Note, env: &[String]) {
    for pair in env {
        note.flag("env", pair.split('=').next().unwrap_or_default());
    }
}
