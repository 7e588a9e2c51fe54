//! Requests that can be read in two ways.

use serde_json::json;

use crate::Abuse;
use crate::sandboxed::BUSYBOX;

pub const ABUSES: &[Abuse] = &[
    ("1 keys in other letters", |scene| {
        scene.refuses_body(
            r#"{"Image":"busybox","hostconfig":{"privileged":true}}"#,
            "unknown field",
        );
        scene.refuses_body(
            r#"{"Image":"busybox","HostConfig":{"privileged":true}}"#,
            "unknown field",
        );
        scene.refuses_body(r#"{"image":"busybox"}"#, "unknown field");
    }),
    ("2 keys twice", |scene| {
        scene.refuses_body(
            r#"{"Image":"busybox","HostConfig":{"Privileged":false,"Privileged":true}}"#,
            "duplicate",
        );
        scene.refuses_body(r#"{"Image":"busybox","HostConfig":{"AutoRemove":true},"HostConfig":{"Privileged":true}}"#, "duplicate");
        scene.refuses_body(r#"{"Image":"busybox","Labels":{"a":"1","a":"2"}}"#, "twice");
    }),
    ("3 letters that fold into others", |scene| {
        scene.refuses_body(
            "{\"Image\":\"busybox\",\"Ho\u{17f}tConfig\":{\"Privileged\":true}}",
            "unknown field",
        );
        scene.refuses_body(
            "{\"Image\":\"busybox\",\"HostConfig\":{\"Networ\u{212a}Mode\":\"host\"}}",
            "unknown field",
        );
    }),
    ("4 keys with escapes", |scene| {
        scene.refuses_body(
            r#"{"Image":"busybox","HostConfig":{"\u0050rivileged":true}}"#,
            "privileged",
        );
        scene.refuses_body(
            r#"{"Image":"busybox","\u0048ostConfig":{"PidMode":"h\u006fst"}}"#,
            "pid",
        );
    }),
    ("5 a second object behind the first", |scene| {
        scene.refuses_body(
            r#"{"Image":"busybox"}{"HostConfig":{"Privileged":true}}"#,
            "trailing",
        );
        scene.refuses_body(r#"[{"Image":"busybox"}]"#, "no JSON object");
        scene.refuses_body("", "no JSON object");
    }),
    ("6 odd content types and chunked bodies", |scene| {
        let body = json!({"Image": BUSYBOX, "HostConfig": {"Privileged": true}}).to_string();
        for kind in [
            "text/plain",
            "application/json; charset=utf-16",
            "application/x-www-form-urlencoded",
            "",
        ] {
            let came = scene.own.sends(format!(
                "POST /v1.41/containers/create HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            ));
            assert_eq!(came.code, 403, "{kind}: {came:?}");
        }
        let chunked = |body: &str| {
            let (one, two) = body.split_at(10);
            format!(
                "POST /v1.41/containers/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n{:x}\r\n{one}\r\n{:x}\r\n{two}\r\n0\r\n\r\n",
                one.len(),
                two.len()
            )
        };
        assert_eq!(scene.own.sends(chunked(&body)).code, 403);
        let fine = json!({"Image": BUSYBOX}).to_string();
        assert_eq!(scene.own.sends(chunked(&fine)).code, 201);
        scene.own.does(&["container", "prune", "-f"]);
    }),
    ("7 a form in the body that overrides the query", |scene| {
        let form = |path: &str, body: &str| {
            scene.own.sends(format!(
                "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            ))
        };
        scene.own.does(&["create", "--name", "named", BUSYBOX]);
        form(
            "/v1.41/containers/named/rename?name=renamed",
            "name=escaped",
        );
        assert_eq!(
            scene.own.does(&["ps", "-a", "--format", "{{.Names}}"]),
            "renamed"
        );
        scene.own.does(&["rm", "renamed"]);
        form(
            &format!("/v1.41/images/{BUSYBOX}/tag?repo=mine&tag=1"),
            "repo=secret&tag=1",
        );
        assert_eq!(
            scene.outside(&["inspect", "--format", "{{.Id}}", "secret:1"]),
            scene.secret
        );
        scene.own.does(&["rmi", "mine:1"]);
        let came = form(
            &format!("/v1.41/images/create?fromImage={BUSYBOX}"),
            "fromImage=secret&tag=1&fromSrc=http://127.0.0.1/",
        );
        assert!(came.out.contains("up to date"), "{came:?}");
        let came = form(
            "/v1.41/build?t=x",
            "remote=http://127.0.0.1/&networkmode=host",
        );
        assert_ne!(came.code, 200, "{came:?}");
    }),
    ("8 paths written in other ways", |scene| {
        let body = json!({"Image": BUSYBOX}).to_string();
        for path in [
            "/containers%2Fcreate",
            "/%63ontainers/create",
            "/v1.41/containers/%63reate",
            "/v1.41%2Fcontainers/create",
        ] {
            scene.refuses("POST", path, &body);
        }
        let absolute = "GET http://docker/v1.41/containers/json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        assert_eq!(scene.own.sends(absolute).code, 400);
        assert_eq!(
            scene
                .own
                .sends("CONNECT docker:80 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                .code
                / 100,
            4
        );
        assert_eq!(
            scene
                .own
                .sends("OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                .code
                / 100,
            4
        );
        // Without a version the newest is meant, and the same is held.
        let came = scene.own.asks(
            "POST",
            "/containers/create",
            &json!({"Image": BUSYBOX, "HostConfig": {"Privileged": true}}).to_string(),
        );
        assert_eq!(came.code, 403);
    }),
    (
        "9 paths with double slashes, dots, semicolons, NULs",
        |scene| {
            for path in [
                "//v1.41/containers/json",
                "/v1.41//containers/json",
                "/v1.41/containers/../images/json",
                "/v1.41/./containers/json",
                "/v1.41/containers/json/",
                "/v1.41/containers/json;x",
                "/v1.41/containers/json%00",
                "/v1.41/containers/..%2f..%2fimages/json",
                "/v1.41/images/..%2f..%2fcontainers/json",
                "/v1.41/images/a/../../../containers/json",
                "/v1.41/containers/json?a;b",
                "/v1.41/containers/victim%2Fjson%3F/json",
                "/v01.41/containers/json",
                "/v1.041/containers/json",
                "/v+1.41/containers/json",
            ] {
                scene.refuses("GET", path, "");
            }
        },
    ),
    ("10 keys of the query twice, or unknown", |scene| {
        scene.own.does(&["create", "--name", "twice", BUSYBOX]);
        scene.refuses("POST", "/v1.41/containers/twice/rename?name=a1&name=b1", "");
        scene.refuses("GET", "/v1.41/containers/json?all=1&all=0", "");
        scene.refuses("GET", "/v1.41/containers/json?evil=1", "");
        scene.refuses("GET", "/v1.41/containers/json?ALL=1", "");
        scene.refuses(
            "GET",
            "/v1.41/containers/json?filters=%7B%22label%22%3A%5B%5D%2C%22label%22%3A%5B%5D%7D",
            "",
        );
        scene.own.does(&["rm", "twice"]);
    }),
    ("11 an API that is older than it may be", |scene| {
        scene
            .own
            .does(&["create", "--name", "older", BUSYBOX, "true"]);
        let body = json!({"Privileged": true, "Binds": ["/:/host"]}).to_string();
        for path in [
            "/v1.18/containers/older/start",
            "/v1.23/containers/older/start",
            "/v0.1/containers/older/start",
        ] {
            scene.refuses("POST", path, &body);
        }
        // And a body where none belongs is not read past.
        scene.refuses("POST", "/v1.41/containers/older/start", &body);
        scene.refuses("GET", "/v9.99/containers/json", "");
        assert_eq!(
            scene.outside(&[
                "inspect",
                "--format",
                "{{.HostConfig.Privileged}}",
                &scene.own.sandbox().engine_name("older")
            ]),
            "false"
        );
        scene.own.does(&["rm", "older"]);
    }),
    (
        "12 bodies that are huge or deep, pipelining, smuggling",
        |scene| {
            let huge = format!("{{\"Image\":\"{}\"}}", "a".repeat(3 << 20));
            assert!(scene.own.creates(&huge).code / 100 == 4);
            let deep = format!(
                "{{\"Labels\":{}1{}}}",
                "[".repeat(100_000),
                "]".repeat(100_000)
            );
            assert_eq!(scene.own.creates(&deep).code, 400);
            let header = format!(
                "GET /_ping HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n",
                "a".repeat(200_000)
            );
            assert_ne!(scene.own.sends(header).code, 200);
            // Two lengths, and a second request in the doubt between them: whatever is read of it goes through the same gate.
            let hidden = "POST /v1.41/containers/victim/kill HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            for lengths in [
                format!(
                    "Content-Length: {}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
                    5 + hidden.len()
                ),
                format!("Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello{hidden}"),
                format!("Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n{hidden}"),
                format!(
                    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n{hidden}"
                ),
            ] {
                let came = scene.own.sends(format!(
                    "POST /v1.41/containers/prune HTTP/1.1\r\nHost: x\r\n{lengths}"
                ));
                assert!(!came.err.contains("204 No Content"), "{came:?}");
            }
            let pipelined = scene.own.sends(
            "GET /_ping HTTP/1.1\r\nHost: x\r\n\r\nGET /v1.41/containers/victim/json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        );
            assert!(pipelined.err.contains("404"), "{pipelined:?}");
            assert_eq!(scene.own.asks("GET", "/_ping", "").out, "OK");
        },
    ),
    ("13 upgrades where none belong", |scene| {
        scene
            .own
            .does(&["run", "-d", "--name", "up", BUSYBOX, "sleep", "1000"]);
        for (path, to) in [
            ("GET /v1.41/version", "tcp"),
            ("GET /v1.41/containers/up/json", "h2c"),
            ("POST /v1.41/containers/up/attach?stream=1", "websocket"),
            ("GET /v1.41/containers/up/attach/ws?stream=1", "websocket"),
            ("POST /v1.41/grpc", "tcp"),
            ("POST /v1.41/session", "tcp"),
            ("POST /v1.41/session", "h2c"),
        ] {
            let came = scene.own.sends(format!(
                "{path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: {to}\r\nContent-Length: 0\r\n\r\n{}",
                if path.contains("attach?") { "" } else { "GET /v1.41/containers/victim/json HTTP/1.1\r\nHost: x\r\n\r\n" }
            ));
            assert_ne!(came.code, 101, "{path} {to}: {came:?}");
            assert!(!came.err.contains("secret page"), "{came:?}");
        }
        scene.own.does(&["rm", "-f", "up"]);
    }),
];
