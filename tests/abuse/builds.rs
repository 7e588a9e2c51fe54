//! Builds that take what is not theirs, or fetch it.

use crate::Abuse;
use crate::images::tarred;
use crate::private_engine::Version;
use crate::sandboxed::{BUSYBOX, Came};
use crate::scene::Scene;

/// Builds these files, by the request that the docker command would send.
fn builds(scene: &Scene, query: &str, files: &[(&str, &str)]) -> Came {
    let files: Vec<(&str, Vec<u8>)> = files
        .iter()
        .map(|(path, content)| (*path, content.as_bytes().to_vec()))
        .collect();
    posts(scene, query, &tarred(&files))
}

fn posts(scene: &Scene, query: &str, bytes: &[u8]) -> Came {
    let head = format!(
        "POST /v1.41/build?{query} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-tar\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        bytes.len()
    );
    scene.own.sends([head.as_bytes(), bytes].concat())
}

/// Both builders refuse this Dockerfile, and neither has begun.
fn refuses(scene: &Scene, dockerfile: &str) {
    for builder in ["1", "2"] {
        let came = builds(
            scene,
            &format!("version={builder}&t=stolen"),
            &[("Dockerfile", dockerfile), ("file", "x")],
        );
        assert!(
            came.code / 100 == 4,
            "builder {builder}: {dockerfile}: {came:?}"
        );
    }
    assert!(
        !scene
            .own
            .does(&["images", "--format", "{{.Repository}}"])
            .contains("stolen")
    );
}

pub const ABUSES: &[Abuse] = &[
    ("37 downloads, by every spelling", |scene| {
        for dockerfile in [
            "FROM busybox\nADD http://127.0.0.1/ /x",
            "FROM busybox\nADD HTTPS://127.0.0.1/ /x",
            "FROM busybox\nARG U=http://127.0.0.1/\\\r\r\nADD $U /x\n",
            "FROM busybox\nADD [\"http://127.0.0.1/\", \"/x\"]",
            "FROM busybox\nADD \\\n  http://127.0.0.1/ \\\n /x",
            "FROM busybox\nARG U=http://127.0.0.1/\nADD $U /x",
            "FROM busybox\nENV U=http\nADD ${U}://127.0.0.1/ /x",
            "FROM busybox\nARG U\nADD $U /x",
            "FROM busybox\nADD git://127.0.0.1/x.git /x",
            "FROM busybox\nADD git@127.0.0.1:x/y.git /x",
            "FROM busybox\nONBUILD ADD http://127.0.0.1/ /x",
            "# escape=`\nFROM busybox\nADD `\nhttp://127.0.0.1/ /x",
        ] {
            refuses(scene, dockerfile);
        }
        let given = builds(
            scene,
            "t=stolen&buildargs=%7B%22U%22%3A%22http%3A%2F%2F127.0.0.1%2F%22%7D",
            &[
                ("Dockerfile", "FROM busybox\nARG U=file\nADD $U /x"),
                ("file", "x"),
            ],
        );
        assert!(given.code / 100 == 4, "{given:?}");
    }),
    ("38 contexts from elsewhere", |scene| {
        for remote in [
            "http://127.0.0.1/x.tar",
            "https://127.0.0.1/x",
            "git://127.0.0.1/x",
            "github.com/a/b",
            "file:///etc",
            "/etc",
            "http://buildkit-session/../x",
            "http://buildkit-session@127.0.0.1/x",
        ] {
            for builder in ["1", "2"] {
                scene.refuses(
                    "POST",
                    &format!("/v1.41/build?version={builder}&remote={remote}"),
                    "",
                );
            }
        }
        for source in ["http://127.0.0.1/", "127.0.0.1", "/etc/passwd"] {
            scene.refuses(
                "POST",
                &format!("/v1.41/images/create?fromSrc={source}&repo=stolen"),
                "",
            );
        }
        // A session's files without a session, and a session of nobody.
        scene.refuses("POST", "/v1.41/build?version=2&remote=client-session", "");
        scene.refuses(
            "POST",
            "/v1.41/build?version=1&remote=client-session&session=abc",
            "",
        );
    }),
    ("39 the host's network and rights in a build", |scene| {
        for query in [
            "networkmode=host",
            "networkmode=container:victim",
            "networkmode=private",
            "cgroupparent=/",
            "securityopt=seccomp%3Dunconfined",
            "isolation=x",
            "squash=1",
            "ulimits=%5B%7B%22Name%22%3A%22nofile%22%7D%5D",
        ] {
            let came = builds(scene, query, &[("Dockerfile", "FROM busybox\nRUN id")]);
            assert!(came.code / 100 == 4, "{query}: {came:?}");
        }
        for dockerfile in [
            "FROM busybox\nRUN --network=host id",
            "FROM busybox\nRUN --security=insecure id",
            "FROM busybox\nRUN --device=x id",
        ] {
            refuses(scene, dockerfile);
        }
    }),
    ("40 another frontend", |scene| {
        scene.own.does(&["tag", BUSYBOX, "frontend"]);
        for line in [
            "# syntax=frontend",
            "#syntax=frontend",
            "// syntax=frontend",
            "#!x\n# syntax=frontend",
            "# escape=`\n# syntax=frontend",
            "\u{feff}# syntax=frontend",
        ] {
            refuses(scene, &format!("{line}\nFROM busybox\n"));
        }
        let came = builds(
            scene,
            "version=2&buildargs=%7B%22BUILDKIT_SYNTAX%22%3A%22frontend%22%7D",
            &[("Dockerfile", "FROM busybox")],
        );
        assert_eq!(came.code, 403, "{came:?}");
        scene.own.does(&["rmi", "frontend"]);
    }),
    ("41 cache mounts of others", |scene| {
        let write =
            "FROM busybox:1.37\nRUN --mount=type=cache,id=shared,target=/c echo left > /c/x\n";
        let read = "FROM busybox:1.37\nRUN --mount=type=cache,id=shared,target=/c ls /c | grep -c . > /found || true\nCMD cat /found\n";
        let came = builds(scene, "version=2&t=writer", &[("Dockerfile", write)]);
        assert_eq!(came.code, 200, "{came:?}");
        let bytes = tarred(&[("Dockerfile", read.as_bytes().to_vec())]);
        let head = format!(
            "POST /v1.41/build?version=2&t=reader HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            bytes.len()
        );
        scene.neighbour.sends([head.as_bytes(), &bytes].concat());
        assert_eq!(scene.neighbour.does(&["run", "--rm", "reader"]), "0");
        scene.neighbour.does(&["rmi", "reader"]);
        scene.own.does(&["rmi", "writer"]);
        let came = builds(
            scene,
            "version=2&buildargs=%7B%22BUILDKIT_CACHE_MOUNT_NS%22%3A%22x%22%7D",
            &[("Dockerfile", "FROM busybox")],
        );
        assert_eq!(came.code, 403, "{came:?}");
    }),
    ("42 outputs and caches of registries", |scene| {
        for outputs in [
            r#"[{"Type":"image","Attrs":{"push":"true","name":"x"}}]"#,
            r#"[{"Type":"registry","Attrs":{"name":"x"}}]"#,
            r#"[{"Type":"moby","Attrs":{"name":"secret:1"}}]"#,
            r#"[{"Type":"moby","Attrs":{"name":"*"}}]"#,
            r#"[{"type":"moby"}]"#,
        ] {
            let outputs: String = outputs.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let came = builds(
                scene,
                &format!("version=2&outputs={outputs}"),
                &[("Dockerfile", "FROM busybox")],
            );
            assert!(came.code / 100 == 4, "{came:?}");
        }
    }),
    ("43 names of everybody's images for a build", |scene| {
        let before = scene.outside(&["inspect", "--format", "{{.Id}}", BUSYBOX]);
        for builder in ["1", "2"] {
            let came = builds(
                scene,
                &format!("version={builder}&t=busybox:1.37&t=secret:1"),
                &[("Dockerfile", "FROM busybox\nLABEL a=b")],
            );
            assert_eq!(came.code, 200, "{came:?}");
            for name in ["*", "a,secret:1", "UPPER", "-"] {
                let came = builds(
                    scene,
                    &format!("version={builder}&t={name}"),
                    &[("Dockerfile", "FROM busybox")],
                );
                assert!(came.code / 100 == 4, "{name}: {came:?}");
            }
        }
        assert_eq!(
            scene.outside(&["inspect", "--format", "{{.Id}}", BUSYBOX]),
            before
        );
        assert_eq!(
            scene.outside(&["inspect", "--format", "{{.Id}}", "secret:1"]),
            scene.secret
        );
        scene.own.does(&["rmi", "-f", BUSYBOX, "secret:1"]);
        scene.own.does(&["pull", BUSYBOX]);
    }),
    ("45 other people's images, by every spelling", |scene| {
        let digest = scene.secret.clone();
        let theirs = scene.neighbours_image();
        for name in [
            "secret:1",
            "docker.io/library/secret:1",
            "index.docker.io/secret:1",
            &digest,
            &digest[7..],
            &theirs,
        ] {
            for dockerfile in [
                format!("FROM {name}"),
                format!("FROM \\\n{name}"),
                format!("from --platform=linux/amd64 {name} AS x"),
                format!("ARG X={name}\nFROM $X"),
                format!(
                    "ARG A={}\nARG B={}\nFROM ${{A}}${{B}}",
                    &name[..3],
                    &name[3..]
                ),
                format!("FROM busybox\nCOPY --from={name} /secret /"),
                format!("FROM busybox\nCOPY --from=\"{name}\" /secret /"),
                format!("FROM busybox\nCOPY --f\\rom={name} /secret /"),
                format!("FROM busybox\nRUN --mount=type=bind,from={name},target=/m cat /m/secret"),
                format!("FROM busybox\nRUN --mount=target=/m,\"from={name}\" cat /m/secret"),
                format!("FROM busybox\nONBUILD COPY --from={name} /secret /"),
                format!("FROM busybox AS secret\nFROM {name}"),
                format!("\u{feff}FROM {name}"),
                format!("FROM busybox\r\nFROM {name}\r\n"),
                format!("FROM busybox\nRUN <<EOF\nEOF\nFROM {name}"),
            ] {
                // A stage of that very name is the builder's own business.
                if dockerfile.contains("AS secret") && name == "secret" {
                    continue;
                }
                refuses(scene, &dockerfile);
            }
        }
        // Lines that one builder takes for text and another for instructions.
        let hidden = "FROM busybox\nRUN <<EOF\nFROM secret:1\nEOF\nCOPY --from=0 /secret /";
        let came = builds(scene, "version=1&t=stolen", &[("Dockerfile", hidden)]);
        assert!(came.code / 100 == 4, "{came:?}");
        if scene.version == Version::Installed {
            let came = builds(scene, "version=2&t=stolen", &[("Dockerfile", hidden)]);
            assert!(came.code / 100 == 4, "{came:?}");
        }
        // A Dockerfile behind the one that was read.
        for (query, files) in [
            (
                "dockerfile=../Dockerfile",
                &[("Dockerfile", "FROM busybox")][..],
            ),
            ("dockerfile=/etc/passwd", &[("Dockerfile", "FROM busybox")]),
            (
                "dockerfile=sub%2F..%2FDockerfile",
                &[("Dockerfile", "FROM secret:1")],
            ),
            (
                "dockerfile=other",
                &[("Dockerfile", "FROM busybox"), ("other", "FROM secret:1")],
            ),
            ("dockerfile=", &[("dockerfile", "FROM secret:1")]),
            (
                "dockerfile=Dockerfile",
                &[
                    ("Dockerfile", "FROM busybox"),
                    ("./Dockerfile", "FROM secret:1"),
                ],
            ),
        ] {
            for builder in ["1", "2"] {
                let came = builds(scene, &format!("version={builder}&t=stolen&{query}"), files);
                assert!(came.code / 100 >= 4, "{query}: {came:?}");
            }
        }
        assert!(
            !scene
                .own
                .does(&["images", "--format", "{{.Repository}}"])
                .contains("stolen")
        );
    }),
    ("45 a Dockerfile behind a link in its tar", |scene| {
        let mut builder = tar::Builder::new(Vec::new());
        let file = |builder: &mut tar::Builder<Vec<u8>>, path: &str, text: &str| {
            let mut header = tar::Header::new_gnu();
            header.set_mode(0o644);
            header.set_size(text.len() as u64);
            builder
                .append_data(&mut header, path, text.as_bytes())
                .unwrap();
        };
        file(&mut builder, "Dockerfile", "FROM busybox");
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        builder.append_link(&mut header, "d", ".").unwrap();
        file(
            &mut builder,
            "d/Dockerfile",
            "FROM secret:1\nCMD cat /secret",
        );
        let bytes = builder.into_inner().unwrap();
        for version in ["1", "2"] {
            let came = posts(scene, &format!("version={version}&t=stolen"), &bytes);
            assert!(came.code / 100 == 4, "{came:?}");
        }
        for bytes in [&b"no tar"[..], b"BZh91AY&SY", b"\xfd7zXZ\0x"] {
            let came = posts(scene, "t=stolen", bytes);
            assert!(came.code / 100 == 4, "{came:?}");
        }
    }),
    ("a step that looks at its engine's network", |scene| {
        // For a grade a build has no network at all.
        for builder in ["1", "2"] {
            let dockerfile = format!(
                "FROM busybox:1.37\nRUN ip -o link | grep -vc ' lo' > /links || true; echo {builder} > /x\nCMD cat /links\n"
            );
            let came = builds(
                scene,
                &format!("version={builder}&t=links"),
                &[("Dockerfile", &dockerfile)],
            );
            assert_eq!(came.code, 200, "{came:?}");
            assert_eq!(scene.own.does(&["run", "--rm", "links"]), "0");
        }
        scene.own.does(&["rmi", "-f", "links"]);
    }),
];
