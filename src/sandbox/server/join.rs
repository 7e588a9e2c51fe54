//! The networks of a container that is made: found among the sandbox's own, with its name resolvable there.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::Server;
use super::ask::{Ask, Word};
use super::own::{NetworkKind, OwnContainer, OwnNetwork};
use super::portrait::AskedFor;
use crate::sandbox::policy::Refusal;
use crate::sandbox::policy::container::{
    self, EndpointBody, HostBody, Joining, NetworkingBody, Plan,
};
use crate::sandbox::policy::json::Unique;
use crate::sandbox::policy::rules::Outward;

impl Server {
    /// Where nothing outside answers, a name that no container has would be waited for ten seconds.
    pub(super) fn ask_names_briefly(&self, plan: &Plan, host: &mut HostBody) {
        let own = matches!(plan.joining, Joining::Bridge | Joining::Named(_));
        let options = host.dns_options.get_or_insert_default();
        if self.rules.outward == Outward::Closed && own && options.is_empty() {
            *options = ["timeout:1", "attempts:2"].map(str::to_owned).to_vec();
        }
    }

    /// Puts the container into its networks, and keeps its name resolvable there.
    pub(super) async fn join(
        &self,
        plan: &mut Plan,
        host: &mut HostBody,
        name: &str,
        asked_for: &mut AskedFor,
    ) -> Result<(), Refusal> {
        let names_bridge = |name: &str| matches!(name, "default" | "bridge");
        let wants_bridge = plan.joining == Joining::Bridge
            || plan.endpoints.iter().any(|(name, _)| names_bridge(name));
        let bridge = match wants_bridge {
            true => Some(self.bridge().await?),
            false => None,
        };
        // Whether it is a network that the learner made, where a container has names.
        let mut is_made = false;
        let mode = match &plan.joining {
            Joining::Bridge => {
                self.keeps_mac_address(plan)?;
                place(bridge.as_ref()).to_owned()
            }
            Joining::None => "none".to_owned(),
            Joining::Named(named) => {
                // One that is not there is missed when the container starts, as with the engine.
                let Some(network) = self.network_or_none(named).await? else {
                    host.network_mode = Some(self.names.object(named));
                    plan.endpoints.clear();
                    return Ok(());
                };
                if network.is_host() {
                    return Err(no_host_network());
                }
                is_made = network.kind == NetworkKind::Made;
                place(Some(&network)).to_owned()
            }
            Joining::Container(other) => self.namespace_of(other).await?,
        };
        for (field, other) in [
            (&mut host.pid_mode, plan.pid_of.take()),
            (&mut host.ipc_mode, plan.ipc_of.take()),
        ] {
            if let Some(other) = other {
                *field = Some(self.namespace_of(&other).await?);
            }
        }
        if let Some(bridge) = bridge.as_ref().filter(|_| plan.joining == Joining::Bridge) {
            let links = std::mem::take(&mut plan.links);
            self.link(bridge, links, name, host, asked_for).await?;
        }
        let mut from = Vec::new();
        for (other, mode) in std::mem::take(&mut plan.volumes_from) {
            let other = self.container(&other).await.map_err(unknown(""))?;
            let mode = mode.map(|mode| format!(":{mode}")).unwrap_or_default();
            from.push(format!("{}{mode}", other.id.as_str()));
        }
        host.volumes_from = Some(from).filter(|from| !from.is_empty());

        let mut endpoints: BTreeMap<String, Option<EndpointBody>> = BTreeMap::new();
        if is_made {
            endpoints.entry(mode.clone()).or_default();
        }
        for (network, endpoint) in std::mem::take(&mut plan.endpoints) {
            let network = match network.as_str() {
                _ if names_bridge(&network) => bridge.clone(),
                "none" => None,
                "host" => return Err(no_host_network()),
                _ => Some(self.network(&network).await?),
            };
            if network.as_ref().is_some_and(OwnNetwork::is_host) {
                return Err(no_host_network());
            }
            let is_made = network
                .as_ref()
                .is_some_and(|network| network.kind == NetworkKind::Made);
            let mut endpoint = self.endpoint(endpoint, is_made).await?;
            if is_made {
                self.add_alias(&mut endpoint, name, asked_for);
            }
            endpoints.insert(place(network.as_ref()).to_owned(), Some(endpoint));
        }
        if let Some(settings @ None) = endpoints.get_mut(&mode) {
            let mut endpoint = EndpointBody::default();
            self.add_alias(&mut endpoint, name, asked_for);
            *settings = Some(endpoint);
        }
        host.network_mode = Some(mode);
        plan.body.networking_config = Some(NetworkingBody {
            endpoints_config: Some(Unique(endpoints)),
        });
        Ok(())
    }

    /// Engines before 25 give a container its address only in a network that it joins by name.
    fn keeps_mac_address(&self, plan: &Plan) -> Result<(), Refusal> {
        let asked = plan.body.mac_address.as_deref().unwrap_or_default();
        match asked.is_empty() || self.engine.info().major >= 25 {
            true => Ok(()),
            false => Err(Refusal::not_allowed(
                "`--mac-address` in the default network",
                "make a network with `docker network create`, and run the container in it",
            )),
        }
    }

    /// Does as `--link` does in the default network: the others' addresses stand in the container's `/etc/hosts`, each by
    /// its alias, its id and its name.
    async fn link(
        &self,
        bridge: &OwnNetwork,
        links: Vec<(String, String)>,
        name: &str,
        host: &mut HostBody,
        asked_for: &mut AskedFor,
    ) -> Result<(), Refusal> {
        if links.is_empty() {
            return Ok(());
        }
        let mut hosts = host.extra_hosts.clone().unwrap_or_default();
        let mut shown = Vec::new();
        for (other, alias) in links {
            let before = format!("could not get container for {other}: ");
            let other = self.container(&other).await.map_err(unknown(&before))?;
            let called = &other.name;
            let cannot = |why: String| Refusal::engine(409, format!("Cannot link to {why}"));
            let Some(address) = self.address_in(bridge, &other).await? else {
                let why = format!("/{called}, as it does not belong to the default network");
                return Err(cannot(why));
            };
            if other.state != "running" || address.is_empty() {
                // The engine says so when the container is started; a link is written here when it is made.
                let why = format!(
                    "a non running container: /{called} AS /{name}/{alias} (start it first; or give both a network of their own, in which they know each other by name)"
                );
                return Err(cannot(why));
            }
            let id: String = other.id.as_str().chars().take(12).collect();
            shown.push(format!("/{called}:/{name}/{alias}"));
            let mut names = vec![alias, id, called.clone()];
            names.dedup();
            hosts.extend(names.into_iter().map(|name| format!("{name}:{address}")));
        }
        let asked = host.extra_hosts.replace(hosts);
        asked_for.host.insert("ExtraHosts".into(), json!(asked));
        asked_for.host.insert("Links".into(), json!(shown));
        Ok(())
    }

    /// A container's address in a network it is in; empty where it does not run.
    async fn address_in(
        &self,
        network: &OwnNetwork,
        container: &OwnContainer,
    ) -> Result<Option<String>, Refusal> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Found {
            network_settings: Joined,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Joined {
            networks: BTreeMap<String, Endpoint>,
        }
        #[derive(Deserialize)]
        struct Endpoint {
            #[serde(rename = "IPAddress")]
            address: String,
        }
        let id = Word::Container(&container.id);
        let ask = Ask::get(&[Word::Is("containers"), id, Word::Is("json")]);
        let mut joined = self.fetch::<Found>(ask).await?.network_settings.networks;
        Ok(joined
            .remove(&network.engine_name)
            .map(|endpoint| endpoint.address))
    }

    /// Another container's namespace. One that is not there is missed when the container starts, as with the engine: by a
    /// name that only a container of the sandbox can have.
    async fn namespace_of(&self, other: &str) -> Result<String, Refusal> {
        match self.container(other).await {
            Ok(other) => Ok(format!("container:{}", other.id.as_str())),
            Err(refusal) if refusal.status == 404 => {
                Ok(format!("container:{}", self.names.object(other)))
            }
            Err(refusal) => Err(refusal),
        }
    }

    async fn network_or_none(&self, named: &str) -> Result<Option<OwnNetwork>, Refusal> {
        match self.network(named).await {
            Ok(network) => Ok(Some(network)),
            Err(refusal) if refusal.status == 404 => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }

    /// The engine answers DNS for a container's name, and that is the one with the token: the learner's own name becomes
    /// an alias.
    pub(super) fn add_alias(
        &self,
        endpoint: &mut EndpointBody,
        name: &str,
        asked_for: &mut AskedFor,
    ) {
        let aliases = endpoint.aliases.get_or_insert_default();
        if !aliases.iter().any(|alias| alias == name) {
            aliases.push(name.to_owned());
            if !asked_for.added_aliases.iter().any(|added| added == name) {
                asked_for.added_aliases.push(name.to_owned());
            }
        }
    }

    /// An endpoint's settings with its links resolved; the default network takes neither names nor addresses.
    pub(super) async fn endpoint(
        &self,
        mut endpoint: EndpointBody,
        is_made: bool,
    ) -> Result<EndpointBody, Refusal> {
        if !is_made {
            let has_address = endpoint.ipam_config.as_ref().is_some_and(|ipam| {
                [&ipam.ipv4_address, &ipam.ipv6_address]
                    .iter()
                    .any(|address| address.as_deref().unwrap_or_default() != "")
            });
            if has_address {
                return Err(Refusal::engine(
                    400,
                    "user specified IP address is supported on user defined networks only",
                ));
            }
            if endpoint
                .aliases
                .as_ref()
                .is_some_and(|aliases| !aliases.is_empty())
            {
                return Err(Refusal::engine(
                    400,
                    "network-scoped alias is supported only for containers in user defined networks",
                ));
            }
        }
        let mut links = Vec::new();
        for written in endpoint.links.iter().flatten() {
            let (other, alias) = container::link(written)?;
            let other = self.container(&other).await?;
            // The engine's resolver knows it by this name.
            links.push(format!("{}:{alias}", self.names.object(&other.name)));
        }
        endpoint.links = Some(links).filter(|links| !links.is_empty());
        Ok(endpoint)
    }
}

/// What the engine is told of a container's network: its name, but for the stand-in's, which would mean a container.
fn place(network: Option<&OwnNetwork>) -> &str {
    match network {
        Some(network) if network.kind == NetworkKind::Bridge => network.id.as_str(),
        Some(network) => &network.engine_name,
        None => "none",
    }
}

/// What is missing for a new container is a fault of the request: where it were told as missing, docker would look for
/// the image.
fn unknown(before: &str) -> impl Fn(Refusal) -> Refusal {
    move |refusal| match refusal.status {
        404 => Refusal::engine(400, format!("{before}{}", refusal.message)),
        _ => refusal,
    }
}

fn no_host_network() -> Refusal {
    Refusal::not_allowed("the host's network", "publish a port with `-p`")
}
