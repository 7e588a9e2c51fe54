//! What a hint depends on is only looked at, once: it neither acts on the learner's work nor waits for it.

use super::{Findings, expectation, reach};
use crate::course::model::{Check, Hint, Task};
use crate::course::node::{At, Data};
use crate::course::spec::{
    BuildSpec, ContainerCheck, HttpSpec, NetworkCheck, Spec, TcpSpec, VolumeCheck,
};
use crate::text::tick;

/// Looks at what the hints of a task depend on.
pub(super) fn hints(task: &Task, at: At<'_>, findings: &mut Findings<'_>) {
    for (index, hint) in task.hints.iter().enumerate() {
        for (check, at) in depends(hint, at.item(index)) {
            expectation::of(check, at, findings);
            reach::of(check, &task.with, at, findings);
            only_looks(check, at, findings);
        }
    }
}

/// The checks a hint depends on, with their places: `when` holds one, or a list.
fn depends<'a>(hint: &'a Hint, at: At<'a>) -> impl Iterator<Item = (&'a Check, At<'a>)> {
    let when = at.key("when");
    let is_list = when
        .node()
        .is_some_and(|node| matches!(node.data, Data::List(_)));
    hint.when.iter().enumerate().map(move |(index, check)| {
        let at = if is_list { when.item(index) } else { when };
        (check, at)
    })
}

fn only_looks(check: &Check, at: At<'_>, findings: &mut Findings<'_>) {
    let kind = check.spec.kind();
    let at = at.name(kind);
    match &check.spec {
        Spec::Any(checks) | Spec::All(checks) => {
            for (index, check) in checks.iter().enumerate() {
                only_looks(check, at.item(index), findings);
            }
        }
        Spec::Not(check) => only_looks(check, at, findings),
        spec => {
            if let Some(acting) = acts(spec) {
                let message =
                    format!("{acting} acts, and what a hint depends on is only looked at");
                findings.at(at, message);
            }
            for key in ["within", "for"].into_iter().filter(|key| at.has(key)) {
                let message = format!(
                    "a hint looks once and does not wait: leave {} out",
                    tick(key)
                );
                findings.at(at.name(key), message);
            }
        }
    }
}

/// What of a check does more than look.
fn acts(spec: &Spec) -> Option<&'static str> {
    match spec {
        Spec::Cache(_) => Some("`cache`"),
        Spec::Run(_) => Some("`run`"),
        Spec::Script(_) => Some("`script`"),
        Spec::Compose(spec) if spec.reads_file() => Some("reading a compose file"),
        Spec::Quiz(_) => Some("`quiz`"),
        Spec::Exec(_) => Some("`exec`"),
        Spec::Build(BuildSpec { target, args, .. }) if target.is_some() || args.is_some() => {
            Some("a `build` of another target or other arguments")
        }
        Spec::Container(ContainerCheck { stops_within, .. }) if stops_within.is_some() => {
            Some("`stops_within`")
        }
        Spec::Http(HttpSpec { method, send, .. })
            if send.is_some() || !["GET", "HEAD"].contains(&method.as_str()) =>
        {
            Some("a request that sends something")
        }
        Spec::Tcp(TcpSpec { send, .. }) if send.is_some() => {
            Some("a connection that sends something")
        }
        Spec::Network(NetworkCheck { reach, .. }) if reach.is_some() => Some("`reach`"),
        Spec::Volume(VolumeCheck {
            files, survives, ..
        }) if files.is_some() || survives.is_some() => Some("a look into a volume"),
        Spec::Command(_)
        | Spec::Network(_)
        | Spec::Volume(_)
        | Spec::Compose(_)
        | Spec::Registry(_)
        | Spec::Dockerfile(_)
        | Spec::Build(_)
        | Spec::Image(_)
        | Spec::Layers(_)
        | Spec::File(_)
        | Spec::Http(_)
        | Spec::Tcp(_)
        | Spec::Container(_)
        | Spec::Published(_)
        | Spec::Exposed(_)
        | Spec::Listening(_)
        | Spec::Logs(_)
        | Spec::Any(_)
        | Spec::All(_)
        | Spec::Not(_) => None,
    }
}
