//! A container is made: what its plan refers to is found among the sandbox's own, what the sandbox adds is added, and
//! what was asked for is noted so that it can be shown.

use serde::Deserialize;
use serde_json::json;

use super::answer::Answered;
use super::ask::{Ask, Word};
use super::portrait::{self, AskedFor};
use super::serve::Asked;
use super::{Seat, Server, stream, told};
use crate::engine::{LOOK_LABEL, LOOKS};
use crate::sandbox::names::BRIDGE;
use crate::sandbox::policy::Refusal;
use crate::sandbox::policy::call::CreateContainer;
use crate::sandbox::policy::container::{
    self, ContainerBody, Health, HostBody, Joining, LEAST_HEALTH_INTERVAL, Plan,
};
use crate::sandbox::policy::json::{Empty, Unique};
use crate::sandbox::policy::route::invalid_container_name;
use crate::sandbox::policy::text::is_object_name;

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
        let platform = self.platform(&platform)?;
        let body = stream::request(request.into_body()).await?;
        let mut plan = container::create(&body, &self.rules)?;
        told::plan(note, &plan);
        let name = match name.strip_prefix('/').unwrap_or(&name) {
            "" => super::christen::name(),
            given if is_object_name(given) && given.len() > 1 => given.to_owned(),
            given => return Err(invalid_container_name(given)),
        };
        note.object("container", name.as_str());
        note.object("image", plan.image.as_str());
        let _making = self.making.begin(&name);
        self.has_room(seat).await?;

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

    /// Those that are being made count too, for many at once would all see the same; by their names, so that none counts
    /// twice.
    async fn has_room(&self, seat: Seat) -> Result<(), Refusal> {
        let most = self.rules.ceiling.containers;
        let mut names = self.making.names();
        names.extend(self.containers().await?.into_iter().map(|one| one.name));
        match seat == Seat::Learner && names.len() > most {
            false => Ok(()),
            true => Err(Refusal::not_allowed(
                format!("more than {most} containers at once"),
                "remove what you need no more: `docker container prune`, `docker rm -f NAME`",
            )),
        }
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
