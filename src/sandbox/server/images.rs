//! Images: those with a name of the sandbox, and those without a name that it has made. Every name a client uses is one
//! of its own on the engine, so that nobody else's image can be retagged, replaced or removed; the course's images get
//! such a name when they are pulled.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Server;
use super::answer::{self, Answered};
use super::ask::{Ask, Word};
use super::serve::Asked;
use crate::dockerfile::reference::{self, Reference};
use crate::sandbox::policy::Refusal;
use crate::sandbox::policy::call::{ImageList, OnImage};
use crate::sandbox::policy::filters::Filters;
use crate::sandbox::policy::text::is_hex;
use crate::sandbox::settings::OfferedImage;
use crate::text::{inert_line, tick};

/// The engine's name of an image that the sandbox may use: a name of its own, or an id that was found to be its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ImageName(String);

impl ImageName {
    /// The name of an image that the course offers.
    pub(super) fn offered(image: &OfferedImage) -> Self {
        Self(image.name.clone())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The repository alone.
    pub(super) fn without_tag(&self) -> Self {
        let name = self.0.split('@').next().unwrap_or(&self.0);
        Self(match name.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => repository.to_owned(),
            _ => name.to_owned(),
        })
    }
}

/// An image of the sandbox.
#[derive(Clone, Debug)]
pub(super) struct OwnImage {
    /// `sha256:…`
    pub(super) id: String,
    /// Its names here, as the engine has them.
    pub(super) tags: Vec<String>,
    /// Whether others have a name for it too.
    pub(super) shared: bool,
    pub(super) created: i64,
    pub(super) size: i64,
    pub(super) labels: BTreeMap<String, String>,
}

impl OwnImage {
    pub(super) fn names(&self) -> impl Iterator<Item = ImageName> {
        self.tags.iter().cloned().map(ImageName)
    }

    /// Its id, where it has no name.
    pub(super) fn by_id(&self) -> ImageName {
        ImageName(self.id.clone())
    }
}

/// What a client's word for an image has been found to be.
#[derive(Clone, Debug)]
pub(super) struct FoundImage {
    pub(super) id: String,
    /// What the engine is to be asked for.
    pub(super) name: ImageName,
    /// Whether it was named by its id.
    pub(super) by_id: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Listed {
    id: String,
    pub(super) repo_tags: Option<Vec<String>>,
    created: i64,
    size: i64,
    labels: Option<BTreeMap<String, String>>,
}

const UNTAGGED: &str = "<none>:<none>";

impl Server {
    /// The images of the sandbox.
    pub(super) async fn own_images(&self) -> Result<Vec<OwnImage>, Refusal> {
        let ask = Ask::get(&[Word::Is("images"), Word::Is("json")]);
        let listed: Vec<Listed> = self.fetch(ask).await?;
        let own = |listed: Listed| {
            let tags = listed.repo_tags.unwrap_or_default();
            let (own, others): (Vec<String>, Vec<String>) = tags
                .into_iter()
                .filter(|tag| tag != UNTAGGED)
                .partition(|tag| self.names.is_own_image(tag));
            let is_own = !own.is_empty() || self.made.has(&listed.id);
            is_own.then(|| OwnImage {
                id: listed.id,
                tags: own,
                shared: !others.is_empty(),
                created: listed.created,
                size: listed.size,
                labels: listed.labels.unwrap_or_default(),
            })
        };
        Ok(listed.into_iter().filter_map(own).collect())
    }

    /// The engine's name for what a client calls an image; the tag stays as it was written, or left out.
    pub(super) fn engine_name(&self, written: &str) -> Result<ImageName, Refusal> {
        let parsed = Reference::parse(written)
            .map_err(|_| Refusal::engine(400, "invalid reference format"))?;
        if parsed.path.ends_with("/sha256") {
            return Err(Refusal::engine(
                400,
                "refusing to create an ambiguous tag using digest algorithm as name",
            ));
        }
        let repository = self
            .names
            .repository(&parsed.domain, &parsed.path)
            .ok_or_else(|| {
                Refusal::not_allowed(
                    format!("the image name {}", tick(written)),
                    "write the registry's host in lower case",
                )
            })?;
        let digest = written.split_once('@').map(|(_, digest)| digest);
        let tag = reference::written_tag(written);
        let mut engine_name = repository;
        for (sign, part) in [(':', tag), ('@', digest)] {
            if let Some(part) = part {
                engine_name.push(sign);
                engine_name.push_str(part);
            }
        }
        Ok(ImageName(engine_name))
    }

    /// The image that a name, an id or the beginning of one means.
    pub(super) async fn image(&self, written: &str) -> Result<FoundImage, Refusal> {
        let missing = || Refusal::engine(404, format!("No such image: {}", shown_missing(written)));
        let digits = written.strip_prefix("sha256:").unwrap_or(written);
        if !written.starts_with("sha256:") {
            let name = self.engine_name(written)?;
            match self.image_id(&name).await {
                Ok(id) => {
                    return Ok(FoundImage {
                        id,
                        name,
                        by_id: false,
                    });
                }
                Err(refusal) if refusal.status == 404 => {}
                Err(refusal) => return Err(refusal),
            }
        }
        if !is_hex(digits) {
            return Err(missing());
        }
        let own = self.own_images().await?;
        let mut begins = own
            .into_iter()
            .filter(|image| image.id.trim_start_matches("sha256:").starts_with(digits));
        match (begins.next(), begins.next()) {
            (Some(image), None) => Ok(FoundImage {
                name: ImageName(image.id.clone()),
                id: image.id,
                by_id: true,
            }),
            (Some(_), Some(_)) => Err(Refusal::engine(
                400,
                format!("image ID {written} is ambiguous"),
            )),
            (None, _) => Err(missing()),
        }
    }

    pub(super) async fn image_id(&self, name: &ImageName) -> Result<String, Refusal> {
        #[derive(Deserialize)]
        struct Found {
            #[serde(rename = "Id")]
            id: String,
        }
        let ask = Ask::get(&[Word::Is("images"), Word::Image(name), Word::Is("json")]);
        Ok(self.fetch::<Found>(ask).await?.id)
    }

    pub(super) async fn list_images(
        &self,
        list: ImageList,
        asked: Asked<'_>,
    ) -> Result<Answered, Refusal> {
        let ImageList {
            all,
            digests,
            shared_size,
            manifests,
            mut filters,
        } = list;
        asked.note.switch("all", all);
        for (key, value) in filters.pairs() {
            asked.note.flag("filter", format!("{key}={value}"));
        }
        filters.change("reference", |pattern| self.names.image_pattern(pattern));
        for key in ["before", "since"] {
            for name in filters.take(key) {
                filters.add(key, self.image(&name).await?.id);
            }
        }
        let ask = Ask::get(&[Word::Is("images"), Word::Is("json")])
            .version(asked.version)
            .flag("all", all)
            .flag("digests", digests)
            .flag("shared-size", shared_size)
            .flag("manifests", manifests)
            .text("filters", &written(&filters));
        let reply = self.send(ask).await?;
        self.shown_after(asked.seat, reply, |value| {
            if let Value::Array(listed) = value {
                listed.retain_mut(|one| self.keeps(one));
            }
        })
        .await
    }

    /// Leaves an image only the names it has here; false where it has nothing to do here.
    pub(super) fn keeps(&self, value: &mut Value) -> bool {
        let mut own_names = false;
        for key in ["RepoTags", "RepoDigests"] {
            if let Some(names) = value.get_mut(key).and_then(Value::as_array_mut) {
                let was_untagged = names.iter().any(|name| {
                    let name = name.as_str().unwrap_or_default();
                    name.starts_with("<none>")
                });
                names.retain(|name| self.names.is_own_image(name.as_str().unwrap_or_default()));
                own_names |= !names.is_empty();
                if key == "RepoTags" {
                    // In the order in which an engine tells the names that are shown.
                    names.sort_by_cached_key(|name| {
                        in_full(&self.names.shown(name.as_str().unwrap_or_default()))
                    });
                }
                if was_untagged && names.is_empty() {
                    let none = if key == "RepoTags" {
                        UNTAGGED
                    } else {
                        "<none>@<none>"
                    };
                    names.push(json!(none));
                }
            }
        }
        own_names || self.made.has(value["Id"].as_str().unwrap_or_default())
    }

    pub(super) async fn on_image(
        &self,
        name: &str,
        act: OnImage,
        asked: Asked<'_>,
    ) -> Result<Answered, Refusal> {
        asked.note.object("image", name);
        match act {
            OnImage::Inspect { manifests } => {
                let twice = self.engine.info().release() < (23, 0);
                let found = self.image(name).await.map_err(|refusal| match twice {
                    true if refusal.status == 404 => Refusal {
                        message: format!(
                            "no such image: {}: {}",
                            inert_line(name),
                            refusal.message
                        ),
                        ..refusal
                    },
                    _ => refusal,
                })?;
                let ask = Ask::get(&[
                    Word::Is("images"),
                    Word::Image(&found.name),
                    Word::Is("json"),
                ])
                .flag("manifests", manifests);
                let reply = self.send(ask.version(asked.version)).await?;
                self.shown_after(asked.seat, reply, |value| {
                    self.keeps(value);
                    // The last container of a classic build, and its settings: long gone.
                    value["Parent"] = json!("");
                })
                .await
            }
            OnImage::History => {
                let found = self.image(name).await?;
                let ask = Ask::get(&[
                    Word::Is("images"),
                    Word::Image(&found.name),
                    Word::Is("history"),
                ]);
                let reply = self.send(ask.version(asked.version)).await?;
                self.shown_after(asked.seat, reply, |value| {
                    for step in value.as_array_mut().into_iter().flatten() {
                        if let Some(tags) = step["Tags"].as_array_mut() {
                            tags.retain(|tag| {
                                self.names.is_own_image(tag.as_str().unwrap_or_default())
                            });
                            if tags.is_empty() {
                                step["Tags"] = Value::Null;
                            }
                        }
                    }
                })
                .await
            }
            OnImage::Tag { repository, tag } => {
                let found = self.image(name).await?;
                let written = match tag.is_empty() {
                    true => repository,
                    false => format!("{repository}:{tag}"),
                };
                asked.note.object("image", written.as_str());
                self.tag(&found.name, &written).await?;
                Ok(answer::status(201))
            }
            OnImage::Push { tag } => self.push(name, &tag, asked).await,
            OnImage::Remove { force, no_prune } => {
                asked.note.switch("force", force);
                self.remove_image(name, force, no_prune).await
            }
        }
    }

    /// Gives an image a name of the sandbox.
    pub(super) async fn tag(&self, image: &ImageName, written: &str) -> Result<(), Refusal> {
        let parsed = Reference::parse(written)
            .ok()
            .filter(|parsed| parsed.digest.is_none())
            .ok_or_else(|| Refusal::engine(400, "invalid reference format"))?;
        let engine_name = self.engine_name(written)?;
        let repository = match parsed.tag.as_deref() {
            Some(tag) => engine_name
                .as_str()
                .strip_suffix(&format!(":{tag}"))
                .unwrap_or(engine_name.as_str()),
            None => engine_name.as_str(),
        };
        let ask = Ask::post(&[Word::Is("images"), Word::Image(image), Word::Is("tag")])
            .text("repo", repository)
            .text("tag", parsed.tag.as_deref().unwrap_or("latest"));
        self.send(ask).await?;
        Ok(())
    }
}

fn written(filters: &Filters) -> String {
    match filters.pairs().next() {
        None => String::new(),
        Some(_) => filters.written(),
    }
}

/// A name with its registry and its tag.
fn in_full(shown: &str) -> String {
    Reference::parse(shown).map_or_else(
        |_| shown.to_owned(),
        |name| {
            let tag = name.tag.unwrap_or_default();
            format!("{}/{}:{tag}", name.domain, name.path)
        },
    )
}

/// The engine names what is missing with its tag.
fn shown_missing(written: &str) -> String {
    match Reference::parse(written) {
        Ok(parsed) if !written.starts_with("sha256:") => parsed.familiar(),
        _ => inert_line(written).into_owned(),
    }
}
