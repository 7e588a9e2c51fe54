//! The `container` kind: the state of the task's container, or of one that the learner made, and how a copy of it stops.

use std::time::Duration;

use crate::course::matcher::Value;
use crate::course::spec::{ContainerCheck, MountKind, MountMatch};
use crate::engine::{ContainerFacts, MountFacts, Pid1, State};
use crate::text::time;

use super::image::user;
use super::live::Live;
use super::matching::{Unit, compare, describe};
use super::nonce::Nonce;
use super::subject::Whose;
use super::verdict::{Comparison, Verdict, text, texts};

/// How a copy took `docker stop`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stopped {
    /// From SIGTERM to its end.
    pub(crate) took: Duration,
    /// Whether it was killed because it did not end by itself.
    pub(crate) killed: bool,
}

/// What was seen of one container.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) container: &'a ContainerFacts,
    /// Its first process, where somebody asks.
    pub(crate) pid1: Option<&'a Pid1>,
    /// How a copy of it stopped, where somebody asks.
    pub(crate) stopped: Option<Stopped>,
}

/// Whether a check is about a container that runs, so that its end is the cause of whatever else is wrong.
pub(crate) fn wants_running(spec: &ContainerCheck, whose: Whose) -> bool {
    match whose {
        Whose::Grade => spec.running != Some(false) && spec.exit_code.is_none(),
        Whose::Learner => spec.running == Some(true) || spec.health.is_some(),
    }
}

/// Judges the container as it is now.
pub(crate) fn judge(
    spec: &ContainerCheck,
    seen: &Seen<'_>,
    live: Option<Live<'_>>,
    nonce: &Nonce,
) -> Verdict {
    let Seen {
        container,
        pid1,
        stopped,
    } = *seen;
    let mut found = Comparison::new(nonce, "the container is not in the state it should be in");
    let running = container.state == State::Running;
    let image = match live {
        Some(live) => live.image_name(spec.image.as_ref(), &container.image_ref),
        None => text(&container.image_ref),
    };
    found.look("image", spec.image.as_ref(), &image);
    found.look("command", spec.command.as_ref(), &texts(&container.command));
    found.look("state", spec.state.as_ref(), &text(word(container.state)));
    if let Some(expected) = spec.running
        && expected != running
    {
        let shown = |running: bool| if running { "running" } else { "not running" };
        let ended = container
            .exit_code
            .filter(|_| container.state == State::Exited);
        let now = ended.map_or_else(
            || shown(running).to_owned(),
            |code| format!("ended with exit code {code}"),
        );
        found.note("state", shown(expected), now);
    }
    let exit = container.exit_code.filter(|_| !running);
    let exit = exit.map_or(Value::Missing, |code| Value::Number(code as f64));
    found.look("exit code", spec.exit_code.as_ref(), &exit);
    let health = container.health.as_deref().unwrap_or("none");
    found.look("health", spec.health.as_ref(), &text(health));
    for (name, matcher) in spec.env.iter().flatten() {
        // `-e` is listed behind what `--env-file` says: of two values the process has the last.
        let value = container.env.iter().rev().find(|(key, _)| key == name);
        let value = value.map_or(Value::Missing, |(_, value)| text(value));
        found.look(&format!("env {name}"), Some(matcher), &value);
    }
    let networks = texts(container.networks.keys());
    found.look("networks", spec.networks.as_ref(), &networks);
    mounts(spec, container, &mut found, nonce);
    let policy = text(&container.restart_policy);
    found.look("restart policy", spec.restart_policy.as_ref(), &policy);
    let restarts = Value::Number(container.restarts as f64);
    found.look("restarts", spec.restarts.as_ref(), &restarts);
    found.look_at_size("memory limit", spec.memory.as_ref(), container.memory);
    let cpus = Value::Number(container.nano_cpus as f64 / 1e9);
    found.look("processors", spec.cpus.as_ref(), &cpus);
    let exposed = texts(&container.exposed);
    found.look("exposed ports", spec.exposed.as_ref(), &exposed);
    let args = pid1.map_or(Value::Missing, |pid1| text(&pid1.args));
    found.look("process 1", spec.pid1.as_ref(), &args);
    let owner = pid1.map_or(Value::Missing, |pid1| text(user(&pid1.user)));
    found.look("user of process 1", spec.user.as_ref(), &owner);
    if let (Some(limit), Some(stopped)) = (spec.stops_within, stopped)
        && (stopped.killed || stopped.took > limit.0)
    {
        let took = time(stopped.took);
        let shown = match stopped.killed {
            true if stopped.took > limit.0 => format!("SIGTERM ignored, killed after {took}"),
            true => format!("killed after {took}, with no time to end"),
            false => took,
        };
        found.note(
            "stops",
            format!("within {} of SIGTERM", time(limit.0)),
            shown,
        );
    }
    let see = match spec.stops_within {
        Some(_) => "docker run -d --name try IMAGE; time docker stop try; docker rm try",
        None => "docker inspect CONTAINER",
    };
    found.verdict(see)
}

/// A state in docker's word for it.
fn word(state: State) -> &'static str {
    match state {
        State::Created => "created",
        State::Running => "running",
        State::Paused => "paused",
        State::Restarting => "restarting",
        State::Exited => "exited",
        State::Dead => "dead",
    }
}

fn mounts(
    spec: &ContainerCheck,
    container: &ContainerFacts,
    found: &mut Comparison<'_>,
    nonce: &Nonce,
) {
    for expected in spec.mounts.iter().flatten() {
        if !container
            .mounts
            .iter()
            .any(|mount| is_like(expected, mount, nonce))
        {
            let there: Vec<String> = container.mounts.iter().map(shown).collect();
            let there = match there.is_empty() {
                true => "nothing is mounted".to_owned(),
                false => there.join(", "),
            };
            found.note("mounts", described(expected, nonce), there);
        }
    }
}

fn kind_word(kind: MountKind) -> &'static str {
    match kind {
        MountKind::Volume => "volume",
        MountKind::Bind => "bind",
        MountKind::Tmpfs => "tmpfs",
    }
}

fn is_like(expected: &MountMatch, mount: &MountFacts, nonce: &Nonce) -> bool {
    let source = text(mount.name.as_ref().unwrap_or(&mount.source));
    let same_source = |matcher| compare(Unit::Plain, matcher, &source, nonce).is_ok();
    expected
        .target
        .as_ref()
        .is_none_or(|target| target.0 == mount.destination)
        && expected
            .kind
            .is_none_or(|kind| kind_word(kind) == mount.kind)
        && expected.source.as_ref().is_none_or(same_source)
        && expected
            .read_only
            .is_none_or(|read_only| read_only != mount.writable)
}

fn described(expected: &MountMatch, nonce: &Nonce) -> String {
    let kind = expected.kind.map_or("something", kind_word);
    let mut said = kind.to_owned();
    if let Some(source) = &expected.source {
        said.push_str(&format!(" {}", describe(source, Unit::Plain, nonce)));
    }
    if let Some(target) = &expected.target {
        said.push_str(&format!(" at {}", target.0));
    }
    match expected.read_only {
        Some(true) => said + ", read-only",
        Some(false) => said + ", writable",
        None => said,
    }
}

fn shown(mount: &MountFacts) -> String {
    let source = mount.name.as_ref().unwrap_or(&mount.source);
    let way = if mount.writable { "" } else { ", read-only" };
    format!("{} {source} at {}{way}", mount.kind, mount.destination)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(yaml: &str, container: &ContainerFacts, stopped: Option<Stopped>) -> Verdict {
        let pid1 = Pid1 {
            args: "python app.py".into(),
            user: "0".into(),
        };
        let seen = Seen {
            container,
            pid1: Some(&pid1),
            stopped,
        };
        let spec = serde_yaml::from_str(yaml).unwrap();
        judge(&spec, &seen, None, &Nonce::fixed("n"))
    }

    fn running() -> ContainerFacts {
        ContainerFacts {
            state: State::Running,
            ..ContainerFacts::default()
        }
    }

    #[test]
    fn state_and_exit_code() {
        assert_eq!(
            judged(
                "{running: true, pid1: {contains: python}}",
                &running(),
                None
            ),
            Verdict::Pass
        );
        let exited = ContainerFacts {
            state: State::Exited,
            exit_code: Some(3),
            ..ContainerFacts::default()
        };
        assert_eq!(
            judged("{running: false, exit_code: 3}", &exited, None),
            Verdict::Pass
        );
        let cause = judged("{running: true}", &exited, None)
            .into_cause()
            .unwrap();
        assert_eq!(cause.differences[0].found, "ended with exit code 3");
        assert!(matches!(
            judged("{exit_code: 0}", &running(), None),
            Verdict::Fail(_)
        ));
    }

    #[test]
    fn of_two_values_of_a_variable_the_last_one_counts() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let container = ContainerFacts {
            env: vec![pair("PLACE", "quay"), pair("PLACE", "pier")],
            ..running()
        };
        assert_eq!(
            judged("{env: {PLACE: pier}}", &container, None),
            Verdict::Pass
        );
        assert!(matches!(
            judged("{env: {PLACE: quay}}", &container, None),
            Verdict::Fail(_)
        ));
    }

    #[test]
    fn mounts_are_compared_by_what_is_said_of_them() {
        let container = ContainerFacts {
            mounts: vec![MountFacts {
                kind: "volume".into(),
                name: Some("notes".into()),
                source: "/var/lib/docker/volumes/notes/_data".into(),
                destination: "/data".into(),
                writable: true,
            }],
            ..running()
        };
        let volume = "{mounts: [{target: /data, type: volume, source: notes, read_only: false}]}";
        assert_eq!(judged(volume, &container, None), Verdict::Pass);
        let cause = judged("{mounts: [{target: /data, type: bind}]}", &container, None)
            .into_cause()
            .unwrap();
        assert_eq!(cause.differences[0].expected, "bind at /data");
        assert_eq!(cause.differences[0].found, "volume notes at /data");
    }

    #[test]
    fn who_process_1_is() {
        let cause = judged("{user: {not: root}}", &running(), None)
            .into_cause()
            .unwrap();
        assert_eq!(cause.differences[0].found, "root");
    }

    #[test]
    fn a_process_that_had_to_be_killed_did_not_stop() {
        let stopped = |ms, killed| {
            Some(Stopped {
                took: Duration::from_millis(ms),
                killed,
            })
        };
        assert_eq!(
            judged("{stops_within: 2s}", &running(), stopped(120, false)),
            Verdict::Pass
        );
        for (ms, said) in [
            (2100, "SIGTERM ignored, killed after 2.1s"),
            // With `STOPSIGNAL SIGKILL`.
            (100, "killed after 100ms, with no time to end"),
        ] {
            let cause = judged("{stops_within: 2s}", &running(), stopped(ms, true))
                .into_cause()
                .unwrap();
            assert_eq!(cause.differences[0].found, said);
        }
    }
}
