//! A container is made: what its plan refers to is found among the sandbox's own, what the sandbox adds is added, and
//! what was asked for is noted so that it can be shown.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;

use super::answer::Answered;
use super::ask::{Ask, Word};
use super::containers::note_env;
use super::own::{NetworkKind, OwnContainer, OwnNetwork};
use super::portrait::{self, AskedFor};
use super::serve::{Asked, Note};
use super::{Seat, Server, stream};
use crate::engine::{LOOK_LABEL, LOOKS};
use crate::sandbox::names::BRIDGE;
use crate::sandbox::policy::call::CreateContainer;
use crate::sandbox::policy::container::{
    self, AskedBind, AskedVolume, ContainerBody, EndpointBody, Health, HostBody, Joining,
    LEAST_HEALTH_INTERVAL, MountBody, NetworkingBody, Place, Plan, VolumeOptions,
};
use crate::sandbox::policy::json::{Empty, Unique};
use crate::sandbox::policy::route::invalid_container_name;
use crate::sandbox::policy::rules::{Binds, Outward};
use crate::sandbox::policy::text::is_object_name;
use crate::sandbox::policy::{Refusal, container::clean};

/// What of an image's configuration bears on a container's.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ImageConfig {
    exposed_ports: Option<Unique<Empty>>,
    volumes: Option<Unique<Empty>>,
    healthcheck: Option<Health>,
}

impl Server {
    pub(super) async fn create_container(
        &self,
        create: CreateContainer,
        asked: Asked<'_>,
    ) -> Result<Answered, Refusal> {
        let CreateContainer { name, platform } = create;
        let Asked {
            seat,
            version,
            request,
            note,
        } = asked;
        let most = self.rules.ceiling.containers;
        // Those that are being made count too, many at once would all see the same: counted first, so that each of them is
        // still being made then, or there already.
        let making = Arc::clone(&self.making);
        let others = Arc::strong_count(&making) - 2;
        let there = self.containers().await?.len() + others;
        if seat == Seat::Learner && there >= most {
            return Err(Refusal::not_allowed(
                format!("more than {most} containers at once"),
                "remove what you need no more: `docker container prune`, `docker rm -f NAME`",
            ));
        }
        let platform = self.platform(&platform)?;
        let body = stream::request(request.into_body()).await?;
        let mut plan = container::create(&body, &self.rules)?;
        note_plan(note, &plan);
        let name = match name.strip_prefix('/').unwrap_or(&name) {
            "" => super::christen::name(),
            given if is_object_name(given) && given.len() > 1 => given.to_owned(),
            given => return Err(invalid_container_name(given)),
        };
        note.object("container", name.as_str());
        note.object("image", plan.image.as_str());

        let image = self.image(&plan.image).await?;
        let config = self.image_config(&image.name).await?;
        let mut asked_for = AskedFor::default();
        if image.by_id {
            asked_for.image = Some(plan.image.clone());
        }
        let mut host = plan.body.host_config.take().unwrap_or_default();
        self.ask_names_briefly(&plan, &mut host);
        self.join(&mut plan, &mut host, &name, &mut asked_for)
            .await?;
        self.mount(&mut plan, &mut host, config.volumes.unwrap_or_default())
            .await?;
        self.publish(&plan, &mut host, config.exposed_ports.unwrap_or_default());
        self.remember(&plan, &host, &mut asked_for);

        let mut body = std::mem::take(&mut plan.body);
        body.image = Some(image.name.as_str().to_owned());
        calm(&mut body, config.healthcheck);
        self.label(&mut body, &asked_for);
        let look = match seat {
            Seat::Observer => LOOKS,
            Seat::Learner => "no",
        };
        let labels = body.labels.get_or_insert_default();
        labels.0.insert(LOOK_LABEL.to_owned(), look.to_owned());
        body.host_config = Some(host);
        let ask = Ask::post(&[Word::Is("containers"), Word::Is("create")])
            .version(version)
            .text("name", &self.names.object(&name))
            .text("platform", &platform)
            .json(&body);
        let reply = self.send(ask).await?;
        let asked_swap = plan.asked.memory_swap.is_some_and(|swap| swap > 0);
        self.shown_after(seat, reply, |value| {
            // The client did not ask for the limit that this engine cannot keep.
            if let Some(warnings) = value["Warnings"].as_array_mut() {
                warnings.retain(|warning| {
                    asked_swap || !warning.as_str().unwrap_or_default().contains("swap")
                });
            }
        })
        .await
    }

    /// A platform is only a way to say "this machine's".
    pub(super) fn platform(&self, asked: &str) -> Result<String, Refusal> {
        let here = format!("linux/{}", self.engine.info().arch);
        match asked {
            "" | "linux" => Ok(String::new()),
            asked if asked == here || asked == self.engine.info().arch => Ok(String::new()),
            other => Err(Refusal::not_allowed(
                format!("the platform {}", crate::text::tick(other)),
                format!("this engine is {}", crate::text::tick(&here)),
            )),
        }
    }

    async fn image_config(&self, name: &super::images::ImageName) -> Result<ImageConfig, Refusal> {
        #[derive(Deserialize)]
        struct Found {
            #[serde(rename = "Config")]
            config: Option<ImageConfig>,
        }
        let ask = Ask::get(&[Word::Is("images"), Word::Image(name), Word::Is("json")]);
        Ok(self.fetch::<Found>(ask).await?.config.unwrap_or_default())
    }

    /// Where nothing outside answers, a name that no container has would be waited for ten seconds.
    fn ask_names_briefly(&self, plan: &Plan, host: &mut HostBody) {
        let own = matches!(plan.joining, Joining::Bridge | Joining::Named(_));
        let options = host.dns_options.get_or_insert_default();
        if self.rules.outward == Outward::Closed && own && options.is_empty() {
            *options = ["timeout:1", "attempts:2"].map(str::to_owned).to_vec();
        }
    }

    /// Puts the container into its networks, and keeps its name resolvable there.
    async fn join(
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
                let why = format!("a non running container: /{called} AS /{name}/{alias}");
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

    /// Mounts volumes under their own names, and folders where they really are.
    async fn mount(
        &self,
        plan: &mut Plan,
        host: &mut HostBody,
        of_image: Unique<Empty>,
    ) -> Result<(), Refusal> {
        let mut binds = Vec::new();
        let mut mounts = host.mounts.take().unwrap_or_default();
        for AskedBind { source, place } in std::mem::take(&mut plan.binds) {
            if let Binds::Carried(workspace) = &self.rules.binds {
                let below = source.strip_prefix(workspace).unwrap_or(&source);
                let carried = self.carried.get();
                let carried = carried.ok_or_else(|| Refusal::engine(503, "no workspace yet"))?;
                mounts.push(carried.mount(&source, below, place).await?);
                continue;
            }
            let source = self.real_folder(&source)?;
            put(place, &source, &mut binds, &mut mounts);
        }
        for AskedVolume {
            name,
            labels,
            place,
        } in std::mem::take(&mut plan.volumes)
        {
            let volume = self.make_volume(&name, labels).await?;
            put(place, volume.as_str(), &mut binds, &mut mounts);
        }
        // A volume without a name would carry no label, and could not be told from anybody's.
        let wanted = plan.anonymous.iter().chain(of_image.0.keys());
        for target in wanted {
            let target = clean(target);
            if plan.covered.contains(&target) {
                continue;
            }
            mounts.push(MountBody {
                r#type: Some("volume".to_owned()),
                target: Some(target.clone()),
                volume_options: Some(VolumeOptions {
                    labels: Some(Unique(self.labels.clone())),
                    ..VolumeOptions::default()
                }),
                ..MountBody::default()
            });
            plan.covered.push(target);
        }
        host.binds = Some(binds);
        host.mounts = Some(mounts);
        Ok(())
    }

    /// Where a folder of the host really is, its links followed: inside the workspace, or refused. What changes between
    /// here and the start cannot be seen from here.
    fn real_folder(&self, source: &Path) -> Result<String, Refusal> {
        let Binds::Inside(workspace) = &self.rules.binds else {
            let shown = crate::text::tick(&source.display().to_string());
            return Err(Refusal::not_allowed(
                format!("the host's {shown}"),
                "use a volume",
            ));
        };
        let shown = source.display().to_string();
        let unusable = |error: std::io::Error| {
            Refusal::engine(
                500,
                format!("cannot look at {}: {error}", crate::text::tick(&shown)),
            )
        };
        let workspace_really = std::fs::canonicalize(workspace).map_err(unusable)?;
        // What is not there yet has no links: the engine makes it, below what is there.
        let there = source
            .ancestors()
            .find(|path| path.symlink_metadata().is_ok())
            .unwrap_or(Path::new("/"));
        let real = std::fs::canonicalize(there).map_err(unusable)?;
        let rest = source.strip_prefix(there).unwrap_or(Path::new(""));
        if !real.starts_with(&workspace_really) {
            return Err(container::outside(&shown, workspace));
        }
        let real = match rest.as_os_str().is_empty() {
            true => real,
            false => real.join(rest),
        };
        match real.to_str() {
            Some(text) if !text.contains(':') => Ok(text.to_owned()),
            _ => Err(Refusal::unreadable("the name of a folder of the host")),
        }
    }

    /// Publishes on this machine alone; `-P` becomes a port each.
    fn publish(&self, plan: &Plan, host: &mut HostBody, of_image: Unique<Empty>) {
        let mut ports = host.port_bindings.take().unwrap_or_default();
        if plan.asked.publish_all_ports == Some(true) {
            let own = plan.body.exposed_ports.clone().unwrap_or_default();
            for port in own.0.into_keys().chain(of_image.0.into_keys()) {
                let place = ports.0.entry(port).or_default();
                if place.as_ref().is_none_or(Vec::is_empty) {
                    *place = Some(container::published(self.rules.publish));
                }
            }
        }
        container::add_registry(&mut ports, self.names.address());
        host.port_bindings = Some(ports);
    }

    /// Notes what was asked for, where something else is sent.
    fn remember(&self, plan: &Plan, host: &HostBody, asked_for: &mut AskedFor) {
        let asked = &plan.asked;
        let always = [
            ("Binds", json!(asked.binds)),
            ("Mounts", json!(asked.mounts)),
            (
                "PublishAllPorts",
                json!(asked.publish_all_ports == Some(true)),
            ),
            (
                "LogConfig",
                json!({
                    "Type": host.log_config.as_ref().and_then(|log| log.r#type.clone()),
                    "Config": asked.log_config.as_ref().and_then(|log| log.config.clone()).unwrap_or_default(),
                }),
            ),
        ];
        for (field, value) in always {
            let nothing = value.is_null() || value == json!(false);
            if !(nothing && field != "Mounts" && field != "Binds") {
                asked_for.host.insert(field.to_owned(), value);
            }
        }
        if plan.joining == Joining::Bridge {
            let asked = asked.network_mode.as_deref().unwrap_or_default();
            let shown = match (self.engine.info().major, asked) {
                (0..25, "") => "default",
                (0..25, asked) => asked,
                // Its name, whatever was asked for.
                _ => BRIDGE,
            };
            asked_for.host.insert("NetworkMode".into(), json!(shown));
        }
        asked_for.ports = asked.port_bindings.clone().unwrap_or_default();
        let zero = |value: Option<i64>| json!(value.unwrap_or(0));
        asked_for.unless_changed("Memory", &zero(asked.memory), &zero(host.memory));
        let swap = match (asked.memory_swap.unwrap_or(0), asked.memory.unwrap_or(0)) {
            // The engine shows twice the memory where nothing is said of swap.
            (0, memory) => memory * 2,
            (swap, _) => swap,
        };
        asked_for.unless_changed("MemorySwap", &json!(swap), &zero(host.memory_swap));
        asked_for.unless_changed("NanoCpus", &zero(asked.nano_cpus), &zero(host.nano_cpus));
        let pids = asked.pids_limit.filter(|pids| *pids != 0);
        asked_for.unless_changed("PidsLimit", &json!(pids), &json!(host.pids_limit));
    }

    /// Labels the container as the sandbox's, over whatever its image says.
    fn label(&self, body: &mut ContainerBody, asked_for: &AskedFor) {
        let labels = body.labels.get_or_insert_default();
        labels.0.extend(self.labels.clone());
        let asked = serde_json::to_string(asked_for).expect("what was asked for is JSON");
        labels.0.insert(portrait::LABEL.to_owned(), asked);
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

fn put(place: Place, source: &str, binds: &mut Vec<String>, mounts: &mut Vec<MountBody>) {
    match place {
        Place::Bind { target, options } => {
            let options = options.map(|options| format!(":{options}"));
            binds.push(format!("{source}:{target}{}", options.unwrap_or_default()));
        }
        Place::Mount(mount) => mounts.push(MountBody {
            source: Some(source.to_owned()),
            ..*mount
        }),
    }
}

/// Slows an image's health check down where it would be a flood.
fn calm(body: &mut ContainerBody, of_image: Option<Health>) {
    let least = i64::try_from(LEAST_HEALTH_INTERVAL.as_nanos()).expect("half a second fits");
    let Some(image) = of_image else { return };
    let slow = |own: Option<i64>, image: Option<i64>| match own.filter(|ns| *ns != 0) {
        Some(own) => Some(own),
        None => image.filter(|ns| *ns != 0 && *ns < least).map(|_| least),
    };
    let own = body.healthcheck.clone().unwrap_or_default();
    let interval = slow(own.interval, image.interval);
    let start_interval = slow(own.start_interval, image.start_interval);
    if (interval, start_interval) != (own.interval, own.start_interval) {
        body.healthcheck = Some(Health {
            interval,
            start_interval,
            ..own
        });
    }
}

/// What of a creation the journal tells.
fn note_plan(note: &mut Note, plan: &Plan) {
    let body = &plan.body;
    let host = body.host_config.clone().unwrap_or_default();
    let attached = [body.attach_stdout, body.attach_stderr];
    note.switch("detach", !attached.contains(&Some(true)));
    note.switch("interactive", body.open_stdin == Some(true));
    note.switch("tty", body.tty == Some(true));
    note.switch("rm", host.auto_remove == Some(true));
    note.switch("publish-all", plan.asked.publish_all_ports == Some(true));
    note.switch("read-only", host.readonly_rootfs == Some(true));
    note.switch("init", host.init == Some(true));
    for (port, places) in plan.asked.port_bindings.iter().flat_map(|ports| &ports.0) {
        let port = port.strip_suffix("/tcp").unwrap_or(port);
        for place in places.iter().flatten() {
            let address = place.host_ip.as_deref().unwrap_or_default();
            let host_port = place.host_port.as_deref().unwrap_or_default();
            note.flag(
                "publish",
                match (address, host_port) {
                    ("", "") => port.to_owned(),
                    ("", host_port) => format!("{host_port}:{port}"),
                    (address, host_port) => format!("{address}:{host_port}:{port}"),
                },
            );
        }
    }
    note_env(note, body.env.as_deref().unwrap_or_default());
    for bind in plan.asked.binds.iter().flatten() {
        note.flag("volume", bind.as_str());
    }
    for target in &plan.anonymous {
        note.flag("volume", target.as_str());
    }
    for mount in plan.asked.mounts.iter().flatten() {
        let part = |text: &Option<String>| text.clone().unwrap_or_default();
        note.flag(
            "mount",
            format!(
                "type={},source={},target={}",
                part(&mount.r#type),
                part(&mount.source),
                part(&mount.target)
            ),
        );
    }
    for place in host.tmpfs.iter().flat_map(|tmpfs| tmpfs.0.keys()) {
        note.flag("tmpfs", place.as_str());
    }
    let network = plan.asked.network_mode.as_deref().unwrap_or_default();
    if !matches!(network, "" | "default") {
        note.flag("network", network);
    }
    if let Some(policy) = host
        .restart_policy
        .and_then(|policy| policy.name)
        .filter(|name| !matches!(name.as_str(), "" | "no"))
    {
        note.flag("restart", policy);
    }
    for (flag, value) in [
        ("user", &body.user),
        ("workdir", &body.working_dir),
        ("hostname", &body.hostname),
    ] {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            note.flag(flag, value);
        }
    }
    for (flag, words) in [("command", &body.cmd), ("entrypoint", &body.entrypoint)] {
        for word in words.iter().flat_map(|words| &words.0) {
            note.flag(flag, word.as_str());
        }
    }
    for (flag, number) in [
        ("memory", plan.asked.memory),
        ("pids-limit", plan.asked.pids_limit),
    ] {
        if let Some(number) = number.filter(|number| *number > 0) {
            note.flag(flag, number.to_string());
        }
    }
    if let Some(nano) = plan.asked.nano_cpus.filter(|nano| *nano > 0) {
        note.flag("cpus", (nano as f64 / 1e9).to_string());
    }
    for (key, value) in body.labels.iter().flat_map(|labels| &labels.0) {
        note.flag("label", format!("{key}={value}"));
    }
}
