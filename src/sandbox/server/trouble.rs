//! Why a container could not start, where the engine's words alone leave a learner puzzled: who holds the port.

use std::collections::BTreeMap;

use super::Server;
use super::ask::{Ask, Word};
use super::own::{OpenPort, OwnContainer};
use super::portrait;
use crate::engine::{KEEPER_LABEL, LESSON_LABEL};
use crate::sandbox::policy::Refusal;
use crate::sandbox::policy::rules::{Publish, Rules};
use crate::text::tick;

impl Server {
    /// The engine's refusal, with who holds the port where a port is the matter.
    pub(super) async fn explained(&self, own: &OwnContainer, refusal: Refusal) -> Refusal {
        // Engines from 25 on put a container into the very network that was there when it was made.
        let is_homeless = refusal.message.contains("network matching network mode");
        if is_homeless && portrait::is_in_default_network(&own.labels) {
            let name = &own.name;
            return Refusal::not_allowed(
                format!(
                    "a start of {} once more: somebody has removed the sandbox's default network, outside of it, while it was stopped",
                    tick(name)
                ),
                format!("`docker rm {name}`, and run it anew"),
            );
        }
        let Some(port) = taken_port(&refusal.message) else {
            return refusal;
        };
        let Some(holder) = self.holder(own, port).await else {
            return refusal;
        };
        Refusal {
            message: format!("{} (port {port} is held by {holder})", refusal.message),
            ..refusal
        }
    }

    async fn holder(&self, own: &OwnContainer, port: u16) -> Option<String> {
        let holds = |ports: &[OpenPort]| ports.iter().any(|open| open.public_port == port);
        let ours = self.containers().await.ok()?;
        if let Some(other) = ours
            .iter()
            .find(|other| other.id != own.id && holds(&other.ports))
        {
            return Some(format!("your container {}", tick(&other.name)));
        }
        // What else runs on this machine is nobody's business but the learner's.
        if !tells_of_the_machine(&self.rules) {
            return None;
        }
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Listed {
            id: String,
            names: Option<Vec<String>>,
            labels: Option<BTreeMap<String, String>>,
            ports: Option<Vec<OpenPort>>,
        }
        let all: Vec<Listed> = self
            .fetch(Ask::get(&[Word::Is("containers"), Word::Is("json")]))
            .await
            .ok()?;
        let holder = all.into_iter().find(|listed| {
            listed.id != own.id.as_str() && holds(listed.ports.as_deref().unwrap_or_default())
        });
        Some(match holder {
            Some(holder) => {
                let labels = holder.labels.unwrap_or_default();
                let keeper = self.labels.get(KEEPER_LABEL);
                if let Some(lesson) = labels.get(LESSON_LABEL)
                    && keeper.is_some()
                    && labels.get(KEEPER_LABEL) == keeper
                {
                    return Some(left_in(lesson));
                }
                let name = holder.names.unwrap_or_default().into_iter().next();
                let name = name.unwrap_or_default();
                let name = name.trim_start_matches('/');
                match name.strip_prefix("sealegs-") {
                    Some(_) => "a container of another sandbox".to_owned(),
                    None => format!("the container {} outside this sandbox", tick(name)),
                }
            }
            None => "another program on this machine".to_owned(),
        })
    }
}

/// Where a container of the same learner's is, and what ends it.
fn left_in(lesson: &str) -> String {
    format!(
        "a container that you left in the lesson {}: {} removes it, or stop it in {}",
        tick(lesson),
        tick(&format!("sealegs sandbox reset {lesson}")),
        tick(&format!("sealegs shell {lesson}")),
    )
}

fn tells_of_the_machine(rules: &Rules) -> bool {
    rules.publish == Publish::At(std::net::Ipv4Addr::LOCALHOST)
}

/// The port in the engine's words for one that is taken.
fn taken_port(message: &str) -> Option<u16> {
    let lower = message.to_lowercase();
    let taken = [
        "port is already allocated",
        "address already in use",
        "ports are not available",
    ]
    .iter()
    .any(|words| lower.contains(words));
    if !taken {
        return None;
    }
    lower.match_indices(':').find_map(|(at, _)| {
        let digits: String = lower[at + 1..]
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        digits.parse::<u16>().ok().filter(|port| *port > 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_found_in_the_engines_words() {
        let said = "driver failed programming external connectivity on endpoint web (0abc): Bind for 127.0.0.1:8080 failed: port is already allocated";
        assert_eq!(taken_port(said), Some(8080));
        let said = "driver failed: Error starting userland proxy: listen tcp4 127.0.0.1:80: bind: address already in use";
        assert_eq!(taken_port(said), Some(80));
        assert_eq!(taken_port("no such file: x:1"), None);
    }
}
