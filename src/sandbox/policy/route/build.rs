//! A build's query.

use super::super::Refusal;
use super::super::call::{Build, Builder, Context};
use super::super::container;
use super::super::json::{self, Unique};
use super::super::query::Query;
use super::super::text::is_object_name;
use crate::text::{inert_line, tick};

pub(super) fn build(query: &mut Query) -> Result<Build, Refusal> {
    let builder = match query.text("version")?.as_str() {
        "" | "1" => Builder::Classic,
        "2" => Builder::BuildKit,
        other => {
            return Err(Refusal::engine(
                400,
                format!("invalid version \"{}\"", inert_line(other)),
            ));
        }
    };
    query.without("securityopt", "security options of a build")?;
    query.without("cgroupparent", "a cgroup parent")?;
    query.without("isolation", "an isolation of its own")?;
    if query.flag("squash")? {
        return Err(Refusal::not_allowed("squashing", "use a build in stages"));
    }
    let ulimits = query.text("ulimits")?;
    if !matches!(ulimits.as_str(), "" | "null" | "[]") {
        return Err(Refusal::not_allowed(
            "limits of a build",
            "leave out `--ulimit`",
        ));
    }
    // Limits of a build's steps: the sandbox sets its own.
    for key in [
        "memswap",
        "cpushares",
        "cpuperiod",
        "cpuquota",
        "cpusetcpus",
        "cpusetmems",
    ] {
        query.text(key)?;
    }
    let remote = query.text("remote")?;
    Ok(Build {
        builder,
        context: context(&remote)?,
        remote,
        dockerfile: query.text("dockerfile")?,
        tags: query.many("t"),
        quiet: query.flag("q")?,
        no_cache: query.flag("nocache")?,
        pull: query.flag("pull")?,
        remove: query.flag_or_none("rm")?,
        force_remove: query.flag("forcerm")?,
        target: query.text("target")?,
        platform: query.text("platform")?,
        network: build_network(query.text("networkmode")?)?,
        arguments: pairs::<Option<String>>(query, "buildargs")?,
        labels: labels(query)?,
        cache_from: match query.filled("cachefrom")? {
            None => Vec::new(),
            Some(text) => json::read::<Option<Vec<String>>>(text.as_bytes())?.unwrap_or_default(),
        },
        extra_hosts: extra_hosts(query)?,
        shm_size: query.number("shmsize")?,
        memory: query.number("memory")?,
        session: {
            let session = query.text("session")?;
            if !session.is_empty() && !is_object_name(&session) {
                return Err(Refusal::unreadable("the build's session"));
            }
            session
        },
        build_id: build_id(query.text("buildid")?)?,
        outputs: query.text("outputs")?,
    })
}

fn context(remote: &str) -> Result<Context, Refusal> {
    const UPLOAD: &str = "http://buildkit-session/";
    // Older clients send the files in a request of their own, to be waited for.
    if matches!(remote, "" | "upload-request") {
        return Ok(Context::Body);
    }
    if remote == "client-session" {
        return Ok(Context::Session);
    }
    match remote.strip_prefix(UPLOAD) {
        Some(id) if is_object_name(id) => Ok(Context::Upload(id.to_owned())),
        _ => Err(Refusal::not_allowed(
            format!("a build from {}", tick(remote)),
            "fetch its files first, then build the folder",
        )),
    }
}

/// `ID`, `upload-request:ID`.
fn build_id(id: String) -> Result<String, Refusal> {
    let word = id.strip_prefix("upload-request:").unwrap_or(&id);
    match word.is_empty() || is_object_name(word) {
        true => Ok(id),
        false => Err(Refusal::unreadable("the build's id")),
    }
}

/// `none` and the default; the host's network is never there.
fn build_network(mode: String) -> Result<String, Refusal> {
    match mode.as_str() {
        "" | "default" | "bridge" => Ok(String::new()),
        "none" => Ok(mode),
        other => Err(Refusal::not_allowed(
            format!("a build in the network {}", tick(other)),
            "leave out `--network`, or say `none`",
        )),
    }
}

fn pairs<V: serde::de::DeserializeOwned>(
    query: &mut Query,
    key: &str,
) -> Result<Vec<(String, V)>, Refusal> {
    let Some(text) = query.filled(key)? else {
        return Ok(Vec::new());
    };
    let read: Option<Unique<V>> = json::read(text.as_bytes())?;
    Ok(read.unwrap_or_default().0.into_iter().collect())
}

fn labels(query: &mut Query) -> Result<Vec<(String, String)>, Refusal> {
    let labels = pairs::<String>(query, "labels")?;
    container::no_own_labels(labels.iter().map(|(key, _)| key))?;
    Ok(labels)
}

/// The CLI repeats the key, compose v1 sends one JSON object.
fn extra_hosts(query: &mut Query) -> Result<Vec<String>, Refusal> {
    let values = query.many("extrahosts");
    match values.as_slice() {
        [one] if one.starts_with('{') => {
            let read: Unique<String> = json::read(one.as_bytes())?;
            let pair = |(host, address)| format!("{host}:{address}");
            Ok(read.0.into_iter().map(pair).collect())
        }
        [one] if one == "null" => Ok(Vec::new()),
        _ => Ok(values),
    }
}
