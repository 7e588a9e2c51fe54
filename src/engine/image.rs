//! Images: what one is, and getting or removing one.

use std::collections::{BTreeMap, BTreeSet};

use bollard::models::{HealthConfig, ImageConfig, ImageInspect};
use bollard::query_parameters::{
    RemoveImageOptions, RemoveImageOptionsBuilder, TagImageOptionsBuilder,
};

use super::{Engine, EngineError, names};

/// How a CMD or ENTRYPOINT was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `CMD ["server", "--port", "80"]`.
    Exec,
    /// `CMD server --port 80`: the image's shell runs it. An exec form that spells out the shell looks the same.
    Shell,
}

/// What happens to the untagged images below one that is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parents {
    /// They stay: the builder's cache.
    Keep,
    /// They go, where nothing else needs them.
    Prune,
}

/// One inspection of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageFacts {
    /// The full id, `sha256:…`.
    pub id: String,
    /// When it was made, RFC 3339, as its maker says.
    pub created: String,
    /// Its names.
    pub tags: Vec<String>,
    /// Its names in registries, `name@sha256:…`.
    pub digests: Vec<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its environment, in order.
    pub env: Vec<(String, String)>,
    /// USER, empty when never set.
    pub user: String,
    /// WORKDIR, empty when never set.
    pub workdir: String,
    /// CMD as the engine runs it.
    pub cmd: Option<Vec<String>>,
    /// How CMD was written.
    pub cmd_form: Option<Form>,
    /// ENTRYPOINT as the engine runs it.
    pub entrypoint: Option<Vec<String>>,
    /// How ENTRYPOINT was written.
    pub entrypoint_form: Option<Form>,
    /// EXPOSE, with protocol: `8080/tcp`.
    pub exposed: BTreeSet<String>,
    /// VOLUME.
    pub volumes: BTreeSet<String>,
    /// HEALTHCHECK's command, its first word `CMD`, `CMD-SHELL` or `NONE`.
    pub healthcheck: Option<Vec<String>>,
    /// STOPSIGNAL.
    pub stop_signal: Option<String>,
    /// The architecture, `amd64`.
    pub architecture: String,
    /// The operating system, `linux`.
    pub os: String,
    /// Bytes, as the engine counts them (the containerd store counts differently).
    pub size: u64,
    /// The layers' diff ids, bottom to top.
    pub layers: Vec<String>,
    /// ONBUILD triggers.
    pub onbuild: Vec<String>,
}

/// One line of an image's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The instruction, as the builder wrote it down.
    pub created_by: String,
    /// True when it added no bytes.
    pub empty: bool,
    /// Bytes it added.
    pub size: u64,
}

const INSPECT: &str = "inspect an image";

impl Engine {
    /// Looks at an image; `None` only when the engine says that there is none.
    pub async fn image(&self, reference: &str) -> Result<Option<ImageFacts>, EngineError> {
        if !names::is_plausible(reference) {
            return Ok(None);
        }
        match self.docker().inspect_image(reference).await {
            Ok(image) => Ok(Some(ImageFacts::read(image))),
            // An image with no content has no file system, which bollard takes for no answer.
            Err(bollard::errors::Error::JsonDataError { .. })
                if self.is_incomplete(reference).await? =>
            {
                Err(EngineError::ImageIncomplete {
                    reference: reference.to_owned(),
                })
            }
            Err(error) => match EngineError::of(INSPECT, "image", reference, error) {
                EngineError::NotFound { .. } => Ok(None),
                other => Err(other),
            },
        }
    }

    async fn is_incomplete(&self, reference: &str) -> Result<bool, EngineError> {
        let path = format!("/images/{reference}/json");
        let said = self.get_json(INSPECT, &path).await?;
        Ok(said["Architecture"] == "" && said["RootFS"]["Layers"].is_null())
    }

    /// An image's history, bottom to top.
    pub async fn history(&self, reference: &str) -> Result<Vec<HistoryEntry>, EngineError> {
        let mut items = self
            .docker()
            .image_history(known(reference)?)
            .await
            .map_err(|error| {
                EngineError::of("read an image's history", "image", reference, error)
            })?;
        items.reverse();
        let entry = |item: bollard::models::ImageHistoryResponseItem| {
            let size = u64::try_from(item.size).unwrap_or(0);
            HistoryEntry {
                created_by: item.created_by,
                empty: size == 0,
                size,
            }
        };
        Ok(items.into_iter().map(entry).collect())
    }

    /// Gives an image another name. A name that is in use moves silently: whoever calls has looked.
    pub async fn tag(&self, reference: &str, name: &str) -> Result<(), EngineError> {
        let name = tagged(name);
        let (repository, tag) = name.rsplit_once(':').unwrap_or((&name, "latest"));
        let options = TagImageOptionsBuilder::default()
            .repo(repository)
            .tag(tag)
            .build();
        self.docker()
            .tag_image(known(reference)?, Some(options))
            .await
            .map_err(|error| EngineError::of("name an image", "image", reference, error))
    }

    /// Removes an image by name or id, whoever uses it; one that is gone is fine.
    pub async fn remove_image(&self, reference: &str, parents: Parents) -> Result<(), EngineError> {
        let options = RemoveImageOptionsBuilder::default()
            .force(true)
            .noprune(parents == Parents::Keep)
            .build();
        match self.remove_by(reference, options).await {
            Err(EngineError::NotFound { .. }) => Ok(()),
            other => other,
        }
    }

    /// Takes a name from an image, and removes the image where it was its last.
    ///
    /// # Errors
    /// A container uses it ([`EngineError::Conflict`]), or there is none of this name ([`EngineError::NotFound`]).
    pub async fn untag(&self, name: &str) -> Result<(), EngineError> {
        self.remove_by(name, RemoveImageOptionsBuilder::default().build())
            .await
    }

    /// Removes an image that has lost its last name, unless somebody still uses it.
    pub async fn discard_image(&self, id: &str) -> Result<(), EngineError> {
        match self.image(id).await? {
            Some(image) if image.tags.is_empty() => {}
            _ => return Ok(()),
        }
        let options = RemoveImageOptionsBuilder::default().build();
        match self.remove_by(id, options).await {
            Err(EngineError::NotFound { .. } | EngineError::Conflict { .. }) => Ok(()),
            other => other,
        }
    }

    async fn remove_by(
        &self,
        reference: &str,
        options: RemoveImageOptions,
    ) -> Result<(), EngineError> {
        let removed = self
            .docker()
            .remove_image(known(reference)?, Some(options), None)
            .await;
        removed
            .map(drop)
            .map_err(|error| EngineError::of("remove an image", "image", reference, error))
    }
}

fn known(reference: &str) -> Result<&str, EngineError> {
    if names::is_plausible(reference) {
        Ok(reference)
    } else {
        Err(EngineError::NotFound {
            what: "image",
            name: reference.to_owned(),
        })
    }
}

/// A pull with no tag would fetch every tag there is.
pub(super) fn tagged(reference: &str) -> String {
    let last = reference.rsplit('/').next().unwrap_or(reference);
    if last.contains(':') || reference.contains('@') {
        reference.to_owned()
    } else {
        format!("{reference}:latest")
    }
}

impl ImageFacts {
    /// What an image's configuration, as it is stored, says of its containers; `None` where it cannot be read.
    pub fn of_config(text: &[u8]) -> Option<Self> {
        #[derive(serde::Deserialize)]
        struct Stored {
            config: Option<ImageConfig>,
        }
        let Stored { config } = serde_json::from_slice(text).ok()?;
        Some(Self::read(ImageInspect {
            config,
            ..ImageInspect::default()
        }))
    }

    /// Whether containers of both are set up alike, whatever is in the images.
    pub fn is_set_up_like(&self, other: &Self) -> bool {
        self.labels == other.labels
            && self.env == other.env
            && self.cmd == other.cmd
            && self.entrypoint == other.entrypoint
            && self.user == other.user
            && self.workdir == other.workdir
            && self.exposed == other.exposed
            && self.volumes == other.volumes
            && self.healthcheck == other.healthcheck
            && self.stop_signal == other.stop_signal
            && self.onbuild == other.onbuild
    }

    fn read(image: ImageInspect) -> Self {
        let config: ImageConfig = image.config.unwrap_or_default();
        let shell = config
            .shell
            .filter(|shell| !shell.is_empty())
            .unwrap_or_else(|| vec!["/bin/sh".to_owned(), "-c".to_owned()]);
        let given = |list: Option<Vec<String>>| list.filter(|list| !list.is_empty());
        let (cmd, entrypoint) = (given(config.cmd), given(config.entrypoint));
        let text = |text: Option<String>| text.unwrap_or_default();
        Self {
            id: text(image.id),
            created: text(image.created.map(|time| time.to_string())),
            tags: image.repo_tags.unwrap_or_default(),
            digests: image.repo_digests.unwrap_or_default(),
            labels: config.labels.unwrap_or_default().into_iter().collect(),
            env: variables(config.env.unwrap_or_default()),
            user: text(config.user),
            workdir: text(config.working_dir),
            cmd_form: cmd.as_ref().map(|words| form(words, &shell)),
            cmd,
            entrypoint_form: entrypoint.as_ref().map(|words| form(words, &shell)),
            entrypoint,
            exposed: config
                .exposed_ports
                .unwrap_or_default()
                .into_iter()
                .collect(),
            volumes: config.volumes.unwrap_or_default().into_iter().collect(),
            healthcheck: config
                .healthcheck
                .and_then(|HealthConfig { test, .. }| given(test)),
            stop_signal: config.stop_signal.filter(|signal| !signal.is_empty()),
            architecture: text(image.architecture),
            os: text(image.os),
            size: image
                .size
                .and_then(|size| u64::try_from(size).ok())
                .unwrap_or(0),
            layers: image
                .root_fs
                .and_then(|root| root.layers)
                .unwrap_or_default(),
            onbuild: config.on_build.unwrap_or_default(),
        }
    }
}

fn form(words: &[String], shell: &[String]) -> Form {
    if words.len() == shell.len() + 1 && words.starts_with(shell) {
        Form::Shell
    } else {
        Form::Exec
    }
}

/// `NAME=value` lines as pairs.
pub(super) fn variables(lines: Vec<String>) -> Vec<(String, String)> {
    lines
        .into_iter()
        .map(|line| match line.split_once('=') {
            Some((name, value)) => (name.to_owned(), value.to_owned()),
            None => (line, String::new()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn the_form_of_a_command_is_told_by_the_shell_before_it() {
        let shell = words("/bin/sh -c");
        let shell_form = vec![
            "/bin/sh".to_owned(),
            "-c".to_owned(),
            "exec nginx -g off".to_owned(),
        ];
        assert_eq!(form(&shell_form, &shell), Form::Shell);
        assert_eq!(form(&words("nginx -g off"), &shell), Form::Exec);
    }

    #[test]
    fn a_stored_configuration_is_read_as_the_engine_shows_it() {
        let read = |config: &str| {
            let text = format!(r#"{{"architecture": "amd64", "config": {config}}}"#);
            ImageFacts::of_config(text.as_bytes()).unwrap()
        };
        let facts = read(
            r#"{"Env": ["A=1"], "Cmd": ["a"], "ExposedPorts": {"80/tcp": {}}, "Labels": null}"#,
        );
        assert_eq!(facts.env, [("A".to_owned(), "1".to_owned())]);
        assert!(facts.exposed.contains("80/tcp"));
        let mut there = facts.clone();
        there.id = "sha256:1".to_owned();
        assert!(there.is_set_up_like(&facts));
        there.user = "nobody".to_owned();
        assert!(!there.is_set_up_like(&facts));
        assert!(read(r#"{"Env": [], "Cmd": null}"#).is_set_up_like(&read("null")));
    }

    #[test]
    fn a_pull_never_fetches_every_tag() {
        assert_eq!(
            tagged("localhost:5000/busybox"),
            "localhost:5000/busybox:latest"
        );
        assert_eq!(tagged("busybox:1.37"), "busybox:1.37");
        assert_eq!(tagged("busybox@sha256:00"), "busybox@sha256:00");
    }

    #[test]
    fn a_value_may_hold_an_equals_sign() {
        assert_eq!(
            variables(vec!["A=b=c".into()]),
            [("A".to_owned(), "b=c".to_owned())]
        );
    }
}
