//! What somebody would try who wants out of a sandbox, or into another one. Each is tried on a real engine, by bytes that no
//! client would send where that is what it takes: it is refused with a sentence, or shown to be harmless.
//!
//! All of it runs on private engines, the installed one and the newest; `ABUSE=all` adds the newest with containerd's store.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
#![allow(unreachable_pub, reason = "the support is seen by test files alone")]

mod builds;
mod carried;
mod containers;
mod grpc;
mod images;
mod mounts;
mod neighbours;
mod networks;
mod parsing;
#[path = "../support/private_engine.rs"]
mod private_engine;
#[path = "../support/sandboxed.rs"]
mod sandboxed;
mod scene;
mod services;

use std::panic::{AssertUnwindSafe, catch_unwind};

use private_engine::{PrivateEngine, Version};
use scene::Scene;

/// One thing that is tried.
type Abuse = (&'static str, fn(&Scene));

fn abuses() -> Vec<Abuse> {
    [
        parsing::ABUSES,
        containers::ABUSES,
        mounts::ABUSES,
        carried::ABUSES,
        networks::ABUSES,
        images::ABUSES,
        builds::ABUSES,
        grpc::ABUSES,
        neighbours::ABUSES,
        services::ABUSES,
    ]
    .concat()
}

fn tried_on(version: Version) {
    let Some(engine) = PrivateEngine::start(version) else {
        return;
    };
    let scene = Scene::on(&engine, version);
    let only = std::env::var("ABUSE").unwrap_or_default();
    let mut failed = Vec::new();
    let mut tried = 0;
    for (name, abuse) in abuses() {
        if !only.is_empty() && only != "all" && !name.contains(&only) {
            continue;
        }
        tried += 1;
        if catch_unwind(AssertUnwindSafe(|| abuse(&scene))).is_err() {
            eprintln!("{version:?}: {name}: NOT HELD");
            failed.push(name);
            scene.tidy();
        }
    }
    let untouched = catch_unwind(AssertUnwindSafe(|| scene.is_untouched()));
    eprintln!(
        "{version:?}: {tried} abuses tried, {} not held",
        failed.len()
    );
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(untouched.is_ok(), "something outside was touched");
}

#[test]
fn no_abuse_leaves_a_sandbox_on_the_installed_engine() {
    tried_on(Version::Installed);
}

#[test]
fn no_abuse_leaves_a_sandbox_on_the_newest_engine() {
    tried_on(Version::Newest);
}

#[test]
fn no_abuse_leaves_a_sandbox_on_containerds_store() {
    if std::env::var("ABUSE").is_ok_and(|value| value == "all") {
        tried_on(Version::NewestContainerd);
    }
}
