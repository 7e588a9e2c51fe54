//! A learner's work in a sandbox, by the docker command itself, on the real engine.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
#![allow(unreachable_pub, reason = "the support is seen by test files alone")]

#[path = "support/sandboxed.rs"]
mod sandboxed;

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use sandboxed::{BUSYBOX, Sandboxed, offered, outside};
use sealegs::engine::{ContainerSpec, Hardening, MountSpec};
use sealegs::outcome::JournalEntry;
use sealegs::sandbox::Settings;

#[test]
fn a_first_session_is_that_of_an_engine_of_ones_own() {
    let sandbox = Sandboxed::grading(None);
    assert_eq!(sandbox.does(&["ps", "-aq"]), "");
    assert_eq!(
        sandbox.does(&["images", "--format", "{{.Repository}}:{{.Tag}}"]),
        BUSYBOX
    );
    assert_eq!(
        sandbox.does(&["run", "--rm", BUSYBOX, "echo", "hello"]),
        "hello"
    );
    let id = sandbox.does(&[
        "run",
        "-d",
        "--name",
        "web",
        "-p",
        "8080:80",
        BUSYBOX,
        "sh",
        "-c",
        "echo up; exec httpd -f",
    ]);
    let shown = sandbox.does(&[
        "ps",
        "--no-trunc",
        "--format",
        "{{.ID}} {{.Names}} {{.Image}} {{.Ports}}",
    ]);
    assert_eq!(shown, format!("{id} web {BUSYBOX} 0.0.0.0:8080->80/tcp"));
    assert_eq!(sandbox.does(&["logs", "web"]), "up");
    assert_eq!(sandbox.does(&["exec", "web", "echo", "in"]), "in");
    assert_eq!(sandbox.does(&["port", "web"]), "80/tcp -> 0.0.0.0:8080");
    sandbox.does(&["stop", "-t", "0", "web"]);
    assert_eq!(sandbox.does(&["ps", "-q"]), "");
    sandbox.does(&["rm", "web"]);
    sandbox.refuses(&["rm", "web"], "No such container: web");
}

#[test]
fn the_journal_tells_what_was_done_and_to_what() {
    let sandbox = Sandboxed::grading(None);
    let mut news = sandbox.sandbox().journal().listen();
    sandbox.does(&[
        "run", "-d", "--name", "web", "-p", "8080:80", "-e", "SECRET=x", BUSYBOX, "sleep", "100",
    ]);
    // By whatever name it was meant, it is told by its own.
    let front = sandbox.does(&["network", "create", "front"]);
    sandbox.does(&["network", "connect", &front, "web"]);
    sandbox.docker(&["run", "--privileged", BUSYBOX]);
    let calls = sandbox.sandbox().journal().calls();
    let created = &calls[0];
    assert_eq!(created.what, "container create");
    assert!(created.is_about("container", "web") && created.is_about("image", BUSYBOX));
    assert_eq!(created.flag("publish"), ["8080:80"]);
    assert_eq!(created.flag("env"), ["SECRET"]);
    assert!(created.flags.contains_key("detach"));
    assert!(created.succeeded());
    assert!(calls.iter().any(|call| call.what == "container start"));
    let connected = calls.iter().find(|call| call.what == "network connect");
    let connected = connected.unwrap();
    assert!(connected.is_about("network", "front") && connected.is_about("container", "web"));
    let refused = calls.last().unwrap();
    assert!(refused.refused && refused.error.as_ref().unwrap().contains("privileged"));
    assert!(news.try_recv().is_ok());
}

#[test]
fn an_observer_sees_true_ports_by_the_learners_names_and_writes_no_journal() {
    let sandbox = Sandboxed::grading(None);
    sandbox.does(&[
        "run", "-d", "--name", "web", "-p", "8080:80", BUSYBOX, "sleep", "100",
    ]);
    let before = sandbox.sandbox().journal().entries().len();
    let observer = sandbox.sandbox().observer().unwrap();
    let facts = sandbox.runtime.block_on(observer.inspect("web")).unwrap();
    assert_eq!(facts.name, "web");
    let published = facts.published.first().unwrap();
    assert_eq!(
        published.host_ip.to_string(),
        sandbox.sandbox().address().to_string()
    );
    assert_eq!(sandbox.sandbox().journal().entries().len(), before);
}

#[test]
fn what_an_observer_makes_is_seen_by_nobody_and_in_nobodys_way() {
    let sandbox = Sandboxed::grading(None);
    let now = || {
        let now = std::time::SystemTime::now();
        now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
    };
    let since = now().to_string();
    sandbox.does(&["run", "--rm", "-v", "logbook:/log", BUSYBOX, "true"]);
    let observer = sandbox.sandbox().observer().unwrap();
    let look = ContainerSpec {
        hardened: Hardening::EngineDefault,
        mounts: vec![MountSpec::Volume {
            name: "logbook".to_owned(),
            target: "/volume".to_owned(),
        }],
        ..ContainerSpec::of(BUSYBOX)
    };
    let id = sandbox.runtime.block_on(observer.create(&look)).unwrap();
    assert_eq!(sandbox.does(&["ps", "-aq"]), "");
    let facts = sandbox.runtime.block_on(observer.containers()).unwrap();
    assert!(facts.is_empty(), "{facts:?}");
    sandbox.does(&["container", "prune", "-f"]);
    sandbox.runtime.block_on(observer.inspect(&id)).unwrap();
    // The volume is the learner's to remove, whoever looks into it.
    sandbox.does(&["volume", "rm", "logbook"]);
    assert!(sandbox.runtime.block_on(observer.inspect(&id)).is_err());
    let until = (now() + 1).to_string();
    let heard = ["events", "--since", &since, "--until", &until, "--filter"];
    let heard = sandbox.does(&[&heard[..], &["type=container"]].concat());
    assert!(!heard.contains(&id), "{heard}");
    assert!(heard.contains("container create"), "{heard}");
}

#[test]
fn no_label_of_an_image_hides_a_learners_container() {
    let sandbox = Sandboxed::grading(None);
    let folder = tempfile::tempdir().unwrap();
    let text = format!("FROM {BUSYBOX}\nLABEL sealegs.sandbox.look=yes\n");
    std::fs::write(folder.path().join("Dockerfile"), text).unwrap();
    sandbox.does(&[
        "build",
        "-q",
        "-t",
        "hiding",
        &folder.path().to_string_lossy(),
    ]);
    sandbox.does(&["create", "--name", "here", "hiding", "true"]);
    let shown = sandbox.does(&["ps", "-a", "--format", "{{.Names}}"]);
    assert_eq!(shown, "here");
}

#[test]
fn what_is_outside_is_neither_seen_nor_touched_and_nothing_is_left() {
    let name = format!("sealegs-test-outside-{}", std::process::id());
    outside(None, &["create", "--name", &name, BUSYBOX]);
    let mut sandbox = Sandboxed::grading(None);
    assert_eq!(sandbox.does(&["ps", "-aq"]), "");
    sandbox.refuses(&["rm", &name], "No such container");
    sandbox.refuses(&["inspect", &name], "such object");
    sandbox.does(&["volume", "create", "data"]);
    sandbox.does(&["network", "create", "net"]);
    sandbox.does(&[
        "run",
        "-d",
        "--name",
        "web",
        "--network",
        "net",
        "-v",
        "data:/d",
        "-v",
        "/anon",
        BUSYBOX,
        "sleep",
        "100",
    ]);
    sandbox.does(&["commit", "web", "copy:1"]);
    let token = sandbox.sandbox().engine_name("");
    sandbox.close();
    for list in [
        &["ps", "-a", "--format", "{{.Names}}"][..],
        &["volume", "ls", "-q"],
        &["network", "ls", "--format", "{{.Name}}"],
        &["images", "--format", "{{.Repository}}"],
    ] {
        let shown = outside(None, list).out;
        assert!(!shown.contains(token.trim_end_matches('-')), "{shown}");
    }
    assert_eq!(outside(None, &["rm", &name]).code, 0);
}

#[test]
fn there_is_an_end_to_the_containers_of_one_sandbox() {
    let mut settings = Settings::grading(offered());
    settings.ceiling.containers = 2;
    let sandbox = Sandboxed::open(None, settings);
    for name in ["one", "two"] {
        sandbox.does(&["create", "--name", name, BUSYBOX]);
    }
    sandbox.refuses(
        &["create", "--name", "three", BUSYBOX],
        "more than 2 containers at once",
    );
    sandbox.does(&["rm", "one"]);
    sandbox.does(&["create", "--name", "three", BUSYBOX]);
}

#[test]
fn the_default_network_is_made_again_where_somebody_has_pruned_it() {
    let sandbox = Sandboxed::grading(None);
    let bridge = || sandbox.does(&["network", "ls", "-q", "--filter", "name=bridge"]);
    let first = bridge();
    assert_eq!(outside(None, &["network", "rm", &first]).code, 0);
    sandbox.does(&["run", "-d", "--name", "web", BUSYBOX, "sleep", "100"]);
    let inside = "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}}{{end}}";
    assert_eq!(sandbox.does(&["inspect", "-f", inside, "web"]), "bridge");
    assert!(!bridge().is_empty() && bridge() != first);
}

#[test]
fn a_refusal_is_heard_by_who_sends_the_body_after_the_head() {
    let sandbox = Sandboxed::grading(None);
    let mut stream = UnixStream::connect(sandbox.sandbox().socket()).unwrap();
    let body = r#"{"Container":"web"}"#;
    for _ in 0..2 {
        let head = format!(
            "POST /v1.41/networks/nothing/connect HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        // What is decided by the head alone is not said before its body has come.
        let moment = Some(Duration::from_millis(200));
        stream.set_read_timeout(moment).unwrap();
        assert!(stream.read(&mut [0; 1]).is_err());
        stream.write_all(body.as_bytes()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        let mut answer = String::new();
        while !answer.contains("network nothing not found") {
            let mut piece = [0; 4096];
            let size = stream.read(&mut piece).unwrap();
            assert_ne!(size, 0, "{answer}");
            answer.push_str(std::str::from_utf8(&piece[..size]).unwrap());
        }
        assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    }
}

#[test]
fn containers_made_at_once_do_not_pass_the_end() {
    const MOST: usize = 4;
    let mut settings = Settings::grading(offered());
    settings.ceiling.containers = MOST;
    let sandbox = Sandboxed::open(None, settings);
    std::thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| sandbox.docker(&["create", BUSYBOX]));
        }
    });
    let there = || sandbox.does(&["ps", "-aq"]).lines().count();
    assert!(there() <= MOST, "{}", there());
    while there() < MOST {
        sandbox.does(&["create", BUSYBOX]);
    }
    sandbox.refuses(&["create", BUSYBOX], "containers at once");
}

#[test]
fn what_only_says_that_it_is_a_sandboxes_stays_when_that_ends() {
    let mut sandbox = Sandboxed::grading(None);
    let token = sandbox.sandbox().engine_name("");
    let token = token.trim_start_matches("sealegs-").trim_end_matches('-');
    let name = format!("sealegs-test-claims-{}", std::process::id());
    let label = format!("sealegs.sandbox={token}");
    let made = outside(
        None,
        &["create", "--name", &name, "--label", &label, BUSYBOX],
    );
    assert_eq!(made.code, 0, "{}", made.err);
    sandbox.does(&["create", "--name", "web", BUSYBOX]);
    assert_eq!(sandbox.does(&["ps", "-a", "--format", "{{.Names}}"]), "web");
    sandbox.close();
    assert_eq!(outside(None, &["rm", &name]).code, 0);
}

#[test]
fn who_takes_every_connection_keeps_no_check_from_looking() {
    let sandbox = Sandboxed::grading(None);
    sandbox.does(&["create", "--name", "web", BUSYBOX]);
    let socket = sandbox.sandbox().socket();
    // More than are served at once, and each has begun to ask.
    let taken: Vec<UnixStream> = (0..140)
        .map(|_| {
            let mut stream = UnixStream::connect(socket).unwrap();
            stream.write_all(b"GET /v1.41/_ping HTTP/1.1\r\n").unwrap();
            stream
        })
        .collect();
    let observer = sandbox.sandbox().observer().unwrap();
    let seen = sandbox.runtime.block_on(observer.containers()).unwrap();
    let names: Vec<&str> = seen.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["web"]);
    drop(taken);
}

#[test]
fn events_of_an_image_that_two_have_built_tell_nobody_the_others_name() {
    let (one, other) = (Sandboxed::grading(None), Sandboxed::grading(None));
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().display();
    let dockerfile = format!("FROM {BUSYBOX}\nLABEL of=\"{mark}\"\n");
    std::fs::write(folder.path().join("Dockerfile"), dockerfile).unwrap();
    let context = folder.path().to_str().unwrap();
    one.does(&["build", "-q", "-t", "mine:1", context]);
    let began = one.does(&["info", "--format", "{{.SystemTime}}"]);
    other.does(&["build", "-q", "-t", "theirs:1", context]);
    other.does(&["tag", "theirs:1", "secret:1"]);
    one.does(&["tag", "mine:1", "again:1"]);
    let until = one.does(&["info", "--format", "{{.SystemTime}}"]);
    let told = one.does(&[
        "events",
        "--since",
        &began,
        "--until",
        &until,
        "--filter",
        "type=image",
    ]);
    assert!(told.contains("again:1"), "{told}");
    for theirs in ["theirs", "secret", "sealegs-"] {
        assert!(!told.contains(theirs), "{told}");
    }
}

/// Asks for a container of this body, and does not wait for the answer.
fn asks_for(sandbox: &Sandboxed, name: &str, body: &str) -> UnixStream {
    let mut stream = UnixStream::connect(sandbox.sandbox().socket()).unwrap();
    let request = format!(
        "POST /v1.41/containers/create?name={name} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

/// A body that the engine takes its time for: it makes every volume first.
fn slow_to_make() -> String {
    let volumes: Vec<String> = (0..30)
        .map(|number| format!(r#""/v{number}":{{}}"#))
        .collect();
    let volumes = volumes.join(",");
    format!(r#"{{"Image":"{BUSYBOX}","Volumes":{{{volumes}}}}}"#)
}

/// Waits until something is so.
#[track_caller]
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < deadline, "not in a minute: {what}");
    }
}

#[test]
fn what_the_engine_was_asked_for_is_done_and_told_though_its_client_goes() {
    let sandbox = Sandboxed::grading(None);
    let client = asks_for(&sandbox, "slow", &slow_to_make());
    until("the engine is at it", || {
        !sandbox.does(&["volume", "ls", "-q"]).is_empty()
    });
    drop(client);
    until("it is made", || {
        sandbox.does(&["ps", "-a", "--format", "{{.Names}}"]) == "slow"
    });
    until("it is told of", || {
        let entries = sandbox.sandbox().journal().entries();
        entries.iter().any(|entry| match entry {
            JournalEntry::Call(call) => {
                call.what == "container create" && call.objects.iter().any(|it| it.name == "slow")
            }
            JournalEntry::Typed(_) => false,
        })
    });
}

#[test]
fn nothing_that_is_being_made_outlives_the_sandbox() {
    let mut sandbox = Sandboxed::grading(None);
    let token = sandbox.sandbox().engine_name("");
    let body = slow_to_make();
    let clients: Vec<UnixStream> = (0..8)
        .map(|number| asks_for(&sandbox, &format!("slow-{number}"), &body))
        .collect();
    until("the engine is at some of them", || {
        !sandbox.does(&["volume", "ls", "-q"]).is_empty()
    });
    drop(clients);
    sandbox.close();
    let label = format!(
        "label=sealegs.sandbox={}",
        token.trim_start_matches("sealegs-").trim_end_matches('-')
    );
    for list in [
        &["ps", "-aq"][..],
        &["volume", "ls", "-q"],
        &["network", "ls", "-q"],
    ] {
        let left = outside(None, &[list, &["--filter", &label]].concat()).out;
        assert_eq!(left, "", "{list:?}");
    }
}

#[test]
fn names_of_images_go_with_a_sandbox_whose_network_was_pruned() {
    let mut sandbox = Sandboxed::grading(None);
    let begins = sandbox
        .sandbox()
        .engine_name("")
        .trim_end_matches('-')
        .to_owned();
    let bridge = sandbox.does(&["network", "ls", "-q", "--filter", "name=bridge"]);
    assert_eq!(outside(None, &["network", "rm", &bridge]).code, 0);
    sandbox.close();
    let images = outside(None, &["images", "--format", "{{.Repository}}"]).out;
    assert!(!images.contains(&begins), "{images}");
}

#[test]
fn there_is_an_end_to_the_networks_and_their_places() {
    let mut settings = Settings::grading(offered());
    settings.ceiling.networks = 2;
    let sandbox = Sandboxed::open(None, settings);
    sandbox.does(&["network", "create", "one"]);
    sandbox.refuses(
        &["network", "create", "--subnet", "10.64.0.0/16", "two"],
        "the subnet `10.64.0.0/16`",
    );
    sandbox.does(&["network", "create", "two"]);
    sandbox.refuses(
        &["network", "create", "three"],
        "more than 2 networks at once",
    );
    sandbox.does(&["network", "rm", "two"]);
    sandbox.does(&["network", "create", "three"]);
}
