//! Images as the files of a registry: what a push of each would have left behind.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde_json::json;
use tokio::sync::mpsc;

use crate::course::CourseImage;
use crate::dockerfile::reference::Reference;
use crate::engine::Engine;
use crate::failure::Failure;

use super::super::archive::add;
use super::super::depot::Depot;
use super::super::getting::{Getting, Moving, Way};
use super::super::kit::{Codec, Packed, Parts, Shelf, pack};
use super::super::layer::sha256;
use super::super::recipes::is_ours;
use super::super::save::take;
use super::super::store::Store;
use super::REGISTRY;

/// The version that Engine 20.10 reads, and every newer one.
const MANIFEST_TYPE: &str = "application/vnd.docker.distribution.manifest.v2+json";

/// Images ready to be served.
pub(super) struct Stand {
    images: Vec<(Parts, Vec<Shown>)>,
    /// By the digests of the plain layers.
    layers: BTreeMap<String, Packed>,
}

/// A repository and its tags of one image.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    repository: String,
    tags: Vec<String>,
}

impl Stand {
    /// Takes the images from the engine, a kit or an archive, and compresses their layers for engines that pull.
    pub(super) async fn of(
        engine: &Engine,
        depot: &Depot,
        offered: &[CourseImage],
        on: &(dyn Fn(Getting) + Send + Sync),
    ) -> Result<Self, Failure> {
        let scratch = Store::open(depot.folder())?.scratch();
        let mut shelf = Shelf::new(scratch.clone());
        let mut images = Vec::new();
        for image in offered.iter().filter(|image| !is_ours(&image.name)) {
            let (back, parts) = take(engine, depot, (shelf, &image.name), on).await?;
            shelf = back;
            images.push((parts, shown(image)));
        }
        let total = shelf.bytes();
        let (tell, mut told) = mpsc::unbounded_channel();
        let work = tokio::task::spawn_blocking(move || {
            let wanted: BTreeSet<&String> = images
                .iter()
                .flat_map(|(parts, _)| &parts.diff_ids)
                .collect();
            let wanted: Vec<&String> = wanted.into_iter().collect();
            let told = |n| _ = tell.send(n);
            let layers = pack(&wanted, (&shelf, &scratch), Codec::Gzip, &told)?;
            Ok::<_, io::Error>(Self { images, layers })
        });
        let mut done = 0;
        while let Some(n) = told.recv().await {
            done += n;
            on(Getting::Moving(Moving {
                name: REGISTRY.to_owned(),
                layer: None,
                way: Way::Packing,
                done,
                total,
            }));
        }
        let packed = work.await.expect("compressing does not panic");
        packed.map_err(|error| Failure::system(format!("the images cannot be compressed: {error}")))
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
        for layer in self.layers.values() {
            let path = data(&base, &layer.digest);
            if written.insert(path.clone()) {
                add(&mut tar, &path, layer.content.size, layer.content.reader())?;
            }
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
                let layers = parts.diff_ids.iter().map(|id| &self.layers[id].digest);
                for blob in layers.chain([&config]) {
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

    fn manifest(&self, parts: &Parts) -> io::Result<Vec<u8>> {
        let layers = parts.diff_ids.iter().map(|id| {
            let layer = &self.layers[id];
            json!({
                "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
                "size": layer.content.size,
                "digest": layer.digest,
            })
        });
        Ok(serde_json::to_vec(&json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": {
                "mediaType": "application/vnd.docker.container.image.v1+json",
                "size": parts.config.len(),
                "digest": digest(&parts.config),
            },
            "layers": layers.collect::<Vec<_>>(),
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
