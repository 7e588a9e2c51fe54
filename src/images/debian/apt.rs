//! apt under a configuration and a state of our own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use super::super::arch::Arch;
use super::super::error::ImageError;
use super::SUITE;
use super::sources::{self, Source};

/// How old the package lists may grow before the archive is asked again.
const FRESH: Duration = Duration::from_secs(24 * 60 * 60);

/// The source in use.
const STANZA: &str = "sources/suite.sources";
/// The source that last answered; its time is that of the lists.
const UPDATED: &str = "updated";

/// One package of a closure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Package {
    pub(in super::super) name: String,
    /// As Debian writes it, with epoch and revision.
    pub(in super::super) version: String,
    /// The name of the file apt saves it as.
    pub(in super::super) file: String,
}

/// apt with package lists for [`SUITE`].
pub(in super::super) struct Apt {
    folder: PathBuf,
}

impl Apt {
    /// Reads the suite's index through the host's own archives, unless a fresh one is at hand; an
    /// old one does when no archive can be reached.
    pub(in super::super) fn open(folder: &Path, arch: Arch) -> Result<Self, ImageError> {
        let apt = Self {
            folder: folder.to_owned(),
        };
        apt.lay_out(arch)?;
        if apt.lists_age().is_some_and(|age| age < FRESH) {
            return Ok(apt);
        }
        let mut last = ImageError::NoSource;
        for source in host_sources()? {
            match apt.update(&source) {
                Ok(()) => return Ok(apt),
                Err(busy @ ImageError::Busy(_)) => return Err(busy),
                Err(error) => last = error,
            }
        }
        if apt.lists_age().is_some() {
            Ok(apt)
        } else {
            Err(last)
        }
    }

    /// The packages that `wanted` needs on a system with none, `without` left out.
    pub(in super::super) fn closure(
        &self,
        image: &str,
        wanted: &[&str],
        without: &[&str],
    ) -> Result<Vec<Package>, ImageError> {
        let mut args = vec!["install", "-y", "--no-install-recommends", "--print-uris"];
        args.extend(wanted);
        let output = self.run(&args)?;
        if !output.status.success() {
            return Err(ImageError::Packages {
                image: image.to_owned(),
                reason: reason(&output),
            });
        }
        let mut packages = print_uris(&String::from_utf8_lossy(&output.stdout));
        packages.retain(|package| !without.contains(&package.name.as_str()));
        packages.sort();
        Ok(packages)
    }

    /// Fetches what is not there yet; apt checks every file against the signed index.
    pub(in super::super) fn fetch(
        &self,
        image: &str,
        packages: &[Package],
    ) -> Result<(), ImageError> {
        let mut args = vec!["download".to_owned()];
        args.extend(packages.iter().map(|p| format!("{}={}", p.name, p.version)));
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let output = self.run(&args)?;
        if output.status.success() {
            return Ok(());
        }
        // An archive drops superseded versions: the next try must not trust these lists.
        if let Ok(updated) = fs::File::options()
            .write(true)
            .open(self.folder.join(UPDATED))
        {
            let _ = updated.set_modified(SystemTime::UNIX_EPOCH);
        }
        Err(ImageError::Packages {
            image: image.to_owned(),
            reason: reason(&output),
        })
    }

    /// Whether a package's file is here.
    pub(in super::super) fn has(&self, package: &Package) -> bool {
        self.file(package).is_file()
    }

    /// Where a fetched package lies.
    pub(in super::super) fn file(&self, package: &Package) -> PathBuf {
        self.debs().join(&package.file)
    }

    fn debs(&self) -> PathBuf {
        self.folder.join("debs")
    }

    fn lists_age(&self) -> Option<Duration> {
        let modified = fs::metadata(self.folder.join(UPDATED))
            .ok()?
            .modified()
            .ok()?;
        Some(
            SystemTime::now()
                .duration_since(modified)
                .unwrap_or_default(),
        )
    }

    fn lay_out(&self, arch: Arch) -> Result<(), ImageError> {
        for folder in ["debs", "lists/partial", "cache/archives/partial", "sources"] {
            let path = self.folder.join(folder);
            fs::create_dir_all(&path).map_err(|error| ImageError::store(&path, &error))?;
        }
        self.write("status", "")?;
        self.write("apt.conf", &self.configuration(arch, &host_way()?))
    }

    fn update(&self, source: &Source) -> Result<(), ImageError> {
        let key = source
            .signed_by
            .as_ref()
            .map(|key| format!("Signed-By: {key}\n"));
        let stanza = format!(
            "Types: deb\nURIs: {}\nSuites: {SUITE}\nComponents: main\n{}",
            source.uri,
            key.unwrap_or_default()
        );
        self.write(STANZA, &stanza)?;
        let output = self.run(&["update", "--error-on=any"])?;
        if output.status.success() {
            return self.write(UPDATED, &stanza);
        }
        Err(ImageError::Source {
            suite: SUITE.to_owned(),
            source_uri: source.uri.clone(),
            reason: reason(&output),
        })
    }

    fn run(&self, args: &[&str]) -> Result<Output, ImageError> {
        let output = Command::new("apt-get")
            .arg("-q")
            .args(args)
            .env("APT_CONFIG", self.folder.join("apt.conf"))
            .env("LC_ALL", "C")
            .current_dir(self.debs())
            .output()
            .map_err(|_| ImageError::Tool("apt-get".to_owned()))?;
        let busy = !output.status.success()
            && String::from_utf8_lossy(&output.stderr).contains("Could not get lock");
        if busy {
            return Err(ImageError::Busy(self.folder.display().to_string()));
        }
        match ImageError::no_room(&self.folder, &output.stderr) {
            Some(full) if !output.status.success() => Err(full),
            _ => Ok(output),
        }
    }

    /// The host's parts are not read: their hooks are for the host's own packages.
    fn configuration(&self, arch: Arch, way: &str) -> String {
        let at = |name: &str| self.folder.join(name).display().to_string();
        let settings = BTreeMap::from([
            ("APT::Architecture", arch.name().to_owned()),
            ("APT::Architectures", arch.name().to_owned()),
            ("APT::Sandbox::User", "root".to_owned()),
            ("Acquire::AllowInsecureRepositories", "false".to_owned()),
            ("Acquire::Languages", "none".to_owned()),
            ("Dir::Cache", at("cache")),
            ("Dir::Etc::main", "/dev/null".to_owned()),
            ("Dir::Etc::parts", "/dev/null".to_owned()),
            ("Dir::Etc::preferences", "/dev/null".to_owned()),
            ("Dir::Etc::preferencesparts", "/dev/null".to_owned()),
            ("Dir::Etc::sourcelist", "/dev/null".to_owned()),
            ("Dir::Etc::sourceparts", at("sources")),
            ("Dir::State", at(".")),
            ("Dir::State::Lists", at("lists")),
            ("Dir::State::status", at("status")),
        ]);
        let lines = settings
            .iter()
            .map(|(key, value)| format!("{key} \"{value}\";\n"));
        way.to_owned() + &lines.collect::<String>()
    }

    fn write(&self, name: &str, text: &str) -> Result<(), ImageError> {
        let path = self.folder.join(name);
        fs::write(&path, text).map_err(|error| ImageError::store(&path, &error))
    }
}

/// The host's way to the network: proxies, certificates, retries.
fn host_way() -> Result<String, ImageError> {
    let dump = apt_config(&["dump"])?;
    let ours = [
        "Acquire::IndexTargets",
        "Acquire::Languages",
        "Acquire::CompressionTypes",
    ];
    let kept = dump.lines().filter(|line| {
        line.starts_with("Acquire::") && !ours.iter().any(|prefix| line.starts_with(prefix))
    });
    Ok(kept.map(|line| format!("{line}\n")).collect())
}

/// The host's archives that could carry the suite.
fn host_sources() -> Result<Vec<Source>, ImageError> {
    let places = apt_config(&[
        "shell",
        "LIST",
        "Dir::Etc::sourcelist/f",
        "PARTS",
        "Dir::Etc::sourceparts/d",
    ])?;
    let mut files = Vec::new();
    for line in places.lines() {
        match line
            .split_once('=')
            .map(|(name, path)| (name, path.trim_matches('\'')))
        {
            Some(("LIST", path)) => files.push(PathBuf::from(path)),
            Some(("PARTS", path)) => files.extend(parts(Path::new(path))),
            _ => {}
        }
    }
    let read = |path: PathBuf| Some((path.display().to_string(), fs::read_to_string(&path).ok()?));
    let all = files.into_iter().filter_map(read);
    Ok(sources::candidates(
        all.flat_map(|(name, text)| sources::parse(&name, &text))
            .collect(),
    ))
}

fn parts(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|kind| kind == "list" || kind == "sources")
        })
        .collect();
    files.sort();
    files
}

fn apt_config(args: &[&str]) -> Result<String, ImageError> {
    let output = Command::new("apt-config")
        .args(args)
        .output()
        .map_err(|_| ImageError::Tool("apt-config".to_owned()))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The packages named by `apt-get --print-uris`: `'URI' FILE SIZE HASH` a line.
fn print_uris(text: &str) -> Vec<Package> {
    let line = |line: &str| {
        let (_, rest) = line.strip_prefix('\'')?.split_once("' ")?;
        let file = rest.split_whitespace().next()?;
        let mut parts = file.strip_suffix(".deb")?.splitn(3, '_');
        let (name, version) = (parts.next()?, parts.next()?.replace("%3a", ":"));
        Some(Package {
            name: name.to_owned(),
            version,
            file: file.to_owned(),
        })
    };
    text.lines().filter_map(line).collect()
}

/// The line of apt's errors that says what failed.
fn reason(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let told = text
        .lines()
        .filter_map(|line| line.strip_prefix("E: ").or(line.strip_prefix("W: ")));
    told.map(str::trim)
        .next()
        .unwrap_or("apt failed and said nothing")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_read_from_what_apt_prints() {
        let text = "Reading package lists...\n\
            'http://a.example/pool/b/busybox-static_1.37.0-6%2bb9_amd64.deb' \
            busybox-static_1%3a1.37.0-6+b9_amd64.deb 955316 MD5Sum:60\n\
            'http://a.example/pool/t/tzdata_2026f-0_all.deb' tzdata_2026f-0_all.deb 267528 \n";
        let package = |name: &str, version: &str, file: &str| Package {
            name: name.into(),
            version: version.into(),
            file: file.into(),
        };
        assert_eq!(
            print_uris(text),
            [
                package(
                    "busybox-static",
                    "1:1.37.0-6+b9",
                    "busybox-static_1%3a1.37.0-6+b9_amd64.deb"
                ),
                package("tzdata", "2026f-0", "tzdata_2026f-0_all.deb"),
            ]
        );
    }
}
