//! Containers that are more than containers.

use serde_json::json;

use crate::Abuse;
use crate::sandboxed::BUSYBOX;

pub const ABUSES: &[Abuse] = &[
    ("14 privileged", |scene| {
        scene.refuses_host(&json!({"Privileged": true}), "privileged");
        scene.own.refuses(
            &["run", "--rm", "--privileged", BUSYBOX, "true"],
            "not in this sandbox: a privileged container",
        );
    }),
    ("15 namespaces of the host", |scene| {
        scene.refuses_host(&json!({"PidMode": "host"}), "pid");
        scene.refuses_host(&json!({"IpcMode": "host"}), "ipc");
        scene.refuses_host(&json!({"UTSMode": "host"}), "uts");
        scene.refuses_host(&json!({"UsernsMode": "host"}), "userns");
        scene.refuses_host(&json!({"CgroupnsMode": "host"}), "cgroupns");
        scene.refuses_host(&json!({"NetworkMode": "host"}), "host's network");
        // A word that is no mode is a network that is not there.
        let came = scene
            .own
            .docker(&["run", "--rm", "--network", "Host", BUSYBOX, "true"]);
        assert!(came.err.contains("not found"), "{came:?}");
        scene.own.does(&["container", "prune", "-f"]);
        let body = json!({"Image": BUSYBOX, "NetworkingConfig": {"EndpointsConfig": {"host": {}}}});
        scene.refuses_body(&body.to_string(), "host's network");
        scene.own.does(&["create", "--name", "later", BUSYBOX]);
        scene.refuses(
            "POST",
            "/v1.41/networks/host/connect",
            r#"{"Container":"later"}"#,
        );
        scene.own.does(&["rm", "later"]);
    }),
    ("16 capabilities", |scene| {
        for capability in [
            "ALL",
            "SYS_ADMIN",
            "CAP_SYS_MODULE",
            "sys_ptrace",
            "NET_ADMIN",
            "DAC_READ_SEARCH",
            "SYS_RAWIO",
        ] {
            scene.refuses_host(&json!({"CapAdd": [capability]}), "capability");
        }
        scene.refuses_host(&json!({"CapAdd": "SYS_ADMIN"}), "capability");
        let plain = scene.outside(&[
            "run",
            "--rm",
            BUSYBOX,
            "grep",
            "CapEff",
            "/proc/self/status",
        ]);
        assert_eq!(
            scene.inside("grep CapEff /proc/self/status").out.trim(),
            plain
        );
    }),
    ("17 security options", |scene| {
        for option in [
            "seccomp=unconfined",
            "apparmor=unconfined",
            "label=disable",
            "label:type:x",
            "no-new-privileges:false",
            "systempaths=unconfined",
            "writable-cgroups=true",
        ] {
            scene.refuses_host(&json!({"SecurityOpt": [option]}), "security option");
        }
    }),
    ("18 devices", |scene| {
        scene.refuses_host(&json!({"Devices": [{"PathOnHost": "/dev/kmsg", "PathInContainer": "/dev/kmsg", "CgroupPermissions": "rwm"}]}), "devices");
        scene.refuses_host(
            &json!({"DeviceRequests": [{"Count": -1, "Capabilities": [["gpu"]]}]}),
            "devices",
        );
        scene.refuses_host(&json!({"DeviceCgroupRules": ["a *:* rwm"]}), "devices");
        scene.refuses_host(
            &json!({"BlkioDeviceWriteBps": [{"Path": "/dev/vda", "Rate": 1}]}),
            "device",
        );
    }),
    ("19 sysctls", |scene| {
        scene.refuses_host(&json!({"Sysctls": {"net.ipv4.ip_forward": "1"}}), "sysctls");
        scene.refuses_host(&json!({"Sysctls": {"kernel.shmmax": "1"}}), "sysctls");
    }),
    (
        "20 runtime, cgroup parent, storage options, out-of-memory settings",
        |scene| {
            scene.refuses_host(&json!({"Runtime": "io.containerd.runhcs.v1"}), "runtime");
            scene.refuses_host(&json!({"CgroupParent": "/"}), "cgroup parent");
            scene.refuses_host(&json!({"StorageOpt": {"size": "1G"}}), "storage");
            scene.refuses_host(&json!({"OomKillDisable": true}), "spares");
            scene.refuses_host(&json!({"OomScoreAdj": -1000}), "spares");
            scene.refuses_host(&json!({"Annotations": {"io.x": "y"}}), "annotations");
            scene.refuses_host(&json!({"CpuRealtimeRuntime": 1000}), "real-time");
        },
    ),
    ("21 an unmasked /proc", |scene| {
        scene.refuses_host(&json!({"MaskedPaths": []}), "MaskedPaths");
        scene.refuses_host(&json!({"ReadonlyPaths": []}), "ReadonlyPaths");
        scene.refuses_host(&json!({"MaskedPaths": ["/proc/kcore"]}), "MaskedPaths");
        let came = scene.inside(
            "echo 1 > /proc/sys/kernel/panic; head -c 1 /proc/kcore | wc -c; ls /proc/acpi | wc -l",
        );
        assert!(
            came.err.contains("Read-only") && came.out.starts_with('0'),
            "{came:?}"
        );
    }),
    ("22 other people's containers, by every door", |scene| {
        let victim = scene.victim.as_str();
        let theirs = scene.outside(&[
            "inspect",
            "--format",
            "{{.Id}}",
            &scene.neighbour.sandbox().engine_name("web"),
        ]);
        for id in [
            victim,
            &victim[..12],
            "victim",
            &theirs,
            &scene.neighbour.sandbox().engine_name("web"),
        ] {
            scene.refuses_host(&json!({"VolumesFrom": [id]}), "No such container");
            scene.refuses_host(&json!({"Links": [format!("{id}:x")]}), "No such container");
            for field in ["NetworkMode", "PidMode", "IpcMode"] {
                // Made by a name that only a container of this sandbox can have, and so never started.
                let mut host = json!({"AutoRemove": true});
                host[field] = json!(format!("container:{id}"));
                let body = json!({"Image": BUSYBOX, "Cmd": ["wget", "-qO-", "http://127.0.0.1/"], "HostConfig": host});
                let came = scene.own.asks(
                    "POST",
                    "/v1.41/containers/create?name=joins",
                    &body.to_string(),
                );
                if came.code == 201 {
                    let started = scene.own.docker(&["start", "-a", "joins"]);
                    assert_ne!(started.code, 0, "{field} {id}: {started:?}");
                    scene.own.docker(&["rm", "-f", "joins"]);
                }
            }
            for call in [
                "POST /v1.41/containers/ID/start",
                "POST /v1.41/containers/ID/stop",
                "POST /v1.41/containers/ID/kill",
                "POST /v1.41/containers/ID/restart",
                "POST /v1.41/containers/ID/pause",
                "POST /v1.41/containers/ID/rename?name=mine",
                "POST /v1.41/containers/ID/attach?stream=1&stdout=1",
                "POST /v1.41/containers/ID/wait",
                "POST /v1.41/containers/ID/resize?h=1&w=1",
                "GET /v1.41/containers/ID/json",
                "GET /v1.41/containers/ID/logs?stdout=1",
                "GET /v1.41/containers/ID/top",
                "GET /v1.41/containers/ID/changes",
                "GET /v1.41/containers/ID/export",
                "GET /v1.41/containers/ID/stats",
                "GET /v1.41/containers/ID/archive?path=/",
                "PUT /v1.41/containers/ID/archive?path=/",
                "DELETE /v1.41/containers/ID?force=1",
            ] {
                let (method, path) = call.split_once(' ').unwrap();
                let came = scene.own.asks(method, &path.replace("ID", id), "");
                assert_eq!(came.code, 404, "{call} {id}: {came:?}");
            }
            for (call, body) in [
                ("/v1.41/containers/ID/update", r#"{"Memory":1048576}"#),
                (
                    "/v1.41/containers/ID/exec",
                    r#"{"Cmd":["sh"],"AttachStdout":true}"#,
                ),
                ("/v1.41/commit?container=ID&repo=stolen", ""),
            ] {
                let came = scene.own.asks("POST", &call.replace("ID", id), body);
                assert_eq!(came.code, 404, "{call} {id}: {came:?}");
            }
            let body = json!({"Container": id}).to_string();
            for act in ["connect", "disconnect"] {
                scene.refuses("POST", &format!("/v1.41/networks/bridge/{act}"), &body);
            }
        }
    }),
    ("23 log drivers that reach out", |scene| {
        for driver in [
            "syslog", "gelf", "fluentd", "awslogs", "splunk", "journald", "gcplogs",
        ] {
            scene.refuses_host(&json!({"LogConfig": {"Type": driver}}), "log driver");
        }
        scene.refuses_host(
            &json!({"LogConfig": {"Type": "json-file", "Config": {"max-size": "100g"}}}),
            "log option",
        );
        scene.refuses_host(
            &json!({"LogConfig": {"Type": "json-file", "Config": {"syslog-address": "x"}}}),
            "log option",
        );
        // The engine carries a tag out as a template: what it may grow to has no bound, and it tells where its data are.
        for tag in ["{{.LogPath}}", r#"{{define "a"}}x{{end}}{{template "a"}}"#] {
            scene.refuses_host(
                &json!({"LogConfig": {"Type": "json-file", "Config": {"tag": tag}}}),
                "log option",
            );
        }
        scene.refuses_host(
            &json!({"LogConfig": {"Type": "json-file", "Config": {"max-size": "4m", "max-file": "5"}}}),
            "log option",
        );
    }),
    ("the machine's processes, by the columns of top", |scene| {
        scene
            .own
            .does(&["run", "-d", "--name", "spy", BUSYBOX, "sleep", "1000"]);
        for options in [
            "axeo lstart,rss,ppid,ppid,ppid,pid,args",
            "axo args,pid --sort -rss",
            "-eo user,pid",
            "auxe",
            "-efM",
        ] {
            let options: String = options.bytes().map(|byte| format!("%{byte:02X}")).collect();
            scene.refuses(
                "GET",
                &format!("/v1.41/containers/spy/top?ps_args={options}"),
                "",
            );
        }
        for options in [
            &["top", "spy"][..],
            &["top", "spy", "aux"],
            &["top", "spy", "-eo", "pid,args"],
        ] {
            assert!(
                scene.own.does(options).contains("sleep 1000"),
                "{options:?}"
            );
        }
        // Without the number no line is anybody's, and none is shown.
        for columns in ["args", "lstart,user,args"] {
            let came = scene.own.docker(&["top", "spy", "-eo", columns]);
            assert!(came.code != 0 && came.out.is_empty(), "{came:?}");
            assert!(!came.err.contains("dockerd"), "{came:?}");
        }
        scene.own.does(&["rm", "-f", "spy"]);
    }),
    ("24 update and exec with privileges", |scene| {
        scene
            .own
            .does(&["run", "-d", "--name", "plain", BUSYBOX, "sleep", "1000"]);
        scene.refuses(
            "POST",
            "/v1.41/containers/plain/exec",
            r#"{"Cmd":["sh"],"Privileged":true}"#,
        );
        scene.refuses(
            "POST",
            "/v1.41/containers/plain/exec",
            r#"{"Cmd":["sh"],"privileged":true}"#,
        );
        for body in [
            json!({"Memory": 1_u64 << 40}),
            json!({"PidsLimit": 100_000}),
            json!({"NanoCpus": 64_000_000_000_u64}),
            json!({"MemorySwap": -1}),
            json!({"Devices": [{"PathOnHost": "/dev/kmsg"}]}),
            json!({"Privileged": true}),
            json!({"CgroupParent": "/"}),
        ] {
            scene.refuses("POST", "/v1.41/containers/plain/update", &body.to_string());
        }
        let came = scene.own.docker(&["exec", "--privileged", "plain", "true"]);
        assert_ne!(came.code, 0);
        scene.own.does(&["rm", "-f", "plain"]);
    }),
    ("25 labels and names of others", |scene| {
        let token = scene
            .neighbour
            .sandbox()
            .engine_name("")
            .trim_end_matches('-')
            .trim_start_matches("sealegs-")
            .to_owned();
        for key in [
            "sealegs.sandbox",
            "sealegs.run",
            "sealegs.pid",
            "sealegs.sandbox.asked",
        ] {
            scene.refuses_body(
                &json!({"Image": BUSYBOX, "Labels": {key: token}}).to_string(),
                "label",
            );
            scene.refuses(
                "POST",
                "/v1.41/volumes/create",
                &json!({"Name": "spoof", "Labels": {key: token}}).to_string(),
            );
            scene.refuses(
                "POST",
                "/v1.41/networks/create",
                &json!({"Name": "spoof", "Labels": {key: token}}).to_string(),
            );
        }
        // Even one who knows the neighbour's token only makes a longer name of their own.
        let spoofed = scene.neighbour.sandbox().engine_name("spoofed");
        scene.own.does(&["create", "--name", &spoofed, BUSYBOX]);
        assert_eq!(
            scene
                .neighbour
                .does(&["ps", "-a", "--format", "{{.Names}}"]),
            "web"
        );
        assert_eq!(
            scene.own.does(&["ps", "-a", "--format", "{{.Names}}"]),
            spoofed
        );
        scene.own.does(&["rm", &spoofed]);
        // An image's own label wins over nothing.
        scene.own.does(&["create", "--name", "labelled", BUSYBOX]);
        let change = format!("LABEL sealegs.sandbox={token} sealegs.pid=1");
        scene
            .own
            .does(&["commit", "-c", &change, "labelled", "labelled"]);
        scene
            .own
            .does(&["create", "--name", "inherits", "labelled"]);
        assert_eq!(
            scene
                .neighbour
                .does(&["ps", "-a", "--format", "{{.Names}}"]),
            "web"
        );
        let label = scene.outside(&[
            "inspect",
            "--format",
            "{{index .Config.Labels \"sealegs.sandbox\"}}",
            &scene.own.sandbox().engine_name("inherits"),
        ]);
        assert_ne!(label, token);
        scene.own.does(&["rm", "labelled", "inherits"]);
        scene.own.does(&["rmi", "labelled"]);
    }),
    ("26 bombs of processes, memory and logs", |scene| {
        let came = scene.own.docker(&[
            "run",
            "--rm",
            BUSYBOX,
            "sh",
            "-c",
            "i=0; while [ $i -lt 400 ]; do sleep 5 & i=$((i+1)); done 2>&1 | head -1",
        ]);
        assert!(
            came.out.contains("fork") || came.err.contains("fork"),
            "{came:?}"
        );
        let came = scene.own.docker(&[
            "run",
            "--name",
            "hungry",
            BUSYBOX,
            "sh",
            "-c",
            "tail /dev/zero",
        ]);
        assert_eq!(came.code, 137, "{came:?}");
        assert_eq!(
            scene
                .own
                .does(&["inspect", "--format", "{{.State.OOMKilled}}", "hungry"]),
            "true"
        );
        scene.own.does(&[
            "run",
            "--name",
            "loud",
            BUSYBOX,
            "sh",
            "-c",
            "yes 0123456789012345678901234567890123456789 | head -c 12000000",
        ]);
        let kept = scene.own.does(&["logs", "loud"]).len();
        assert!(kept < 5_000_000, "{kept} bytes of log");
        scene.own.does(&["rm", "hungry", "loud"]);
    }),
];
