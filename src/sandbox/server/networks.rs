//! Networks: the sandbox's own, with addresses that it chooses, and a stand-in for the engine's default one.

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{self, Answered};
use super::ask::{Ask, Word};
use super::own::{NetworkKind, OwnNetwork};
use super::patterns::Patterns;
use super::places::{free_subnet, name_servers, routes};
use super::portrait::AskedFor;
use super::serve::Asked;
use super::{Seat, Server, prune, stream};
use crate::sandbox::names::BRIDGE;
use crate::sandbox::policy::Refusal;
use crate::sandbox::policy::call::OnNetwork;
use crate::sandbox::policy::filters::Filters;
use crate::sandbox::policy::json::Unique;
use crate::sandbox::policy::network::{self, NetworkBody, NetworkPlan, Subnet};
use crate::sandbox::policy::rules::Outward;

/// How often another subnet is tried where one turns out to be taken.
const ATTEMPTS: usize = 30;

const MASQUERADE: &str = "com.docker.network.bridge.enable_ip_masquerade";

impl Server {
    pub(super) async fn list_networks(
        &self,
        mut filters: Filters,
        asked: Asked<'_>,
    ) -> Result<Answered, Refusal> {
        for (key, value) in filters.pairs() {
            asked.note.flag("filter", format!("{key}={value}"));
        }
        let patterns = Patterns::of(&filters.take("name"));
        // To the engine the stand-in is a network that somebody made.
        let kinds = filters.take("type");
        self.bridge().await?;
        let own = self.networks().await?;
        let wanted = |network: &OwnNetwork| {
            let custom = network.kind == NetworkKind::Made;
            let kind = kinds.is_empty()
                || kinds
                    .iter()
                    .any(|kind| kind == if custom { "custom" } else { "builtin" });
            kind && patterns.match_name(&network.name)
        };
        let shown: Vec<&str> = own
            .iter()
            .filter(|network| wanted(network))
            .map(|network| network.id.as_str())
            .collect();
        let mut ask = Ask::get(&[Word::Is("networks")]).version(asked.version);
        if filters.pairs().next().is_some() {
            ask = ask.text("filters", &filters.written());
        }
        let reply = self.send(ask).await?;
        let containers = self.container_ids().await?;
        self.shown_after(asked.seat, reply, |value| {
            if let Some(networks) = value.as_array_mut() {
                networks.retain(|network| {
                    let id = network["Id"].as_str().unwrap_or_default();
                    shown.contains(&id)
                });
                for network in networks {
                    hide_foreign(network, &containers);
                }
            }
        })
        .await
    }

    async fn container_ids(&self) -> Result<Vec<String>, Refusal> {
        let own = self.containers().await?;
        Ok(own
            .into_iter()
            .map(|container| container.id.as_str().to_owned())
            .collect())
    }

    pub(super) async fn create_network(&self, asked: Asked<'_>) -> Result<Answered, Refusal> {
        let body = stream::request(asked.request.into_body()).await?;
        let plan = network::create(&body, &self.rules)?;
        asked.note.object("network", plan.name.as_str());
        asked
            .note
            .switch("internal", plan.body.internal == Some(true));
        let NetworkPlan {
            mut body,
            name,
            subnets,
        } = plan;
        let _making = self.making_networks.begin(&name);
        let existing = self.networks().await?;
        self.has_room_for_networks(asked.seat, &existing)?;
        if existing.iter().any(|network| network.name == name) {
            let said = format!("network with name {name} already exists");
            return Err(Refusal::engine(409, said));
        }
        for subnet in &subnets {
            asked.note.flag("subnet", subnet.to_string());
            self.shadows_nothing(subnet)?;
        }
        let labels = body.labels.get_or_insert_default();
        labels.0.extend(self.labels.clone());
        body.name = Some(self.names.object(&name));
        self.close_outward(&mut body);
        let reply = self.make_network(body, subnets.is_empty()).await?;
        self.shown(asked.seat, reply).await
    }

    fn has_room_for_networks(&self, seat: Seat, there: &[OwnNetwork]) -> Result<(), Refusal> {
        let most = self.rules.ceiling.networks;
        let made = there
            .iter()
            .filter(|network| network.kind == NetworkKind::Made);
        let mut names = self.making_networks.names();
        names.extend(made.map(|network| network.name.clone()));
        match seat == Seat::Learner && names.len() > most {
            false => Ok(()),
            true => Err(Refusal::not_allowed(
                format!("more than {most} networks at once"),
                "remove what you need no more: `docker network prune`, `docker network rm NAME`",
            )),
        }
    }

    /// Answers from outside do not find back into a network without masquerading: nothing is reached there, and what is
    /// published to this machine still works.
    fn close_outward(&self, body: &mut NetworkBody) {
        if self.rules.outward == Outward::Closed {
            let options = body.options.get_or_insert_default();
            options.0.insert(MASQUERADE.to_owned(), "false".to_owned());
        }
    }

    /// Refuses a subnet that is a way of this machine's own, or holds who answers its questions for names.
    fn shadows_nothing(&self, subnet: &Subnet) -> Result<(), Refusal> {
        if let Some(server) = name_servers().iter().find(|server| server.overlaps(subnet)) {
            return Err(Refusal::not_allowed(
                format!(
                    "the subnet `{subnet}`, for this machine's name server `{server}` is in it"
                ),
                "take another, or leave it out",
            ));
        }
        match routes().iter().find(|route| route.overlaps(subnet)) {
            None => Ok(()),
            Some(route) => Err(Refusal::not_allowed(
                format!("the subnet `{subnet}`, for this machine's own network is `{route}`"),
                "take another, or leave it out",
            )),
        }
    }

    /// Makes a network; where it may choose, in a subnet that nobody has. The engine's own choice ends after thirty
    /// networks.
    async fn make_network(
        &self,
        mut body: NetworkBody,
        choose: bool,
    ) -> Result<super::upstream::Reply, Refusal> {
        let taken = match choose {
            true => self.taken_subnets().await?,
            false => Vec::new(),
        };
        let mut attempt = 0;
        loop {
            attempt += 1;
            if choose {
                body.put_in(free_subnet(&taken));
            }
            let ask = Ask::post(&[Word::Is("networks"), Word::Is("create")]).json(&body);
            match self.send(ask).await {
                Err(refusal)
                    if choose && attempt < ATTEMPTS && refusal.message.contains("overlaps") => {}
                other => return other,
            }
        }
    }

    async fn taken_subnets(&self) -> Result<Vec<Subnet>, Refusal> {
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "PascalCase", default)]
        struct Listed {
            #[serde(rename = "IPAM")]
            ipam: Pools,
        }
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "PascalCase", default)]
        struct Pools {
            config: Option<Vec<Pool>>,
        }
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "PascalCase", default)]
        struct Pool {
            subnet: String,
        }
        let listed: Vec<Listed> = self.fetch(Ask::get(&[Word::Is("networks")])).await?;
        let engine = listed
            .into_iter()
            .flat_map(|network| network.ipam.config.unwrap_or_default())
            .filter_map(|pool| Subnet::parse(&pool.subnet));
        Ok(engine.chain(routes()).chain(name_servers()).collect())
    }

    /// The stand-in for the default network, made where it is not there: whoever prunes the engine's networks takes it
    /// while nothing is in it.
    pub(super) async fn bridge(&self) -> Result<OwnNetwork, Refusal> {
        let found = |networks: Vec<OwnNetwork>| {
            let is_bridge = |network: &OwnNetwork| network.kind == NetworkKind::Bridge;
            networks.into_iter().find(is_bridge)
        };
        if let Some(bridge) = found(self.networks().await?) {
            return Ok(bridge);
        }
        self.make_bridge().await?;
        found(self.networks().await?).ok_or_else(|| Refusal::no_such("network", BRIDGE))
    }

    /// Makes the stand-in for the default network, where it is not there. It is the sandbox's anchor as well: its labels
    /// tell a sweep whose names to look for.
    pub(in crate::sandbox) async fn make_bridge(&self) -> Result<(), Refusal> {
        // Two at once would make two.
        let _alone = self.making_bridge.lock().await;
        let there = self.networks().await?;
        if there
            .iter()
            .any(|network| network.kind == NetworkKind::Bridge)
        {
            return Ok(());
        }
        match self.make_bridge_called(self.names.stand_in()).await {
            // Not every engine takes such a name; in a network of its user's it starts a resolver, and no more.
            Err(_) => self.make_bridge_called(self.names.object(BRIDGE)).await,
            made => made,
        }
    }

    async fn make_bridge_called(&self, name: String) -> Result<(), Refusal> {
        let mut body = NetworkBody::bridge(name);
        let mut labels = self.labels.clone();
        labels.insert(
            crate::engine::ADDRESS_LABEL.to_owned(),
            self.names.address().to_string(),
        );
        body.labels = Some(Unique(labels));
        self.close_outward(&mut body);
        self.make_network(body, true).await?;
        Ok(())
    }

    pub(super) async fn on_network(
        &self,
        name: &str,
        act: OnNetwork,
        asked: Asked<'_>,
    ) -> Result<Answered, Refusal> {
        let network = match self.network(name).await {
            Ok(network) => network,
            Err(refusal) => {
                asked.note.object("network", name);
                return Err(refusal);
            }
        };
        asked.note.object("network", network.name.as_str());
        let path = [Word::Is("networks"), Word::Network(&network.id)];
        match act {
            OnNetwork::Inspect { verbose } => {
                let ask = Ask::get(&path).flag("verbose", verbose);
                let reply = self.send(ask.version(asked.version)).await?;
                let containers = self.container_ids().await?;
                self.shown_after(asked.seat, reply, |value| {
                    hide_foreign(value, &containers);
                    let is_bridge = network.kind == NetworkKind::Bridge;
                    if let Some(options) = value["Options"].as_object_mut() {
                        options.remove(MASQUERADE);
                        if is_bridge {
                            let mark = "com.docker.network.bridge.default_bridge";
                            options.insert(mark.into(), json!("true"));
                        }
                    }
                })
                .await
            }
            OnNetwork::Remove => match network.kind {
                NetworkKind::Made => self.done(Ask::delete(&path).version(asked.version)).await,
                NetworkKind::Bridge | NetworkKind::Predefined => Err(Refusal::engine(
                    403,
                    format!(
                        "{} is a pre-defined network and cannot be removed",
                        network.name
                    ),
                )),
            },
            OnNetwork::Connect => self.connect(&network, asked).await,
            OnNetwork::Disconnect => {
                let body = stream::request(asked.request.into_body()).await?;
                let (container, force) = network::disconnect(&body)?;
                let container = self.container(&container).await?;
                asked.note.object("container", container.name.as_str());
                let body = json!({"Container": container.id.as_str(), "Force": force});
                let path = [
                    Word::Is("networks"),
                    Word::Network(&network.id),
                    Word::Is("disconnect"),
                ];
                self.done(Ask::post(&path).version(asked.version).json(&body))
                    .await
            }
        }
    }

    async fn connect(&self, network: &OwnNetwork, asked: Asked<'_>) -> Result<Answered, Refusal> {
        let body = stream::request(asked.request.into_body()).await?;
        let connect = network::connect(&body)?;
        let container = self.container(&connect.container).await?;
        asked.note.object("container", container.name.as_str());
        if network.is_host() {
            return Err(Refusal::engine(
                403,
                "container cannot be connected to host network",
            ));
        }
        let is_made = network.kind == NetworkKind::Made;
        let mut endpoint = self.endpoint(connect.endpoint, is_made).await?;
        for alias in endpoint.aliases.iter().flatten() {
            asked.note.flag("alias", alias.as_str());
        }
        if is_made {
            self.add_alias(&mut endpoint, &container.name, &mut AskedFor::default());
        }
        let body = json!({"Container": container.id.as_str(), "EndpointConfig": endpoint});
        let path = [
            Word::Is("networks"),
            Word::Network(&network.id),
            Word::Is("connect"),
        ];
        self.done(Ask::post(&path).version(asked.version).json(&body))
            .await
    }

    pub(super) async fn prune_networks(
        &self,
        filters: Filters,
        asked: Asked<'_>,
    ) -> Result<Answered, Refusal> {
        let mut unused = Filters::default();
        unused.add("label", self.own_label());
        unused.add("dangling", "true");
        let ask = Ask::get(&[Word::Is("networks")]).text("filters", &unused.written());
        let unused: Vec<Value> = self.fetch(ask).await?;
        let is_unused = |id: &str| unused.iter().any(|network| network["Id"] == id);
        let mut deleted = Vec::new();
        for network in self.networks().await? {
            let wanted = network.kind == NetworkKind::Made && is_unused(network.id.as_str());
            let created = seconds(&network.created);
            if !wanted || !prune::matches(&filters, &network.labels, created)? {
                continue;
            }
            let ask = Ask::delete(&[Word::Is("networks"), Word::Network(&network.id)]);
            if self.send(ask).await.is_ok() {
                asked.note.object("network", network.name.as_str());
                deleted.push(Value::from(network.name));
            }
        }
        let deleted = match deleted.is_empty() {
            true => Value::Null,
            false => Value::Array(deleted),
        };
        Ok(answer::json(200, &json!({"NetworksDeleted": deleted})))
    }
}

/// Takes containers of others out of a network that all share.
fn hide_foreign(network: &mut Value, own: &[String]) {
    if let Some(containers) = network["Containers"].as_object_mut() {
        containers.retain(|id, _| own.contains(id));
    }
}

/// The seconds since 1970 of a time such as `2026-11-25T16:36:10.26677789Z`.
fn seconds(time: &str) -> i64 {
    let number = |range: std::ops::Range<usize>| -> Option<i64> { time.get(range)?.parse().ok() };
    let parts = (|| {
        Some((
            number(0..4)?,
            number(5..7)?,
            number(8..10)?,
            number(11..13)? * 3600 + number(14..16)? * 60 + number(17..19)?,
        ))
    })();
    let Some((year, month, day, second)) = parts else {
        return 0;
    };
    // The civil calendar by Howard Hinnant's `days_from_civil`.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    days * 86_400 + second
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_the_engine_are_seconds() {
        assert_eq!(seconds("1970-01-01T00:00:01Z"), 1);
        assert_eq!(seconds("2000-02-29T00:00:00.5+00:00"), 951_782_400);
        assert_eq!(seconds(""), 0);
    }
}
