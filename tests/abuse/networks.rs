//! Networks that reach further than the sandbox.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Abuse;
use crate::sandboxed::BUSYBOX;
use crate::scene::Scene;

fn refuses_network(scene: &Scene, settings: &Value) {
    let mut body = json!({"Name": "escape"});
    for (key, value) in settings.as_object().unwrap() {
        body[key] = value.clone();
    }
    let began = Instant::now();
    scene.refuses("POST", "/v1.41/networks/create", &body.to_string());
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{body} held the engine up"
    );
}

pub const ABUSES: &[Abuse] = &[
    (
        "33 other drivers, settings of others, unknown addresses",
        |scene| {
            for driver in ["host", "null", "macvlan", "ipvlan", "overlay", "evil"] {
                refuses_network(scene, &json!({"Driver": driver}));
            }
            refuses_network(scene, &json!({"Scope": "swarm"}));
            refuses_network(scene, &json!({"Ingress": true}));
            refuses_network(scene, &json!({"ConfigOnly": true}));
            refuses_network(scene, &json!({"ConfigFrom": {"Network": "private"}}));
            refuses_network(scene, &json!({"IPAM": {"Driver": "evil"}}));
            refuses_network(
                scene,
                &json!({"IPAM": {"Driver": "default", "Options": {"a": "b"}}}),
            );
            refuses_network(scene, &json!({"EnableIPv6": true}));
        },
    ),
    ("34 the engine's own bridge", |scene| {
        for (key, value) in [
            ("com.docker.network.bridge.name", "docker0"),
            ("com.docker.network.bridge.default_bridge", "true"),
            ("com.docker.network.bridge.host_binding_ipv4", "0.0.0.0"),
            ("com.docker.network.bridge.enable_ip_masquerade", "true"),
            ("com.docker.network.bridge.gateway_mode_ipv4", "routed"),
            ("com.docker.network.container_iface_prefix", "eth"),
            ("parent", "eth0"),
        ] {
            refuses_network(scene, &json!({"Options": {key: value}}));
        }
        let bridge = scene.outside(&[
            "network",
            "inspect",
            "--format",
            "{{index .Options \"com.docker.network.bridge.name\"}}",
            "bridge",
        ]);
        assert_eq!(bridge, "docker0");
        scene.outside(&["run", "--rm", "--network", "bridge", BUSYBOX, "true"]);
        for name in ["bridge", "host", "none", "default"] {
            let came = scene.own.asks(
                "POST",
                "/v1.41/networks/create",
                &json!({"Name": name}).to_string(),
            );
            assert!(came.code / 100 == 4, "{came:?}");
            let came = scene.own.docker(&["network", "rm", name]);
            assert_ne!(came.code, 0, "{came:?}");
        }
    }),
    ("35 subnets that take the place of others", |scene| {
        for subnet in [
            "0.0.0.0/0",
            "127.0.0.0/8",
            "127.9.0.0/16",
            "8.8.8.0/24",
            "169.254.0.0/16",
            "10.0.0.0/7",
            "224.0.0.0/4",
            "10.1.1.1/32",
            // Where all sandboxes have theirs, and all of what an engine has.
            "10.64.0.0/16",
            "172.16.0.0/12",
            "fd00::/64",
            "x",
        ] {
            refuses_network(scene, &json!({"IPAM": {"Config": [{"Subnet": subnet}]}}));
        }
        // Who answers this machine's questions for names, where that is a private address.
        let settings = std::fs::read_to_string("/etc/resolv.conf").unwrap();
        let servers = settings.lines().filter_map(|line| {
            let address = line.strip_prefix("nameserver")?.trim();
            address.parse::<std::net::Ipv4Addr>().ok()
        });
        for server in servers.filter(std::net::Ipv4Addr::is_private) {
            let subnet = format!("{server}/24");
            let body = json!({"Name": "names", "IPAM": {"Config": [{"Subnet": subnet}]}});
            for sandbox in [&scene.own, &scene.learner] {
                let came = sandbox.asks("POST", "/v1.41/networks/create", &body.to_string());
                assert!(came.code / 100 == 4, "{subnet}: {came:?}");
            }
        }
        // This machine's own, where it has a private one.
        let table = std::fs::read_to_string("/proc/net/route").unwrap();
        let own = table.lines().skip(1).filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let ours = !fields[0].starts_with("docker") && !fields[0].starts_with("br-");
            let base = u32::from_str_radix(fields[1], 16).ok()?.swap_bytes();
            (ours && base != 0).then(|| std::net::Ipv4Addr::from(base))
        });
        for base in own.filter(std::net::Ipv4Addr::is_private) {
            let [a, b, c, _] = base.octets();
            refuses_network(
                scene,
                &json!({"IPAM": {"Config": [{"Subnet": format!("{a}.{b}.{c}.0/24")}]}}),
            );
        }
    }),
    (
        "36 neighbours, their ports, and services of this machine",
        |scene| {
            let name = scene.neighbour.sandbox().engine_name("web");
            let address = scene.outside(&[
                "inspect",
                "--format",
                "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
                &name,
            ]);
            let port = scene.neighbour.sandbox().address();
            scene.own.does(&["network", "create", "mine"]);
            for network in ["bridge", "mine"] {
                let gateway = "$(ip route | awk '/default/ {print $3}')";
                for target in [
                    address.clone(),
                    format!("{gateway}:8080"),
                    format!("{port}:8080"),
                ] {
                    let script = format!("wget -T 2 -qO- http://{target}/");
                    let came = scene.own.docker(&[
                        "run",
                        "--rm",
                        "--network",
                        network,
                        BUSYBOX,
                        "sh",
                        "-c",
                        &script,
                    ]);
                    assert!(
                        !came.out.contains("neighbour"),
                        "{network} {target}: {came:?}"
                    );
                }
                let victim = scene.outside(&[
                    "inspect",
                    "--format",
                    "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
                    "victim",
                ]);
                let script = format!("wget -T 2 -qO- http://{victim}/");
                let came = scene.own.docker(&[
                    "run",
                    "--rm",
                    "--network",
                    network,
                    BUSYBOX,
                    "sh",
                    "-c",
                    &script,
                ]);
                assert!(!came.out.contains("secret"), "{network}: {came:?}");
            }
            scene.own.does(&["network", "rm", "mine"]);
            // By name and by id their networks are not there.
            let theirs = scene.outside(&[
                "network",
                "inspect",
                "--format",
                "{{.Id}}",
                &scene.neighbour.sandbox().engine_name("net"),
            ]);
            let private = scene.outside(&["network", "inspect", "--format", "{{.Id}}", "private"]);
            for id in [
                theirs.as_str(),
                private.as_str(),
                &private[..12],
                "private",
                "docker0",
            ] {
                assert_eq!(
                    scene
                        .own
                        .asks("GET", &format!("/v1.41/networks/{id}"), "")
                        .code,
                    404,
                    "{id}"
                );
                assert_eq!(
                    scene
                        .own
                        .asks("DELETE", &format!("/v1.41/networks/{id}"), "")
                        .code,
                    404,
                    "{id}"
                );
                let came = scene
                    .own
                    .docker(&["run", "--rm", "--network", id, BUSYBOX, "true"]);
                assert_ne!(came.code, 0, "{id}: {came:?}");
                let body =
                    json!({"Image": BUSYBOX, "NetworkingConfig": {"EndpointsConfig": {id: {}}}});
                scene.refuses_body(&body.to_string(), "not found");
            }
            // Networks that all share show nobody else's containers.
            let shown = scene.own.does(&[
                "network",
                "inspect",
                "--format",
                "{{json .Containers}}",
                "none",
                "host",
                "bridge",
            ]);
            assert_eq!(shown, "{}\n{}\n{}");
            // A port is published on this machine alone.
            for address in ["192.168.1.1", "10.0.0.1", "8.8.8.8", "fe80::1"] {
                scene.refuses_host(
                    &json!({"PortBindings": {"80/tcp": [{"HostIp": address, "HostPort": "80"}]}}),
                    "published",
                );
            }
            scene.own.does(&[
                "run",
                "-d",
                "--name",
                "pub",
                "-p",
                "0.0.0.0:8080:80",
                BUSYBOX,
                "sleep",
                "1000",
            ]);
            let listens = scene.outside(&[
                "inspect",
                "--format",
                "{{json .NetworkSettings.Ports}}",
                &scene.own.sandbox().engine_name("pub"),
            ]);
            assert!(
                listens.contains(&scene.own.sandbox().address().to_string())
                    && !listens.contains("0.0.0.0"),
                "{listens}"
            );
            scene.own.does(&["rm", "-f", "pub"]);
        },
    ),
];
