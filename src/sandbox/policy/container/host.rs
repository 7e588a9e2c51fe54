//! What of the host a container asks for. Every field of `HostConfig` is decided on here, by name.

use super::body::{Device, HostBody, RestartBody, UlimitBody};
use super::{Plan, limits, logs, mounts, network, ports};
use crate::sandbox::policy::Refusal;
use crate::sandbox::policy::json::{Unique, Words};
use crate::sandbox::policy::rules::Rules;
use crate::sandbox::policy::text::is_object_name;
use crate::text::tick;

/// Checks all that is asked of the host; references go into the plan, what is left may be sent.
pub(super) fn checked(
    asked: HostBody,
    rules: &Rules,
    plan: &mut Plan,
) -> Result<HostBody, Refusal> {
    let limited = limits::limited(&asked, &rules.ceiling)?;
    // Every field is named: one that is added to the shape must be thought about here.
    let HostBody {
        binds,
        container_id_file,
        log_config,
        network_mode,
        port_bindings,
        restart_policy,
        auto_remove,
        volume_driver,
        volumes_from,
        console_size,
        annotations,
        cap_add,
        cap_drop,
        cgroupns_mode,
        dns,
        dns_options,
        dns_search,
        extra_hosts,
        group_add,
        ipc_mode,
        cgroup,
        links,
        oom_score_adj,
        pid_mode,
        privileged,
        publish_all_ports,
        readonly_rootfs,
        security_opt,
        storage_opt,
        tmpfs,
        uts_mode,
        userns_mode,
        shm_size,
        sysctls,
        runtime,
        isolation,
        mounts,
        masked_paths,
        readonly_paths,
        init,
        cpu_shares,
        memory,
        nano_cpus,
        cgroup_parent,
        blkio_weight,
        blkio_weight_device,
        blkio_device_read_bps,
        blkio_device_write_bps,
        blkio_device_read_iops,
        blkio_device_write_iops,
        cpu_period,
        cpu_quota,
        cpu_realtime_period,
        cpu_realtime_runtime,
        cpuset_cpus,
        cpuset_mems,
        devices,
        device_cgroup_rules,
        device_requests,
        kernel_memory,
        kernel_memory_tcp,
        memory_reservation,
        memory_swap,
        memory_swappiness,
        oom_kill_disable,
        pids_limit,
        ulimits,
        cpu_count,
        cpu_percent,
        io_maximum_iops,
        io_maximum_bandwidth,
    } = asked;

    if privileged == Some(true) {
        return Err(Refusal::not_allowed(
            "a privileged container",
            "it would hold the whole machine: leave out `--privileged`",
        ));
    }
    plan.pid_of = shared("pid", pid_mode.as_deref(), &[""])?;
    plan.ipc_of = shared(
        "ipc",
        ipc_mode.as_deref(),
        &["", "private", "shareable", "none"],
    )?;
    shared("uts", uts_mode.as_deref(), &[""])?;
    shared("userns", userns_mode.as_deref(), &[""])?;
    shared("cgroupns", cgroupns_mode.as_deref(), &["", "private"])?;
    capabilities(cap_add.as_ref(), rules)?;
    security(security_opt.as_deref().unwrap_or_default())?;
    no_devices(
        "devices of the host",
        [devices, device_requests].iter().flatten(),
    )?;
    no_devices(
        "limits for a device of the host",
        [
            blkio_weight_device,
            blkio_device_read_bps,
            blkio_device_write_bps,
            blkio_device_read_iops,
            blkio_device_write_iops,
        ]
        .iter()
        .flatten(),
    )?;
    none_of("rules for devices", device_cgroup_rules.as_deref())?;
    // An empty list is not "the default": it unmasks all of /proc.
    for (what, paths) in [
        ("MaskedPaths", masked_paths),
        ("ReadonlyPaths", readonly_paths),
    ] {
        if paths.is_some() {
            return Err(Refusal::not_allowed(
                format!("{} of its own", tick(what)),
                "leave out `systempaths`",
            ));
        }
    }
    no_pairs("sysctls", "--sysctl", sysctls)?;
    no_pairs("storage options", "--storage-opt", storage_opt)?;
    no_pairs("annotations", "--annotation", annotations)?;
    only(
        "runtime",
        runtime.as_deref(),
        &["", "runc", "io.containerd.runc.v2"],
    )?;
    only("cgroup", cgroup.as_deref(), &[""])?;
    only("cgroup parent", cgroup_parent.as_deref(), &[""])?;
    only("isolation", isolation.as_deref(), &["", "default"])?;
    only("volume driver", volume_driver.as_deref(), &["", "local"])?;
    if oom_kill_disable == Some(true) || oom_score_adj.is_some_and(|score| score < 0) {
        return Err(Refusal::not_allowed(
            "a container that the kernel spares when memory runs out",
            "leave out `--oom-kill-disable` and `--oom-score-adj`",
        ));
    }
    let machine_wide = [
        kernel_memory,
        kernel_memory_tcp,
        cpu_realtime_period,
        cpu_realtime_runtime,
        cpu_count,
        cpu_percent,
    ];
    if machine_wide.iter().flatten().any(|n| *n != 0)
        || [io_maximum_iops, io_maximum_bandwidth]
            .iter()
            .flatten()
            .any(|n| *n != 0)
    {
        return Err(Refusal::not_allowed(
            "real-time, kernel memory and Windows settings",
            "`--memory`, `--cpus` and `--pids-limit` are there",
        ));
    }
    for ulimit in ulimits.iter().flatten() {
        ulimit_allowed(ulimit)?;
    }
    if let Some(policy) = &restart_policy {
        restart_known(policy)?;
    }

    plan.joining = network::joining(network_mode.as_deref().unwrap_or_default())?;
    plan.volumes_from = volumes_from
        .iter()
        .flatten()
        .map(|from| volumes_of(from))
        .collect::<Result<_, _>>()?;
    plan.links = links
        .iter()
        .flatten()
        .map(|link| network::link(link))
        .collect::<Result<_, _>>()?;
    for bind in binds.iter().flatten() {
        mounts::bind(bind, rules, plan)?;
    }
    let tmpfs_mounts = mounts::mounts(mounts.clone().unwrap_or_default(), rules, plan)?;
    for (place, options) in tmpfs.iter().flat_map(|tmpfs| &tmpfs.0) {
        mounts::tmpfs(place, options)?;
        plan.covered.push(mounts::clean(place));
    }
    let bindings = ports::bindings(port_bindings.clone().unwrap_or_default(), rules.publish)?;
    let log = logs::limited(log_config.as_ref(), rules.ceiling.log)?;

    plan.asked = HostBody {
        binds,
        log_config,
        network_mode,
        port_bindings,
        publish_all_ports,
        mounts,
        memory,
        memory_swap,
        nano_cpus,
        pids_limit,
        ..HostBody::default()
    };
    Ok(HostBody {
        container_id_file,
        log_config: Some(log),
        port_bindings: Some(bindings),
        restart_policy,
        auto_remove,
        console_size,
        cap_add,
        cap_drop,
        dns,
        dns_options,
        dns_search,
        extra_hosts,
        group_add,
        ipc_mode: ipc_mode.filter(|mode| !mode.starts_with("container:")),
        cgroupns_mode,
        oom_score_adj,
        readonly_rootfs,
        security_opt,
        tmpfs,
        shm_size,
        mounts: Some(tmpfs_mounts),
        init,
        cpu_shares,
        blkio_weight,
        cpu_period,
        cpu_quota,
        cpuset_cpus,
        cpuset_mems,
        memory_reservation,
        memory_swappiness,
        ulimits,
        memory: limited.memory,
        memory_swap: limited.memory_swap,
        nano_cpus: limited.nano_cpus,
        pids_limit: limited.pids,
        ..HostBody::default()
    })
}

/// A namespace: one of the harmless values, or another container of the sandbox, which is given back.
fn shared(what: &str, mode: Option<&str>, harmless: &[&str]) -> Result<Option<String>, Refusal> {
    let mode = mode.unwrap_or_default();
    if harmless.contains(&mode) {
        return Ok(None);
    }
    match mode.strip_prefix("container:") {
        Some(name) if is_object_name(name) && matches!(what, "pid" | "ipc") => {
            Ok(Some(name.to_owned()))
        }
        _ => Err(Refusal::not_allowed(
            format!("the {what} namespace {}", tick(mode)),
            format!("leave out `--{what}`"),
        )),
    }
}

/// What docker gives every container anyway.
const USUAL_CAPABILITIES: [&str; 14] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

fn capabilities(add: Option<&Words>, rules: &Rules) -> Result<(), Refusal> {
    for written in add.iter().flat_map(|add| &add.0) {
        let upper = written.to_ascii_uppercase();
        let name = upper.strip_prefix("CAP_").unwrap_or(&upper);
        if !USUAL_CAPABILITIES.contains(&name) && !rules.capabilities.contains(name) {
            return Err(Refusal::not_allowed(
                format!("the capability {}", tick(written)),
                "leave out `--cap-add`",
            ));
        }
    }
    Ok(())
}

fn security(options: &[String]) -> Result<(), Refusal> {
    let harmless = [
        "no-new-privileges",
        "no-new-privileges:true",
        "no-new-privileges=true",
    ];
    match options
        .iter()
        .find(|option| !harmless.contains(&option.as_str()))
    {
        None => Ok(()),
        Some(option) => {
            let shown: String = option.chars().take(60).collect();
            Err(Refusal::not_allowed(
                format!("the security option {}", tick(&shown)),
                "only `no-new-privileges` is there",
            ))
        }
    }
}

fn no_devices<'a>(
    what: &str,
    lists: impl IntoIterator<Item = &'a Vec<Device>>,
) -> Result<(), Refusal> {
    match lists.into_iter().any(|list| !list.is_empty()) {
        false => Ok(()),
        true => Err(Refusal::not_allowed(what, "leave the device out")),
    }
}

fn none_of(what: &str, list: Option<&[String]>) -> Result<(), Refusal> {
    match list.unwrap_or_default() {
        [] => Ok(()),
        _ => Err(Refusal::not_allowed(what, "leave them out")),
    }
}

fn no_pairs(what: &str, flag: &str, pairs: Option<Unique<String>>) -> Result<(), Refusal> {
    match pairs.is_some_and(|pairs| !pairs.0.is_empty()) {
        false => Ok(()),
        true => Err(Refusal::not_allowed(what, format!("leave out `{flag}`"))),
    }
}

fn only(what: &str, value: Option<&str>, allowed: &[&str]) -> Result<(), Refusal> {
    let value = value.unwrap_or_default();
    match allowed.contains(&value) {
        true => Ok(()),
        false => Err(Refusal::not_allowed(
            format!("the {what} {}", tick(value)),
            "leave it out",
        )),
    }
}

/// What a process may have is bounded by the container's memory and processes: only what would let it in front of
/// others, or out of the reach of the engine, is not there.
fn ulimit_allowed(ulimit: &UlimitBody) -> Result<(), Refusal> {
    const KNOWN: [&str; 11] = [
        "core",
        "cpu",
        "data",
        "fsize",
        "locks",
        "memlock",
        "nofile",
        "nproc",
        "rss",
        "sigpending",
        "stack",
    ];
    /// What the kernel itself allows a process without privileges (`fs.nr_open`).
    const MOST_FILES: i64 = 1_048_576;
    let name = ulimit.name.as_deref().unwrap_or_default();
    let values = [ulimit.soft, ulimit.hard];
    let too_many = name == "nofile"
        && values
            .iter()
            .flatten()
            .any(|value| *value > MOST_FILES || *value < 0);
    match KNOWN.contains(&name) && !too_many {
        true => Ok(()),
        false => Err(Refusal::not_allowed(
            format!("the limit {}", tick(name)),
            "leave out `--ulimit`",
        )),
    }
}

fn restart_known(policy: &RestartBody) -> Result<(), Refusal> {
    let name = policy.name.as_deref().unwrap_or_default();
    match ["", "no", "always", "unless-stopped", "on-failure"].contains(&name) {
        true => Ok(()),
        false => Err(Refusal::engine(
            400,
            format!(
                "invalid restart policy: unknown policy '{}'",
                crate::text::inert_line(name)
            ),
        )),
    }
}

/// `web`, `web:ro`.
fn volumes_of(text: &str) -> Result<(String, Option<String>), Refusal> {
    let (name, mode) = match text.split_once(':') {
        Some((name, mode)) => (name, Some(mode)),
        None => (text, None),
    };
    if !is_object_name(name) || mode.is_some_and(|mode| !matches!(mode, "ro" | "rw" | "z" | "Z")) {
        return Err(Refusal::unreadable(format!(
            "{} in `VolumesFrom`",
            tick(text)
        )));
    }
    Ok((name.to_owned(), mode.map(str::to_owned)))
}
