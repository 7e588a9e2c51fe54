//! Everything else that an engine has, and what is left at the end.

use sealegs::sandbox::Settings;

use crate::Abuse;
use crate::sandboxed::{BUSYBOX, Sandboxed, offered};

pub const ABUSES: &[Abuse] = &[
    (
        "49 swarm, secrets, plugins, checkpoints, debugging, registries",
        |scene| {
            for call in [
                "POST /swarm/init",
                "POST /swarm/join",
                "GET /swarm",
                "GET /nodes",
                "GET /services",
                "POST /services/create",
                "GET /tasks",
                "GET /secrets",
                "POST /secrets/create",
                "GET /configs",
                "POST /configs/create",
                "POST /plugins/pull?remote=x",
                "POST /plugins/x/enable",
                "GET /plugins/privileges?remote=x",
                "DELETE /plugins/x",
                "GET /containers/x/checkpoints",
                "POST /containers/x/checkpoints",
                "GET /debug/pprof/",
                "GET /debug/vars",
                "GET /metrics",
                "GET /distribution/busybox/json",
                "GET /images/search?term=x",
                "POST /build/prune/all",
                "PUT /volumes/x?version=1",
                "POST /containers/x/copy",
                "PATCH /containers/x",
                "TRACE /containers/json",
                "PUT /containers/create",
                "DELETE /containers",
                "DELETE /images",
                "POST /images/create?fromImage=nginx",
                "POST /images/create?fromImage=registry.invalid/x",
                "POST /images/nginx/push",
                "POST /v1.41",
                "GET /",
                "GET /v1.41/",
            ] {
                let (method, path) = call.split_once(' ').unwrap();
                for version in ["", "/v1.41"] {
                    let came = scene.own.asks(method, &format!("{version}{path}"), "");
                    assert!(
                        (400..=503).contains(&came.code) && came.code != 500,
                        "{call}: {came:?}"
                    );
                }
            }
            scene
                .own
                .refuses(&["run", "--rm", "nginx"], "this course has");
            for server in [
                "docker.io",
                "https://index.docker.io/v1/",
                "registry.invalid",
                "127.0.0.1",
                "localhost",
                "[::1]:5000",
                "localhost:0",
                "127.0.0.2:5000",
            ] {
                let body =
                    serde_json::json!({"username": "a", "password": "b", "serveraddress": server});
                let came = scene.own.asks("POST", "/v1.41/auth", &body.to_string());
                assert_eq!(came.code, 403, "{server}: {came:?}");
            }
            // This machine's own services are no registry of the sandbox's.
            scene.own.does(&["tag", BUSYBOX, "localhost:2375/x"]);
            scene
                .own
                .refuses(&["push", "localhost:2375/x"], "where no container of yours");
            scene
                .own
                .refuses(&["pull", "127.0.0.1:8080/x"], "where no container of yours");
            scene.own.does(&["rmi", "localhost:2375/x"]);
            scene.own.refuses(&["start", "--checkpoint", "c", "x"], "");
        },
    ),
    ("50 what would start again after the end", |scene| {
        let mut short = Sandboxed::grading(Some(&scene.host));
        short.does(&[
            "run",
            "-d",
            "--name",
            "zombie",
            "--restart",
            "always",
            "-v",
            "keep:/k",
            BUSYBOX,
            "sleep",
            "1000",
        ]);
        let name = short.sandbox().engine_name("zombie");
        assert_eq!(
            scene.outside(&[
                "inspect",
                "--format",
                "{{.HostConfig.RestartPolicy.Name}}",
                &name
            ]),
            "always"
        );
        short.close();
        let left = scene.outside(&["ps", "-a", "--format", "{{.Names}}"]);
        assert!(!left.contains(&name), "{left}");
        let left = scene.outside(&["volume", "ls", "-q"]);
        assert!(!left.contains(name.trim_end_matches("-zombie")), "{left}");
    }),
    ("a registry where the lesson needs none", |scene| {
        let settings = Settings {
            registries: false,
            ..Settings::grading(offered())
        };
        let mut none = Sandboxed::open(Some(&scene.host), settings);
        // Something listens where a registry would.
        none.does(&[
            "run",
            "-d",
            "--name",
            "reg",
            "-p",
            "5000:5000",
            BUSYBOX,
            "httpd",
            "-f",
            "-p",
            "5000",
        ]);
        none.does(&["tag", BUSYBOX, "localhost:5000/x"]);
        for arguments in [
            &["push", "localhost:5000/x"][..],
            &["pull", "localhost:5000/y"],
            &["login", "-u", "a", "-p", "b", "localhost:5000"],
        ] {
            none.refuses(arguments, "not in this sandbox: a registry (");
        }
        none.close();
    }),
    ("a socket that is flooded", |scene| {
        let socket = scene.own.sandbox().socket().to_owned();
        let open: Vec<_> = (0..300)
            .filter_map(|_| std::os::unix::net::UnixStream::connect(&socket).ok())
            .collect();
        // Those that say nothing wait; when they are gone there is room again.
        drop(open);
        assert_eq!(scene.own.asks("GET", "/_ping", "").out, "OK");
        assert_eq!(scene.neighbour.asks("GET", "/_ping", "").out, "OK");
    }),
    ("nothing of the sandbox's own is told", |scene| {
        scene.own.does(&[
            "run", "-d", "--name", "told", "-p", "8080:80", "-v", "told:/v", BUSYBOX, "sleep",
            "1000",
        ]);
        let name = scene.own.sandbox().engine_name("");
        let token = name.trim_end_matches('-').trim_start_matches("sealegs-");
        for arguments in [
            &["inspect", "told"][..],
            &["ps", "--no-trunc", "--format", "{{json .}}"],
            &["network", "inspect", "bridge"],
            &["volume", "inspect", "told"],
            &["image", "inspect", BUSYBOX],
            &["events", "--since", "10m", "--until", "0s"],
            &["exec", "told", "env"],
            &[
                "exec",
                "told",
                "cat",
                "/etc/hosts",
                "/etc/hostname",
                "/etc/resolv.conf",
            ],
        ] {
            let came = scene.own.docker(arguments);
            assert_eq!(came.code, 0, "{came:?}");
            assert!(!came.out.contains(token), "{arguments:?} tells the token");
            assert!(
                !came
                    .out
                    .contains(&scene.own.sandbox().address().to_string()),
                "{arguments:?} tells the address"
            );
        }
        scene.own.does(&["rm", "-f", "told"]);
        scene.own.does(&["volume", "rm", "told"]);
    }),
];
