//! Texts with a form: each `format` of the schema is read by the very parser that reads the value.

use serde_json::Value as Json;

use crate::course::node::{Data, Node};
use crate::course::value::{ContainerPath, Glob, Mode, Pattern, Port, Size, Span, WorkspacePath};
use crate::text::tick;

/// Checks a text against the schema's format, else its pattern, and its length.
pub(super) fn fits(schema: &Json, text: &str) -> Result<(), String> {
    if schema
        .get("minLength")
        .and_then(Json::as_u64)
        .is_some_and(|least| least > 0)
        && text.trim().is_empty()
    {
        return Err("this text is empty".to_owned());
    }
    if let Some(read) = word(schema, "format").and_then(|format| by_format(format, text)) {
        return read;
    }
    match word(schema, "pattern") {
        Some(pattern) if !has_form(pattern, text) => {
            Err(match word(schema, "patternErrorMessage") {
                Some(sentence) => sentence.to_owned(),
                None => format!("expected text of the form {}", tick(pattern)),
            })
        }
        _ => Ok(()),
    }
}

/// What the author meant by a value of the wrong type: text without its quotes, or a number within them.
/// An error where it would not be right either.
pub(super) fn meant(schema: &Json, node: &Node) -> Option<Result<String, String>> {
    let takes = |name: &str| word(schema, "type") == Some(name);
    match &node.data {
        Data::Number(_, text) if takes("string") => {
            Some(fits(schema, text).map(|()| format!("\"{text}\"")))
        }
        Data::Bool(value) if takes("string") => {
            Some(fits(schema, &value.to_string()).map(|()| format!("\"{value}\"")))
        }
        Data::Text(text) if takes("integer") || takes("number") => {
            let number = text.parse::<u32>().ok()?;
            Some(Ok(number.to_string()))
        }
        Data::Text(text) if takes("boolean") => match text.to_lowercase().as_str() {
            "yes" | "on" | "true" => Some(Ok("true".to_owned())),
            "no" | "off" | "false" => Some(Ok("false".to_owned())),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a text has the form of a schema's pattern.
pub(super) fn has_form(pattern: &str, text: &str) -> bool {
    regex::Regex::new(pattern)
        .expect("a generated schema's patterns are regular")
        .is_match(text)
}

fn word<'a>(schema: &'a Json, key: &str) -> Option<&'a str> {
    schema.get(key).and_then(Json::as_str)
}

/// Reads a text by a format of ours; nothing for formats of others (`uint16`).
fn by_format(format: &str, text: &str) -> Option<Result<(), String>> {
    let read = match format {
        "duration" => text.parse::<Span>().map(drop),
        "size" => text.parse::<Size>().map(drop),
        "port" => text.parse::<Port>().map(drop),
        "mode" => text.parse::<Mode>().map(drop),
        "container-path" => text.parse::<ContainerPath>().map(drop),
        "workspace-path" => text.parse::<WorkspacePath>().map(drop),
        "glob" => text.parse::<Glob>().map(drop),
        "regex" => text.parse::<Pattern>().map(drop),
        "quantity" if text.parse::<Size>().is_ok() || text.parse::<Span>().is_ok() => Ok(()),
        "quantity" => Err("expected a number, a size (`20MB`) or a time (`2s`)".to_owned()),
        _ => return None,
    };
    Some(read)
}
