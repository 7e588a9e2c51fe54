//! What a container may use and do.

/// What a container may use. The defaults suit a graded run: 512 MB, one processor, 200 processes.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Bytes, swap included; 0 is no limit.
    pub memory: u64,
    /// Processors; 0 is no limit.
    pub cpus: f64,
    /// Processes; 0 is no limit.
    pub pids: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 512 << 20,
            cpus: 1.0,
            pids: 200,
        }
    }
}

/// How far the container is fenced in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hardening {
    /// `no-new-privileges`, and no capability but the seven that ordinary images need to
    /// drop root: CHOWN, DAC_OVERRIDE, FOWNER, KILL, NET_BIND_SERVICE, SETGID, SETUID.
    #[default]
    Full,
    /// As `docker run` does it.
    EngineDefault,
}

/// What ordinary images need on their way to an unprivileged user: to own and open their data folders (CHOWN,
/// DAC_OVERRIDE, FOWNER), to become that user (SETGID, SETUID), to listen below 1024 on engines that do not open
/// those ports to all (NET_BIND_SERVICE), and to signal their workers afterwards (KILL). Of docker's fourteen this
/// leaves out raw sockets, device nodes, chroot, audit, file and process capabilities and FSETID.
pub(super) const KEPT_CAPABILITIES: [&str; 7] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "KILL",
    "NET_BIND_SERVICE",
    "SETGID",
    "SETUID",
];
