//! The `container` kind: the state of the task's container, and how a copy of it stops.

use std::time::Duration;

use crate::course::matcher::Value;
use crate::course::spec::ContainerCheck;
use crate::engine::{ContainerFacts, Pid1, State};
use crate::text::time;

use super::image::user;
use super::nonce::Nonce;
use super::verdict::{Comparison, Verdict, text};

/// How a copy took `docker stop`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stopped {
    /// From SIGTERM to its end.
    pub(crate) took: Duration,
    /// Whether it was killed because it did not end by itself.
    pub(crate) killed: bool,
}

/// Judges the container as it is now.
pub(crate) fn judge(
    spec: &ContainerCheck,
    container: &ContainerFacts,
    pid1: Option<&Pid1>,
    stopped: Option<Stopped>,
    nonce: &Nonce,
) -> Verdict {
    let mut found = Comparison::new(nonce, "the container is not in the state it should be in");
    let running = container.state == State::Running;
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
        let value = container.env.iter().find(|(key, _)| key == name);
        let value = value.map_or(Value::Missing, |(_, value)| text(value));
        found.look(&format!("env {name}"), Some(matcher), &value);
    }
    let args = pid1.map_or(Value::Missing, |pid1| text(&pid1.args));
    found.look("process 1", spec.pid1.as_ref(), &args);
    let owner = pid1.map_or(Value::Missing, |pid1| text(user(&pid1.user)));
    found.look("user of process 1", spec.user.as_ref(), &owner);
    if let (Some(limit), Some(stopped)) = (spec.stops_within, stopped)
        && (stopped.killed || stopped.took > limit.0)
    {
        let shown = match stopped.killed {
            true => format!("SIGTERM ignored, killed after {}", time(stopped.took)),
            false => time(stopped.took),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(yaml: &str, container: &ContainerFacts, stopped: Option<Stopped>) -> Verdict {
        let pid1 = Pid1 {
            args: "python app.py".into(),
            user: "0".into(),
        };
        judge(
            &serde_yaml::from_str(yaml).unwrap(),
            container,
            Some(&pid1),
            stopped,
            &Nonce::fixed("n"),
        )
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
        let cause = judged("{stops_within: 2s}", &running(), stopped(1900, true))
            .into_cause()
            .unwrap();
        assert_eq!(
            cause.differences[0].found,
            "SIGTERM ignored, killed after 1.9s"
        );
    }
}
