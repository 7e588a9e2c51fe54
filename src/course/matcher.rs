//! The one matcher grammar: a bare value means equals, a mapping says it with words.

use indexmap::IndexMap;
#[cfg(test)]
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::value::{Pattern, Size, Span};

/// A plain value, as an author writes it and as an observation gives it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// Nothing there.
    Missing,
    /// `true`, `false`.
    Bool(bool),
    /// A number; sizes are bytes, times are seconds.
    Number(f64),
    /// Text.
    Text(String),
    /// Several values, in order.
    List(Vec<Value>),
}

/// A number in an expectation, with the unit it was written in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quantity {
    /// A bare number.
    Plain(f64),
    /// `20MB`.
    Bytes(u64),
    /// `2s`, in seconds.
    Seconds(f64),
}

impl Quantity {
    /// The number an observation is compared with: bytes, or seconds, or itself.
    pub fn number(self) -> f64 {
        match self {
            Self::Plain(n) | Self::Seconds(n) => n,
            Self::Bytes(n) => n as f64,
        }
    }
}

/// What is expected of one observed value.
#[derive(Clone, Debug, PartialEq)]
pub enum Matcher {
    /// The same value.
    Equals(Value),
    /// Text or list: each of these is in it.
    Contains(Vec<String>),
    /// Text or list: none of these is in it.
    Lacks(Vec<String>),
    /// Text, or an item of a list: the pattern is found in it.
    Matches(Pattern),
    /// One of these values.
    OneOf(Vec<Value>),
    /// A number not below this.
    AtLeast(Quantity),
    /// A number not above this.
    AtMost(Quantity),
    /// `true`: missing or empty. `false`: there, and not empty.
    Empty(bool),
    /// The matcher does not hold.
    Not(Box<Matcher>),
    /// All of these hold.
    All(Vec<Matcher>),
    /// One of these holds.
    Any(Vec<Matcher>),
    /// Text that is JSON: what stands at each JSON pointer (RFC 6901) matches.
    Json(IndexMap<String, Matcher>),
    /// The matcher, and how it is told to a learner.
    Said(Box<Matcher>, String),
}

impl Matcher {
    /// The matcher without how it is told.
    pub fn unsaid(&self) -> &Self {
        match self {
            Self::Said(inner, _) => inner.unsaid(),
            other => other,
        }
    }
}

/// The words of the grammar, in the order the reference lists them.
pub const WORDS: [&str; 13] = [
    "equals", "contains", "lacks", "matches", "one_of", "at_least", "at_most", "empty", "not",
    "all", "any", "json", "says",
];

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Plain;
        impl<'de> Visitor<'de> for Plain {
            type Value = Value;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("text, a number, true, false or a list of them")
            }
            fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
                Ok(Value::Bool(value))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
                Ok(Value::Number(value as f64))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
                Ok(Value::Number(value as f64))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
                Ok(Value::Number(value))
            }
            fn visit_str<E>(self, value: &str) -> Result<Value, E> {
                Ok(Value::Text(value.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Value::List(items))
            }
        }
        deserializer.deserialize_any(Plain)
    }
}

/// One text or several.
struct Texts(Vec<String>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::List(items) => items.iter().map(as_text).collect::<Option<_>>().map(Self),
            one => as_text(&one).map(|text| Self(vec![text])),
        }
        .ok_or_else(|| de::Error::custom("expected text or a list of texts"))
    }
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(_) | Value::Missing | Value::List(_) => None,
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Number(number) => Some(Self::Plain(number)),
            Value::Text(text) => text
                .parse::<Size>()
                .map(|size| Self::Bytes(size.0))
                .or_else(|_| {
                    text.parse::<Span>()
                        .map(|span| Self::Seconds(span.0.as_secs_f64()))
                })
                .ok(),
            Value::Bool(_) | Value::Missing | Value::List(_) => None,
        }
        .ok_or_else(|| de::Error::custom("expected a number, a size (`20MB`) or a time (`2s`)"))
    }
}

impl<'de> Deserialize<'de> for Matcher {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Grammar;
        impl<'de> Visitor<'de> for Grammar {
            type Value = Matcher;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a value, or a mapping of matcher words")
            }
            fn visit_bool<E>(self, value: bool) -> Result<Matcher, E> {
                Ok(Matcher::Equals(Value::Bool(value)))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Matcher, E> {
                Ok(Matcher::Equals(Value::Number(value as f64)))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Matcher, E> {
                Ok(Matcher::Equals(Value::Number(value as f64)))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Matcher, E> {
                Ok(Matcher::Equals(Value::Number(value)))
            }
            fn visit_str<E>(self, value: &str) -> Result<Matcher, E> {
                Ok(Matcher::Equals(Value::Text(value.to_owned())))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Matcher, A::Error> {
                Value::deserialize(de::value::SeqAccessDeserializer::new(seq)).map(Matcher::Equals)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Matcher, A::Error> {
                let mut parts = Vec::new();
                let mut says = None;
                while let Some(word) = map.next_key::<String>()? {
                    parts.push(match word.as_str() {
                        "equals" => Matcher::Equals(map.next_value()?),
                        "contains" => Matcher::Contains(map.next_value::<Texts>()?.0),
                        "lacks" => Matcher::Lacks(map.next_value::<Texts>()?.0),
                        "matches" => Matcher::Matches(map.next_value()?),
                        "one_of" => Matcher::OneOf(map.next_value()?),
                        "at_least" => Matcher::AtLeast(map.next_value()?),
                        "at_most" => Matcher::AtMost(map.next_value()?),
                        "empty" => Matcher::Empty(map.next_value()?),
                        "not" => Matcher::Not(map.next_value()?),
                        "all" => Matcher::All(map.next_value()?),
                        "any" => Matcher::Any(map.next_value()?),
                        "json" => Matcher::Json(map.next_value()?),
                        "says" => {
                            says = Some(map.next_value()?);
                            continue;
                        }
                        other => return Err(de::Error::unknown_field(other, &WORDS)),
                    });
                }
                let whole = match parts.len() {
                    0 => return Err(de::Error::custom("a matcher with no word expects nothing")),
                    1 => parts.remove(0),
                    _ => Matcher::All(parts),
                };
                Ok(match says {
                    Some(says) => Matcher::Said(Box::new(whole), says),
                    None => whole,
                })
            }
        }
        deserializer.deserialize_any(Grammar)
    }
}

#[cfg(test)]
impl JsonSchema for Value {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Value".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let scalar = ["string", "number", "boolean"];
        json_schema!({"anyOf": [
            {"type": scalar},
            {"type": "array", "items": {"type": scalar}},
        ]})
    }
}

#[cfg(test)]
impl JsonSchema for Matcher {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Matcher".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<Value>();
        let this = generator.subschema_for::<Matcher>();
        let pattern = generator.subschema_for::<Pattern>();
        let texts = serde_json::json!({"anyOf": [
            {"type": ["string", "number"]},
            {"type": "array", "items": {"type": ["string", "number"]}, "minItems": 1},
        ]});
        let quantity = serde_json::json!({"anyOf": [
            {"type": "number"}, {"type": "string", "format": "quantity"},
        ]});
        json_schema!({"anyOf": [
            {"type": ["string", "number", "boolean"]},
            {"type": "array", "items": {"type": ["string", "number", "boolean"]}},
            {"type": "object", "minProperties": 1, "additionalProperties": false, "properties": {
                "equals": value, "contains": texts, "lacks": texts, "matches": pattern,
                "one_of": {"type": "array", "items": value, "minItems": 1},
                "at_least": quantity, "at_most": quantity, "empty": {"type": "boolean"},
                "not": this,
                "all": {"type": "array", "items": this, "minItems": 1},
                "any": {"type": "array", "items": this, "minItems": 1},
                "json": {"type": "object", "additionalProperties": this, "minProperties": 1},
                "says": {"type": "string"},
            }},
        ]})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str) -> Result<Matcher, serde_yaml::Error> {
        serde_yaml::from_str(yaml)
    }

    #[test]
    fn a_bare_value_means_equals() {
        assert_eq!(
            read("8080").unwrap(),
            Matcher::Equals(Value::Number(8080.0))
        );
        assert_eq!(
            read("web").unwrap(),
            Matcher::Equals(Value::Text("web".into()))
        );
        let list = Value::List(vec![Value::Text("a".into())]);
        assert_eq!(read("[a]").unwrap(), Matcher::Equals(list));
    }

    #[test]
    fn several_words_hold_together() {
        let both = read("{at_least: 1, at_most: 20MB}").unwrap();
        let parts = vec![
            Matcher::AtLeast(Quantity::Plain(1.0)),
            Matcher::AtMost(Quantity::Bytes(20_000_000)),
        ];
        assert_eq!(both, Matcher::All(parts));
        assert_eq!(
            read("{not: root}").unwrap(),
            Matcher::Not(Box::new(Matcher::Equals(Value::Text("root".into()))))
        );
    }

    #[test]
    fn an_unknown_or_missing_word_is_refused() {
        assert!(read("{contians: x}").is_err());
        assert!(read("{}").is_err());
        assert!(read("{says: something}").is_err());
    }
}
