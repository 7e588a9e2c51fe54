//! What a Dockerfile asks of the builder, and since which engine the builder it carries knows it.

use std::fmt;

use super::instruction::{Body, Instruction, Source};
use super::scope::AUTOMATIC;
use super::stages::Dockerfile;

/// A feature that only BuildKit has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// Where it is used, counted from 1.
    pub line: u32,
    /// The feature, with its name in backticks.
    pub what: String,
    /// The first engine whose own BuildKit knows it.
    pub since: Since,
}

/// The first engine that carries a builder with a feature, read in BuildKit's sources of the version it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Since {
    /// Engine 20.10: BuildKit 0.8, Dockerfile 1.2.
    Engine20_10,
    /// Engine 23.0: BuildKit 0.10, Dockerfile 1.4.
    Engine23,
    /// Engine 25.0: BuildKit 0.12, Dockerfile 1.6.
    Engine25,
    /// Engine 28.3: BuildKit 0.23, Dockerfile 1.17.
    Engine28_3,
    /// Engine 28.5: BuildKit 0.25, Dockerfile 1.19.
    Engine28_5,
    /// Engine 29.1: BuildKit 0.26, Dockerfile 1.20.
    Engine29_1,
}

impl Since {
    /// Major and minor version of the engine.
    pub fn version(self) -> (u32, u32) {
        match self {
            Self::Engine20_10 => (20, 10),
            Self::Engine23 => (23, 0),
            Self::Engine25 => (25, 0),
            Self::Engine28_3 => (28, 3),
            Self::Engine28_5 => (28, 5),
            Self::Engine29_1 => (29, 1),
        }
    }
}

impl fmt::Display for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor) = self.version();
        write!(f, "Engine {major}.{minor}")
    }
}

impl Dockerfile {
    /// What only BuildKit can build, in the order of the file; the classic builder fails on it or,
    /// with here-documents, silently builds something else.
    pub fn needs_buildkit(&self) -> Vec<Need> {
        let mut needs = Vec::new();
        for stage in &self.stages {
            let platform = stage.from.flag("platform").unwrap_or_default();
            let automatic = AUTOMATIC.iter().find(|name| {
                let written = format!("{platform} {}", stage.from.written);
                mentions(&written, name) && !self.declares(name)
            });
            needs.extend(automatic.map(|name| Need {
                line: stage.line,
                what: format!("`${name}` in `FROM`"),
                since: Since::Engine20_10,
            }));
            stage
                .instructions
                .iter()
                .for_each(|instruction| collect(instruction, &mut needs));
        }
        needs
    }

    /// What Engine 20.10's BuildKit does not know.
    pub fn needs_newer_than_20_10(&self) -> Vec<Need> {
        let mut needs = self.needs_buildkit();
        needs.retain(|need| need.since > Since::Engine20_10);
        needs
    }

    fn declares(&self, name: &str) -> bool {
        self.args_before_from
            .iter()
            .any(|arg| arg.name == name && arg.default.is_some())
    }
}

fn mentions(text: &str, variable: &str) -> bool {
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let found = |opening: &str| {
        text.match_indices(opening)
            .any(|(at, _)| ends(&text[at + opening.len()..]))
    };
    found(&format!("${variable}")) || found(&format!("${{{variable}"))
}

fn collect(instruction: &Instruction, needs: &mut Vec<Need>) {
    let mut need = |line: u32, what: String, since| needs.push(Need { line, what, since });
    let line = instruction.line;
    let keyword = instruction.keyword;
    let heredocs = match &instruction.body {
        Body::Onbuild(inner) => return collect(inner, needs),
        Body::Run(run) => {
            for mount in &run.mounts {
                need(
                    line,
                    format!("`RUN --mount=type={}`", mount.kind),
                    Since::Engine20_10,
                );
            }
            !run.heredocs.is_empty()
        }
        Body::Copy(transfer) | Body::Add(transfer) => transfer
            .sources
            .iter()
            .any(|source| matches!(source, Source::Heredoc(_))),
        _ => false,
    };
    if heredocs {
        need(
            line,
            format!("a here-document in `{keyword}`"),
            Since::Engine23,
        );
    }
    for flag in &instruction.flags {
        let since = match (&instruction.body, flag.name.as_str()) {
            (Body::Run(_), "network") => Since::Engine23,
            (Body::Run(_), "security") => Since::Engine29_1,
            (Body::Copy(_) | Body::Add(_), "chmod") => Since::Engine20_10,
            (Body::Copy(_) | Body::Add(_), "link") => Since::Engine23,
            (Body::Copy(_) | Body::Add(_), "exclude") => Since::Engine28_5,
            (Body::Copy(_), "parents") => Since::Engine29_1,
            (Body::Add(_), "checksum" | "keep-git-dir") => Since::Engine25,
            (Body::Add(_), "unpack") => Since::Engine28_3,
            (Body::Healthcheck(_), "start-interval") => Since::Engine25,
            _ => continue,
        };
        need(line, format!("`{keyword} --{}`", flag.name), since);
    }
    if let Body::Add(add) = &instruction.body
        && add.paths().any(super::refusals::is_git)
    {
        need(line, "a git source in `ADD`".to_string(), Since::Engine25);
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn needs(text: &str) -> Vec<(u32, String, Since)> {
        let needs = parse(text).unwrap().needs_buildkit();
        needs
            .into_iter()
            .map(|need| (need.line, need.what, need.since))
            .collect()
    }

    #[test]
    fn an_ordinary_file_needs_no_buildkit() {
        let text = "FROM a AS b\nARG TARGETARCH\nRUN echo \"<<EOF\" && cat <<< x\nFROM --platform=linux/amd64 a\n\
                    COPY --from=b --chown=1 http/x /x\nADD a.tar /\nHEALTHCHECK --interval=1s CMD x\n";
        assert_eq!(needs(text), []);
        assert_eq!(needs("ARG TARGETARCH=amd64\nFROM a-$TARGETARCH"), []);
    }

    #[test]
    fn each_feature_says_which_engine_has_it() {
        let text = "FROM --platform=$BUILDPLATFORM a\nRUN --mount=type=cache,target=/c x\nCOPY --chmod=644 a b\n\
                    RUN --network=none x\nCOPY --link a b\nRUN <<EOF\nx\nEOF\nADD --checksum=sha256:0 a b\n\
                    ONBUILD COPY <<a /\nx\na\nCOPY --parents a b\n";
        let said: Vec<_> = needs(text)
            .into_iter()
            .map(|(line, what, since)| format!("{line} {what} {since}"))
            .collect();
        assert_eq!(
            said,
            [
                "1 `$BUILDPLATFORM` in `FROM` Engine 20.10",
                "2 `RUN --mount=type=cache` Engine 20.10",
                "3 `COPY --chmod` Engine 20.10",
                "4 `RUN --network` Engine 23.0",
                "5 `COPY --link` Engine 23.0",
                "6 a here-document in `RUN` Engine 23.0",
                "9 `ADD --checksum` Engine 25.0",
                "10 a here-document in `COPY` Engine 23.0",
                "13 `COPY --parents` Engine 29.1",
            ]
        );
        assert_eq!(parse(text).unwrap().needs_newer_than_20_10().len(), 6);
    }

    #[test]
    fn a_git_source_is_told_from_a_path() {
        assert_eq!(
            needs("FROM a\nADD git@github.com:a/b.git /b")[0].2,
            Since::Engine25
        );
        assert_eq!(needs("FROM a\nADD a@b/c:d /b"), []);
    }
}
