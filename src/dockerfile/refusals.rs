//! What is refused before anything is built: what would leave the course's images, or the sandbox.

use super::expand::Unknown;
use super::instruction::{Body, Instruction, Source, Transfer};
use super::reference::Reference;
use super::scope::Scope;
use super::stages::{BaseKind, Dockerfile, Stage};
use crate::text::tick;

/// One thing a submitted Dockerfile may not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Counted from 1.
    pub line: u32,
    /// A sentence that names it, in backticks.
    pub what: String,
    /// Why it is refused.
    pub why: String,
    /// What to write instead.
    pub instead: String,
    /// Which wall it would go through.
    pub kind: RefusalKind,
}

/// Why something is refused, for those who refuse less than a grade does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// A program in place of the builder, or a line that builders read differently.
    Reading,
    /// An image that is not among the allowed.
    Image,
    /// More rights than a step has.
    Rights,
    /// Secrets and keys of the one who builds.
    Secret,
    /// A download that no network setting keeps back.
    Download,
}

/// Something worth saying that is no reason to refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Counted from 1.
    pub line: u32,
    /// A sentence.
    pub what: String,
}

/// Everything in the file that must not be built, in the order of its lines.
///
/// `allowed` is asked for full names, `docker.io/library/nginx:1.27`, with `@sha256:…` where it is pinned.
pub fn refusals(file: &Dockerfile, allowed: &dyn Fn(&str) -> bool) -> Vec<Refusal> {
    let mut gate = Gate {
        file,
        allowed,
        found: Vec::new(),
    };
    for syntax in file
        .syntaxes
        .iter()
        .filter(|syntax| !syntax.is_dockers_own())
    {
        gate.refuse(
            RefusalKind::Reading,
            syntax.line,
            format!("the file asks for the frontend {}", tick(&syntax.value)),
            (
                "a frontend is a program that replaces the builder",
                "remove the `syntax` line",
            ),
        );
    }
    for dispute in &file.disputed {
        gate.refuse(
            RefusalKind::Reading,
            dispute.line,
            dispute.what.clone(),
            (
                "builders of different age read it differently",
                dispute.instead,
            ),
        );
    }
    for stage in &file.stages {
        gate.base(stage);
        let mut scope = Scope::at_start(file, stage);
        for instruction in &stage.instructions {
            gate.instruction(stage, &scope, instruction);
            scope.pass(file, instruction);
        }
    }
    gate.found.sort_by_key(|refusal| refusal.line);
    gate.found
}

/// Stages that ask for another architecture than the engine's (`amd64`, `arm64` …).
pub fn notes(file: &Dockerfile, architecture: &str) -> Vec<Note> {
    let other = |platform: &str| {
        let named = platform.split('/').nth(1).unwrap_or(platform);
        !platform.contains('$') && named != architecture
    };
    file.stages
        .iter()
        .filter_map(|stage| {
            let platform = stage
                .base
                .platform
                .as_deref()
                .filter(|platform| other(platform))?;
            let what = format!(
                "`FROM` asks for {}, this engine is `{architecture}`",
                tick(platform)
            );
            Some(Note {
                line: stage.line,
                what,
            })
        })
        .collect()
}

struct Gate<'a> {
    file: &'a Dockerfile,
    allowed: &'a dyn Fn(&str) -> bool,
    found: Vec<Refusal>,
}

impl Gate<'_> {
    fn refuse(&mut self, kind: RefusalKind, line: u32, what: String, (why, instead): (&str, &str)) {
        let (why, instead) = (why.to_string(), instead.to_string());
        self.found.push(Refusal {
            line,
            what,
            why,
            instead,
            kind,
        });
    }

    fn base(&mut self, stage: &Stage) {
        match &stage.base.image {
            BaseKind::Image(image) => self.image(stage.line, "FROM", image),
            BaseKind::Unresolved(variable) => self.refuse(
                RefusalKind::Image,
                stage.line,
                format!("`FROM` depends on {}, which has no value", tick(variable)),
                (
                    "which image is used must be known before the build",
                    "give the `ARG` before `FROM` a default, or name the image",
                ),
            ),
            BaseKind::Stage(_) | BaseKind::Scratch => {}
        }
    }

    fn image(&mut self, line: u32, place: &str, image: &str) {
        let full = Reference::parse(image);
        if full
            .as_ref()
            .is_ok_and(|full| (self.allowed)(&full.to_string()))
        {
            return;
        }
        let later = self.file.stages.iter().any(|stage| {
            stage
                .name
                .as_ref()
                .is_some_and(|name| name.eq_ignore_ascii_case(image))
        });
        let (why, instead) = match full {
            _ if later => (
                "a stage can only be used after the line that begins it".to_string(),
                "move the stage up",
            ),
            Ok(_) => (
                "only the course's own images are used when grading".to_string(),
                "use an image that the lesson names",
            ),
            Err(fault) => (fault.to_string(), "use an image that the lesson names"),
        };
        self.refuse(
            RefusalKind::Image,
            line,
            format!("`{place}` uses {}", tick(image)),
            (&why, instead),
        );
    }

    fn instruction(&mut self, stage: &Stage, scope: &Scope, instruction: &Instruction) {
        let line = instruction.line;
        match &instruction.body {
            Body::Onbuild(inner) => self.instruction(stage, scope, inner),
            Body::From { image, .. } => self.image(line, "FROM", image),
            Body::Copy(copy) => self.source_of_files(stage, line, "COPY --from", copy),
            Body::Add(add) => {
                self.source_of_files(stage, line, "ADD --from", add);
                self.add(scope, line, add);
            }
            Body::Run(run) => {
                self.run_flags(instruction);
                for mount in &run.mounts {
                    if mount.options.iter().any(|(key, value)| {
                        matches!(key.as_str(), "type" | "from")
                            && value.as_ref().is_some_and(|value| value.contains('$'))
                    }) {
                        self.refuse(
                            RefusalKind::Image,
                            line,
                            "`RUN --mount` takes its type or source from a variable".to_string(),
                            (
                                "what is mounted must be known before the build",
                                "write the value itself",
                            ),
                        );
                    }
                    let types = mount.options.iter().filter(|(key, _)| key == "type");
                    for kind in types
                        .filter_map(|(_, value)| value.as_ref())
                        .map(|v| v.to_lowercase())
                    {
                        if matches!(kind.as_str(), "secret" | "ssh") {
                            self.refuse(
                                RefusalKind::Secret,
                                line,
                                format!("`RUN --mount=type={kind}`"),
                                (
                                    "a grade has no secrets and no keys to lend",
                                    "remove the mount",
                                ),
                            );
                        }
                    }
                    let from = mount.from.as_deref().filter(|from| !from.contains('$'));
                    if let Some(from) = from.filter(|from| *from != "scratch")
                        && self.file.named_before(from, stage.index).is_none()
                    {
                        self.image(line, "RUN --mount from", from);
                    }
                }
            }
            _ => {}
        }
    }

    fn run_flags(&mut self, instruction: &Instruction) {
        for flag in &instruction.flags {
            let value = flag.value.as_deref().unwrap_or_default();
            let why = match flag.name.as_str() {
                "security" if !value.eq_ignore_ascii_case("sandbox") => {
                    "a step gets no more rights than the builder's own"
                }
                "network" if !matches!(value.to_lowercase().as_str(), "none" | "default") => {
                    "a step does not see the host's network"
                }
                "device" => "a step sees none of the host's devices",
                _ => continue,
            };
            let what = format!(
                "`RUN` asks for {}",
                tick(&format!("--{}={value}", flag.name))
            );
            self.refuse(
                RefusalKind::Rights,
                instruction.line,
                what,
                (why, "remove the flag"),
            );
        }
    }

    fn source_of_files(&mut self, stage: &Stage, line: u32, place: &str, transfer: &Transfer) {
        let Some(from) = transfer.from.as_deref() else {
            return;
        };
        if from.contains('$') {
            self.refuse(
                RefusalKind::Image,
                line,
                format!("`{place}` depends on a variable: {}", tick(from)),
                (
                    "no builder replaces variables there",
                    "begin a stage with `FROM … AS name` and copy from that name",
                ),
            );
        } else if from != "scratch" && self.file.stage_before(from, stage.index).is_none() {
            self.image(line, place, from);
        }
    }

    fn add(&mut self, scope: &Scope, line: u32, add: &Transfer) {
        for source in &add.sources {
            let Source::Path { path, written } = source else {
                continue;
            };
            let value = match scope.value(written) {
                Ok(value) => value,
                Err(unknown) => {
                    let what = match unknown {
                        Unknown::Variable(_) => "a variable without a known value",
                        Unknown::Malformed => "quotes or a substitution that cannot be followed",
                    };
                    self.refuse(
                        RefusalKind::Download,
                        line,
                        format!("`ADD` depends on {what}: {}", tick(path)),
                        (
                            "`ADD` fetches whatever URL comes out",
                            "write the path itself, or use `COPY`",
                        ),
                    );
                    continue;
                }
            };
            if is_url(&value) || is_git(&value) {
                self.refuse(
                    RefusalKind::Download,
                    line,
                    format!("`ADD` fetches {}", tick(&value)),
                    (
                        "`ADD` reaches the network even where the build has none",
                        "put the file into the workspace and `COPY` it",
                    ),
                );
            }
        }
    }
}

/// `scheme://…`, whatever the scheme: each builder knows some, and no path needs one.
fn is_url(source: &str) -> bool {
    source.split_once("://").is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    })
}

/// `git://…`, `https://….git`, `user@host:path`.
pub(super) fn is_git(source: &str) -> bool {
    if is_url(source) {
        let without_fragment = source.split('#').next().unwrap_or(source);
        let lower = without_fragment.to_lowercase();
        return lower.starts_with("git://")
            || lower.starts_with("ssh://")
            || lower.ends_with(".git");
    }
    source.split_once(':').is_some_and(|(host, _)| {
        !host.contains('/')
            && host
                .split_once('@')
                .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty())
    })
}

#[cfg(test)]
mod tests;
