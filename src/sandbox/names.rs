//! What a sandbox's own things are called on the engine, and what its learner sees instead. Pure text.
//!
//! Every name carries the sandbox's token, which is random, secret and of fixed length: a name with it is ours, and
//! taking it out of an answer is one walk over the answer's text, whatever the answer's shape.

use std::borrow::Cow;
use std::fmt;
use std::net::Ipv4Addr;

use rand::RngExt;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Sixteen random letters and digits: 82 bits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Token(String);

const TOKEN_LENGTH: usize = 16;

impl Token {
    /// A token that nobody has.
    pub fn fresh() -> Self {
        const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
        let mut rng = rand::rng();
        Self(
            (0..TOKEN_LENGTH)
                .map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())]))
                .collect(),
        )
    }

    /// The value of the label on everything that carries labels.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A token in a log would no longer be secret.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// The stand-in for the engine's default network.
pub(super) const BRIDGE: &str = "bridge";

/// The engine takes a network that is called so for none that a user made (`NetworkMode.IsUserDefined` in its source,
/// 20.10 to 29), and treats those in it as those in its default one: it starts no resolver for them, which is a sixth of
/// the time that a small container takes, and gives them neither names nor addresses of their choice.
const AS_DEFAULT: &str = "container:";

/// What the stand-in's name ends in; nothing else that a sandbox makes does.
const STAND_IN: &str = ".bridge";

/// The names of one sandbox, both ways.
#[derive(Clone, Debug)]
pub(super) struct Names {
    token: Token,
    /// `sealegs-TOKEN`.
    prefix: String,
    /// The loopback address that is this sandbox's alone.
    address: Ipv4Addr,
    shown_address: String,
}

impl Names {
    pub(super) fn new(token: Token, address: Ipv4Addr) -> Self {
        Self {
            prefix: format!("sealegs-{}", token.as_str()),
            token,
            address,
            shown_address: address.to_string(),
        }
    }

    pub(super) fn token(&self) -> &Token {
        &self.token
    }

    pub(super) fn address(&self) -> Ipv4Addr {
        self.address
    }

    /// A word that is this sandbox's alone and tells nothing of its token.
    pub(super) fn namespace(&self) -> String {
        let digest = Sha256::digest(format!("sealegs cache {}", self.token.as_str()));
        digest[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// The engine's name of a container, network or volume.
    pub(super) fn object(&self, name: &str) -> String {
        format!("{}-{name}", self.prefix)
    }

    /// The learner's name of one of ours; `None` for what is not ours.
    pub(super) fn own_object<'a>(&self, engine_name: &'a str) -> Option<&'a str> {
        engine_name
            .strip_prefix(&self.prefix)?
            .strip_prefix('-')
            .filter(|name| !name.is_empty())
    }

    /// The engine's name of the stand-in for the default network. It says nothing to the engine as a container's network
    /// mode, where it would mean a container: there it takes the network's id.
    pub(super) fn stand_in(&self) -> String {
        format!("{AS_DEFAULT}{}{STAND_IN}", self.prefix)
    }

    /// The learner's name of one of the sandbox's networks; `None` for what is not ours.
    pub(super) fn own_network<'a>(&self, engine_name: &'a str) -> Option<&'a str> {
        match engine_name == self.stand_in() {
            true => Some(BRIDGE),
            false => self.own_object(engine_name),
        }
    }

    /// The engine's name of a repository; `None` for one that has no place in a sandbox.
    pub(super) fn repository(&self, domain: &str, path: &str) -> Option<String> {
        if let Some(port) = self.own_registry(domain) {
            return Some(format!("{}:{port}/{path}", self.address));
        }
        if domain == "docker.io" {
            let path = path.strip_prefix("library/").unwrap_or(path);
            return Some(format!("{}/{path}", self.prefix));
        }
        let plain = domain
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-:".contains(c));
        plain.then(|| format!("{}.at/{}/{path}", self.prefix, domain.replace(':', "_")))
    }

    /// A pattern of the learner's image names as one of the engine's.
    pub(super) fn image_pattern(&self, pattern: &str) -> String {
        for here in ["localhost:", "127.0.0.1:"] {
            if let Some(rest) = pattern.strip_prefix(here) {
                return format!("{}:{rest}", self.address);
            }
        }
        let pattern = pattern.strip_prefix(HUB).unwrap_or(pattern);
        let pattern = pattern.strip_prefix("library/").unwrap_or(pattern);
        let registry = pattern.split('/').next().unwrap_or_default();
        match registry.contains('.') && pattern.contains('/') {
            true => format!(
                "{}.at/{}",
                self.prefix,
                pattern.replacen(':', "_", usize::from(registry.contains(':')))
            ),
            false => format!("{}/{pattern}", self.prefix),
        }
    }

    /// The port, where a registry's host means this very machine: only a registry in the sandbox can be meant.
    pub(super) fn own_registry(&self, domain: &str) -> Option<u16> {
        let (host, port) = domain.rsplit_once(':')?;
        let here = host == "localhost" || host == "127.0.0.1" || host == self.shown_address;
        port.parse().ok().filter(|port| here && *port > 0)
    }

    /// True for an image name of this sandbox.
    pub(super) fn is_own_image(&self, engine_name: &str) -> bool {
        let own = |rest: &str| rest.starts_with('/') || rest.starts_with(".at/");
        engine_name.strip_prefix(&self.prefix).is_some_and(own)
            || engine_name
                .strip_prefix(&self.shown_address)
                .is_some_and(|rest| rest.starts_with(':') && rest.contains('/'))
    }

    /// The text as the learner sees it: in their names, and with what is published where they asked for it.
    pub(super) fn shown<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.without_token(text, "0.0.0.0")
    }

    /// The text in the learner's names, but with true addresses.
    pub(super) fn named<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.without_token(text, &self.shown_address)
    }

    /// True for a text that holds anything of the sandbox's own.
    pub(super) fn is_in(&self, text: &str) -> bool {
        text.contains(&self.prefix) || text.contains(&self.shown_address)
    }

    fn without_token<'a>(&self, text: &'a str, address: &str) -> Cow<'a, str> {
        if !self.is_in(text) {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(&self.prefix) {
            out.push_str(&rest[..at]);
            rest = &rest[at + self.prefix.len()..];
            if let Some(after) = rest.strip_prefix('-') {
                rest = after;
            } else if let Some(after) = rest.strip_prefix(STAND_IN) {
                if out.ends_with(AS_DEFAULT) {
                    out.truncate(out.len() - AS_DEFAULT.len());
                }
                out.push_str(BRIDGE);
                rest = after;
            } else if let Some(after) = rest.strip_prefix(".at/") {
                if out.ends_with(HUB) {
                    out.truncate(out.len() - HUB.len());
                }
                let end = after.find('/').unwrap_or(after.len());
                out.push_str(&after[..end].replace('_', ":"));
                rest = &after[end..];
            } else if let Some(after) = rest.strip_prefix('/') {
                let official = !repository_part(after).contains('/');
                if official && out.ends_with(HUB) {
                    out.push_str("library/");
                }
                rest = after;
            }
        }
        out.push_str(rest);
        Cow::Owned(self.with_address(&out, address))
    }

    /// A registry of the sandbox is on `localhost`; any other place at its address is at this one.
    fn with_address(&self, text: &str, address: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(&self.shown_address) {
            out.push_str(&rest[..at]);
            rest = &rest[at + self.shown_address.len()..];
            let is_registry = rest.strip_prefix(':').is_some_and(|after| {
                let digits = after.bytes().take_while(u8::is_ascii_digit).count();
                digits > 0 && after[digits..].starts_with('/')
            });
            out.push_str(if is_registry { "localhost" } else { address });
        }
        out.push_str(rest);
        out
    }
}

const HUB: &str = "docker.io/";

/// The characters of a repository's name at the start of a text.
fn repository_part(text: &str) -> &str {
    let inside = |c: char| {
        c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-' | '/')
    };
    let end = text.find(|c: char| !inside(c)).unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
impl Names {
    /// Names that a test can spell.
    pub(super) fn for_tests() -> Self {
        Self::new(
            Token("abcdefgh01234567".into()),
            Ipv4Addr::new(127, 9, 8, 7),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dockerfile::reference::Reference;

    fn there_and_back(written: &str, on_the_engine: &str, shown: &str) {
        let names = Names::for_tests();
        let parsed = Reference::parse(written).unwrap();
        let repository = names.repository(&parsed.domain, &parsed.path).unwrap();
        let engine = format!("{repository}:{}", parsed.tag.unwrap());
        assert_eq!(engine, on_the_engine);
        assert!(names.is_own_image(&engine), "{engine}");
        assert_eq!(names.shown(&engine), shown);
    }

    #[test]
    fn images_get_a_name_of_their_own_and_are_shown_as_written() {
        let own = "sealegs-abcdefgh01234567";
        there_and_back("web", &format!("{own}/web:latest"), "web:latest");
        there_and_back("me/web:1", &format!("{own}/me/web:1"), "me/web:1");
        there_and_back(
            "ghcr.io/a/b:2",
            &format!("{own}.at/ghcr.io/a/b:2"),
            "ghcr.io/a/b:2",
        );
        there_and_back(
            "r.example:5001/a",
            &format!("{own}.at/r.example_5001/a:latest"),
            "r.example:5001/a:latest",
        );
        there_and_back(
            "localhost:5000/web:1",
            "127.9.8.7:5000/web:1",
            "localhost:5000/web:1",
        );
    }

    #[test]
    fn full_names_keep_their_registry() {
        let names = Names::for_tests();
        let cases = [
            (
                "docker.io/sealegs-abcdefgh01234567/web:latest",
                "docker.io/library/web:latest",
            ),
            (
                "docker.io/sealegs-abcdefgh01234567/me/web",
                "docker.io/me/web",
            ),
            (
                "docker.io/sealegs-abcdefgh01234567.at/ghcr.io/a/b:1",
                "ghcr.io/a/b:1",
            ),
            ("127.9.8.7:5000/web:1", "localhost:5000/web:1"),
            (
                "Bind for 127.9.8.7:8080 failed: port is already allocated",
                "Bind for 0.0.0.0:8080 failed: port is already allocated",
            ),
            (
                "/sealegs-abcdefgh01234567-web and sealegs-abcdefgh01234567-db",
                "/web and db",
            ),
            ("container:sealegs-abcdefgh01234567.bridge", "bridge"),
            (
                "No such container: sealegs-abcdefgh01234567-bridge",
                "No such container: bridge",
            ),
            ("nothing of ours", "nothing of ours"),
        ];
        for (engine, shown) in cases {
            assert_eq!(names.shown(engine), shown);
        }
    }

    #[test]
    fn only_the_whole_prefix_makes_a_name_ours() {
        let names = Names::for_tests();
        assert_eq!(
            names.own_object("sealegs-abcdefgh01234567-web"),
            Some("web")
        );
        for foreign in [
            "web",
            "sealegs-abcdefgh01234567",
            "sealegs-abcdefgh01234567-",
            "sealegs-abcdefgh01234567x-web",
            "x-sealegs-abcdefgh01234567-web",
        ] {
            assert_eq!(names.own_object(foreign), None, "{foreign}");
        }
        for foreign in [
            "busybox:1.37",
            "sealegs-abcdefgh01234567x/web",
            "x/sealegs-abcdefgh01234567/web",
            "127.9.8.70:5000/web",
            "127.9.8.7",
        ] {
            assert!(!names.is_own_image(foreign), "{foreign}");
        }
    }

    #[test]
    fn the_stand_in_is_called_bridge_and_no_container_is_taken_for_it() {
        let names = Names::for_tests();
        assert_eq!(names.own_network(&names.stand_in()), Some("bridge"));
        assert_eq!(names.own_network(&names.object("net")), Some("net"));
        // On an engine that takes no such name.
        assert_eq!(names.own_network(&names.object("bridge")), Some("bridge"));
        assert_eq!(names.own_network("container:web"), None);
        assert_eq!(names.own_object(&names.stand_in()), None);
        let missing = format!("container:{}", names.object("bridge"));
        assert_eq!(names.shown(&missing), "container:bridge");
    }

    #[test]
    fn a_name_within_a_name_is_only_taken_out_once() {
        let names = Names::for_tests();
        let spoofed = names.object("sealegs-other-web");
        assert_eq!(names.shown(&spoofed), "sealegs-other-web");
    }

    #[test]
    fn a_fresh_token_is_new_and_does_not_show_in_debug() {
        let (one, two) = (Token::fresh(), Token::fresh());
        assert_ne!(one, two);
        assert_eq!(one.as_str().len(), TOKEN_LENGTH);
        assert!(!format!("{one:?}").contains(one.as_str()));
    }
}
