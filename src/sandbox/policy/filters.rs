//! The `filters` of lists, prunes and events.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use super::Refusal;
use super::json::{self, Unique};
use super::query::Query;

/// Filters by key; the values of a key are alternatives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct Filters(BTreeMap<String, Vec<String>>);

/// The values of one key: a list, or a set of `value: true` (docker's newer clients).
struct Values(Vec<String>);

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListOrSet;
        impl<'de> Visitor<'de> for ListOrSet {
            type Value = Vec<String>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list or a set of values")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = seq.next_element()? {
                    values.push(value);
                }
                Ok(values)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut values = Vec::new();
                while let Some((value, yes)) = map.next_entry::<String, bool>()? {
                    if yes {
                        values.push(value);
                    }
                }
                Ok(values)
            }
        }
        deserializer.deserialize_any(ListOrSet).map(Self)
    }
}

impl Filters {
    /// Takes the filters of a query; only the keys in `known` may stand in them.
    pub(super) fn of(query: &mut Query, known: &[&str]) -> Result<Self, Refusal> {
        let Some(text) = query.filled("filters")? else {
            return Ok(Self::default());
        };
        let read: Unique<Values> = json::read(text.as_bytes())?;
        let filters: BTreeMap<_, _> = read
            .0
            .into_iter()
            .map(|(key, values)| (key, values.0))
            .collect();
        if let Some(key) = filters.keys().find(|key| !known.contains(&key.as_str())) {
            return Err(Refusal::engine(
                400,
                format!("invalid filter '{}'", crate::text::inert_line(key)),
            ));
        }
        Ok(Self(filters))
    }

    pub(in crate::sandbox) fn get(&self, key: &str) -> &[String] {
        self.0.get(key).map(Vec::as_slice).unwrap_or_default()
    }

    /// Takes a key out.
    pub(in crate::sandbox) fn take(&mut self, key: &str) -> Vec<String> {
        self.0.remove(key).unwrap_or_default()
    }

    pub(in crate::sandbox) fn add(&mut self, key: &str, value: impl Into<String>) {
        self.0.entry(key.to_owned()).or_default().push(value.into());
    }

    /// Changes every value of a key.
    pub(in crate::sandbox) fn change(&mut self, key: &str, change: impl Fn(&str) -> String) {
        for value in self.0.get_mut(key).into_iter().flatten() {
            *value = change(value);
        }
    }

    /// Every key with every value.
    pub(in crate::sandbox) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(key, values)| {
            values
                .iter()
                .map(move |value| (key.as_str(), value.as_str()))
        })
    }

    /// As the engine reads them.
    pub(in crate::sandbox) fn written(&self) -> String {
        let set = |values: &Vec<String>| -> BTreeMap<String, bool> {
            values.iter().map(|value| (value.clone(), true)).collect()
        };
        let all: BTreeMap<&String, _> = self
            .0
            .iter()
            .map(|(key, values)| (key, set(values)))
            .collect();
        serde_json::to_string(&all).expect("maps of strings are JSON")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::policy::text::encoded;

    fn filters(text: &str) -> Result<Filters, Refusal> {
        let mut query = Query::read(&format!("filters={}", encoded(text))).unwrap();
        Filters::of(&mut query, &["label", "name"])
    }

    #[test]
    fn both_ways_of_writing_them_are_read() {
        for text in [
            r#"{"label":["a=b"]}"#,
            r#"{"label":{"a=b":true,"c":false}}"#,
        ] {
            let read = filters(text).unwrap();
            assert_eq!(read.get("label"), ["a=b"]);
            assert_eq!(read.written(), r#"{"label":{"a=b":true}}"#);
        }
    }

    #[test]
    fn unknown_and_repeated_keys_are_refused() {
        assert!(filters(r#"{"volume":["x"]}"#).is_err());
        assert!(filters(r#"{"label":["a"],"label":["b"]}"#).is_err());
        assert!(filters(r#"{"label":"a"}"#).is_err());
    }
}
