//! The small values of check files: times, sizes, ports, modes, paths and patterns, each with its JSON Schema.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;
use std::time::Duration;

#[cfg(test)]
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

/// Declares a value written as text: how it is parsed, and what the schema says of it.
macro_rules! written {
    ($name:ident, $format:literal, $pattern:literal, $example:literal) => {
        #[cfg(test)]
        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn inline_schema() -> bool {
                true
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", "format": $format, "pattern": $pattern, "examples": [$example]})
            }
        }
        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        }
    };
}

/// A length of time: `500ms`, `2s`, `1m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Span(pub Duration);

written!(Span, "duration", r"^[0-9]+(\.[0-9]+)?(ms|s|m)$", "5s");

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "a time is a number and a unit: `500ms`, `2s`, `1m`".to_owned();
        let at = text
            .find(|c: char| c.is_ascii_alphabetic())
            .ok_or_else(wrong)?;
        let (number, unit) = text.split_at(at);
        let number: f64 = number.parse().map_err(|_| wrong())?;
        let seconds = match unit {
            "ms" => number / 1000.0,
            "s" => number,
            "m" => number * 60.0,
            _ => return Err(wrong()),
        };
        Duration::try_from_secs_f64(seconds)
            .map(Self)
            .map_err(|_| wrong())
    }
}

/// A number of bytes, in decimal units as docker uses them: `20MB`, `512kB`, `1.5GB`, `100B`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Size(pub u64);

written!(Size, "size", r"^[0-9]+(\.[0-9]+)?(B|kB|MB|GB)$", "20MB");

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "a size is a number and a unit: `100B`, `512kB`, `20MB`, `1GB`".to_owned();
        let at = text
            .find(|c: char| c.is_ascii_alphabetic())
            .ok_or_else(wrong)?;
        let (number, unit) = text.split_at(at);
        let number: f64 = number.parse().map_err(|_| wrong())?;
        let factor = match unit {
            "B" => 1.0,
            "kB" => 1e3,
            "MB" => 1e6,
            "GB" => 1e9,
            _ => return Err(wrong()),
        };
        Ok(Self((number * factor).round() as u64))
    }
}

/// A port and its protocol: `8080/tcp`, `53/udp`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Port {
    /// 1 to 65535.
    pub number: u16,
    /// Its protocol.
    pub protocol: Protocol,
}

/// A transport protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

written!(Port, "port", r"^[0-9]{1,5}/(tcp|udp)$", "8080/tcp");

impl FromStr for Port {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "a port is a number from 1 to 65535 and a protocol: `8080/tcp`".to_owned();
        let (number, protocol) = text.split_once('/').ok_or_else(wrong)?;
        let number = number.parse().ok().filter(|n| *n > 0).ok_or_else(wrong)?;
        let protocol = match protocol {
            "tcp" => Protocol::Tcp,
            "udp" => Protocol::Udp,
            _ => return Err(wrong()),
        };
        Ok(Self { number, protocol })
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = match self.protocol {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
        };
        write!(f, "{}/{protocol}", self.number)
    }
}

/// A file's permission bits in octal: `0755`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Mode(pub u32);

written!(Mode, "mode", r"^0?[0-7]{3,4}$", "0755");

impl FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        u32::from_str_radix(text, 8)
            .ok()
            .filter(|mode| *mode <= 0o7777)
            .map(Self)
            .ok_or_else(|| "a mode is three or four octal digits in quotes: `\"0755\"`".to_owned())
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04o}", self.0)
    }
}

/// A path inside a container or an image: absolute.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct ContainerPath(pub String);

written!(ContainerPath, "container-path", "^/", "/app/server.py");

impl FromStr for ContainerPath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with('/') && !text.split('/').any(|part| part == "..") {
            Ok(Self(text.to_owned()))
        } else {
            Err("a path in a container is absolute, without `..`: `/app/server.py`".to_owned())
        }
    }
}

/// A path inside the workspace: relative, with slashes, never outside.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct WorkspacePath(pub String);

written!(WorkspacePath, "workspace-path", "^[^/]", "app/server.py");

impl FromStr for WorkspacePath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let outside = text.is_empty()
            || text.starts_with('/')
            || text.contains('\\')
            || text.split('/').any(|part| part == "..");
        if outside {
            Err("a path in the workspace is relative, without `..`: `app/server.py`".to_owned())
        } else {
            Ok(Self(text.trim_end_matches('/').to_owned()))
        }
    }
}

/// A glob over absolute paths: `*` within a folder, `**` across folders, `?` one character.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Glob {
    /// As the author wrote it.
    pub written: String,
    regex: OnceLock<regex::Regex>,
}

/// A glob longer than this is a slip of the author's: no path is.
const LONGEST_GLOB: usize = 1024;

written!(Glob, "glob", "^[^ ]+$", "**/*.pyc");

impl PartialEq for Glob {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Glob {
    /// Whether the whole path fits, with or without its leading slash.
    pub fn fits(&self, path: &str) -> bool {
        let regex = self.regex.get_or_init(|| self.regex());
        regex.is_match(path.trim_start_matches('/'))
    }

    fn regex(&self) -> regex::Regex {
        let mut out = String::from("^");
        let mut rest = self.written.trim_start_matches('/');
        while let Some(c) = rest.chars().next() {
            let (piece, used) = match c {
                '*' if rest.starts_with("**/") => ("(?:.*/)?".to_owned(), 3),
                '*' if rest.starts_with("**") => (".*".to_owned(), 2),
                '*' => ("[^/]*".to_owned(), 1),
                '?' => ("[^/]".to_owned(), 1),
                c => (regex::escape(&c.to_string()), c.len_utf8()),
            };
            out.push_str(&piece);
            rest = &rest[used..];
        }
        out.push('$');
        regex::Regex::new(&out).expect("an escaped text within its length is a small expression")
    }
}

impl FromStr for Glob {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST_GLOB {
            return Err("this glob is too large".to_owned());
        }
        Ok(Self {
            written: text.to_owned(),
            regex: OnceLock::new(),
        })
    }
}

/// A regular expression (the `regex` crate's syntax: no look-around, linear time).
///
/// One in a file was looked at with the file's schema. It is made when it is first asked: most commands ask none.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct Pattern {
    written: String,
    #[serde(skip)]
    regex: OnceLock<regex::Regex>,
}

written!(Pattern, "regex", "", "^ready");

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Pattern {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Whether it is found in a text.
    pub fn is_in(&self, text: &str) -> bool {
        let made = || regex(&self.written).expect("it was looked at with its file");
        self.regex.get_or_init(made).is_match(text)
    }
}

impl FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self {
            written: text.to_owned(),
            regex: regex(text)?.into(),
        })
    }
}

fn regex(text: &str) -> Result<regex::Regex, String> {
    let made = regex::RegexBuilder::new(text).multi_line(true).build();
    made.map_err(|error| {
        let why = error.to_string();
        let why = why
            .rsplit_once("error: ")
            .map_or("it is too large", |(_, why)| why);
        format!("not a regular expression of the `regex` crate: {why}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_take_units() {
        assert_eq!("500ms".parse(), Ok(Span(Duration::from_millis(500))));
        assert_eq!("1m".parse(), Ok(Span(Duration::from_secs(60))));
        assert_eq!("1.5MB".parse(), Ok(Size(1_500_000)));
        assert!("5".parse::<Span>().is_err());
        assert!("5 MiB".parse::<Size>().is_err());
    }

    #[test]
    fn ports_modes_and_paths_are_checked() {
        assert_eq!("8080/tcp".parse::<Port>().map(|p| p.number), Ok(8080));
        assert!("0/tcp".parse::<Port>().is_err());
        assert!("8080".parse::<Port>().is_err());
        assert_eq!("0755".parse(), Ok(Mode(0o755)));
        assert!("../x".parse::<WorkspacePath>().is_err());
        assert!("app".parse::<ContainerPath>().is_err());
    }

    #[test]
    fn a_star_stays_in_its_folder_and_two_do_not() {
        let glob = |text: &str| text.parse::<Glob>().expect("a glob");
        assert!(glob("/app/*.py").fits("/app/main.py"));
        assert!(!glob("/app/*.py").fits("/app/lib/main.py"));
        assert!(glob("**/.git/**").fits("/app/.git/config"));
        assert!(glob("**/main.py").fits("/main.py"));
    }
}
