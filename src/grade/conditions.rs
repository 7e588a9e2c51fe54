//! What a grade was made under: enough to repeat it, and what this engine could not promise.

use std::sync::atomic::Ordering;

use crate::checks::Rig;
use crate::course::Task;
use crate::engine::{EngineInfo, Product};
use crate::outcome::{Conditions, EngineSeen, LimitsSeen};

use super::Order;

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
            rootless: info.rootless,
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
        caveats: caveats(info, rig.unlimited_build.load(Ordering::Relaxed)),
        commands: rig.journal.take(),
        ..Conditions::default()
    }
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
    if !info.rootless && !info.userns_remap {
        let said = "the engine runs as root: the kernel alone stands between a submission and this machine";
        caveats.push(said.to_owned());
    }
    caveats
}

/// Now, in UTC, as RFC 3339 writes it.
pub(super) fn now() -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    utc(since.map_or(0, |since| since.as_secs()))
}

/// Seconds since 1970 as a date and time; the civil calendar by Howard Hinnant's `civil_from_days`.
fn utc(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let z = days + 719_468;
    let era = z / 146_097;
    let day_of_era = z % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(utc(0), "1970-01-01T00:00:00Z");
        assert_eq!(utc(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(utc(1_793_533_567), "2026-11-01T11:46:07Z");
    }
}
