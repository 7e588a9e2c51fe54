//! The `file` kind: a path in the running container, or in the image where nothing runs.

use std::fmt;

use crate::course::matcher::Value;
use crate::course::spec::{FileKind, FileSpec};
use crate::engine::{PathContent, PathKind, PathStat};

use super::nonce::Nonce;
use super::verdict::{Comparison, Verdict, text};

/// Bytes of a file that are read for its content.
pub(crate) const READ_CAP: u64 = 4 << 20;

/// Whether judging needs the file's content or owner, and not only what the engine says of the path.
pub(crate) fn needs_content(spec: &FileSpec) -> bool {
    spec.content.is_some() || spec.sha256.is_some() || spec.uid.is_some() || spec.gid.is_some()
}

/// What was found at a path; owner and content only where they were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileFacts {
    kind: PathKind,
    mode: u32,
    size: u64,
    uid: Option<u64>,
    gid: Option<u64>,
    sha256: Option<String>,
    content: Option<Vec<u8>>,
}

impl From<PathStat> for FileFacts {
    fn from(stat: PathStat) -> Self {
        let (uid, gid, sha256, content) = (None, None, None, None);
        Self {
            kind: stat.kind,
            mode: stat.mode,
            size: stat.size,
            uid,
            gid,
            sha256,
            content,
        }
    }
}

impl From<PathContent> for FileFacts {
    fn from(read: PathContent) -> Self {
        Self {
            uid: Some(read.uid),
            gid: Some(read.gid),
            sha256: read.sha256,
            content: read.content,
            ..Self::from(read.stat)
        }
    }
}

/// Judges what was found at a path; `None` for nothing.
pub(crate) fn judge(spec: &FileSpec, found: Option<&FileFacts>, nonce: &Nonce) -> Verdict {
    let path = &spec.path.0;
    let program = match spec.content {
        Some(_) => "cat",
        None => "ls -ld",
    };
    let see = match (&spec.container, &spec.content) {
        // What was done in a container is in no image.
        (Some(name), _) => format!("docker exec {name} {program} {path}"),
        (None, Some(_)) => format!("docker run --rm --entrypoint cat IMAGE {path}"),
        (None, None) => format!("docker run --rm --entrypoint ls IMAGE -ld {path}"),
    };
    let mut compared = Comparison::new(nonce, "what is at this path is not as it should be");
    let wanted = spec.exists != Some(false);
    let Some(file) = found else {
        if wanted {
            compared.note(path, "something at this path", "nothing");
        }
        return compared.verdict(see);
    };
    if !wanted {
        compared.note(path, "nothing", kind_name(file.kind));
        return compared.verdict(see);
    }
    if let Some(kind) = spec.kind {
        let (expected, fits) = match kind {
            FileKind::File => ("a file", file.kind == PathKind::File),
            FileKind::Directory => ("a folder", file.kind == PathKind::Dir),
        };
        if !fits {
            compared.note(path, expected, kind_name(file.kind));
        }
    }
    compared.same(
        "mode",
        spec.mode.map(|mode| Octal(mode.0)),
        &Octal(file.mode),
    );
    compared.look("user id", spec.uid.as_ref(), &id(file.uid));
    compared.look("group id", spec.gid.as_ref(), &id(file.gid));
    compared.look_at_size("size", spec.size.as_ref(), file.size);
    compared.look(
        "sha256",
        spec.sha256.as_ref(),
        &file.sha256.as_ref().map_or(Value::Missing, text),
    );
    if let Some(matcher) = &spec.content {
        match &file.content {
            Some(bytes) => {
                let content = String::from_utf8_lossy(bytes);
                compared.look(
                    "content",
                    Some(matcher),
                    &text(content.trim_end_matches('\n')),
                );
            }
            None => compared.note("content", "a file with content", kind_name(file.kind)),
        }
    }
    compared.verdict(see)
}

fn id(number: Option<u64>) -> Value {
    number.map_or(Value::Missing, |number| Value::Number(number as f64))
}

fn kind_name(kind: PathKind) -> &'static str {
    match kind {
        PathKind::File => "a file",
        PathKind::Dir => "a folder",
        PathKind::Symlink => "a symbolic link to nothing",
        PathKind::Other => "a device, a pipe or a socket",
    }
}

#[derive(PartialEq)]
struct Octal(u32);

impl fmt::Display for Octal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04o}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(spec: &str, found: Option<&FileFacts>) -> Verdict {
        judge(
            &serde_yaml::from_str(spec).unwrap(),
            found,
            &Nonce::fixed("n"),
        )
    }

    fn file(content: &str) -> FileFacts {
        FileFacts {
            kind: PathKind::File,
            mode: 0o644,
            size: content.len() as u64,
            uid: Some(0),
            gid: Some(0),
            sha256: None,
            content: Some(content.as_bytes().to_vec()),
        }
    }

    #[track_caller]
    fn fails(verdict: Verdict, expected: &str, found: &str) {
        let cause = verdict.into_cause().expect("a failure");
        assert_eq!(cause.differences[0].expected, expected);
        assert_eq!(cause.differences[0].found, found);
    }

    #[test]
    fn there_or_not_there() {
        assert_eq!(judged("{path: /a}", Some(&file(""))), Verdict::Pass);
        assert_eq!(judged("{path: /a, exists: false}", None), Verdict::Pass);
        fails(
            judged("{path: /a}", None),
            "something at this path",
            "nothing",
        );
        fails(
            judged("{path: /a, exists: false}", Some(&file(""))),
            "nothing",
            "a file",
        );
    }

    #[test]
    fn content_mode_and_type() {
        assert_eq!(
            judged(
                "{path: /a, content: hello, mode: '0644'}",
                Some(&file("hello\n"))
            ),
            Verdict::Pass
        );
        fails(
            judged("{path: /a, content: bye}", Some(&file("hello"))),
            "bye",
            "hello",
        );
        fails(
            judged("{path: /a, mode: '0755'}", Some(&file(""))),
            "0755",
            "0644",
        );
        fails(
            judged("{path: /a, type: directory}", Some(&file(""))),
            "a folder",
            "a file",
        );
    }
}
