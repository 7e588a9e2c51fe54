//! Embeds the course anew when a lesson or check file appears or goes away, and writes down what its tasks are worth: a
//! command that only counts need not read them.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};

use serde_yaml::Value;

/// A task's name, its points, and whether they are a bonus.
type Outline = (String, u64, bool);

fn main() {
    println!("cargo::rerun-if-changed=lessons");
    println!("cargo::rerun-if-changed=checks");
    let mut lessons: BTreeMap<String, Vec<Outline>> = BTreeMap::new();
    for entry in fs::read_dir("checks").expect("the course has checks") {
        let path = entry.expect("a folder can be listed").path();
        let name = path.file_stem().and_then(|name| name.to_str());
        // What cannot be read is told, with its place, by whoever loads the course.
        if let (Some(name), Some(tasks)) = (name, outline(&path)) {
            lessons.insert(name.to_owned(), tasks);
        }
    }
    let table: String = lessons
        .iter()
        .map(|(name, tasks)| format!("    ({name:?}, &{tasks:?}),\n"))
        .collect();
    let out = env::var_os("OUT_DIR").expect("cargo says where to write");
    let written = fs::write(Path::new(&out).join("outline.rs"), format!("&[\n{table}]"));
    written.expect("cargo's folder can be written");
}

fn outline(path: &Path) -> Option<Vec<Outline>> {
    let file: Value = serde_yaml::from_str(&fs::read_to_string(path).ok()?).ok()?;
    let task = |(id, task): (&Value, &Value)| {
        let bonus = task
            .get("bonus")
            .is_some_and(|bonus| *bonus == Value::from(true));
        Some((
            id.as_str()?.to_owned(),
            task.get("points")?.as_u64()?,
            bonus,
        ))
    };
    file.get("tasks")?.as_mapping()?.iter().map(task).collect()
}
