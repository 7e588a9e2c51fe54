//! Calls on one object: a container, an exec, an image, a network.

use super::super::Refusal;
use super::super::call::{Attach, Call, Logs, OnContainer, OnExec, OnImage, OnNetwork, PutPath};
use super::super::query::Query;
use super::super::text::{decoded, is_id, is_object_name};
use super::super::top;
use super::lists::{stop, window};
use super::{Line, unknown};
use crate::text::inert_line;

/// The name in a path; what is no name at all is the name of nothing.
pub(super) fn object(word: &str, missing: impl Fn(&str) -> Refusal) -> Result<String, Refusal> {
    let name = decoded(word)?;
    match is_object_name(&name) {
        true => Ok(name),
        false => Err(missing(&inert_line(&name))),
    }
}

pub(super) fn no_volume(name: &str) -> Refusal {
    Refusal::engine(404, format!("get {}: no such volume", inert_line(name)))
}

pub(super) fn on_container(
    line: Line<'_>,
    method: &str,
    rest: &[&str],
    query: &mut Query,
) -> Result<OnContainer, Refusal> {
    Ok(match (method, rest) {
        ("GET", ["json"]) => OnContainer::Inspect {
            size: query.flag("size")?,
        },
        ("GET", ["top"]) => {
            let arguments = query.text("ps_args")?;
            top::allowed(&arguments)?;
            OnContainer::Top { arguments }
        }
        ("GET", ["logs"]) => OnContainer::Logs(Logs {
            follow: query.flag("follow")?,
            stdout: query.flag("stdout")?,
            stderr: query.flag("stderr")?,
            since: query.text("since")?,
            until: query.text("until")?,
            timestamps: query.flag("timestamps")?,
            details: query.flag("details")?,
            tail: query.text("tail")?,
        }),
        ("GET", ["changes"]) => OnContainer::Changes,
        ("GET", ["export"]) => OnContainer::Export,
        ("GET", ["stats"]) => OnContainer::Stats {
            stream: query.flag_or_none("stream")?.unwrap_or(true),
            one_shot: query.flag("one-shot")?,
        },
        ("POST", ["resize"]) => {
            let (height, width) = window(query)?;
            OnContainer::Resize { height, width }
        }
        ("POST", ["start"]) => {
            query.without("checkpoint", "checkpoints")?;
            query.without("checkpoint-dir", "checkpoints")?;
            OnContainer::Start {
                detach_keys: query.text("detachKeys")?,
            }
        }
        ("POST", ["stop"]) => OnContainer::Stop(stop(query)?),
        ("POST", ["restart"]) => OnContainer::Restart(stop(query)?),
        ("POST", ["kill"]) => OnContainer::Kill {
            signal: query.text("signal")?,
        },
        ("POST", ["update"]) => OnContainer::Update,
        ("POST", ["rename"]) => {
            let name = query.text("name")?;
            let name = name.strip_prefix('/').unwrap_or(&name).to_owned();
            if !is_object_name(&name) || name.len() < 2 {
                return Err(invalid_container_name(&name));
            }
            OnContainer::Rename { name }
        }
        ("POST", ["pause"]) => OnContainer::Pause,
        ("POST", ["unpause"]) => OnContainer::Unpause,
        ("POST", ["attach"]) => OnContainer::Attach(Attach {
            detach_keys: query.text("detachKeys")?,
            logs: query.flag("logs")?,
            stream: query.flag("stream")?,
            stdin: query.flag("stdin")?,
            stdout: query.flag("stdout")?,
            stderr: query.flag("stderr")?,
        }),
        ("POST", ["wait"]) => {
            let condition = query.text("condition")?;
            if !matches!(
                condition.as_str(),
                "" | "not-running" | "next-exit" | "removed"
            ) {
                let said = format!("invalid condition: \"{}\"", inert_line(&condition));
                return Err(Refusal::engine(400, said));
            }
            OnContainer::Wait { condition }
        }
        ("DELETE", []) => OnContainer::Remove {
            volumes: query.flag("v")?,
            force: query.flag("force")?,
            link: query.flag("link")?,
        },
        ("HEAD", ["archive"]) => OnContainer::StatPath {
            path: query.text("path")?,
        },
        ("GET", ["archive"]) => OnContainer::GetPath {
            path: query.text("path")?,
        },
        ("PUT", ["archive"]) => OnContainer::PutPath(PutPath {
            path: query.text("path")?,
            no_overwrite: query.flag("noOverwriteDirNonDir")?,
            copy_owner: query.flag("copyUIDGID")?,
        }),
        ("POST", ["exec"]) => OnContainer::CreateExec,
        (_, ["checkpoints", ..]) => {
            return Err(Refusal::not_allowed(
                "checkpoints",
                "stop the container instead",
            ));
        }
        // `docker inspect me/image` looks among the containers too.
        ("GET", [.., "json"]) => {
            let name = line.path.rsplit("/containers/").next().unwrap_or_default();
            let name = name.trim_end_matches("/json");
            return Err(Refusal::no_such("container", &inert_line(name)));
        }
        _ => return Err(unknown(line)),
    })
}

/// The engine's words for a name that cannot be one.
pub(in crate::sandbox) fn invalid_container_name(name: &str) -> Refusal {
    Refusal::engine(
        400,
        format!(
            "Invalid container name ({}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed",
            inert_line(name)
        ),
    )
}

pub(super) fn on_exec(
    line: Line<'_>,
    method: &str,
    id: &str,
    rest: &[&str],
    query: &mut Query,
) -> Result<Call, Refusal> {
    if !is_id(id) {
        return Err(Refusal::no_such("exec instance", &inert_line(id)));
    }
    let act = match (method, rest) {
        ("GET", ["json"]) => OnExec::Inspect,
        ("POST", ["start"]) => OnExec::Start,
        ("POST", ["resize"]) => {
            let (height, width) = window(query)?;
            OnExec::Resize { height, width }
        }
        _ => return Err(unknown(line)),
    };
    Ok(Call::Exec(id.to_owned(), act))
}

/// The name of an image may hold slashes, so that the act is the last word.
pub(super) fn on_image(
    line: Line<'_>,
    method: &str,
    rest: &[&str],
    query: &mut Query,
) -> Result<Call, Refusal> {
    let (name, act) = match (method, rest) {
        ("GET", [name @ .., "json"]) => {
            query.without("platform", "an image of another platform")?;
            let manifests = query.flag("manifests")?;
            (name, OnImage::Inspect { manifests })
        }
        ("GET", [name @ .., "history"]) => {
            query.without("platform", "an image of another platform")?;
            (name, OnImage::History)
        }
        ("GET", [name @ .., "get"]) => {
            query.without("platform", "an image of another platform")?;
            return Ok(Call::Save(vec![image(name)?]));
        }
        ("POST", [name @ .., "tag"]) => (
            name,
            OnImage::Tag {
                repository: query.text("repo")?,
                tag: query.text("tag")?,
            },
        ),
        ("POST", [name @ .., "push"]) => {
            query.without("platform", "an image of another platform")?;
            (
                name,
                OnImage::Push {
                    tag: query.text("tag")?,
                },
            )
        }
        ("DELETE", name) => {
            query.without("platforms", "an image of another platform")?;
            (
                name,
                OnImage::Remove {
                    force: query.flag("force")?,
                    no_prune: query.flag("noprune")?,
                },
            )
        }
        _ => return Err(unknown(line)),
    };
    Ok(Call::Image(image(name)?, act))
}

fn image(words: &[&str]) -> Result<String, Refusal> {
    let parts = words
        .iter()
        .map(|word| decoded(word))
        .collect::<Result<Vec<_>, _>>()?;
    let name = parts.join("/");
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-:/@".contains(c);
    let parts_fine = name.split('/').all(|part| !matches!(part, "" | "." | ".."));
    match !name.is_empty() && name.chars().all(plain) && parts_fine {
        true => Ok(name),
        false => Err(Refusal::engine(400, "invalid reference format")),
    }
}

pub(super) fn on_network(
    line: Line<'_>,
    method: &str,
    rest: &[&str],
    query: &mut Query,
) -> Result<OnNetwork, Refusal> {
    Ok(match (method, rest) {
        ("GET", []) => {
            query.text("scope")?;
            OnNetwork::Inspect {
                verbose: query.flag("verbose")?,
            }
        }
        ("DELETE", []) => OnNetwork::Remove,
        ("POST", ["connect"]) => OnNetwork::Connect,
        ("POST", ["disconnect"]) => OnNetwork::Disconnect,
        ("GET", _) => return Err(Refusal::engine(404, "network not found")),
        _ => return Err(unknown(line)),
    })
}
