//! What a sandbox can learn of others, and what its sweeping commands take.

use serde_json::Value;

use crate::Abuse;
use crate::sandboxed::BUSYBOX;

pub const ABUSES: &[Abuse] = &[
    ("lists, counts and sizes of others", |scene| {
        let info: Value =
            serde_json::from_str(&scene.own.asks("GET", "/v1.41/info", "").out).unwrap();
        assert_eq!(info["Containers"], 0);
        let own = scene.own.does(&["images", "--no-trunc", "-q"]);
        let own: std::collections::BTreeSet<&str> = own.lines().collect();
        assert_eq!(info["Images"], own.len());
        for path in [
            "/v1.41/containers/json?all=1",
            "/v1.41/images/json?all=1",
            "/v1.41/volumes",
            "/v1.41/networks",
            "/v1.41/system/df",
            "/v1.41/info",
            "/v1.41/version",
        ] {
            let came = scene.own.asks("GET", path, "");
            for word in [
                "victim",
                "precious",
                "private",
                "secret",
                "solution",
                "neighbour",
            ] {
                assert!(!came.out.contains(word), "{path} tells of {word}");
            }
            assert!(
                !came
                    .out
                    .contains(scene.own.sandbox().engine_name("").trim_end_matches('-')),
                "{path} tells the token"
            );
        }
    }),
    ("filters that ask for more", |scene| {
        for filters in [
            r#"{"label":["sealegs.run"]}"#,
            r#"{"label":["sealegs.sandbox"]}"#,
            r#"{"name":["."]}"#,
            r#"{"name":["sealegs|victim"]}"#,
            r#"{"name":["^/victim$"]}"#,
            r#"{"id":["ID"]}"#,
            r#"{"ancestor":["secret:1"]}"#,
            r#"{"volume":["precious"]}"#,
            r#"{"network":["private"]}"#,
            r#"{"since":["victim"]}"#,
            r#"{"status":["running"]}"#,
        ] {
            let filters: String = filters
                .replace("ID", &scene.victim)
                .bytes()
                .map(|byte| format!("%{byte:02X}"))
                .collect();
            let came = scene.own.asks(
                "GET",
                &format!("/v1.41/containers/json?all=1&filters={filters}"),
                "",
            );
            assert!(
                came.out.trim() == "[]" || came.code / 100 == 4,
                "{filters}: {came:?}"
            );
        }
        for (list, filters) in [
            ("images/json", r#"{"reference":["*"]}"#),
            ("images/json", r#"{"reference":["secret*"]}"#),
            ("images/json", r#"{"reference":["*/*"]}"#),
            ("volumes", r#"{"name":["precious"]}"#),
            ("volumes", r#"{"dangling":["false"]}"#),
            ("networks", r#"{"name":["private"]}"#),
            ("networks", r#"{"type":["custom"]}"#),
        ] {
            let filters: String = filters.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let came = scene
                .own
                .asks("GET", &format!("/v1.41/{list}?filters={filters}"), "");
            for word in ["precious", "private", "secret", "solution"] {
                assert!(!came.out.contains(word), "{list} {filters}: {came:?}");
            }
        }
    }),
    ("events of others", |scene| {
        scene.own.does(&["run", "--rm", BUSYBOX, "true"]);
        scene
            .neighbour
            .does(&["run", "--rm", "--name", "loud-neighbour", BUSYBOX, "true"]);
        scene.outside(&["run", "--rm", "--name", "loud-outside", BUSYBOX, "true"]);
        let came = scene
            .own
            .docker(&["events", "--since", "1h", "--until", "0s"]);
        assert!(came.out.contains("container die"), "{came:?}");
        assert!(!came.out.contains("loud-"), "{came:?}");
        assert!(!came.out.contains("sealegs-"), "{came:?}");
        for filter in [
            "container=victim",
            "container=loud-outside",
            "volume=precious",
            "network=private",
            "image=secret:1",
            "type=daemon",
        ] {
            let came = scene.own.docker(&[
                "events", "--since", "1h", "--until", "0s", "--filter", filter,
            ]);
            assert!(
                !came.out.contains("loud") && !came.out.contains("victim"),
                "{filter}: {came:?}"
            );
        }
    }),
    ("commands that sweep", |scene| {
        scene
            .own
            .does(&["run", "-d", "--name", "mine", BUSYBOX, "sleep", "1000"]);
        scene.own.does(&["volume", "create", "mine"]);
        let sh =
            |script: &str| crate::sandboxed::came(scene.own.command("sh").args(["-c", script]));
        assert_eq!(sh("docker stop -t 0 $(docker ps -q)").code, 0);
        for command in [
            &["container", "prune", "-f"][..],
            &["image", "prune", "-af"],
            &["volume", "prune", "-f"],
            &["network", "prune", "-f"],
            &["builder", "prune", "-af"],
            &["system", "prune", "-af", "--volumes"],
        ] {
            scene.own.does(command);
        }
        sh(
            "docker rm -f $(docker ps -aq); docker rmi -f $(docker images -aq); docker volume rm -f $(docker volume ls -q)",
        );
        scene.is_untouched();
        scene.own.does(&["pull", BUSYBOX]);
    }),
    ("execs and builds of others", |scene| {
        let created = scene.outside(&["inspect", "--format", "{{.Id}}", "victim"]);
        let exec = crate::sandboxed::came(std::process::Command::new("curl").args([
            "-s",
            "--unix-socket",
            scene.host.trim_start_matches("unix://"),
            "-H",
            "Content-Type: application/json",
            "-d",
            r#"{"Cmd":["cat","/p/x"],"AttachStdout":true}"#,
            &format!("http://x/v1.41/containers/{created}/exec"),
        ]));
        let exec: Value = serde_json::from_str(&exec.out).unwrap();
        let id = exec["Id"].as_str().unwrap();
        for (method, path, body) in [
            ("GET", "json", ""),
            ("POST", "start", r#"{"Detach":false,"Tty":false}"#),
            ("POST", "resize?h=1&w=1", ""),
        ] {
            let came = scene
                .own
                .asks(method, &format!("/v1.41/exec/{id}/{path}"), body);
            assert_eq!(came.code, 404, "{came:?}");
        }
        scene
            .own
            .asks("POST", "/v1.41/build/cancel?id=somebody", "");
    }),
    ("volumes of others", |scene| {
        let theirs = scene.neighbour.sandbox().engine_name("data");
        for name in ["precious", &theirs, "data"] {
            assert_eq!(
                scene
                    .own
                    .asks("GET", &format!("/v1.41/volumes/{name}"), "")
                    .code,
                404,
                "{name}"
            );
            assert!(
                matches!(
                    scene
                        .own
                        .asks("DELETE", &format!("/v1.41/volumes/{name}"), "")
                        .code,
                    404
                ),
                "{name}"
            );
            // The name is there to be had, and is another volume.
            let seen = scene.own.does(&[
                "run",
                "--rm",
                "-v",
                &format!("{name}:/v"),
                BUSYBOX,
                "ls",
                "/v",
            ]);
            assert_eq!(seen, "", "{name}");
            scene.own.does(&["volume", "rm", name]);
        }
        // A volume without a name is known by its id, to whoever made it.
        let anonymous = scene.outside(&["volume", "create"]);
        assert_eq!(
            scene
                .own
                .asks("GET", &format!("/v1.41/volumes/{anonymous}"), "")
                .code,
            404
        );
        scene.outside(&["volume", "rm", &anonymous]);
    }),
];
