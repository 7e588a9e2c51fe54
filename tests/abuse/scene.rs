//! An engine with things of others on it, a sandbox of somebody who wants them, and a neighbour's sandbox.

use serde_json::{Value, json};

use crate::private_engine::{PrivateEngine, Version};
use crate::sandboxed::{BUSYBOX, Came, Sandboxed, carry, outside};

pub struct Scene {
    pub host: String,
    pub version: Version,
    /// The one who tries.
    pub own: Sandboxed,
    /// Another submission's sandbox, with a container `web`, a volume `data`, a network `net` and an image `solution`.
    pub neighbour: Sandboxed,
    /// A learner's sandbox, which may mount what lies in its workspace.
    pub learner: Sandboxed,
    pub workspace: tempfile::TempDir,
    /// The id of a container of nobody's sandbox.
    pub victim: String,
    /// The id of an image of nobody's sandbox, `secret:1`, with a file `/secret`.
    pub secret: String,
    before: Vec<String>,
}

impl Scene {
    pub fn on(engine: &PrivateEngine, version: Version) -> Self {
        let host = engine.host();
        carry(BUSYBOX, &host);
        let out = |arguments: &[&str]| {
            let Came { code, out, err } = outside(Some(&host), arguments);
            assert_eq!(code, 0, "{arguments:?}: {err}");
            out.trim().to_owned()
        };
        out(&["volume", "create", "precious"]);
        out(&["network", "create", "private"]);
        let victim = out(&[
            "run",
            "-d",
            "--name",
            "victim",
            "-v",
            "precious:/p",
            "--network",
            "private",
            BUSYBOX,
            "sh",
            "-c",
            "echo precious > /p/x; mkdir /w; echo secret page > /w/index.html; exec httpd -f -h /w",
        ]);
        out(&[
            "run",
            "--name",
            "secretive",
            BUSYBOX,
            "sh",
            "-c",
            "echo s3cret > /secret",
        ]);
        out(&["commit", "secretive", "secret:1"]);
        out(&["rm", "secretive"]);
        let secret = out(&["inspect", "--format", "{{.Id}}", "secret:1"]);
        let workspace = tempfile::tempdir().unwrap();
        let own = Sandboxed::grading(Some(&host));
        let neighbour = Sandboxed::grading(Some(&host));
        let learner = Sandboxed::learner(Some(&host), workspace.path());
        neighbour.does(&["network", "create", "net"]);
        neighbour.does(&[
            "run",
            "-d",
            "--name",
            "web",
            "--network",
            "net",
            "-p",
            "8080:80",
            "-v",
            "data:/data",
            BUSYBOX,
            "sh",
            "-c",
            "echo theirs > /data/x; mkdir /w; echo neighbour > /w/index.html; exec httpd -f -h /w",
        ]);
        neighbour.does(&["commit", "web", "solution"]);
        let mut scene = Self {
            host,
            version,
            own,
            neighbour,
            learner,
            workspace,
            victim,
            secret,
            before: Vec::new(),
        };
        scene.before = scene.foreign();
        scene
    }

    /// The docker command on the engine itself.
    #[track_caller]
    pub fn outside(&self, arguments: &[&str]) -> String {
        let Came { code, out, err } = outside(Some(&self.host), arguments);
        assert_eq!(code, 0, "{arguments:?}: {err}");
        out.trim().to_owned()
    }

    /// What is nobody's sandbox's, as one list.
    fn foreign(&self) -> Vec<String> {
        let mut all = Vec::new();
        for list in [
            &[
                "ps",
                "-a",
                "--no-trunc",
                "--format",
                "{{.ID}} {{.Names}} {{.State}}",
            ][..],
            &["volume", "ls", "--format", "{{.Name}}"],
            &[
                "network",
                "ls",
                "--no-trunc",
                "--format",
                "{{.ID}} {{.Name}}",
            ],
            &[
                "images",
                "--no-trunc",
                "--format",
                "{{.ID}} {{.Repository}}:{{.Tag}}",
            ],
        ] {
            let listed = self.outside(list);
            let ours = |line: &&str| {
                let anonymous = line.len() == 64 && !line.contains(' ');
                !line.contains("sealegs-")
                    && !line.contains("127.")
                    && !anonymous
                    && !line.contains("<none>")
            };
            all.extend(listed.lines().filter(ours).map(str::to_owned));
        }
        all.sort();
        all
    }

    /// The engine's name of the neighbour's image.
    pub fn neighbours_image(&self) -> String {
        let prefix = self.neighbour.sandbox().engine_name("");
        format!("{}/solution", prefix.trim_end_matches('-'))
    }

    /// Empties the sandbox, so that one thing that did not hold does not hide another.
    pub fn tidy(&self) {
        let script = "docker rm -fv $(docker ps -aq); docker rmi -f $(docker images -aq); docker volume rm $(docker volume ls -q); docker network prune -f";
        crate::sandboxed::came(self.own.command("sh").args(["-c", script]));
        self.own.docker(&["pull", BUSYBOX]);
    }

    /// Everything outside, and the neighbour's, is as it was.
    pub fn is_untouched(&self) {
        assert_eq!(self.foreign(), self.before);
        let state = self.outside(&[
            "inspect",
            "--format",
            "{{.State.Running}} {{.State.Paused}} {{.RestartCount}}",
            "victim",
        ]);
        assert_eq!(state, "true false 0");
        assert_eq!(self.outside(&["exec", "victim", "cat", "/p/x"]), "precious");
        assert_eq!(
            self.neighbour.does(&["exec", "web", "cat", "/data/x"]),
            "theirs"
        );
        assert_eq!(
            self.neighbour
                .does(&["ps", "-a", "--format", "{{.Names}} {{.State}}"]),
            "web running"
        );
        self.neighbour.does(&["volume", "inspect", "data"]);
        self.neighbour.does(&["network", "inspect", "net"]);
        self.neighbour.does(&["run", "--rm", "solution", "true"]);
    }

    /// A creation with this in its `HostConfig` is refused, and the sentence has these words in it.
    #[track_caller]
    pub fn refuses_host(&self, host: &Value, words: &str) {
        let body = json!({"Image": BUSYBOX, "Cmd": ["true"], "HostConfig": host});
        self.refuses_body(&body.to_string(), words);
    }

    #[track_caller]
    pub fn refuses_body(&self, body: &str, words: &str) {
        let came = self.own.creates(body);
        assert!((400..500).contains(&came.code), "{body}: {came:?}");
        assert!(came.out.contains(words), "{body}: {came:?}");
    }

    /// A request is refused with a client's error, whatever its sentence.
    #[track_caller]
    pub fn refuses(&self, method: &str, path: &str, body: &str) -> Came {
        let came = self.own.asks(method, path, body);
        assert!(
            (400..=503).contains(&came.code) && came.code != 500,
            "{method} {path}: {came:?}"
        );
        came
    }

    /// Runs a script in a fresh container of the sandbox.
    pub fn inside(&self, script: &str) -> Came {
        self.own
            .docker(&["run", "--rm", BUSYBOX, "sh", "-c", script])
    }
}
