//! The `volume` kind: a volume that the learner made, what is in it, and whether data outlive their container.

use std::time::{Duration, Instant};

use crate::course::matcher::Value;
use crate::course::spec::{Survives, VolumeCheck};
use crate::engine::{
    ContainerFacts, ContainerSpec, Engine, EngineError, ExecExit, ExecReport, ExecSpec, Hardening,
    MountFacts, MountSpec, VolumeFacts,
};
use crate::outcome::Cause;
use crate::text::tick;

use super::file;
use super::nonce::Nonce;
use super::patience::{Look, settle};
use super::scene::{Lacking, Scene};
use super::subject::{Started, Trouble, start_like};
use super::verdict::{Comparison, Verdict, text, texts};

/// Where a volume appears in the container that reads it.
const PLACE: &str = "/volume";

/// How long a server in a copy may take until it accepts its line.
const READY: Duration = Duration::from_secs(20);

/// What was seen of a volume.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Seen {
    pub(crate) volume: Option<VolumeFacts>,
    pub(crate) used_by: Vec<String>,
    /// The text at each path that is asked for; `None` where nothing is.
    pub(crate) files: Vec<(String, Option<String>)>,
}

pub(super) async fn check(
    spec: &VolumeCheck,
    scene: &Scene<'_>,
    nonce: &Nonce,
) -> Result<Verdict, Lacking> {
    scene.live()?;
    if let Some(name) = &spec.name {
        let look = async || {
            let seen = observe(spec, name, scene).await;
            Ok(Look::Now(match seen {
                Ok(seen) => judge(spec, name, &seen, nonce),
                Err(Lacking::Trouble(trouble)) => trouble.into(),
                Err(Lacking::NotInTask(what)) => {
                    Verdict::Error(Cause::new(format!("there is no {what} to look at")))
                }
            }))
        };
        let verdict = settle(scene.patience(spec.within, None), look).await?;
        if verdict != Verdict::Pass {
            return Ok(verdict);
        }
    }
    match &spec.survives {
        Some(trip) => survives(trip, scene, nonce).await,
        None => Ok(Verdict::Pass),
    }
}

async fn observe(spec: &VolumeCheck, name: &str, scene: &Scene<'_>) -> Result<Seen, Lacking> {
    let live = scene.live()?;
    let Some(volume) = live.volume(name).await.map_err(Trouble::from)? else {
        return Ok(Seen::default());
    };
    let name = &volume.name.clone();
    let mut seen = Seen {
        volume: Some(volume),
        ..Seen::default()
    };
    if spec.used_by.is_some() {
        let containers = live.engine.containers().await.map_err(Trouble::from)?;
        let mounts = |container: &ContainerFacts| {
            let mut mounts = container.mounts.iter();
            mounts.any(|mount| mount.name.as_deref() == Some(name))
        };
        let users = containers.into_iter().filter(mounts);
        seen.used_by = users.map(|container| container.name).collect();
        seen.used_by.sort();
    }
    if let Some(files) = &spec.files {
        // A container that never starts shows the volume's files, and changes nothing in it. It is made where the
        // volume has this name, and has the labels of whatever is made there.
        let shelf = ContainerSpec {
            hardened: Hardening::EngineDefault,
            log_cap: 0,
            mounts: vec![MountSpec::Volume {
                name: name.clone(),
                target: PLACE.to_owned(),
            }],
            ..ContainerSpec::of(&scene.rig.helper)
        };
        let paths = files.keys().map(|path| path.0.clone()).collect();
        // To its end, also where nobody waits for it any more: else the container would stay.
        let reading = tokio::spawn(read_from(live.engine.clone(), shelf, paths));
        let read = reading.await.map_err(|_| {
            let reason = "reading it ended half way".to_owned();
            Trouble::from(EngineError::Gone {
                verb: "read a volume",
                reason,
            })
        })?;
        seen.files = read.map_err(Trouble::from)?;
    }
    Ok(seen)
}

/// The content of files as this container would see them, where there is one.
async fn read_from(
    engine: Engine,
    shelf: ContainerSpec,
    paths: Vec<String>,
) -> Result<Vec<(String, Option<String>)>, EngineError> {
    let id = engine.create(&shelf).await?;
    let read = async {
        let mut files = Vec::new();
        for path in paths {
            let at = format!("{PLACE}{path}");
            let read = engine.read(&id, &at, file::READ_CAP).await?;
            let content = read.and_then(|read| read.content);
            let content = content.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            files.push((path, content));
        }
        Ok(files)
    };
    let read = read.await;
    engine.remove(&id).await?;
    read
}

/// Judges what was seen of a volume.
pub(crate) fn judge(spec: &VolumeCheck, name: &str, seen: &Seen, nonce: &Nonce) -> Verdict {
    let Some(volume) = &seen.volume else {
        let said = format!("there is no volume {}", tick(name));
        return Verdict::Fail(Cause::new(said).see("docker volume ls"));
    };
    let said = format!("the volume {} is not as it should be", tick(name));
    let mut found = Comparison::new(nonce, said);
    found.look("driver", spec.driver.as_ref(), &text(&volume.driver));
    found.look("used by", spec.used_by.as_ref(), &texts(&seen.used_by));
    for (path, matcher) in spec.files.iter().flatten() {
        let content = seen.files.iter().find(|(known, _)| *known == path.0);
        let content = match content {
            Some((_, Some(content))) => text(content.trim_end_matches('\n')),
            _ => Value::Missing,
        };
        found.look(&path.0, Some(matcher), &content);
    }
    let see = match spec.files.is_some() {
        true => format!(
            "docker run --rm -v {}:{PLACE} busybox:1.37 ls -lR {PLACE}",
            volume.name
        ),
        false => format!("docker volume inspect {}", volume.name),
    };
    found.verdict(see)
}

/// What came of a round trip.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Trip {
    /// The first copy never took its line: how it ended.
    NotWritten(ExecReport),
    /// The second copy's answer.
    Read(ExecReport),
}

async fn survives(trip: &Survives, scene: &Scene<'_>, nonce: &Nonce) -> Result<Verdict, Lacking> {
    let facts = scene.live()?.container(&trip.container).await?;
    let rig = scene.rig;
    let mounted: Vec<(String, String)> = facts
        .mounts
        .iter()
        .filter(|mount| mount.kind == "bind" || mount.kind == "volume" && !is_anonymous(mount))
        .enumerate()
        .map(|(index, mount)| {
            let name = rig.run.name(&format!("trip-{index}"));
            (name, mount.destination.clone())
        })
        .collect();
    let original = Started::of_learner(facts);
    let mounts: Vec<MountSpec> = mounted
        .iter()
        .map(|(name, target)| MountSpec::Volume {
            name: name.clone(),
            target: target.clone(),
        })
        .collect();
    for (name, _) in &mounted {
        let made = rig.engine.create_volume(name, &rig.run.labels()).await;
        made.map_err(Trouble::from)?;
    }
    let result = round_trip(trip, scene, &original, &mounts, nonce).await;
    for (name, _) in &mounted {
        rig.engine
            .remove_volume(name)
            .await
            .map_err(Trouble::from)?;
    }
    Ok(judge_trip(trip, &result?, nonce))
}

/// Whether the engine gave a volume its name: the next container gets another one.
fn is_anonymous(mount: &MountFacts) -> bool {
    let hex = |name: &String| name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit());
    mount.name.as_ref().is_none_or(hex)
}

async fn round_trip(
    trip: &Survives,
    scene: &Scene<'_>,
    original: &Started,
    mounts: &[MountSpec],
    nonce: &Nonce,
) -> Result<Trip, Trouble> {
    let line = |written: &str| nonce.expand(written);
    let written = in_a_copy(scene, original, mounts, &line(&trip.write)).await?;
    if written.exit != ExecExit::Code(0) {
        return Ok(Trip::NotWritten(written));
    }
    let read = in_a_copy(scene, original, mounts, &line(&trip.read)).await?;
    Ok(Trip::Read(read))
}

/// Starts a copy, gives its shell the line until it is taken, stops it as `docker stop` does and removes it.
async fn in_a_copy(
    scene: &Scene<'_>,
    original: &Started,
    mounts: &[MountSpec],
    line: &str,
) -> Result<ExecReport, Trouble> {
    let rig = scene.rig;
    let copy = start_like(rig, original, mounts.to_vec()).await?;
    let command = ExecSpec {
        command: vec!["sh".to_owned(), "-c".to_owned(), line.to_owned()],
        ..ExecSpec::default()
    };
    let deadline = Instant::now() + READY;
    let report = loop {
        let report = rig
            .engine
            .exec(&copy.id, &command, rig.bounds.run, rig.bounds.output)
            .await;
        match report {
            Ok(report) if report.exit == ExecExit::Code(0) => break Ok(report),
            other if Instant::now() >= deadline => break other,
            Ok(_) | Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    };
    let stopped = rig.engine.stop(&copy.id, Duration::from_secs(10)).await;
    rig.engine.remove(&copy.id).await?;
    let report = report?;
    stopped?;
    Ok(report)
}

/// Judges a round trip.
pub(crate) fn judge_trip(trip: &Survives, result: &Trip, nonce: &Nonce) -> Verdict {
    let name = &trip.container;
    match result {
        Trip::NotWritten(report) => {
            let said = format!(
                "a copy of {} did not take {}",
                tick(name),
                tick(&trip.write)
            );
            let found = format!("{}{}", report.stdout, report.stderr);
            let cause = Cause::new(said).differs("its answer", "exit code 0", found.trim());
            Verdict::Fail(cause.see(format!("docker exec {name} sh -c '{}'", trip.write)))
        }
        Trip::Read(report) => {
            let said = format!(
                "what {} had written was gone when it was made anew",
                tick(name)
            );
            let mut found = Comparison::new(nonce, said);
            let answer = text(report.stdout.trim_end_matches('\n'));
            found.look(&trip.read, Some(&trip.stdout), &answer);
            found.verdict(format!("docker inspect -f '{{{{json .Mounts}}}}' {name}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_is_judged_by_its_users_and_files() {
        let seen = Seen {
            volume: Some(VolumeFacts {
                name: "notes".into(),
                driver: "local".into(),
                ..VolumeFacts::default()
            }),
            used_by: vec!["writer".into()],
            files: vec![("/a".into(), Some("ahoy\n".into())), ("/b".into(), None)],
        };
        let judged = |yaml: &str| {
            let spec = serde_yaml::from_str(yaml).unwrap();
            judge(&spec, "notes", &seen, &Nonce::fixed("n"))
        };
        let good = "{name: notes, driver: local, used_by: [writer], files: {/a: ahoy}}";
        assert_eq!(judged(good), Verdict::Pass);
        assert!(matches!(
            judged("{name: notes, files: {/b: x}}"),
            Verdict::Fail(_)
        ));
        let spec = serde_yaml::from_str("{name: notes}").unwrap();
        let none = judge(&spec, "notes", &Seen::default(), &Nonce::fixed("n"));
        assert_eq!(
            none.into_cause().unwrap().rationale,
            "there is no volume `notes`"
        );
    }
}
