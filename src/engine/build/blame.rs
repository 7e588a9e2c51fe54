//! Whose fault a failed build is, from the builders' words.

use std::sync::LazyLock;

use regex::Regex;

use super::super::error::is_disk_full;
use super::super::pull::RegistryFault;
use super::{BuildError, BuildErrorKind};

static LINE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)parse error (?:on )?line (\d+)"));

/// Classic: `returned a non-zero code: 3`; BuildKit: `exit code: 3`; Podman: `exit status 3`.
static EXIT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:non-zero code: |exit code: |exit status )(\d+)"));

/// The image in the builders' various complaints about one.
static BASE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?:access denied for |manifest for |metadata for |image )([^\s:,]+(?::[^\s,:]+)?)")
});

/// The image in a registry's address, `…/v2/library/node/manifests/22`.
static ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"/v2/(?:library/)?([^\s"]+)/manifests/([^\s"]+)"#));

/// The address of an ADD that failed.
static FETCH: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(?:Get|Head) "([^"]+)""#));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is a constant")
}

/// Reads an error that stopped the build before, or outside of, its steps.
pub(super) fn before_steps(message: &str) -> BuildError {
    let message = message.trim().to_owned();
    let lower = message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let kind = if is_engines_own(&lower) {
        BuildErrorKind::Engine
    } else if says(&[
        "requires buildkit",
        "buildkit is not supported",
        "builder version",
    ]) {
        BuildErrorKind::BuilderTooOld
    } else if says(&[
        "cannot locate specified dockerfile",
        "failed to read dockerfile",
        "error processing tar file",
        "unexpected eof",
        "invalid tar header",
    ]) {
        BuildErrorKind::Context
    } else if let Some(found) = LINE.captures(&message) {
        BuildErrorKind::Parse {
            line: found[1].parse().ok(),
        }
    } else if is_about_an_image(&message) {
        BuildErrorKind::BaseImage {
            reference: base(&message),
        }
    } else if says(&[
        "unknown instruction",
        "failed to reach build target",
        "target stage",
        "cannot be empty",
        "file with no instructions",
        "no build stage in current context",
        "invalid ",
        "base name (",
        "from requires",
        "requires at least",
        "requires exactly",
        "syntax error",
        "circular dependency",
        "unable to parse",
        "failed to parse",
        "unknown flag",
        "failed to create llb definition",
        "failed to process",
    ]) {
        BuildErrorKind::Parse { line: None }
    } else {
        BuildErrorKind::Engine
    };
    BuildError { kind, message }
}

/// Reads the error of a step.
pub(super) fn in_step(index: usize, instruction: &str, message: &str) -> BuildError {
    let message = message.trim().to_owned();
    let lower = message.to_lowercase();
    let exit = EXIT
        .captures(&message)
        .and_then(|found| found[1].parse().ok());
    let mut words = instruction.split_whitespace();
    let is_from = words
        .next()
        .is_some_and(|word| word.eq_ignore_ascii_case("from"));
    let kind = if exit.is_some() {
        // What the command printed is not in this message: a full disk it ran into is its own affair.
        BuildErrorKind::Step { index, exit }
    } else if lower.contains("executable file not found")
        || lower.contains("no such file or directory: unknown")
    {
        // The classic builder tells of a missing command as a failure of the runtime.
        BuildErrorKind::Step {
            index,
            exit: Some(127),
        }
    } else if is_engines_own(&lower) {
        BuildErrorKind::Engine
    } else if lower.contains("requires buildkit") {
        BuildErrorKind::BuilderTooOld
    } else if is_from && lower.contains("invalid reference format") {
        BuildErrorKind::Parse { line: None }
    } else if is_from {
        let named = words.find(|word| !word.starts_with("--"));
        BuildErrorKind::BaseImage {
            reference: named.map_or_else(|| base(&message), str::to_owned),
        }
    } else if is_about_an_image(&message) {
        let named = words.find_map(|word| word.strip_prefix("--from="));
        BuildErrorKind::BaseImage {
            reference: named.map_or_else(|| base(&message), str::to_owned),
        }
    } else {
        BuildErrorKind::Step { index, exit: None }
    };
    BuildError { kind, message }
}

/// Words for trouble that no Dockerfile can cause.
fn is_engines_own(lower: &str) -> bool {
    const WORDS: [&str; 5] = [
        "context canceled",
        "context deadline exceeded",
        "failed to solve: canceled",
        "read-only file system: unknown",
        "cannot connect to the docker daemon",
    ];
    is_disk_full(lower) || WORDS.iter().any(|word| lower.contains(word)) || may_pass(lower)
}

/// Words for the engine's own trouble that a second try may not meet: a hiccup of the runtime, or an image of the cache that
/// somebody removed between two steps.
pub(super) fn may_pass(message: &str) -> bool {
    const WORDS: [&str; 10] = [
        "failed to create shim",
        "ttrpc: closed",
        "unable to retrieve oci runtime error",
        "error closing exec fds",
        "can't copy bootstrap data",
        "resource temporarily unavailable",
        "failed to get layer",
        "layer does not exist",
        "no such image: sha256:",
        "unrecognized image id",
    ];
    let lower = message.to_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}

/// True when a registry did not answer, or does not have an image; an ADD may fail to reach its address too.
fn is_about_an_image(message: &str) -> bool {
    const WORDS: [&str; 4] = ["/v2/", "metadata for ", "access denied for ", "manifest"];
    RegistryFault::read(message).is_some() && WORDS.iter().any(|word| message.contains(word))
}

fn base(message: &str) -> String {
    if let Some(found) = ADDRESS.captures(message) {
        return format!("{}:{}", &found[1], &found[2]);
    }
    BASE.captures(message)
        .map(|found| found[1].to_owned())
        .unwrap_or_default()
}

/// The address that a failed ADD could not fetch.
pub(super) fn fetched(message: &str) -> Option<&str> {
    FETCH
        .captures(message)
        .and_then(|found| found.get(1))
        .map(|address| address.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_errors_carry_their_line_in_both_builders_words() {
        for message in [
            "dockerfile parse error line 2: unknown instruction: RUNN",
            "dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)",
            "failed to solve with frontend dockerfile.v0: failed to create LLB definition: \
             dockerfile parse error line 2: unknown instruction: RUNN",
        ] {
            assert_eq!(
                before_steps(message).kind,
                BuildErrorKind::Parse { line: Some(2) },
                "{message}"
            );
        }
    }

    #[test]
    fn exit_codes_are_read_in_all_wordings() {
        for message in [
            "The command '/bin/sh -c exit 3' returned a non-zero code: 3",
            "executor failed running [/bin/sh -c exit 3]: exit code: 3",
            "process \"/bin/sh -c exit 3\" did not complete successfully: exit code: 3",
            "building at STEP \"RUN exit 3\": while running runtime: exit status 3",
        ] {
            let kind = BuildErrorKind::Step {
                index: 1,
                exit: Some(3),
            };
            assert_eq!(in_step(1, "RUN exit 3", message).kind, kind);
        }
    }

    #[test]
    fn a_full_disk_and_a_hiccup_of_runc_are_the_engines_own() {
        let full = "failed to register layer: write /x: no space left on device";
        assert_eq!(in_step(1, "COPY . .", full).kind, BuildErrorKind::Engine);
        let hiccup =
            "OCI runtime create failed: unable to retrieve OCI runtime error: EOF: unknown";
        assert_eq!(in_step(1, "RUN true", hiccup).kind, BuildErrorKind::Engine);
    }

    #[test]
    fn what_a_second_try_may_not_meet_is_tried_again() {
        let gone = "No such image: sha256:0123456789abcdef";
        assert_eq!(in_step(2, "ENV A=b", gone).kind, BuildErrorKind::Engine);
        assert!(in_step(2, "ENV A=b", gone).may_pass());
        assert!(!in_step(1, "COPY . .", "write /x: no space left on device").may_pass());
    }

    #[test]
    fn a_base_image_that_is_not_to_be_had_is_named() {
        let offline =
            "Get \"https://r.test/v2/\": dial tcp: lookup r.test on 1.1.1.1:53: no such host";
        let kind = BuildErrorKind::BaseImage {
            reference: "node:22".into(),
        };
        assert_eq!(in_step(0, "FROM node:22 AS build", offline).kind, kind);
    }

    #[test]
    fn an_image_is_named_by_its_registrys_address_too() {
        let message = "failed to create LLB definition: failed to do request: \
                       Head \"https://r.test/v2/library/node/manifests/22\": dial tcp: no such host";
        let kind = BuildErrorKind::BaseImage {
            reference: "node:22".into(),
        };
        assert_eq!(before_steps(message).kind, kind);
    }

    #[test]
    fn a_missing_command_is_not_the_engines_though_its_runtime_says_so() {
        let message = "failed to create shim task: OCI runtime create failed: exec: \"nope\": \
                       executable file not found in $PATH: unknown";
        let kind = BuildErrorKind::Step {
            index: 1,
            exit: Some(127),
        };
        assert_eq!(in_step(1, "RUN [\"nope\"]", message).kind, kind);
    }

    #[test]
    fn an_address_that_cannot_be_added_is_no_image() {
        let message =
            "ADD failed: Get \"http://127.0.0.1:9/x\": dial tcp 127.0.0.1:9: connection refused";
        let step = BuildErrorKind::Step {
            index: 1,
            exit: None,
        };
        assert_eq!(
            in_step(1, "ADD http://127.0.0.1:9/x /x", message).kind,
            step
        );
        assert_eq!(fetched(message), Some("http://127.0.0.1:9/x"));
    }

    #[test]
    fn a_missing_file_to_copy_is_the_steps_own() {
        let message =
            "COPY failed: file not found in build context or excluded by .dockerignore: stat x";
        assert_eq!(
            in_step(2, "COPY x .", message).kind,
            BuildErrorKind::Step {
                index: 2,
                exit: None
            }
        );
    }

    #[test]
    fn what_the_old_builder_lacks_is_nobodys_fault() {
        let message = "the --mount option requires BuildKit. Refer to the documentation";
        assert_eq!(
            in_step(1, "RUN --mount=type=cache,target=/x true", message).kind,
            BuildErrorKind::BuilderTooOld
        );
    }
}
