//! What a check looks at must be there: the task's build, its container, its published ports.

use super::Findings;
use crate::course::model::{Check, With};
use crate::course::node::At;
use crate::course::spec::Spec;
use crate::course::value::{Port, Protocol};
use crate::text::tick;

/// A container is made of an image, and an image is built.
pub(super) fn with(with: &With, at: At<'_>, findings: &mut Findings<'_>) {
    if with.container.is_some() && with.build.is_none() {
        findings.at(
            at.name("container"),
            "a container is made of the task's image: say `build` too",
        );
    }
}

/// Looks at one check and at the parts of it.
pub(super) fn of(check: &Check, with: &With, at: At<'_>, findings: &mut Findings<'_>) {
    let kind = check.spec.kind();
    let at = at.name(kind);
    let lacks = |what| {
        format!(
            "{} needs the task's {what}, and its `with` has none: give it one, or name what the learner made",
            tick(kind)
        )
    };
    match &check.spec {
        Spec::Any(checks) | Spec::All(checks) => {
            for (index, check) in checks.iter().enumerate() {
                of(check, with, at.item(index), findings);
            }
        }
        Spec::Not(check) => of(check, with, at, findings),
        Spec::Dockerfile(_)
        | Spec::Command(_)
        | Spec::Network(_)
        | Spec::Volume(_)
        | Spec::Compose(_)
        | Spec::Registry(_)
        | Spec::Quiz(_)
        | Spec::Script(_) => {}
        _ if check.spec.container().is_some() && check.spec.image().is_some() => {
            findings.at(
                at,
                "a file is in a container or in an image: name one of them",
            );
        }
        // What the learner made needs nothing of the task.
        _ if check.spec.container().is_some() || check.spec.image().is_some() => {}
        Spec::Container(_) if with.container.is_none() => {}
        Spec::Http(spec) if spec.host_port.is_some() => {}
        Spec::Build(_)
        | Spec::Cache(_)
        | Spec::Image(_)
        | Spec::Layers(_)
        | Spec::File(_)
        | Spec::Run(_)
        | Spec::Exposed(_) => {
            if with.build.is_none() {
                findings.at(at, lacks("`build`"));
            }
        }
        Spec::Exec(_)
        | Spec::Http(_)
        | Spec::Tcp(_)
        | Spec::Published(_)
        | Spec::Listening(_)
        | Spec::Logs(_)
            if with.container.is_none() =>
        {
            findings.at(at, lacks("`container`"));
        }
        Spec::Published(spec) => published(&spec.port, with, at.key("port"), findings),
        Spec::Http(spec) => {
            if let Some(number) = spec.published {
                let port = Port {
                    number,
                    protocol: Protocol::Tcp,
                };
                published(&port, with, at.key("published"), findings);
            }
        }
        Spec::Exec(_) | Spec::Tcp(_) | Spec::Container(_) | Spec::Listening(_) | Spec::Logs(_) => {}
    }
}

fn published(port: &Port, with: &With, at: At<'_>, findings: &mut Findings<'_>) {
    let ports = with
        .container
        .iter()
        .flat_map(|container| &container.publish);
    let listed: Vec<String> = ports.map(|number| format!("{number}/tcp")).collect();
    let name = port.to_string();
    if !listed.contains(&name) {
        let message = format!(
            "the task's `with.container` does not publish {}",
            tick(&name)
        );
        findings.faults.push(
            findings
                .page
                .fault(at.place(), message)
                .allowed(&name, &listed),
        );
    }
}
