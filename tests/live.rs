//! Checks of what a learner made by hand: containers, images and ports by the names they were given.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::fs;
use std::process::Command;
use std::sync::atomic::AtomicBool;

use sealegs::checks::{Bounds, Journal, Live, Rig, Scene, evaluate};
use sealegs::course::Course;
use sealegs::engine::{Engine, Run};
use sealegs::images::{self, Depot};
use sealegs::outcome::{Outcome, Status};

/// A learner's docker, whose objects have names that nobody else's have and go at the end.
struct Learner {
    prefix: String,
    run: Run,
    engine: Engine,
}

impl Learner {
    async fn new() -> Self {
        let engine = Engine::connect(None).await.unwrap();
        let depot = Depot::default_place();
        images::ensure(&engine, &depot, images::HELPER, &|_| {})
            .await
            .unwrap();
        let run = Run::new();
        Self {
            prefix: run.name("live"),
            run,
            engine,
        }
    }

    /// `docker …`, with `@` for the prefix of every name, and our label on what is made.
    #[track_caller]
    fn docker(&self, line: &str) {
        self.docker_words(line.split_whitespace().map(str::to_owned).collect());
    }

    #[track_caller]
    fn docker_words(&self, words: Vec<String>) {
        let named = |word: String| word.replace('@', &format!("{}-", self.prefix));
        let mut words: Vec<String> = words.into_iter().map(named).collect();
        let at = match words.as_slice() {
            [verb, ..] if verb == "run" || verb == "create" => Some(1),
            [_, verb, ..] if verb == "create" => Some(2),
            _ => None,
        };
        if let Some(at) = at {
            let labels = self.run.labels();
            let labels = labels
                .iter()
                .map(|(key, value)| format!("--label={key}={value}"));
            words.splice(at..at, labels);
        }
        let output = Command::new("docker").args(&words).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "docker {words:?}: {said}");
    }

    /// The outcomes of these checks, written as YAML with `@` for the prefix.
    async fn look(&self, checks: &[&str]) -> Vec<Outcome> {
        let course = course(&checks.join("\n").replace('@', &format!("{}-", self.prefix)));
        let quiet = |_| {};
        let rig = Rig {
            engine: &self.engine,
            run: &self.run,
            bounds: Bounds::default(),
            seed: "seed".to_owned(),
            toolbox: sealegs::images::TOOLBOX.to_owned(),
            helper: images::HELPER.to_owned(),
            network: None,
            over_files: Default::default(),
            journal: Journal::default(),
            unlimited_build: AtomicBool::new(false),
            on_build: &quiet,
        };
        let live = Live {
            engine: &self.engine,
            images: &course.images,
            journal: &[],
        };
        let scene = Scene::new(&rig, None, None, None).with_live(Some(live));
        evaluate(&course.lessons[0].tasks[0], &scene).await
    }

    async fn holds(&self, checks: &[&str]) {
        for outcome in self.look(checks).await {
            assert_eq!(outcome.status, Status::Pass, "{outcome:#?}");
        }
    }

    /// What is said of a check that fails.
    async fn fails(&self, check: &str) -> String {
        let outcome = self.look(&[check]).await.swap_remove(0);
        assert_eq!(outcome.status, Status::Fail, "{outcome:#?}");
        let cause = outcome.cause.unwrap();
        let found = cause.differences.iter().map(|one| one.found.clone());
        let words: Vec<String> = [cause.rationale.clone()].into_iter().chain(found).collect();
        format!("{} · {}", words.join(" · "), cause.see.unwrap_or_default())
            .replace(&format!("{}-", self.prefix), "@")
    }

    async fn leave(self) {
        self.run.end(&self.engine).await.unwrap();
    }
}

/// A course of one lesson with one task of these checks.
fn course(checks: &str) -> Course {
    let folder = tempfile::tempdir().unwrap();
    let indented: String = checks
        .lines()
        .map(|line| format!("      {line}\n"))
        .collect();
    let files = [
        ("lessons/course.yaml", "format_version: 1\ntitle: One\nversion: \"1\"\nlessons: [one]\nimages:\n  - {name: \"busybox:1.37\", aliases: [busybox]}\n".to_owned()),
        ("lessons/one/lesson.md", "---\ntitle: One\nminutes: 5\nimages: [\"busybox:1.37\"]\n---\ntext\n".to_owned()),
        ("lessons/one/starter/file", "x".to_owned()),
        ("lessons/one/solution/file", "x".to_owned()),
        ("checks/one.yaml", format!("format_version: 1\ntasks:\n  first:\n    title: First\n    points: 1\n    checks:\n      - {{id: zero, container: {{image: busybox}}}}\n{indented}")),
    ];
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let mut course = Course::from_folder(folder.path()).unwrap_or_else(|error| panic!("{error}"));
    // It is there so that a task of absence alone is none.
    course.lessons[0].tasks[0].checks.remove(0);
    course
}

#[tokio::test]
async fn a_learners_container_is_looked_at_by_its_name() {
    let learner = Learner::new().await;
    let missing = learner.fails("- container: {name: \"@web\"}").await;
    assert_eq!(missing, "there is no container `@web` · docker ps -a");
    learner
        .holds(&["- not: {container: {name: \"@web\"}}"])
        .await;

    learner.docker("run -d --name @web -p 127.0.0.1::80 -e COLOUR=blue --restart on-failure --memory 64m --tmpfs /scratch busybox:1.37 httpd -f -h /etc");
    learner
        .holds(&[
            "- {id: a, container: {name: \"@web\", running: true, image: busybox, state: running, env: {COLOUR: blue}, within: 5s}}",
            "- {id: b, container: {name: \"@web\", command: {contains: httpd}, networks: {contains: bridge}, restart_policy: on-failure, memory: 64MiB}}".replace("64MiB", "{at_least: 60MB, at_most: 70MB}").as_str(),
            "- {id: c, http: {container: \"@web\", port: 80, path: /group, body: {contains: root}, within: 5s}}",
            "- {id: d, http: {container: \"@web\", published: 80, path: /group}}",
            "- {id: e, published: {container: \"@web\", port: 80/tcp, host_ip: 127.0.0.1}}",
            "- {id: f, listening: {container: \"@web\", port: 80/tcp}}",
            "- {id: g, tcp: {container: \"@web\", port: 80}}",
            "- {id: h, exec: {container: \"@web\", sh: \"echo $COLOUR\", stdout: blue}}",
            "- {id: i, exec: {container: \"@web\", command: [hostname], exit: 0}}",
            "- {id: j, file: {container: \"@web\", path: /etc/group, content: {contains: root}}}",
        ])
        .await;
    let other = learner
        .fails("- container: {name: \"@web\", image: \"nginx:1.26\"}")
        .await;
    assert!(
        other.contains("busybox:1.37 · docker inspect @web"),
        "{other}"
    );

    learner.docker("pause @web");
    learner
        .holds(&["- container: {name: \"@web\", state: paused}"])
        .await;
    let paused = learner
        .fails("- exec: {container: \"@web\", command: [hostname]}")
        .await;
    assert_eq!(paused, "the container is paused · docker ps -a");
    learner.docker("unpause @web");
    learner.docker("stop -t 0 @web");
    learner
        .holds(&["- container: {name: \"@web\", state: exited, exit_code: 137, running: false}"])
        .await;
    learner.leave().await;
}

#[tokio::test]
async fn any_container_of_the_learner_will_do_where_none_is_named() {
    let learner = Learner::new().await;
    learner.docker("run --name @hello busybox:1.37 echo ahoy there");
    learner
        .holds(&[
            "- {id: a, container: {image: busybox, command: {contains: ahoy}, exit_code: 0}}",
            "- {id: b, logs: {container: \"@hello\", text: ahoy there}}",
        ])
        .await;
    let none = learner
        .fails("- container: {command: {contains: nobody-ran-this}}")
        .await;
    assert!(
        none.starts_with("no container is as it should be"),
        "{none}"
    );
    let never = learner.fails("- http: {host_port: 9}").await;
    assert_eq!(
        never,
        "no running container of yours is published on port 9 of the host · docker ps"
    );
    learner.leave().await;
}

#[tokio::test]
async fn a_learners_image_is_looked_at_by_its_name() {
    let learner = Learner::new().await;
    let missing = learner.fails("- image: {name: \"@app:1.0\"}").await;
    assert_eq!(missing, "there is no image `@app:1.0` · docker images");
    learner.docker("create --name @made busybox:1.37 true");
    let args = [
        "commit",
        "-c",
        "CMD [\"date\"]",
        "-c",
        "EXPOSE 7",
        "@made",
        "@app:1.0",
    ];
    learner.docker_words(args.map(str::to_owned).to_vec());
    learner
        .holds(&[
            "- {id: a, image: {name: \"@app:1.0\", cmd: [date], base: \"busybox:1.37\"}}",
            "- {id: b, exposed: {image: \"@app:1.0\", port: 7/tcp}}",
            "- {id: c, file: {image: \"@app:1.0\", path: /etc/group}}",
            "- {id: d, run: {image: \"@app:1.0\", stdout: {matches: UTC}}}",
            "- {id: e, layers: {image: \"@app:1.0\", count: {at_most: 2}}}",
        ])
        .await;
    learner.docker("rmi -f @app:1.0");
    learner.leave().await;
}

#[tokio::test]
async fn networks_have_members_and_names_mean_something_only_on_them() {
    let learner = Learner::new().await;
    let missing = learner.fails("- network: {name: \"@back\"}").await;
    assert_eq!(missing, "there is no network `@back` · docker network ls");
    learner.docker("network create @back");
    learner.docker("run -d --name @db --network @back busybox:1.37 httpd -f -p 6379");
    learner.docker("run -d --name @app --network @back busybox:1.37 sleep 600");
    learner.docker("run -d --name @edge busybox:1.37 sleep 600");
    learner
        .holds(&[
            "- {id: a, network: {name: \"@back\", driver: bridge, internal: false, members: [\"@app\", \"@db\"]}}",
            "- {id: b, network: {reach: [{from: \"@app\", to: \"@db:6379\"}, {from: \"@app\", to: \"@db:6380\", expect: refused}, {from: \"@edge\", to: \"@db:6379\", expect: unresolved}], within: 5s}}",
            "- {id: c, container: {name: \"@app\", networks: [\"@back\"]}}",
        ])
        .await;
    let wrong = learner
        .fails("- network: {reach: [{from: \"@edge\", to: \"@db:6379\"}]}")
        .await;
    assert!(wrong.contains("the name means nothing there"), "{wrong}");
    learner.leave().await;
}

#[tokio::test]
async fn volumes_have_users_and_files_and_data_survive_in_them_or_not() {
    let learner = Learner::new().await;
    let missing = learner.fails("- volume: {name: \"@notes\"}").await;
    assert_eq!(missing, "there is no volume `@notes` · docker volume ls");
    learner.docker("volume create @notes");
    learner.docker("run -d --name @kept -v @notes:/data busybox:1.37 sleep 600");
    learner.docker("run -d --name @lost busybox:1.37 sleep 600");
    learner.docker_words(
        ["exec", "@kept", "sh", "-c", "echo ahoy > /data/log"]
            .map(str::to_owned)
            .to_vec(),
    );
    let trip = |name: &str| {
        format!(
            "volume: {{survives: {{container: \"@{name}\", write: \"echo ${{nonce}} > /data/x || {{ mkdir /data && echo ${{nonce}} > /data/x; }}\", read: \"cat /data/x || true\", stdout: \"${{nonce}}\"}}}}"
        )
    };
    learner
        .holds(&[
            "- {id: a, volume: {name: \"@notes\", used_by: [\"@kept\"], files: {/log: ahoy}}}",
            "- {id: b, container: {name: \"@kept\", mounts: [{target: /data, type: volume, source: \"@notes\"}]}}",
            &format!("- {{id: c, {}}}", trip("kept")),
        ])
        .await;
    let lost = learner.fails(&format!("- {}", trip("lost"))).await;
    assert!(
        lost.starts_with("what `@lost` had written was gone"),
        "{lost}"
    );
    learner.leave().await;
}
