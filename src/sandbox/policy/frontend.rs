//! What a client may tell BuildKit's Dockerfile frontend, and where a build's result may go: attributes by name.

use std::collections::{BTreeMap, HashMap};

use super::Refusal;
use super::call::Context;
use super::container::no_own_labels;
use super::text::is_object_name;
use crate::text::tick;

/// The one frontend there is: the engine's own.
pub(in crate::sandbox) const FRONTEND: &str = "dockerfile.v0";

/// What a build is told, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct Told {
    /// The attributes that are sent, but for those that hold names of images or of sessions.
    pub(in crate::sandbox) attributes: BTreeMap<String, String>,
    /// The Dockerfile's name.
    pub(in crate::sandbox) dockerfile: String,
    /// Build arguments.
    pub(in crate::sandbox) arguments: Vec<(String, String)>,
    /// Build contexts that are folders of the client: their names.
    pub(in crate::sandbox) folders: Vec<String>,
    /// Build contexts that are images: name, and image as written.
    pub(in crate::sandbox) images: Vec<(String, String)>,
    /// Sessions that bring a build context: the attribute, and the session.
    pub(in crate::sandbox) sessions: Vec<(String, String)>,
    pub(in crate::sandbox) context: Context,
    pub(in crate::sandbox) platform: String,
}

/// Arguments that change how a build is read, and not what it builds.
pub(in crate::sandbox) fn argument_allowed(name: &str) -> Result<(), Refusal> {
    match name {
        "BUILDKIT_SYNTAX" => Err(Refusal::not_allowed(
            "a frontend in place of the builder",
            "leave out `BUILDKIT_SYNTAX`",
        )),
        "BUILDKIT_CACHE_MOUNT_NS" => Err(Refusal::not_allowed(
            "a namespace for cache mounts",
            "this sandbox has one already: leave out `BUILDKIT_CACHE_MOUNT_NS`",
        )),
        _ => Ok(()),
    }
}

/// Reads the frontend's attributes.
pub(in crate::sandbox) fn told(attributes: HashMap<String, String>) -> Result<Told, Refusal> {
    let mut told = Told::default();
    let mut sorted: Vec<(String, String)> = attributes.into_iter().collect();
    sorted.sort();
    for (key, value) in sorted {
        told.take(key, value)?;
    }
    Ok(told)
}

impl Told {
    fn take(&mut self, key: String, value: String) -> Result<(), Refusal> {
        let unknown = || {
            Refusal::not_allowed(
                format!("the build attribute {}", tick(&format!("{key}={value}"))),
                "leave out the flag that sets it",
            )
        };
        if let Some(name) = key.strip_prefix("build-arg:") {
            argument_allowed(name)?;
            self.arguments.push((name.to_owned(), value.clone()));
            self.attributes.insert(key, value);
            return Ok(());
        }
        if let Some(label) = key.strip_prefix("label:") {
            no_own_labels([&label.to_owned()])?;
            self.attributes.insert(key, value);
            return Ok(());
        }
        if let Some(name) = key.strip_prefix("context:") {
            return self.context(name, &value).ok_or_else(unknown);
        }
        if key.starts_with("local-sessionid:") {
            self.sessions.push((key, value));
            return Ok(());
        }
        if key.starts_with("vcs:") || key.starts_with("input-metadata:") {
            // What a provenance would say of the sources; nothing is fetched by it.
            self.attributes.insert(key, value);
            return Ok(());
        }
        match key.as_str() {
            "filename" => self.dockerfile.clone_from(&value),
            "platform" => {
                self.platform = value;
                return Ok(());
            }
            "context" => {
                self.context = match value.as_str() {
                    "" => Context::Session,
                    url => upload(url).ok_or_else(unknown)?,
                };
            }
            // Without a registry an image is only ever here.
            "image-resolve-mode" => return Ok(()),
            // Where else steps might come from: a hint, which only a registry could follow.
            "cache-from" | "cache-imports" => return Ok(()),
            "force-network-mode" if matches!(value.as_str(), "" | "default" | "none") => {}
            "dockerfilekey" if value == "dockerfile" => {}
            "contextkey" if value == "context" => {}
            "cgroup-parent" | "ulimit" if value.is_empty() => return Ok(()),
            "attest:sbom" if value.contains("disabled=true") => {}
            "requestid" if value.starts_with("frontend.") => {}
            "add-hosts"
            | "attest:provenance"
            | "frontend.caps"
            | "hostname"
            | "multi-platform"
            | "no-cache"
            | "shm-size"
            | "target"
            | "attest:provenance:mode" => {}
            _ => return Err(unknown()),
        }
        self.attributes.insert(key, value);
        Ok(())
    }

    /// A context of the client's own. Its name must be the very word that the frontend will look for: any other way of
    /// writing it would name an image after all.
    fn context(&mut self, name: &str, value: &str) -> Option<()> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
        let is_word = name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && name.chars().all(plain);
        if !is_word {
            return None;
        }
        if let Some(image) = value.strip_prefix("docker-image://") {
            self.images.push((name.to_owned(), image.to_owned()));
            return Some(());
        }
        let folder = value.strip_prefix("local:")?;
        if !is_object_name(folder) || folder == "dockerfile" {
            return None;
        }
        self.folders.push(name.to_owned());
        self.attributes
            .insert(format!("context:{name}"), value.to_owned());
        Some(())
    }
}

/// `http://buildkit-session/ID`: a tar that the client's session hands over.
fn upload(url: &str) -> Option<Context> {
    let id = url.strip_prefix("http://buildkit-session/")?;
    is_object_name(id).then(|| Context::Upload(id.to_owned()))
}

/// Where one result of a build goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct Export {
    pub(in crate::sandbox) kind: String,
    pub(in crate::sandbox) attributes: BTreeMap<String, String>,
    /// Names of the image on the engine, as written.
    pub(in crate::sandbox) names: Vec<String>,
}

/// Reads an exporter. To the engine's own store, or back to the client; never on to a registry.
pub(in crate::sandbox) fn export(
    kind: &str,
    attributes: HashMap<String, String>,
) -> Result<Export, Refusal> {
    let to_the_engine = match kind {
        "moby" | "image" => true,
        "local" | "tar" | "docker" | "oci" => false,
        _ => {
            return Err(Refusal::not_allowed(
                format!("an output of the kind {}", tick(kind)),
                "`docker`, `local` and `tar` are there",
            ));
        }
    };
    let mut export = Export {
        kind: kind.to_owned(),
        attributes: BTreeMap::new(),
        names: Vec::new(),
    };
    for (key, value) in attributes {
        let no = matches!(value.as_str(), "" | "false" | "0");
        match key.as_str() {
            "name" if to_the_engine => {
                let names = value.split(',').filter(|name| !name.is_empty());
                export.names = names.map(str::to_owned).collect();
                continue;
            }
            // Compose before 2.30 asks for what is done in any case: a result for the engine is in the engine.
            "load" if to_the_engine => continue,
            // An output that pushes would reach a registry past the sandbox.
            "push" | "push-by-digest" | "registry.insecure" if no => continue,
            "push" | "push-by-digest" | "registry.insecure" => {
                return Err(Refusal::not_allowed(
                    "a build that pushes",
                    "build it first, then `docker push localhost:5000/NAME`",
                ));
            }
            "name"
            | "unpack"
            | "store"
            | "tar"
            | "dest"
            | "compression"
            | "compression-level"
            | "force-compression"
            | "oci-mediatypes"
            | "rewrite-timestamp"
            | "platform-split"
            | "prefer-nondist-layers"
            | "attestation-inline"
            | "buildinfo" => {}
            key if key.starts_with("annotation") => {}
            _ => {
                return Err(Refusal::not_allowed(
                    format!("the output option {}", tick(&format!("{key}={value}"))),
                    "leave it out",
                ));
            }
        }
        export.attributes.insert(key, value);
    }
    Ok(export)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(pairs: &[(&str, &str)]) -> HashMap<String, String> {
        let pair = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn what_the_build_command_says_is_read() {
        let told = told(attributes(&[
            ("filename", "Dockerfile"),
            ("build-arg:V", "1"),
            ("label:a", "b"),
            ("context:files", "local:files"),
            ("context:base", "docker-image://busybox"),
            ("image-resolve-mode", "pull"),
            ("no-cache", ""),
        ]))
        .unwrap();
        assert_eq!(told.dockerfile, "Dockerfile");
        assert_eq!(told.arguments, [("V".to_owned(), "1".to_owned())]);
        assert_eq!(told.folders, ["files"]);
        assert_eq!(told.images, [("base".to_owned(), "busybox".to_owned())]);
        assert!(!told.attributes.contains_key("image-resolve-mode"));
    }

    #[test]
    fn what_leads_elsewhere_is_refused() {
        for (key, value) in [
            ("source", "evil/frontend"),
            ("cmdline", "evil/frontend"),
            ("build-arg:BUILDKIT_SYNTAX", "evil/frontend"),
            ("build-arg:BUILDKIT_CACHE_MOUNT_NS", "other"),
            ("label:sealegs.run", "x"),
            ("context", "https://example.com/x.tar"),
            ("context", "http://buildkit-session/../x"),
            ("context:secret:latest", "local:files"),
            ("context:me/secret", "local:files"),
            ("context:x", "local:dockerfile"),
            ("context:x", "https://example.com"),
            ("context:x", "input:0"),
            ("context:x", "oci-layout://x"),
            ("dockerfilekey", "context"),
            ("contextkey", "dockerfile"),
            ("force-network-mode", "host"),
            ("cgroup-parent", "/"),
            ("attest:sbom", "generator=evil"),
            ("unknown", "x"),
        ] {
            assert!(told(attributes(&[(key, value)])).is_err(), "{key}={value}");
        }
    }

    #[test]
    fn a_result_goes_to_the_engine_or_to_the_client() {
        let image = export(
            "moby",
            attributes(&[("name", "web,web:2"), ("push", "false"), ("load", "true")]),
        );
        let image = image.unwrap();
        assert_eq!(image.names, ["web", "web:2"]);
        assert!(image.attributes.is_empty());
        let file = export("tar", attributes(&[("name", "web")])).unwrap();
        assert!(file.names.is_empty());
        for (kind, key, value) in [
            ("moby", "push", "true"),
            ("tar", "load", "true"),
            ("image", "push-by-digest", "true"),
            ("image", "unknown", "x"),
            ("registry", "name", "x"),
            ("inline", "name", "x"),
        ] {
            assert!(
                export(kind, attributes(&[(key, value)])).is_err(),
                "{kind} {key}"
            );
        }
    }
}
