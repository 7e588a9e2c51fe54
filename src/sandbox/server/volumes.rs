//! Volumes: each carries the sandbox's label, and each that has a name the sandbox's too.

use serde_json::{Value, json};

use super::answer::{self, Answered};
use super::ask::{Ask, Word};
use super::own::{OwnContainer, VolumeName};
use super::patterns::Patterns;
use super::serve::Asked;
use super::{Server, prune, stream};
use crate::engine::is_own_label;
use crate::sandbox::policy::Refusal;
use crate::sandbox::policy::call::OnVolume;
use crate::sandbox::policy::filters::Filters;
use crate::sandbox::policy::json::Unique;
use crate::sandbox::policy::volume::{self, VolumeBody};

impl Server {
    pub(super) async fn list_volumes(
        &self,
        mut filters: Filters,
        asked: Asked<'_>,
    ) -> Result<Answered, Refusal> {
        for (key, value) in filters.pairs() {
            asked.note.flag("filter", format!("{key}={value}"));
        }
        let patterns = Patterns::of(&filters.take("name"));
        let own: Vec<String> = self
            .volumes()
            .await?
            .into_iter()
            .map(|volume| volume.name.as_str().to_owned())
            .collect();
        filters.add("label", self.own_label());
        let ask = Ask::get(&[Word::Is("volumes")])
            .version(asked.version)
            .text("filters", &filters.written());
        let reply = self.send(ask).await?;
        self.shown_after(asked.seat, reply, |value| {
            if let Some(volumes) = value["Volumes"].as_array_mut() {
                volumes.iter_mut().for_each(without_own_labels);
                volumes.retain(|volume| {
                    let name = volume["Name"].as_str().unwrap_or_default();
                    let shown = self.names.own_object(name).unwrap_or(name);
                    own.iter().any(|own| own == name) && patterns.match_name(shown)
                });
            }
            value["Warnings"] = Value::Null;
        })
        .await
    }

    pub(super) async fn create_volume(&self, asked: Asked<'_>) -> Result<Answered, Refusal> {
        let body = stream::request(asked.request.into_body()).await?;
        let body = volume::create(&body)?;
        if !body.name.is_empty() {
            asked.note.object("volume", body.name.as_str());
        }
        let ask = Ask::post(&[Word::Is("volumes"), Word::Is("create")])
            .version(asked.version)
            .json(&self.own_volume(body));
        let reply = self.send(ask).await?;
        self.shown_after(asked.seat, reply, without_own_labels)
            .await
    }

    fn own_volume(&self, mut body: VolumeBody) -> VolumeBody {
        if !body.name.is_empty() {
            body.name = self.new_volume(&body.name).as_str().to_owned();
        }
        body.labels.0.extend(self.labels.clone());
        body
    }

    /// Makes sure of a volume that a container names: the engine would make it without our label. A volume that is there
    /// stays as it is.
    pub(super) async fn make_volume(
        &self,
        name: &str,
        labels: Unique<String>,
    ) -> Result<VolumeName, Refusal> {
        match self.volume(name).await {
            Ok(volume) => return Ok(volume.name),
            Err(refusal) if refusal.status == 404 => {}
            Err(refusal) => return Err(refusal),
        }
        let body = self.own_volume(VolumeBody {
            name: name.to_owned(),
            labels,
        });
        let ask = Ask::post(&[Word::Is("volumes"), Word::Is("create")]).json(&body);
        self.send(ask).await?;
        Ok(self.new_volume(name))
    }

    pub(super) async fn on_volume(
        &self,
        name: &str,
        act: OnVolume,
        asked: Asked<'_>,
    ) -> Result<Answered, Refusal> {
        asked.note.object("volume", name);
        let volume = match (self.volume(name).await, act) {
            // By force, what is not there is gone.
            (Err(refusal), OnVolume::Remove { force: true }) if refusal.status == 404 => {
                return Ok(answer::status(204));
            }
            (volume, _) => volume?,
        };
        let path = [Word::Is("volumes"), Word::Volume(&volume.name)];
        match act {
            OnVolume::Inspect => {
                let reply = self.send(Ask::get(&path).version(asked.version)).await?;
                self.shown_after(asked.seat, reply, without_own_labels)
                    .await
            }
            OnVolume::Remove { force } => {
                asked.note.switch("force", force);
                let remove = async || {
                    let ask = Ask::delete(&path).flag("force", force);
                    self.done(ask.version(asked.version)).await
                };
                match remove().await {
                    Err(refusal) if refusal.status == 409 && self.end_looks().await? > 0 => {
                        remove().await
                    }
                    done => done,
                }
            }
        }
    }

    /// Removes what checks look into volumes with, and says how many there were: a learner who is told that a volume is in
    /// use would not find by what.
    async fn end_looks(&self) -> Result<usize, Refusal> {
        let looks = self.containers().await?.into_iter();
        let mut ended = 0;
        for look in looks.filter(OwnContainer::is_look) {
            let ask = Ask::delete(&[Word::Is("containers"), Word::Container(&look.id)]);
            ended += usize::from(self.send(ask.flag("force", true)).await.is_ok());
        }
        Ok(ended)
    }

    pub(super) async fn prune_volumes(
        &self,
        filters: Filters,
        asked: Asked<'_>,
    ) -> Result<Answered, Refusal> {
        let all = filters
            .get("all")
            .iter()
            .any(|value| matches!(value.as_str(), "true" | "1"));
        asked.note.switch("all", all);
        let mut unused = Filters::default();
        unused.add("label", self.own_label());
        unused.add("dangling", "true");
        let ask = Ask::get(&[Word::Is("volumes")]).text("filters", &unused.written());
        let mut deleted = Vec::new();
        for volume in self.volumes_of(ask).await? {
            let wanted = all || volume.is_anonymous;
            if !wanted || !prune::matches(&filters, &volume.labels, 0)? {
                continue;
            }
            let ask = Ask::delete(&[Word::Is("volumes"), Word::Volume(&volume.name)]);
            if self.send(ask).await.is_ok() {
                let shown = self.names.shown(volume.name.as_str()).into_owned();
                asked.note.object("volume", shown.as_str());
                deleted.push(Value::from(shown));
            }
        }
        let report = json!({"VolumesDeleted": deleted, "SpaceReclaimed": 0});
        Ok(answer::json(200, &report))
    }
}

/// A volume without labels of its learner's has none at all, to the engine.
fn without_own_labels(volume: &mut Value) {
    let only_ours = volume["Labels"]
        .as_object()
        .is_some_and(|labels| labels.keys().all(|key| is_own_label(key)));
    if only_ours {
        volume["Labels"] = Value::Null;
    }
}
