//! The networks a container starts in or is connected to.

use super::Plan;
use super::body::{EndpointBody, NetworkingBody};
use crate::sandbox::policy::Refusal;
use crate::sandbox::policy::text::is_object_name;
use crate::text::tick;

/// The network a container starts in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) enum Joining {
    /// The default one: the sandbox's stand-in for it.
    #[default]
    Bridge,
    /// Only its own loopback.
    None,
    /// One of the sandbox's networks, by name or id.
    Named(String),
    /// That of another container of the sandbox.
    Container(String),
}

pub(super) fn joining(mode: &str) -> Result<Joining, Refusal> {
    match mode {
        "" | "default" | "bridge" => Ok(Joining::Bridge),
        "none" => Ok(Joining::None),
        "host" => Err(Refusal::not_allowed(
            "the host's network",
            "publish a port with `-p`, or make a network with `docker network create`",
        )),
        _ => match mode.strip_prefix("container:") {
            Some(name) if is_object_name(name) => Ok(Joining::Container(name.to_owned())),
            None if is_object_name(mode) => Ok(Joining::Named(mode.to_owned())),
            _ => Err(Refusal::unreadable(format!("the network {}", tick(mode)))),
        },
    }
}

/// Checks the settings in every network.
pub(super) fn endpoints(asked: NetworkingBody, plan: &mut Plan) -> Result<(), Refusal> {
    let NetworkingBody { endpoints_config } = asked;
    for (name, settings) in endpoints_config.unwrap_or_default().0 {
        if !is_object_name(&name) {
            return Err(Refusal::unreadable(format!("the network {}", tick(&name))));
        }
        plan.endpoints
            .push((name, endpoint(settings.unwrap_or_default())?));
    }
    Ok(())
}

/// Checks one endpoint's settings; links stay as they were written.
pub(in crate::sandbox) fn endpoint(asked: EndpointBody) -> Result<EndpointBody, Refusal> {
    let EndpointBody {
        ipam_config,
        links,
        aliases,
        mac_address,
        driver_opts,
        gw_priority,
        // What the engine itself says of an endpoint: not ours to set.
        network_id: _,
        endpoint_id: _,
        gateway: _,
        ip_address: _,
        ip_prefix_len: _,
        ipv6_gateway: _,
        global_ipv6_address: _,
        global_ipv6_prefix_len: _,
        dns_names: _,
    } = asked;
    if driver_opts.is_some_and(|options| !options.0.is_empty()) {
        return Err(Refusal::not_allowed(
            "driver options of an endpoint",
            "leave out `--driver-opt`",
        ));
    }
    if let Some(aliases) = &aliases
        && let Some(alias) = aliases.iter().find(|alias| !is_object_name(alias))
    {
        return Err(Refusal::unreadable(format!("the alias {}", tick(alias))));
    }
    for written in links.iter().flatten() {
        link(written)?;
    }
    Ok(EndpointBody {
        ipam_config,
        links,
        aliases,
        mac_address,
        gw_priority,
        ..EndpointBody::default()
    })
}

/// `db`, `db:database`.
pub(in crate::sandbox) fn link(text: &str) -> Result<(String, String), Refusal> {
    let text = text.trim_start_matches('/');
    let (name, alias) = text.split_once(':').unwrap_or((text, text));
    // compose v1 writes the alias with the container's path before it.
    let alias = alias.rsplit('/').next().unwrap_or(alias);
    match is_object_name(name) && is_object_name(alias) {
        true => Ok((name.to_owned(), alias.to_owned())),
        false => Err(Refusal::unreadable(format!("the link {}", tick(text)))),
    }
}
