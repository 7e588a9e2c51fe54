//! Published ports: on this machine's loopback only, and shown as they were asked for.

use std::net::{IpAddr, Ipv4Addr};

use super::body::{PortBody, PortMap};
use crate::sandbox::policy::Refusal;
use crate::sandbox::policy::rules::Publish;
use crate::text::tick;

/// Where the asked bindings really go.
pub(super) fn bindings(asked: PortMap, publish: Publish) -> Result<PortMap, Refusal> {
    let mut sent = PortMap::default();
    for (port, bindings) in asked.0 {
        if !is_port(&port) {
            return Err(Refusal::unreadable(format!("the port {}", tick(&port))));
        }
        let mut places: Vec<PortBody> = Vec::new();
        for binding in bindings.unwrap_or_default() {
            let place = place(&binding, publish)?;
            // `0.0.0.0` and `::` are one place here.
            if !places.contains(&place) || place.host_port.as_deref() == Some("") {
                places.push(place);
            }
        }
        sent.0.insert(port, Some(places));
    }
    Ok(sent)
}

/// A port published at a port of the engine's choice, as `-P` does it.
pub(in crate::sandbox) fn published(publish: Publish) -> Vec<PortBody> {
    vec![at(publish, "")]
}

fn place(asked: &PortBody, publish: Publish) -> Result<PortBody, Refusal> {
    let address = asked.host_ip.as_deref().unwrap_or_default();
    if !shown_everywhere(address) && !is_loopback(address) {
        return Err(Refusal::not_allowed(
            format!("a port published at {}", tick(address)),
            "nothing is published beyond this machine: leave the address out, or say 127.0.0.1",
        ));
    }
    let port = asked.host_port.as_deref().unwrap_or_default();
    let valid = port.is_empty()
        || port
            .split('-')
            .all(|end| end.parse::<u16>().is_ok() && end.bytes().all(|b| b.is_ascii_digit()));
    if !valid || port.matches('-').count() > 1 {
        return Err(Refusal::unreadable(format!("the host port {}", tick(port))));
    }
    Ok(at(publish, if port == "0" { "" } else { port }))
}

fn at(publish: Publish, port: &str) -> PortBody {
    let (address, port) = match publish {
        Publish::At(address) => (address, port),
        Publish::EngineChosen => (Ipv4Addr::LOCALHOST, ""),
    };
    PortBody {
        host_ip: Some(address.to_string()),
        host_port: Some(port.to_owned()),
    }
}

/// True for the addresses that mean "all of them".
pub(in crate::sandbox) fn shown_everywhere(address: &str) -> bool {
    matches!(address, "" | "0.0.0.0" | "::")
}

fn is_loopback(address: &str) -> bool {
    address
        .parse::<IpAddr>()
        .is_ok_and(|address| address.is_loopback())
}

/// `80`, `80/tcp`, `53/udp`.
fn is_port(text: &str) -> bool {
    let (number, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let digits = number.bytes().all(|b| b.is_ascii_digit());
    digits && number.parse::<u16>().is_ok() && matches!(protocol, "tcp" | "udp" | "sctp")
}

/// The bindings of an asked-for map, by container port with its protocol.
pub(in crate::sandbox) fn asked_at<'a>(asked: &'a PortMap, port: &str) -> &'a [PortBody] {
    let found = asked.0.get(port).or_else(|| {
        let number = port.strip_suffix("/tcp")?;
        asked.0.get(number)
    });
    match found {
        Some(Some(bindings)) => bindings,
        _ => &[],
    }
}

/// Adds the sandbox's own address to what publishes a registry's port: images named `localhost:5000/…` are then
/// reached by the engine at an address that is this sandbox's alone.
pub(in crate::sandbox) fn add_registry(sent: &mut PortMap, registry: Ipv4Addr) {
    const REGISTRY: &str = "5000/tcp";
    let Some(Some(places)) = sent.0.get_mut(REGISTRY) else {
        return;
    };
    let own = registry.to_string();
    let ports: Vec<String> = places
        .iter()
        .filter(|place| place.host_ip.as_deref() != Some(&own))
        .filter_map(|place| place.host_port.clone())
        .filter(|port| port.parse::<u16>().is_ok())
        .collect();
    for port in ports {
        let place = PortBody {
            host_ip: Some(own.clone()),
            host_port: Some(port),
        };
        if !places.contains(&place) {
            places.push(place);
        }
    }
}
