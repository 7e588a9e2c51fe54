//! Images made of containers and of files: commit and import.

use serde::Deserialize;
use serde_json::Value;

use super::answer::Answered;
use super::ask::{Ask, Word};
use super::serve::Asked;
use super::{Server, answer, portrait, stream};
use crate::dockerfile::reference::Reference;
use crate::sandbox::policy::Refusal;
use crate::sandbox::policy::call::{Commit, Import};
use crate::sandbox::policy::container;

impl Server {
    pub(super) async fn commit(
        self: &std::sync::Arc<Self>,
        commit: Commit,
        asked: Asked<'_>,
    ) -> Result<Answered, Refusal> {
        let Commit {
            container: name,
            repository,
            tag,
            comment,
            author,
            pause,
            changes,
        } = commit;
        let own = self.container(&name).await?;
        asked.note.object("container", own.name.as_str());
        let body = stream::request(asked.request.into_body()).await?;
        let body = container::commit(&body)?;
        let (repository, tag) = self.place(&repository, &tag)?;
        let mut ask = Ask::post(&[Word::Is("commit")])
            .version(asked.version)
            .text("container", own.id.as_str())
            .text("repo", &repository)
            .text("tag", &tag)
            .text("comment", &comment)
            .text("author", &author)
            .yes_or_no("pause", pause);
        for change in &changes {
            asked.note.flag("change", change.as_str());
            ask = ask.text("changes", change);
        }
        // A container's labels become its image's, and a sweep must never take a container of that image for ours.
        ask = ask.text("changes", &emptied(self.labels.keys()));
        if !repository.is_empty() {
            let shown = self
                .names
                .shown(&format!("{repository}:{tag}"))
                .into_owned();
            asked.note.object("image", shown);
        }
        if let Some(body) = body {
            ask = ask.json(&body);
        }
        #[derive(Deserialize)]
        struct Made {
            #[serde(rename = "Id")]
            id: String,
        }
        let server = self.clone();
        let work = async move {
            let made: Made = server.fetch(ask).await?;
            server.made.add(&made.id);
            Ok(made.id)
        };
        let id = self.tasks.finish(work).await?;
        Ok(answer::json(201, &serde_json::json!({"Id": id})))
    }

    /// The engine's repository and tag for the learner's; both empty for an image without a name.
    pub(super) fn place(&self, repository: &str, tag: &str) -> Result<(String, String), Refusal> {
        if repository.is_empty() {
            return Ok((String::new(), String::new()));
        }
        let written = match tag {
            "" => repository.to_owned(),
            tag => format!("{repository}:{tag}"),
        };
        let parsed = Reference::parse(&written)
            .ok()
            .filter(|parsed| parsed.digest.is_none())
            .ok_or_else(|| Refusal::engine(400, "invalid reference format"))?;
        let tag = parsed.tag.unwrap_or_else(|| "latest".to_owned());
        let repository = self
            .names
            .repository(&parsed.domain, &parsed.path)
            .ok_or_else(|| Refusal::engine(400, "invalid reference format"))?;
        Ok((repository, tag))
    }

    pub(super) async fn import(
        self: &std::sync::Arc<Self>,
        import: Import,
        asked: Asked<'_>,
    ) -> Result<Answered, Refusal> {
        let Import {
            repository,
            tag,
            message,
            platform,
            changes,
        } = import;
        let platform = self.platform(&platform)?;
        let (repository, tag) = self.place(&repository, &tag)?;
        if !repository.is_empty() {
            let shown = self
                .names
                .shown(&format!("{repository}:{tag}"))
                .into_owned();
            asked.note.object("image", shown);
        }
        let mut ask = Ask::post(&[Word::Is("images"), Word::Is("create")])
            .version(asked.version)
            .text("fromSrc", "-")
            .text("repo", &repository)
            .text("tag", &tag)
            .text("message", &message)
            .text("platform", &platform)
            .bytes("text/plain", asked.request.into_body());
        for change in &changes {
            asked.note.flag("change", change.as_str());
            ask = ask.text("changes", change);
        }
        if !changes.is_empty() {
            ask = ask.text("changes", &emptied(self.labels.keys()));
        }
        let (server, sender) = (self.clone(), self.clone());
        let seat = asked.seat;
        let sent = async move { sender.send(ask).await };
        let hear = move |line: Option<Value>| {
            let mut line = line?;
            if let Some(id) = line["status"]
                .as_str()
                .filter(|id| id.starts_with("sha256:"))
            {
                server.made.add(id);
            }
            answer::unmangle(&server.names, seat, &mut line);
            Some(answer::written(&line))
        };
        self.heard_out(sent, hear).await
    }
}

/// The instruction that empties the sandbox's own labels: nothing can take one away.
fn emptied<'a>(labels: impl Iterator<Item = &'a String>) -> String {
    let pairs: Vec<String> = labels
        .map(String::as_str)
        .chain([portrait::LABEL])
        .map(|label| format!("{label}=\"\""))
        .collect();
    format!("LABEL {}", pairs.join(" "))
}
