//! Images are removed: a name goes, and the image with its last one, where nobody else has a name for it.

use serde_json::{Value, json};

use super::answer::{self, Answered};
use super::ask::{Ask, Word};
use super::images::{ImageName, OwnImage};
use super::own::OwnContainer;
use super::serve::Asked;
use super::{Seat, Server};
use crate::sandbox::policy::Refusal;
use crate::sandbox::policy::filters::Filters;

impl Server {
    pub(super) async fn remove_image(
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
        for name in own.names() {
            report.extend(self.take_name(&own, &name, no_prune).await?);
        }
        // Without any name left it is still there where it was made here without one.
        if own.tags.is_empty() && !own.shared {
            report.extend(self.delete(&own.by_id(), no_prune).await?);
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
                (true, false) => vec![image.by_id()],
                (false, _) => image.names().collect(),
            };
            let (mut removed, mut all_went) = (Vec::new(), true);
            for name in names {
                // What another image is built on cannot go, and stays.
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
