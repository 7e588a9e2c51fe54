//! A submission's workspace, carried as a volume: where a container is given a folder or a file of it, nothing of the host
//! is given, and no path that the submission could bend is ever left for the engine to follow.
//!
//! One volume holds two folders: `work`, which is the workspace, and `given`, which only this program's own container, the
//! keeper, can write to. The whole workspace is a second volume made of `work`. A folder below it becomes a volume too, and
//! a container of ours holds it from then on; only when what it holds is seen to be the folder that was meant, by device and
//! inode, is the volume handed on, and then the path is not followed again. A file is linked into `given` and mounted from
//! there.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::Mutex;

use crate::engine::{
    ContainerSpec, Engine, EngineError, ExecExit, ExecSpec, Init, MountSpec, RootFs, Run,
};
use crate::sandbox::policy::Refusal;
use crate::sandbox::policy::container::{MountBody, Place, VolumeOptions};
use crate::text::tick;

/// Where the keeper sees the volume.
const SEEN_AT: &str = "/v";

/// The most folders that are given: each costs a container of ours.
const MOST: usize = 16;

/// The most that is asked for.
const ASKED: usize = 1000;

/// How long our own small programs may take.
const LIMIT: Duration = Duration::from_secs(30);

/// Walks to a path of the workspace and says what is there, and which. A step that is a link ends the walk; what is swapped
/// in the middle of it is found out by who holds the result.
const FIND: &str = r#"
at=/v/work rest=$1
while [ -n "$rest" ]; do
  part=${rest%%/*}
  case $rest in */*) rest=${rest#*/} ;; *) rest= ;; esac
  at=$at/$part
  if [ -L "$at" ]; then echo link; exit; fi
  if [ ! -e "$at" ]; then
    if [ "$2" != make ]; then echo missing; exit; fi
    mkdir "$at" || exit
  fi
done
if [ -d "$at" ]; then echo "folder $(stat -c '%d %i' /v) $(stat -c '%d %i' "$at")"; exit; fi
if [ ! -f "$at" ]; then echo other; exit; fi
mkdir -p "/v/given/$3" && ln "$at" "/v/given/$3/file" || exit
if [ -L "/v/given/$3/file" ] || [ ! -f "/v/given/$3/file" ]; then rm "/v/given/$3/file"; echo other; exit; fi
echo file
"#;

/// Says which folder it holds.
const HOLD: &str = "stat -c 'holds %d %i' /held; exec tail -f /dev/null";

/// Whether a folder that is not there is made, as `-v` does, or missed, as `--mount` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absent {
    Make,
    Miss,
}

/// A workspace that is carried.
pub(in crate::sandbox) struct Carried {
    engine: Engine,
    run: Run,
    image: String,
    /// The folder of the volume, on the engine's machine.
    folder: String,
    /// The container that looks at the workspace; it is started when something is first given.
    keeper: String,
    given: Mutex<Given>,
    /// What each volume and file was in the workspace, below it.
    origins: std::sync::Mutex<HashMap<String, PathBuf>>,
}

#[derive(Default)]
struct Given {
    is_awake: bool,
    asked: usize,
    /// Volumes by the device and the inode of their folder, and the containers that hold them.
    folders: HashMap<String, (String, String)>,
}

/// What is mounted in place of a folder or a file.
enum Source {
    Volume(String),
    File(String),
}

impl Carried {
    /// Brings a workspace in, as an archive with everything below `work/`. `image` must have a shell.
    pub(in crate::sandbox) async fn bring(
        engine: &Engine,
        run: &Run,
        image: &str,
        archive: Vec<u8>,
    ) -> Result<Self, EngineError> {
        let volume = run.name("carried");
        engine.create_volume(&volume, &run.labels()).await?;
        let facts = engine.volume(&volume).await?;
        let folder = facts
            .ok_or_else(|| EngineError::Unreadable {
                verb: "create a volume",
                reason: "it is gone at once".to_owned(),
            })?
            .folder;
        let spec = spec(run, image, "keeper", (&volume, SEEN_AT));
        let keeper = engine.create(&spec).await?;
        engine.put(&keeper, SEEN_AT, archive).await?;
        let whole = run.name("workspace");
        let work = format!("{folder}/work");
        engine
            .create_volume_of(&whole, &run.labels(), &work)
            .await?;
        let origins = HashMap::from([(whole, PathBuf::new())]);
        Ok(Self {
            engine: engine.clone(),
            run: run.clone(),
            image: image.to_owned(),
            folder,
            keeper,
            given: Mutex::default(),
            origins: std::sync::Mutex::new(origins),
        })
    }

    /// The volume that is the whole workspace.
    pub(in crate::sandbox) fn whole(&self) -> String {
        self.run.name("workspace")
    }

    /// What a volume's name or a file of the host stands for, as a path below the workspace.
    pub(super) fn origin(&self, source: &str) -> Option<PathBuf> {
        let origins = self.origins.lock().expect("nobody panics with it");
        origins.get(source).cloned()
    }

    /// The mount that gives a container what lies at `below` in the workspace.
    pub(super) async fn mount(
        &self,
        shown: &Path,
        below: &Path,
        place: Place,
    ) -> Result<MountBody, Refusal> {
        let (target, read_only, absent) = match place {
            Place::Bind { target, options } => {
                let read_only = options.is_some_and(|all| all.split(',').any(|one| one == "ro"));
                (Some(target), Some(read_only), Absent::Make)
            }
            Place::Mount(mount) => {
                let makes = mount.bind_options.and_then(|bind| bind.create_mountpoint);
                let absent = match makes {
                    Some(true) => Absent::Make,
                    _ => Absent::Miss,
                };
                (mount.target, mount.read_only, absent)
            }
        };
        let mount = MountBody {
            target,
            read_only,
            ..MountBody::default()
        };
        Ok(match self.give(shown, below, absent).await? {
            Source::File(path) => MountBody {
                r#type: Some("bind".to_owned()),
                source: Some(path),
                ..mount
            },
            Source::Volume(name) => MountBody {
                r#type: Some("volume".to_owned()),
                source: Some(name),
                volume_options: Some(VolumeOptions {
                    no_copy: Some(true),
                    ..VolumeOptions::default()
                }),
                ..mount
            },
        })
    }

    async fn give(&self, shown: &Path, below: &Path, absent: Absent) -> Result<Source, Refusal> {
        let path = shown.display();
        if below.as_os_str().is_empty() {
            return Ok(Source::Volume(self.whole()));
        }
        let mut given = self.given.lock().await;
        given.asked += 1;
        let number = given.asked;
        if number > ASKED {
            return Err(Refusal::not_allowed("so many mounts", "use a volume"));
        }
        let found = self.find(&mut given, below, absent, number).await?;
        let words: Vec<&str> = found.split_whitespace().collect();
        match words.as_slice() {
            ["file"] => {
                let file = format!("{}/given/{number}/file", self.folder);
                self.remember(&file, below);
                Ok(Source::File(file))
            }
            ["folder", device, _, of, inode] if device == of => {
                let which = format!("{of} {inode}");
                if let Some((volume, _)) = given.folders.get(&which).cloned() {
                    self.remember(&volume, below);
                    return Ok(Source::Volume(volume));
                }
                if given.folders.len() >= MOST {
                    let what = format!("more than {MOST} folders of the workspace as mounts");
                    return Err(Refusal::not_allowed(what, "mount the folder above them"));
                }
                let volume = self.run.name(&format!("folder-{number}"));
                let device = format!("{}/work/{}", self.folder, below.display());
                let holder = self.hold(&volume, &device, &which).await?;
                self.remember(&volume, below);
                given.folders.insert(which, (volume.clone(), holder));
                Ok(Source::Volume(volume))
            }
            ["missing"] => Err(Refusal::engine(
                400,
                format!(
                    "invalid mount config for type \"bind\": bind source path does not exist: {path}"
                ),
            )),
            ["link"] => Err(Refusal::not_allowed(
                format!(
                    "{} as a mount: it lies behind a link",
                    tick(&path.to_string())
                ),
                "mount the folder that the link leads to",
            )),
            _ => Err(Refusal::not_allowed(
                format!("{} as a mount", tick(&path.to_string())),
                "folders and files of the workspace may be mounted",
            )),
        }
    }

    fn remember(&self, source: &str, below: &Path) {
        let mut origins = self.origins.lock().expect("nobody panics with it");
        origins.insert(source.to_owned(), below.to_owned());
    }

    /// Asks the keeper what is at a path.
    async fn find(
        &self,
        given: &mut Given,
        below: &Path,
        absent: Absent,
        number: usize,
    ) -> Result<String, Refusal> {
        if !given.is_awake {
            self.engine.start(&self.keeper).await?;
            given.is_awake = true;
        }
        let below = below.to_string_lossy().into_owned();
        let make = match absent {
            Absent::Make => "make",
            Absent::Miss => "miss",
        };
        let number = number.to_string();
        let command = ["sh", "-c", FIND, "find", &below, make, &number];
        let spec = ExecSpec {
            command: command.map(str::to_owned).to_vec(),
            ..ExecSpec::default()
        };
        let report = self.engine.exec(&self.keeper, &spec, LIMIT, 1 << 10).await;
        let report = report?;
        match report.exit {
            ExecExit::Code(0) => Ok(report.stdout),
            _ => Err(Refusal::engine(500, report.stderr.trim().to_owned())),
        }
    }

    /// Makes a volume of a folder of the engine's machine and a container that holds it, and sees that it is the one meant.
    async fn hold(&self, volume: &str, folder: &str, which: &str) -> Result<String, Refusal> {
        let labels = self.run.labels();
        let made = self.engine.create_volume_of(volume, &labels, folder).await;
        made?;
        let name = volume
            .rsplit_once("folder")
            .map_or("", |(_, number)| number);
        let spec = ContainerSpec {
            command: Some(["sh", "-c", HOLD].map(str::to_owned).to_vec()),
            ..spec(
                &self.run,
                &self.image,
                &format!("holder{name}"),
                (volume, "/held"),
            )
        };
        let holder = self.engine.create(&spec).await?;
        let held = self.held(&holder).await;
        if held.as_deref() == Ok(&format!("holds {which}")) {
            return Ok(holder);
        }
        self.engine.remove(&holder).await?;
        self.engine.remove_volume(volume).await?;
        held?;
        Err(Refusal::not_allowed(
            "a folder that changes while it is mounted",
            "try again",
        ))
    }

    /// What a holder says first.
    async fn held(&self, holder: &str) -> Result<String, Refusal> {
        let mut session = self.engine.attach(holder).await?;
        self.engine.start(holder).await?;
        let mut said = String::new();
        let reading = async {
            while !said.contains('\n') {
                match session.output.next().await? {
                    Some(piece) => said.push_str(&String::from_utf8_lossy(&piece)),
                    None => break,
                }
            }
            Ok::<(), EngineError>(())
        };
        match tokio::time::timeout(LIMIT, reading).await {
            Ok(read) => read?,
            Err(_) => return Err(Refusal::engine(500, "the engine is too slow to mount it")),
        }
        Ok(said.trim().to_owned())
    }

    /// Lets go of everything and removes it, and says how many objects went.
    pub(in crate::sandbox) async fn end(&self) -> Result<usize, EngineError> {
        let given = self.given.lock().await;
        let mut volumes = vec![self.whole()];
        self.engine.remove(&self.keeper).await?;
        for (volume, holder) in given.folders.values() {
            self.engine.remove(holder).await?;
            volumes.push(volume.clone());
        }
        volumes.push(self.run.name("carried"));
        for volume in &volumes {
            self.engine.remove_volume(volume).await?;
        }
        Ok(volumes.len() + given.folders.len() + 1)
    }
}

/// A container of ours beside the sandbox: it does nothing until it is asked.
fn spec(run: &Run, image: &str, name: &str, volume: (&str, &str)) -> ContainerSpec {
    ContainerSpec {
        name: Some(run.name(name)),
        entrypoint: Some(Vec::new()),
        command: Some(["tail", "-f", "/dev/null"].map(str::to_owned).to_vec()),
        labels: run.labels(),
        mounts: vec![MountSpec::Volume {
            name: volume.0.to_owned(),
            target: volume.1.to_owned(),
        }],
        init: Init::Engine,
        root_fs: RootFs::ReadOnly,
        ..ContainerSpec::of(image)
    }
}

impl From<EngineError> for Refusal {
    fn from(error: EngineError) -> Self {
        Self::engine(500, format!("the workspace cannot be mounted: {error}"))
    }
}
