//! A request line to a call: the path word by word, the query key by key.

mod build;
mod lists;
mod objects;

use super::Refusal;
use super::call::{Call, CreateContainer, Load, OnVolume};
use super::filters::Filters;
use super::query::Query;
use crate::text::tick;

use build::build;
use lists::{commit, containers, events, images, pull_or_import};
use objects::{no_volume, object, on_container, on_exec, on_image, on_network};

pub(in crate::sandbox) use objects::invalid_container_name;

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
