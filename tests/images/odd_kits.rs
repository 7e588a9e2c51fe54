//! Kits that nobody would write, and what is left of them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::kits::{KIT, images, load, packages, says};
use super::store;
use super::support::Test;
use super::support::private_engine::{PrivateEngine, Version};

fn digest(bytes: &[u8]) -> String {
    let hex = |byte: &u8| format!("{byte:02x}");
    let hex: String = Sha256::digest(bytes).iter().map(hex).collect();
    format!("sha256:{hex}")
}

/// A kit whose every digest is right, of one image of one layer.
fn kit(folder: &Path, name: &str, layer: &[u8]) -> PathBuf {
    let packed = zstd::encode_all(layer, 0).unwrap();
    let config = json!({
        "architecture": "amd64", "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": [digest(layer)]},
    });
    let config = config.to_string().into_bytes();
    let part = |kind: &str, bytes: &[u8]| {
        let kind = format!("application/vnd.oci.image.{kind}");
        json!({"mediaType": kind, "digest": digest(bytes), "size": bytes.len()})
    };
    let with = |mut part: Value, key: &str, value: &str| {
        part["annotations"] = json!({key: value});
        part
    };
    let plain_size = layer.len().to_string();
    let manifest = json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": part("config.v1+json", &config),
        "layers": [with(part("layer.v1.tar+zstd", &packed), "sealegs.plain-size", &plain_size)],
    });
    let manifest = manifest.to_string().into_bytes();
    let index = json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [with(part("manifest.v1+json", &manifest), "sealegs.name", name)],
    });
    let index = index.to_string().into_bytes();
    let seal = json!({"version": 1, "index": digest(&index)});
    let path = folder.join("odd.kit");
    let mut builder = tar::Builder::new(fs::File::create(&path).unwrap());
    let mut put = |name: &str, bytes: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_size(bytes.len() as u64);
        builder.append_data(&mut header, name, bytes).unwrap();
    };
    put("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#);
    put("sealegs-kit.json", seal.to_string().as_bytes());
    put("index.json", &index);
    for blob in [&manifest, &config, &packed] {
        put(&format!("blobs/{}", digest(blob).replace(':', "/")), blob);
    }
    builder.finish().unwrap();
    path
}

#[test]
fn an_image_that_cannot_be_unpacked_is_an_error_and_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let odd = kit(folder.path(), "rope:1", &[b'x'; 10_000]);
    for version in [Version::Installed, Version::NewestContainerd] {
        let Some(engine) = PrivateEngine::start(version) else {
            return;
        };
        for _ in 0..2 {
            let said = load(&engine, &odd, &[]).exits(3);
            says(&said, "error: the engine cannot use the image `rope:1`: ");
            says(&said, "hint: `sealegs images pull rope:1` gets it");
            assert_eq!(images(&engine), "", "{version:?}");
            assert_eq!(engine.docker(&["ps", "--all", "--quiet"]), "");
        }
    }
}

#[test]
fn a_rotten_archive_is_made_anew() {
    let Some(engine) = PrivateEngine::start(Version::Installed) else {
        return;
    };
    let cache = packages();
    let (from, to) = (
        store().join("archives"),
        cache.path().join("sealegs/images/archives"),
    );
    let name = "busybox-1.37.tar";
    let whole = fs::read(from.join(name)).unwrap();
    let mut rotten = whole.clone();
    rotten[whole.len() / 2] ^= 1;
    let rot = || {
        fs::create_dir_all(&to).unwrap();
        fs::copy(
            from.join(format!("{name}.json")),
            to.join(format!("{name}.json")),
        )
        .unwrap();
        fs::write(to.join(name), &rotten).unwrap();
    };
    let sealegs = |arguments: &[&str]| {
        Test::new(&[&["images"], arguments].concat())
            .engine(&engine.host())
            .env("XDG_CACHE_HOME", cache.path())
    };
    rot();
    let said = sealegs(&["build", "busybox"]).exits(0);
    says(&said, "busybox:1.37: loaded");
    assert!(fs::read(to.join(name)).unwrap() == whole);
    // What the engine has is good: a kit is made of that.
    rot();
    let file = cache.path().join("a.kit");
    sealegs(&["save", file.to_str().unwrap(), "busybox"]).exits(0);
    let said = load(&engine, &file, &[]).exits(0);
    says(&said, "busybox:1.37: there already");
    // Where it has none, another way than the archive is taken.
    engine.docker(&["rmi", "busybox:1.37"]);
    sealegs(&["save", file.to_str().unwrap(), "busybox"]).exits(0);
    assert!(fs::read(to.join(name)).unwrap() == whole);
}

#[test]
fn a_damaged_kit_in_the_depot_does_not_stop_a_save_and_one_that_is_named_does() {
    let Some(engine) = PrivateEngine::start(Version::Installed) else {
        return;
    };
    let cache = tempfile::tempdir().unwrap();
    let depot = cache.path().join("sealegs/images");
    fs::create_dir_all(&depot).unwrap();
    let mut bytes = fs::read(&*KIT).unwrap();
    fs::write(depot.join("b.kit"), &bytes).unwrap();
    let length = bytes.len();
    // nginx's own layer lies at the end.
    bytes[length - 100_000] ^= 1;
    let bad = depot.join("a.kit");
    fs::write(&bad, &bytes).unwrap();
    let file = cache.path().join("out.kit");
    let save = |kit: &Path| {
        Test::new(&["images", "save", file.to_str().unwrap(), "busybox", "nginx"])
            .engine(&engine.host())
            .env("XDG_CACHE_HOME", cache.path())
            .env("SEALEGS_KIT", kit)
    };
    let said = save(Path::new("")).exits(0);
    says(&said, "a.kit` is damaged: a layer of nginx:1.26 ");
    assert!(fs::read(&file).unwrap() == fs::read(&*KIT).unwrap());
    says(&save(&bad).exits(3), "a.kit` is damaged");
    fs::write(&bad, &bytes[..length / 2]).unwrap();
    says(&save(&bad).exits(3), "a.kit` is cut short");
    // The kit that is to be written need not be there.
    fs::remove_file(&file).unwrap();
    save(&file).exits(0);
}

#[test]
fn what_a_kit_lacks_is_named_and_what_the_engine_has_is_not_missed() {
    let Some(engine) = PrivateEngine::start(Version::Installed) else {
        return;
    };
    let said = load(&engine, &KIT, &["nginx", "redis", "python"]).exits(2);
    says(
        &said,
        "has no image `redis:8.0` or `python:3.13-slim`\nhint: it has `busybox:1.37` and `nginx:1.26`",
    );
    assert_eq!(images(&engine), "");
    load(&engine, &KIT, &["busybox"]).exits(0);
    engine.docker(&["tag", "busybox:1.37", "redis:8.0"]);
    let said = load(&engine, &KIT, &["nginx", "redis"]).exits(0);
    says(&said, "redis:8.0: there already\nnginx:1.26: loaded");
}
