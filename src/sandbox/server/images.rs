//! Images: those with a name of the sandbox, and those without a name that it has made. Every name a client uses is one
//! of its own on the engine, so that nobody else's image can be retagged, replaced or removed; the course's images get
//! such a name when they are pulled.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{self, Answered};
use super::ask::{Ask, Word};
use super::own::OwnContainer;
use super::serve::Asked;
use super::{Seat, Server, stream};
use crate::dockerfile::reference::{self, Reference};
use crate::sandbox::policy::Refusal;
use crate::sandbox::policy::call::{ImageList, OnImage, Pull};
use crate::sandbox::policy::filters::Filters;
use crate::sandbox::policy::text::is_hex;
use crate::text::{inert_line, tick};

/// The engine's name of an image that the sandbox may use: a name of its own, or an id that was found to be its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ImageName(String);

impl ImageName {
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
struct Listed {
    id: String,
    repo_tags: Option<Vec<String>>,
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

    /// The course's image that a name means, where the course has one.
    pub(super) fn offered(&self, written: &str) -> Option<&str> {
        self.images
            .iter()
            .find(|image| {
                std::iter::once(&image.name)
                    .chain(&image.aliases)
                    .any(|name| reference::same(name, written))
            })
            .map(|image| image.name.as_str())
    }

    /// Makes a course image the sandbox's own under the name it is called by, as a pull would; says whether it was
    /// there already.
    pub(super) async fn take_in(&self, written: &str) -> Result<TakenIn, Refusal> {
        let Some(offered) = self.offered(written) else {
            return Err(self.not_offered(written));
        };
        let base = ImageName(offered.to_owned());
        let id = match self.image_id(&base).await {
            Err(refusal) if refusal.status == 404 => {
                return Err(Refusal::not_allowed(
                    format!("{} is not on this engine yet", tick(offered)),
                    format!("get it with `sealegs images build {offered}`, outside this sandbox"),
                ));
            }
            other => other?,
        };
        let own = self.engine_name(written)?;
        let was_there = self.image_id(&own).await.is_ok_and(|own| own == id);
        if !was_there {
            self.tag(&base, written).await?;
        }
        Ok(match was_there {
            true => TakenIn::WasThere,
            false => TakenIn::New,
        })
    }

    /// Takes in every image of the course that is on the engine, under the course's own name.
    pub(in crate::sandbox) async fn stock(&self) -> Result<(), Refusal> {
        let ask = Ask::get(&[Word::Is("images"), Word::Is("json")]);
        let listed: Vec<Listed> = self.fetch(ask).await?;
        let here = |wanted: &str| {
            let tags = listed
                .iter()
                .flat_map(|image| image.repo_tags.iter().flatten());
            tags.into_iter().any(|tag| reference::same(tag, wanted))
        };
        for image in self.images.iter().filter(|image| here(&image.name)) {
            self.tag(&ImageName(image.name.clone()), &image.name)
                .await?;
        }
        Ok(())
    }

    /// The refusal of an image from elsewhere.
    pub(super) fn not_offered(&self, written: &str) -> Refusal {
        let names: Vec<&str> = self
            .images
            .iter()
            .map(|image| image.name.as_str())
            .collect();
        Refusal::not_allowed(
            format!(
                "the image {}, which no registry is asked for",
                tick(written)
            ),
            match names.as_slice() {
                [] => "build or load it".to_owned(),
                names => format!("this course has {}", crate::text::list(names)),
            },
        )
    }

    pub(super) async fn pull(&self, pull: Pull, asked: Asked<'_>) -> Result<Answered, Refusal> {
        let Pull {
            image,
            tag,
            platform,
        } = pull;
        let image = image.trim_end_matches(':');
        let written = match tag.as_str() {
            "" => image.to_owned(),
            digest if digest.contains(':') => format!("{image}@{digest}"),
            tag => format!("{image}:{tag}"),
        };
        asked.note.object("image", written.as_str());
        let parsed = Reference::parse(&written)
            .map_err(|_| Refusal::engine(400, "invalid reference format"))?;
        if self.names.own_registry(&parsed.domain).is_some() {
            return self.pull_from_own(&written, &parsed, asked).await;
        }
        let here = format!("linux/{}", self.engine.info().arch);
        if !platform.is_empty() && platform != here && platform != "linux" {
            return Err(Refusal::not_allowed(
                format!("an image for {}", tick(&platform)),
                format!("this engine is {}", tick(&here)),
            ));
        }
        if parsed.digest.is_some() {
            return Err(Refusal::not_allowed(
                format!("pulling {} by its digest", tick(&written)),
                "the course's images are known by their tags",
            ));
        }
        let taken = self.take_in(&parsed.familiar()).await?;
        let (path, tag) = (
            parsed.path.as_str(),
            parsed.tag.as_deref().unwrap_or("latest"),
        );
        let familiar = parsed.familiar();
        let last = match taken {
            TakenIn::WasThere => format!("Status: Image is up to date for {familiar}"),
            TakenIn::New => format!("Status: Downloaded newer image for {familiar}"),
        };
        let lines = [
            json!({"status": format!("Pulling from {path}"), "id": tag}),
            json!({"status": last}),
        ];
        let text: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        let mut response = answer::json(200, &Value::Null);
        *response.body_mut() = stream::whole(text);
        Ok(response)
    }

    async fn remove_image(
        &self,
        written: &str,
        force: bool,
        no_prune: bool,
    ) -> Result<Answered, Refusal> {
        let found = self.image(written).await?;
        let own = self
            .own_images()
            .await?
            .into_iter()
            .find(|image| image.id == found.id);
        // One that only another image is built on has no place in the list.
        let Some(own) = own else {
            return Err(Refusal::engine(
                409,
                format!(
                    "conflict: unable to delete {written} (cannot be forced) - image has dependent child images"
                ),
            ));
        };
        let users: Vec<OwnContainer> = self
            .containers()
            .await?
            .into_iter()
            .filter(|container| container.image_id == own.id)
            .collect();
        let short = |id: &str| {
            id.trim_start_matches("sha256:")
                .chars()
                .take(12)
                .collect::<String>()
        };
        let mut report = Vec::new();
        if !found.by_id {
            if !force
                && own.tags.len() == 1
                && let Some(user) = users.first()
            {
                return Err(Refusal::engine(
                    409,
                    format!(
                        "conflict: unable to remove repository reference \"{written}\" (must force) - container {} is using its referenced image {}",
                        short(user.id.as_str()),
                        short(&own.id)
                    ),
                ));
            }
            report.extend(self.take_name(&own, &found.name, no_prune).await?);
            if own.tags.len() == 1 && users.is_empty() {
                self.part_with(&own, &mut report);
            }
            return Ok(self.removal(report));
        }
        let repositories: std::collections::BTreeSet<&str> = own
            .tags
            .iter()
            .map(|tag| tag.rsplit_once(':').map_or(tag.as_str(), |(name, _)| name))
            .collect();
        if !force && repositories.len() > 1 {
            return Err(Refusal::engine(
                409,
                format!(
                    "conflict: unable to delete {} (must be forced) - image is referenced in multiple repositories",
                    short(&own.id)
                ),
            ));
        }
        let running = users.iter().find(|user| user.state == "running");
        let user = running.or_else(|| users.first().filter(|_| !force));
        if let Some(user) = user {
            let (how, state) = match running.is_some() {
                true => ("cannot be forced", "running"),
                false => ("must be forced", "stopped"),
            };
            return Err(Refusal::engine(
                409,
                format!(
                    "conflict: unable to delete {} ({how}) - image is being used by {state} container {}",
                    short(&own.id),
                    short(user.id.as_str())
                ),
            ));
        }
        for tag in &own.tags {
            let name = ImageName(tag.clone());
            report.extend(self.take_name(&own, &name, no_prune).await?);
        }
        // Without any name left it is still there where it was made here without one.
        if own.tags.is_empty() && !own.shared {
            report.extend(self.delete(&ImageName(own.id.clone()), no_prune).await?);
        }
        if users.is_empty() {
            self.part_with(&own, &mut report);
        }
        Ok(self.removal(report))
    }

    /// An image whose last name here was taken is gone for the learner, also where others on the engine hold it: a class
    /// builds the same image many times.
    fn part_with(&self, image: &OwnImage, report: &mut Vec<Value>) {
        let is_of_others = image.shared || !self.made.has_made(&image.id);
        let is_gone = |line: &Value| line["Deleted"] == image.id.as_str();
        if is_of_others && self.made.has(&image.id) && !report.iter().any(is_gone) {
            self.made.leave(&image.id);
            report.push(json!({"Deleted": image.id}));
        }
    }

    /// Takes a name of the sandbox from an image. One that a build found in the cache is somebody else's, and stays without
    /// a name, as it was.
    async fn take_name(
        &self,
        image: &OwnImage,
        name: &ImageName,
        no_prune: bool,
    ) -> Result<Vec<Value>, Refusal> {
        if self.made.has_made(&image.id) || image.shared {
            return self.delete(name, no_prune).await;
        }
        let done = self.run.untag(&self.engine, name.as_str()).await;
        done.map_err(|error| Refusal::engine(500, self.names.shown(&error.to_string())))?;
        Ok(vec![json!({"Untagged": name.as_str()})])
    }

    /// Removes an image by a name or an id; with its last name it is gone.
    async fn delete(&self, name: &ImageName, no_prune: bool) -> Result<Vec<Value>, Refusal> {
        let ask = Ask::delete(&[Word::Is("images"), Word::Image(name)])
            .flag("noprune", no_prune)
            // The sandbox has looked at who uses it; the engine would count what is not of the sandbox.
            .flag("force", !name.as_str().starts_with("sha256:"));
        let report: Option<Vec<Value>> = self.fetch(ask).await?;
        let report = report.unwrap_or_default();
        for line in &report {
            if let Some(id) = line["Deleted"].as_str() {
                self.made.forget(id);
            }
        }
        Ok(report)
    }

    fn removal(&self, report: Vec<Value>) -> Answered {
        let mut value = Value::Array(report);
        answer::unmangle(&self.names, Seat::Learner, &mut value);
        answer::json(200, &value)
    }

    pub(super) async fn prune_images(
        &self,
        mut filters: Filters,
        asked: Asked<'_>,
    ) -> Result<Answered, Refusal> {
        let yes = |value: &String| matches!(value.as_str(), "true" | "1");
        let dangling = filters.take("dangling");
        let only_dangling = dangling.is_empty() || dangling.iter().any(yes);
        asked.note.switch("all", !only_dangling);
        let used: Vec<String> = self
            .containers()
            .await?
            .into_iter()
            .map(|container| container.image_id)
            .collect();
        let (mut report, mut freed) = (Vec::new(), 0);
        for image in self.own_images().await? {
            let wanted = !used.contains(&image.id)
                && (image.tags.is_empty() || !only_dangling)
                && super::prune::matches(&filters, &image.labels, image.created)?;
            if !wanted {
                continue;
            }
            let names = match (image.tags.is_empty(), image.shared) {
                (true, true) => Vec::new(),
                (true, false) => vec![image.id.clone()],
                (false, _) => image.tags.clone(),
            };
            let (mut removed, mut all_went) = (Vec::new(), true);
            for name in names {
                // What another image is built on cannot go, and stays.
                let name = ImageName(name);
                let gone = match image.tags.is_empty() {
                    true => self.delete(&name, false).await,
                    false => self.take_name(&image, &name, false).await,
                };
                all_went &= gone.is_ok();
                removed.extend(gone.unwrap_or_default());
            }
            if all_went {
                self.part_with(&image, &mut removed);
            }
            let gone = removed.iter().any(|line| line.get("Deleted").is_some());
            freed += if gone { image.size } else { 0 };
            report.extend(removed);
        }
        let mut value = match report.is_empty() {
            true => json!({"ImagesDeleted": null, "SpaceReclaimed": 0}),
            false => json!({"ImagesDeleted": report, "SpaceReclaimed": freed}),
        };
        answer::unmangle(&self.names, asked.seat, &mut value);
        Ok(answer::json(200, &value))
    }
}

/// What came of taking an image in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TakenIn {
    /// The sandbox had it under that name.
    WasThere,
    /// It has it now.
    New,
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
