//! What is mounted into a container: volumes of the sandbox, memory, and folders of the workspace where that is allowed.

use std::path::{Component, Path, PathBuf};

use super::Plan;
use super::body::{BindOptions, DriverBody, MountBody, TmpfsOptions, VolumeOptions};
use crate::sandbox::policy::Refusal;
use crate::sandbox::policy::json::Unique;
use crate::sandbox::policy::rules::Rules;
use crate::sandbox::policy::text::is_object_name;
use crate::text::tick;

/// Which of the two lists of a body something was written in.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::sandbox) enum Place {
    /// `Binds`: the container's folder and the options.
    Bind {
        target: String,
        options: Option<String>,
    },
    /// `Mounts`, without its source.
    Mount(Box<MountBody>),
}

/// A folder of the host that lies, as written, where one may lie.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::sandbox) struct AskedBind {
    pub(in crate::sandbox) source: PathBuf,
    pub(in crate::sandbox) place: Place,
}

/// A volume by the learner's name.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::sandbox) struct AskedVolume {
    pub(in crate::sandbox) name: String,
    pub(in crate::sandbox) labels: Unique<String>,
    pub(in crate::sandbox) place: Place,
}

/// One of `Binds`: `SOURCE:TARGET[:OPTIONS]`.
pub(super) fn bind(text: &str, rules: &Rules, plan: &mut Plan) -> Result<(), Refusal> {
    let parts: Vec<&str> = text.split(':').collect();
    let (source, goal, options) = match parts.as_slice() {
        [source, goal] => (*source, *goal, None),
        [source, goal, options] => (*source, *goal, Some(*options)),
        _ => {
            return Err(Refusal::engine(
                400,
                format!(
                    "invalid volume specification: '{}'",
                    crate::text::inert_line(text)
                ),
            ));
        }
    };
    target(goal)?;
    if let Some(options) = options {
        bind_options(options)?;
    }
    plan.covered.push(clean(goal));
    let place = Place::Bind {
        target: goal.to_owned(),
        options: options.map(str::to_owned),
    };
    if source.starts_with('/') {
        let source = folder_of_the_host(source, rules)?;
        plan.binds.push(AskedBind { source, place });
        return Ok(());
    }
    volume_name(source)?;
    plan.volumes.push(AskedVolume {
        name: source.to_owned(),
        labels: Unique::default(),
        place,
    });
    Ok(())
}

fn bind_options(options: &str) -> Result<(), Refusal> {
    const HARMLESS: [&str; 10] = [
        "ro",
        "rw",
        "z",
        "Z",
        "nocopy",
        "private",
        "rprivate",
        "consistent",
        "cached",
        "delegated",
    ];
    match options.split(',').find(|option| !HARMLESS.contains(option)) {
        None => Ok(()),
        Some(option) => Err(Refusal::not_allowed(
            format!("the mount option {}", tick(option)),
            "`ro` and `nocopy` are there",
        )),
    }
}

/// Sorts `Mounts`: memory stays, everything with a source goes into the plan.
pub(super) fn mounts(
    asked: Vec<MountBody>,
    rules: &Rules,
    plan: &mut Plan,
) -> Result<Vec<MountBody>, Refusal> {
    let mut memory = Vec::new();
    for mount in asked {
        if let Some(tmpfs) = self::mount(mount, rules, plan)? {
            memory.push(tmpfs);
        }
    }
    Ok(memory)
}

fn mount(asked: MountBody, rules: &Rules, plan: &mut Plan) -> Result<Option<MountBody>, Refusal> {
    let MountBody {
        r#type,
        source,
        target: goal,
        read_only,
        consistency,
        bind_options,
        volume_options,
        image_options,
        tmpfs_options,
        cluster_options,
    } = asked;
    let kind = r#type.unwrap_or_default();
    if image_options.is_some() || cluster_options.is_some() {
        return Err(unknown_kind(&kind));
    }
    let goal = goal.unwrap_or_default();
    target(&goal)?;
    plan.covered.push(clean(&goal));
    let source = source.unwrap_or_default();
    let mount = MountBody {
        r#type: Some(kind.clone()),
        target: Some(goal.clone()),
        read_only,
        consistency,
        ..MountBody::default()
    };
    match kind.as_str() {
        "tmpfs" => {
            let mount = MountBody {
                tmpfs_options: tmpfs_options.map(memory_options).transpose()?,
                ..mount
            };
            // A source is an error that the engine words best.
            let source = Some(source).filter(|source| !source.is_empty());
            Ok(Some(MountBody { source, ..mount }))
        }
        "bind" => {
            let mount = MountBody {
                bind_options: bind_options.map(binding).transpose()?,
                ..mount
            };
            let source = folder_of_the_host(&source, rules)?;
            let place = Place::Mount(Box::new(mount));
            plan.binds.push(AskedBind { source, place });
            Ok(None)
        }
        "volume" => {
            let (options, labels) = volume_options_of(volume_options.unwrap_or_default())?;
            let mount = MountBody {
                volume_options: Some(options),
                ..mount
            };
            if source.is_empty() {
                plan.anonymous.push(goal);
                plan.covered.pop();
                return Ok(None);
            }
            volume_name(&source)?;
            plan.volumes.push(AskedVolume {
                name: source,
                labels,
                place: Place::Mount(Box::new(mount)),
            });
            Ok(None)
        }
        _ => Err(unknown_kind(&kind)),
    }
}

fn unknown_kind(kind: &str) -> Refusal {
    Refusal::not_allowed(
        format!("a mount of the kind {}", tick(kind)),
        "`volume`, `bind` and `tmpfs` are there",
    )
}

fn binding(asked: BindOptions) -> Result<BindOptions, Refusal> {
    let BindOptions {
        propagation,
        non_recursive,
        create_mountpoint,
        read_only_non_recursive,
        read_only_force_recursive,
    } = asked;
    let propagation = propagation.unwrap_or_default();
    if !matches!(propagation.as_str(), "" | "private" | "rprivate") {
        return Err(Refusal::not_allowed(
            format!("the propagation {}", tick(&propagation)),
            "leave it out",
        ));
    }
    Ok(BindOptions {
        propagation: Some(propagation).filter(|propagation| !propagation.is_empty()),
        non_recursive,
        create_mountpoint,
        read_only_non_recursive,
        read_only_force_recursive,
    })
}

fn volume_options_of(asked: VolumeOptions) -> Result<(VolumeOptions, Unique<String>), Refusal> {
    let VolumeOptions {
        no_copy,
        labels,
        subpath,
        driver_config,
    } = asked;
    plain_driver(driver_config)?;
    let labels = labels.unwrap_or_default();
    super::config::no_own_labels(labels.0.keys())?;
    if subpath
        .as_deref()
        .is_some_and(|path| path.split('/').any(|part| part == ".."))
    {
        return Err(Refusal::unreadable("a volume's subpath with `..`"));
    }
    let options = VolumeOptions {
        no_copy,
        labels: None,
        subpath: subpath.filter(|path| !path.is_empty()),
        driver_config: None,
    };
    Ok((options, labels))
}

/// Refuses every volume driver but the plain local one: with options it mounts whatever it is told.
pub(in crate::sandbox::policy) fn plain_driver(asked: Option<DriverBody>) -> Result<(), Refusal> {
    let DriverBody { name, options } = asked.unwrap_or_default();
    let name = name.unwrap_or_default();
    if !matches!(name.as_str(), "" | "local") {
        return Err(Refusal::not_allowed(
            format!("the volume driver {}", tick(&name)),
            "leave it out",
        ));
    }
    if options.is_some_and(|options| !options.0.is_empty()) {
        return Err(Refusal::not_allowed(
            "options of a volume's driver",
            "they mount what is outside the sandbox: leave out `--opt`",
        ));
    }
    Ok(())
}

fn memory_options(asked: TmpfsOptions) -> Result<TmpfsOptions, Refusal> {
    let TmpfsOptions {
        size_bytes,
        mode,
        options,
    } = asked;
    if options.is_some_and(|options| !options.is_empty()) {
        return Err(Refusal::not_allowed(
            "options of a memory file system",
            "`tmpfs-size` and `tmpfs-mode` are there",
        ));
    }
    Ok(TmpfsOptions {
        size_bytes,
        mode,
        options: None,
    })
}

/// One of `Tmpfs`.
pub(super) fn tmpfs(place: &str, options: &str) -> Result<(), Refusal> {
    const FLAGS: [&str; 12] = [
        "",
        "rw",
        "ro",
        "exec",
        "noexec",
        "nosuid",
        "nodev",
        "noatime",
        "nodiratime",
        "relatime",
        "sync",
        "async",
    ];
    const VALUES: [&str; 6] = ["size", "mode", "uid", "gid", "nr_inodes", "nr_blocks"];
    target(place)?;
    let fine = |option: &str| match option.split_once('=') {
        None => FLAGS.contains(&option),
        Some((key, value)) => {
            VALUES.contains(&key) && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '%')
        }
    };
    match options.split(',').find(|option| !fine(option)) {
        None => Ok(()),
        Some(option) => Err(Refusal::not_allowed(
            format!("the option {} of a memory file system", tick(option)),
            "leave it out",
        )),
    }
}

/// A place inside the container: absolute, and what it says.
pub(super) fn target(path: &str) -> Result<(), Refusal> {
    let invalid = || {
        Refusal::engine(
            400,
            format!(
                "invalid mount config: invalid mount path: '{}' mount path must be absolute",
                crate::text::inert_line(path)
            ),
        )
    };
    if !path.starts_with('/') || path.contains('\0') {
        return Err(invalid());
    }
    if path.split('/').any(|part| part == "..") {
        return Err(Refusal::unreadable(format!(
            "the mount path {} with `..`",
            tick(path)
        )));
    }
    Ok(())
}

/// A path inside a container without double slashes, dots or a slash at its end.
pub(in crate::sandbox) fn clean(path: &str) -> String {
    let parts: Vec<&str> = path
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    format!("/{}", parts.join("/"))
}

/// Refuses what cannot be a volume's name, in the engine's words.
pub(in crate::sandbox::policy) fn volume_name(name: &str) -> Result<(), Refusal> {
    match is_object_name(name) {
        true if name.len() > 1 => Ok(()),
        true => Err(Refusal::engine(
            400,
            format!(
                "create {name}: volume name is too short, names should be at least two alphanumeric characters"
            ),
        )),
        false => {
            let name = crate::text::inert_line(name);
            Err(Refusal::engine(
                400,
                format!(
                    "create {name}: \"{name}\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use absolute path"
                ),
            ))
        }
    }
}

/// A host folder that, as it is written, lies inside the workspace. Where its links lead is looked at later, by the
/// one who can look.
fn folder_of_the_host(source: &str, rules: &Rules) -> Result<PathBuf, Refusal> {
    let path = Path::new(source);
    let Some(workspace) = rules.binds.within() else {
        return Err(Refusal::not_allowed(
            format!("the host's {}", tick(source)),
            "use a volume, `-v NAME:/path`, or `docker cp`",
        ));
    };
    let plain = path
        .components()
        .all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    if !path.is_absolute() || !plain || source.contains('\0') {
        return Err(Refusal::unreadable(format!(
            "the host's {}: an absolute path without `..` is needed",
            tick(source)
        )));
    }
    if !path.starts_with(workspace) {
        return Err(outside(source, workspace));
    }
    Ok(path.to_owned())
}

/// The refusal of a host folder beyond the workspace.
pub(in crate::sandbox) fn outside(source: &str, workspace: &Path) -> Refusal {
    Refusal::not_allowed(
        format!("the host's {}", tick(source)),
        format!(
            "folders inside {} may be mounted",
            tick(&workspace.display().to_string())
        ),
    )
}
