//! How a container is shown: as it was asked for, where the sandbox made something else of it.
//!
//! What was asked for travels in a label of the container, for the engine is the only memory a sandbox has.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::sandbox::names::{BRIDGE, Names};
use crate::sandbox::policy::container::{PortMap, asked_at, shown_everywhere};
use crate::sandbox::policy::rules::Publish;

/// The label that holds an [`AskedFor`].
pub(super) const LABEL: &str = "sealegs.sandbox.asked";

/// What a client asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct AskedFor {
    /// The image as it was written, where that was an id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) image: Option<String>,
    /// Fields of `HostConfig` that are always shown so.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(super) host: Map<String, Value>,
    /// Fields of `HostConfig` that are shown so for as long as they have the value that the sandbox gave them.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(super) unless_changed: Map<String, Value>,
    /// The published ports.
    #[serde(skip_serializing_if = "is_empty")]
    pub(super) ports: PortMap,
    /// Names in networks that the sandbox added.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) added_aliases: Vec<String>,
}

fn is_empty(ports: &PortMap) -> bool {
    ports.0.is_empty()
}

impl AskedFor {
    /// Notes a field that the sandbox sets to `sent` where the client said `asked`.
    pub(super) fn unless_changed(&mut self, field: &str, asked: &Value, sent: &Value) {
        if asked != sent {
            self.unless_changed
                .insert(field.to_owned(), json!([sent, asked]));
        }
    }

    fn of_labels(labels: &Value) -> Self {
        labels[LABEL]
            .as_str()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    }
}

/// Whether a container with these labels was made in the default network.
pub(super) fn is_in_default_network(labels: &BTreeMap<String, String>) -> bool {
    let asked = labels.get(LABEL).map(|text| serde_json::from_str(text));
    let asked: AskedFor = asked.and_then(Result::ok).unwrap_or_default();
    let mode = asked.host.get("NetworkMode").and_then(Value::as_str);
    matches!(mode, Some("default" | "bridge"))
}

/// One entry of a list.
pub(super) fn listed(value: &mut Value, names: &Names, publish: Publish) {
    let asked = AskedFor::of_labels(&value["Labels"]);
    if let Some(image) = asked.image {
        value["Image"] = json!(image);
    }
    if let Some(ports) = value["Ports"].as_array_mut() {
        ports.retain(|port| !is_registrys(port["IP"].as_str(), names, publish));
        for port in ports {
            let key = format!(
                "{}/{}",
                port["PrivatePort"].as_u64().unwrap_or_default(),
                port["Type"].as_str().unwrap_or("tcp")
            );
            let actual = port["PublicPort"].as_u64().unwrap_or_default().to_string();
            if let Some(place) = shown(&asked.ports, &key, &actual, publish) {
                if port.get("IP").is_some() {
                    port["IP"] = json!(place.0);
                }
                if let Ok(number) = place.1.parse::<u64>()
                    && port.get("PublicPort").is_some()
                {
                    port["PublicPort"] = json!(number);
                }
            }
        }
    }
    networks(&mut value["NetworkSettings"], &asked.added_aliases);
    if let (Some(mode), Some(shown)) = (
        asked.host.get("NetworkMode"),
        value["HostConfig"].get_mut("NetworkMode"),
    ) {
        *shown = mode.clone();
    }
}

/// A whole inspection.
pub(super) fn inspected(value: &mut Value, names: &Names, publish: Publish) {
    let asked = AskedFor::of_labels(&value["Config"]["Labels"]);
    if let Some(image) = asked.image {
        value["Config"]["Image"] = json!(image);
    }
    if let Some(ports) = value["NetworkSettings"]["Ports"].as_object_mut() {
        for (key, places) in ports {
            let Some(places) = places.as_array_mut() else {
                continue;
            };
            places.retain(|place| !is_registrys(place["HostIp"].as_str(), names, publish));
            for place in places {
                let actual = place["HostPort"].as_str().unwrap_or_default().to_owned();
                if let Some((address, port)) = shown(&asked.ports, key, &actual, publish) {
                    *place = json!({"HostIp": address, "HostPort": port});
                }
            }
        }
    }
    default_network(&mut value["NetworkSettings"], names);
    networks(&mut value["NetworkSettings"], &asked.added_aliases);
    if let Some(host) = value["HostConfig"].as_object_mut() {
        host.insert("PortBindings".into(), json!(asked.ports));
        for (field, pair) in &asked.unless_changed {
            if host.get(field) == pair.get(0) {
                host.insert(field.clone(), pair[1].clone());
            }
        }
        for (field, asked) in asked.host {
            host.insert(field, asked);
        }
    }
}

/// Shows what came out of a carried workspace as the folder or the file that was asked for, whoever looks.
pub(super) fn mounts(value: &mut Value, origin: impl Fn(&str) -> Option<String>) {
    let Some(mounts) = value["Mounts"].as_array_mut() else {
        return;
    };
    for mount in mounts {
        let known = ["Name", "Source"].map(|key| mount[key].as_str().and_then(&origin));
        if let Some(source) = known.into_iter().flatten().next() {
            let mode = match mount["RW"] == json!(false) {
                true => "ro",
                false => "",
            };
            *mount = json!({
                "Type": "bind",
                "Source": source,
                "Destination": mount["Destination"],
                "Mode": mode,
                "RW": mount["RW"],
                "Propagation": "rprivate",
            });
        }
    }
}

/// True for the second place of a registry's port, which only the engine uses.
fn is_registrys(address: Option<&str>, names: &Names, publish: Publish) -> bool {
    publish != Publish::At(names.address()) && address == Some(names.address().to_string().as_str())
}

/// How a published port is shown: at the address, and where the engine chose the port in place of the client, at the
/// port that was asked for.
fn shown(asked: &PortMap, key: &str, actual: &str, publish: Publish) -> Option<(String, String)> {
    let bindings = asked_at(asked, key);
    let by_port = bindings
        .iter()
        .find(|binding| binding.host_port.as_deref() == Some(actual));
    let binding = by_port.or(bindings.first());
    let address = binding
        .and_then(|binding| binding.host_ip.clone())
        .filter(|address| !shown_everywhere(address));
    let address = address.unwrap_or_else(|| Ipv4Addr::UNSPECIFIED.to_string());
    let port = match publish {
        Publish::At(_) => actual.to_owned(),
        Publish::EngineChosen => binding
            .and_then(|binding| binding.host_port.clone())
            .filter(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
            .unwrap_or_else(|| actual.to_owned()),
    };
    (!actual.is_empty() && actual != "0").then_some((address, port))
}

/// Engines up to 28 tell of their default network a second time, beside all networks.
fn default_network(settings: &mut Value, names: &Names) {
    const TWICE: [&str; 8] = [
        "EndpointID",
        "Gateway",
        "GlobalIPv6Address",
        "GlobalIPv6PrefixLen",
        "IPAddress",
        "IPPrefixLen",
        "IPv6Gateway",
        "MacAddress",
    ];
    let stand_in = [names.stand_in(), names.object(BRIDGE)];
    let Some(endpoint) = stand_in
        .iter()
        .find_map(|name| settings["Networks"].get(name).cloned())
    else {
        return;
    };
    for key in TWICE {
        if let (Some(place), Some(value)) = (settings.get_mut(key), endpoint.get(key)) {
            *place = value.clone();
        }
    }
}

/// Takes the names that the sandbox added out of every network's.
fn networks(settings: &mut Value, added: &[String]) {
    let Some(networks) = settings["Networks"].as_object_mut() else {
        return;
    };
    for (_, endpoint) in networks {
        for key in ["Aliases", "DNSNames"] {
            if let Some(names) = endpoint.get_mut(key).and_then(Value::as_array_mut) {
                names.retain(|name| {
                    let name = name.as_str().unwrap_or_default();
                    key != "Aliases" || !added.iter().any(|added| added == name)
                });
                if names.is_empty() && key == "Aliases" {
                    endpoint[key] = Value::Null;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(text: &str) -> PortMap {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn ports_are_shown_as_they_were_asked_for() {
        let names = Names::for_tests();
        let asked = AskedFor {
            ports: ports(r#"{"80/tcp":[{"HostIp":"","HostPort":"8080"}]}"#),
            ..AskedFor::default()
        };
        let label = serde_json::to_string(&asked).unwrap();
        let mut value = json!({
            "Config": {"Image": "x", "Labels": {LABEL: label}},
            "HostConfig": {"PortBindings": {"80/tcp": [{"HostIp": "127.9.8.7", "HostPort": "8080"}]}},
            "NetworkSettings": {"Ports": {
                "80/tcp": [{"HostIp": "127.9.8.7", "HostPort": "8080"}], "81/tcp": null}},
        });
        inspected(&mut value, &names, Publish::At(names.address()));
        let everywhere = json!([{"HostIp": "0.0.0.0", "HostPort": "8080"}]);
        assert_eq!(value["NetworkSettings"]["Ports"]["80/tcp"], everywhere);
        assert_eq!(
            value["HostConfig"]["PortBindings"]["80/tcp"][0]["HostIp"],
            ""
        );
    }

    #[test]
    fn the_address_in_the_default_network_is_told_beside_it() {
        let names = Names::for_tests();
        let bridge = names.stand_in();
        let mut value = json!({"Config": {"Labels": {}}, "NetworkSettings": {
            "IPAddress": "", "Networks": {bridge: {"IPAddress": "172.30.0.2", "Gateway": "172.30.0.1"}}}});
        inspected(&mut value, &names, Publish::EngineChosen);
        assert_eq!(value["NetworkSettings"]["IPAddress"], "172.30.0.2");
        // A newer engine does not have it.
        assert_eq!(value["NetworkSettings"].get("Gateway"), None);
    }

    #[test]
    fn a_port_of_the_engines_choice_is_shown_as_the_one_asked_for() {
        let names = Names::for_tests();
        let asked = AskedFor {
            ports: ports(r#"{"80/tcp":[{"HostIp":"127.0.0.1","HostPort":"8080"}]}"#),
            ..AskedFor::default()
        };
        let mut value = json!({
            "Labels": {LABEL: serde_json::to_string(&asked).unwrap()},
            "Ports": [{"IP": "127.0.0.1", "PrivatePort": 80, "PublicPort": 49153, "Type": "tcp"}],
        });
        listed(&mut value, &names, Publish::EngineChosen);
        assert_eq!(value["Ports"][0]["PublicPort"], 8080);
        assert_eq!(value["Ports"][0]["IP"], "127.0.0.1");
    }

    #[test]
    fn the_registrys_second_place_is_not_shown() {
        let names = Names::for_tests();
        let mut value = json!({"Labels": {}, "Ports": [
            {"IP": "127.0.0.1", "PrivatePort": 5000, "PublicPort": 5000, "Type": "tcp"},
            {"IP": "127.9.8.7", "PrivatePort": 5000, "PublicPort": 5000, "Type": "tcp"},
        ]});
        listed(&mut value, &names, Publish::At(Ipv4Addr::LOCALHOST));
        assert_eq!(value["Ports"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn what_came_out_of_the_workspace_is_shown_as_it_was_asked_for() {
        let mut value = json!({"Mounts": [
            {"Type": "volume", "Name": "sealegs-1-folder-1", "Source": "/var/lib/x/_data", "Destination": "/out", "Driver": "local", "Mode": "z", "RW": false},
            {"Type": "volume", "Name": "data", "Source": "/y", "Destination": "/data"},
        ]});
        let origin = |name: &str| (name == "sealegs-1-folder-1").then(|| "/work/x/out".to_owned());
        mounts(&mut value, origin);
        let out = json!({"Type": "bind", "Source": "/work/x/out", "Destination": "/out", "Mode": "ro", "RW": false, "Propagation": "rprivate"});
        assert_eq!(value["Mounts"][0], out);
        assert_eq!(value["Mounts"][1]["Name"], "data");
    }

    #[test]
    fn limits_are_shown_as_asked_until_they_are_changed() {
        let names = Names::for_tests();
        let mut asked = AskedFor::default();
        asked.unless_changed("Memory", &json!(0), &json!(512));
        let label = serde_json::to_string(&asked).unwrap();
        let with = |memory: u32| json!({"Config": {"Labels": {LABEL: label}}, "HostConfig": {"Memory": memory}});
        let (mut given, mut updated) = (with(512), with(256));
        inspected(&mut given, &names, Publish::EngineChosen);
        inspected(&mut updated, &names, Publish::EngineChosen);
        assert_eq!(given["HostConfig"]["Memory"], 0);
        assert_eq!(updated["HostConfig"]["Memory"], 256);
    }
}
