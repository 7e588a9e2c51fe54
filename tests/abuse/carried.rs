//! The workspace that a grade's sandbox carries: whoever can change its files wants a mount to lead out of it.

use serde_json::json;

use crate::Abuse;
use crate::sandboxed::{BUSYBOX, Came, Sandboxed};
use crate::scene::Scene;

/// A sandbox that carries a workspace, and one who sits in it with a shell.
struct Ship {
    own: Sandboxed,
    id: String,
    host: String,
}

impl Ship {
    fn of(scene: &Scene) -> Self {
        let (own, volume) = Sandboxed::carrying(Some(&scene.host));
        // As the toolbox does: the whole workspace, with a shell in it.
        let mount = format!("type=volume,source={volume},target=/work/lesson,volume-nocopy");
        let name = format!("{volume}-shell");
        let id = scene.outside(&[
            "run",
            "-d",
            "--init",
            "--name",
            &name,
            "--mount",
            &mount,
            "-w",
            "/work/lesson",
            BUSYBOX,
            "sleep",
            "10000",
        ]);
        let host = scene.host.clone();
        Self { own, id, host }
    }

    /// Something done in the workspace.
    #[track_caller]
    fn does(&self, script: &str) -> String {
        let Came { code, out, err } =
            crate::sandboxed::outside(Some(&self.host), &["exec", &self.id, "sh", "-c", script]);
        assert_eq!(code, 0, "{script}: {err}");
        out.trim().to_owned()
    }

    /// Runs a container with something of the workspace at `/x`.
    fn mounted(&self, source: &str, script: &str) -> Came {
        let bind = format!("{source}:/x");
        self.own
            .docker(&["run", "--rm", "-v", &bind, BUSYBOX, "sh", "-c", script])
    }

    fn end(mut self, scene: &Scene) {
        scene.outside(&["rm", "-f", &self.id]);
        self.own.close();
        let left = [
            &["ps", "-a", "--format", "{{.Names}}"][..],
            &["volume", "ls", "-q"],
        ];
        let left = left.map(|list| scene.outside(list)).concat();
        for ours in ["carried", "-workspace", "keeper", "holder", "folder-"] {
            assert!(!left.contains(ours), "{left}");
        }
    }
}

pub const ABUSES: &[Abuse] = &[
    ("27 folders outside a workspace that is carried", |scene| {
        let ship = Ship::of(scene);
        ship.does("ln -s / root; ln -s ../.. up; ln -s /etc/passwd passwd; ln -s page link; mkdir in; ln -s /etc in/etc; mkfifo pipe");
        for source in [
            "/",
            "/etc",
            "/work",
            "/work/lessons",
            "/work/lesson/../..",
            "/work/lesson/root",
            "/work/lesson/root/etc",
            "/work/lesson/up",
            "/work/lesson/passwd",
            "/work/lesson/link",
            "/work/lesson/in/etc",
            "/work/lesson/pipe",
            "/v/given",
            "/var/run/docker.sock",
        ] {
            let came = ship.mounted(source, "ls /x; cat /x");
            assert!(came.code != 0 && came.out.is_empty(), "{source}: {came:?}");
            let mount = json!({"Image": BUSYBOX, "HostConfig": {"Mounts": [{"Type": "bind", "Source": source, "Target": "/x"}]}});
            assert_eq!(
                ship.own.creates(&mount.to_string()).code / 100,
                4,
                "{source}"
            );
        }
        let odd = "/work/lesson/a'b $(id) \\ c";
        assert_eq!(ship.mounted(odd, "touch /x/there").code, 0);
        assert_eq!(ship.does("ls \"a'b \\$(id) \\\\ c\""), "there");
        ship.end(scene);
    }),
    (
        "28 a folder of a carried workspace that becomes a link",
        |scene| {
            let ship = Ship::of(scene);
            ship.does(
                "mkdir bait pit; echo mine > bait/mine; echo mine > pit/mine; echo mine > file",
            );
            for (name, source) in [("bait", "bait"), ("file", "file")] {
                let bind = format!("/work/lesson/{source}:/x");
                ship.own.does(&[
                    "create",
                    "--name",
                    name,
                    "-v",
                    &bind,
                    BUSYBOX,
                    "sh",
                    "-c",
                    "cat /x /x/* 2> /dev/null; true",
                ]);
            }
            let pit = [
                "run",
                "-d",
                "--restart",
                "always",
                "--name",
                "pit",
                "-v",
                "/work/lesson/pit:/x",
                BUSYBOX,
                "sh",
                "-c",
                "ls /x; sleep 1000",
            ];
            ship.own.does(&pit);
            ship.does("for one in bait pit file; do mv $one old-$one; ln -s /etc $one; done; rm file; ln -s /etc/passwd file");
            assert_eq!(ship.own.does(&["start", "-a", "bait"]), "mine");
            assert_eq!(ship.own.does(&["start", "-a", "file"]), "mine");
            ship.own.does(&["restart", "-t", "0", "pit"]);
            assert_eq!(ship.own.does(&["logs", "pit"]), "mine\nmine");
            ship.end(scene);
        },
    ),
    ("28 a folder that becomes a link at every moment", |scene| {
        let ship = Ship::of(scene);
        ship.does("mkdir real; touch real/mine; ln -s /etc away; cp -a real swap; (while :; do mv swap kept; mv away swap; mv swap away; mv kept swap; done) > /dev/null 2>&1 &");
        for _ in 0..15 {
            // Whatever the moment brings, a refusal or a mount: it is never the host's folder.
            let came = ship.mounted("/work/lesson/swap", "ls /x");
            assert!(!came.out.contains("passwd"), "{came:?}");
        }
        ship.end(scene);
    }),
    (
        "29 what a carried workspace brings into a container",
        |scene| {
            let ship = Ship::of(scene);
            ship.does("mknod disk b 254 0; chmod 666 disk; mkdir nodes; mknod nodes/disk b 254 0");
            assert_ne!(ship.mounted("/work/lesson/disk", "head -c 1 /x").code, 0);
            assert_ne!(
                ship.mounted("/work/lesson/nodes", "head -c 1 /x/disk").code,
                0
            );
            // Read-only stays so, however it is written.
            let read_only = [
                json!({"Binds": ["/work/lesson:/x:ro"]}),
                json!({"Mounts": [{"Type": "bind", "Source": "/work/lesson", "Target": "/x", "ReadOnly": true}]}),
            ];
            for host in read_only {
                let body =
                    json!({"Image": BUSYBOX, "Cmd": ["touch", "/x/written"], "HostConfig": host});
                let made = ship.own.asks(
                    "POST",
                    "/v1.41/containers/create?name=reads",
                    &body.to_string(),
                );
                assert_eq!(made.code, 201, "{made:?}");
                assert_ne!(ship.own.docker(&["start", "-a", "reads"]).code, 0);
                ship.own.does(&["rm", "reads"]);
            }
            assert_eq!(ship.does("ls written 2> /dev/null || echo none"), "none");
            // What carries it is nobody's to touch.
            assert_eq!(ship.own.does(&["volume", "ls", "-q"]), "");
            let volume = ship.own.run.name("workspace");
            for name in [volume.as_str(), &ship.own.run.name("carried")] {
                let came = ship.own.docker(&["volume", "inspect", name]);
                assert_eq!(came.code, 1, "{came:?}");
                let came = ship.own.docker(&["volume", "rm", "-f", name]);
                assert_eq!(came.code, 0, "{came:?}");
                scene.outside(&["volume", "inspect", name]);
            }
            let keeper = ship.own.run.name("keeper");
            assert_ne!(ship.own.docker(&["exec", &keeper, "true"]).code, 0);
            ship.own.does(&["system", "prune", "-af", "--volumes"]);
            assert_eq!(ship.does("cat page"), "page");
            ship.end(scene);
        },
    ),
    ("mounts without an end", |scene| {
        let ship = Ship::of(scene);
        let mounts: Vec<_> = (0..20)
            .map(|number| format!("/work/lesson/many{number}:/x{number}"))
            .collect();
        let many = json!({"Image": BUSYBOX, "HostConfig": {"Binds": mounts}});
        let came = ship.own.creates(&many.to_string());
        assert!(
            came.code == 403 && came.out.contains("more than"),
            "{came:?}"
        );
        ship.end(scene);
    }),
];
