//! The table of cases: what may be made, and what not.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::*;
use crate::sandbox::policy::rules::{Binds, Publish};

fn rules() -> Rules {
    Rules::for_tests()
}

fn learner() -> Rules {
    Rules {
        binds: Binds::Inside(PathBuf::from("/home/ada/ws")),
        publish: Publish::At(std::net::Ipv4Addr::LOCALHOST),
        ..rules()
    }
}

fn host(body: &Value) -> Result<Plan, Refusal> {
    let body = json!({"Image": "busybox", "HostConfig": body});
    create(body.to_string().as_bytes(), &rules())
}

#[test]
fn a_platform_stands_in_the_query_and_not_in_the_body() {
    // As Docker 20.10.5 sends it.
    let body = |platform: Value| {
        let body = json!({"Image": "busybox", "Platform": platform});
        create(body.to_string().as_bytes(), &rules())
    };
    assert!(body(Value::Null).is_ok());
    assert!(body(json!({"os": "windows", "architecture": "amd64"})).is_err());
}

#[test]
fn what_the_docker_command_sends_by_itself_is_allowed() {
    // As Docker 28.2 sends `docker run -d --name web -p 8080:80 -v data:/data busybox sleep 100`.
    let body = r#"{"Hostname":"","Domainname":"","User":"","AttachStdin":false,"AttachStdout":false,"AttachStderr":false,"ExposedPorts":{"80/tcp":{}},"Tty":false,"OpenStdin":false,"StdinOnce":false,"Env":["A=b"],"Cmd":["sleep","100"],"Image":"busybox:1.37","Volumes":{},"WorkingDir":"","Entrypoint":null,"OnBuild":null,"Labels":{},"HostConfig":{"Binds":["data:/data"],"ContainerIDFile":"","LogConfig":{"Type":"","Config":{}},"NetworkMode":"default","PortBindings":{"80/tcp":[{"HostIp":"","HostPort":"8080"}]},"RestartPolicy":{"Name":"no","MaximumRetryCount":0},"AutoRemove":true,"VolumeDriver":"","VolumesFrom":null,"ConsoleSize":[0,0],"CapAdd":null,"CapDrop":null,"CgroupnsMode":"","Dns":[],"DnsOptions":[],"DnsSearch":[],"ExtraHosts":null,"GroupAdd":null,"IpcMode":"","Cgroup":"","Links":null,"OomScoreAdj":0,"PidMode":"","Privileged":false,"PublishAllPorts":false,"ReadonlyRootfs":false,"SecurityOpt":null,"UTSMode":"","UsernsMode":"","ShmSize":0,"Isolation":"","CpuShares":0,"Memory":0,"NanoCpus":0,"CgroupParent":"","BlkioWeight":0,"BlkioWeightDevice":[],"BlkioDeviceReadBps":[],"BlkioDeviceWriteBps":[],"BlkioDeviceReadIOps":[],"BlkioDeviceWriteIOps":[],"CpuPeriod":0,"CpuQuota":0,"CpuRealtimePeriod":0,"CpuRealtimeRuntime":0,"CpusetCpus":"","CpusetMems":"","Devices":[],"DeviceCgroupRules":null,"DeviceRequests":null,"MemoryReservation":0,"MemorySwap":0,"MemorySwappiness":-1,"OomKillDisable":false,"PidsLimit":0,"Ulimits":[],"CpuCount":0,"CpuPercent":0,"IOMaximumIOps":0,"IOMaximumBandwidth":0,"MaskedPaths":null,"ReadonlyPaths":null},"NetworkingConfig":{"EndpointsConfig":{"default":{"IPAMConfig":null,"Links":null,"Aliases":null,"MacAddress":"","DriverOpts":null,"GwPriority":0,"NetworkID":"","EndpointID":"","Gateway":"","IPAddress":"","IPPrefixLen":0,"IPv6Gateway":"","GlobalIPv6Address":"","GlobalIPv6PrefixLen":0,"DNSNames":null}}}}"#;
    let plan = create(body.as_bytes(), &rules()).unwrap();
    assert_eq!(plan.image, "busybox:1.37");
    assert_eq!(plan.joining, Joining::Bridge);
    assert_eq!(plan.volumes.len(), 1);
    let sent = plan.body.host_config.unwrap();
    let place = sent.port_bindings.unwrap().0["80/tcp"].clone().unwrap();
    assert_eq!(place[0].host_ip.as_deref(), Some("127.9.8.7"));
    assert_eq!(place[0].host_port.as_deref(), Some("8080"));
    assert_eq!(sent.memory, Some(512 << 20));
    assert_eq!(sent.pids_limit, Some(200));
}

#[test]
fn nothing_reaches_out_of_the_container() {
    let cases = [
        json!({"Privileged": true}),
        json!({"privileged": true}),
        json!({"PidMode": "host"}),
        json!({"IpcMode": "host"}),
        json!({"UTSMode": "host"}),
        json!({"UsernsMode": "host"}),
        json!({"CgroupnsMode": "host"}),
        json!({"NetworkMode": "host"}),
        json!({"NetworkMode": "ns:/proc/1/ns/net"}),
        json!({"CapAdd": ["SYS_ADMIN"]}),
        json!({"CapAdd": ["cap_sys_module"]}),
        json!({"CapAdd": "ALL"}),
        json!({"SecurityOpt": ["seccomp=unconfined"]}),
        json!({"SecurityOpt": ["apparmor:unconfined"]}),
        json!({"SecurityOpt": ["label=disable"]}),
        json!({"SecurityOpt": ["no-new-privileges:false"]}),
        json!({"SecurityOpt": ["systempaths=unconfined"]}),
        json!({"Devices": [{"PathOnHost": "/dev/kmsg"}]}),
        json!({"DeviceRequests": [{"Driver": "nvidia"}]}),
        json!({"DeviceCgroupRules": ["a *:* rwm"]}),
        json!({"BlkioDeviceReadBps": [{"Path": "/dev/vda", "Rate": 1}]}),
        json!({"Sysctls": {"kernel.msgmax": "1"}}),
        json!({"Runtime": "evil"}),
        json!({"CgroupParent": "/"}),
        json!({"Cgroup": "container:x"}),
        json!({"StorageOpt": {"size": "1G"}}),
        json!({"Annotations": {"a": "b"}}),
        json!({"Isolation": "hyperv"}),
        json!({"OomKillDisable": true}),
        json!({"OomScoreAdj": -1000}),
        json!({"MaskedPaths": []}),
        json!({"ReadonlyPaths": []}),
        json!({"MaskedPaths": ["/proc/kcore"]}),
        json!({"CpuRealtimeRuntime": 1}),
        json!({"KernelMemory": 1}),
        json!({"Ulimits": [{"Name": "rtprio", "Soft": 99, "Hard": 99}]}),
        json!({"Ulimits": [{"Name": "nofile", "Soft": -1, "Hard": -1}]}),
        json!({"LogConfig": {"Type": "syslog", "Config": {"syslog-address": "tcp://x"}}}),
        json!({"LogConfig": {"Type": "json-file", "Config": {"max-size": "1g"}}}),
        json!({"LogConfig": {"Type": "json-file", "Config": {"path": "/etc"}}}),
        json!({"Memory": 1_u64 << 40}),
        json!({"MemorySwap": -1}),
        json!({"ShmSize": 1_u64 << 40}),
        json!({"NanoCpus": 2_000_000_000}),
        json!({"CpuQuota": 1_000_000, "CpuPeriod": 100_000}),
        json!({"CpuQuota": -1}),
        json!({"PidsLimit": 201}),
        json!({"VolumeDriver": "nfs"}),
        json!({"RestartPolicy": {"Name": "forever"}}),
        json!({"Capabilities": ["SYS_ADMIN"]}),
    ];
    for case in cases {
        assert!(host(&case).is_err(), "{case}");
    }
}

#[test]
fn the_harmless_forms_of_the_same_things_are_there() {
    let cases = [
        json!({"CapAdd": ["NET_BIND_SERVICE", "CAP_CHOWN"], "CapDrop": ["ALL"]}),
        json!({"SecurityOpt": ["no-new-privileges"]}),
        json!({"IpcMode": "shareable", "PidMode": "container:web"}),
        json!({"NetworkMode": "container:web"}),
        json!({"NetworkMode": "none"}),
        json!({"Memory": 1 << 20, "NanoCpus": 500_000_000, "PidsLimit": 50}),
        json!({"CpuQuota": 50_000}),
        json!({"Ulimits": [{"Name": "nofile", "Soft": 1024, "Hard": 2048}]}),
        json!({"Tmpfs": {"/run": "size=64m,noexec"}}),
        json!({"LogConfig": {"Type": "local", "Config": {"max-size": "1m", "max-file": "2"}}}),
        json!({"RestartPolicy": {"Name": "always"}, "Init": true, "ReadonlyRootfs": true}),
        json!({"Mounts": [{"Type": "tmpfs", "Target": "/t", "TmpfsOptions": {"SizeBytes": 1024}}]}),
    ];
    for case in cases {
        host(&case).unwrap_or_else(|refusal| panic!("{case}: {}", refusal.message));
    }
}

#[test]
fn a_grade_mounts_nothing_of_the_host() {
    let cases = [
        json!({"Binds": ["/:/host"]}),
        json!({"Binds": ["/var/run/docker.sock:/var/run/docker.sock"]}),
        json!({"Binds": ["./x:/x"]}),
        json!({"Binds": ["x:/x:shared"]}),
        json!({"Binds": ["x:relative"]}),
        json!({"Binds": ["x:/a/../.."]}),
        json!({"Binds": ["a:b:c:d"]}),
        json!({"Mounts": [{"Type": "bind", "Source": "/", "Target": "/host"}]}),
        json!({"Mounts": [{"Type": "image", "Source": "busybox", "Target": "/i"}]}),
        json!({"Mounts": [{"Type": "npipe", "Source": "x", "Target": "/i"}]}),
        json!({"Mounts": [{"Type": "cluster", "Source": "x", "Target": "/i"}]}),
        json!({"Mounts": [{"Type": "volume", "Source": "x", "Target": "/i",
            "VolumeOptions": {"DriverConfig": {"Name": "local", "Options": {"o": "bind"}}}}]}),
        json!({"Mounts": [{"Type": "volume", "Source": "x", "Target": "/i",
            "VolumeOptions": {"DriverConfig": {"Name": "nfs"}}}]}),
        json!({"Mounts": [{"Type": "volume", "Source": "x", "Target": "/i",
            "VolumeOptions": {"Labels": {"sealegs.run": "x"}}}]}),
        json!({"Mounts": [{"Type": "volume", "Source": "x", "Target": "/i",
            "VolumeOptions": {"Subpath": "../.."}}]}),
        json!({"Mounts": [{"Type": "tmpfs", "Target": "/t", "TmpfsOptions": {"Options": [["suid"]]}}]}),
        json!({"Tmpfs": {"/run": "suid"}}),
        json!({"Tmpfs": {"/run": "mpol=bind"}}),
    ];
    for case in cases {
        assert!(host(&case).is_err(), "{case}");
    }
}

#[test]
fn a_learner_mounts_what_lies_in_their_workspace() {
    let mounts = |source: &str| {
        let body = json!({"HostConfig": {"Binds": [format!("{source}:/x:ro")]}});
        create(body.to_string().as_bytes(), &learner())
    };
    assert_eq!(mounts("/home/ada/ws/html").unwrap().binds.len(), 1);
    assert_eq!(mounts("/home/ada/ws").unwrap().binds.len(), 1);
    for source in [
        "/",
        "/home/ada",
        "/home/ada/ws2",
        "/home/ada/ws/../..",
        "/home/ada/ws/../../../etc",
        "/var/run/docker.sock",
    ] {
        assert!(mounts(source).is_err(), "{source}");
    }
    let shared = json!({"HostConfig": {"Mounts": [{"Type": "bind", "Source": "/home/ada/ws",
        "Target": "/x", "BindOptions": {"Propagation": "rshared"}}]}});
    assert!(create(shared.to_string().as_bytes(), &learner()).is_err());
}

#[test]
fn ports_stay_on_this_machine() {
    let published = |address: &str, port: &str| {
        host(&json!({"PortBindings": {"80/tcp": [{"HostIp": address, "HostPort": port}]}}))
    };
    for address in ["", "0.0.0.0", "127.0.0.1", "127.1.2.3", "::", "::1"] {
        assert!(published(address, "8080").is_ok(), "{address}");
    }
    for address in ["192.168.1.5", "8.8.8.8", "localhost", "fe80::1"] {
        assert!(published(address, "8080").is_err(), "{address}");
    }
    assert!(published("", "8000-8010").is_ok());
    for port in ["x", "-1", "70000", "1-2-3", "80;81"] {
        assert!(published("", port).is_err(), "{port}");
    }
    assert!(host(&json!({"PortBindings": {"80/icmp": []}})).is_err());
}

#[test]
fn only_the_sandbox_sets_its_labels() {
    for body in [
        json!({"Labels": {"sealegs.sandbox": "x"}}),
        json!({"Labels": {"sealegs.run": "x"}}),
        json!({"OnBuild": ["RUN x"]}),
        json!({"Healthcheck": {"Test": ["CMD", "x"], "Interval": 1_000_000}}),
        json!({"Healthcheck": {"Test": ["CMD", "x"], "StartInterval": 1_000_000}}),
        json!({"Volumes": {"relative": {}}}),
        json!({"NetworkingConfig": {"EndpointsConfig": {"n": {"DriverOpts": {"a": "b"}}}}}),
        json!({"NetworkingConfig": {"EndpointsConfig": {"n": {"Aliases": ["a b"]}}}}),
        json!({"Hostconfig": {}}),
    ] {
        assert!(
            create(body.to_string().as_bytes(), &rules()).is_err(),
            "{body}"
        );
    }
}

#[test]
fn letters_that_go_folds_into_others_are_no_keys() {
    // U+017F folds into s, U+212A into k: the engine takes these for its own keys.
    for body in [
        "{\"Ho\u{17f}tConfig\":{\"Privileged\":true}}",
        "{\"HostConfig\":{\"Networ\u{212a}Mode\":\"host\"}}",
        "{\"HostConfig\":{\"Privileged\":false},\"HostConfig\":{\"Privileged\":true}}",
    ] {
        assert!(create(body.as_bytes(), &rules()).is_err(), "{body}");
    }
}

#[test]
fn an_update_only_changes_limits_within_the_ceiling() {
    let updated = |body: &Value| update(body.to_string().as_bytes(), &rules());
    let body = updated(&json!({"Memory": 1 << 20})).unwrap();
    assert_eq!(body.memory, Some(1 << 20));
    assert_eq!(body.pids_limit, None);
    for body in [
        json!({"Memory": 1_u64 << 40}),
        json!({"Privileged": true}),
        json!({"Devices": [{}]}),
        json!({"PidsLimit": 1000}),
        json!({"Binds": ["/:/x"]}),
        json!({"CpuRealtimeRuntime": 1}),
    ] {
        assert!(updated(&body).is_err(), "{body}");
    }
    assert_eq!(
        updated(&json!({"PidsLimit": -1})).unwrap().pids_limit,
        Some(200)
    );
}
