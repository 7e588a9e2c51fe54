//! What the journal tells of a container that is made.

use super::containers::note_env;
use super::serve::Note;
use crate::sandbox::policy::container::Plan;

/// What of a creation the journal tells.
pub(super) fn plan(note: &mut Note, plan: &Plan) {
    let body = &plan.body;
    let host = body.host_config.clone().unwrap_or_default();
    let attached = [body.attach_stdout, body.attach_stderr];
    note.switch("detach", !attached.contains(&Some(true)));
    note.switch("interactive", body.open_stdin == Some(true));
    note.switch("tty", body.tty == Some(true));
    note.switch("rm", host.auto_remove == Some(true));
    note.switch("publish-all", plan.asked.publish_all_ports == Some(true));
    note.switch("read-only", host.readonly_rootfs == Some(true));
    note.switch("init", host.init == Some(true));
    for (port, places) in plan.asked.port_bindings.iter().flat_map(|ports| &ports.0) {
        let port = port.strip_suffix("/tcp").unwrap_or(port);
        for place in places.iter().flatten() {
            let address = place.host_ip.as_deref().unwrap_or_default();
            let host_port = place.host_port.as_deref().unwrap_or_default();
            note.flag(
                "publish",
                match (address, host_port) {
                    ("", "") => port.to_owned(),
                    ("", host_port) => format!("{host_port}:{port}"),
                    (address, host_port) => format!("{address}:{host_port}:{port}"),
                },
            );
        }
    }
    note_env(note, body.env.as_deref().unwrap_or_default());
    for bind in plan.asked.binds.iter().flatten() {
        note.flag("volume", bind.as_str());
    }
    for target in &plan.anonymous {
        note.flag("volume", target.as_str());
    }
    for mount in plan.asked.mounts.iter().flatten() {
        let part = |text: &Option<String>| text.clone().unwrap_or_default();
        note.flag(
            "mount",
            format!(
                "type={},source={},target={}",
                part(&mount.r#type),
                part(&mount.source),
                part(&mount.target)
            ),
        );
    }
    for place in host.tmpfs.iter().flat_map(|tmpfs| tmpfs.0.keys()) {
        note.flag("tmpfs", place.as_str());
    }
    let network = plan.asked.network_mode.as_deref().unwrap_or_default();
    if !matches!(network, "" | "default") {
        note.flag("network", network);
    }
    if let Some(policy) = host
        .restart_policy
        .and_then(|policy| policy.name)
        .filter(|name| !matches!(name.as_str(), "" | "no"))
    {
        note.flag("restart", policy);
    }
    for (flag, value) in [
        ("user", &body.user),
        ("workdir", &body.working_dir),
        ("hostname", &body.hostname),
    ] {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            note.flag(flag, value);
        }
    }
    for (flag, words) in [("command", &body.cmd), ("entrypoint", &body.entrypoint)] {
        for word in words.iter().flat_map(|words| &words.0) {
            note.flag(flag, word.as_str());
        }
    }
    for (flag, number) in [
        ("memory", plan.asked.memory),
        ("pids-limit", plan.asked.pids_limit),
    ] {
        if let Some(number) = number.filter(|number| *number > 0) {
            note.flag(flag, number.to_string());
        }
    }
    if let Some(nano) = plan.asked.nano_cpus.filter(|nano| *nano > 0) {
        note.flag("cpus", (nano as f64 / 1e9).to_string());
    }
    for (key, value) in body.labels.iter().flat_map(|labels| &labels.0) {
        note.flag("label", format!("{key}={value}"));
    }
}
