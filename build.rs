//! Embeds the course anew when a lesson or check file appears or goes away, and writes down what its tasks are worth: a
//! command that only counts need not read them. Of the book's schemas the program carries no indentation.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};

use serde_yaml::Value;

/// The schemas of the book that the program carries.
const SCHEMAS: [&str; 6] = [
    "checks",
    "course",
    "mistake",
    "harmless",
    "front-matter",
    "grade",
];

/// A task's name, its points, and whether they are a bonus.
type Outline = (String, u64, bool);

fn main() {
    let out = env::var_os("OUT_DIR").expect("cargo says where to write");
    let out = Path::new(&out);
    println!("cargo::rerun-if-changed=lessons");
    println!("cargo::rerun-if-changed=checks");
    write(&out.join("outline.rs"), &outlines());
    println!("cargo::rerun-if-changed=book/schema");
    for name in SCHEMAS {
        let file = format!("{name}.schema.json");
        let text = fs::read_to_string(Path::new("book/schema").join(&file));
        let text = text.expect("the book has its schemas");
        let schema: serde_json::Value = serde_json::from_str(&text).expect("a schema is JSON");
        write(&out.join(&file), &schema.to_string());
    }
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("cargo's folder can be written");
}

/// A table of the lessons and what their tasks are worth, as Rust reads it.
fn outlines() -> String {
    let mut lessons: BTreeMap<String, Vec<Outline>> = BTreeMap::new();
    for entry in fs::read_dir("checks").expect("the course has checks") {
        let path = entry.expect("a folder can be listed").path();
        let name = path.file_stem().and_then(|name| name.to_str());
        // What cannot be read is told, with its place, by whoever loads the course.
        if let (Some(name), Some(tasks)) = (name, outline(&path)) {
            lessons.insert(name.to_owned(), tasks);
        }
    }
    let line = |(name, tasks)| format!("    ({name:?}, &{tasks:?}),\n");
    let table: String = lessons.iter().map(line).collect();
    format!("&[\n{table}]")
}

fn outline(path: &Path) -> Option<Vec<Outline>> {
    let file: Value = serde_yaml::from_str(&fs::read_to_string(path).ok()?).ok()?;
    let task = |(id, task): (&Value, &Value)| {
        let bonus = task.get("bonus").and_then(Value::as_bool);
        Some((
            id.as_str()?.to_owned(),
            task.get("points")?.as_u64()?,
            bonus.unwrap_or(false),
        ))
    };
    file.get("tasks")?.as_mapping()?.iter().map(task).collect()
}
