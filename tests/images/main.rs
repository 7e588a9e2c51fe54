//! The images we make, on a real engine: they behave as the official ones where lessons look, and
//! the same inputs give the same bytes. The images stay: other tests start from them.

#![expect(
    clippy::unwrap_used,
    reason = "the functions beside the tests are tests too"
)]

mod kits;
mod odd_kits;
mod pulls;
mod registry;
mod rooms;
mod servers;
#[path = "../support/mod.rs"]
mod support;

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{LazyLock, Mutex};

use sealegs::images::{BuiltImage, ImageError, Notice, Recipe, build, recipe_for, recipes};

/// Every image, made in a store that outlives the run, and loaded once a run.
static LOADED: LazyLock<Vec<(&str, Result<BuiltImage, ImageError>)>> = LazyLock::new(|| {
    let all: Vec<&Recipe> = recipes().iter().collect();
    let built = build(&all, &store(), &|notice| eprintln!("{notice:?}"));
    for image in built.iter().filter_map(|(_, image)| image.as_ref().ok()) {
        docker(&["load", "--input", &image.archive.display().to_string()]);
    }
    built
});

fn store() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("images")
}

#[track_caller]
fn docker(args: &[&str]) -> String {
    let output = Command::new("docker")
        .args(args)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    assert!(
        output.status.success(),
        "docker {args:?} ended with {}\n{out}{err}",
        output.status
    );
    out
}

/// Runs a shell script in a container of the image, with no network; returns what it prints.
#[track_caller]
fn sh(name: &str, script: &str) -> String {
    run(name, &["--entrypoint", "sh"], &["-ec", script])
}

#[track_caller]
fn run(name: &str, options: &[&str], command: &[&str]) -> String {
    let image = tag(name);
    let fixed = [
        "run",
        "--rm",
        "--network",
        "none",
        "--label",
        "sealegs.run=imgtest",
    ];
    docker(&[&fixed, options, &[image], command].concat())
}

/// The tag of an image that is loaded.
#[track_caller]
fn tag(name: &str) -> &'static str {
    let built = LOADED.iter().find(|(known, _)| *known == name).unwrap();
    match &built.1 {
        Ok(image) => &image.tags[0],
        Err(error) => panic!("{}", error.problem()),
    }
}

/// `docker inspect` of an image, by template.
#[track_caller]
fn inspect(name: &str, template: &str) -> String {
    docker(&["image", "inspect", "--format", template, tag(name)])
        .trim()
        .to_owned()
}

#[test]
fn busybox_has_its_shell_and_its_applets() {
    assert_eq!(
        inspect(
            "busybox",
            "{{json .Config.Cmd}} {{json .Config.Entrypoint}}"
        ),
        r#"["sh"] null"#
    );
    assert_eq!(run("busybox", &[], &["echo", "ahoy"]), "ahoy\n");
    assert_eq!(sh("busybox", "whoami; id -u nobody"), "root\n65534\n");
    for applet in [
        "wget", "nc", "httpd", "vi", "awk", "nslookup", "adduser", "stat", "timeout",
    ] {
        assert_eq!(
            sh(
                "busybox",
                &format!("command -v {applet} >/dev/null && echo yes")
            ),
            "yes\n",
            "{applet}"
        );
    }
    let script = "adduser -D -u 1000 sailor; addgroup -S crew; adduser -S -H -G crew -s /bin/sh app; \
        addgroup app sailor; su sailor -c 'id; touch ~/log'; su app -c id; chown app:crew /tmp; stat -c %a /home/sailor; \
        adduser -D sailor 2>&1 || echo refused";
    assert_eq!(
        sh("busybox", script),
        "uid=1000(sailor) gid=1000(sailor) groups=1000(sailor)\n\
         uid=100(app) gid=101(crew) groups=101(crew),1000(sailor)\n2755\n\
         adduser: user 'sailor' in use\nrefused\n"
    );
    assert_eq!(
        sh("busybox", "stat -c '%a %U' /tmp /root /etc/shadow"),
        "1777 root\n700 root\n640 root\n"
    );
    // The 1.35 of older suites dies of `wget -T`.
    let script = "echo hi > index.html; httpd -p 127.0.0.1:80 && wget -T 2 -qO- http://127.0.0.1/";
    assert_eq!(sh("busybox", script), "hi\n");
}

#[test]
fn the_label_says_that_the_image_is_ours() {
    let label = inspect("busybox", r#"{{index .Config.Labels "sealegs.kit"}}"#);
    assert_eq!(label.len(), 16);
    assert!(label.chars().all(|c| c.is_ascii_hexdigit()));
}

#[test]
fn every_image_the_course_names_has_a_recipe() {
    let course = sealegs::course::Course::built_in().unwrap();
    let mut named: Vec<&str> = course
        .images
        .iter()
        .map(|image| image.name.as_str())
        .collect();
    let mut made: Vec<&str> = recipes().iter().map(|recipe| recipe.tags[0]).collect();
    named.sort_unstable();
    made.sort_unstable();
    assert_eq!(named, made);
}

#[test]
fn every_image_can_be_made() {
    for (name, image) in LOADED.iter() {
        assert!(
            image.is_ok(),
            "{name}: {}",
            image.as_ref().unwrap_err().problem()
        );
    }
}

/// A wheel made by hand, installed with no index.
const WHEEL: &str = r#"
cat > /tmp/wheel.py <<'END'
import zipfile
with zipfile.ZipFile('/tmp/knots-1.0-py3-none-any.whl', 'w') as wheel:
    wheel.writestr('knots.py', 'TIED = "bowline"\n')
    info = 'knots-1.0.dist-info'
    wheel.writestr(f'{info}/METADATA', 'Metadata-Version: 2.1\nName: knots\nVersion: 1.0\n')
    wheel.writestr(f'{info}/WHEEL', 'Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n')
    wheel.writestr(f'{info}/entry_points.txt', '[console_scripts]\nknots = knots:TIED.upper\n')
    wheel.writestr(f'{info}/RECORD', '')
END
python /tmp/wheel.py
"#;

#[test]
fn python_is_where_the_official_image_has_it() {
    let config = inspect(
        "python",
        "{{json .Config.Cmd}} {{json .Config.Entrypoint}} [{{.Config.User}}]",
    );
    assert_eq!(config, r#"["python3"] null []"#);
    let env = inspect("python", "{{json .Config.Env}}");
    assert!(
        env.starts_with(r#"["PATH=/usr/local/bin:"#) && env.contains(r#""PYTHON_VERSION=3.13."#),
        "{env}"
    );
    let paths =
        "for name in python python3 pip pip3; do command -v $name; done; readlink -f /bin/sh";
    assert_eq!(
        sh("python", paths),
        "/usr/local/bin/python\n/usr/local/bin/python3\n/usr/local/bin/pip\n/usr/local/bin/pip3\n/usr/bin/dash\n"
    );
    let imports = "import bz2, ctypes, curses, hashlib, lzma, readline, sqlite3, ssl, uuid, zlib, sys; print(sys.prefix)";
    assert_eq!(
        run("python", &[], &["python", "-c", imports]),
        "/usr/local\n"
    );
    let outdated = "python -c 'import sysconfig; print(sysconfig.get_path(\"purelib\"), sysconfig.get_path(\"scripts\"))'";
    assert_eq!(
        sh("python", outdated),
        "/usr/local/lib/python3.13/site-packages /usr/local/bin\n"
    );
}

#[test]
fn pip_installs_a_wheel_with_no_index_and_no_complaint() {
    let install =
        "pip install --quiet --root-user-action=ignore --no-index --find-links /tmp knots";
    let root = format!(
        "{WHEEL}{install}; python -c 'import knots; print(knots.__file__)'; command -v knots; pip list --format=freeze"
    );
    assert_eq!(
        sh("python", &root),
        "/usr/local/lib/python3.13/site-packages/knots.py\n/usr/local/bin/knots\nknots==1.0\npip==25.1.1\n"
    );
    let venv = format!(
        "{WHEEL}python -m venv /opt/venv; . /opt/venv/bin/activate; {install}; python -c 'import knots, sys; print(knots.__file__, len([p for p in sys.path if \"packages\" in p]))'; for name in knots pip; do command -v $name; done"
    );
    assert_eq!(
        sh("python", &venv),
        "/opt/venv/lib/python3.13/site-packages/knots.py 1\n/opt/venv/bin/knots\n/opt/venv/bin/pip\n"
    );
    let user = format!(
        "{WHEEL}useradd -m sailor; su sailor -c '{install} --user --no-warn-script-location; python -c \"import knots; print(knots.__file__)\"'"
    );
    assert_eq!(
        sh("python", &user),
        "/home/sailor/.local/lib/python3.13/site-packages/knots.py\n"
    );
}

#[test]
fn python_as_process_one_does_not_die_of_sigterm() {
    // The shell is dash, which forks: a shell that replaces itself would hide this.
    let script = "trap 'echo shell got it; exit 0' TERM; kill -TERM $$ & wait; sleep 1";
    assert_eq!(sh("python", script), "shell got it\n");
    let ps = "sh -c 'python -c \"import os; print(os.getppid() != 1, open(\\\"/proc/1/comm\\\").read().strip())\"; true'";
    assert_eq!(sh("python", ps), "True sh\n");
}

#[test]
fn the_slim_images_have_the_tools_of_ordinary_dockerfiles() {
    for image in ["python", "node", "golang", "nginx", "redis", "postgres"] {
        let tools = "for tool in awk bash cat chmod chown cut df env find grep groupadd gzip head id install ln ls mkdir mktemp mv nologin perl rm sed sha256sum sleep sort stat su tail tar tee touch tr useradd wc which xargs; do command -v $tool > /dev/null || echo $tool; done";
        assert_eq!(sh(image, tools), "", "missing in {image}");
        let broken = "find /usr -type f \\( -perm -100 -o -name '*.so*' \\) -size +3k | while read -r file; do ldd $file 2>/dev/null | grep 'not found' | sed \"s#^#$file #\"; done";
        assert_eq!(sh(image, broken), "", "libraries missing in {image}");
    }
}

#[test]
fn users_and_groups_are_made_as_in_debian() {
    let script = "groupadd --gid 1500 crew; useradd --create-home --uid 1500 --gid crew sailor; su sailor -c 'id; pwd; touch ~/log'; \
        adduser --system --group --no-create-home app; id app; addgroup --gid 1600 deck; adduser --disabled-password --gecos '' mate; id -gn mate; \
        echo rope > /tmp/a; chown sailor:crew /tmp/a; stat -c %U:%G /tmp/a; grep -c . /etc/shadow > /dev/null";
    let out = sh(
        "python",
        &format!("{{ {script}; }} 2>/tmp/err; cat /tmp/err"),
    );
    assert!(
        out.starts_with("uid=1500(sailor) gid=1500(crew) groups=1500(crew)\n/\n"),
        "{out}"
    );
    assert!(
        out.contains("uid=100(app) gid=101(app)") && out.contains("\nmate\nsailor:crew\n"),
        "{out}"
    );
    assert!(!out.contains("syslog"), "{out}");
    assert_eq!(
        sh(
            "python",
            "stat -c '%a %U:%G' /etc/shadow /tmp /root /usr/bin/su"
        ),
        "640 root:shadow\n1777 root:root\n700 root:root\n4755 root:root\n"
    );
}

#[test]
fn node_runs_files_options_and_npm() {
    assert_eq!(
        inspect("node", "{{json .Config.Entrypoint}} {{json .Config.Cmd}}"),
        r#"["docker-entrypoint.sh"] ["node"]"#
    );
    let version = run("node", &[], &["--version"]);
    assert!(version.starts_with("v24."), "{version}");
    assert_eq!(
        run(
            "node",
            &["--user", "node"],
            &["node", "-p", "process.getuid() + require('os').homedir()"]
        ),
        "1000/home/node\n"
    );
    assert_eq!(
        run("node", &[], &["sh", "-c", "echo a program"]),
        "a program\n"
    );
    let script = "mkdir /app && cd /app && echo 'console.log(40 + 2)' > a.js && docker-entrypoint.sh a.js && npm --version && npm init -y > /dev/null && npm install --offline > /dev/null && npx --version && stat -c %U /home/node/.profile";
    assert_eq!(sh("node", script), "42\n11.6.2\n11.6.2\nnode\n");
}

#[test]
fn go_builds_tests_and_vets_with_no_network() {
    let config = inspect("golang", "{{.Config.WorkingDir}} {{json .Config.Env}}");
    assert!(
        config.starts_with(r#"/go ["PATH=/go/bin:/usr/local/go/bin:"#),
        "{config}"
    );
    assert!(
        config.contains("GOTOOLCHAIN=local") && !config.contains("CGO_ENABLED"),
        "{config}"
    );
    assert_eq!(
        sh(
            "golang",
            "go env GOROOT GOPATH GOPROXY CGO_ENABLED; stat -c %a /go/src"
        ),
        "/usr/local/go\n/go\noff\n0\n1777\n"
    );
    let script = r#"
mkdir /app; cd /app; go mod init example 2>/dev/null
printf 'package main\nimport ("fmt"; "net/http")\nfunc main() { fmt.Println(http.StatusText(418)) }\n' > main.go
printf 'package main\nimport "testing"\nfunc TestA(t *testing.T) { t.Log("a") }\n' > main_test.go
CGO_ENABLED=0 go build -o app . && ./app && go vet ./... && go test ./... | cut -f 1 && gofmt -l .
GOOS=windows go build -o app.exe . && head -c 2 app.exe"#;
    // gofmt has something to say of both files: they are written on as few lines as can be.
    assert_eq!(
        sh("golang", script),
        "I'm a teapot\nok  \nmain.go\nmain_test.go\nMZ"
    );
}

/// Another store with the same packages.
fn store_beside(name: &str) -> tempfile::TempDir {
    LazyLock::force(&LOADED);
    let other = tempfile::Builder::new()
        .prefix(name)
        .tempdir_in(env!("CARGO_TARGET_TMPDIR"))
        .unwrap();
    for folder in ["apt", "npm"] {
        symlink(store().join(folder), other.path().join(folder)).unwrap();
    }
    other
}

#[test]
fn the_same_inputs_give_the_same_bytes_and_are_not_worked_on_twice() {
    let other = store_beside("again");
    let chosen = ["busybox:1.37", "python:3.13-slim"].map(|tag| recipe_for(tag).unwrap());
    let notices = Mutex::new(Vec::new());
    let note = |notice| notices.lock().unwrap().push(notice);
    for (name, image) in build(&chosen, other.path(), &note) {
        let first = LOADED.iter().find(|(known, _)| *known == name).unwrap();
        assert_eq!(
            image.unwrap().sha256,
            first.1.as_ref().unwrap().sha256,
            "{name}"
        );
    }
    assert!(
        !notices
            .lock()
            .unwrap()
            .iter()
            .any(|notice| matches!(notice, Notice::Fetching { .. } | Notice::Reused { .. }))
    );
    notices.lock().unwrap().clear();
    build(&chosen, other.path(), &note);
    let expected =
        ["busybox", "python"].map(|image| [Notice::Resolving { image }, Notice::Reused { image }]);
    assert_eq!(*notices.lock().unwrap(), expected.concat());
}
