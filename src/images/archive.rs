//! Layers and a configuration as the file `docker load` takes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use serde::Serialize;

use super::arch::Arch;
use super::layer::{MOMENT, MOMENT_TEXT, Sealed, sha256, write};
use super::recipe::Config;
use super::tree::Tree;

/// The label that tells an image of ours from a real one; its value is the key it was made by.
pub(super) const LABEL: &str = "sealegs.kit";
/// The search path where the official images set none of their own.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A layer in a file of its own, until it goes into an archive.
pub(super) struct Layer {
    file: tempfile::NamedTempFile,
    bytes: u64,
    sha256: String,
    made_by: String,
}

impl Layer {
    /// Writes a tree as a layer into a file in `scratch`.
    pub(super) fn write(tree: &Tree, made_by: String, scratch: &Path) -> io::Result<Self> {
        let file = tempfile::NamedTempFile::new_in(scratch)?;
        let mut out = Sealed::new(BufWriter::with_capacity(1 << 20, file.as_file()));
        write(tree, &mut out)?;
        let (bytes, sha256) = out.finish()?;
        Ok(Self {
            file,
            bytes,
            sha256,
            made_by,
        })
    }

    fn entry(&self) -> String {
        format!("{}/layer.tar", self.sha256)
    }
}

/// What an archive says of its image.
pub(super) struct Identity<'a> {
    pub(super) tag: &'a str,
    pub(super) key: &'a str,
    pub(super) arch: Arch,
    pub(super) config: &'a Config,
}

/// Writes the archive; returns its size in bytes and its SHA-256.
pub(super) fn pack(
    identity: &Identity<'_>,
    layers: &[&Layer],
    out: &mut impl Write,
) -> io::Result<(u64, String)> {
    let config = serde_json::to_vec(&image_config(identity, layers))?;
    let config_name = format!("{}.json", sha256(&config));
    let manifest = serde_json::to_vec(&[Manifest {
        config: &config_name,
        repo_tags: [identity.tag],
        layers: layers.iter().map(|layer| layer.entry()).collect(),
    }])?;
    let mut sealed = Sealed::new(out);
    let mut builder = tar::Builder::new(&mut sealed);
    add(&mut builder, &config_name, config.len() as u64, &config[..])?;
    for layer in layers {
        let content = BufReader::with_capacity(1 << 20, File::open(layer.file.path())?);
        add(&mut builder, &layer.entry(), layer.bytes, content)?;
    }
    add(
        &mut builder,
        "manifest.json",
        manifest.len() as u64,
        &manifest[..],
    )?;
    builder.into_inner()?;
    sealed.finish()
}

pub(super) fn add<W: Write>(
    builder: &mut tar::Builder<W>,
    path: &str,
    size: u64,
    content: impl Read,
) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(MOMENT);
    header.set_size(size);
    builder.append_data(&mut header, path, content)
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Manifest<'a> {
    config: &'a str,
    repo_tags: [&'a str; 1],
    layers: Vec<String>,
}

#[derive(Serialize)]
struct ImageConfig<'a> {
    architecture: &'static str,
    os: &'static str,
    created: &'static str,
    config: RunConfig<'a>,
    rootfs: RootFs,
    history: Vec<History<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RunConfig<'a> {
    env: Vec<String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    entrypoint: &'a [&'static str],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    cmd: &'a [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    working_dir: Option<&'static str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    exposed_ports: BTreeMap<&'static str, Empty>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    volumes: BTreeMap<&'static str, Empty>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_signal: Option<&'static str>,
    labels: BTreeMap<&'static str, &'a str>,
}

/// The engine's sets are objects whose values are empty objects.
#[derive(Serialize)]
struct Empty {}

#[derive(Serialize)]
struct RootFs {
    r#type: &'static str,
    diff_ids: Vec<String>,
}

#[derive(Serialize)]
struct History<'a> {
    created: &'static str,
    created_by: &'a str,
}

fn set(names: &[&'static str]) -> BTreeMap<&'static str, Empty> {
    names.iter().map(|name| (*name, Empty {})).collect()
}

fn image_config<'a>(identity: &'a Identity<'_>, layers: &[&'a Layer]) -> ImageConfig<'a> {
    let config = identity.config;
    let mut env: Vec<String> = config
        .env
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    if !config.env.iter().any(|(name, _)| *name == "PATH") {
        env.insert(0, format!("PATH={PATH}"));
    }
    ImageConfig {
        architecture: identity.arch.name(),
        os: "linux",
        created: MOMENT_TEXT,
        config: RunConfig {
            env,
            entrypoint: &config.entrypoint,
            cmd: &config.cmd,
            working_dir: config.workdir,
            exposed_ports: set(&config.exposed),
            volumes: set(&config.volumes),
            stop_signal: config.stop_signal,
            labels: BTreeMap::from([(LABEL, identity.key)]),
        },
        rootfs: RootFs {
            r#type: "layers",
            diff_ids: layers
                .iter()
                .map(|layer| format!("sha256:{}", layer.sha256))
                .collect(),
        },
        history: layers
            .iter()
            .map(|layer| History {
                created: MOMENT_TEXT,
                created_by: &layer.made_by,
            })
            .collect(),
    }
}
