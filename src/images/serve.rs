//! A registry for a room: a container whose files are those of a registry that has been pushed to, put there before it
//! starts. It takes no pushes, runs as nobody, and is gone when it is closed.

mod stand;

use std::net::SocketAddr;
use std::time::Duration;

use crate::course::CourseImage;
use crate::engine::{
    ContainerSpec, Engine, EngineError, Limits, Network, Publish, Run, SendError, State,
};
use crate::failure::Failure;
use crate::text::tick;

use super::depot::Depot;
use super::ensure;
use super::getting::Getting;

use stand::Stand;

/// The image of the registry itself.
const REGISTRY: &str = "registry:2";
/// Where its files are put: a folder that is no volume of the image.
const ROOT: &str = "/kit";
/// The port it listens on.
const PORT: u16 = 5000;
/// How long it may take to say that it listens.
const START_LIMIT: Duration = Duration::from_secs(60);
/// How often it is looked for.
const LOOK: Duration = Duration::from_millis(100);
/// Bytes of its log that are looked at.
const LOG: usize = 64 << 10;

/// What a room is to have.
pub struct Offer<'a> {
    /// The images; each is served under its other names too. Those of ours that stand for no official one are not.
    pub images: &'a [CourseImage],
    /// The address learners reach.
    pub address: SocketAddr,
    /// Told once it serves: the names that learners may pull.
    pub ready: &'a (dyn Fn(&[String]) + Send + Sync),
}

/// Serves until `stop`, and removes all that it made, whatever happens.
///
/// # Errors
/// An image cannot be had, the address cannot be used, or the registry ends by itself.
pub async fn serve(
    engine: &Engine,
    depot: &Depot,
    offer: &Offer<'_>,
    on: &(dyn Fn(Getting) + Send + Sync),
    stop: impl Future<Output = ()>,
) -> Result<(), Failure> {
    let run = Run::new();
    let served = tokio::select! {
        ended = serving(engine, depot, offer, on, &run) => ended,
        () = stop => Ok(()),
    };
    // What went wrong first counts; what is left carries the run's labels.
    let removed = run.end(engine).await;
    served?;
    Ok(removed.map(drop)?)
}

/// Ends only when the registry does.
async fn serving(
    engine: &Engine,
    depot: &Depot,
    offer: &Offer<'_>,
    on: &(dyn Fn(Getting) + Send + Sync),
    run: &Run,
) -> Result<(), Failure> {
    ensure(engine, depot, REGISTRY, on).await?;
    let stand = Stand::of(engine, depot, offer.images, on).await?;
    let names = stand.names();
    let id = engine.create(&container(run, offer.address)).await?;
    let sent = engine
        .put_written(&id, move |out| stand.write(ROOT, out))
        .await;
    sent.map_err(|error| match error {
        SendError::Source(error) => Failure::system(format!("the images cannot be sent: {error}")),
        SendError::Engine(error) => error.into(),
    })?;
    on(Getting::Settled(REGISTRY.to_owned()));
    engine
        .start(&id)
        .await
        .map_err(|error| unusable(error, offer.address))?;
    listening(engine, &id).await?;
    (offer.ready)(&names);
    let a_day = Duration::from_secs(24 * 60 * 60);
    while engine.wait(&id, a_day).await?.is_none() {}
    let last = last_words(engine, &id).await;
    let failure = Failure::system(format!(
        "the registry's container was stopped or removed, or ended by itself: {last}"
    ));
    Err(failure.with_hint("`sealegs images serve` begins it anew"))
}

/// An address that the engine cannot listen on because its machine does not have it.
fn unusable(error: EngineError, address: SocketAddr) -> Failure {
    if !error
        .to_string()
        .contains("cannot assign requested address")
    {
        return error.into();
    }
    let ip = tick(&address.ip().to_string());
    let failure = Failure::system(format!("{ip} is no address of the engine's machine"));
    failure.with_hint("`ip addr` on that machine lists those it has")
}

fn container(run: &Run, address: SocketAddr) -> ContainerSpec {
    let setting = |name: &str, value: &str| (format!("REGISTRY_{name}"), value.to_owned());
    ContainerSpec {
        name: Some(run.name("registry")),
        env: vec![
            setting("STORAGE_FILESYSTEM_ROOTDIRECTORY", ROOT),
            setting("STORAGE_MAINTENANCE_READONLY", r#"{"enabled": true}"#),
        ],
        // Nobody: what is not written down as read only cannot be written either.
        user: Some("65534:65534".to_owned()),
        labels: run.labels(),
        network: Network::Bridge,
        publish: vec![Publish {
            container: PORT,
            host: Some(address.port()),
            ip: address.ip(),
        }],
        limits: Limits {
            cpus: 0.0,
            ..Limits::default()
        },
        ..ContainerSpec::of(REGISTRY)
    }
}

/// Waits until the registry says that it listens: its address may be out of our reach.
async fn listening(engine: &Engine, id: &str) -> Result<(), Failure> {
    let limit = tokio::time::Instant::now() + START_LIMIT;
    loop {
        if engine.logs(id, LOG).await?.merged.contains("listening on") {
            return Ok(());
        }
        let running = engine.inspect(id).await?.state == State::Running;
        if !running || tokio::time::Instant::now() > limit {
            let last = last_words(engine, id).await;
            let failure = Failure::system(format!(
                "the image {} does not serve as a registry: {last}",
                tick(REGISTRY)
            ));
            return Err(failure.with_hint(format!(
                "`docker rmi {REGISTRY}`: the next `sealegs images serve` gets it anew"
            )));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// The last that a container has said.
async fn last_words(engine: &Engine, id: &str) -> String {
    let said = engine.logs(id, LOG).await.unwrap_or_default();
    let mut lines = said.merged.lines().rev();
    let last = lines.find(|line| !line.trim().is_empty());
    last.unwrap_or("it said nothing").to_owned()
}
