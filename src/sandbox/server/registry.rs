//! Registries: only one that runs in the sandbox. `localhost:5000` is where its learner sees it; the engine reaches it at
//! the address that is the sandbox's alone, and never where no container of the sandbox listens.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hyper::HeaderMap;
use serde::{Deserialize, Serialize};

use super::answer::Answered;
use super::ask::{Ask, Word};
use super::serve::Asked;
use super::{Server, stream};
use crate::dockerfile::reference::{self, Reference};
use crate::sandbox::policy::{Refusal, json};
use crate::text::tick;

/// Docker's clients write it with padding, and some without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a client knows of a registry; the engine's keys.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct Credentials {
    #[serde(alias = "Username")]
    username: Option<String>,
    #[serde(alias = "Password")]
    password: Option<String>,
    #[serde(skip_serializing)]
    auth: Option<String>,
    #[serde(skip_serializing)]
    email: Option<String>,
    #[serde(alias = "ServerAddress")]
    serveraddress: Option<String>,
    #[serde(skip_serializing)]
    identitytoken: Option<String>,
    #[serde(skip_serializing)]
    registrytoken: Option<String>,
}

impl Server {
    /// The engine's address of the sandbox's own registry at this port, where one listens.
    async fn own_registry(&self, port: u16) -> Result<String, Refusal> {
        // The engine goes on to wherever such a registry sends it.
        if !self.rules.registries {
            return Err(Refusal::not_allowed(
                "a registry",
                "this lesson needs none, and a grade gives only what its lesson needs",
            ));
        }
        let address = self.names.address().to_string();
        let containers = self.containers().await?;
        let listens = containers.iter().any(|container| {
            let mut ports = container.ports.iter();
            ports.any(|open| open.ip == address && open.public_port == port)
        });
        match listens {
            true => Ok(format!("{address}:{port}")),
            false => Err(Refusal::not_allowed(
                format!(
                    "a registry at `localhost:{port}`, where no container of yours publishes its port 5000"
                ),
                "start one: `docker run -d -p 5000:5000 registry:2`",
            )),
        }
    }

    /// The port of the registry in a host's name, where it means this machine.
    fn registry_port(&self, server: &str) -> Result<u16, Refusal> {
        let host = server
            .trim_start_matches("http://")
            .trim_start_matches("https://");
        let host = host.split('/').next().unwrap_or_default();
        self.names.own_registry(host).ok_or_else(|| {
            Refusal::not_allowed(
                format!("the registry {}", tick(server)),
                "only one that runs here is reached: `localhost:5000/NAME`",
            )
        })
    }

    pub(super) async fn login(&self, asked: Asked<'_>) -> Result<Answered, Refusal> {
        let body = stream::request(asked.request.into_body()).await?;
        let asked_for: Credentials = json::object(&body)?;
        let server = asked_for.serveraddress.clone().unwrap_or_default();
        asked.note.flag("server", server.as_str());
        let registry = self.own_registry(self.registry_port(&server)?).await?;
        let sent = Credentials {
            serveraddress: Some(registry),
            ..asked_for
        };
        let ask = Ask::post(&[Word::Is("auth")])
            .version(asked.version)
            .json(&sent);
        let reply = self.send(ask).await?;
        self.shown(asked.seat, reply).await
    }

    pub(super) async fn push(
        &self,
        name: &str,
        tag: &str,
        asked: Asked<'_>,
    ) -> Result<Answered, Refusal> {
        let parsed =
            Reference::parse(name).map_err(|_| Refusal::engine(400, "invalid reference format"))?;
        let Some(port) = self.names.own_registry(&parsed.domain) else {
            return Err(Refusal::not_allowed(
                format!("pushing {}", tick(name)),
                "only a registry that runs here is reached: tag it `localhost:5000/NAME`",
            ));
        };
        let registry = self.own_registry(port).await?;
        // Without a tag all of them are pushed.
        let tag = match tag {
            "" => reference::written_tag(name).unwrap_or_default(),
            tag => tag,
        };
        let image = self.engine_name(name)?.without_tag();
        let ask = Ask::post(&[Word::Is("images"), Word::Image(&image), Word::Is("push")])
            .version(asked.version)
            .text("tag", tag)
            .header(AUTH, self.credentials(asked.request.headers(), &registry)?);
        let reply = self.send(ask).await?;
        Ok(self.shown_lines(reply))
    }

    /// Pulls what is written; without a tag all of them.
    pub(super) async fn pull_from_own(
        &self,
        written: &str,
        parsed: &Reference,
        asked: Asked<'_>,
    ) -> Result<Answered, Refusal> {
        let port = self.registry_port(&parsed.domain)?;
        let registry = self.own_registry(port).await?;
        let tag = parsed.digest.as_deref().or(reference::written_tag(written));
        let ask = Ask::post(&[Word::Is("images"), Word::Is("create")])
            .version(asked.version)
            .text("fromImage", &format!("{registry}/{}", parsed.path))
            .text("tag", tag.unwrap_or_default())
            .header(AUTH, self.credentials(asked.request.headers(), &registry)?);
        let reply = self.send(ask).await?;
        Ok(self.shown_lines(reply))
    }

    /// The client's credentials for the sandbox's own registry; for any other they are left out.
    fn credentials(&self, headers: &HeaderMap, registry: &str) -> Result<String, Refusal> {
        let unreadable = || Refusal::unreadable("its registry credentials");
        let mut sent = Credentials::default();
        if let Some(header) = headers.get(AUTH) {
            let text = BASE64.decode(header.as_bytes()).map_err(|_| unreadable())?;
            // An empty header says that there are none.
            if !text.trim_ascii().is_empty() && text.trim_ascii() != b"null" {
                let read: Credentials = json::object(&text).map_err(|_| unreadable())?;
                let server = read.serveraddress.clone().unwrap_or_default();
                if self.registry_port(&server).is_ok() {
                    sent = read;
                }
            }
        }
        sent.serveraddress = Some(registry.to_owned());
        let text = serde_json::to_vec(&sent).expect("a shape of this program is JSON");
        Ok(BASE64.encode(text))
    }
}

const AUTH: &str = "x-registry-auth";
