//! Files of a container through the archive API: it needs no shell and no start.

use bollard::container::PathStatResponse;
use bollard::errors::Error as Bollard;
use bollard::query_parameters::{
    ContainerArchiveInfoOptionsBuilder, DownloadFromContainerOptionsBuilder,
};
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use std::io::Read;

use super::container::known;
use super::endpoint::hex;
use super::saved_image::Pipe;
use super::{Engine, EngineError};

/// Links are followed this often before they are taken for a loop.
const HOPS: usize = 16;

const VERB: &str = "look at a file";

/// What a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum PathKind {
    /// A regular file.
    #[default]
    File,
    /// A folder.
    Dir,
    /// A symbolic link (one that leads nowhere, where links are followed).
    Symlink,
    /// A device, socket or pipe.
    Other,
}

/// A path of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathStat {
    /// What it is.
    pub kind: PathKind,
    /// Permission bits with setuid (0o4000), setgid (0o2000) and sticky (0o1000).
    pub mode: u32,
    /// Bytes.
    pub size: u64,
    /// When it was modified, RFC 3339.
    pub modified: String,
    /// Where it leads to, when the path asked for is a link.
    pub link: Option<String>,
}

/// A path of a container with what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathContent {
    /// What it is, its links followed.
    pub stat: PathStat,
    /// Its owner's number.
    pub uid: u64,
    /// Its group's number.
    pub gid: u64,
    /// A file's bytes, up to the limit.
    pub content: Option<Vec<u8>>,
    /// The SHA-256 of a file that was read whole, in hexadecimal.
    pub sha256: Option<String>,
    /// What is below a folder, `sub/file`, sorted.
    pub entries: Vec<String>,
    /// True when there is more than the limit let through.
    pub truncated: bool,
}

impl Engine {
    /// Looks at a path of a container, running or not, links followed inside its own root; `None` when there
    /// is none, also for links in a circle. A link to a path that is not there is itself the answer.
    pub async fn stat(&self, id: &str, path: &str) -> Result<Option<PathStat>, EngineError> {
        Ok(self.resolve(id, path).await?.map(|(_, stat)| stat))
    }

    /// Looks at a path of a container without following a link at its end.
    pub async fn stat_link(&self, id: &str, path: &str) -> Result<Option<PathStat>, EngineError> {
        let options = ContainerArchiveInfoOptionsBuilder::default()
            .path(path)
            .build();
        match self
            .docker()
            .get_container_archive_info(known(id)?, Some(options))
            .await
        {
            Ok(stat) => Ok(Some(path_stat(stat))),
            Err(Bollard::DockerResponseServerError { .. }) => self.why_no_stat(id, path).await,
            Err(error) => Err(EngineError::of(VERB, "container", id, error)),
        }
    }

    /// An answer to HEAD has no body that could say what is wrong: ask again with GET for the words.
    async fn why_no_stat(&self, id: &str, path: &str) -> Result<Option<PathStat>, EngineError> {
        let options = DownloadFromContainerOptionsBuilder::default()
            .path(path)
            .build();
        let mut answer = Box::pin(self.docker().download_from_container(id, Some(options)));
        match answer.next().await {
            Some(Err(Bollard::DockerResponseServerError {
                status_code,
                message,
            })) => {
                let leads_nowhere = [
                    "Could not find the file",
                    "not a directory",
                    "too many links",
                ];
                if leads_nowhere.iter().any(|words| message.contains(words)) {
                    return Ok(None);
                }
                Err(EngineError::refusal(
                    VERB,
                    "container",
                    id,
                    status_code,
                    &message,
                ))
            }
            Some(Err(error)) => Err(EngineError::of(VERB, "container", id, error)),
            Some(Ok(_)) | None => Err(EngineError::Unreadable {
                verb: VERB,
                reason: "it has two opinions on one path".to_owned(),
            }),
        }
    }

    /// Reads a file, or lists a folder, through at most `cap` bytes; `None` when there is no such path.
    pub async fn read(
        &self,
        id: &str,
        path: &str,
        cap: u64,
    ) -> Result<Option<PathContent>, EngineError> {
        let Some((path, stat)) = self.resolve(id, path).await? else {
            return Ok(None);
        };
        let options = DownloadFromContainerOptionsBuilder::default()
            .path(&path)
            .build();
        let mut stream = Box::pin(
            self.docker()
                .download_from_container(known(id)?, Some(options)),
        );
        let (sender, pipe) = Pipe::new();
        let reading = tokio::task::spawn_blocking(move || unpack(pipe, stat, cap));
        while let Some(piece) = stream.next().await {
            let piece =
                piece.map_err(|error| EngineError::of("read a file", "container", id, error))?;
            // The reader has seen enough.
            if sender.send(Ok(piece)).await.is_err() {
                break;
            }
        }
        drop(sender);
        let unreadable = |reason: String| EngineError::Unreadable {
            verb: "read a file",
            reason,
        };
        reading
            .await
            .map_err(|error| unreadable(error.to_string()))?
            .map(Some)
            .map_err(|error| unreadable(error.to_string()))
    }

    /// Follows links to what a path finally is.
    async fn resolve(
        &self,
        id: &str,
        path: &str,
    ) -> Result<Option<(String, PathStat)>, EngineError> {
        let mut at = clean("/", path);
        let Some(mut stat) = self.stat_link(id, &at).await? else {
            return Ok(None);
        };
        let mut target = None;
        for _ in 0..HOPS {
            let Some(link) = stat.link.clone().filter(|_| stat.kind == PathKind::Symlink) else {
                break;
            };
            // The engine has resolved the link in the container's root already; podman gives it as written.
            let next = clean(parent(&at), &link);
            target = Some(next.clone());
            match self.stat_link(id, &next).await? {
                Some(found) if next != at => (at, stat) = (next, found),
                _ => break,
            }
        }
        stat.link = target;
        Ok(Some((at, stat)))
    }
}

fn parent(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) | None => "/",
        Some(end) => &path[..end],
    }
}

/// `path` made absolute against `base`, with no `.`, `..` or doubled slash; `..` stops at the root.
fn clean(base: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let whole = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{base}/{path}")
    };
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    format!("/{}", parts.join("/"))
}

/// Reads Go's `os.FileMode`, as the engine writes it.
fn path_stat(stat: PathStatResponse) -> PathStat {
    let bit = |n: u32| stat.file_mode >> n & 1;
    let kind = if bit(31) == 1 {
        PathKind::Dir
    } else if bit(27) == 1 {
        PathKind::Symlink
    } else if bit(26) | bit(25) | bit(24) | bit(21) | bit(19) == 1 {
        PathKind::Other
    } else {
        PathKind::File
    };
    PathStat {
        kind,
        mode: stat.file_mode & 0o777 | bit(23) << 11 | bit(22) << 10 | bit(20) << 9,
        size: u64::try_from(stat.size).unwrap_or(0),
        modified: stat.modification_time.unwrap_or_default(),
        link: Some(stat.link_target).filter(|link| !link.is_empty()),
    }
}

fn unpack(pipe: Pipe, stat: PathStat, cap: u64) -> std::io::Result<PathContent> {
    let mut archive = tar::Archive::new(pipe);
    let mut found = PathContent {
        stat,
        uid: 0,
        gid: 0,
        content: None,
        sha256: None,
        entries: Vec::new(),
        truncated: false,
    };
    let mut seen = 0;
    for (index, entry) in archive.entries()?.enumerate() {
        let mut entry = entry?;
        if index == 0 {
            found.uid = entry.header().uid()?;
            found.gid = entry.header().gid()?;
            if entry.header().entry_type().is_file() {
                let mut bytes = Vec::new();
                (&mut entry).take(cap).read_to_end(&mut bytes)?;
                found.truncated = entry.size() > bytes.len() as u64;
                found.sha256 = (!found.truncated).then(|| hex(&Sha256::digest(&bytes)));
                found.content = Some(bytes);
                break;
            }
            continue;
        }
        // The archive's first part is the folder's own name.
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if let Some((_, below)) = path.split_once('/')
            && !below.trim_matches('/').is_empty()
        {
            found.entries.push(below.trim_end_matches('/').to_owned());
        }
        seen += 512 + entry.size();
        if seen > cap {
            found.truncated = true;
            break;
        }
    }
    found.entries.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Bench, sh};
    use super::*;

    #[test]
    fn paths_never_leave_the_root() {
        assert_eq!(clean("/a/b", "../../../etc/./passwd"), "/etc/passwd");
        assert_eq!(clean("/a", "//x//y/"), "/x/y");
        assert_eq!(parent("/a"), "/");
    }

    #[tokio::test]
    async fn files_folders_and_links_are_read_without_a_shell() {
        let bench = Bench::new().await;
        let script = "mkdir -p /d/sub; echo hello > /d/f; chown 7:8 /d/f; chmod 4755 /d/f; touch /d/sub/g; \
                      ln -s d/f /in; ln -s ../../../../d /out; ln -s /loop /loop; ln -s /nowhere /dead";
        let id = bench.finished(&sh(script)).await;
        let engine = &bench.engine;

        let file = engine.read(&id, "/in", 1000).await.unwrap().unwrap();
        assert_eq!(
            (file.stat.kind, file.stat.mode, file.uid, file.gid),
            (PathKind::File, 0o4755, 7, 8)
        );
        assert_eq!(
            (file.content.as_deref(), file.stat.link.as_deref()),
            (Some(&b"hello\n"[..]), Some("/d/f"))
        );
        let sum = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
        assert_eq!(file.sha256.as_deref(), Some(sum));

        let folder = engine.read(&id, "/out", 100_000).await.unwrap().unwrap();
        assert_eq!((folder.stat.kind, folder.truncated), (PathKind::Dir, false));
        assert_eq!(folder.entries, ["f", "sub", "sub/g"]);

        let cut = engine.read(&id, "/d/f", 3).await.unwrap().unwrap();
        assert_eq!(
            (cut.content.as_deref(), cut.truncated, cut.sha256),
            (Some(&b"hel"[..]), true, None)
        );

        let link = engine.stat_link(&id, "/in").await.unwrap().unwrap();
        assert_eq!(link.kind, PathKind::Symlink);
        let dead = engine.stat(&id, "/dead").await.unwrap().unwrap();
        assert_eq!(
            (dead.kind, dead.link.as_deref()),
            (PathKind::Symlink, Some("/nowhere"))
        );
        assert_eq!(engine.stat(&id, "/none").await.unwrap(), None);
        assert_eq!(engine.stat(&id, "/d/f/below").await.unwrap(), None);
        assert_eq!(engine.stat(&id, "/loop").await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_missing_container_is_not_a_missing_file() {
        let bench = Bench::new().await;
        let error = bench
            .engine
            .stat("sealegs-no-such", "/etc")
            .await
            .unwrap_err();
        assert!(
            matches!(
                error,
                EngineError::NotFound {
                    what: "container",
                    ..
                }
            ),
            "{error:?}"
        );
    }
}
