//! `docker update`: limits and the restart policy, and nothing else.

use super::body::HostBody;
use super::{Plan, host};
use crate::sandbox::policy::rules::Rules;
use crate::sandbox::policy::{Refusal, json};

/// Reads and judges the body of an update. What is not mentioned stays as it is.
pub(in crate::sandbox) fn update(body: &[u8], rules: &Rules) -> Result<HostBody, Refusal> {
    let asked: HostBody = json::object(body)?;
    let HostBody {
        memory,
        memory_swap,
        memory_reservation,
        nano_cpus,
        cpu_shares,
        cpu_period,
        cpu_quota,
        pids_limit,
        restart_policy,
        ..
    } = asked.clone();
    // All of it goes by the rules of a creation, which look at every field.
    let checked = host::checked(asked, rules, &mut Plan::default())?;
    // Docker reads 0 and -1 as "no limit" here.
    let set = |value: Option<i64>| value.filter(|value| *value != 0);
    Ok(HostBody {
        memory: set(memory).and(checked.memory),
        memory_swap: match (set(memory), set(memory_swap)) {
            (None, None) => None,
            _ => checked.memory_swap,
        },
        memory_reservation: set(memory_reservation),
        nano_cpus: set(nano_cpus).and(checked.nano_cpus),
        cpu_shares: set(cpu_shares),
        cpu_period: set(cpu_period),
        cpu_quota: set(cpu_quota),
        cpuset_cpus: checked.cpuset_cpus.filter(|set| !set.is_empty()),
        cpuset_mems: checked.cpuset_mems.filter(|set| !set.is_empty()),
        pids_limit: set(pids_limit).and(checked.pids_limit),
        blkio_weight: checked.blkio_weight.filter(|weight| *weight != 0),
        restart_policy: restart_policy
            .filter(|policy| policy.name.as_deref().unwrap_or_default() != ""),
        ..HostBody::default()
    })
}
