//! Files of the host, by every door.

use serde_json::json;

use crate::Abuse;
use crate::sandboxed::BUSYBOX;

pub const ABUSES: &[Abuse] = &[
    (
        "27 folders of the host, the engine's socket, links, dots",
        |scene| {
            for source in [
                "/",
                "/etc",
                "/var/run/docker.sock",
                "/var/lib/docker",
                "/proc",
                "//",
                "/./",
                "/tmp/../etc",
            ] {
                scene.refuses_host(&json!({"Binds": [format!("{source}:/x")]}), "");
                scene.refuses_host(
                    &json!({"Mounts": [{"Type": "bind", "Source": source, "Target": "/x"}]}),
                    "",
                );
            }
            scene.refuses_host(&json!({"Binds": ["../x:/x"]}), "absolute path");
            // A learner's workspace is theirs, and nothing else is.
            let workspace = scene.workspace.path();
            std::os::unix::fs::symlink("/etc", workspace.join("link")).unwrap();
            std::fs::create_dir(workspace.join("folder")).unwrap();
            std::fs::write(workspace.join("folder/file"), "mine").unwrap();
            let shown = workspace.display().to_string();
            let mounts = |source: String| {
                let bind = format!("{source}:/x:ro");
                scene
                    .learner
                    .docker(&["run", "--rm", "-v", &bind, BUSYBOX, "ls", "/x"])
            };
            assert_eq!(mounts(format!("{shown}/folder")).out.trim(), "file");
            for source in [
                format!("{shown}/link"),
                format!("{shown}/link/ssh"),
                format!("{shown}/folder/../../"),
                format!("{shown}/../"),
                format!("{shown}x"),
                "/".to_owned(),
                "/var/run/docker.sock".to_owned(),
            ] {
                let came = mounts(source.clone());
                assert_ne!(came.code, 0, "{source}: {came:?}");
                assert!(came.err.contains("sandbox"), "{source}: {came:?}");
            }
        },
    ),
    (
        "28 a folder that becomes a link before the start",
        |scene| {
            // For a grade there is nothing to swap; for a learner it is their own doing, and the book says that it is no wall.
            scene.refuses_host(&json!({"Binds": ["/tmp:/x"]}), "the host's");
        },
    ),
    ("29 setuid files and device nodes", |scene| {
        let came = scene
            .inside("mknod /disk b 254 0 && head -c 1 /disk; mknod /mem c 1 1 && head -c 1 /mem");
        assert!(
            came.out.is_empty() && came.err.contains("not permitted"),
            "{came:?}"
        );
        // By the archive too, the device only exists where the container may not open it.
        scene
            .own
            .does(&["run", "-d", "--name", "nodes", BUSYBOX, "sleep", "1000"]);
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Block);
        header.set_mode(0o666);
        header.set_size(0);
        header.set_device_major(254).unwrap();
        header.set_device_minor(0).unwrap();
        put(scene, "nodes", &mut header, "disk", b"");
        let came = scene
            .own
            .docker(&["exec", "nodes", "head", "-c", "1", "/tmp/disk"]);
        assert_ne!(came.code, 0, "{came:?}");
        scene.own.does(&["rm", "-f", "nodes"]);
    }),
    ("30 options of a volume's driver", |scene| {
        for options in [
            json!({"type": "none", "o": "bind", "device": "/"}),
            json!({"type": "nfs", "o": "addr=127.0.0.1", "device": ":/"}),
            json!({"type": "tmpfs", "device": "tmpfs"}),
        ] {
            scene.refuses(
                "POST",
                "/v1.41/volumes/create",
                &json!({"Name": "bound", "DriverOpts": options}).to_string(),
            );
            scene.refuses_host(
                &json!({"Mounts": [{"Type": "volume", "Source": "bound", "Target": "/x", "VolumeOptions": {"DriverConfig": {"Name": "local", "Options": options}}}]}),
                "driver",
            );
        }
        scene.refuses(
            "POST",
            "/v1.41/volumes/create",
            r#"{"Name":"bound","Driver":"evil"}"#,
        );
        scene.refuses_host(&json!({"VolumeDriver": "evil"}), "volume driver");
    }),
    ("31 propagation, image and pipe mounts", |scene| {
        let shown = scene.workspace.path().display().to_string();
        let bind = json!({"Image": BUSYBOX, "HostConfig": {"Mounts": [{"Type": "bind", "Source": shown, "Target": "/x", "BindOptions": {"Propagation": "rshared"}}]}});
        assert_eq!(scene.learner.creates(&bind.to_string()).code, 403);
        let bind =
            json!({"Image": BUSYBOX, "HostConfig": {"Binds": [format!("{shown}:/x:rshared")]}});
        assert_eq!(scene.learner.creates(&bind.to_string()).code, 403);
        for kind in ["image", "npipe", "cluster", "Bind", ""] {
            scene.refuses_host(
                &json!({"Mounts": [{"Type": kind, "Source": "secret:1", "Target": "/x"}]}),
                "a mount of the kind",
            );
        }
    }),
    ("32 tricks with archives", |scene| {
        let marker = format!("sealegs-abuse-{}", std::process::id());
        scene.own.does(&[
            "run",
            "-d",
            "--name",
            "target",
            BUSYBOX,
            "sh",
            "-c",
            "ln -s / /tmp/up; sleep 1000",
        ]);
        for path in [
            format!("../../../../../../tmp/{marker}"),
            format!("/tmp/{marker}"),
            format!("up/tmp/{marker}"),
        ] {
            let mut header = tar::Header::new_gnu();
            header.set_mode(0o644);
            header.set_size(1);
            // The library would not write such a name: its bytes are set.
            let name = &mut header.as_old_mut().name;
            name[..path.len()].copy_from_slice(path.as_bytes());
            let mut bytes = Vec::new();
            header.set_cksum();
            bytes.extend_from_slice(header.as_bytes());
            bytes.extend_from_slice(&[b'x'; 1]);
            bytes.resize(bytes.len().next_multiple_of(512) + 1024, 0);
            let head = format!(
                "PUT /v1.41/containers/target/archive?path=/tmp HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-tar\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                bytes.len()
            );
            scene.own.sends([head.as_bytes(), &bytes].concat());
            assert!(
                !std::path::Path::new("/tmp").join(&marker).exists(),
                "{path}"
            );
        }
        for path in [
            "/tmp/up/etc/shadow",
            "../../../etc/shadow",
            "/proc/1/root/etc/shadow",
        ] {
            let came = scene.own.asks(
                "GET",
                &format!("/v1.41/containers/target/archive?path={path}"),
                "",
            );
            assert!(!came.out.contains("root:$"), "{path}");
        }
        scene.own.does(&["rm", "-f", "target"]);
    }),
];

fn put(
    scene: &crate::scene::Scene,
    container: &str,
    header: &mut tar::Header,
    path: &str,
    content: &[u8],
) {
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_data(header, path, content).unwrap();
    let bytes = builder.into_inner().unwrap();
    let head = format!(
        "PUT /v1.41/containers/{container}/archive?path=/tmp HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-tar\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        bytes.len()
    );
    scene.own.sends([head.as_bytes(), &bytes].concat());
}
