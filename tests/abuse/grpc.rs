//! BuildKit's channels, by messages that no client would send.

use std::collections::HashMap;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use tokio::net::UnixStream;

use crate::Abuse;
use crate::scene::Scene;

#[derive(Clone, PartialEq, Message)]
struct Solve {
    #[prost(string, tag = "1")]
    reference: String,
    #[prost(bytes = "vec", optional, tag = "2")]
    definition: Option<Vec<u8>>,
    #[prost(string, tag = "3")]
    exporter: String,
    #[prost(map = "string, string", tag = "4")]
    exporter_attrs: HashMap<String, String>,
    #[prost(string, tag = "5")]
    session: String,
    #[prost(string, tag = "6")]
    frontend: String,
    #[prost(map = "string, string", tag = "7")]
    frontend_attrs: HashMap<String, String>,
    #[prost(string, repeated, tag = "9")]
    entitlements: Vec<String>,
    #[prost(map = "string, bytes", tag = "10")]
    frontend_inputs: HashMap<String, Vec<u8>>,
    #[prost(message, repeated, tag = "13")]
    exporters: Vec<Exporter>,
    #[prost(bool, tag = "14")]
    enable_session_exporter: bool,
}

#[derive(Clone, PartialEq, Message)]
struct Exporter {
    #[prost(string, tag = "1")]
    kind: String,
    #[prost(map = "string, string", tag = "2")]
    attrs: HashMap<String, String>,
}

#[derive(Clone, PartialEq, Message)]
struct Part {
    #[prost(bytes = "vec", optional, tag = "1")]
    definition: Option<Vec<u8>>,
    #[prost(string, tag = "2")]
    frontend: String,
    #[prost(map = "string, string", tag = "3")]
    frontend_attrs: HashMap<String, String>,
    #[prost(map = "string, bytes", tag = "13")]
    frontend_inputs: HashMap<String, Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
struct Named {
    #[prost(string, tag = "1")]
    name: String,
}

#[derive(Clone, PartialEq, Message)]
struct History {
    #[prost(bool, tag = "1")]
    active_only: bool,
    #[prost(string, tag = "2")]
    reference: String,
    #[prost(bool, tag = "3")]
    early_exit: bool,
}

/// Calls a method on the channel and gives gRPC's status, its message, and how many bytes came.
fn calls(scene: &Scene, method: &str, build: &str, message: &impl Message) -> (u16, String, usize) {
    scene
        .own
        .runtime
        .block_on(called(scene, method, build, message))
}

/// Begins a build that waits for its client, and has it given up once that is known to the sandbox.
fn begins(scene: &Scene, solve: &Solve) {
    let begun = called(scene, SOLVE, "", solve);
    let ping = async {
        let build = &solve.reference;
        called(scene, &format!("{BRIDGE}/Ping"), build, &Named::default()).await
    };
    scene.own.runtime.block_on(async {
        tokio::select! {
            ended = begun => panic!("{ended:?}"),
            (code, said, _) = ping => assert_ne!(code, 7, "{said}"),
        }
    });
}

async fn called(
    scene: &Scene,
    method: &str,
    build: &str,
    message: &impl Message,
) -> (u16, String, usize) {
    let mut framed = vec![0];
    let bytes = message.encode_to_vec();
    framed.extend_from_slice(&u32::try_from(bytes.len()).unwrap().to_be_bytes());
    framed.extend_from_slice(&bytes);
    let stream = UnixStream::connect(scene.own.sandbox().socket())
        .await
        .unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection.with_upgrades());
    let request = hyper::Request::post("/v1.41/grpc")
        .header("host", "x")
        .header("connection", "Upgrade")
        .header("upgrade", "h2c")
        .body(Empty::<Bytes>::new())
        .unwrap();
    let response = sender.send_request(request).await.unwrap();
    assert_eq!(response.status(), 101);
    let upgraded = hyper::upgrade::on(response).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), upgraded)
            .await
            .unwrap();
    tokio::spawn(connection);
    let request = hyper::Request::post(format!("http://x{method}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("buildkit-controlapi-buildid", build)
        .body(Full::new(Bytes::from(framed)))
        .unwrap();
    let response = sender.send_request(request).await.unwrap();
    let headers = response.headers().clone();
    let collected = tokio::time::timeout(
        std::time::Duration::from_secs(20),
        response.into_body().collect(),
    );
    let collected = collected.await.expect("an end").unwrap();
    let trailers = collected.trailers().cloned().unwrap_or(headers);
    let text = |name: &str| {
        trailers
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
            .unwrap_or_default()
    };
    let length = collected.to_bytes().len();
    (
        text("grpc-status").parse().unwrap_or(99),
        text("grpc-message"),
        length,
    )
}

fn attrs(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

const SOLVE: &str = "/moby.buildkit.v1.Control/Solve";
const BRIDGE: &str = "/moby.buildkit.v1.frontend.LLBBridge";

/// A build by the engine's own frontend, as the docker command asks for it.
fn plain() -> Solve {
    Solve {
        reference: "abuse".into(),
        session: "abuse".into(),
        frontend: "dockerfile.v0".into(),
        frontend_attrs: attrs(&[("filename", "Dockerfile")]),
        ..Solve::default()
    }
}

/// A graph with one source, `docker-image://docker.io/library/secret:1`: read as bytes here, it must be refused unread.
fn graph() -> Vec<u8> {
    b"\x0a\x30\x1a\x2e\x0a\x2cdocker-image://docker.io/library/secret:1".to_vec()
}

pub const ABUSES: &[Abuse] = &[
    ("39 rights in a build, by the channel", |scene| {
        for right in ["network.host", "security.insecure", "device=all"] {
            let solve = Solve {
                entitlements: vec![right.into()],
                ..plain()
            };
            assert_eq!(calls(scene, SOLVE, "", &solve).0, 7);
        }
        for (key, value) in [
            ("force-network-mode", "host"),
            ("cgroup-parent", "/"),
            ("ulimit", "nofile=1"),
            ("source", "secret:1"),
            ("cmdline", "secret:1"),
            ("build-arg:BUILDKIT_SYNTAX", "secret:1"),
            ("build-arg:BUILDKIT_CACHE_MOUNT_NS", "x"),
            ("context", "https://127.0.0.1/"),
            ("context:x", "https://127.0.0.1/"),
            ("context:busybox:latest", "local:x"),
            ("context:x", "input:x"),
            ("dockerfilekey", "context"),
            ("contextkey", "x"),
            ("attest:sbom", "generator=secret:1"),
            ("label:sealegs.run", "x"),
            ("platform", "linux/s390x"),
            ("x", "y"),
        ] {
            let solve = Solve {
                frontend_attrs: attrs(&[("filename", "Dockerfile"), (key, value)]),
                ..plain()
            };
            let (code, said, _) = calls(scene, SOLVE, "", &solve);
            assert_eq!(code, 7, "{key}={value}: {said}");
        }
        for name in ["../Dockerfile", ""] {
            let solve = Solve {
                frontend_attrs: attrs(&[("filename", name), ("context", "http://127.0.0.1/")]),
                ..plain()
            };
            assert_eq!(calls(scene, SOLVE, "", &solve).0, 7, "{name}");
        }
    }),
    ("40 a graph of one's own, another frontend", |scene| {
        let mut inputs = HashMap::new();
        inputs.insert("context".to_owned(), graph());
        for solve in [
            Solve {
                definition: Some(graph()),
                frontend: String::new(),
                ..plain()
            },
            Solve {
                definition: Some(graph()),
                ..plain()
            },
            Solve {
                frontend_inputs: inputs.clone(),
                ..plain()
            },
            Solve {
                frontend: "gateway.v0".into(),
                frontend_attrs: attrs(&[("source", "secret:1")]),
                ..plain()
            },
            Solve {
                frontend: "evil".into(),
                ..plain()
            },
            Solve {
                session: String::new(),
                ..plain()
            },
            Solve {
                enable_session_exporter: true,
                ..plain()
            },
        ] {
            let (code, said, _) = calls(scene, SOLVE, "", &solve);
            assert_eq!(code, 7, "{said}");
        }
        // The same part by part, within a build that was begun and in none.
        let begun = Solve {
            frontend: String::new(),
            frontend_attrs: HashMap::new(),
            ..plain()
        };
        begins(scene, &begun);
        let part = Part {
            definition: Some(graph()),
            ..Part::default()
        };
        for build in ["abuse", "nobodys"] {
            let (code, said, _) = calls(scene, &format!("{BRIDGE}/Solve"), build, &part);
            assert_eq!(code, 7, "{said}");
            let other = Part {
                frontend: "gateway.v0".into(),
                ..Part::default()
            };
            assert_eq!(calls(scene, &format!("{BRIDGE}/Solve"), build, &other).0, 7);
            let fed = Part {
                frontend: "dockerfile.v0".into(),
                frontend_inputs: inputs.clone(),
                ..Part::default()
            };
            assert_eq!(calls(scene, &format!("{BRIDGE}/Solve"), build, &fed).0, 7);
        }
        for method in [
            "ResolveImageConfig",
            "ResolveSourceMeta",
            "NewContainer",
            "ExecProcess",
            "ReleaseContainer",
            "Inputs",
        ] {
            let code = calls(
                scene,
                &format!("{BRIDGE}/{method}"),
                "abuse",
                &Named {
                    name: "docker.io/library/secret:1".into(),
                },
            )
            .0;
            assert!(matches!(code, 7 | 12), "{method}: {code}");
        }
    }),
    ("42 pushes and registry caches, by the channel", |scene| {
        for (kind, pairs) in [
            ("moby", &[("name", "x"), ("push", "true")][..]),
            ("image", &[("name", "x"), ("push", "1")]),
            ("image", &[("push-by-digest", "true")]),
            ("moby", &[("name", "x"), ("registry.insecure", "true")]),
            ("registry", &[("name", "x")]),
            ("evil", &[]),
            ("moby", &[("name", "*")]),
            ("moby", &[("x", "y")]),
        ] {
            let exporter = Exporter {
                kind: kind.into(),
                attrs: attrs(pairs),
            };
            let solve = Solve {
                exporters: vec![exporter],
                ..plain()
            };
            let (code, said, _) = calls(scene, SOLVE, "", &solve);
            assert_eq!(code, 7, "{kind} {pairs:?}: {said}");
            let solve = Solve {
                exporter: kind.into(),
                exporter_attrs: attrs(pairs),
                ..plain()
            };
            assert_eq!(calls(scene, SOLVE, "", &solve).0, 7, "{kind} {pairs:?}");
        }
    }),
    (
        "47 prunes, content and other people's builds, by the channel",
        |scene| {
            scene.outside(&["version"]);
            // A build that is refused is nobody's, and one without a reference would be everybody's.
            for reference in ["", "nobodys"] {
                for frontend in ["evil", "dockerfile.v0"] {
                    let refused = Solve {
                        reference: reference.into(),
                        frontend: frontend.into(),
                        frontend_attrs: attrs(&[("x", "y")]),
                        ..plain()
                    };
                    assert_eq!(calls(scene, SOLVE, "", &refused).0, 7);
                }
            }
            let nameless = Solve {
                reference: String::new(),
                frontend: String::new(),
                frontend_attrs: HashMap::new(),
                ..plain()
            };
            assert_eq!(calls(scene, SOLVE, "", &nameless).0, 7);
            let nobody = Named {
                name: "nobodys".into(),
            };
            assert_eq!(
                calls(scene, "/moby.buildkit.v1.Control/Status", "", &nobody).0,
                7
            );
            let (code, _, length) = calls(
                scene,
                "/moby.buildkit.v1.Control/ListenBuildHistory",
                "",
                &History {
                    early_exit: true,
                    ..History::default()
                },
            );
            assert!(code == 7 && length == 0, "{code}");
            assert_eq!(
                calls(
                    scene,
                    "/moby.buildkit.v1.Control/UpdateBuildHistory",
                    "",
                    &nobody
                )
                .0,
                12
            );
            let (code, _, length) = calls(
                scene,
                "/moby.buildkit.v1.Control/Prune",
                "",
                &Named::default(),
            );
            assert!(code == 0 && length == 0, "{code}");
            let (code, _, length) = calls(
                scene,
                "/moby.buildkit.v1.Control/DiskUsage",
                "",
                &Named::default(),
            );
            assert!(code == 0 && length == 5, "{code} {length}");
            for method in [
                "/moby.buildkit.v1.Control/Session",
                "/containerd.services.content.v1.Content/Read",
                "/containerd.services.content.v1.Content/List",
                "/containerd.services.content.v1.Content/Write",
                "/containerd.services.content.v1.Content/Delete",
                "/containerd.services.leases.v1.Leases/List",
                "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
                "/moby.buildkit.v1.Control/Evil",
                "/",
                "//moby.buildkit.v1.Control/Solve",
                "/moby.buildkit.v1.control/solve",
            ] {
                let code = calls(scene, method, "", &Named::default()).0;
                assert_eq!(code, 12, "{method}");
            }
        },
    ),
];
