//! Pulls from a registry that does not always do as it should. The engine must reach this machine's loopback address.

use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use sealegs::engine::Engine;
use sealegs::images::Puller;

use super::docker;
use super::registry::Registry;
use super::support::{Said, Test, until};

static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::start);

/// For those who keep the engine from fetching more.
static HOLDING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// An image of the registry, off the engine when this value goes.
struct Image(String);

impl Image {
    fn of(behaviour: &str, name: &str) -> Self {
        let image = Self(REGISTRY.image(behaviour, name));
        assert!(
            !image.is_there(),
            "left by an earlier run: docker rmi {}",
            image.0
        );
        image
    }

    fn is_there(&self) -> bool {
        is_there(&self.0)
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        let _ = Command::new("docker").args(["rmi", &self.0]).output();
    }
}

fn is_there(name: &str) -> bool {
    let output = Command::new("docker")
        .args(["image", "inspect", name])
        .output();
    output.unwrap().status.success()
}

fn pull(names: &[&str]) -> Test {
    let home = std::env::temp_dir().join("sealegs-no-docker-config");
    Test::new(&[&["images", "pull"], names].concat()).env("DOCKER_CONFIG", home)
}

#[track_caller]
fn refused(behaviour: &str, said: &str, hint: &str) {
    let image = Image::of(behaviour, "rope");
    let Said { stderr, .. } = pull(&[&image.0]).exits(3);
    let message = format!("error: {}", said.replace("IMAGE", &image.0));
    assert!(stderr.starts_with(&message), "no {message:?} in:\n{stderr}");
    assert!(
        stderr.contains("\nhint: ") && stderr.contains(hint),
        "no {hint:?} in:\n{stderr}"
    );
    assert!(!image.is_there());
}

#[test]
fn what_a_registry_refuses_is_told_apart_with_its_way_out() {
    refused(
        "login",
        "the registry gives `IMAGE` only to those who may have it: ",
        "`docker login`",
    );
    refused(
        "limited",
        "the registry's rate limit is reached: cannot pull `IMAGE`",
        "`docker login`, pull through a mirror",
    );
    refused(
        "unknown",
        "there is no image `IMAGE` to pull",
        "check the name and the tag",
    );
    refused(
        "broken",
        "the registry of `IMAGE` is in trouble: ",
        "load a kit",
    );
    let nobody = "127.0.0.1:9/rope:1";
    let said = pull(&[nobody]).exits(3);
    let expected = format!("error: the registry of `{nobody}` does not answer: ");
    assert!(said.stderr.starts_with(&expected), "{}", said.stderr);
    assert!(said.stderr.contains("check the network"), "{}", said.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_says_nothing_is_given_up() {
    let engine = Engine::connect(None).await.unwrap();
    let image = Image::of("silent", "rope");
    let puller = Puller::new(&engine, None).with_patience(Duration::from_secs(2));
    let pulled = puller.all(std::slice::from_ref(&image.0), 1, &|_| ()).await;
    let failure = pulled[0].1.as_ref().unwrap_err().to_string();
    let expected = format!(
        "the registry of `{}` does not answer: it said nothing for 2s\n",
        image.0
    );
    assert!(failure.starts_with(&expected), "{failure}");
}

/// The engine fetches three layers at a time for all who pull, and says nothing of one that waits.
#[tokio::test(flavor = "multi_thread")]
async fn an_image_whose_layers_wait_for_others_is_not_given_up() {
    let _turn = HOLDING.lock().await;
    let registry = Registry::start();
    let held = ["mast", "boom", "yard"].map(|name| Image(registry.image("held", name)));
    let mut others = held.each_ref().map(|image| {
        let mut command = Command::new("docker");
        let command = command.args(["pull", "--quiet", &image.0]);
        command.stdout(std::process::Stdio::null()).spawn().unwrap()
    });
    until("three layers are being fetched", || {
        ["mast", "boom", "yard"]
            .iter()
            .all(|name| registry.asked(&format!("/held/{name}/blobs/")) > 1)
    });
    let engine = Engine::connect(None).await.unwrap();
    let image = Image(registry.image("any", "jib"));
    let puller = Puller::new(&engine, None).with_patience(Duration::from_secs(1));
    let names = [image.0.clone()];
    let later = async {
        tokio::time::sleep(Duration::from_secs(4)).await;
        registry.release();
    };
    let (pulled, ()) = tokio::join!(puller.all(&names, 1, &|_| ()), later);
    for other in &mut others {
        other.wait().unwrap();
    }
    assert_eq!(pulled[0].1, Ok(sealegs::images::Pulled::Now));
}

#[test]
fn a_layer_that_breaks_off_is_taken_up_again() {
    let image = Image::of("half", "rope");
    let said = pull(&[&image.0]).exits(0);
    assert_eq!(said.stderr, format!("{}: pulled\n", image.0));
    assert!(image.is_there());
    let said = pull(&[&image.0]).exits(0);
    assert_eq!(said.stderr, format!("{}: there already\n", image.0));
}

#[test]
fn images_are_pulled_side_by_side_and_one_failure_leaves_the_others_alone() {
    // Each of the first two is answered once the other has been asked for, too.
    let (rope, knot) = (Image::of("together", "rope"), Image::of("together", "knot"));
    let said = pull(&[&rope.0, &REGISTRY.image("unknown", "sail"), &knot.0]).exits(3);
    let expected = [
        format!("{}: pulled", rope.0),
        format!(
            "error: there is no image `{}` to pull",
            REGISTRY.image("unknown", "sail")
        ),
        "hint: check the name and the tag; a private image needs `docker login`".to_owned(),
        format!("{}: pulled\n", knot.0),
    ];
    assert_eq!(said.stderr, expected.join("\n"));
}

#[test]
fn a_registry_whose_limit_is_reached_is_asked_once() {
    let registry = Registry::start();
    let names = ["rope", "knot", "sail"].map(|name| registry.image("limited", name));
    let said = pull(&["--jobs", "1", &names[0], &names[1], &names[2]]).exits(3);
    for name in &names {
        assert!(
            said.stderr.contains(&format!("cannot pull `{name}`")),
            "{}",
            said.stderr
        );
    }
    let repositories =
        ["rope", "knot", "sail"].map(|name| registry.asked(&format!("/v2/limited/{name}/")) > 0);
    assert_eq!(repositories, [true, false, false]);
}

#[test]
fn a_login_of_dockers_configuration_is_used() {
    let registry = Registry::locked();
    let image = Image(registry.image("any", "knot"));
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        r#"{{"auths": {{"127.0.0.1:{}": {{"auth": "bWF0ZTpheWU="}}}}}}"#,
        registry.port
    );
    std::fs::write(folder.path().join("config.json"), config).unwrap();
    Test::new(&["images", "pull", &image.0])
        .env("DOCKER_CONFIG", folder.path())
        .exits(0);
    assert!(image.is_there());
}

#[test]
fn a_mirror_stands_before_docker_hub_and_leaves_no_name_of_its_own() {
    let mirror = format!("http://127.0.0.1:{}", REGISTRY.port);
    let hub = Image("sealegs-mirrored/rope:1".to_owned());
    assert!(
        !hub.is_there(),
        "left by an earlier run: docker rmi {}",
        hub.0
    );
    let said = pull(&["--mirror", &mirror, &hub.0]).exits(0);
    assert_eq!(said.stderr, format!("{}: pulled\n", hub.0));
    assert!(hub.is_there());
    Command::new("docker")
        .args(["rmi", &hub.0])
        .output()
        .unwrap();
    let by_environment = pull(&[&hub.0]).env("SEALEGS_MIRROR", &mirror);
    by_environment.exits(0);
    assert!(hub.is_there());
    assert!(!is_there(&REGISTRY.image("sealegs-mirrored", "rope")));
}

#[test]
fn a_mirror_that_is_none_is_refused_before_anything_is_done() {
    let said = pull(&["--mirror", "http://mate:aye@hold.test", "nginx"]).exits(2);
    assert_eq!(
        said.stderr,
        "error: `--mirror` names no mirror: a login does not belong here\n\
         hint: name HOST[:PORT], and `docker login` with it\n"
    );
    let said = pull(&["nginx"]).env("SEALEGS_MIRROR", "hold").exits(2);
    assert_eq!(
        said.stderr,
        "error: `SEALEGS_MIRROR` names no mirror: docker takes `hold` for a name on Docker Hub\n\
         hint: name its port, such as hold:5000\n"
    );
}

#[test]
fn a_name_of_our_own_is_in_no_registry_and_the_gravest_failure_counts() {
    let said = pull(&["sealegs/toolbox:9", "sealegs/toolbox:1"]);
    let said = said.exits(if is_there("sealegs/toolbox:1") { 2 } else { 3 });
    let expected =
        "error: there is no image `sealegs/toolbox:9`\nhint: `sealegs images list` names those";
    assert!(said.stderr.starts_with(expected), "{}", said.stderr);
    let unknown = REGISTRY.image("unknown", "brig");
    pull(&[&unknown, "sealegs/toolbox:9"]).exits(3);
    // What names no image is refused before anything is asked.
    let said = pull(&[&unknown, "!!"]).exits(2);
    assert!(!said.stderr.contains("brig"), "{}", said.stderr);
}

#[test]
fn a_room_that_needs_nothing_of_docker_hub_is_told_so() {
    let said = pull(&["--plan", "quay.io/a/b:1"]).exits(0);
    let expected = "nothing of this comes from Docker Hub\n\nnot counted, from other registries: ";
    assert!(said.stdout.starts_with(expected), "{}", said.stdout);
    pull(&["--plan", "!!"]).exits(2);
    pull(&["--plan", "--learners", "1000000000"]).exits(2);
    pull(&["--plan", "--mirror", "hold:5000"]).exits(2);
}

/// The image is on no Docker Hub either, where one can be reached.
#[test]
fn a_mirror_that_fails_is_named_before_docker_hub_with_a_way_to_do_without_it() {
    let locked = Registry::locked();
    for (port, does, hint) in [
        (9, "does not answer: ", "correct or leave out `--mirror`"),
        (
            locked.port,
            "gives `no-such/rope:1` only to those",
            "`docker login 127.0.0.1:",
        ),
    ] {
        let mirror = format!("127.0.0.1:{port}");
        let said = pull(&["--mirror", &mirror, "no-such/rope:1"])
            .exits(3)
            .stderr;
        let expected = format!("the mirror `{mirror}` {does}");
        assert!(said.starts_with(&expected), "{said}");
        assert!(said.contains("; asking Docker Hub\n"), "{said}");
        assert!(said.contains(&format!("\nerror: {expected}")), "{said}");
        assert!(said.contains("; then Docker Hub: "), "{said}");
        assert!(said.contains(&format!("\nhint: {hint}")), "{said}");
    }
}

/// Pulls through a mirror until the layer is being fetched.
fn held_through_a_mirror(
    registry: &Registry,
    name: &str,
    cache: &tempfile::TempDir,
) -> std::process::Child {
    let mirror = format!("127.0.0.1:{}", registry.port);
    let running = pull(&["--mirror", &mirror, &format!("held/{name}:1")])
        .env("XDG_CACHE_HOME", cache.path())
        .command()
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    until("the layer is asked for", || {
        registry.asked(&format!("/held/{name}/blobs/")) > 1
    });
    running
}

#[test]
fn a_name_that_a_killed_pull_through_a_mirror_left_goes_with_the_next_one() {
    let _turn = HOLDING.blocking_lock();
    let (registry, cache) = (Registry::start(), tempfile::tempdir().unwrap());
    let (hub, there) = (
        Image("held/keel:1".to_owned()),
        registry.image("held", "keel"),
    );
    let mut running = held_through_a_mirror(&registry, "keel", &cache);
    running.kill().unwrap();
    running.wait().unwrap();
    registry.release();
    // What the engine has where the kill came a moment later.
    docker(&["pull", "--quiet", &there]);
    let mirror = format!("127.0.0.1:{}", registry.port);
    let again = ["--mirror", &mirror, &hub.0];
    pull(&again).env("XDG_CACHE_HOME", cache.path()).exits(0);
    assert!(hub.is_there() && !is_there(&there));
    // A name that is somebody's stays.
    docker(&["tag", &hub.0, &there]);
    docker(&["rmi", &hub.0]);
    pull(&again).env("XDG_CACHE_HOME", cache.path()).exits(0);
    assert!(hub.is_there() && is_there(&there));
    docker(&["rmi", &there]);
}

#[test]
fn an_image_that_appears_during_a_pull_through_a_mirror_is_left_alone() {
    let _turn = HOLDING.blocking_lock();
    let (registry, cache) = (Registry::start(), tempfile::tempdir().unwrap());
    let (hub, other) = (
        Image("held/hull:1".to_owned()),
        Image(registry.image("any", "deck")),
    );
    let mut running = held_through_a_mirror(&registry, "hull", &cache);
    docker(&["pull", "--quiet", &other.0]);
    docker(&["tag", &other.0, &hub.0]);
    registry.release();
    assert!(running.wait().unwrap().success());
    let id = |name: &str| docker(&["image", "inspect", "--format", "{{.Id}}", name]);
    assert_eq!(id(&hub.0), id(&other.0));
    assert!(!is_there(&registry.image("held", "hull")));
}

#[test]
fn an_interrupted_pull_leaves_nothing_and_goes_through_the_next_time() {
    let _turn = HOLDING.blocking_lock();
    let registry = Registry::start();
    let image = Image(registry.image("held", "sail"));
    let mut running = pull(&[&image.0])
        .command()
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    until("the layer is asked for", || {
        registry.asked("/held/sail/blobs/") > 1
    });
    Command::new("kill")
        .args(["-s", "INT", &running.id().to_string()])
        .status()
        .unwrap();
    assert_eq!(running.wait().unwrap().code(), Some(130));
    assert!(!image.is_there());
    registry.release();
    pull(&[&image.0]).exits(0);
    assert!(image.is_there());
}
