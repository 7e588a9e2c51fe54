//! Image references, in the rules of `distribution/reference`: `nginx` is `docker.io/library/nginx:latest`.

use std::fmt;

/// The full name of an image.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    /// The registry, `docker.io` where none is named.
    pub domain: String,
    /// The repository, `library/nginx`.
    pub path: String,
    /// `latest` where neither a tag nor a digest is named.
    pub tag: Option<String>,
    /// `sha256:…`
    pub digest: Option<String>,
}

/// A text that names no image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadReference {
    /// Capitals in the repository.
    #[error("the name of an image is in lower case")]
    Uppercase,
    /// Anything else.
    #[error("this is not the name of an image")]
    Invalid,
}

impl Reference {
    /// Reads a reference as `docker` does.
    pub fn parse(text: &str) -> Result<Self, BadReference> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        let tag = written_tag(text);
        let name = tag.map_or(rest, |tag| &rest[..rest.len() - tag.len() - 1]);
        let (domain, path) = match name.split_once('/') {
            Some((domain, path)) if is_domain(domain) => (domain, path),
            _ => ("docker.io", name),
        };
        let domain = if domain == "index.docker.io" {
            "docker.io"
        } else {
            domain
        };
        if path.chars().any(|c| c.is_ascii_uppercase()) {
            return Err(BadReference::Uppercase);
        }
        let valid = path.split('/').all(is_component)
            && domain
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-.:[]".contains(c))
            && tag.is_none_or(is_tag)
            && digest.is_none_or(is_digest);
        if !valid {
            return Err(BadReference::Invalid);
        }
        let official = domain == "docker.io" && !path.contains('/');
        let latest = digest.is_none().then_some("latest");
        Ok(Self {
            domain: domain.to_string(),
            path: if official {
                format!("library/{path}")
            } else {
                path.to_string()
            },
            tag: tag.or(latest).map(str::to_string),
            digest: digest.map(str::to_string),
        })
    }

    /// As `docker images` shows it: `nginx:latest`.
    pub fn familiar(&self) -> String {
        let path = match self.domain.as_str() {
            "docker.io" => self
                .path
                .strip_prefix("library/")
                .unwrap_or(&self.path)
                .to_string(),
            domain => format!("{domain}/{}", self.path),
        };
        self.with_suffix(path)
    }

    fn with_suffix(&self, mut name: String) -> String {
        for (sign, part) in [(':', &self.tag), ('@', &self.digest)] {
            if let Some(part) = part {
                name.push(sign);
                name.push_str(part);
            }
        }
        name
    }
}

/// In full: `docker.io/library/nginx:latest`.
impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_suffix(format!("{}/{}", self.domain, self.path)))
    }
}

/// The full name, where the text names an image.
pub fn normalise(text: &str) -> Option<String> {
    Reference::parse(text)
        .ok()
        .map(|reference| reference.to_string())
}

/// True where both texts name the same image in full.
pub fn same(one: &str, other: &str) -> bool {
    normalise(one).is_some_and(|one| Some(one) == normalise(other))
}

/// The tag that is written in a reference, where one is: without, some calls of the engine mean every tag.
pub fn written_tag(text: &str) -> Option<&str> {
    let rest = text.split_once('@').map_or(text, |(rest, _)| rest);
    let (_, tag) = rest.rsplit_once(':')?;
    (!tag.contains('/')).then_some(tag)
}

fn is_domain(word: &str) -> bool {
    word.contains(['.', ':']) || word == "localhost" || word.chars().any(|c| c.is_ascii_uppercase())
}

fn is_component(word: &str) -> bool {
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let separators_fit = word
        .split(alphanumeric)
        .filter(|separator| !separator.is_empty())
        .all(|sep| matches!(sep, "." | "_" | "__") || sep.chars().all(|c| c == '-'));
    word.starts_with(alphanumeric) && word.ends_with(alphanumeric) && separators_fit
}

fn is_tag(tag: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    tag.len() <= 128
        && tag.starts_with(word)
        && tag.chars().all(|c| word(c) || c == '.' || c == '-')
}

fn is_digest(digest: &str) -> bool {
    let Some((algorithm, hex)) = digest.split_once(':') else {
        return false;
    };
    !algorithm.is_empty()
        && algorithm
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+._-".contains(c))
        && hex.len() >= 32
        && hex.chars().all(|c| c.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn short_names_mean_long_ones() {
        let pinned = format!("a/b:1@{DIGEST}");
        for (text, full) in [
            ("nginx", "docker.io/library/nginx:latest"),
            ("nginx:1.27", "docker.io/library/nginx:1.27"),
            ("docker.io/nginx", "docker.io/library/nginx:latest"),
            (
                "index.docker.io/library/nginx",
                "docker.io/library/nginx:latest",
            ),
            ("a/b", "docker.io/a/b:latest"),
            ("localhost/a", "localhost/a:latest"),
            ("localhost:5000/a:2", "localhost:5000/a:2"),
            ("ghcr.io/a/b", "ghcr.io/a/b:latest"),
            (&pinned, &format!("docker.io/a/b:1@{DIGEST}")),
            (
                &format!("x@{DIGEST}"),
                &format!("docker.io/library/x@{DIGEST}"),
            ),
        ] {
            assert_eq!(normalise(text).as_deref(), Some(full), "{text}");
        }
        assert!(same("nginx", "docker.io/library/nginx:latest"));
        assert!(!same("nginx", "nginx:1"));
        assert!(!same("???", "???"));
    }

    #[test]
    fn the_familiar_name_is_the_short_one() {
        let familiar = |text| Reference::parse(text).unwrap().familiar();
        assert_eq!(familiar("docker.io/library/nginx"), "nginx:latest");
        assert_eq!(familiar("docker.io/a/b:1"), "a/b:1");
        assert_eq!(familiar("localhost:5000/a"), "localhost:5000/a:latest");
    }

    #[test]
    fn what_docker_refuses_is_refused() {
        assert_eq!(Reference::parse("Nginx"), Err(BadReference::Uppercase));
        for text in [
            "",
            ":1",
            "a:",
            "a/",
            "/a",
            "a b",
            "-a",
            "a--",
            "a..b",
            "a___b",
            "a:-x",
            "a@sha256:1",
            "a:1:2",
        ] {
            assert_eq!(
                Reference::parse(text),
                Err(BadReference::Invalid),
                "{text:?}"
            );
        }
        for text in ["a-b", "a--b", "a__b", "a.b_c", "0"] {
            assert!(Reference::parse(text).is_ok(), "{text}");
        }
    }
}
