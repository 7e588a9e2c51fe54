//! Memory, processors and processes: what is not asked for is set to the ceiling, what is above it is refused.

use super::body::HostBody;
use crate::sandbox::policy::Refusal;
use crate::sandbox::policy::rules::Ceiling;
use crate::text::size;

/// The limits that are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Limited {
    pub(super) memory: Option<i64>,
    pub(super) memory_swap: Option<i64>,
    pub(super) nano_cpus: Option<i64>,
    pub(super) pids: Option<i64>,
}

pub(super) fn limited(asked: &HostBody, ceiling: &Ceiling) -> Result<Limited, Refusal> {
    Ok(Limited {
        nano_cpus: processors(asked, ceiling.nano_cpus)?,
        pids: processes(asked.pids_limit, ceiling.pids)?,
        ..memory(asked, ceiling.memory)?
    })
}

fn memory(asked: &HostBody, most: u64) -> Result<Limited, Refusal> {
    let swap = asked.memory_swap.filter(|swap| *swap != 0);
    let memory = asked.memory.filter(|memory| *memory != 0);
    if most == 0 {
        return Ok(Limited {
            memory,
            memory_swap: swap,
            ..Limited::default()
        });
    }
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let allowed = |bytes: Option<i64>| bytes.is_none_or(|bytes| (0..=most).contains(&bytes));
    let sizes = [
        memory,
        swap,
        asked.memory_reservation.filter(|bytes| *bytes != 0),
        asked.shm_size,
    ];
    if !sizes.into_iter().all(allowed) {
        return Err(Refusal::not_allowed(
            format!("more than {} of memory", size(most.unsigned_abs())),
            "ask for less",
        ));
    }
    let memory = memory.unwrap_or(most);
    Ok(Limited {
        memory: Some(memory),
        // Without a word about swap the engine would give as much again.
        memory_swap: Some(swap.unwrap_or(memory)),
        ..Limited::default()
    })
}

fn processors(asked: &HostBody, most: u64) -> Result<Option<i64>, Refusal> {
    let nano = asked.nano_cpus.filter(|nano| *nano != 0);
    let quota = asked.cpu_quota.filter(|quota| *quota != 0);
    if most == 0 {
        return Ok(nano);
    }
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let too_many = || {
        Refusal::not_allowed(
            format!("more than {} processors", most as f64 / 1e9),
            "ask for less",
        )
    };
    if let Some(quota) = quota {
        // Quota and `--cpus` exclude each other: the quota is held against the ceiling, and nothing is added.
        const USUAL_PERIOD: i64 = 100_000;
        let period = asked
            .cpu_period
            .filter(|period| *period != 0)
            .unwrap_or(USUAL_PERIOD);
        let within = quota > 0
            && period > 0
            && i128::from(quota) * 1_000_000_000 <= i128::from(most) * i128::from(period);
        return if within { Ok(nano) } else { Err(too_many()) };
    }
    match nano {
        Some(nano) if !(0..=most).contains(&nano) => Err(too_many()),
        Some(nano) => Ok(Some(nano)),
        // A period alone would clash with `--cpus`.
        None if asked.cpu_period.is_some_and(|period| period != 0) => Err(Refusal::not_allowed(
            "a processor period without a quota",
            "use `--cpus`",
        )),
        None => Ok(Some(most)),
    }
}

/// `0`, `-1` and nothing are "no limit" to docker.
pub(super) fn processes(asked: Option<i64>, most: u64) -> Result<Option<i64>, Refusal> {
    let asked = asked.filter(|pids| *pids > 0);
    if most == 0 {
        return Ok(asked);
    }
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    match asked {
        Some(pids) if pids > most => Err(Refusal::not_allowed(
            format!("more than {most} processes"),
            "ask for less",
        )),
        Some(pids) => Ok(Some(pids)),
        None => Ok(Some(most)),
    }
}
