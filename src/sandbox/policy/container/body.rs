//! The body of a container's creation: every key the engine knows through API 1.51, and no other.

use serde::{Deserialize, Serialize};

use crate::sandbox::policy::json::{Empty, Unique, Words};

/// What is run, and how it looks from inside.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
pub(in crate::sandbox) struct ContainerBody {
    pub(in crate::sandbox) hostname: Option<String>,
    pub(in crate::sandbox) domainname: Option<String>,
    pub(in crate::sandbox) user: Option<String>,
    pub(in crate::sandbox) attach_stdin: Option<bool>,
    pub(in crate::sandbox) attach_stdout: Option<bool>,
    pub(in crate::sandbox) attach_stderr: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) exposed_ports: Option<Unique<Empty>>,
    pub(in crate::sandbox) tty: Option<bool>,
    pub(in crate::sandbox) open_stdin: Option<bool>,
    pub(in crate::sandbox) stdin_once: Option<bool>,
    pub(in crate::sandbox) env: Option<Vec<String>>,
    pub(in crate::sandbox) cmd: Option<Words>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) healthcheck: Option<Health>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) args_escaped: Option<bool>,
    pub(in crate::sandbox) image: Option<String>,
    pub(in crate::sandbox) volumes: Option<Unique<Empty>>,
    pub(in crate::sandbox) working_dir: Option<String>,
    pub(in crate::sandbox) entrypoint: Option<Words>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) network_disabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) mac_address: Option<String>,
    pub(in crate::sandbox) on_build: Option<Vec<String>>,
    pub(in crate::sandbox) labels: Option<Unique<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) stop_signal: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) stop_timeout: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) shell: Option<Words>,
    /// docker-py writes it here too, where no engine reads it.
    #[serde(skip_serializing)]
    pub(in crate::sandbox) runtime: Option<String>,
    /// The docker command of 20.10.0 to 20.10.5 writes `null` here; the platform itself stands in the query.
    #[serde(skip_serializing)]
    pub(in crate::sandbox) platform: Option<Empty>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) host_config: Option<HostBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) networking_config: Option<NetworkingBody>,
}

/// How health is asked for; times in nanoseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
pub(in crate::sandbox) struct Health {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) test: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) interval: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) timeout: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) start_period: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) start_interval: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) retries: Option<i64>,
}

/// Everything that depends on the host: each field is looked at in `host.rs`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
pub(in crate::sandbox) struct HostBody {
    pub(in crate::sandbox) binds: Option<Vec<String>>,
    #[serde(rename = "ContainerIDFile", skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) container_id_file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) log_config: Option<LogBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) network_mode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) port_bindings: Option<PortMap>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) restart_policy: Option<RestartBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) auto_remove: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) volume_driver: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) volumes_from: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) console_size: Option<[u32; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) annotations: Option<Unique<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) cap_add: Option<Words>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) cap_drop: Option<Words>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) cgroupns_mode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) dns: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) dns_options: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) dns_search: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) extra_hosts: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) group_add: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) ipc_mode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) cgroup: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) links: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) oom_score_adj: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) pid_mode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) privileged: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) publish_all_ports: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) readonly_rootfs: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) security_opt: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) storage_opt: Option<Unique<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) tmpfs: Option<Unique<String>>,
    #[serde(rename = "UTSMode", skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) uts_mode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) userns_mode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) shm_size: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) sysctls: Option<Unique<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) runtime: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) isolation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) mounts: Option<Vec<MountBody>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) masked_paths: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) readonly_paths: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) init: Option<bool>,
    // Resources: the same keys as in `UpdateBody`; serde cannot both flatten and refuse unknown keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) cpu_shares: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) memory: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) nano_cpus: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) cgroup_parent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) blkio_weight: Option<u16>,
    #[serde(skip_serializing)]
    pub(in crate::sandbox) blkio_weight_device: Option<Vec<Device>>,
    #[serde(skip_serializing)]
    pub(in crate::sandbox) blkio_device_read_bps: Option<Vec<Device>>,
    #[serde(skip_serializing)]
    pub(in crate::sandbox) blkio_device_write_bps: Option<Vec<Device>>,
    #[serde(rename = "BlkioDeviceReadIOps", skip_serializing)]
    pub(in crate::sandbox) blkio_device_read_iops: Option<Vec<Device>>,
    #[serde(rename = "BlkioDeviceWriteIOps", skip_serializing)]
    pub(in crate::sandbox) blkio_device_write_iops: Option<Vec<Device>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) cpu_period: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) cpu_quota: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) cpu_realtime_period: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) cpu_realtime_runtime: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) cpuset_cpus: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) cpuset_mems: Option<String>,
    #[serde(skip_serializing)]
    pub(in crate::sandbox) devices: Option<Vec<Device>>,
    #[serde(skip_serializing)]
    pub(in crate::sandbox) device_cgroup_rules: Option<Vec<String>>,
    #[serde(skip_serializing)]
    pub(in crate::sandbox) device_requests: Option<Vec<Device>>,
    #[serde(skip_serializing)]
    pub(in crate::sandbox) kernel_memory: Option<i64>,
    #[serde(rename = "KernelMemoryTCP", skip_serializing)]
    pub(in crate::sandbox) kernel_memory_tcp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) memory_reservation: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) memory_swap: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) memory_swappiness: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) oom_kill_disable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) pids_limit: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) ulimits: Option<Vec<UlimitBody>>,
    #[serde(skip_serializing)]
    pub(in crate::sandbox) cpu_count: Option<i64>,
    #[serde(skip_serializing)]
    pub(in crate::sandbox) cpu_percent: Option<i64>,
    #[serde(rename = "IOMaximumIOps", skip_serializing)]
    pub(in crate::sandbox) io_maximum_iops: Option<u64>,
    #[serde(rename = "IOMaximumBandwidth", skip_serializing)]
    pub(in crate::sandbox) io_maximum_bandwidth: Option<u64>,
}

/// A device, whatever its shape: a sandbox has none, and what is never passed on need not be read.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub(in crate::sandbox) struct Device(serde_json::Value);

/// A log driver and its options.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
pub(in crate::sandbox) struct LogBody {
    pub(in crate::sandbox) r#type: Option<String>,
    pub(in crate::sandbox) config: Option<Unique<String>>,
}

/// When the engine starts it again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
pub(in crate::sandbox) struct RestartBody {
    pub(in crate::sandbox) name: Option<String>,
    pub(in crate::sandbox) maximum_retry_count: Option<i64>,
}

/// Container port → where it is published.
pub(in crate::sandbox) type PortMap = Unique<Option<Vec<PortBody>>>;

/// A host address and port.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
pub(in crate::sandbox) struct PortBody {
    pub(in crate::sandbox) host_ip: Option<String>,
    pub(in crate::sandbox) host_port: Option<String>,
}

/// A resource limit of processes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
pub(in crate::sandbox) struct UlimitBody {
    pub(in crate::sandbox) name: Option<String>,
    pub(in crate::sandbox) hard: Option<i64>,
    pub(in crate::sandbox) soft: Option<i64>,
}

/// A `--mount`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
pub(in crate::sandbox) struct MountBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) r#type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) read_only: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) consistency: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) bind_options: Option<BindOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) volume_options: Option<VolumeOptions>,
    #[serde(skip_serializing)]
    pub(in crate::sandbox) image_options: Option<Device>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) tmpfs_options: Option<TmpfsOptions>,
    #[serde(skip_serializing)]
    pub(in crate::sandbox) cluster_options: Option<Device>,
}

/// Options of a bind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
pub(in crate::sandbox) struct BindOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) propagation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) non_recursive: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) create_mountpoint: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) read_only_non_recursive: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) read_only_force_recursive: Option<bool>,
}

/// Options of a volume.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
pub(in crate::sandbox) struct VolumeOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) no_copy: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) labels: Option<Unique<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) subpath: Option<String>,
    #[serde(skip_serializing)]
    pub(in crate::sandbox) driver_config: Option<DriverBody>,
}

/// A volume's driver.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
pub(in crate::sandbox) struct DriverBody {
    pub(in crate::sandbox) name: Option<String>,
    pub(in crate::sandbox) options: Option<Unique<String>>,
}

/// Options of a memory file system.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
pub(in crate::sandbox) struct TmpfsOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) size_bytes: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) mode: Option<u32>,
    #[serde(skip_serializing)]
    pub(in crate::sandbox) options: Option<Vec<Vec<String>>>,
}

/// The networks it joins.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
pub(in crate::sandbox) struct NetworkingBody {
    pub(in crate::sandbox) endpoints_config: Option<Unique<Option<EndpointBody>>>,
}

/// Its place in one network. What the engine tells of it is read and not passed on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
pub(in crate::sandbox) struct EndpointBody {
    #[serde(rename = "IPAMConfig", skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) ipam_config: Option<IpamBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) links: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) aliases: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) mac_address: Option<String>,
    #[serde(skip_serializing)]
    pub(in crate::sandbox) driver_opts: Option<Unique<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) gw_priority: Option<i64>,
    #[serde(rename = "NetworkID", skip_serializing)]
    pub(in crate::sandbox) network_id: Option<String>,
    #[serde(rename = "EndpointID", skip_serializing)]
    pub(in crate::sandbox) endpoint_id: Option<String>,
    #[serde(skip_serializing)]
    pub(in crate::sandbox) gateway: Option<String>,
    #[serde(rename = "IPAddress", skip_serializing)]
    pub(in crate::sandbox) ip_address: Option<String>,
    #[serde(rename = "IPPrefixLen", skip_serializing)]
    pub(in crate::sandbox) ip_prefix_len: Option<i64>,
    #[serde(rename = "IPv6Gateway", skip_serializing)]
    pub(in crate::sandbox) ipv6_gateway: Option<String>,
    #[serde(rename = "GlobalIPv6Address", skip_serializing)]
    pub(in crate::sandbox) global_ipv6_address: Option<String>,
    #[serde(rename = "GlobalIPv6PrefixLen", skip_serializing)]
    pub(in crate::sandbox) global_ipv6_prefix_len: Option<i64>,
    #[serde(rename = "DNSNames", skip_serializing)]
    pub(in crate::sandbox) dns_names: Option<Vec<String>>,
}

/// Addresses asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
pub(in crate::sandbox) struct IpamBody {
    #[serde(rename = "IPv4Address", skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) ipv4_address: Option<String>,
    #[serde(rename = "IPv6Address", skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) ipv6_address: Option<String>,
    #[serde(rename = "LinkLocalIPs", skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) link_local_ips: Option<Vec<String>>,
}
