//! What a shell, or any other terminal, needs so that its `docker` is the sandbox.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::{FOLDER_VARIABLE, Kept};
use crate::engine::{OUTSIDE_VARIABLE, OWN_HOST_VARIABLE};

/// An environment variable: its value, or that it is to be unset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The variable.
    pub name: &'static str,
    /// Its value; `None` unsets it.
    pub value: Option<OsString>,
}

/// Programs that are noted, and kept from leaving the sandbox.
const PROGRAMS: [&str; 3] = ["docker", "docker-compose", "sudo"];

/// How each of our programs begins, and what it calls of this one.
const HANDING_OVER: &str = "#!/bin/sh\nexec ";
const RUN: &str = " sandbox run ";

/// What would lead docker's clients elsewhere.
const UNSET: [&str; 6] = [
    "COMPOSE_PROJECT_NAME",
    "DOCKER_CONTEXT",
    "DOCKER_CERT_PATH",
    "DOCKER_TLS",
    "DOCKER_TLS_VERIFY",
    "DOCKER_API_VERSION",
];

impl Kept {
    /// The variables that make any terminal's `docker` the sandbox.
    ///
    /// # Errors
    /// The files they name cannot be written.
    pub fn settings(&self) -> io::Result<Vec<Setting>> {
        self.write_programs()?;
        self.write_config()?;
        let host = OsString::from(format!("unix://{}", self.socket().display()));
        let outside = self.engine().unwrap_or_default();
        let set = |name, value: OsString| Setting {
            name,
            value: Some(value),
        };
        let mut settings = vec![
            set("DOCKER_HOST", host.clone()),
            set("DOCKER_CONFIG", self.place.docker_config().into()),
            set(FOLDER_VARIABLE, self.folder().into()),
            // By these this program finds the engine itself, wherever it is called.
            set(OWN_HOST_VARIABLE, host),
            set(OUTSIDE_VARIABLE, outside.into()),
        ];
        settings.extend(UNSET.map(|name| Setting { name, value: None }));
        Ok(settings)
    }

    /// The folder that goes first on PATH.
    pub fn programs(&self) -> PathBuf {
        self.place.programs()
    }

    /// Small programs that hand over to the real ones.
    fn write_programs(&self) -> io::Result<()> {
        let folder = self.place.programs();
        std::fs::create_dir_all(&folder)?;
        let us = std::env::current_exe()?;
        for program in PROGRAMS {
            let path = folder.join(program);
            let there = real_program(program, &folder).is_some();
            if !there {
                let _ = std::fs::remove_file(&path);
                continue;
            }
            let text = handing_over(&us, self.folder(), program);
            if std::fs::read_to_string(&path).is_ok_and(|old| old == text) {
                continue;
            }
            // A shell may be reading the old one.
            let new = folder.join(format!(".{program}"));
            std::fs::write(&new, text)?;
            std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o755))?;
            std::fs::rename(&new, &path)?;
        }
        Ok(())
    }

    /// A configuration without anybody's credentials and contexts, which still finds the user's own plugins.
    fn write_config(&self) -> io::Result<()> {
        let folder = self.place.docker_config();
        std::fs::create_dir_all(&folder)?;
        // Not one that a sandbox gave, this one or another.
        let users = std::env::var_os("DOCKER_CONFIG")
            .map(PathBuf::from)
            .filter(|path| *path != folder && !path.as_os_str().is_empty())
            .filter(|path| std::env::var_os(FOLDER_VARIABLE).is_none_or(|of| !path.starts_with(of)))
            .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".docker")));
        let Some(users) = users else {
            return Ok(());
        };
        let plugins = users.join("cli-plugins");
        let link = folder.join("cli-plugins");
        if plugins.is_dir() && link.symlink_metadata().is_err() {
            std::os::unix::fs::symlink(&plugins, &link)?;
        }
        let config = folder.join("config.json");
        if !config.exists() {
            let own = std::fs::read_to_string(users.join("config.json")).unwrap_or_default();
            let own: serde_json::Value = serde_json::from_str(&own).unwrap_or_default();
            let mut kept = serde_json::Map::new();
            // Where plugins are, how keys work: nothing that names a registry or an engine.
            for key in [
                "cliPluginsExtraDirs",
                "detachKeys",
                "psFormat",
                "imagesFormat",
            ] {
                if let Some(value) = own.get(key) {
                    kept.insert(key.to_owned(), value.clone());
                }
            }
            std::fs::write(&config, serde_json::Value::Object(kept).to_string())?;
        }
        Ok(())
    }

    /// The shell to start, its arguments and further variables, so that its prompt says where it is.
    ///
    /// # Errors
    /// The files it reads cannot be written.
    pub fn shell(&self, program: &Path, place: &str) -> io::Result<(Vec<OsString>, Vec<Setting>)> {
        let folder = self.place.shell();
        std::fs::create_dir_all(&folder)?;
        let name = program.file_name().unwrap_or_default().to_string_lossy();
        let again = format!("PATH={}:$PATH", quoted(&self.programs()));
        let set = |name, value: OsString| Setting {
            name,
            value: Some(value),
        };
        let plain: String = place
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || "-_ ".contains(*c))
            .collect();
        match name.as_ref() {
            "bash" => {
                let file = folder.join("bashrc");
                let text = format!(
                    "[ -f ~/.bashrc ] && . ~/.bashrc\nunalias docker docker-compose sudo 2>/dev/null\n{again}\nPS1=\"({plain}) ${{PS1:-\\\\w\\\\$ }}\"\n"
                );
                std::fs::write(&file, text)?;
                Ok((
                    vec!["--rcfile".into(), file.into(), "-i".into()],
                    Vec::new(),
                ))
            }
            "zsh" => {
                let users = std::env::var_os("ZDOTDIR")
                    .or_else(|| std::env::var_os("HOME"))
                    .unwrap_or_default();
                let users = quoted(Path::new(&users));
                let env = format!("[ -f {users}/.zshenv ] && . {users}/.zshenv\n");
                std::fs::write(folder.join(".zshenv"), env)?;
                let text = format!(
                    "ZDOTDIR={users}\n[ -f {users}/.zshrc ] && . {users}/.zshrc\nunalias docker docker-compose sudo 2>/dev/null\n{again}\nPROMPT=\"({plain}) ${{PROMPT:-%~%# }}\"\n"
                );
                std::fs::write(folder.join(".zshrc"), text)?;
                Ok((vec!["-i".into()], vec![set("ZDOTDIR", folder.into())]))
            }
            "fish" => {
                let text = format!(
                    "set -gx PATH {} $PATH; functions -c fish_prompt _sealegs_prompt; function fish_prompt; echo -n '({plain}) '; _sealegs_prompt; end",
                    quoted(&self.programs())
                );
                Ok((vec!["--init-command".into(), text.into()], Vec::new()))
            }
            _ => {
                let file = folder.join("shrc");
                let text = format!("{again}\nPS1='({plain}) $ '\n");
                std::fs::write(&file, text)?;
                Ok((vec!["-i".into()], vec![set("ENV", file.into())]))
            }
        }
    }
}

/// The program of this name that PATH finds beyond our own folder, and that of any other sandbox: where a shell of one
/// lesson is opened in that of another, each would hand over to the other for ever.
pub fn real_program(name: &str, ours: &Path) -> Option<PathBuf> {
    found(name, ours, &std::env::var_os("PATH").unwrap_or_default())
}

fn found(name: &str, ours: &Path, path: &OsStr) -> Option<PathBuf> {
    std::env::split_paths(path)
        .filter(|folder| folder != ours)
        .map(|folder| folder.join(name))
        .find(|file| is_executable(file) && !hands_over(file))
}

/// A program of ours, for a shell.
fn handing_over(us: &Path, folder: &Path, program: &str) -> String {
    format!(
        "{HANDING_OVER}{}{RUN}{} {program} \"$@\"\n",
        quoted(us),
        quoted(folder)
    )
}

/// Whether a file is a program of ours.
fn hands_over(file: &Path) -> bool {
    let Ok(file) = std::fs::File::open(file) else {
        return false;
    };
    let mut begin = Vec::new();
    let read = file.take(4096).read_to_end(&mut begin);
    read.is_ok()
        && begin.starts_with(HANDING_OVER.as_bytes())
        && String::from_utf8_lossy(&begin).contains(RUN)
}

fn is_executable(file: &Path) -> bool {
    file.metadata()
        .is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

/// The command behind `sudo`, where it is one of docker's: with the environment dropped it would reach the engine itself.
pub fn sudo_words(words: &[OsString]) -> Option<Vec<OsString>> {
    // Options of sudo that take a word of their own (`man sudo`).
    const WITH_WORD: [&str; 11] = [
        "-C", "-D", "-g", "-h", "-p", "-R", "-r", "-t", "-T", "-U", "-u",
    ];
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let text = word.to_string_lossy();
        if WITH_WORD.contains(&text.as_ref()) {
            rest.next();
        } else if text == "--" || text.starts_with('-') || text.contains('=') {
            // An option, or a variable for the command.
        } else {
            let name = text.rsplit('/').next().unwrap_or_default();
            let is_docker = matches!(name, "docker" | "docker-compose");
            return is_docker.then(|| {
                std::iter::once(OsString::from(name))
                    .chain(rest.cloned())
                    .collect()
            });
        }
    }
    None
}

/// A path as a POSIX shell reads it.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.to_string_lossy().replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docker_behind_sudo_is_found_whatever_sudo_is_told() {
        let words = |text: &str| -> Vec<OsString> { text.split(' ').map(OsString::from).collect() };
        for text in [
            "docker ps -a",
            "-E docker ps -a",
            "-u root docker ps -a",
            "DOCKER_HOST=x /usr/bin/docker ps -a",
            "-- docker ps -a",
        ] {
            assert_eq!(
                sudo_words(&words(text)),
                Some(words("docker ps -a")),
                "{text}"
            );
        }
        for text in ["ls docker", "-u docker ls", "-i", "-s", "dockerd"] {
            assert_eq!(sudo_words(&words(text)), None, "{text}");
        }
    }

    #[test]
    fn a_shell_in_a_shell_finds_the_program_beyond_both() {
        let folder = tempfile::tempdir().unwrap();
        let program = |name: &str, text: &str| {
            let home = folder.path().join(name);
            std::fs::create_dir(&home).unwrap();
            let file = home.join("docker");
            std::fs::write(&file, text).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
            home
        };
        let ours = |name: &str| handing_over(Path::new("/bin/it's"), Path::new(name), "docker");
        let (inner, outer) = (program("in", &ours("a")), program("out", &ours("b")));
        let real = program("real", "#!/bin/sh\nexec docker.real \"$@\"\n");
        let path = std::env::join_paths([&inner, &outer, &real]).unwrap();
        assert_eq!(found("docker", &inner, &path), Some(real.join("docker")));
    }

    #[test]
    fn paths_are_quoted_for_a_shell() {
        assert_eq!(quoted(Path::new("/a b/it's")), r"'/a b/it'\''s'");
    }
}
