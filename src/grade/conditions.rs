//! What a grade was made under: enough to repeat it, and what this engine could not promise.

use std::sync::atomic::Ordering;

use crate::checks::Rig;
use crate::course::Task;
use crate::engine::{EngineInfo, Product};
use crate::outcome::{Conditions, EngineSeen, LimitsSeen, Wall};
use crate::sandbox::Policy;

use super::{Commands, Order};

/// The conditions of a grade, without its times and images.
pub(super) fn of(order: &Order<'_>, rig: &Rig<'_>) -> Conditions {
    let info = rig.engine.info();
    Conditions {
        sealegs: env!("CARGO_PKG_VERSION").to_owned(),
        course: order.course.title.clone(),
        course_version: order.course.version.clone(),
        course_hash: order.course.hash().to_owned(),
        seed: rig.seed.clone(),
        engine: EngineSeen {
            product: info.product.to_string(),
            version: info.version.clone(),
            api: format!("{}.{}", info.api.0, info.api.1),
            wall: info.wall(),
        },
        limits: LimitsSeen {
            memory: rig.bounds.limits.memory,
            cpus: rig.bounds.limits.cpus,
            pids: rig.bounds.limits.pids,
            context: order.caps.context_bytes,
            log: rig.bounds.output as u64,
            disk: rig.engine.free_disk().map(|_| rig.bounds.disk),
            build_seconds: rig.bounds.build.as_secs(),
            network: networks(order, rig),
        },
        policy: policy(order).map(|policy| policy.to_string()),
        caveats: caveats(info, rig.unlimited_build.load(Ordering::Relaxed)),
        commands: rig.journal.take(),
        ..Conditions::default()
    }
}

/// The policy of the sandbox that the lesson needs.
fn policy(order: &Order<'_>) -> Option<Policy> {
    let policy = match order.commands {
        Commands::OfLearner { .. } => Policy::Learner,
        Commands::RunAgain => Policy::Grading,
    };
    order.lesson.needs_sandbox().then_some(policy)
}

/// The networks that containers of this lesson are given. A private one publishes nothing: what publishes a port is on
/// the engine's own bridge.
fn networks(order: &Order<'_>, rig: &Rig<'_>) -> String {
    let publishes = |task: &Task| {
        let container = task.with.container.as_ref();
        container.is_some_and(|container| !container.publish.is_empty())
    };
    let bridge = order.lesson.tasks.iter().any(publishes);
    match (rig.network.is_some(), bridge) {
        (false, false) => "none",
        (true, false) => "a private one without a way out",
        (false, true) => "the engine's default bridge, for tasks that publish a port",
        (true, true) => {
            "a private one without a way out; the engine's default bridge for tasks that publish a port"
        }
    }
    .to_owned()
}

/// What an engine of this kind cannot limit or hide.
fn caveats(info: &EngineInfo, unlimited_build: bool) -> Vec<String> {
    let mut caveats = Vec::new();
    if info.product == Product::Podman {
        caveats.push("this is Podman, which is supported as far as the basics go".to_owned());
    }
    if unlimited_build {
        let said = "it was built by BuildKit, which limits a build's time and output, not its memory and processors";
        caveats.push(said.to_owned());
    }
    if info.wall() == Wall::Rootful {
        let said = "the engine runs as root: the kernel alone stands between a submission and this machine";
        caveats.push(said.to_owned());
    }
    caveats
}
