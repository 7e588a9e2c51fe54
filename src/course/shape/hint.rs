//! A hint: a text, or what must be seen for it and a text.

use std::fmt;

#[cfg(test)]
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use super::checks::CheckShape;

/// One hint of a task.
#[derive(Debug)]
pub(in crate::course) struct HintShape(pub(in crate::course) HintMap);

/// A hint that is given first where its `when` holds, and not at all where it does not.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schemars(rename = "Hint"))]
pub(in crate::course) struct HintMap {
    /// What must be seen: checks that only look, all of which hold.
    pub(in crate::course) when: WhenShape,
    /// The hint.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(in crate::course) say: String,
}

/// One check, or a list of them.
#[derive(Debug, Default)]
pub(in crate::course) struct WhenShape(pub(in crate::course) Vec<CheckShape>);

impl<'de> Deserialize<'de> for HintShape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrMap;
        impl<'de> Visitor<'de> for TextOrMap {
            type Value = HintShape;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or a mapping")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<HintShape, E> {
                let (when, say) = (WhenShape::default(), text.to_owned());
                Ok(HintShape(HintMap { when, say }))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<HintShape, A::Error> {
                HintMap::deserialize(MapAccessDeserializer::new(map)).map(HintShape)
            }
        }
        deserializer.deserialize_any(TextOrMap)
    }
}

#[cfg(test)]
impl JsonSchema for HintShape {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TextOrHint".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let map = generator.subschema_for::<HintMap>();
        json_schema!({"anyOf": [{"type": "string", "minLength": 1}, map]})
    }
}

impl<'de> Deserialize<'de> for WhenShape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMore;
        impl<'de> Visitor<'de> for OneOrMore {
            type Value = WhenShape;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a check, or a list of checks")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<WhenShape, A::Error> {
                let check = CheckShape::deserialize(MapAccessDeserializer::new(map))?;
                Ok(WhenShape(vec![check]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<WhenShape, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list)).map(WhenShape)
            }
        }
        deserializer.deserialize_any(OneOrMore)
    }
}

#[cfg(test)]
impl JsonSchema for WhenShape {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CheckOrList".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let check = generator.subschema_for::<CheckShape>();
        json_schema!({"anyOf": [check, {"type": "array", "items": check, "minItems": 1}]})
    }
}
