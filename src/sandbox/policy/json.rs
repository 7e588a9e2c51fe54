//! Bodies read strictly: exact keys, each once, nothing behind the end. What is read is written anew, never passed on.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::Refusal;

/// Reads a whole body as one object of a known shape. A list would be read too, field by field: no client writes one.
pub(in crate::sandbox) fn object<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    match body.trim_ascii_start().first() {
        Some(b'{') => read(body),
        _ => Err(Refusal::unreadable("its body is no JSON object")),
    }
}

/// Reads a whole text as one value of a known shape.
pub(in crate::sandbox) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| {
        let said = error.to_string();
        Refusal::unreadable(crate::text::inert_line(&said))
    })
}

/// A map in which no key stands twice: Go takes the last one, and merges objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(in crate::sandbox) struct Unique<V>(pub(in crate::sandbox) BTreeMap<String, V>);

impl<V> Default for Unique<V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Unique<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys<V>(PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for Keys<V> {
            type Value = BTreeMap<String, V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut read = BTreeMap::new();
                while let Some(key) = map.next_key::<String>()? {
                    let value = map.next_value()?;
                    if read.insert(key, value).is_some() {
                        return Err(A::Error::custom("a key stands twice in an object"));
                    }
                }
                Ok(read)
            }
        }
        deserializer.deserialize_map(Keys(PhantomData)).map(Self)
    }
}

/// `{}`: the values of Go's sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Empty {}

/// A list of words that may also be written as one word.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(in crate::sandbox) struct Words(pub(in crate::sandbox) Vec<String>);

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany;
        impl<'de> Visitor<'de> for OneOrMany {
            type Value = Vec<String>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a word or a list of words")
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<Self::Value, E> {
                Ok(vec![word.to_owned()])
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut words = Vec::new();
                while let Some(word) = seq.next_element()? {
                    words.push(word);
                }
                Ok(words)
            }
        }
        deserializer.deserialize_any(OneOrMany).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "PascalCase", default)]
    #[derive(Default)]
    struct Shape {
        privileged: Option<bool>,
        labels: Option<Unique<String>>,
        cmd: Option<Words>,
    }

    fn reads(text: &str) -> bool {
        object::<Shape>(text.as_bytes()).is_ok()
    }

    #[test]
    fn only_the_exact_keys_are_known() {
        assert!(reads(r#"{"Privileged":false}"#));
        for text in [
            r#"{"privileged":true}"#,
            r#"{"PRIVILEGED":true}"#,
            "{\"Privileg\u{0435}d\":true}",
            "{\"Label\u{17f}\":{}}",
            r#"{"Privileged":true,"More":1}"#,
        ] {
            assert!(!reads(text), "{text}");
        }
    }

    #[test]
    fn an_escaped_key_is_the_key_itself() {
        let shape: Shape = read(br#"{"\u0050rivileged":true}"#).unwrap();
        assert_eq!(shape.privileged, Some(true));
    }

    #[test]
    fn nothing_stands_twice_and_nothing_follows() {
        for text in [
            r#"{"Privileged":false,"Privileged":true}"#,
            r#"{"Labels":{"a":"1","a":"2"}}"#,
            r#"{"Privileged":false}{"Privileged":true}"#,
            r#"{"Privileged":false} x"#,
            "",
            "[]",
        ] {
            assert!(!reads(text), "{text}");
        }
        assert!(reads("{\"Privileged\":false}\n"));
    }

    #[test]
    fn depth_is_bounded() {
        let deep = format!("{{\"Labels\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
        assert!(!reads(&deep));
    }

    #[test]
    fn a_command_is_a_word_or_words() {
        let shape: Shape = read(br#"{"Cmd":"sh"}"#).unwrap();
        assert_eq!(shape.cmd.unwrap().0, ["sh"]);
        let shape: Shape = read(br#"{"Cmd":["sh","-c"]}"#).unwrap();
        assert_eq!(shape.cmd.unwrap().0, ["sh", "-c"]);
        assert!(shape.labels.is_none());
    }
}
