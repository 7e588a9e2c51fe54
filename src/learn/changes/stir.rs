//! What has been going on in a sandbox, and how long more of it is waited for. Pure.

use std::time::Duration;

use crate::engine::EngineEvent;
use crate::outcome::JournalCall;

/// What has been going on in a sandbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stir {
    /// Whether something may be different in it; else a command was used that only looks.
    pub changed: bool,
    /// The command that was typed last, in short.
    pub typed: Option<String>,
    /// Whether it has been quiet for a while, so that what is seen now is no passing state.
    pub settled: bool,
}

/// How long it must be quiet before what is seen is no passing state.
pub(super) const QUIET: Duration = Duration::from_millis(800);

/// How long calls are waited for after a command was typed: the docker command takes some time to begin.
pub(super) const AFTER_TYPING: Duration = Duration::from_millis(90);

/// How long the rest is waited for after a call that is the first of several: `docker run` creates and then starts, which an
/// engine under load takes its time for. A look that is begun between the two only has to be given up again.
const AFTER_FIRST_STEP: Duration = Duration::from_secs(2);

/// How long others are waited for after any other call.
const AFTER_CALL: Duration = Duration::from_millis(5);

impl Stir {
    /// Anything may be different: the sandbox has been found again, or has gone.
    pub(in crate::learn) fn anything() -> Self {
        Self {
            changed: true,
            typed: None,
            settled: true,
        }
    }
}

/// How long others are waited for after a call, where this command was typed last.
pub(super) fn patience(call: &JournalCall, typed: Option<&str>) -> Duration {
    let begins = call.succeeded() && typed != Some("docker create");
    match call.what.as_str() {
        "container create" if begins => AFTER_FIRST_STEP,
        // Every command begins so.
        "ping" => AFTER_TYPING,
        _ => AFTER_CALL,
    }
}

/// How long others are waited for after an event, where it is one that comes by itself: what a command asks for is in
/// the journal.
pub(super) fn happened(event: &EngineEvent) -> Option<Duration> {
    let action = event.action.split(':').next().unwrap_or_default();
    let by_itself = ["start", "die", "oom", "destroy", "health_status"];
    by_itself.contains(&action).then_some(AFTER_CALL)
}

/// A command as it is named in a line: its verb, without what follows.
pub(super) fn in_short(words: &[String]) -> String {
    let options_end = |word: &&String| !word.starts_with('-');
    let verbs: Vec<&str> = words
        .iter()
        .take_while(options_end)
        .take(2)
        .map(String::as_str)
        .collect();
    verbs.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_by_itself_is_heard_and_what_a_check_does_is_not() {
        let event = |action: &str| EngineEvent {
            action: action.to_owned(),
            ..EngineEvent::default()
        };
        assert!(happened(&event("die")).is_some());
        assert!(happened(&event("health_status: healthy")).is_some());
        for action in ["exec_create: date", "exec_die", "attach", "top", "create"] {
            assert!(happened(&event(action)).is_none(), "{action}");
        }
    }

    #[test]
    fn what_is_created_to_be_started_is_waited_for_and_what_is_created_alone_is_not() {
        let after = |what: &str, status, typed| {
            let call = JournalCall {
                what: what.to_owned(),
                status,
                ..JournalCall::default()
            };
            patience(&call, typed)
        };
        let (create, run) = ("container create", Some("docker run"));
        assert_eq!(after(create, 201, run), AFTER_FIRST_STEP);
        assert_eq!(after(create, 201, None), AFTER_FIRST_STEP);
        assert_eq!(after(create, 409, run), AFTER_CALL);
        assert_eq!(after(create, 201, Some("docker create")), AFTER_CALL);
        assert_eq!(after("container start", 204, run), AFTER_CALL);
    }

    #[test]
    fn a_command_is_named_by_its_verb() {
        let words = |text: &str| -> Vec<String> { text.split(' ').map(str::to_owned).collect() };
        assert_eq!(in_short(&words("docker run -d nginx")), "docker run");
        assert_eq!(in_short(&words("docker --version")), "docker");
    }
}
