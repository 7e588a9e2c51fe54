//! Events: the engine tells of everything on it, and each line is held against what is the sandbox's own.

use serde_json::Value;

use super::Server;
use super::answer::{self, Answered};
use super::ask::{Ask, Word};
use super::own::NetworkKind;
use super::serve::Asked;
use crate::engine::{LOOK_LABEL, LOOKS, SANDBOX_LABEL};
use crate::sandbox::policy::Refusal;
use crate::sandbox::policy::call::Events;
use crate::sandbox::policy::text::{is_hex, is_id};

impl Server {
    pub(super) async fn events(
        self: &std::sync::Arc<Self>,
        events: Events,
        asked: Asked<'_>,
    ) -> Result<Answered, Refusal> {
        let Events {
            since,
            until,
            mut filters,
        } = events;
        for (key, value) in filters.pairs() {
            asked.note.flag("filter", format!("{key}={value}"));
        }
        // Objects may be gone by the time they are told of: by id as it is, by name as the engine has it.
        let object = |name: &str| match is_id(name) {
            true => name.to_owned(),
            false => self.names.object(name),
        };
        for key in ["container", "volume"] {
            filters.change(key, object);
        }
        for name in filters.take("network") {
            let brought = self
                .networks()
                .await?
                .into_iter()
                .find(|network| network.kind != NetworkKind::Made && network.name == name);
            filters.add(
                "network",
                brought.map_or_else(|| object(&name), |found| found.engine_name),
            );
        }
        for name in filters.take("image") {
            let engine_name = match name.starts_with("sha256:") {
                true => name,
                false => self.engine_name(&name)?.as_str().to_owned(),
            };
            filters.add("image", engine_name);
        }
        let mut ask = Ask::get(&[Word::Is("events")])
            .version(asked.version)
            .text("since", &since)
            .text("until", &until);
        if filters.pairs().next().is_some() {
            ask = ask.text("filters", &filters.written());
        }
        let reply = self.send(ask).await?;
        let server = self.clone();
        let seat = asked.seat;
        Ok(self.lines(reply, move |event| {
            let own = server.is_own_event(event);
            if own {
                answer::unmangle(&server.names, seat, event);
            }
            own
        }))
    }

    fn is_own_event(&self, event: &Value) -> bool {
        let actor = &event["Actor"];
        let attributes = &actor["Attributes"];
        let id = actor["ID"].as_str().unwrap_or_default();
        let name = attributes["name"].as_str().unwrap_or_default();
        match event["Type"].as_str().unwrap_or_default() {
            "container" => {
                let token = attributes[SANDBOX_LABEL].as_str();
                token == Some(self.names.token().as_str())
                    && attributes[LOOK_LABEL] != LOOKS
                    && self.names.own_object(name).is_some()
            }
            "network" => self.names.own_network(name).is_some(),
            "volume" => self.names.own_object(id).is_some(),
            // Others may have an image of ours by a name of theirs: an event that tells a name is its owner's.
            "image" => match [name, id].into_iter().find(|told| !is_image_id(told)) {
                Some(told) => self.names.is_own_image(told),
                None => self.made.has(id),
            },
            _ => false,
        }
    }
}

/// The engine tells an image's id where it tells no name.
fn is_image_id(told: &str) -> bool {
    told.is_empty() || is_hex(told.strip_prefix("sha256:").unwrap_or(told))
}
