//! A registry that is asked before Docker Hub, and the names that images have while they come from it.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::net::Ipv6Addr;
use std::path::{Path, PathBuf};

use crate::dockerfile::reference::Reference;
use crate::engine::{Engine, EngineError};
use crate::failure::Failure;
use crate::text::tick;

use super::super::layer::sha256;
use super::HUB;

/// A mirror of Docker Hub, and what named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    pub(super) host: String,
    named_by: &'static str,
}

impl Mirror {
    /// Reads `HOST[:PORT]`; a scheme before it and a slash behind it mean nothing. `named_by` is an option or a variable.
    ///
    /// # Errors
    /// It is no name of a registry; what looks like a login is not repeated.
    pub fn named(text: &str, named_by: &'static str) -> Result<Self, Failure> {
        let host = text.split_once("://").map_or(text, |(_, host)| host);
        let host = host.strip_suffix('/').unwrap_or(host);
        let refused = |why: &str, hint: &str| {
            let failure = Failure::usage(format!("{} names no mirror: {why}", tick(named_by)));
            Err(failure.with_hint(hint))
        };
        if host.contains('@') {
            return refused(
                "a login does not belong here",
                "name HOST[:PORT], and `docker login` with it",
            );
        }
        if let Some((host, _)) = host.split_once('/') {
            let why = "a path does not belong here";
            return refused(why, &format!("name {} alone", tick(host)));
        }
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (host, None),
        };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        if name.starts_with('[') || bare.parse::<Ipv6Addr>().is_ok() {
            let why = "an IPv6 address cannot stand in the name of an image on every engine";
            return refused(why, "name the machine, such as mirror.example:5000");
        }
        let label = |label: &str| {
            let end = |c: char| c.is_ascii_alphanumeric();
            label.starts_with(end)
                && label.ends_with(end)
                && label.chars().all(|c| end(c) || c == '-')
        };
        let numbered = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
        if !name.split('.').all(label) || !numbered {
            let why = format!("{} is not HOST[:PORT]", tick(text));
            return refused(&why, "name one such as 10.0.0.1:5000");
        }
        if [HUB, "index.docker.io", "registry-1.docker.io"].contains(&name) {
            return refused(
                "this is Docker Hub itself",
                "name a registry that has its images",
            );
        }
        // What docker takes for an account of Docker Hub would bring a stranger's images.
        if !Reference::parse(&format!("{host}/x")).is_ok_and(|x| x.domain == host) {
            let why = format!("docker takes {} for a name on Docker Hub", tick(host));
            return refused(&why, &format!("name its port, such as {host}:5000"));
        }
        Ok(Self {
            host: host.to_owned(),
            named_by,
        })
    }

    /// How to do without it.
    pub(super) fn way_out(&self) -> String {
        match self.named_by.starts_with('-') {
            true => format!("correct or leave out {}", tick(self.named_by)),
            false => format!("correct or unset {}", tick(self.named_by)),
        }
    }
}

/// A name that the engine has for an image of the mirror until it has its own, written down so that it is taken away even
/// where the pull is killed. Whoever pulls holds the note's lock; the next one finds it free.
pub(super) struct Note {
    path: PathBuf,
    name: String,
    /// A pull that ended before its time has left the name.
    pub(super) was_left: bool,
    _lock: File,
}

impl Note {
    /// `None` where another process pulls the same, or where nothing can be written.
    pub(super) fn take(folder: &Path, engine: &Engine, name: &str) -> Option<Self> {
        let text = format!("{}\n{name}", engine.endpoint());
        std::fs::create_dir_all(folder).ok()?;
        let path = folder.join(sha256(text.as_bytes()));
        let mut options = OpenOptions::new();
        let options = options.create(true).read(true).write(true).truncate(false);
        let mut lock = options.open(&path).ok()?;
        lock.try_lock().ok()?;
        let was_left = lock.metadata().ok()?.len() > 0;
        lock.write_all(text.as_bytes()).ok()?;
        Some(Self {
            path,
            name: name.to_owned(),
            was_left,
            _lock: lock,
        })
    }

    /// Those that nobody holds.
    pub(super) fn left(folder: &Path, engine: &Engine) -> Vec<Self> {
        let notes = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let of = engine.endpoint().to_string();
        let read = |path: PathBuf| {
            let text = std::fs::read_to_string(path).ok()?;
            let (endpoint, name) = text.split_once('\n')?;
            (endpoint == of).then(|| Self::take(folder, engine, name))?
        };
        notes.filter_map(|note| read(note.path())).collect()
    }

    /// Takes the name away.
    pub(super) async fn settle(self, engine: &Engine) -> Result<(), EngineError> {
        match engine.untag(&self.name).await {
            Ok(()) | Err(EngineError::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
        self.forget();
        Ok(())
    }

    /// The name is somebody's.
    pub(super) fn forget(self) {
        // A note too many costs a question.
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_is_a_host_and_a_port_with_or_without_a_scheme() {
        for (text, host) in [
            ("http://mirror.test:5000/", "mirror.test:5000"),
            ("10.0.0.1:5000", "10.0.0.1:5000"),
            ("mirror.test", "mirror.test"),
            ("localhost", "localhost"),
            ("hold:5000", "hold:5000"),
        ] {
            assert_eq!(Mirror::named(text, "--mirror").unwrap().host, host);
        }
    }

    #[test]
    fn what_is_none_is_refused_and_a_login_is_not_repeated() {
        for (text, said) in [
            ("garbage", "docker takes `garbage` for a name on Docker Hub"),
            ("http://user:pw@host:5000", "a login does not belong here"),
            ("mirror.test:5000/hub", "a path does not belong here"),
            ("[::1]:5300", "an IPv6 address"),
            ("::1", "an IPv6 address"),
            ("", "is not HOST[:PORT]"),
            ("http://", "is not HOST[:PORT]"),
            ("!!", "is not HOST[:PORT]"),
            ("a b", "is not HOST[:PORT]"),
            ("host:99999", "is not HOST[:PORT]"),
            ("host:0", "is not HOST[:PORT]"),
            ("a..b:1", "is not HOST[:PORT]"),
            ("docker.io", "this is Docker Hub itself"),
        ] {
            let failure = Mirror::named(text, "SEALEGS_MIRROR").unwrap_err();
            assert_eq!(failure.exit_code(), crate::failure::ExitCode::Usage);
            let failure = failure.to_string();
            assert!(
                failure.starts_with("`SEALEGS_MIRROR` names no mirror: "),
                "{failure}"
            );
            assert!(
                failure.contains(said) && !failure.contains("pw"),
                "{failure}"
            );
        }
    }
}
