//! The images that serve something, and the toolbox: started as a lesson would start them.

use std::process::Command;
use std::time::{Duration, Instant};

use super::{docker, inspect, run, sh, tag};

/// A container that goes with this value, its volumes too.
struct Container(String);

impl Container {
    /// Starts the image `name` with these options and arguments.
    #[track_caller]
    fn start(name: &str, options: &[&str], command: &[&str]) -> Self {
        let fixed = ["run", "--detach", "--label", "sealegs.run=imgtest"];
        let id = docker(&[&fixed, options, &[tag(name)], command].concat());
        Self(id.trim().to_owned())
    }

    #[track_caller]
    fn exec(&self, command: &[&str]) -> String {
        docker(&[&["exec", &self.0], command].concat())
    }

    /// What a command in it says, whether it succeeds or not.
    fn tries(&self, command: &[&str]) -> String {
        said(&[&["exec", &self.0], command].concat())
    }

    fn logs(&self) -> String {
        said(&["logs", &self.0])
    }

    #[track_caller]
    fn state(&self, template: &str) -> String {
        docker(&["inspect", "--format", template, &self.0])
            .trim()
            .to_owned()
    }

    #[track_caller]
    fn address(&self) -> String {
        self.state("{{.NetworkSettings.IPAddress}}")
    }

    /// Waits until what `look` gives holds `part`.
    #[track_caller]
    fn until(&self, part: &str, look: impl Fn() -> String) -> String {
        let limit = Instant::now() + Duration::from_secs(60);
        loop {
            let seen = look();
            if seen.contains(part) {
                return seen;
            }
            assert!(
                Instant::now() < limit,
                "no {part:?} in:\n{seen}\nthe container says:\n{}",
                self.logs()
            );
            std::thread::park_timeout(Duration::from_millis(100));
        }
    }

    /// What the container's port answers to a request, asked from a container beside it.
    fn answers(&self, path: &str) -> String {
        let network = format!("container:{}", self.0);
        let url = format!("http://127.0.0.1{path}");
        said(&[
            "run",
            "--rm",
            "--label",
            "sealegs.run=imgtest",
            "--network",
            &network,
            tag("busybox"),
            "wget",
            "-qO-",
            &url,
        ])
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        said(&["rm", "--force", "--volumes", &self.0]);
    }
}

/// Both streams of a docker command, however it ends.
fn said(args: &[&str]) -> String {
    let output = Command::new("docker").args(args).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn nginx_is_configured_as_the_official_image() {
    let config = "{{json .Config.Entrypoint}} {{json .Config.Cmd}} {{json .Config.ExposedPorts}} {{.Config.StopSignal}}";
    assert_eq!(
        inspect("nginx", config),
        r#"["/docker-entrypoint.sh"] ["nginx","-g","daemon off;"] {"80/tcp":{}} SIGQUIT"#
    );
    let script = "id nginx; readlink -f /var/log/nginx/access.log > /dev/null; readlink /var/log/nginx/access.log /var/log/nginx/error.log; grep -c 'root  */usr/share/nginx/html' /etc/nginx/conf.d/default.conf";
    assert_eq!(
        sh("nginx", script),
        "uid=101(nginx) gid=101(nginx) groups=101(nginx)\n/dev/stdout\n/dev/stderr\n2\n"
    );
    let template = "mkdir /etc/nginx/templates; cd /etc/nginx/templates; echo 'server { listen ${PORT}; return 200 $uri; }' > a.conf.template; /docker-entrypoint.sh nginx -t > /tmp/out 2>&1 || cat /tmp/out; cat /etc/nginx/conf.d/a.conf";
    assert_eq!(
        run(
            "nginx",
            &["--env", "PORT=8080", "--entrypoint", "sh"],
            &["-ec", template]
        ),
        "server { listen 8080; return 200 $uri; }\n"
    );
}

#[test]
fn nginx_serves_its_folder_logs_to_the_container_and_ends_on_sigquit() {
    let web = Container::start("nginx", &[], &[]);
    web.until("Welcome to nginx!", || web.answers("/"));
    web.exec(&["sh", "-c", "echo ahoy > /usr/share/nginx/html/a.txt"]);
    assert_eq!(web.answers("/a.txt"), "ahoy\n");
    let logs = web.until("GET /a.txt", || web.logs());
    assert!(
        logs.contains("Configuration complete; ready for start up"),
        "{logs}"
    );
    let users = web.exec(&[
        "sh",
        "-c",
        "grep -h ^Uid /proc/[0-9]*/status | cut -f 2 | sort -u",
    ]);
    assert_eq!(users, "0\n101\n");
    docker(&["stop", &web.0]);
    assert_eq!(web.state("{{.State.ExitCode}}"), "0");
    assert!(web.logs().contains("(SIGQUIT) received"), "{}", web.logs());
}

#[test]
fn redis_is_open_to_its_network_and_keeps_its_data_in_a_volume() {
    let config = "{{json .Config.Entrypoint}} {{json .Config.Cmd}} {{json .Config.ExposedPorts}} {{json .Config.Volumes}} {{.Config.WorkingDir}} [{{.Config.User}}]";
    assert_eq!(
        inspect("redis", config),
        r#"["docker-entrypoint.sh"] ["redis-server"] {"6379/tcp":{}} {"/data":{}} /data []"#
    );
    let store = Container::start("redis", &[], &["redis-server", "--appendonly", "yes"]);
    store.until("PONG", || store.tries(&["redis-cli", "ping"]));
    let from_outside = [
        "run",
        "--rm",
        "--label",
        "sealegs.run=imgtest",
        tag("redis"),
        "redis-cli",
        "-h",
        &store.address(),
        "set",
        "knot",
        "bowline",
    ];
    assert_eq!(docker(&from_outside), "OK\n");
    assert_eq!(
        store.exec(&[
            "sh",
            "-c",
            "grep ^Uid /proc/1/status | cut -f 2; stat -c %U /data/appendonlydir"
        ]),
        "999\nredis\n"
    );
    docker(&["stop", &store.0]);
    assert_eq!(store.state("{{.State.ExitCode}}"), "0");
    docker(&["start", &store.0]);
    store.until("bowline", || store.tries(&["redis-cli", "get", "knot"]));
}

#[test]
fn redis_does_as_it_is_told_by_options_and_by_a_file() {
    let version = run("redis", &[], &["redis-server", "--version"]);
    assert!(version.contains("v=8.0."), "{version}");
    assert_eq!(run("redis", &[], &["id", "-un"]), "root\n");
    let told = Container::start("redis", &[], &["--port", "7000"]);
    told.until("PONG", || told.tries(&["redis-cli", "-p", "7000", "ping"]));
    let script = "echo protected-mode yes > /tmp/a.conf; exec docker-entrypoint.sh /tmp/a.conf";
    let strict = Container::start("redis", &["--entrypoint", "sh"], &["-c", script]);
    strict.until("yes", || {
        strict.tries(&["redis-cli", "config", "get", "protected-mode"])
    });
}

#[test]
fn postgres_wants_a_password_before_anything_else() {
    let config = "{{json .Config.Entrypoint}} {{json .Config.Cmd}} {{json .Config.ExposedPorts}} {{json .Config.Volumes}} {{.Config.StopSignal}}";
    assert_eq!(
        inspect("postgres", config),
        r#"["docker-entrypoint.sh"] ["postgres"] {"5432/tcp":{}} {"/var/lib/postgresql/data":{}} SIGINT"#
    );
    let refused = Container::start("postgres", &[], &[]);
    refused.until("You must specify POSTGRES_PASSWORD", || refused.logs());
    assert_eq!(docker(&["wait", &refused.0]), "1\n");
    let version = run("postgres", &[], &["postgres", "--version"]);
    assert!(
        version.starts_with("postgres (PostgreSQL) 17."),
        "{version}"
    );
}

#[test]
fn postgres_is_set_up_from_the_environment_and_keeps_its_data() {
    let script = "echo 'create table knots (name text)' > /docker-entrypoint-initdb.d/1.sql; echo 'psql --username $POSTGRES_USER --dbname $POSTGRES_DB -c \"insert into knots values (1)\"' > /docker-entrypoint-initdb.d/2.sh; exec docker-entrypoint.sh postgres";
    let options = [
        "--entrypoint",
        "sh",
        "--env",
        "POSTGRES_PASSWORD=aye",
        "--env",
        "POSTGRES_USER=mate",
        "--env",
        "POSTGRES_DB=crew",
    ];
    let database = Container::start("postgres", &options, &["-c", script]);
    let address = database.address();
    let ready = ["pg_isready", "-h", &address, "-U", "mate", "-d", "crew"];
    database.until("accepting connections", || database.tries(&ready));
    let ask = |password: &str, sql: &str| {
        let (host, password) = (
            format!("host={address} user=mate dbname=crew"),
            format!("PGPASSWORD={password}"),
        );
        database.tries(&["env", &password, "psql", "-At", &host, "-c", sql])
    };
    assert_eq!(
        ask(
            "aye",
            "select count(*) from knots; insert into knots values ('bowline')"
        ),
        "1\nINSERT 0 1\n"
    );
    assert!(ask("nay", "select 1").contains("password authentication failed"));
    let logs = database.logs();
    assert!(
        logs.contains("PostgreSQL init process complete; ready for start up."),
        "{logs}"
    );
    assert_eq!(
        database.exec(&[
            "sh",
            "-c",
            "grep ^Uid /proc/1/status | cut -f 2; stat -c '%a %U' $PGDATA"
        ]),
        "999\n700 postgres\n"
    );
    docker(&["stop", &database.0]);
    assert_eq!(database.state("{{.State.ExitCode}}"), "0");
    docker(&["start", &database.0]);
    database.until("Skipping initialization", || database.logs());
    database.until("bowline", || {
        database.tries(&[
            "psql",
            "-At",
            "-U",
            "mate",
            "-d",
            "crew",
            "-c",
            "select name from knots",
        ])
    });
}

/// `purser` with the password `aye-aye`, as `htpasswd -B` writes it.
const ACCOUNT: &str = "purser:$2y$05$abcdefghijklmnopqrstuuBpO0vqbDuJIawq39o0yc5ujhsmeKVt6";

#[test]
fn the_registry_lets_in_who_logs_in_and_gives_back_what_was_pushed() {
    let config = "{{json .Config.Entrypoint}} {{json .Config.Cmd}} {{json .Config.ExposedPorts}} {{json .Config.Volumes}}";
    assert_eq!(
        inspect("registry", config),
        r#"["/entrypoint.sh"] ["/etc/docker/registry/config.yml"] {"5000/tcp":{}} {"/var/lib/registry":{}}"#
    );
    let script =
        "echo \"$ACCOUNT\" > /tmp/accounts; exec /entrypoint.sh /etc/docker/registry/config.yml";
    let account = format!("ACCOUNT={ACCOUNT}");
    let options = [
        "--publish",
        "127.0.0.1::5000",
        "--entrypoint",
        "sh",
        "--env",
        &account,
        "--env",
        "REGISTRY_AUTH=htpasswd",
        "--env",
        "REGISTRY_AUTH_HTPASSWD_REALM=hold",
        "--env",
        "REGISTRY_AUTH_HTPASSWD_PATH=/tmp/accounts",
    ];
    let registry = Container::start("registry", &options, &["-c", script]);
    registry.until("401", || {
        registry.tries(&["wget", "-qO-", "http://127.0.0.1:5000/v2/"])
    });
    let place = docker(&["port", &registry.0, "5000/tcp"]).trim().to_owned();
    let image = format!("{place}/knots:1");
    let home = tempfile::tempdir().unwrap();
    let as_learner =
        |args: &[&str]| said(&[&["--config", home.path().to_str().unwrap()], args].concat());
    docker(&["tag", tag("busybox"), &image]);
    assert!(as_learner(&["push", &image]).contains("no basic auth credentials"));
    assert!(
        as_learner(&[
            "login",
            "--username",
            "purser",
            "--password",
            "wrong",
            &place
        ])
        .contains("401 Unauthorized")
    );
    let login = as_learner(&[
        "login",
        "--username",
        "purser",
        "--password",
        "aye-aye",
        &place,
    ]);
    assert!(login.contains("Login Succeeded"), "{login}");
    let pushed = as_learner(&["push", &image]);
    assert!(pushed.contains("1: digest: sha256:"), "{pushed}");
    docker(&["rmi", &image]);
    let pulled = as_learner(&["pull", &image]);
    docker(&["rmi", &image]);
    assert!(pulled.contains("Downloaded newer image"), "{pulled}");
    as_learner(&["logout", &place]);
    assert!(as_learner(&["pull", &image]).contains("no basic auth credentials"));
}

#[test]
fn the_toolbox_drives_the_engine_with_compose_and_buildx() {
    let host = std::env::var("DOCKER_HOST").unwrap_or_default();
    let socket = host
        .strip_prefix("unix://")
        .unwrap_or("/var/run/docker.sock");
    let mount = format!("{socket}:/var/run/docker.sock");
    let script = "docker version --format '{{.Server.Os}}'; docker ps > /dev/null; docker buildx version > /dev/null; docker-compose version --short > /dev/null; \
        mkdir /work; cd /work; echo 'services: {web: {image: busybox}}' > compose.yaml; docker compose config --services; \
        for tool in awk bash find grep sed sh sleep tar timeout wget xargs; do command -v $tool > /dev/null || echo $tool; done";
    assert_eq!(
        run("toolbox", &["--volume", &mount], &["sh", "-ec", script]),
        "linux\nweb\n"
    );
    assert_eq!(
        sh("toolbox", "docker compose version --short | cut -d. -f1"),
        "2\n"
    );
    assert_eq!(
        inspect(
            "toolbox",
            "{{json .Config.Entrypoint}} {{json .Config.Cmd}}"
        ),
        r#"null ["sh"]"#
    );
}
