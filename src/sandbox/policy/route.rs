//! A request line to a call: the path word by word, the query key by key.

use super::Refusal;
use super::call::{
    Attach, Build, Builder, Call, Commit, ContainerList, Context, CreateContainer, Events,
    ImageList, Import, Load, Logs, OnContainer, OnExec, OnImage, OnNetwork, OnVolume, Pull,
    PutPath, Stop,
};
use super::filters::Filters;
use super::json::{self, Unique};
use super::query::Query;
use super::text::{decoded, is_id, is_object_name};
use crate::text::{inert_line, tick};

/// An API version, `1.41`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sandbox) struct Version(pub(in crate::sandbox) u32, pub(in crate::sandbox) u32);

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// The oldest version that is spoken: older ones let a container's start carry a host configuration.
pub(in crate::sandbox) const OLDEST: Version = Version(1, 24);

/// The newest version whose every key has been looked at.
pub(in crate::sandbox) const NEWEST: Version = Version(1, 51);

/// A request line as it stands.
#[derive(Clone, Copy, Debug)]
pub(in crate::sandbox) struct Line<'a> {
    pub(in crate::sandbox) method: &'a str,
    pub(in crate::sandbox) path: &'a str,
    pub(in crate::sandbox) query: &'a str,
}

/// Reads a request line; `newest` is what this sandbox's engine speaks.
pub(in crate::sandbox) fn read(
    line: Line<'_>,
    newest: Version,
) -> Result<(Version, Call), Refusal> {
    let (version, words) = words(line, newest)?;
    let mut query = Query::read(line.query)?;
    let call = call(line, &words, &mut query, version)?;
    query.end()?;
    Ok((version, call))
}

fn words<'a>(line: Line<'a>, newest: Version) -> Result<(Version, Vec<&'a str>), Refusal> {
    let Some(path) = line.path.strip_prefix('/') else {
        return Err(Refusal::unreadable("its path does not begin with a slash"));
    };
    let mut words: Vec<&str> = path.split('/').collect();
    if words.iter().any(|word| matches!(*word, "" | "." | "..")) {
        return Err(Refusal::unreadable("its path has an empty part or dots"));
    }
    let given = words[0]
        .strip_prefix('v')
        .and_then(|text| text.split_once('.'))
        .and_then(|(major, minor)| Some(Version(plain(major)?, plain(minor)?)));
    let Some(version) = given else {
        return Ok((newest, words));
    };
    words.remove(0);
    if version < OLDEST {
        return Err(Refusal::engine(
            400,
            format!(
                "client version {version} is too old. Minimum supported API version is {OLDEST}, please upgrade your client to a newer version"
            ),
        ));
    }
    if version > newest {
        return Err(Refusal::engine(
            400,
            format!(
                "client version {version} is too new. Maximum supported API version is {newest}"
            ),
        ));
    }
    Ok((version, words))
}

/// A number without signs, spaces or leading zeros.
fn plain(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

fn call(
    line: Line<'_>,
    words: &[&str],
    query: &mut Query,
    version: Version,
) -> Result<Call, Refusal> {
    Ok(match (line.method, words) {
        ("GET" | "HEAD", ["_ping"]) => Call::Ping,
        ("GET", ["version"]) => Call::Version,
        ("GET", ["info"]) => Call::Info,
        ("GET", ["events"]) => Call::Events(events(query)?),
        ("GET", ["system", "df"]) => {
            query.many("type");
            query.flag("verbose")?;
            Call::DiskUsage
        }
        ("POST", ["auth"]) => Call::Login,
        ("GET", ["containers", "json"]) => Call::Containers(containers(query)?),
        ("POST", ["containers", "create"]) => Call::CreateContainer(CreateContainer {
            name: query.text("name")?,
            platform: query.text("platform")?,
        }),
        ("POST", ["containers", "prune"]) => {
            Call::PruneContainers(Filters::of(query, &["label", "label!", "until"])?)
        }
        ("POST", ["commit"]) => Call::Commit(commit(query)?),
        (method, ["containers", name, rest @ ..]) => {
            let act = on_container(line, method, rest, query)?;
            let missing = |name: &str| Refusal::no_such("container", name);
            Call::Container(object(name, missing)?, act)
        }
        (method, ["exec", id, rest @ ..]) => on_exec(line, method, id, rest, query)?,
        ("GET", ["images", "json"]) => Call::Images(images(query)?),
        ("POST", ["images", "prune"]) => Call::PruneImages(Filters::of(
            query,
            &["dangling", "label", "label!", "until"],
        )?),
        ("POST", ["images", "create"]) => pull_or_import(query)?,
        ("POST", ["images", "load"]) => {
            query.without("platform", "an image of another platform")?;
            Call::Load(Load {
                quiet: query.flag_or_none("quiet")?.unwrap_or(true),
            })
        }
        ("GET", ["images", "get"]) => {
            query.without("platform", "an image of another platform")?;
            Call::Save(query.many("names"))
        }
        ("GET", ["images", "search"]) => return Err(no_search()),
        (method, ["images", rest @ ..]) => on_image(line, method, rest, query)?,
        ("POST", ["build"]) => Call::Build(Box::new(build(query)?)),
        ("POST", ["build", "cancel"]) => Call::CancelBuild(query.text("id")?),
        ("POST", ["build", "prune"]) => {
            for key in [
                "all",
                "filters",
                "keep-storage",
                "reserved-space",
                "max-used-space",
                "min-free-space",
            ] {
                query.text(key)?;
            }
            Call::PruneBuilds
        }
        ("GET", ["networks"]) => Call::Networks(Filters::of(
            query,
            &["dangling", "driver", "id", "label", "name", "scope", "type"],
        )?),
        ("POST", ["networks", "create"]) => Call::CreateNetwork,
        ("POST", ["networks", "prune"]) => {
            Call::PruneNetworks(Filters::of(query, &["label", "label!", "until"])?)
        }
        (method, ["networks", name, rest @ ..]) => {
            let act = on_network(line, method, rest, query)?;
            let missing = |name: &str| Refusal::engine(404, format!("network {name} not found"));
            Call::Network(object(name, missing)?, act)
        }
        ("GET", ["volumes"]) => Call::Volumes(Filters::of(
            query,
            &["dangling", "driver", "label", "name"],
        )?),
        ("POST", ["volumes", "create"]) => Call::CreateVolume,
        ("POST", ["volumes", "prune"]) => {
            let mut filters = Filters::of(query, &["label", "label!", "all"])?;
            // Before 1.42 a prune takes the named ones as well.
            if version < Version(1, 42) {
                filters.take("all");
                filters.add("all", "true");
            }
            Call::PruneVolumes(filters)
        }
        ("GET", ["volumes", name]) => Call::Volume(object(name, no_volume)?, OnVolume::Inspect),
        ("DELETE", ["volumes", name]) => Call::Volume(
            object(name, no_volume)?,
            OnVolume::Remove {
                force: query.flag("force")?,
            },
        ),
        ("GET", ["volumes", name @ ..]) => return Err(no_volume(&name.join("/"))),
        ("GET", ["plugins"]) => {
            query.text("filters")?;
            Call::Plugins
        }
        ("POST", ["session"]) => Call::Session,
        ("POST", ["grpc"]) => Call::Grpc,
        (_, [first, ..]) => return Err(elsewhere(first, line)),
        (_, []) => return Err(unknown(line)),
    })
}

/// What the engine has and a sandbox has not, by name where people know it.
fn elsewhere(first: &str, line: Line<'_>) -> Refusal {
    // `docker inspect` looks everywhere: what is not there is said in the engine's words.
    if line.method == "GET" {
        match first {
            "swarm" | "nodes" | "services" | "tasks" | "secrets" | "configs" => {
                return Refusal::engine(
                    503,
                    "This node is not a swarm manager. A sandbox has no swarm: `docker compose` runs several containers together.",
                );
            }
            "plugins" if line.path.ends_with("/json") => {
                return Refusal::engine(404, "plugin not found");
            }
            _ => {}
        }
    }
    match first {
        "swarm" | "nodes" | "services" | "tasks" | "secrets" | "configs" => Refusal::not_allowed(
            "a swarm",
            "this engine is no part of one: `docker compose` runs several containers together",
        ),
        "plugins" => Refusal::not_allowed("plugins of the engine", "do without"),
        "distribution" => Refusal::not_allowed(
            "asking a registry about an image",
            "`docker pull` gets the course's images",
        ),
        _ => unknown(line),
    }
}

fn unknown(line: Line<'_>) -> Refusal {
    let path: String = line.path.chars().take(80).collect();
    Refusal::not_allowed(
        format!("the call {}", tick(&format!("{} {path}", line.method))),
        "it is not one a sandbox knows",
    )
}

fn no_search() -> Refusal {
    Refusal::not_allowed(
        "searching a registry",
        "`docker images` shows the images of this course",
    )
}

/// The name in a path; what is no name at all is the name of nothing.
fn object(word: &str, missing: impl Fn(&str) -> Refusal) -> Result<String, Refusal> {
    let name = decoded(word)?;
    match is_object_name(&name) {
        true => Ok(name),
        false => Err(missing(&inert_line(&name))),
    }
}

fn no_volume(name: &str) -> Refusal {
    Refusal::engine(404, format!("get {}: no such volume", inert_line(name)))
}

fn on_container(
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
            let plain = |c: char| c.is_ascii_alphanumeric() || " ,-+:%_".contains(c);
            if !arguments.chars().all(plain) {
                return Err(Refusal::not_allowed(
                    format!("the `ps` options {}", tick(&arguments)),
                    "letters, commas and dashes are enough",
                ));
            }
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

fn on_exec(
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
fn on_image(
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

fn on_network(
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

fn window(query: &mut Query) -> Result<(u32, u32), Refusal> {
    let mut size = |key| -> Result<u32, Refusal> {
        let number = query.number(key)?.unwrap_or(0);
        u32::try_from(number)
            .ok()
            .filter(|n| *n <= 65_535)
            .ok_or_else(|| Refusal::unreadable("the size of the terminal"))
    };
    Ok((size("h")?, size("w")?))
}

fn stop(query: &mut Query) -> Result<Stop, Refusal> {
    Ok(Stop {
        signal: query.text("signal")?,
        seconds: query.number("t")?,
    })
}

fn events(query: &mut Query) -> Result<Events, Refusal> {
    Ok(Events {
        since: query.text("since")?,
        until: query.text("until")?,
        filters: Filters::of(
            query,
            &[
                "container",
                "event",
                "image",
                "label",
                "network",
                "scope",
                "type",
                "volume",
            ],
        )?,
    })
}

fn containers(query: &mut Query) -> Result<ContainerList, Refusal> {
    const FILTERS: [&str; 15] = [
        "ancestor",
        "before",
        "exited",
        "expose",
        "health",
        "id",
        "is-task",
        "isolation",
        "label",
        "name",
        "network",
        "publish",
        "since",
        "status",
        "volume",
    ];
    let mut filters = Filters::of(query, &FILTERS)?;
    // The older way of writing two of the filters.
    for key in ["since", "before"] {
        if let Some(value) = query.filled(key)? {
            filters.add(key, value);
        }
    }
    // docker-py sends it, no engine reads it.
    query.flag("trunc_cmd")?;
    Ok(ContainerList {
        all: query.flag("all")?,
        size: query.flag("size")?,
        limit: query.number("limit")?,
        filters,
    })
}

fn commit(query: &mut Query) -> Result<Commit, Refusal> {
    Ok(Commit {
        container: query.text("container")?,
        repository: query.text("repo")?,
        tag: query.text("tag")?,
        comment: query.text("comment")?,
        author: query.text("author")?,
        pause: query.flag_or_none("pause")?.unwrap_or(true),
        changes: changes(query)?,
    })
}

/// Instructions laid over an image: those that only describe it.
fn changes(query: &mut Query) -> Result<Vec<String>, Refusal> {
    const KNOWN: [&str; 11] = [
        "CMD",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "HEALTHCHECK",
        "LABEL",
        "STOPSIGNAL",
        "USER",
        "VOLUME",
        "WORKDIR",
        "SHELL",
    ];
    let changes = query.many("changes");
    for change in &changes {
        let keyword = change.split_whitespace().next().unwrap_or_default();
        let known = KNOWN
            .iter()
            .any(|known| known.eq_ignore_ascii_case(keyword));
        if !known || change.contains(['\n', '\r']) {
            return Err(Refusal::not_allowed(
                format!("the change {}", tick(change)),
                "write it in a Dockerfile",
            ));
        }
    }
    Ok(changes)
}

fn images(query: &mut Query) -> Result<ImageList, Refusal> {
    let mut list = ImageList {
        all: query.flag("all")?,
        digests: query.flag("digests")?,
        shared_size: query.flag("shared-size")?,
        manifests: query.flag("manifests")?,
        filters: Filters::of(
            query,
            &["before", "dangling", "label", "reference", "since", "until"],
        )?,
    };
    // docker-py and API 1.40 write a pattern so.
    if let Some(pattern) = query.filled("filter")? {
        list.filters.add("reference", pattern);
    }
    query.flag("only_ids")?;
    Ok(list)
}

fn pull_or_import(query: &mut Query) -> Result<Call, Refusal> {
    let image = query.text("fromImage")?;
    let source = query.text("fromSrc")?;
    let tag = query.text("tag")?;
    let platform = query.text("platform")?;
    let repository = query.text("repo")?;
    let message = query.text("message")?;
    let changes = changes(query)?;
    if !image.is_empty() {
        if !source.is_empty() || !repository.is_empty() {
            return Err(Refusal::unreadable("both a pull and an import"));
        }
        return Ok(Call::Pull(Pull {
            image,
            tag,
            platform,
        }));
    }
    if source != "-" {
        return Err(Refusal::not_allowed(
            format!("an import from {}", tick(&source)),
            "fetch the file first, then `docker import FILE`",
        ));
    }
    Ok(Call::Import(Import {
        repository,
        tag,
        message,
        platform,
        changes,
    }))
}

fn build(query: &mut Query) -> Result<Build, Refusal> {
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
    super::container::no_own_labels(labels.iter().map(|(key, _)| key))?;
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
