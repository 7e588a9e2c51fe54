//! A grade as JSON, and the JSON Schema of it.

use std::borrow::Cow;

use serde_json::Value;

use crate::course::{Course, Lesson};
use crate::outcome::Grade;
use crate::progress::Progress;
use crate::text;

/// A grade as indented JSON in the order of its fields, ended by a line break.
///
/// Characters a terminal or a CI log would obey are written as `\u` escapes, which mean the same to a JSON reader.
pub fn grade(grade: &Grade) -> String {
    let json = serde_json::to_string_pretty(grade).expect("a grade has only string keys");
    let mut out = String::with_capacity(json.len() + 1);
    let mut chars = json.chars().peekable();
    while let Some(c) = chars.next() {
        // Between its strings JSON has no character that is escaped here.
        let marks_command = c == '#' && chars.peek() == Some(&'#');
        if marks_command || is_obeyed(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out.push('\n');
    out
}

fn is_obeyed(c: char) -> bool {
    c != '\n' && matches!(text::inert(c.encode_utf8(&mut [0; 4])), Cow::Owned(_))
}

/// The JSON Schema (draft 2020-12) of [`grade`], as it is in the book.
pub fn schema() -> String {
    let text = include_str!(concat!(env!("OUT_DIR"), "/grade.schema.json"));
    let schema: Value = serde_json::from_str(text).expect("a schema is JSON");
    format!("{schema:#}\n")
}

/// Lessons of a course, and what the learner has done of them.
pub fn course(course: &Course, lessons: &[&Lesson], progress: &Progress) -> String {
    let listed: Vec<Value> = lessons
        .iter()
        .map(|lesson| {
            let ids = lesson.outline().into_iter().map(|task| task.id);
            serde_json::json!({
                "id": lesson.id,
                "title": lesson.title,
                "minutes": lesson.minutes,
                "points": lesson.points(),
                "needs": lesson.needs,
                "images": lesson.images,
                "tasks": ids.collect::<Vec<_>>(),
                "passed": progress.passed(lesson),
                "earned": progress.points(lesson),
                "done": progress.is_done(lesson),
                "skipped": progress.is_skipped(&lesson.id),
            })
        })
        .collect();
    let listed = serde_json::json!({
        "version": 1,
        "title": course.title,
        "course_version": course.version,
        "course_hash": course.hash(),
        "lessons": listed,
    });
    let text = serde_json::to_string_pretty(&listed).expect("plain values are JSON");
    format!("{text}\n")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use schemars::generate::SchemaSettings;
    use serde_json::json;

    use super::*;
    use crate::report::example;

    fn of_types() -> Value {
        let generator = SchemaSettings::draft2020_12()
            .for_serialize()
            .into_generator();
        let mut schema = generator.into_root_schema_for::<Grade>();
        schema.insert("title".to_owned(), "A Sealegs grade".into());
        schema.into()
    }

    #[test]
    fn what_is_written_reads_back_as_it_was() {
        for grade in [example::mixed(), example::hostile()] {
            let text = super::grade(&grade);
            let read: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(read, serde_json::to_value(&grade).unwrap());
            assert!(text.ends_with("}\n"));
        }
    }

    #[test]
    fn a_submission_cannot_command_a_terminal_or_a_ci_log_through_json() {
        let text = super::grade(&example::hostile());
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
        assert!(!text.contains("##"));
        assert!(!text.lines().any(|line| line.trim_start().starts_with("::")));
        assert!(
            text.contains("\\u202e") && text.contains("\\u009b"),
            "{text}"
        );
    }

    #[test]
    fn the_published_schema_is_the_one_of_the_types() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("book/schema/grade.schema.json");
        let generated = format!("{:#}\n", of_types());
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, &generated).unwrap();
        }
        let published = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(published == generated, "run the tests with UPDATE_SCHEMA=1");
    }

    #[test]
    fn grades_keep_to_the_schema_and_other_things_do_not() {
        let schema = of_types();
        for grade in [example::passed(), example::mixed(), example::hostile()] {
            let value = serde_json::to_value(grade).unwrap();
            assert_eq!(faults(&value, &schema, &schema), [""; 0]);
        }
        let mut broken = serde_json::to_value(example::mixed()).unwrap();
        broken["status"] = json!("passed");
        broken["points"] = json!("ten");
        broken["tasks"][0].as_object_mut().unwrap().remove("id");
        assert_eq!(faults(&broken, &schema, &schema).len(), 3);
    }

    /// What of `value` is not as the schema says: the few keywords our schema uses, and no others.
    fn faults(value: &Value, schema: &Value, root: &Value) -> Vec<String> {
        let mut found = Vec::new();
        for (keyword, rule) in schema.as_object().into_iter().flatten() {
            match keyword.as_str() {
                "$schema" | "title" | "description" | "format" | "$defs" | "default" => {}
                "$ref" => {
                    let name = rule.as_str().unwrap().strip_prefix('#').unwrap();
                    found.extend(faults(value, root.pointer(name).unwrap(), root));
                }
                "type" => {
                    let fits = match rule {
                        Value::Array(types) => types.iter().any(|name| is_a(value, name)),
                        name => is_a(value, name),
                    };
                    if !fits {
                        found.push(format!("{value} is not {rule}"));
                    }
                }
                "properties" => {
                    for (key, rule) in rule.as_object().unwrap() {
                        if let Some(value) = value.get(key) {
                            found.extend(faults(value, rule, root));
                        }
                    }
                }
                "required" => {
                    let missing = rule.as_array().unwrap().iter();
                    let missing = missing.filter(|key| value.get(key.as_str().unwrap()).is_none());
                    found.extend(missing.map(|key| format!("{key} is missing")));
                }
                "items" => {
                    for item in value.as_array().into_iter().flatten() {
                        found.extend(faults(item, rule, root));
                    }
                }
                "anyOf" | "oneOf" => {
                    let ways = rule.as_array().unwrap();
                    if !ways.iter().any(|rule| faults(value, rule, root).is_empty()) {
                        found.push(format!("{value} fits none of {rule}"));
                    }
                }
                "const" if value == rule => {}
                "const" => found.push(format!("{value} is not {rule}")),
                // The bounds of a number say nothing of what is none.
                "minimum" | "maximum" if !value.is_number() => {}
                "minimum" if value.as_f64() >= rule.as_f64() => {}
                "maximum" if value.as_f64() <= rule.as_f64() => {}
                other => found.push(format!(
                    "keyword {other} is not known or not kept by {value}"
                )),
            }
        }
        found
    }

    fn is_a(value: &Value, name: &Value) -> bool {
        match name.as_str().unwrap() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "number" => value.is_number(),
            "integer" => value.is_i64() || value.is_u64(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            other => panic!("the schema has a new type `{other}`"),
        }
    }
}
