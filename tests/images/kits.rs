//! Kits on engines of every make: what is loaded, what is left alone, and what is left after an interruption.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::LazyLock;
use std::time::Duration;

use sealegs::engine::Engine;
use sealegs::images::{Depot, ensure};

use super::support::private_engine::{PrivateEngine, Version};
use super::support::{Said, Test, until};
use super::{LOADED, store};

/// busybox and nginx in one file.
pub(super) static KIT: LazyLock<PathBuf> =
    LazyLock::new(|| saved("two.kit", &["busybox", "nginx"]));

pub(super) fn saved(name: &str, images: &[&str]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    sealegs(&[&["save", path.to_str().unwrap()], images].concat()).exits(0);
    path
}

/// `sealegs images`, with the packages and archives of these tests.
pub(super) fn sealegs(arguments: &[&str]) -> Test {
    Test::new(&[&["images"], arguments].concat()).env("XDG_CACHE_HOME", cache())
}

/// A cache folder whose depot is the store of these tests.
fn cache() -> PathBuf {
    LazyLock::force(&LOADED);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache/sealegs");
    fs::create_dir_all(&folder).unwrap();
    // Another test may have been first.
    let _ = std::os::unix::fs::symlink(store(), folder.join("images"));
    folder.parent().unwrap().to_owned()
}

/// A cache folder with nothing in it.
fn empty_cache() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// A cache folder with the packages of these tests, and no archives.
pub(super) fn packages() -> tempfile::TempDir {
    let cache = empty_cache();
    let depot = cache.path().join("sealegs/images");
    fs::create_dir_all(&depot).unwrap();
    for folder in ["apt", "npm"] {
        LazyLock::force(&LOADED);
        std::os::unix::fs::symlink(store().join(folder), depot.join(folder)).unwrap();
    }
    cache
}

pub(super) fn load(engine: &PrivateEngine, kit: &Path, names: &[&str]) -> Test {
    let arguments = [&["load", kit.to_str().unwrap()], names].concat();
    sealegs(&arguments).engine(&engine.host())
}

/// Names and ids of all images of an engine, the nameless too.
pub(super) fn images(engine: &PrivateEngine) -> String {
    engine.docker(&[
        "images",
        "--all",
        "--no-trunc",
        "--format",
        "{{.Repository}}:{{.Tag}} {{.ID}}",
    ])
}

#[track_caller]
pub(super) fn says(said: &Said, part: &str) {
    assert!(
        said.stderr.contains(part),
        "no {part:?} in:\n{}",
        said.stderr
    );
}

#[test]
fn a_kit_moves_to_engines_of_every_make_and_back_with_the_same_bytes() {
    for version in [
        Version::Installed,
        Version::Newest,
        Version::NewestContainerd,
    ] {
        let Some(engine) = PrivateEngine::start(version) else {
            return;
        };
        let said = load(&engine, &KIT, &["busybox", "nginx"]).exits(0);
        says(&said, "nginx:1.26: loaded");
        let said = load(&engine, &KIT, &["busybox", "nginx"]).exits(0);
        assert_eq!(
            said.stderr, "busybox:1.37: there already\nnginx:1.26: there already\n",
            "{version:?}"
        );
        let run = ["run", "--rm", "busybox:1.37", "echo", "ahoy"];
        assert_eq!(engine.docker(&run), "ahoy\n", "{version:?}");
        let folder = empty_cache();
        let again = folder.path().join("again.kit");
        let names = [
            "images",
            "save",
            again.to_str().unwrap(),
            "nginx",
            "busybox",
        ];
        let save = Test::new(&names)
            .engine(&engine.host())
            .env("XDG_CACHE_HOME", folder.path());
        save.exits(0);
        assert!(
            fs::read(&again).unwrap() == fs::read(&*KIT).unwrap(),
            "{version:?}"
        );

        // A learner's prune costs a reload.
        engine.docker(&["system", "prune", "--all", "--force"]);
        assert_eq!(images(&engine), "", "{version:?}");
        load(&engine, &KIT, &["busybox"]).exits(0);
        assert_eq!(engine.docker(&run), "ahoy\n", "{version:?}");
    }
}

#[test]
fn a_real_image_is_left_alone_and_an_older_one_of_ours_is_replaced() {
    let Some(engine) = PrivateEngine::start(Version::Installed) else {
        return;
    };
    load(&engine, &KIT, &["busybox"]).exits(0);
    // Somebody's own image under the course's name, made from ours: it has our label, too.
    let container = engine.docker(&["create", "busybox:1.37"]);
    engine.docker(&["commit", container.trim(), "nginx:1.26"]);
    engine.docker(&["rm", container.trim()]);
    let before = images(&engine);
    let said = load(&engine, &KIT, &["nginx"]).exits(0);
    says(
        &said,
        "nginx:1.26: another image of this name is there, and is left alone",
    );
    assert_eq!(images(&engine), before);
    engine.docker(&["rmi", "nginx:1.26"]);

    // One of ours, under a name that is another one's in the kit.
    engine.docker(&["tag", "busybox:1.37", "nginx:1.26"]);
    engine.docker(&["rmi", "busybox:1.37"]);
    load(&engine, &KIT, &["nginx"]).exits(0);
    assert!(
        !engine
            .docker(&["image", "inspect", "nginx:1.26"])
            .contains("\"sh\"")
    );
    assert_eq!(
        images(&engine).lines().count(),
        1,
        "the replaced one has gone"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_name_of_an_image_that_is_there_is_given_to_it() {
    LazyLock::force(&LOADED);
    let engine = Engine::connect(None).await.unwrap();
    let depot = Depot::at(store());
    let name = "redis:8.0-trixie";
    let before = engine.image("redis:8.0").await.unwrap().unwrap();
    let seen = ensure(&engine, &depot, name, &|_| ()).await.unwrap();
    engine.untag(name).await.unwrap();
    assert_eq!(seen.id, before.id);
    assert!(engine.image("redis:8.0").await.unwrap().is_some());
}

#[test]
fn only_our_own_images_are_removed_unless_somebody_says_otherwise() {
    let Some(engine) = PrivateEngine::start(Version::Installed) else {
        return;
    };
    load(&engine, &KIT, &[]).exits(0);
    let container = engine.docker(&["create", "nginx:1.26"]);
    engine.docker(&["commit", container.trim(), "redis:8.0"]);
    let rm = |arguments: &[&str]| sealegs(&[&["rm"], arguments].concat()).engine(&engine.host());
    let list = || sealegs(&["list"]).engine(&engine.host()).exits(0).stdout;
    let shown = list();
    for (name, from) in [("busybox:1.37", "built, stand-in"), ("redis:8.0", "local")] {
        let line = shown.lines().find(|line| line.starts_with(name)).unwrap();
        assert!(line.contains("✓ yes") && line.contains(from), "{shown}");
    }
    let said = rm(&["busybox", "nginx", "redis", "node"]).exits(3);
    says(&said, "busybox:1.37: removed\n");
    says(
        &said,
        "error: a container uses the image `nginx:1.26`\nhint: ",
    );
    says(&said, "redis:8.0: not made by sealegs, and left alone");
    says(&said, "node:24-slim: not there\n");
    engine.docker(&["rm", container.trim()]);
    rm(&["nginx"]).exits(0);
    says(&rm(&["--real", "redis"]).exits(0), "redis:8.0: removed");
    assert_eq!(images(&engine), "");
    let shown = list();
    let (table, _) = shown.split_once("\n\n").unwrap();
    assert!(!table.contains("✓ yes"), "{shown}");
}

#[test]
fn what_is_damaged_leaves_nothing_on_the_engine() {
    let Some(engine) = PrivateEngine::start(Version::Installed) else {
        return;
    };
    let folder = empty_cache();
    let bad = folder.path().join("bad.kit");
    let mut bytes = fs::read(&*KIT).unwrap();
    let length = bytes.len();
    // nginx's own layer lies at the end.
    bytes[length - 100_000] ^= 1;
    fs::write(&bad, &bytes).unwrap();
    let said = load(&engine, &bad, &["nginx"]).exits(3);
    says(
        &said,
        "is damaged: a layer of nginx:1.26 does not have its digest\nhint: ",
    );
    fs::write(&bad, &bytes[..length / 2]).unwrap();
    says(&load(&engine, &bad, &[]).exits(3), "is cut short\nhint: ");
    fs::write(&bad, "a page of text").unwrap();
    says(&load(&engine, &bad, &[]).exits(2), "is no kit");
    assert_eq!(images(&engine), "");
    // It is not written over either.
    says(
        &sealegs(&["save", bad.to_str().unwrap(), "busybox"]).exits(2),
        "it is left alone",
    );
    assert_eq!(fs::read(&bad).unwrap(), b"a page of text");
}

#[test]
fn a_lesson_runs_on_an_empty_engine_with_nothing_but_a_kit() {
    let Some(engine) = PrivateEngine::start(Version::Installed) else {
        return;
    };
    let cache = empty_cache();
    let solution = concat!(env!("CARGO_MANIFEST_DIR"), "/lessons/containerize/solution");
    let grade = |kit: &Path| {
        let arguments = [
            "--kit",
            kit.to_str().unwrap(),
            "grade",
            "containerize",
            solution,
        ];
        Test::new(&arguments)
            .engine(&engine.host())
            .env("XDG_CACHE_HOME", cache.path())
    };
    let kit = saved("lesson.kit", &["busybox", "python"]);
    // Python for the build, and busybox to look at the container's port from beside it.
    let said = grade(&kit).exits(0);
    for name in ["python:3.13-slim", "busybox:1.37"] {
        says(&said, &format!("`{name}` is there"));
    }
    engine.docker(&["rmi", "python:3.13-slim"]);
    grade(&cache.path().join("none.kit"))
        .exits(3)
        .shows("none.kit");
}

#[test]
fn a_kit_in_the_depot_is_used_and_a_bad_one_is_passed_over() {
    let Some(engine) = PrivateEngine::start(Version::Installed) else {
        return;
    };
    let cache = empty_cache();
    let depot = cache.path().join("sealegs/images");
    fs::create_dir_all(&depot).unwrap();
    let whole = fs::read(&*KIT).unwrap();
    fs::write(depot.join("a.kit"), &whole[..whole.len() / 2]).unwrap();
    fs::write(depot.join("b.kit"), &whole).unwrap();
    let run = |arguments: &[&str]| {
        Test::new(arguments)
            .engine(&engine.host())
            .env("XDG_CACHE_HOME", cache.path())
    };
    run(&["images", "list", "busybox"])
        .exits(0)
        .shows("– no (kit)");
    let course = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench/course");
    let submission = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench/submission");
    let said = run(&["--course", course, "grade", "six", submission]).exits(0);
    says(&said, "a.kit` is cut short\n");
    says(&said, "`busybox:1.37` is there");

    // A kit that somebody names must be one.
    engine.docker(&["rmi", "busybox:1.37"]);
    let named = run(&["--course", course, "grade", "six", submission]);
    let named = named.env("SEALEGS_KIT", depot.join("a.kit"));
    named.exits(3).shows("a.kit` is cut short");
}

#[test]
fn an_interrupted_load_leaves_all_of_an_image_or_nothing() {
    let Some(engine) = PrivateEngine::start(Version::Installed) else {
        return;
    };
    for (signal, after) in [("INT", 100), ("KILL", 300), ("KILL", 600)] {
        let mut command = load(&engine, &KIT, &["nginx"]).command();
        let mut running = command.stderr(Stdio::null()).spawn().unwrap();
        std::thread::park_timeout(Duration::from_millis(after));
        let pid = running.id().to_string();
        let kill = std::process::Command::new("kill")
            .args(["-s", signal, &pid])
            .status();
        assert!(kill.unwrap().success());
        running.wait().unwrap();
        if images(&engine).contains("nginx") {
            engine.docker(&["run", "--rm", "nginx:1.26", "nginx", "-t"]);
            engine.docker(&["rmi", "nginx:1.26"]);
        }
        assert_eq!(images(&engine), "", "{signal} after {after} ms");
    }
    load(&engine, &KIT, &["nginx"]).exits(0);
}

#[test]
fn an_interrupted_save_leaves_no_file_of_that_name() {
    let folder = empty_cache();
    let file = folder.path().join("a.kit");
    for signal in ["INT", "KILL"] {
        let mut command = sealegs(&["save", file.to_str().unwrap(), "python", "golang"]).command();
        let mut running = command.stderr(Stdio::null()).spawn().unwrap();
        let begun = || fs::read_dir(folder.path()).unwrap().next().is_some();
        until("the kit is begun", begun);
        let pid = running.id().to_string();
        std::process::Command::new("kill")
            .args(["-s", signal, &pid])
            .status()
            .unwrap();
        let code = running.wait().unwrap().code();
        assert_eq!(code, (signal == "INT").then_some(130));
        assert!(!file.exists());
        if signal == "INT" {
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }
    // What the kill left lies there for a day.
    for left in fs::read_dir(folder.path()).unwrap() {
        let left = fs::File::options().write(true).open(left.unwrap().path());
        let then = std::time::SystemTime::now() - Duration::from_secs(25 * 60 * 60);
        left.unwrap().set_modified(then).unwrap();
    }
    sealegs(&["save", file.to_str().unwrap(), "busybox"]).exits(0);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_killed_build_leaves_nothing_that_the_next_one_stumbles_over() {
    let Some(engine) = PrivateEngine::start(Version::Installed) else {
        return;
    };
    let cache = packages();
    let build = || {
        Test::new(&["images", "build", "nginx"])
            .engine(&engine.host())
            .env("XDG_CACHE_HOME", cache.path())
    };
    for (signal, after) in [("KILL", 300), ("KILL", 1000), ("INT", 600)] {
        let mut running = build().command().stderr(Stdio::null()).spawn().unwrap();
        std::thread::park_timeout(Duration::from_millis(after));
        let pid = running.id().to_string();
        let kill = std::process::Command::new("kill")
            .args(["-s", signal, &pid])
            .status();
        assert!(kill.unwrap().success());
        running.wait().unwrap();
    }
    build().exits(0);
    engine.docker(&["run", "--rm", "nginx:1.26", "nginx", "-t"]);
}
