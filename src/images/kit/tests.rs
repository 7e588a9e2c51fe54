//! Kits of small images: what is written, and what is made of files that are damaged, cut short or something else.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::super::layer::sha256;
use super::*;

/// A tar with one file.
fn layer(name: &str, content: &[u8]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    put(&mut builder, name, content);
    builder.into_inner().unwrap()
}

fn put(builder: &mut tar::Builder<Vec<u8>>, name: &str, content: &[u8]) {
    super::super::archive::add(builder, name, content.len() as u64, content).unwrap();
}

fn config(layers: &[&[u8]]) -> Vec<u8> {
    let ids: Vec<String> = layers
        .iter()
        .map(|layer| format!("sha256:{}", sha256(layer)))
        .collect();
    let config = serde_json::json!({
        "architecture": "amd64", "os": "linux",
        "config": {"Labels": null},
        "rootfs": {"type": "layers", "diff_ids": ids},
    });
    serde_json::to_vec(&config).unwrap()
}

/// How an engine writes an image down.
#[derive(Clone, Copy)]
enum Style {
    /// A folder a layer, and links where a layer is there twice (up to Engine 24).
    Folders,
    /// Blobs by digest, as they are (25 and later).
    Blobs,
    /// Blobs compressed with gzip (containerd's store).
    Gzip,
}

fn archive(name: &str, layers: &[&[u8]], style: Style) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    let mut paths: Vec<String> = Vec::new();
    for (index, layer) in layers.iter().enumerate() {
        let digest = sha256(layer);
        let path = match style {
            Style::Folders => format!("{index}/layer.tar"),
            Style::Blobs | Style::Gzip => format!("blobs/sha256/{digest}"),
        };
        let twice = layers[..index].iter().position(|one| one == layer);
        match (style, twice) {
            (Style::Folders, Some(first)) => {
                let mut header = tar::Header::new_gnu();
                header.set_entry_type(tar::EntryType::Symlink);
                header.set_size(0);
                let target = format!("../{first}/layer.tar");
                builder.append_link(&mut header, &path, target).unwrap();
            }
            (Style::Gzip, None) => {
                let mut packed =
                    flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                packed.write_all(layer).unwrap();
                put(&mut builder, &path, &packed.finish().unwrap());
            }
            (_, Some(_)) => {}
            (Style::Folders | Style::Blobs, None) => put(&mut builder, &path, layer),
        }
        paths.push(path);
    }
    put(&mut builder, "VERSION", b"1.0");
    put(&mut builder, "config.json", &config(layers));
    let manifest =
        serde_json::json!([{"Config": "config.json", "RepoTags": [name], "Layers": paths}]);
    put(
        &mut builder,
        "manifest.json",
        &serde_json::to_vec(&manifest).unwrap(),
    );
    builder.into_inner().unwrap()
}

/// A kit of these archives in a folder.
fn kit(folder: &Path, archives: &[(&str, Vec<u8>)]) -> PathBuf {
    let mut shelf = Shelf::new(folder.to_owned());
    let take = |(name, archive): &(&str, Vec<u8>)| shelf.take(name, &mut &archive[..]).unwrap();
    let mut images: Vec<Parts> = archives.iter().map(take).collect();
    let path = folder.join("a.kit");
    let file = fs::File::create(&path).unwrap();
    write(&mut images, &shelf, (&file, &path, folder), &|_| ()).unwrap();
    path
}

/// Two images that share a layer; each has one of its own.
fn two_images(style: Style) -> [(&'static str, Vec<u8>); 2] {
    let base = layer("base", b"shared");
    let (rope, knot) = (layer("rope", &[7; 3000]), layer("knot", &[8; 3000]));
    [
        ("rope:1", archive("rope:1", &[&base, &rope, &rope], style)),
        ("knot:1", archive("knot:1", &[&base, &knot], style)),
    ]
}

/// What the engine would be sent of every image of a kit.
fn fed(path: &Path) -> Result<Vec<Vec<u8>>, KitError> {
    let kit = Kit::open(path)?;
    let one = |image: &KitImage| {
        verify(&kit, image, &|_| ())?;
        let mut out = Vec::new();
        feed(&kit, image, &mut out, &|_| ()).map(|()| out)
    };
    kit.images().iter().map(one).collect()
}

#[test]
fn the_same_images_give_the_same_bytes_whoever_exported_them_and_in_whichever_order() {
    let folder = tempfile::tempdir().unwrap();
    let first = fs::read(kit(folder.path(), &two_images(Style::Folders))).unwrap();
    for style in [Style::Blobs, Style::Gzip] {
        let mut images = two_images(style);
        images.reverse();
        assert!(fs::read(kit(folder.path(), &images)).unwrap() == first);
    }
}

#[test]
fn a_layer_is_stored_once_and_images_come_out_as_they_went_in() {
    let folder = tempfile::tempdir().unwrap();
    let images = two_images(Style::Folders);
    let path = kit(folder.path(), &images);
    let names = |path: &Path| -> Vec<String> {
        let mut archive = tar::Archive::new(fs::File::open(path).unwrap());
        let name = |entry: tar::Entry<'_, fs::File>| {
            String::from_utf8_lossy(&entry.path_bytes()).into_owned()
        };
        archive
            .entries()
            .unwrap()
            .map(|entry| name(entry.unwrap()))
            .collect()
    };
    // The layout, the seal and the index, two manifests, two configurations, three layers.
    assert_eq!(names(&path).len(), 3 + 2 + 2 + 3);
    let out = fed(&path).unwrap();
    let mut before = Shelf::new(folder.path().to_owned());
    let mut after = Shelf::new(folder.path().to_owned());
    // In the kit they stand in the order of their names.
    for ((name, archive), sent) in images.iter().rev().zip(&out) {
        let (one, other) = (
            before.take(name, &mut &archive[..]).unwrap(),
            after.take(name, &mut &sent[..]).unwrap(),
        );
        assert_eq!((one.config, one.diff_ids), (other.config, other.diff_ids));
    }
}

#[test]
fn a_kit_cut_short_anywhere_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(kit(folder.path(), &two_images(Style::Blobs))).unwrap();
    let path = folder.path().join("cut.kit");
    for length in (0..whole.len()).step_by(97) {
        fs::write(&path, &whole[..length]).unwrap();
        let error = Kit::open(&path).err();
        let expected = matches!(error, Some(KitError::Truncated { .. }))
            || (length < 1041 && matches!(error, Some(KitError::Foreign { .. })));
        assert!(expected, "{length} of {}: {error:?}", whole.len());
    }
}

#[test]
fn a_changed_byte_is_noticed_before_anything_is_sent_or_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = kit(folder.path(), &two_images(Style::Blobs));
    let whole = fs::read(&path).unwrap();
    let sent = fed(&path).unwrap();
    let mut noticed = 0;
    for at in (0..whole.len()).step_by(7) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        fs::write(&path, bytes).unwrap();
        match fed(&path) {
            Ok(out) => assert!(out == sent, "byte {at} went unnoticed"),
            Err(error) => {
                noticed += 1;
                assert!(
                    !matches!(error, KitError::File { .. }),
                    "byte {at}: {error}"
                );
            }
        }
    }
    assert!(noticed > whole.len() / 14, "{noticed} of {}", whole.len());
}

#[test]
fn a_damaged_image_does_not_keep_the_others_from_being_taken() {
    let folder = tempfile::tempdir().unwrap();
    let path = kit(folder.path(), &two_images(Style::Blobs));
    let kit = Kit::open(&path).unwrap();
    let rope = kit.image("rope:1").unwrap();
    let span = kit.span(rope.blobs.last().unwrap()).unwrap().clone();
    let mut bytes = fs::read(&path).unwrap();
    let middle = usize::try_from(span.offset + span.size / 2).unwrap();
    bytes[middle] ^= 1;
    fs::write(&path, bytes).unwrap();
    let kit = Kit::open(&path).unwrap();
    verify(&kit, kit.image("knot:1").unwrap(), &|_| ()).unwrap();
    let error = verify(&kit, kit.image("rope:1").unwrap(), &|_| ()).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("is damaged: a layer of rope:1 does not have its digest"),
        "{error}"
    );
}

#[test]
fn an_image_is_found_by_any_form_of_its_name_and_a_missing_one_says_what_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let kit = Kit::open(&kit(folder.path(), &two_images(Style::Blobs))).unwrap();
    assert_eq!(
        kit.image("docker.io/library/rope:1").unwrap().name,
        "rope:1"
    );
    let failure = crate::failure::Failure::from(kit.image("sail:1").unwrap_err());
    assert!(
        failure
            .to_string()
            .ends_with("has no image `sail:1`\nhint: it has `knot:1` and `rope:1`"),
        "{failure}"
    );
}

#[test]
fn other_files_are_no_kits_and_are_told_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("b.kit");
    let docker_save = two_images(Style::Folders)[0].1.clone();
    for (bytes, what) in [
        (&b""[..], "it is empty"),
        (b"\x1f\x8b\x08\0", "it is compressed with gzip"),
        (b"\xfd7zXZ\0", "it is compressed with xz"),
        (
            b"oci-layout, a page about it",
            "it begins like nothing this program writes",
        ),
        (
            &layer("oci-layout", b"{}"),
            "it is an image layout that another program wrote",
        ),
        (b"PK\x03\x04", "it begins like nothing this program writes"),
        (
            &docker_save,
            "it is another tar file, perhaps one that `docker save` wrote",
        ),
    ] {
        fs::write(&path, bytes).unwrap();
        let error = Kit::open(&path).err().unwrap();
        assert!(error.to_string().ends_with(what), "{error}");
    }
    for (path, what) in [
        (folder.path(), "it is a folder"),
        (Path::new("/dev/zero"), "it is a pipe or a device"),
    ] {
        let error = Kit::open(path).err().unwrap();
        assert!(error.to_string().ends_with(what), "{error}");
    }
    let missing = Kit::open(&folder.path().join("none.kit")).err().unwrap();
    assert!(matches!(missing, KitError::Absent { .. }), "{missing}");
}

#[test]
fn an_archive_whose_layers_are_not_those_of_its_configuration_is_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let mut shelf = Shelf::new(folder.path().to_owned());
    let mut bytes = two_images(Style::Folders)[0].1.clone();
    let at = bytes
        .windows(7)
        .position(|window| window == [7; 7])
        .unwrap();
    bytes[at] = 9;
    assert!(shelf.take("rope:1", &mut &bytes[..]).is_err());
}

#[test]
fn a_kit_that_was_sealed_over_another_layer_breaks_off_before_the_image_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let [(name, rope), (_, knot)] = two_images(Style::Blobs);
    let mut shelf = Shelf::new(folder.path().to_owned());
    let mut image = shelf.take(name, &mut &rope[..]).unwrap();
    let other = shelf.take("knot:1", &mut &knot[..]).unwrap();
    // Every digest of the file is right; the layer is not the one that the configuration means.
    let wrong = other.diff_ids.last().unwrap();
    image.diff_ids[1..].fill(wrong.clone());
    let path = folder.path().join("a.kit");
    let file = fs::File::create(&path).unwrap();
    write(&mut [image], &shelf, (&file, &path, folder.path()), &|_| ()).unwrap();
    let kit = Kit::open(&path).unwrap();
    let image = &kit.images()[0];
    verify(&kit, image, &|_| ()).unwrap();
    let mut sent = Vec::new();
    let error = feed(&kit, image, &mut sent, &|_| ()).unwrap_err();
    assert!(matches!(error, KitError::Damaged { .. }), "{error}");
    assert!(!String::from_utf8_lossy(&sent).contains("manifest.json"));
}

#[test]
fn a_kit_with_names_that_are_none_or_with_one_twice_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let rope = || two_images(Style::Blobs)[0].1.clone();
    let digest = "b".repeat(64);
    for name in [
        "rope",
        &format!("x:1@sha256:{digest}"),
        &format!("sha256:{digest}"),
        "a.b:99999999/x:1",
        "Evil/x:1",
    ] {
        let error = Kit::open(&kit(folder.path(), &[(name, rope())])).err();
        assert!(
            matches!(error, Some(KitError::Damaged { .. })),
            "{name}: {error:?}"
        );
    }
    let twice = [("rope:1", rope()), ("docker.io/library/rope:1", rope())];
    let error = Kit::open(&kit(folder.path(), &twice)).err().unwrap();
    assert!(error.to_string().ends_with("it has rope:1 twice"));
}

#[test]
fn a_layer_may_begin_with_a_file_of_any_name() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["[", "{a}", "\x1f\u{8b}", "("] {
        for style in [Style::Folders, Style::Gzip] {
            let layer = layer(name, b"content");
            let mut shelf = Shelf::new(folder.path().to_owned());
            let archive = archive("rope:1", &[&layer], style);
            let parts = shelf.take("rope:1", &mut &archive[..]).unwrap();
            assert_eq!(parts.diff_ids, [format!("sha256:{}", sha256(&layer))]);
        }
    }
}

#[test]
fn an_image_without_layers_may_say_so_with_null() {
    let folder = tempfile::tempdir().unwrap();
    let mut builder = tar::Builder::new(Vec::new());
    put(&mut builder, "c", br#"{"rootfs": {"diff_ids": null}}"#);
    let manifest = br#"[{"Config": "c", "RepoTags": null, "Layers": null}]"#;
    put(&mut builder, "manifest.json", manifest);
    let archive = builder.into_inner().unwrap();
    let path = kit(folder.path(), &[("rope:1", archive)]);
    assert_eq!(fed(&path).unwrap().len(), 1);
}

#[test]
fn a_kit_that_would_take_all_memory_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let layer = layer("a", b"a");
    let deep = archive("rope:1", &vec![&layer[..]; 128], Style::Blobs);
    let error = Kit::open(&kit(folder.path(), &[("rope:1", deep)])).err();
    assert!(error.unwrap().to_string().ends_with("has too many layers"));
    let names: Vec<String> = (0..1001).map(|n| format!("rope:{n}")).collect();
    let one = archive("rope:1", &[&layer], Style::Blobs);
    let many: Vec<_> = names.iter().map(|name| (&name[..], one.clone())).collect();
    let error = Kit::open(&kit(folder.path(), &many)).err();
    assert!(error.unwrap().to_string().ends_with("too many images"));
}
