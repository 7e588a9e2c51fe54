//! Which types of value a schema takes, and what they are called.

use serde_json::Value as Json;

use crate::course::node::{Data, Node};

/// JSON Schema's types in the order messages name them.
const TYPES: [(&str, &str); 6] = [
    ("string", "text"),
    ("number", "a number"),
    ("integer", "a whole number"),
    ("boolean", "`true` or `false`"),
    ("array", "a list"),
    ("object", "a mapping"),
];

/// Whether the schema takes this type of value; a schema without a type takes all but nothing.
pub(super) fn takes(root: &Json, schema: &Json, node: &Node) -> bool {
    let types = types(root, schema);
    let one_of = |names: &[&str]| types.is_empty() || names.iter().any(|name| types.contains(name));
    match &node.data {
        Data::Nothing => false,
        Data::Bool(_) => one_of(&["boolean"]),
        Data::Number(number, _) if number.is_f64() => one_of(&["number"]),
        Data::Number(..) => one_of(&["number", "integer"]),
        Data::Text(_) => one_of(&["string"]),
        Data::List(_) => one_of(&["array"]),
        Data::Map(_) => one_of(&["object"]),
    }
}

/// The types that the schema takes: `text`, `a number or a list`.
pub(super) fn expected(root: &Json, schema: &Json) -> String {
    let types = types(root, schema);
    let nouns: Vec<&str> = TYPES
        .iter()
        .filter(|(name, _)| types.contains(name))
        .map(|(_, noun)| *noun)
        .collect();
    match nouns.as_slice() {
        [] => "a value".to_owned(),
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
    }
}

/// The texts or numbers that the schema allows, where it lists them.
pub(super) fn choices(schema: &Json) -> Option<Vec<String>> {
    let shown = |value: &Json| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    if let Some(only) = schema.get("const") {
        return Some(vec![shown(only)]);
    }
    if let Some(Json::Array(values)) = schema.get("enum") {
        return Some(values.iter().map(shown).collect());
    }
    let branches = schema.get("oneOf")?.as_array()?;
    branches
        .iter()
        .map(|branch| branch.get("const").map(shown))
        .collect()
}

fn types<'a>(root: &'a Json, schema: &'a Json) -> Vec<&'a str> {
    if let Some(name) = schema.get("$ref").and_then(Json::as_str) {
        return root
            .pointer(name.trim_start_matches('#'))
            .map_or_else(Vec::new, |to| types(root, to));
    }
    match schema.get("type") {
        Some(Json::String(name)) => return vec![name],
        Some(Json::Array(names)) => return names.iter().filter_map(Json::as_str).collect(),
        _ => {}
    }
    ["anyOf", "oneOf"]
        .iter()
        .filter_map(|word| schema.get(*word)?.as_array())
        .flatten()
        .flat_map(|branch| types(root, branch))
        .collect()
}
