//! The JSON Schemas of course files, for editors and for our own validation. Tests make them from the types that read the
//! files, and hold that these are the ones in the book: the program carries the texts, and not what makes them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

/// A kind of course file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SchemaOf {
    /// `checks/<lesson>.yaml`.
    Checks,
    /// `lessons/course.yaml`.
    Course,
    /// `lessons/<lesson>/mistakes/<name>/mistake.yaml`.
    Mistake,
    /// `lessons/<lesson>/harmless.yaml`.
    Harmless,
    /// What stands between the `---` lines of `lessons/<lesson>/lesson.md`.
    FrontMatter,
}

impl SchemaOf {
    /// Every kind, in the order the reference lists them.
    pub const ALL: [Self; 5] = [
        Self::Course,
        Self::FrontMatter,
        Self::Checks,
        Self::Mistake,
        Self::Harmless,
    ];

    /// The schema's file name in the book.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Checks => "checks.schema.json",
            Self::Course => "course.schema.json",
            Self::Mistake => "mistake.schema.json",
            Self::Harmless => "harmless.schema.json",
            Self::FrontMatter => "front-matter.schema.json",
        }
    }
}

/// The JSON Schema (draft 2020-12) of a kind of course file, as it is in the book.
pub fn schema(of: SchemaOf) -> String {
    format!("{:#}\n", kept(of))
}

/// The same schema, read once: a course has one file a mistake.
pub(super) fn kept(of: SchemaOf) -> &'static Value {
    static ALL: LazyLock<BTreeMap<SchemaOf, Value>> = LazyLock::new(|| {
        let read = |of| serde_json::from_slice(text(of).as_bytes()).expect("a schema is JSON");
        SchemaOf::ALL.into_iter().map(|of| (of, read(of))).collect()
    });
    &ALL[&of]
}

/// The schema's text, in as few bytes as it takes.
fn text(of: SchemaOf) -> &'static str {
    match of {
        SchemaOf::Checks => include_str!(concat!(env!("OUT_DIR"), "/checks.schema.json")),
        SchemaOf::Course => include_str!(concat!(env!("OUT_DIR"), "/course.schema.json")),
        SchemaOf::Mistake => include_str!(concat!(env!("OUT_DIR"), "/mistake.schema.json")),
        SchemaOf::Harmless => include_str!(concat!(env!("OUT_DIR"), "/harmless.schema.json")),
        SchemaOf::FrontMatter => {
            include_str!(concat!(env!("OUT_DIR"), "/front-matter.schema.json"))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::path::Path;

    use schemars::generate::SchemaSettings;
    use schemars::{JsonSchema, Schema};

    use super::*;
    use crate::course::shape::{
        ChecksShape, CourseShape, FrontMatterShape, HarmlessShape, MistakeShape,
    };

    /// The schema that the types give.
    fn of_types(of: SchemaOf) -> Value {
        match of {
            SchemaOf::Checks => made::<ChecksShape>(),
            SchemaOf::Course => made::<CourseShape>(),
            SchemaOf::Mistake => made::<MistakeShape>(),
            SchemaOf::Harmless => made::<HarmlessShape>(),
            SchemaOf::FrontMatter => made::<FrontMatterShape>(),
        }
    }

    fn made<T: JsonSchema>() -> Value {
        let mut settings = SchemaSettings::draft2020_12();
        settings
            .transforms
            .push(Box::new(schemars::transform::RecursiveTransform(
                without_null,
            )));
        settings
            .into_generator()
            .into_root_schema_for::<T>()
            .to_value()
    }

    /// A key without a value is a fault, not a way to leave the key out.
    fn without_null(schema: &mut Schema) {
        let Some(object) = schema.as_object_mut() else {
            return;
        };
        if let Some(Value::Array(types)) = object.get_mut("type") {
            types.retain(|name| name != "null");
            if let [one] = types.as_slice() {
                let one = one.clone();
                object.insert("type".to_owned(), one);
            }
        }
        if let Some(Value::Array(branches)) = object.get_mut("anyOf") {
            branches.retain(|branch| branch.get("type").is_none_or(|name| name != "null"));
            if let [Value::Object(only)] = branches.as_slice() {
                let only = only.clone();
                object.remove("anyOf");
                for (key, value) in only {
                    object.entry(key).or_insert(value);
                }
            }
        }
        if object.get("default") == Some(&Value::Null) {
            object.remove("default");
        }
    }

    /// Holds that a file of the book is as it would be made now, or makes it so where that is asked for.
    fn assert_kept(file: &Path, made: &str) {
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(file, made).unwrap();
        }
        let kept = std::fs::read_to_string(file).unwrap_or_default();
        let file = file.display();
        assert!(
            kept == made,
            "{file} is old: run the tests with UPDATE_SCHEMA=1"
        );
    }

    #[test]
    fn the_schemas_in_the_book_are_the_ones_the_types_give() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("book/schema");
        for of in SchemaOf::ALL {
            let file = folder.join(of.file_name());
            assert_kept(&file, &format!("{:#}\n", of_types(of)));
        }
    }

    /// The rows of a mapping's keys; a mapping or a list of them within it has its own rows, under the longer name.
    fn rows(root: &Value, def: &Value, under: &str, out: &mut String) {
        let required = def["required"].as_array().cloned().unwrap_or_default();
        let keys = def["properties"].as_object().cloned().unwrap_or_default();
        for (key, schema) in keys {
            let must = match required.iter().any(|name| *name == key) {
                true => " Must be there.",
                false => "",
            };
            let says = schema["description"].as_str().unwrap_or_default();
            let says = says.split_whitespace().collect::<Vec<_>>().join(" ");
            let name = format!("{under}{key}");
            writeln!(out, "| `{name}` | {}{must} |", says.replace('|', "\\|")).unwrap();
            let inner = [
                &schema["$ref"],
                &schema["items"]["$ref"],
                &schema["additionalProperties"]["$ref"],
            ];
            let inner = inner.into_iter().find_map(|name| name.as_str());
            let def = inner.and_then(|name| root.pointer(name.trim_start_matches('#')));
            if let Some(def) = def.filter(|def| def["properties"].is_object()) {
                rows(root, def, &format!("{name}."), out);
            }
        }
    }

    /// Every key of every kind, as the book lists it.
    fn reference() -> String {
        let root = of_types(SchemaOf::Checks);
        let mut out = String::from(
            "<!-- Made from the types by `UPDATE_SCHEMA=1 cargo test --lib`. -->\n\n# Every key of every check\n\nWhat the keys have in common, matchers and waiting, is in the [check reference](checks.md).\n",
        );
        let of_checks = ["any", "all", "not"];
        let kinds = crate::course::shape::KINDS.into_iter();
        for kind in kinds.filter(|kind| !of_checks.contains(kind)) {
            let check = &root["$defs"]["Check"]["properties"][kind];
            let Some(def) = check["$ref"].as_str() else {
                continue;
            };
            let def = &root.pointer(def.trim_start_matches('#')).unwrap();
            let says = def["description"].as_str().unwrap_or_default();
            let says = says.split_whitespace().collect::<Vec<_>>().join(" ");
            writeln!(
                out,
                "\n## `{kind}`\n\n{says}\n\n| key | meaning |\n|---|---|"
            )
            .unwrap();
            rows(&root, def, "", &mut out);
        }
        out
    }

    #[test]
    fn the_keys_in_the_book_are_the_ones_the_types_have() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("book/src/check-keys.md");
        assert_kept(&file, &reference());
    }

    #[test]
    fn no_schema_takes_a_key_without_a_value() {
        for of in SchemaOf::ALL {
            assert!(!of_types(of).to_string().contains("\"null\""), "{of:?}");
        }
    }
}
