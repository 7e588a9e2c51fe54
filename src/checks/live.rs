//! What the learner has made: found by the names they gave it, in their sandbox or on an engine of their own.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use crate::course::CourseImage;
use crate::course::matcher::{Matcher, Value};
use crate::dockerfile::reference;
use crate::engine::{
    ContainerFacts, ContainerSpec, Dial, Engine, EngineError, ImageFacts, NetworkFacts, Published,
    State, VolumeFacts,
};
use crate::outcome::{Cause, JournalEntry};
use crate::text::tick;

use super::file::FileFacts;
use super::scene::{Lacking, Scene};
use super::subject::{Started, Trouble, bounded, course_name};

/// The labels by which compose knows what it made. Source: its reference, "labels" of the Compose Specification's runtime.
pub(super) const SERVICE: &str = "com.docker.compose.service";
const NUMBER: &str = "com.docker.compose.container-number";
const NETWORK: &str = "com.docker.compose.network";
const VOLUME: &str = "com.docker.compose.volume";

/// How long one connection to a host port may take.
const DIAL_LIMIT: Duration = Duration::from_secs(2);

/// The learner's own objects, to be looked at and left as they are.
#[derive(Clone, Copy)]
pub struct Live<'a> {
    /// An engine that knows them by the learner's names: the sandbox's observer, which tells true ports and ids.
    pub engine: &'a Engine,
    /// The course's images, whose names may be written in several ways.
    pub images: &'a [CourseImage],
    /// What the learner did, oldest first.
    pub journal: &'a [JournalEntry],
}

/// Whether two names mean the same image of the course, or are the same name.
pub(super) fn same_image(images: &[CourseImage], one: &str, other: &str) -> bool {
    let known = course_name(images, one);
    reference::same(one, other) || known.is_some() && known == course_name(images, other)
}

fn missing(what: &str, name: &str, see: &str) -> Lacking {
    let said = format!("there is no {what} {}", tick(name));
    Lacking::Trouble(Trouble::Submission(Cause::new(said).see(see)))
}

impl Live<'_> {
    /// The learner's container of this name, or the one that compose made for the service of this name.
    pub(super) async fn container(&self, name: &str) -> Result<ContainerFacts, Lacking> {
        match self.engine.inspect(name).await {
            Ok(facts) => Ok(facts),
            Err(EngineError::NotFound { .. }) => {
                let containers = self.engine.containers().await.map_err(Trouble::from)?;
                let label = |facts: &ContainerFacts, key| facts.labels.get(key).cloned();
                let of_service = containers
                    .into_iter()
                    .filter(|facts| label(facts, SERVICE).as_deref() == Some(name));
                of_service
                    .min_by_key(|facts| label(facts, NUMBER))
                    .ok_or_else(|| missing("container", name, "docker ps -a"))
            }
            Err(error) => Err(Trouble::from(error).into()),
        }
    }

    /// The learner's network of this name, or the one that compose made for it.
    pub(super) async fn network(&self, name: &str) -> Result<Option<NetworkFacts>, EngineError> {
        match self.engine.network(name).await? {
            Some(network) => Ok(Some(network)),
            None => match self.engine.network_labelled(NETWORK, name).await? {
                Some(longer) => self.engine.network(&longer).await,
                None => Ok(None),
            },
        }
    }

    /// The learner's volume of this name, or the one that compose made for it.
    pub(super) async fn volume(&self, name: &str) -> Result<Option<VolumeFacts>, EngineError> {
        match self.engine.volume(name).await? {
            Some(volume) => Ok(Some(volume)),
            None => match self.engine.volume_labelled(VOLUME, name).await? {
                Some(longer) => self.engine.volume(&longer).await,
                None => Ok(None),
            },
        }
    }

    /// The learner's image of this name.
    pub(super) async fn image(&self, name: &str) -> Result<ImageFacts, Lacking> {
        let image = self.engine.image(name).await.map_err(Trouble::from)?;
        image.ok_or_else(|| missing("image", name, "docker images"))
    }

    /// An image's name as a value to compare: where the expected name means the same image, that one.
    pub(super) fn image_name(&self, matcher: Option<&Matcher>, written: &str) -> Value {
        if let Some(Matcher::Equals(Value::Text(expected))) = matcher
            && same_image(self.images, expected, written)
        {
            return Value::Text(expected.clone());
        }
        Value::Text(written.to_owned())
    }

    /// Connects to a port of the host that one of the learner's containers is published on.
    pub(super) async fn dial_host(&self, port: u16) -> Result<Dial, Lacking> {
        let containers = self.engine.containers().await.map_err(Trouble::from)?;
        let binding = containers
            .iter()
            .filter(|container| container.state == State::Running)
            .flat_map(|container| &container.published)
            .find(|binding| binding.host_port == port);
        let Some(binding) = binding else {
            let said =
                format!("no running container of yours is published on port {port} of the host");
            let cause = Cause::new(said).see("docker ps");
            return Err(Trouble::Submission(cause).into());
        };
        Ok(dial_binding(self.engine, binding).await)
    }
}

/// Connects to a published port where it is published: at an address of its own, where it has one.
pub(super) async fn dial_binding(engine: &Engine, binding: &Published) -> Dial {
    let ip = binding.host_ip.parse::<IpAddr>().ok();
    let ip = ip.filter(|ip| !ip.is_unspecified());
    let host = match engine.endpoint().host() {
        Some(host) => host.to_owned(),
        None => ip.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)).to_string(),
    };
    let connect = tokio::net::TcpStream::connect((host, binding.host_port));
    match tokio::time::timeout(DIAL_LIMIT, connect).await {
        Ok(Ok(stream)) => Dial::Open(Box::new(stream)),
        Ok(Err(_)) => Dial::Refused,
        Err(_) => Dial::TimedOut,
    }
}

impl<'a> Scene<'a> {
    /// What the learner has made.
    pub(super) fn live(&self) -> Result<Live<'a>, Lacking> {
        self.live.ok_or(Lacking::NotInTask("sandbox"))
    }

    /// The learner's container of this name, or the task's own where none is named.
    pub(super) async fn container_of(&self, name: Option<&str>) -> Result<Started, Lacking> {
        match name {
            Some(name) => Ok(Started::of_learner(self.live()?.container(name).await?)),
            None => Ok(self.container()?.clone()),
        }
    }

    /// The learner's image of this name, or the task's own where none is named.
    pub(super) async fn image_of(&self, name: Option<&str>) -> Result<ImageFacts, Lacking> {
        match name {
            Some(name) => self.live()?.image(name).await,
            None => Ok(self.built()?.image.clone()),
        }
    }

    /// Reads a path of the learner's image, in a container that never starts.
    pub(super) async fn read_in_image(
        &self,
        name: &str,
        path: &str,
        cap: u64,
    ) -> Result<Option<FileFacts>, Lacking> {
        let image = self.live()?.image(name).await?;
        let engine = self.rig.engine;
        let spec = ContainerSpec {
            image: image.id,
            entrypoint: Some(vec!["/".to_owned()]),
            ..bounded(self.rig)
        };
        let id = engine.create(&spec).await.map_err(Trouble::from)?;
        let read = engine.read(&id, path, cap).await;
        engine.remove(&id).await.map_err(Trouble::from)?;
        Ok(read.map_err(Trouble::from)?.map(FileFacts::from))
    }
}
