//! `busybox`: one static program under three hundred names.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::super::error::ImageError;
use super::super::recipe::{Bench, Config, Recipe};
use super::super::tree::Tree;

pub(super) const RECIPE: Recipe = Recipe {
    name: "busybox",
    tags: &[
        "busybox:1.37",
        "busybox:1.37.0",
        "busybox:stable",
        "busybox:latest",
        "busybox",
    ],
    packages: &["busybox-static"],
    base: None,
    without: &[],
    npm: &[],
    left_out: &[],
    mend,
    config: |_| Config {
        cmd: vec!["sh"],
        ..Config::default()
    },
    text: concat!(
        include_str!("busybox.rs"),
        include_str!("busybox/adduser.sh"),
        include_str!("busybox/addgroup.sh")
    ),
};

/// Programs of the official image that Debian's build does without, and Dockerfiles often call.
const STAND_INS: [(&str, &str); 2] = [
    ("bin/adduser", include_str!("busybox/adduser.sh")),
    ("bin/addgroup", include_str!("busybox/addgroup.sh")),
];

const PASSWD: &str = "\
root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
bin:x:2:2:bin:/bin:/bin/false
sys:x:3:3:sys:/dev:/bin/false
sync:x:4:100:sync:/bin:/bin/sync
mail:x:8:8:mail:/var/spool/mail:/bin/false
www-data:x:33:33:www-data:/var/www:/bin/false
operator:x:37:37:Operator:/var:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false
";

const GROUP: &str = "\
root:x:0:
daemon:x:1:
bin:x:2:
sys:x:3:
adm:x:4:
tty:x:5:
disk:x:6:
mail:x:8:
wheel:x:10:root
www-data:x:33:
operator:x:37:
users:x:100:
nobody:x:65534:
";

fn mend(tree: &mut Tree, bench: &Bench<'_>) -> Result<(), ImageError> {
    const BINARY: &str = "usr/bin/busybox";
    let program = tree.get(BINARY).cloned();
    let program = program.ok_or_else(|| bench.changed(BINARY, "a program"))?;
    let applets = applets(tree, bench)?;
    let copyright = tree.get("usr/share/doc/busybox-static/copyright").cloned();
    *tree = Tree::default();
    tree.hard_link("bin/busybox", &program);
    for applet in &applets {
        tree.hard_link(&format!("bin/{applet}"), &program);
    }
    for (path, script) in STAND_INS {
        if tree.get(path).is_none() {
            tree.file(path, 0o755, script);
        }
    }
    // Scripts say `#!/usr/bin/env sh`.
    tree.link("usr/bin/env", "../../bin/env");
    if let Some(copyright) = copyright {
        tree.hard_link("usr/share/doc/busybox/copyright", &copyright);
    }
    tree.file("etc/passwd", 0o644, PASSWD);
    tree.file("etc/group", 0o644, GROUP);
    let shadow = PASSWD.lines().filter_map(|line| line.split(':').next());
    let shadow: String = shadow
        .map(|name| format!("{name}:*:20089:0:99999:7:::\n"))
        .collect();
    tree.file("etc/shadow", 0o640, shadow);
    for (folder, mode) in [
        ("dev", 0o755),
        ("home", 0o755),
        ("root", 0o700),
        ("tmp", 0o1777),
        ("usr/sbin", 0o755),
        ("var/spool/mail", 0o755),
        ("var/www", 0o755),
    ] {
        tree.folder(folder, mode);
    }
    Ok(())
}

/// The names the program answers to, asked of the program itself.
fn applets(tree: &Tree, bench: &Bench<'_>) -> Result<Vec<String>, ImageError> {
    let program = bench.scratch.join("busybox");
    let listed = (|| {
        fs::write(
            &program,
            tree.content("usr/bin/busybox").unwrap_or_default(),
        )?;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
        let output = Command::new(&program).arg("--list").output()?;
        String::from_utf8(output.stdout).map_err(io::Error::other)
    })();
    let listed = listed.map_err(|error| ImageError::store(&program, &error))?;
    let names: Vec<String> = listed.lines().map(str::to_owned).collect();
    let whole = ["sh", "ls", "wget", "httpd", "nc"]
        .iter()
        .all(|name| names.iter().any(|n| n == name));
    if whole {
        Ok(names)
    } else {
        Err(bench.changed("usr/bin/busybox", "the usual applets"))
    }
}
