//! The images we make, on a real engine: they behave as the official ones where lessons look, and
//! the same inputs give the same bytes. The images stay: other tests start from them.

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
    assert_eq!(
        sh("busybox", "whoami; id -u nobody; readlink /proc/1/exe"),
        "root\n65534\n/bin/busybox\n"
    );
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
    assert_eq!(
        sh("busybox", "adduser -D -u 1000 sailor && su sailor -c id"),
        "uid=1000(sailor) gid=1000(sailor) groups=1000(sailor)\n"
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
