//! Images as the files of a registry: what a push of each would have left behind.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde_json::json;

use crate::course::CourseImage;
use crate::dockerfile::reference::Reference;
use crate::engine::Engine;
use crate::failure::Failure;

use super::super::archive::add;
use super::super::depot::Depot;
use super::super::getting::Getting;
use super::super::kit::{Parts, Shelf, Span};
use super::super::layer::sha256;
use super::super::recipes::is_ours;
use super::super::save::take;
use super::super::store::Store;

/// The version that Engine 20.10 reads, and every newer one.
const MANIFEST_TYPE: &str = "application/vnd.docker.distribution.manifest.v2+json";

/// Images ready to be served. Layers are served plain: an engine with containerd's store that has a layer unpacked does
/// not fetch it under another digest, and is left with an image it can neither save nor build on (measured on 28.5). A kit
/// is loaded with plain layers, so that both have one digest.
pub(super) struct Stand {
    images: Vec<(Parts, Vec<Shown>)>,
    shelf: Shelf,
}

/// A repository and its tags of one image.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    repository: String,
    tags: Vec<String>,
}

impl Stand {
    /// Takes the images from the engine, a kit or an archive.
    pub(super) async fn of(
        engine: &Engine,
        depot: &Depot,
        offered: &[CourseImage],
        on: &(dyn Fn(Getting) + Send + Sync),
    ) -> Result<Self, Failure> {
        let scratch = Store::open(depot.folder())?.scratch();
        let mut shelf = Shelf::new(scratch);
        let mut images = Vec::new();
        for image in offered.iter().filter(|image| !is_ours(&image.name)) {
            let (back, parts) = take(engine, depot, (shelf, &image.name), on).await?;
            shelf = back;
            images.push((parts, shown(image)));
        }
        Ok(Self { images, shelf })
    }

    /// What learners may pull.
    pub(super) fn names(&self) -> Vec<String> {
        let shown = self.images.iter().flat_map(|(_, shown)| shown);
        let named = |Shown { repository, tags }: &Shown| {
            let name = repository
                .strip_prefix("library/")
                .unwrap_or(repository)
                .to_owned();
            tags.iter()
                .map(move |tag| format!("{name}:{tag}"))
                .collect::<Vec<_>>()
        };
        shown.flat_map(named).collect()
    }

    /// Writes a tar of the registry's files, below `root`.
    pub(super) fn write(&self, root: &str, out: &mut dyn Write) -> io::Result<()> {
        let base = format!("{}/docker/registry/v2", root.trim_start_matches('/'));
        let mut tar = tar::Builder::new(out);
        let mut written = BTreeSet::new();
        let wanted: BTreeSet<&String> = self
            .images
            .iter()
            .flat_map(|(parts, _)| &parts.diff_ids)
            .collect();
        for id in wanted {
            let layer = self.layer(id)?;
            add(&mut tar, &data(&base, id), layer.size, layer.reader())?;
        }
        for (parts, shown) in &self.images {
            let manifest = self.manifest(parts)?;
            let (config, itself) = (digest(&parts.config), digest(&manifest));
            for (digest, content) in [(&config, &parts.config), (&itself, &manifest)] {
                let path = data(&base, digest);
                if written.insert(path.clone()) {
                    add(&mut tar, &path, content.len() as u64, &content[..])?;
                }
            }
            let mut link = |path: String, digest: &str| match written.insert(path.clone()) {
                true => add(&mut tar, &path, digest.len() as u64, digest.as_bytes()),
                false => Ok(()),
            };
            for Shown { repository, tags } in shown {
                let place = format!("{base}/repositories/{repository}");
                for blob in parts.diff_ids.iter().chain([&config]) {
                    link(format!("{place}/_layers/{}/link", slashed(blob)), blob)?;
                }
                let revision = slashed(&itself);
                link(
                    format!("{place}/_manifests/revisions/{revision}/link"),
                    &itself,
                )?;
                for tag in tags {
                    let tag = format!("{place}/_manifests/tags/{tag}");
                    link(format!("{tag}/current/link"), &itself)?;
                    link(format!("{tag}/index/{revision}/link"), &itself)?;
                }
            }
        }
        tar.into_inner()?.flush()
    }

    fn layer(&self, id: &str) -> io::Result<&Span> {
        let missing = || io::Error::other("a layer is missing");
        self.shelf.layer(id).ok_or_else(missing)
    }

    fn manifest(&self, parts: &Parts) -> io::Result<Vec<u8>> {
        let mut layers = Vec::new();
        for id in &parts.diff_ids {
            layers.push(json!({
                "mediaType": "application/vnd.docker.image.rootfs.diff.tar",
                "size": self.layer(id)?.size,
                "digest": id,
            }));
        }
        Ok(serde_json::to_vec(&json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": {
                "mediaType": "application/vnd.docker.container.image.v1+json",
                "size": parts.config.len(),
                "digest": digest(&parts.config),
            },
            "layers": layers,
        }))?)
    }
}

/// The repositories of an image on Docker Hub, and its tags there: a mirror is asked for nothing else.
fn shown(image: &CourseImage) -> Vec<Shown> {
    let mut shown: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in std::iter::once(&image.name).chain(&image.aliases) {
        let Ok(reference) = Reference::parse(name) else {
            continue;
        };
        if let (Some(tag), "docker.io") = (reference.tag, reference.domain.as_str()) {
            let tags = shown.entry(reference.path).or_default();
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
    }
    let shown = shown.into_iter();
    shown
        .map(|(repository, tags)| Shown { repository, tags })
        .collect()
}

/// Where a registry keeps a blob: below the first two digits of its digest.
fn data(base: &str, digest: &str) -> String {
    let hex = digest.trim_start_matches("sha256:");
    format!("{base}/blobs/sha256/{}/{hex}/data", &hex[..2])
}

fn slashed(digest: &str) -> String {
    digest.replacen(':', "/", 1)
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", sha256(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_shown_under_all_its_names_on_docker_hub() {
        let image = CourseImage {
            name: "nginx:1.26".to_owned(),
            aliases: [
                "nginx",
                "nginx:latest",
                "nginx:alpine",
                "quay.io/x/nginx:1",
                "friend/nginx:2",
            ]
            .map(str::to_owned)
            .to_vec(),
        };
        let shown: Vec<(String, String)> = shown(&image)
            .into_iter()
            .map(|shown| (shown.repository, shown.tags.join(" ")))
            .collect();
        let expected = [
            ("friend/nginx", "2"),
            ("library/nginx", "1.26 latest alpine"),
        ];
        assert_eq!(
            shown,
            expected.map(|(repository, tags)| (repository.to_owned(), tags.to_owned()))
        );
    }
}
