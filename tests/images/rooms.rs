//! A room whose engines pull from a mirror that serves a kit, with no registry in reach.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::LazyLock;

use super::kits::{KIT, saved, sealegs};
use super::support::private_engine::{PrivateEngine, Version};
use super::support::{Test, until};

/// The address of an engine's own bridge: another machine's, as far as the engine can tell.
const ADDRESS: &str = "172.17.0.1";

/// A registry that serves, in a process of its own.
struct Room {
    process: Child,
    folder: tempfile::TempDir,
}

impl Room {
    /// Serves the kit's images on the engine, taking nothing from anywhere else.
    fn open(engine: &PrivateEngine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let kit = KIT.to_str().unwrap();
        let arguments = ["--kit", kit, "images", "serve", ADDRESS, "busybox", "nginx"];
        let mut command = Test::new(&arguments)
            .engine(&engine.host())
            .env("XDG_CACHE_HOME", folder.path())
            .env("XDG_STATE_HOME", folder.path())
            .command();
        let file = |name: &str| File::create(folder.path().join(name)).unwrap();
        let process = command
            .stdout(file("out"))
            .stderr(file("err"))
            .spawn()
            .unwrap();
        let room = Self { process, folder };
        until("it serves", || room.read("err").contains("comes from here"));
        room
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    fn end(&mut self, signal: &str) -> Option<i32> {
        let pid = self.process.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &pid]).status();
        assert!(sent.unwrap().success());
        self.process.wait().unwrap().code()
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // It has ended where the test came to its end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Containers and volumes: nothing, where a room was closed.
fn left(engine: &PrivateEngine) -> String {
    engine.docker(&["ps", "--all", "--quiet"]) + &engine.docker(&["volume", "ls", "--quiet"])
}

#[test]
fn learners_pull_from_a_mirror_that_takes_nothing_and_leaves_nothing() {
    for version in [Version::Installed, Version::NewestContainerd] {
        let mirror = ["--registry-mirror", &format!("http://{ADDRESS}:5000")];
        let Some(engine) = PrivateEngine::start_with(version, &mirror) else {
            return;
        };
        // The registry's own image is not in this kit.
        sealegs(&["load", REGISTRY.to_str().unwrap()])
            .engine(&engine.host())
            .exits(0);
        let mut room = Room::open(&engine);
        assert_eq!(
            room.read("out"),
            format!("{{\n  \"registry-mirrors\": [\n    \"http://{ADDRESS}:5000\"\n  ]\n}}\n")
        );

        for name in ["nginx", "busybox:stable"] {
            let pulled = engine.docker(&["pull", name]);
            assert!(
                pulled.contains("Downloaded newer image"),
                "{version:?}: {pulled}"
            );
        }
        let run = ["run", "--rm", "nginx", "nginx", "-t", "-q"];
        engine.docker(&run);
        // The registry's image was loaded, and lies on the same layer: it has one digest, loaded and pulled.
        let layers = ["image", "inspect", "--format", "{{.RootFS.Layers}}"];
        let layers = engine.docker(&[&layers[..], &["busybox:stable"]].concat());
        assert!(layers.starts_with("[sha256:"), "{version:?}: {layers}");
        let post = format!("http://{ADDRESS}:5000/v2/library/nginx/blobs/uploads/");
        let push = format!("wget -O- --post-data=x {post} 2>&1; true");
        let answer = engine.docker(&[
            "run",
            "--rm",
            "--network",
            "host",
            "busybox:stable",
            "sh",
            "-c",
            &push,
        ]);
        assert!(answer.contains("405 Method Not Allowed"), "{answer}");

        // A second one finds the address taken, and leaves the first alone.
        let second = ["images", "serve", ADDRESS, "busybox"];
        let second = Test::new(&second)
            .engine(&engine.host())
            .env("SEALEGS_KIT", &*KIT);
        let second = second.env("XDG_CACHE_HOME", room.folder.path()).exits(3);
        assert!(
            second.stderr.contains("error: a host port is taken"),
            "{}",
            second.stderr
        );
        assert_eq!(engine.docker(&["ps", "--quiet"]).lines().count(), 1);

        assert_eq!(room.end("INT"), Some(0), "{}", room.read("err"));
        assert!(room.read("err").ends_with("the registry is gone\n"));
        assert_eq!(left(&engine), "", "{version:?}");
        if version == Version::Installed {
            is_cleaned_away_when_it_was_killed(&engine);
        }
    }
}

fn is_cleaned_away_when_it_was_killed(engine: &PrivateEngine) {
    let mut room = Room::open(engine);
    room.end("KILL");
    assert_ne!(left(engine), "");
    Test::new(&["clean"])
        .engine(&engine.host())
        .env("XDG_STATE_HOME", room.folder.path())
        .exits(0);
    assert_eq!(left(engine), "");
}

#[test]
fn an_address_is_named_in_digits_and_is_one() {
    for (address, said) in [
        ("class.example", "name it in digits"),
        ("0.0.0.0", "not all of them"),
        ("192.0.2.1:0", "name a port that learners can be told"),
        ("224.0.0.1", "the address of one machine"),
        ("255.255.255.255", "the address of one machine"),
    ] {
        let refused = sealegs(&["serve", address]).exits(2);
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
    }
}

#[test]
fn what_no_mirror_is_asked_for_is_not_served() {
    let names = ["serve", "192.0.2.1", "sealegs/toolbox:1", "quay.io/a/b:1"];
    assert_eq!(
        sealegs(&names).exits(2).stderr,
        "error: there is nothing to serve; not on Docker Hub, which a mirror stands for: `sealegs/toolbox:1`, `quay.io/a/b:1`\n\
         hint: `sealegs images save FILE` carries these\n"
    );
    let said = sealegs(&["serve", "192.0.2.1", "!!"]).exits(2).stderr;
    assert_eq!(
        said,
        "error: `!!` names no image\nhint: names are like `nginx` or `registry.example/team/app:1.2`\n"
    );
}

/// The registry's image in a kit.
static REGISTRY: LazyLock<PathBuf> = LazyLock::new(|| saved("registry.kit", &["registry"]));
