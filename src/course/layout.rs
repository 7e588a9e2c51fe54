//! Where the files of a course stand, and which files have no place in it.

use std::collections::BTreeSet;

use super::fault::Fault;
use super::shape::{NAME_RULE, is_id};
use super::source::Source;
use crate::text::tick;

/// The file that names the lessons.
pub(super) const COURSE: &str = "lessons/course.yaml";

/// What a lesson's folder holds.
const LESSON: [&str; 6] = [
    "lesson.md",
    "starter",
    "solution",
    "mistakes",
    "variants",
    "harmless.yaml",
];

/// What a mistake's folder holds.
const MISTAKE: [&str; 2] = ["mistake.yaml", "files"];

/// The folders in `lessons`, by name.
pub(super) fn lessons(source: &Source) -> BTreeSet<String> {
    folders(source, "lessons/")
}

/// The check files, by the lesson they are named for.
pub(super) fn checks(source: &Source) -> BTreeSet<String> {
    let stem = |(path, _): (&str, _)| path.strip_suffix(".yaml").map(str::to_owned);
    source
        .below("checks/")
        .filter_map(stem)
        .filter(|name| is_id(name))
        .collect()
}

/// The known wrong answers of a lesson, by name.
pub(super) fn mistakes(source: &Source, lesson: &str) -> BTreeSet<String> {
    folders(source, &format!("lessons/{lesson}/mistakes/"))
}

fn folders(source: &Source, folder: &str) -> BTreeSet<String> {
    let first = |(path, _): (&str, _)| path.split_once('/').map(|(name, _)| name.to_owned());
    source
        .below(folder)
        .filter_map(first)
        .filter(|name| is_id(name))
        .collect()
}

/// Files that a course has no place for: most often a folder whose name is misspelt.
pub(super) fn strays(source: &Source) -> Vec<Fault> {
    let mut seen = BTreeSet::new();
    source
        .paths()
        .filter_map(stray)
        .filter(|fault| seen.insert(fault.file.clone()))
        .collect()
}

fn stray(path: &str) -> Option<Fault> {
    let parts: Vec<&str> = path.split('/').collect();
    let misplaced = |depth: usize, allowed: &[&str]| {
        let fault = Fault::of_file(parts[..=depth].join("/"), "a course has no place for this");
        Some(fault.allowed(parts[depth], allowed))
    };
    let misnamed = |depth: usize| {
        (!is_id(parts[depth])).then(|| {
            let message = format!("{} cannot be a name here: {NAME_RULE}", tick(parts[depth]));
            Fault::of_file(parts[..=depth].join("/"), message)
        })
    };
    match parts.as_slice() {
        ["lessons", "course.yaml"] => None,
        ["lessons", _] => misplaced(1, &["course.yaml"]),
        ["lessons", _, "lesson.md" | "harmless.yaml"]
        | ["lessons", _, "starter" | "solution" | "variants", _, ..] => misnamed(1),
        ["lessons", _, "mistakes", _, "mistake.yaml"]
        | ["lessons", _, "mistakes", _, "files", _, ..] => misnamed(1).or_else(|| misnamed(3)),
        ["lessons", _, "mistakes", _, _, ..] => misplaced(4, &MISTAKE),
        ["lessons", _, "mistakes", _] => misplaced(3, &[]),
        ["lessons", _, ..] => misplaced(2, &LESSON),
        ["checks", file] => match file.strip_suffix(".yaml") {
            Some(name) if is_id(name) => None,
            Some(name) => {
                let message = format!("{} cannot be a name here: {NAME_RULE}", tick(name));
                Some(Fault::of_file(path, message))
            }
            None => {
                let meant = file.strip_suffix(".yml").map(|name| format!("{name}.yaml"));
                misplaced(1, &[]).map(|fault| fault.meant(meant))
            }
        },
        _ => misplaced(1.min(parts.len() - 1), &[]),
    }
}
