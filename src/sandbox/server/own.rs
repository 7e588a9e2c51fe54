//! Finding what a client names among the sandbox's own things. The engine is asked each time: nothing is remembered
//! that somebody else could have changed.
//!
//! The ids made here are the only words of a client's choice that an [`super::ask::Ask`] takes into its path.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Server;
use super::ask::{Ask, Word};
use crate::engine::{LOOK_LABEL, LOOKS, SANDBOX_LABEL};
use crate::sandbox::names::BRIDGE;
use crate::sandbox::policy::Refusal;
use crate::sandbox::policy::text::{is_hex, is_id, is_object_name};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
            pub(super) struct $name(String);

            impl $name {
                pub(super) fn as_str(&self) -> &str {
                    &self.0
                }
            }
        )*
    };
}

ids! {
    /// The full id of a container of the sandbox, or its name with the token.
    ContainerId;
    /// The full id of a network that the sandbox may use.
    NetworkId;
    /// The engine's name of a volume of the sandbox.
    VolumeName;
    /// The full id of an exec in a container of the sandbox.
    ExecId;
}

/// A container of the sandbox.
#[derive(Clone, Debug)]
pub(super) struct OwnContainer {
    pub(super) id: ContainerId,
    /// What the engine is asked for: the id, or the name where the client used it, so that errors name it alike.
    pub(super) called: ContainerId,
    /// The learner's name for it.
    pub(super) name: String,
    pub(super) image_id: String,
    pub(super) state: String,
    /// Seconds since 1970.
    pub(super) created: i64,
    pub(super) labels: BTreeMap<String, String>,
    /// Host ports, with their address.
    pub(super) ports: Vec<OpenPort>,
}

impl OwnContainer {
    /// Whether a check made it, to look into a volume.
    pub(super) fn is_look(&self) -> bool {
        self.labels
            .get(LOOK_LABEL)
            .is_some_and(|look| look == LOOKS)
    }
}

/// A published port as the engine lists it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct OpenPort {
    #[serde(rename = "IP")]
    pub(super) ip: String,
    pub(super) private_port: u16,
    pub(super) public_port: u16,
    pub(super) r#type: String,
}

/// A network of the sandbox, its stand-in for the default one, or one of the two that are nobody's.
#[derive(Clone, Debug)]
pub(super) struct OwnNetwork {
    pub(super) id: NetworkId,
    /// The learner's name for it.
    pub(super) name: String,
    /// The engine's name for it.
    pub(super) engine_name: String,
    pub(super) kind: NetworkKind,
    pub(super) created: String,
    pub(super) labels: BTreeMap<String, String>,
}

impl OwnNetwork {
    pub(super) fn is_host(&self) -> bool {
        self.kind == NetworkKind::Predefined && self.name == "host"
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NetworkKind {
    /// Made in the sandbox.
    Made,
    /// The stand-in for the default network.
    Bridge,
    /// The engine's `none` or `host`: seen, never changed.
    Predefined,
}

/// A volume of the sandbox.
#[derive(Clone, Debug)]
pub(super) struct OwnVolume {
    pub(super) name: VolumeName,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) is_anonymous: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct ListedContainer {
    id: String,
    names: Option<Vec<String>>,
    #[serde(rename = "ImageID")]
    image_id: String,
    state: String,
    created: i64,
    labels: Option<BTreeMap<String, String>>,
    ports: Option<Vec<OpenPort>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct ListedNetwork {
    id: String,
    name: String,
    driver: String,
    created: String,
    labels: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct ListedVolumes {
    volumes: Option<Vec<ListedVolume>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct ListedVolume {
    name: String,
    labels: Option<BTreeMap<String, String>>,
}

impl Server {
    /// True for the labels of something of this sandbox.
    pub(super) fn is_labelled(&self, labels: &BTreeMap<String, String>) -> bool {
        labels.get(SANDBOX_LABEL).map(String::as_str) == Some(self.names.token().as_str())
    }

    /// The filter that only lets the sandbox's own through.
    pub(super) fn own_label(&self) -> String {
        format!("{SANDBOX_LABEL}={}", self.names.token().as_str())
    }

    /// All containers of the sandbox. The label alone proves nothing, for an image can carry it: the name must be ours
    /// as well.
    pub(super) async fn containers(&self) -> Result<Vec<OwnContainer>, Refusal> {
        let filters = serde_json::json!({"label": {self.own_label(): true}});
        let ask = Ask::get(&[Word::Is("containers"), Word::Is("json")])
            .text("all", "1")
            .text("filters", &filters.to_string());
        let listed: Vec<ListedContainer> = self.fetch(ask).await?;
        let own = |listed: ListedContainer| {
            let labels = listed.labels.unwrap_or_default();
            let name = listed.names.iter().flatten().find_map(|name| {
                let name = name.strip_prefix('/').filter(|name| !name.contains('/'))?;
                self.names.own_object(name)
            })?;
            (self.is_labelled(&labels) && is_id(&listed.id)).then(|| OwnContainer {
                id: ContainerId(listed.id.clone()),
                called: ContainerId(listed.id.clone()),
                name: name.to_owned(),
                image_id: listed.image_id,
                state: listed.state,
                created: listed.created,
                labels,
                ports: listed.ports.unwrap_or_default(),
            })
        };
        Ok(listed.into_iter().filter_map(own).collect())
    }

    /// The container that a name, an id or the beginning of one means.
    pub(super) async fn container(&self, named: &str) -> Result<OwnContainer, Refusal> {
        let all = self.containers().await?;
        let mut own = pick(all, named, |one| (one.id.as_str(), &one.name), "container")?;
        if own.name == named && own.id.as_str() != named {
            own.called = ContainerId(self.names.object(named));
        }
        Ok(own)
    }

    /// All networks that the sandbox shows.
    pub(super) async fn networks(&self) -> Result<Vec<OwnNetwork>, Refusal> {
        let listed: Vec<ListedNetwork> = self.fetch(Ask::get(&[Word::Is("networks")])).await?;
        let own = |listed: ListedNetwork| {
            let labels = listed.labels.unwrap_or_default();
            let (name, kind) = match (listed.name.as_str(), listed.driver.as_str()) {
                ("none", "null") | ("host", "host") => {
                    (listed.name.clone(), NetworkKind::Predefined)
                }
                (name, _) => {
                    let name = self
                        .names
                        .own_network(name)
                        .filter(|_| self.is_labelled(&labels))?;
                    let kind = match name == BRIDGE {
                        true => NetworkKind::Bridge,
                        false => NetworkKind::Made,
                    };
                    (name.to_owned(), kind)
                }
            };
            is_object_name(&listed.id).then_some(OwnNetwork {
                id: NetworkId(listed.id),
                name,
                engine_name: listed.name,
                kind,
                created: listed.created,
                labels,
            })
        };
        Ok(listed.into_iter().filter_map(own).collect())
    }

    /// The network that a name, an id or the beginning of one means.
    pub(super) async fn network(&self, named: &str) -> Result<OwnNetwork, Refusal> {
        let named = match named {
            "default" => BRIDGE,
            named => named,
        };
        if named == BRIDGE {
            return self.bridge().await;
        }
        let all = self.networks().await?;
        pick(all, named, |one| (one.id.as_str(), &one.name), "network").map_err(|refusal| {
            match refusal.status {
                404 => Refusal::engine(404, format!("network {named} not found")),
                _ => refusal,
            }
        })
    }

    /// All volumes of the sandbox: those with its name, and those without one that carry its label, which an image
    /// cannot give to a volume.
    pub(super) async fn volumes(&self) -> Result<Vec<OwnVolume>, Refusal> {
        let filters = serde_json::json!({"label": {self.own_label(): true}});
        let ask = Ask::get(&[Word::Is("volumes")]).text("filters", &filters.to_string());
        self.volumes_of(ask).await
    }

    pub(super) async fn volumes_of(&self, ask: Ask) -> Result<Vec<OwnVolume>, Refusal> {
        let listed: ListedVolumes = self.fetch(ask).await?;
        let own = |listed: ListedVolume| {
            let labels = listed.labels.unwrap_or_default();
            let is_anonymous = is_id(&listed.name);
            let named = self.names.own_object(&listed.name).is_some();
            ((is_anonymous || named) && self.is_labelled(&labels)).then_some(OwnVolume {
                name: VolumeName(listed.name),
                labels,
                is_anonymous,
            })
        };
        Ok(listed
            .volumes
            .unwrap_or_default()
            .into_iter()
            .filter_map(own)
            .collect())
    }

    /// The volume of this name.
    pub(super) async fn volume(&self, named: &str) -> Result<OwnVolume, Refusal> {
        let missing = || Refusal::engine(404, format!("get {named}: no such volume"));
        if !is_object_name(named) {
            return Err(missing());
        }
        let engine_name = match is_id(named) {
            true => named.to_owned(),
            false => self.names.object(named),
        };
        let ask = Ask::get(&[Word::Is("volumes"), Word::Volume(&VolumeName(engine_name))]);
        let listed: ListedVolume = match self.fetch(ask).await {
            Err(refusal) if refusal.status == 404 => return Err(missing()),
            other => other?,
        };
        let labels = listed.labels.unwrap_or_default();
        match self.is_labelled(&labels) {
            true => Ok(OwnVolume {
                is_anonymous: is_id(&listed.name),
                name: VolumeName(listed.name),
                labels,
            }),
            false => Err(missing()),
        }
    }

    /// The engine's name for a volume that is to be made.
    pub(super) fn new_volume(&self, name: &str) -> VolumeName {
        VolumeName(self.names.object(name))
    }

    /// An exec in one of the sandbox's containers, and the container.
    pub(super) async fn exec(&self, id: &str) -> Result<(ExecId, OwnContainer), Refusal> {
        #[derive(Deserialize)]
        struct Found {
            #[serde(rename = "ContainerID")]
            container: String,
        }
        let missing = || Refusal::engine(404, format!("No such exec instance: {id}"));
        if !is_id(id) {
            return Err(missing());
        }
        let exec = ExecId(id.to_owned());
        let ask = Ask::get(&[Word::Is("exec"), Word::Exec(&exec), Word::Is("json")]);
        let found: Found = match self.fetch(ask).await {
            Err(refusal) if refusal.status == 404 => return Err(missing()),
            other => other?,
        };
        let own = self.containers().await?;
        own.into_iter()
            .find(|container| container.id.as_str() == found.container)
            .map(|container| (exec, container))
            .ok_or_else(missing)
    }
}

/// The one that a name, an id or the beginning of one means: in this order, as the engine does it.
fn pick<T>(
    all: Vec<T>,
    named: &str,
    of: impl Fn(&T) -> (&str, &str),
    what: &str,
) -> Result<T, Refusal> {
    let index = |test: &dyn Fn(&str, &str) -> bool| {
        all.iter().position(|one| {
            let (id, name) = of(one);
            test(id, name)
        })
    };
    let exact = index(&|id, _| id == named).or_else(|| index(&|_, name| name == named));
    let found = match exact {
        Some(at) => at,
        None if is_hex(named) => {
            let begins: Vec<usize> = all
                .iter()
                .enumerate()
                .filter(|(_, one)| of(one).0.starts_with(named))
                .map(|(at, _)| at)
                .collect();
            match begins.as_slice() {
                [one] => *one,
                [] => return Err(Refusal::no_such(what, named)),
                _ => {
                    return Err(Refusal::engine(
                        400,
                        format!("multiple IDs found with provided prefix: {named}"),
                    ));
                }
            }
        }
        None => return Err(Refusal::no_such(what, named)),
    };
    let mut all = all;
    Ok(all.swap_remove(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picked(named: &str) -> Result<&'static str, u16> {
        let all = vec![("abc1", "web"), ("abc2", "abc1"), ("d00d", "db")];
        pick(all, named, |one| (one.0, one.1), "container")
            .map(|one| one.1)
            .map_err(|refusal| refusal.status)
    }

    #[test]
    fn an_id_goes_before_a_name_and_a_name_before_a_beginning() {
        assert_eq!(picked("abc1"), Ok("web"));
        assert_eq!(picked("db"), Ok("db"));
        assert_eq!(picked("d"), Ok("db"));
        assert_eq!(picked("abc"), Err(400));
        assert_eq!(picked("nope"), Err(404));
        assert_eq!(picked("we"), Err(404));
    }
}
