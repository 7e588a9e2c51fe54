//! `docker system df`: what the sandbox's own things take. The build cache is everybody's, and is not counted.

use serde_json::{Value, json};

use super::Server;
use super::answer::Answered;
use super::ask::{Ask, Word};
use super::serve::Asked;
use crate::sandbox::policy::Refusal;

impl Server {
    pub(super) async fn disk_usage(&self, asked: Asked<'_>) -> Result<Answered, Refusal> {
        let ask = Ask::get(&[Word::Is("system"), Word::Is("df")]).version(asked.version);
        let reply = self.send(ask).await?;
        let own = self.containers().await?;
        let containers: Vec<String> = own
            .iter()
            .map(|container| container.id.as_str().to_owned())
            .collect();
        let users: Vec<String> = own
            .into_iter()
            .map(|container| container.image_id)
            .collect();
        let volumes: Vec<String> = self
            .volumes()
            .await?
            .into_iter()
            .map(|volume| volume.name.as_str().to_owned())
            .collect();
        self.shown_after(asked.seat, reply, |value| {
            let among = |value: &Value, key: &str, own: &[String]| {
                let id = value[key].as_str().unwrap_or_default();
                own.iter().any(|own| own == id)
            };
            let mut layers = 0;
            if let Some(images) = value["Images"].as_array_mut() {
                images.retain_mut(|image| self.keeps(image));
                for image in images {
                    let id = image["Id"].as_str().unwrap_or_default();
                    let count = users.iter().filter(|user| *user == id).count();
                    layers += image["Size"].as_i64().unwrap_or_default();
                    image["Containers"] = json!(count);
                }
            }
            value["LayersSize"] = json!(layers);
            if let Some(listed) = value["Containers"].as_array_mut() {
                listed.retain(|one| among(one, "Id", &containers));
            }
            if let Some(listed) = value["Volumes"].as_array_mut() {
                listed.retain(|one| among(one, "Name", &volumes));
            }
            value["BuildCache"] = json!([]);
            value["BuilderSize"] = json!(0);
            // Newer engines sum up, over everybody's things.
            if let Some(map) = value.as_object_mut() {
                map.retain(|key, _| !key.ends_with("Usage"));
            }
        })
        .await
    }
}
