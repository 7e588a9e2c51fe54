//! A build's files in a tar: the Dockerfile is changed on its way, and whatever could make the engine find another one than
//! the one that was read is refused.

use std::io::{Read, Write};

use tar::EntryType;

use super::tarball::{self, Fate, Trouble};
use crate::sandbox::policy::Refusal;

/// The name of the Dockerfile in its context, as the engine will look for it.
pub(super) fn dockerfile_name(asked: &str) -> Result<String, Refusal> {
    let name = match asked {
        "" => "Dockerfile",
        asked => asked,
    };
    let parts: Vec<&str> = name
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    if parts.is_empty() || parts.contains(&"..") {
        return Err(Refusal::unreadable("the name of the Dockerfile"));
    }
    Ok(parts.join("/"))
}

/// Copies a context; `change` is given the Dockerfile's text and gives what is sent.
pub(super) fn copied(
    input: impl Read,
    output: impl Write,
    dockerfile: &str,
    mut change: impl FnMut(&str) -> Result<String, Refusal>,
) -> Result<(), Trouble> {
    let mut found = false;
    tarball::copied(
        input,
        output,
        |path, kind| {
            // The engine takes the small one where the other is not there.
            let is_dockerfile =
                path == dockerfile || dockerfile == "Dockerfile" && path == "dockerfile";
            let is_above = dockerfile.starts_with(&format!("{path}/"));
            let wanted = match (is_dockerfile, is_above) {
                (true, _) => EntryType::Regular,
                (_, true) => EntryType::Directory,
                _ => return Ok(Fate::Pass),
            };
            if kind != wanted {
                return Err(not_plain(path));
            }
            found |= is_dockerfile;
            Ok(match is_dockerfile {
                true => Fate::Change,
                false => Fate::Pass,
            })
        },
        |_, text| change(text),
    )?;
    match found {
        true => Ok(()),
        false => Err(Trouble::Refused(Refusal::engine(
            500,
            format!("Cannot locate specified Dockerfile: {dockerfile}"),
        ))),
    }
}

fn not_plain(path: &str) -> Refusal {
    Refusal::not_allowed(
        format!(
            "a Dockerfile behind {}, which is no plain file or folder",
            crate::text::tick(path)
        ),
        "put the file itself there",
    )
}

#[cfg(test)]
mod tests {
    use std::io;

    use tar::{Archive, Builder, Header};

    use super::*;

    enum Put<'a> {
        File(&'a str, &'a str),
        Link(&'a str, &'a str),
        Hard(&'a str, &'a str),
        Device(&'a str),
    }

    fn tar(entries: &[Put<'_>]) -> Vec<u8> {
        let mut builder = Builder::new(Vec::new());
        for entry in entries {
            let mut header = Header::new_gnu();
            header.set_mode(0o644);
            header.set_size(0);
            match entry {
                Put::File(path, text) => {
                    header.set_size(text.len() as u64);
                    builder
                        .append_data(&mut header, path, text.as_bytes())
                        .unwrap();
                }
                Put::Link(path, target) => {
                    header.set_entry_type(EntryType::Symlink);
                    builder.append_link(&mut header, path, target).unwrap();
                }
                Put::Hard(path, target) => {
                    header.set_entry_type(EntryType::Link);
                    builder.append_link(&mut header, path, target).unwrap();
                }
                Put::Device(path) => {
                    header.set_entry_type(EntryType::Block);
                    builder.append_data(&mut header, path, io::empty()).unwrap();
                }
            }
        }
        builder.into_inner().unwrap()
    }

    fn sent(entries: &[Put<'_>]) -> Result<Vec<(String, String)>, Trouble> {
        let mut out = Vec::new();
        let input = tar(entries);
        copied(input.as_slice(), &mut out, "Dockerfile", |text| {
            Ok(text.replace("FROM a", "FROM own/a"))
        })?;
        let mut archive = Archive::new(out.as_slice());
        let read = archive.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().display().to_string();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            (path, text)
        });
        Ok(read.collect())
    }

    #[test]
    fn the_dockerfile_is_changed_wherever_it_comes_and_however_often() {
        let long = "d/".repeat(80) + "file";
        let out = sent(&[
            Put::File("./Dockerfile", "FROM a"),
            Put::File(&long, "x"),
            Put::File("Dockerfile", "FROM a AS b"),
        ])
        .unwrap();
        assert_eq!(out[0], ("Dockerfile".into(), "FROM own/a".into()));
        assert_eq!(out[1], (long, "x".into()));
        assert_eq!(out[2], ("Dockerfile".into(), "FROM own/a AS b".into()));
    }

    #[test]
    fn nothing_makes_the_engine_find_another_dockerfile() {
        let good = Put::File("Dockerfile", "FROM a");
        let cases = [
            vec![
                Put::File("other", "FROM secret"),
                Put::Link("Dockerfile", "other"),
            ],
            vec![
                good,
                Put::Link("d", "."),
                Put::File("d/Dockerfile", "FROM secret"),
            ],
            vec![
                Put::File("other", "FROM secret"),
                Put::Hard("Dockerfile", "other"),
            ],
            vec![Put::File("Dockerfile", "FROM a"), Put::Device("disk")],
            vec![Put::File("other", "FROM secret")],
        ];
        for case in &cases {
            assert!(sent(case).is_err());
        }
    }

    #[test]
    fn gzip_is_read_and_other_packings_are_refused() {
        let plain = tar(&[Put::File("Dockerfile", "FROM a")]);
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(&plain).unwrap();
        let packed = packed.finish().unwrap();
        let copy =
            |input: &[u8]| copied(input, io::sink(), "Dockerfile", |text| Ok(text.to_owned()));
        assert!(copy(&packed).is_ok());
        for input in [&b"BZh91AY"[..], b"\xfd7zXZ\x00", b"no tar at all", b""] {
            assert!(copy(input).is_err());
        }
    }

    #[test]
    fn the_dockerfiles_name_stays_in_its_context() {
        assert_eq!(dockerfile_name("").unwrap(), "Dockerfile");
        assert_eq!(dockerfile_name("./a//b").unwrap(), "a/b");
        assert!(dockerfile_name("../x").is_err());
        assert!(dockerfile_name("a/../../x").is_err());
        assert!(dockerfile_name(".").is_err());
    }
}
