//! One file a check kind: what it asks the engine (`observe`), and a pure verdict on the answer (`judge`).

mod build;
mod cache;
mod command;
mod compose;
mod container;
mod dockerfile;
mod evaluate;
mod exec;
mod file;
mod full;
mod http;
mod image;
mod layers;
mod live;
mod logs;
mod looks;
mod matching;
mod network;
mod nonce;
mod patience;
mod ports;
mod quiz;
mod registry;
mod run;
mod says;
mod scene;
mod script;
mod subject;
mod tcp;
mod verdict;
mod volume;

pub use evaluate::{evaluate, fitting, passed_before, unlooked};
pub use full::LITTLE_DISK;
pub use live::Live;
pub use nonce::{Nonce, fresh_seed, undrawn};
pub use quiz::{ANSWERS, answers};
pub(crate) use says::says;
pub use scene::Scene;
pub use subject::{
    Bounds, BuildPlan, Built, Journal, Rig, Started, Trouble, Whose, build as build_image, plan,
    start,
};

use crate::commandline::word as quoted;
use crate::course::Check;
use crate::course::spec::Spec;
use crate::engine::EngineError;
use crate::failure::Failure;
use crate::outcome::Cause;
use crate::text::tick;

/// Whether any of these checks looks into the container's network from outside it.
pub fn ask_for_network(checks: &[Check]) -> bool {
    checks.iter().any(|check| match &check.spec {
        Spec::Http(_)
        | Spec::Tcp(_)
        | Spec::Listening(_)
        | Spec::Published(_)
        | Spec::Registry(_) => true,
        Spec::Container(spec) => spec.port.is_some(),
        Spec::Any(inner) | Spec::All(inner) => ask_for_network(inner),
        Spec::Not(inner) => ask_for_network(std::slice::from_ref(inner)),
        Spec::Dockerfile(_)
        | Spec::Build(_)
        | Spec::Cache(_)
        | Spec::Image(_)
        | Spec::Layers(_)
        | Spec::File(_)
        | Spec::Run(_)
        | Spec::Exec(_)
        | Spec::Exposed(_)
        | Spec::Logs(_)
        | Spec::Command(_)
        | Spec::Network(_)
        | Spec::Volume(_)
        | Spec::Compose(_)
        | Spec::Quiz(_)
        | Spec::Script(_) => false,
    })
}

/// The images that these checks run something of their own in.
pub fn images_of<'a>(checks: &'a [Check], rig: &'a Rig<'_>) -> Vec<&'a str> {
    let of = |check: &'a Check| match &check.spec {
        Spec::Script(spec) => vec![spec.image.as_deref().unwrap_or(&rig.helper)],
        Spec::Compose(spec) if spec.reads_file() => vec![rig.toolbox.as_str()],
        Spec::Any(inner) | Spec::All(inner) => images_of(inner, rig),
        Spec::Not(inner) => images_of(std::slice::from_ref(inner), rig),
        _ => Vec::new(),
    };
    checks.iter().flat_map(of).collect()
}

/// An engine's error as the cause of an `error`.
fn engine_cause(error: EngineError) -> Cause {
    match Failure::from(error) {
        Failure::System(problem) | Failure::Usage(problem) => {
            let mut cause = Cause::new(problem.message);
            cause.help = problem.hint;
            cause
        }
        Failure::Interrupted => Cause::new("interrupted"),
    }
}

/// The engine's words for a command that cannot start, in ours.
fn start_fault(message: &str) -> String {
    let program = |end: &str| {
        let before = &message[..message.find(end)?];
        let quoted = before.rsplit('"').nth(1)?;
        Some(tick(quoted))
    };
    if message.contains("executable file not found") {
        let name = program("executable file not found").unwrap_or_else(|| "its program".to_owned());
        // `CMD ["python app.py"]` is the usual slip.
        let slip = match name.contains(' ') {
            true => ": each word is an item of its own in a list",
            false => "",
        };
        return format!("there is no program {name} on its PATH{slip}");
    }
    for (end, said) in [
        (": no such file or directory", "there is no program"),
        (": permission denied", "the file may not be executed:"),
        (
            ": exec format error",
            "the file is no program for this machine:",
        ),
    ] {
        if message.contains(end) && message.contains("exec") {
            let name = program(end).unwrap_or_else(|| "its program".to_owned());
            return format!("{said} {name}");
        }
    }
    if message.contains("unable to find user") || message.contains("no matching entries in passwd")
    {
        return "the image has no such user".to_owned();
    }
    if message.contains("o command specified") {
        return "the image has neither CMD nor ENTRYPOINT".to_owned();
    }
    message.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_a_command_cannot_start_is_said_in_our_words() {
        let runc = "OCI runtime create failed: exec: \"gunicorn\": executable file not found in $PATH: unknown";
        assert_eq!(
            start_fault(runc),
            "there is no program `gunicorn` on its PATH"
        );
        let runc = "OCI runtime create failed: exec: \"python app.py\": executable file not found in $PATH: unknown";
        assert_eq!(
            start_fault(runc),
            "there is no program `python app.py` on its PATH: each word is an item of its own in a list"
        );
        let runc = "OCI runtime create failed: exec: \"/app/run\": permission denied: unknown";
        assert_eq!(
            start_fault(runc),
            "the file may not be executed: `/app/run`"
        );
        assert_eq!(start_fault("something else"), "something else");
    }
}
