//! Other people's images, and images that lie.

use serde_json::json;

use crate::Abuse;
use crate::private_engine::Version;
use crate::sandboxed::{BUSYBOX, Came};
use crate::scene::Scene;

/// Loads a tar of these files.
pub fn loads(scene: &Scene, files: &[(&str, Vec<u8>)]) -> Came {
    let bytes = tarred(files);
    let head = format!(
        "POST /v1.41/images/load HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-tar\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        bytes.len()
    );
    scene.own.sends([head.as_bytes(), &bytes].concat())
}

pub fn tarred(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        builder
            .append_data(&mut header, path, content.as_slice())
            .unwrap();
    }
    builder.into_inner().unwrap()
}

/// What `docker save` writes of an image, file by file.
fn saved(scene: &Scene, image: &str) -> Vec<(String, Vec<u8>)> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("saved.tar");
    scene
        .own
        .does(&["save", "-o", file.to_str().unwrap(), image]);
    let mut archive = tar::Archive::new(std::fs::File::open(&file).unwrap());
    let mut files = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().display().to_string();
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut content).unwrap();
        if entry.header().entry_type() == tar::EntryType::Regular {
            files.push((path, content));
        }
    }
    files
}

/// Every way to get at an image, with its name in place of `ID`.
const DOORS: [&str; 8] = [
    "GET /v1.41/images/ID/json",
    "GET /v1.41/images/ID/history",
    "GET /v1.41/images/ID/get",
    "GET /v1.41/images/get?names=ID",
    "POST /v1.41/images/ID/tag?repo=mine&tag=1",
    "POST /v1.41/images/ID/push",
    "DELETE /v1.41/images/ID?force=1",
    "POST /v1.41/images/create?fromImage=ID",
];

pub const ABUSES: &[Abuse] = &[
    ("43 names of everybody's images", |scene| {
        let before = scene.outside(&["inspect", "--format", "{{.Id}}", BUSYBOX]);
        scene
            .own
            .does(&["create", "--name", "base", BUSYBOX, "true"]);
        scene.own.does(&["commit", "base", BUSYBOX]);
        scene.own.does(&["tag", BUSYBOX, "secret:1"]);
        scene
            .own
            .does(&["tag", BUSYBOX, "docker.io/library/busybox:1.37"]);
        assert_eq!(
            scene.outside(&["inspect", "--format", "{{.Id}}", BUSYBOX]),
            before
        );
        assert_eq!(
            scene.outside(&["inspect", "--format", "{{.Id}}", "secret:1"]),
            scene.secret
        );
        assert_eq!(
            scene
                .neighbour
                .does(&["inspect", "--format", "{{.Id}}", BUSYBOX]),
            before
        );
        for name in [
            "*",
            "a*",
            "sha256:aa",
            "UPPER",
            "a//b",
            "-x",
            "a:b:c",
            "http://x/y",
            "a b",
        ] {
            let path = format!(
                "/v1.41/images/{BUSYBOX}/tag?repo={}",
                name.replace(' ', "%20")
            );
            let came = scene.own.asks("POST", &path, "");
            assert!(came.code / 100 == 4, "{name}: {came:?}");
        }
        scene.own.does(&["rm", "base"]);
        scene.own.does(&["rmi", BUSYBOX, "secret:1"]);
        scene.own.does(&["pull", BUSYBOX]);
    }),
    ("44 an archive with two manifests", |scene| {
        scene
            .own
            .does(&["create", "--name", "source", BUSYBOX, "true"]);
        scene.own.does(&["commit", "source", "archived:1"]);
        scene.own.does(&["rm", "source"]);
        let files = saved(scene, "archived:1");
        let manifest = files
            .iter()
            .find(|(path, _)| path == "manifest.json")
            .unwrap();
        let text = String::from_utf8(manifest.1.clone()).unwrap();
        assert!(text.contains("\"archived:1\""), "{text}");
        let before = scene.outside(&["images", "--no-trunc", "-q", BUSYBOX]);
        // The tags of others in the one, the other, and both.
        let index = |name: &str| {
            let blob = files
                .iter()
                .find(|(path, _)| path.starts_with("blobs/") || path.ends_with(".json"));
            let digest = blob
                .map(|(path, _)| path.rsplit('/').next().unwrap().to_owned())
                .unwrap_or_default();
            json!({"schemaVersion": 2, "manifests": [{"mediaType": "application/vnd.oci.image.manifest.v1+json", "size": 1,
                "digest": format!("sha256:{digest}"),
                "annotations": {"io.containerd.image.name": format!("docker.io/library/{name}"), "org.opencontainers.image.ref.name": "1.37"}}]})
                .to_string()
                .into_bytes()
        };
        let lying = |manifest: Option<String>, index: Option<Vec<u8>>| {
            let mut all: Vec<(&str, Vec<u8>)> = files
                .iter()
                .filter(|(path, _)| {
                    !matches!(
                        path.as_str(),
                        "manifest.json" | "index.json" | "oci-layout" | "repositories"
                    )
                })
                .map(|(path, content)| (path.as_str(), content.clone()))
                .collect();
            if let Some(manifest) = manifest {
                all.push(("manifest.json", manifest.into_bytes()));
            }
            if let Some(index) = index {
                all.push(("index.json", index));
                all.push(("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec()));
            }
            loads(scene, &all)
        };
        lying(Some(text.clone()), Some(index("busybox:1.37")));
        lying(Some(text.replace("archived:1", BUSYBOX)), None);
        lying(
            Some(text.replace("archived:1", "secret:1")),
            Some(index("secret:1")),
        );
        let came = lying(None, Some(index("busybox:1.37")));
        assert!(
            came.code == 403 || scene.version == Version::NewestContainerd && came.code / 100 == 4,
            "{came:?}"
        );
        assert_eq!(
            scene.outside(&["images", "--no-trunc", "-q", BUSYBOX]),
            before
        );
        assert_eq!(
            scene.outside(&["inspect", "--format", "{{.Id}}", "secret:1"]),
            scene.secret
        );
        assert!(
            scene
                .own
                .does(&["images", "--format", "{{.Repository}}:{{.Tag}}"])
                .contains("secret:1")
        );
        scene
            .own
            .docker(&["rmi", "-f", "archived:1", "secret:1", BUSYBOX]);
        scene.own.does(&["pull", BUSYBOX]);
    }),
    ("46 a shared image by force", |scene| {
        let id = scene.outside(&["inspect", "--format", "{{.Id}}", BUSYBOX]);
        scene
            .own
            .does(&["run", "-d", "--name", "user", BUSYBOX, "sleep", "1000"]);
        scene.own.docker(&["rmi", "-f", BUSYBOX]);
        scene.own.docker(&["rmi", "-f", &id]);
        scene.own.docker(&["image", "prune", "-af"]);
        scene.outside(&["run", "--rm", BUSYBOX, "true"]);
        scene.neighbour.does(&["run", "--rm", BUSYBOX, "true"]);
        scene.own.does(&["rm", "-f", "user"]);
        scene.own.does(&["pull", BUSYBOX]);
    }),
    ("46 other people's images, by every door", |scene| {
        let theirs = scene.neighbours_image();
        let solution = scene.outside(&["inspect", "--format", "{{.Id}}", &theirs]);
        let digits = |id: &str| id.trim_start_matches("sha256:").to_owned();
        let short = digits(&solution)[..12].to_owned();
        for id in [
            "secret",
            "secret:1",
            &scene.secret,
            &digits(&scene.secret),
            &digits(&scene.secret)[..12],
            &solution,
            &short,
            "solution",
            &theirs,
        ] {
            for door in DOORS {
                let (method, path) = door.split_once(' ').unwrap();
                let came = scene.own.asks(method, &path.replace("ID", id), "");
                assert!(came.code / 100 == 4, "{door} {id}: {came:?}");
            }
            let body = json!({"Image": id, "Cmd": ["cat", "/secret"]});
            let came = scene.own.creates(&body.to_string());
            assert_eq!(came.code, 404, "{id}: {came:?}");
        }
        let shown = scene
            .own
            .does(&["images", "-a", "--format", "{{.Repository}}:{{.Tag}}"]);
        assert!(
            !shown.contains("secret") && !shown.contains("solution"),
            "{shown}"
        );
    }),
    ("48 crafted images", |scene| {
        scene
            .own
            .does(&["create", "--name", "base", BUSYBOX, "true"]);
        // A trigger cannot come in by a commit, by an import, or by the settings laid over one.
        for change in [
            "ONBUILD ADD http://127.0.0.1/ /x",
            "FROM secret:1",
            "RUN id",
            "ADD x /",
            "LABEL a=b\nONBUILD RUN id",
            // The next line, which takes our labels away, would be its own.
            "CMD [\"echo\", \"x\"] \\",
            "ENV a=b \\ ",
            "ENV a=b `",
        ] {
            let path = format!(
                "/v1.41/commit?container=base&repo=crafted&changes={}",
                encoded(change)
            );
            scene.refuses("POST", &path, "");
            let path = format!(
                "/v1.41/images/create?fromSrc=-&repo=crafted&changes={}",
                encoded(change)
            );
            scene.refuses("POST", &path, "");
        }
        scene.refuses(
            "POST",
            "/v1.41/commit?container=base&repo=crafted",
            r#"{"OnBuild":["RUN id"]}"#,
        );
        scene.refuses(
            "POST",
            "/v1.41/commit?container=base&repo=crafted",
            r#"{"HostConfig":{"Privileged":true}}"#,
        );
        // Health checks of an image are no flood, and its volumes are the sandbox's.
        let came = scene.own.asks(
            "POST",
            "/v1.41/commit?container=base&repo=crafted",
            r#"{"Healthcheck":{"Test":["CMD","true"],"Interval":500000000},"Volumes":{"/v":{}}}"#,
        );
        assert_eq!(came.code, 201, "{came:?}");
        scene.refuses(
            "POST",
            "/v1.41/commit?container=base&repo=flood",
            r#"{"Healthcheck":{"Test":["CMD","true"],"Interval":1000000}}"#,
        );
        let mut files = saved(scene, "crafted");
        let config = files
            .iter()
            .find(|(_, content)| {
                content.starts_with(b"{") && content.windows(9).any(|part| part == b"\"rootfs\":")
            })
            .map(|(path, content)| (path.clone(), content.clone()))
            .unwrap();
        let flood = String::from_utf8(config.1)
            .unwrap()
            .replace("500000000", "1000000");
        let manifest = files
            .iter()
            .find(|(path, _)| path == "manifest.json")
            .unwrap()
            .1
            .clone();
        let manifest = String::from_utf8(manifest)
            .unwrap()
            .replace(&config.0, "flood.json")
            .replace("crafted:", "flood:");
        files.retain(|(path, _)| {
            !matches!(
                path.as_str(),
                "manifest.json" | "index.json" | "oci-layout" | "repositories"
            )
        });
        let mut all: Vec<(&str, Vec<u8>)> = files
            .iter()
            .map(|(path, content)| (path.as_str(), content.clone()))
            .collect();
        all.push(("flood.json", flood.into_bytes()));
        all.push(("manifest.json", manifest.into_bytes()));
        let came = loads(scene, &all);
        assert!(came.out.contains("Loaded"), "{came:?}");
        scene
            .own
            .does(&["run", "-d", "--name", "flooded", "flood", "sleep", "1000"]);
        let name = scene.own.sandbox().engine_name("flooded");
        let interval = scene.outside(&[
            "inspect",
            "--format",
            "{{.Config.Healthcheck.Interval}}",
            &name,
        ]);
        assert_eq!(interval, "500ms");
        let volume = scene.outside(&[
            "inspect",
            "--format",
            "{{range .Mounts}}{{.Name}}{{end}}",
            &name,
        ]);
        let label = scene.outside(&[
            "volume",
            "inspect",
            "--format",
            "{{index .Labels \"sealegs.sandbox\"}}",
            &volume,
        ]);
        assert!(name.contains(&label) && !label.is_empty());
        scene.own.does(&["rm", "-fv", "flooded", "base"]);
        scene.own.does(&["rmi", "crafted", "flood"]);
    }),
];

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
