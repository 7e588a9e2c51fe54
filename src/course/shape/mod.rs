//! The files as their authors write them: one strict struct a mapping. Nothing outside the course room sees these.

mod checks;
mod course;
mod hint;
mod lesson;

pub(super) use checks::{CheckShape, ChecksShape, KINDS, TaskShape, WithShape};
pub(super) use course::CourseShape;
pub(super) use hint::{HintMap, HintShape};
pub(super) use lesson::{CaughtAs, FrontMatterShape, HarmlessShape, MistakeShape};

#[cfg(test)]
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error};

/// The format of course files that this program reads.
const FORMAT: u64 = 1;

/// What a lesson, task, check or mistake may be called, as the sentence an author reads.
pub(super) const NAME_RULE: &str =
    "a name is lower-case letters, digits and hyphens, and begins with a letter: `multi-stage`";

/// `format_version: 1`.
#[derive(Debug)]
pub(super) struct FormatVersion;

impl<'de> Deserialize<'de> for FormatVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            FORMAT => Ok(Self),
            other => Err(D::Error::custom(format!("format {other} is not read here"))),
        }
    }
}

#[cfg(test)]
impl JsonSchema for FormatVersion {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "FormatVersion".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "const": FORMAT})
    }
}

/// The name of a lesson, task or check, as it is typed and shown.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(transparent)]
#[cfg_attr(test, schemars(inline, extend("patternErrorMessage" = NAME_RULE)))]
pub(super) struct Id(
    #[cfg_attr(test, schemars(regex(pattern = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$")))] pub(super) String,
);

/// Whether a text may be the name of a lesson, a task, a check or a mistake.
pub(super) fn is_id(text: &str) -> bool {
    let word = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.split('-').all(word)
}
