//! The `published` and `listening` kinds, kept apart from `exposed`: three different things, and the messages say so.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::course::matcher::Value;
use crate::course::spec::{ListeningSpec, PublishedSpec};
use crate::course::value::Protocol;
use crate::engine::{ContainerFacts, Listener};
use crate::outcome::Cause;
use crate::text::tick;

use super::nonce::Nonce;
use super::verdict::{Comparison, Verdict, text};

/// Judges whether a container's port is published on the host.
pub(crate) fn judge_published(
    spec: &PublishedSpec,
    container: &ContainerFacts,
    nonce: &Nonce,
) -> Verdict {
    let port = spec.port.to_string();
    let see = "docker port CONTAINER";
    let bindings: Vec<_> = container
        .published
        .iter()
        .filter(|binding| binding.container_port == port)
        .collect();
    if bindings.is_empty() {
        let exposed = container.exposed.contains(&port);
        let said = format!(
            "port {} of the container is not published on the host",
            tick(&port)
        );
        let mut others: Vec<&str> = container
            .published
            .iter()
            .map(|binding| binding.container_port.as_str())
            .collect();
        others.dedup();
        return Verdict::Fail(if !others.is_empty() {
            Cause::new(said)
                .differs("published ports of the container", port, others.join(", "))
                .see(see)
        } else if exposed {
            Cause::new(format!(
                "{said}: to expose it, which was done, publishes nothing"
            ))
            .see(see)
        } else {
            Cause::new(said).see(see)
        });
    }
    let attempts = bindings.iter().map(|binding| {
        let mut found = Comparison::new(
            nonce,
            format!("port {} is published in another place", tick(&port)),
        );
        found.look(
            "host port",
            spec.host_port.as_ref(),
            &Value::Number(f64::from(binding.host_port)),
        );
        found.look(
            "host address",
            spec.host_ip.as_ref(),
            &text(&binding.host_ip),
        );
        found.verdict(see)
    });
    best(attempts)
}

/// Judges whether a process in the container listens on a port.
pub(crate) fn judge_listening(
    spec: &ListeningSpec,
    listeners: &[Listener],
    nonce: &Nonce,
) -> Verdict {
    let port = spec.port.number;
    let see = "docker exec CONTAINER cat /proc/net/tcp /proc/net/tcp6";
    if spec.port.protocol == Protocol::Udp {
        return Verdict::Error(Cause::new("only TCP ports can be observed as listening"));
    }
    let on_port: Vec<&Listener> = listeners
        .iter()
        .filter(|listener| listener.port == port)
        .collect();
    if on_port.is_empty() {
        let others: BTreeSet<String> = listeners
            .iter()
            .map(|listener| listener.port.to_string())
            .collect();
        let others: Vec<String> = others.into_iter().collect();
        let shown = if others.is_empty() {
            "nothing listens".to_owned()
        } else {
            others.join(", ")
        };
        let said = format!("no process in the container listens on port {port}");
        return Verdict::Fail(
            Cause::new(said)
                .differs("listening ports", port.to_string(), shown)
                .see(see),
        );
    }
    let attempts = on_port.iter().map(|listener| {
        let said = format!("port {port} is listened on at another address");
        let mut found = Comparison::new(nonce, said);
        found.look(
            "address",
            spec.address.as_ref(),
            &text(address(listener.ip)),
        );
        found.verdict(see)
    });
    best(attempts)
}

fn address(ip: IpAddr) -> String {
    if ip.is_unspecified() {
        "any".to_owned()
    } else {
        ip.to_string()
    }
}

/// A pass if there is one, else the first failure.
fn best(attempts: impl Iterator<Item = Verdict>) -> Verdict {
    let mut first = None;
    for verdict in attempts {
        if verdict == Verdict::Pass {
            return verdict;
        }
        first.get_or_insert(verdict);
    }
    first.expect("there is at least one binding or listener")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Published;

    fn nonce() -> Nonce {
        Nonce::fixed("n")
    }

    #[test]
    fn exposed_is_not_published() {
        let spec: PublishedSpec = serde_yaml::from_str("{port: 80/tcp, host_port: 8080}").unwrap();
        let mut container = ContainerFacts {
            exposed: ["80/tcp".to_owned()].into(),
            ..Default::default()
        };
        let cause = judge_published(&spec, &container, &nonce())
            .into_cause()
            .unwrap();
        let said = "port `80/tcp` of the container is not published on the host: to expose it, which was done, publishes nothing";
        assert_eq!(cause.rationale, said);
        let binding = |host_port| Published {
            container_port: "80/tcp".into(),
            host_ip: "0.0.0.0".into(),
            host_port,
        };
        container.published = vec![Published {
            container_port: "8080/tcp".into(),
            host_ip: "0.0.0.0".into(),
            host_port: 80,
        }];
        let cause = judge_published(&spec, &container, &nonce())
            .into_cause()
            .unwrap();
        assert_eq!(cause.differences[0].found, "8080/tcp");
        container.published = vec![binding(9090)];
        let cause = judge_published(&spec, &container, &nonce())
            .into_cause()
            .unwrap();
        assert_eq!(cause.differences[0].found, "9090");
        container.published.push(binding(8080));
        assert_eq!(judge_published(&spec, &container, &nonce()), Verdict::Pass);
    }

    #[test]
    fn both_families_count_as_one_and_loopback_is_told_apart() {
        let spec: ListeningSpec = serde_yaml::from_str("{port: 8080/tcp, address: any}").unwrap();
        let at = |ip: &str| Listener {
            ip: ip.parse().unwrap(),
            port: 8080,
        };
        assert_eq!(judge_listening(&spec, &[at("::")], &nonce()), Verdict::Pass);
        assert_eq!(
            judge_listening(&spec, &[at("0.0.0.0")], &nonce()),
            Verdict::Pass
        );
        let cause = judge_listening(&spec, &[at("127.0.0.1")], &nonce())
            .into_cause()
            .unwrap();
        assert_eq!(cause.differences[0].found, "127.0.0.1");
        let other = Listener {
            ip: "0.0.0.0".parse().unwrap(),
            port: 5000,
        };
        let cause = judge_listening(&spec, &[other], &nonce())
            .into_cause()
            .unwrap();
        assert_eq!(
            (
                cause.differences[0].expected.as_str(),
                cause.differences[0].found.as_str()
            ),
            ("8080", "5000")
        );
    }
}
