//! The names under which a kit has images: one form for each, and nothing that only some engines take.

use crate::dockerfile::reference::{Reference, written_tag};
use crate::failure::Failure;
use crate::text::tick;

/// Digits of an id that nobody takes for a name: as many as `docker images` shows.
const ID_DIGITS: usize = 12;

/// The familiar name with its tag: `docker.io/library/alpine` is `alpine:latest`. `None` for what a loaded image cannot be
/// called: by a digest, by an id, or where a registry is no host.
pub(super) fn kit_name(text: &str) -> Option<String> {
    let reference = Reference::parse(text).ok()?;
    let plain = reference.digest.is_none() && !is_id(text) && is_host(&reference.domain);
    let familiar = reference.familiar();
    // A dot in the first part of a path would become a registry's.
    (plain && Reference::parse(&familiar).as_ref() == Ok(&reference)).then_some(familiar)
}

/// The name under which an image is saved.
///
/// # Errors
/// It is none, or means an image by its digest or id.
pub(super) fn saved_name(text: &str) -> Result<String, Failure> {
    kit_name(text).ok_or_else(|| {
        let failure = Failure::usage(format!(
            "{} is no name that an image can have in a kit",
            tick(text)
        ));
        failure
            .with_hint("a kit has images by name and tag: `docker tag IMAGE NAME:TAG` gives it one")
    })
}

fn is_id(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:").unwrap_or(text);
    let hex = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    let whole = written_tag(text).is_none() || text.len() > digits.len();
    whole && digits.len() >= ID_DIGITS && digits.chars().all(hex)
}

/// `localhost`, `ghcr.io`, `10.0.0.1:5000`.
fn is_host(domain: &str) -> bool {
    let (host, port) = domain.split_once(':').unwrap_or((domain, "443"));
    let label = |label: &str| {
        let word = label.starts_with(|c: char| c.is_ascii_alphanumeric());
        word && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let named = host == "localhost" || host.contains('.') || domain.contains(':');
    named && host.split('.').all(label) && port.parse::<u16>().is_ok_and(|port| port > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_name_is_one_name_in_a_kit() {
        for (text, name) in [
            ("alpine", "alpine:latest"),
            ("alpine:latest", "alpine:latest"),
            ("docker.io/library/alpine", "alpine:latest"),
            ("index.docker.io/library/alpine:3", "alpine:3"),
            ("sealegs/toolbox:1", "sealegs/toolbox:1"),
            ("localhost/a", "localhost/a:latest"),
            ("10.0.0.1:5000/a/b:2", "10.0.0.1:5000/a/b:2"),
            ("abcdefabcdef:1", "abcdefabcdef:1"),
        ] {
            assert_eq!(kit_name(text).as_deref(), Some(name), "{text}");
        }
    }

    #[test]
    fn digests_ids_and_what_is_no_name_are_refused() {
        let digest = "b".repeat(64);
        for text in [
            &format!("x:1@sha256:{digest}"),
            &format!("x@sha256:{digest}"),
            &format!("sha256:{digest}"),
            &digest,
            "ca897bb55cad",
            "a.b:99999999/x:1",
            "a.b:/x:1",
            "Evil/x:1",
            "[::1]:5000/x:1",
            "..:5000/x:1",
            "docker.io/a.b/x:1",
            "NOPE",
            "a b",
            "*",
            "",
        ] {
            assert_eq!(kit_name(text), None, "{text}");
        }
    }
}
