//! What is run in a container: harmless by itself, but for labels, triggers and floods of health checks.

use std::time::Duration;

use super::body::{ContainerBody, Health};
use super::mounts;
use crate::sandbox::policy::Refusal;
use crate::text::tick;

/// Health checks more often than this are a flood: each is a process that the engine starts.
pub(in crate::sandbox) const LEAST_HEALTH_INTERVAL: Duration = Duration::from_millis(500);

/// Labels that begin so are the sandbox's own.
pub(in crate::sandbox::policy) const OWN_LABELS: &str = "sealegs.";

pub(super) fn checked(
    asked: ContainerBody,
    image_out: &mut String,
    anonymous: &mut Vec<String>,
) -> Result<ContainerBody, Refusal> {
    // Every field is named: one that is added to the shape must be thought about here.
    let ContainerBody {
        hostname,
        domainname,
        user,
        attach_stdin,
        attach_stdout,
        attach_stderr,
        exposed_ports,
        tty,
        open_stdin,
        stdin_once,
        env,
        cmd,
        healthcheck,
        args_escaped,
        image,
        volumes,
        working_dir,
        entrypoint,
        network_disabled,
        mac_address,
        on_build,
        labels,
        stop_signal,
        stop_timeout,
        shell,
        runtime,
        // `{}` asks for no platform either.
        platform: _,
        host_config: _,
        networking_config: _,
    } = asked;
    if let Some(runtime) = runtime.filter(|runtime| !runtime.is_empty()) {
        return Err(Refusal::not_allowed(
            format!("the runtime {}", tick(&runtime)),
            "leave out `--runtime`",
        ));
    }
    if on_build.is_some_and(|triggers| !triggers.is_empty()) {
        return Err(Refusal::not_allowed(
            "triggers of a container",
            "write `ONBUILD` in a Dockerfile",
        ));
    }
    if let Some(labels) = &labels {
        no_own_labels(labels.0.keys())?;
    }
    if let Some(health) = &healthcheck {
        no_flood(health)?;
    }
    for place in volumes.iter().flat_map(|volumes| volumes.0.keys()) {
        mounts::target(place)?;
        anonymous.push(place.clone());
    }
    *image_out = image.unwrap_or_default();
    Ok(ContainerBody {
        hostname,
        domainname,
        user,
        attach_stdin,
        attach_stdout,
        attach_stderr,
        exposed_ports,
        tty,
        open_stdin,
        stdin_once,
        env,
        cmd,
        healthcheck,
        args_escaped,
        image: None,
        volumes,
        working_dir,
        entrypoint,
        network_disabled,
        mac_address,
        on_build: None,
        labels,
        stop_signal,
        stop_timeout,
        shell,
        runtime: None,
        platform: None,
        host_config: None,
        networking_config: None,
    })
}

/// Refuses labels that only the sandbox may set.
pub(in crate::sandbox::policy) fn no_own_labels<'a>(
    keys: impl IntoIterator<Item = &'a String>,
) -> Result<(), Refusal> {
    match keys.into_iter().find(|key| key.starts_with(OWN_LABELS)) {
        None => Ok(()),
        Some(key) => Err(Refusal::not_allowed(
            format!("the label {}", tick(key)),
            "labels that begin with `sealegs.` are the sandbox's own: take another name",
        )),
    }
}

fn no_flood(health: &Health) -> Result<(), Refusal> {
    let least = i64::try_from(LEAST_HEALTH_INTERVAL.as_nanos()).expect("half a second fits");
    let often = |interval: Option<i64>| interval.is_some_and(|ns| ns != 0 && ns < least);
    if often(health.interval) || often(health.start_interval) {
        return Err(Refusal::not_allowed(
            "a health check more often than every 500 ms",
            "give it a longer interval",
        ));
    }
    Ok(())
}
