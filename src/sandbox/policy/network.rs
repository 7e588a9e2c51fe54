//! Which networks may be made, and how containers join and leave them.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::container::{EndpointBody, checked_endpoint};
use super::json::Unique;
use super::rules::{Outward, Rules};
use super::text::is_object_name;
use super::{Refusal, json};
use crate::text::{inert_line, tick};

/// The body of a network's creation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
pub(in crate::sandbox) struct NetworkBody {
    pub(in crate::sandbox) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) check_duplicate: Option<bool>,
    pub(in crate::sandbox) driver: Option<String>,
    #[serde(skip_serializing)]
    scope: Option<String>,
    #[serde(rename = "EnableIPv4", skip_serializing_if = "Option::is_none")]
    enable_ipv4: Option<bool>,
    #[serde(rename = "EnableIPv6", skip_serializing_if = "Option::is_none")]
    enable_ipv6: Option<bool>,
    #[serde(rename = "IPAM", skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) ipam: Option<Ipam>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) internal: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attachable: Option<bool>,
    #[serde(skip_serializing)]
    ingress: Option<bool>,
    #[serde(skip_serializing)]
    config_only: Option<bool>,
    #[serde(skip_serializing)]
    config_from: Option<ConfigFrom>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) options: Option<Unique<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) labels: Option<Unique<String>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
struct ConfigFrom {
    network: Option<String>,
}

/// How addresses are given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
pub(in crate::sandbox) struct Ipam {
    driver: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<Unique<String>>,
    pub(in crate::sandbox) config: Option<Vec<Pool>>,
}

/// One pool of addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
pub(in crate::sandbox) struct Pool {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) subnet: Option<String>,
    #[serde(rename = "IPRange", skip_serializing_if = "Option::is_none")]
    ip_range: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) gateway: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auxiliary_addresses: Option<Unique<String>>,
    /// docker-py's older name for it.
    #[serde(rename = "AuxAddress", skip_serializing)]
    aux_address: Option<Unique<String>>,
}

/// An IPv4 network in the notation `10.1.0.0/16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct Subnet {
    base: u32,
    bits: u8,
}

/// Where the networks of all sandboxes are that ask for no place of their own.
pub(in crate::sandbox) const OWN: Subnet = Subnet::known(10, 64, 10);

/// Where an engine takes its networks from, where nobody has told it otherwise (its `default-address-pools`).
pub(in crate::sandbox) const ENGINES: [Subnet; 2] =
    [Subnet::known(172, 16, 12), Subnet::known(192, 168, 16)];

impl Subnet {
    const fn known(first: u8, second: u8, bits: u8) -> Self {
        let base = (first as u32) << 24 | (second as u32) << 16;
        Self { base, bits }
    }

    /// One of 256 addresses in it, by a number.
    pub(in crate::sandbox) fn part(&self, number: u32) -> Self {
        let parts = 1 << (24 - u32::from(self.bits));
        Self {
            base: self.base + ((number % parts) << 8),
            bits: 24,
        }
    }

    pub(in crate::sandbox) fn new(base: Ipv4Addr, bits: u8) -> Self {
        Self {
            base: u32::from(base) & Self::mask(bits),
            bits,
        }
    }

    pub(in crate::sandbox) fn parse(text: &str) -> Option<Self> {
        let (base, bits) = text.split_once('/')?;
        let bits: u8 = bits.parse().ok().filter(|bits| *bits <= 32)?;
        Some(Self::new(base.parse().ok()?, bits))
    }

    fn mask(bits: u8) -> u32 {
        u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0)
    }

    /// True where the two have an address in common.
    pub(in crate::sandbox) fn overlaps(&self, other: &Self) -> bool {
        let mask = Self::mask(self.bits.min(other.bits));
        self.base & mask == other.base & mask
    }

    pub(in crate::sandbox) fn is_default_route(&self) -> bool {
        self.bits == 0
    }

    /// The first address, which the engine's side of the network takes.
    pub(in crate::sandbox) fn gateway(&self) -> Ipv4Addr {
        Ipv4Addr::from(self.base + 1)
    }

    /// Whether a client may take it: not where all sandboxes have theirs, and no more than one of the engine's own. What is
    /// graded keeps to where the engine takes its own from, so that no other network of the house is hidden by it.
    fn is_free_to_take(&self, rules: &Rules) -> bool {
        let of_engine = ENGINES.iter().any(|range| self.is_within(range));
        let place = match rules.outward {
            Outward::Closed => of_engine,
            Outward::Open => self.is_private() && !self.overlaps(&OWN),
        };
        place && (16..=30).contains(&self.bits)
    }

    fn is_within(&self, other: &Self) -> bool {
        self.bits >= other.bits && self.overlaps(other)
    }

    /// True for the ranges that RFC 1918 sets aside for private networks.
    fn is_private(&self) -> bool {
        const PRIVATE: [(Ipv4Addr, u8); 3] = [
            (Ipv4Addr::new(10, 0, 0, 0), 8),
            (Ipv4Addr::new(172, 16, 0, 0), 12),
            (Ipv4Addr::new(192, 168, 0, 0), 16),
        ];
        PRIVATE
            .iter()
            .any(|(base, bits)| self.bits >= *bits && self.overlaps(&Self::new(*base, *bits)))
    }
}

impl std::fmt::Display for Subnet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", Ipv4Addr::from(self.base), self.bits)
    }
}

/// A network that may be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct NetworkPlan {
    /// What goes to the engine, under the learner's name still.
    pub(in crate::sandbox) body: NetworkBody,
    /// The learner's name for it.
    pub(in crate::sandbox) name: String,
    /// The addresses it asks for; none where the sandbox chooses.
    pub(in crate::sandbox) subnets: Vec<Subnet>,
}

/// Reads and judges the body of a network's creation.
pub(in crate::sandbox) fn create(body: &[u8], rules: &Rules) -> Result<NetworkPlan, Refusal> {
    let asked: NetworkBody = json::object(body)?;
    // Every field is named: one that is added to the shape must be thought about here.
    let NetworkBody {
        name,
        check_duplicate,
        driver,
        scope,
        enable_ipv4,
        enable_ipv6,
        ipam,
        internal,
        attachable,
        ingress,
        config_only,
        config_from,
        options,
        labels,
    } = asked;
    let name = name.unwrap_or_default();
    if matches!(name.as_str(), "bridge" | "host" | "none" | "default") {
        return Err(Refusal::engine(
            403,
            format!("operation is not permitted on predefined {name} network"),
        ));
    }
    if !is_object_name(&name) {
        return Err(Refusal::unreadable(format!(
            "the network name {}",
            tick(&name)
        )));
    }
    let driver = driver.unwrap_or_default();
    // What docker brings itself is refused by name; of a plugin there is none.
    let is_dockers = matches!(
        driver.as_str(),
        "host" | "null" | "none" | "macvlan" | "ipvlan" | "overlay"
    );
    if !is_dockers && !matches!(driver.as_str(), "" | "default" | "bridge") {
        let driver = inert_line(&driver);
        return Err(Refusal::engine(
            404,
            format!("plugin \"{driver}\" not found"),
        ));
    }
    if is_dockers {
        return Err(Refusal::not_allowed(
            format!("a network of the driver {}", tick(&driver)),
            "`bridge` is there",
        ));
    }
    if !matches!(scope.as_deref().unwrap_or_default(), "" | "local") {
        return Err(Refusal::not_allowed(
            "a network beyond this engine",
            "leave out `--scope`",
        ));
    }
    if enable_ipv6 == Some(true) || enable_ipv4 == Some(false) {
        return Err(Refusal::not_allowed(
            "a network with IPv6",
            "leave out `--ipv6`",
        ));
    }
    let flags = [ingress, config_only];
    let from = config_from
        .and_then(|from| from.network)
        .unwrap_or_default();
    if flags.contains(&Some(true)) || !from.is_empty() {
        return Err(Refusal::not_allowed(
            "a network that takes its settings from another, or gives them",
            "leave out `--config-from`, `--config-only` and `--ingress`",
        ));
    }
    options_allowed(options.as_ref())?;
    if let Some(labels) = &labels {
        super::container::no_own_labels(labels.0.keys())?;
    }
    let (ipam, subnets) = addresses(ipam.unwrap_or_default(), rules)?;
    Ok(NetworkPlan {
        body: NetworkBody {
            name: Some(name.clone()),
            check_duplicate,
            driver: Some("bridge".to_owned()),
            scope: None,
            enable_ipv4,
            enable_ipv6: None,
            ipam: Some(ipam),
            internal,
            attachable,
            ingress: None,
            config_only: None,
            config_from: None,
            options,
            labels,
        },
        name,
        subnets,
    })
}

/// Of a bridge's options only those that stay inside it: `com.docker.network.bridge.name` alone can take over the
/// engine's own bridge.
fn options_allowed(options: Option<&Unique<String>>) -> Result<(), Refusal> {
    for (key, value) in options.iter().flat_map(|options| &options.0) {
        let fine = match key.as_str() {
            "com.docker.network.bridge.enable_icc" => {
                matches!(value.as_str(), "true" | "false")
            }
            "com.docker.network.driver.mtu" => value
                .parse::<u16>()
                .is_ok_and(|mtu| (576..=9000).contains(&mtu)),
            _ => false,
        };
        if !fine {
            return Err(Refusal::not_allowed(
                format!("the network option {}", tick(&format!("{key}={value}"))),
                "leave out `--opt`",
            ));
        }
    }
    Ok(())
}

fn addresses(asked: Ipam, rules: &Rules) -> Result<(Ipam, Vec<Subnet>), Refusal> {
    let Ipam {
        driver,
        options,
        config,
    } = asked;
    let driver = driver.unwrap_or_default();
    let has_options = options.is_some_and(|options| !options.0.is_empty());
    if !matches!(driver.as_str(), "" | "default") || has_options {
        return Err(Refusal::not_allowed(
            "an address driver of its own",
            "leave out `--ipam-driver` and `--ipam-opt`",
        ));
    }
    let mut pools = Vec::new();
    let mut subnets = Vec::new();
    for pool in config.unwrap_or_default() {
        let Pool {
            subnet,
            ip_range,
            gateway,
            auxiliary_addresses,
            aux_address,
        } = pool;
        let written = subnet.clone().unwrap_or_default();
        if written.is_empty() {
            let nothing = [&ip_range, &gateway]
                .iter()
                .all(|text| text.as_deref().unwrap_or_default().is_empty());
            match nothing {
                // docker-py sends an empty pool for "choose for me".
                true => continue,
                false => return Err(Refusal::unreadable("an address pool without a subnet")),
            }
        }
        let Some(found) = Subnet::parse(&written).filter(|subnet| subnet.is_free_to_take(rules))
        else {
            return Err(Refusal::not_allowed(
                format!("the subnet {}", tick(&written)),
                "take a private IPv4 one of at most 65,536 addresses, such as 172.30.0.0/24, or leave it out",
            ));
        };
        subnets.push(found);
        pools.push(Pool {
            subnet,
            ip_range: ip_range.filter(|text| !text.is_empty()),
            gateway: gateway.filter(|text| !text.is_empty()),
            auxiliary_addresses: auxiliary_addresses.or(aux_address),
            aux_address: None,
        });
    }
    let ipam = Ipam {
        driver: Some("default".to_owned()),
        options: None,
        config: Some(pools),
    };
    Ok((ipam, subnets))
}

impl NetworkBody {
    /// Gives a network without a subnet of its own this one.
    pub(in crate::sandbox) fn put_in(&mut self, subnet: Subnet) {
        let ipam = self.ipam.get_or_insert_default();
        ipam.driver = Some("default".to_owned());
        ipam.config = Some(vec![Pool {
            subnet: Some(subnet.to_string()),
            gateway: Some(subnet.gateway().to_string()),
            ..Pool::default()
        }]);
    }

    /// A network of the sandbox's own making.
    pub(in crate::sandbox) fn bridge(name: String) -> Self {
        Self {
            name: Some(name),
            check_duplicate: Some(true),
            driver: Some("bridge".to_owned()),
            ..Self::default()
        }
    }
}

/// A container joins a network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct Connect {
    pub(in crate::sandbox) container: String,
    pub(in crate::sandbox) endpoint: EndpointBody,
}

/// Reads and judges the body of `network connect`.
pub(in crate::sandbox) fn connect(body: &[u8]) -> Result<Connect, Refusal> {
    #[derive(Default, Deserialize)]
    #[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
    struct Asked {
        container: Option<String>,
        endpoint_config: Option<EndpointBody>,
    }
    let asked: Asked = json::object(body)?;
    Ok(Connect {
        container: container(asked.container)?,
        endpoint: checked_endpoint(asked.endpoint_config.unwrap_or_default())?,
    })
}

/// Reads the body of `network disconnect`: the container, and whether by force.
pub(in crate::sandbox) fn disconnect(body: &[u8]) -> Result<(String, bool), Refusal> {
    #[derive(Default, Deserialize)]
    #[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
    struct Asked {
        container: Option<String>,
        force: Option<bool>,
    }
    let asked: Asked = json::object(body)?;
    Ok((container(asked.container)?, asked.force.unwrap_or(false)))
}

fn container(name: Option<String>) -> Result<String, Refusal> {
    let name = name.unwrap_or_default();
    match is_object_name(&name) {
        true => Ok(name),
        false => Err(Refusal::no_such(
            "container",
            &crate::text::inert_line(&name),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: &str) -> bool {
        create(body.as_bytes(), &Rules::for_tests()).is_err()
    }

    #[test]
    fn a_plain_network_is_made_and_gets_its_addresses_here() {
        let plan = create(br#"{"Name":"net","CheckDuplicate":true,"Driver":"bridge","Options":{},"IPAM":{"Driver":"default","Options":{},"Config":[]}}"#, &Rules::for_tests()).unwrap();
        assert_eq!(plan.name, "net");
        assert!(plan.subnets.is_empty());
        let mut body = plan.body;
        body.put_in(Subnet::parse("10.70.3.0/24").unwrap());
        let sent = serde_json::to_value(&body).unwrap();
        assert_eq!(sent["IPAM"]["Config"][0]["Subnet"], "10.70.3.0/24");
        assert_eq!(sent["IPAM"]["Config"][0]["Gateway"], "10.70.3.1");
    }

    #[test]
    fn what_leaves_the_sandbox_is_refused() {
        for body in [
            r#"{"Name":"n","Driver":"host"}"#,
            r#"{"Name":"n","Driver":"macvlan"}"#,
            r#"{"Name":"n","Driver":"ipvlan"}"#,
            r#"{"Name":"n","Driver":"overlay"}"#,
            r#"{"Name":"n","Driver":"evil"}"#,
            r#"{"Name":"n","Scope":"swarm"}"#,
            r#"{"Name":"n","Ingress":true}"#,
            r#"{"Name":"n","ConfigOnly":true}"#,
            r#"{"Name":"n","ConfigFrom":{"Network":"x"}}"#,
            r#"{"Name":"n","IPAM":{"Driver":"evil"}}"#,
            r#"{"Name":"n","IPAM":{"Options":{"a":"b"}}}"#,
            r#"{"Name":"n","Options":{"com.docker.network.bridge.name":"docker0"}}"#,
            r#"{"Name":"n","Options":{"com.docker.network.bridge.host_binding_ipv4":"0.0.0.0"}}"#,
            r#"{"Name":"n","IPAM":{"Config":[{"Subnet":"8.8.8.0/24"}]}}"#,
            r#"{"Name":"n","IPAM":{"Config":[{"Subnet":"0.0.0.0/0"}]}}"#,
            r#"{"Name":"n","IPAM":{"Config":[{"Subnet":"10.0.0.0/7"}]}}"#,
            r#"{"Name":"n","EnableIPv6":true}"#,
            r#"{"Name":"n","Labels":{"sealegs.run":"x"}}"#,
            r#"{"Name":"host"}"#,
            r#"{"Name":"bridge"}"#,
            r#"{"Name":"a/b"}"#,
            r#"{"name":"n"}"#,
        ] {
            assert!(refused(body), "{body}");
        }
    }

    #[test]
    fn a_subnet_is_taken_where_it_hides_nothing() {
        let learner = Rules {
            outward: Outward::Open,
            ..Rules::for_tests()
        };
        let takes = |subnet: &str, rules: &Rules| {
            let body = format!(r#"{{"Name":"n","IPAM":{{"Config":[{{"Subnet":"{subnet}"}}]}}}}"#);
            create(body.as_bytes(), rules).is_ok()
        };
        let cases = [
            // The subnet, whether a learner may have it, and whether a submission may.
            ("172.30.0.0/24", true, true),
            ("192.168.7.0/28", true, true),
            ("10.1.0.0/16", true, false),
            ("10.0.0.0/8", false, false),
            ("172.16.0.0/12", false, false),
            // Where all sandboxes have theirs.
            ("10.64.0.0/16", false, false),
            ("10.127.255.0/24", false, false),
            ("10.128.0.0/24", true, false),
            ("8.8.8.0/24", false, false),
        ];
        for (subnet, of_learner, of_submission) in cases {
            assert_eq!(takes(subnet, &learner), of_learner, "{subnet}");
            assert_eq!(
                takes(subnet, &Rules::for_tests()),
                of_submission,
                "{subnet}"
            );
        }
    }

    #[test]
    fn subnets_overlap_where_they_share_an_address() {
        let subnet = |text| Subnet::parse(text).unwrap();
        assert!(subnet("10.0.0.0/8").overlaps(&subnet("10.1.2.0/24")));
        assert!(!subnet("10.1.3.0/24").overlaps(&subnet("10.1.2.0/24")));
        assert!(subnet("0.0.0.0/0").overlaps(&subnet("10.1.2.0/24")));
        assert_eq!(subnet("10.1.2.9/24").to_string(), "10.1.2.0/24");
        assert_eq!(Subnet::parse("10.0.0.0/33"), None);
    }
}
