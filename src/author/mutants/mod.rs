//! Small changes a learner could make to a solution, each of which the checks should notice. Made from what a file means
//! (instructions, words, a tree), not from its text.

mod commands;
mod dockerfile;
mod shell;
mod trial;
mod yaml;

pub use trial::{Fate, Trials, Tried, try_out};

use std::collections::HashMap;

use crate::course::{Course, Lesson, Tree};

/// A solution with one small change in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// The file and what was changed in it, unique in its lesson: `Dockerfile:3 without EXPOSE`.
    pub name: String,
    /// The changed file.
    pub file: String,
    /// All files of the submission.
    pub files: Tree,
}

/// One change to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Edit {
    /// What it does, after the file's name: `:3 without EXPOSE`.
    what: String,
    /// The file, changed.
    text: String,
}

/// What operators know of the course.
struct Known<'c> {
    course: &'c Course,
    lesson: &'c Lesson,
    /// The file as the starter has it: what stands there already, the learner does not write.
    given: &'c str,
}

impl Known<'_> {
    fn is_image(&self, name: &str) -> bool {
        let named = |image: &crate::course::CourseImage| {
            image.name == name || image.aliases.iter().any(|alias| alias == name)
        };
        self.course.images.iter().any(named)
    }

    /// Another image than this one that the lesson may start from.
    fn other_image(&self, name: &str) -> Option<&str> {
        let own = self.lesson.images.iter();
        let all = self.course.images.iter().map(|image| &image.name);
        let of = |name: &str| name.split(':').next().unwrap_or_default().to_owned();
        own.chain(all)
            .find(|other| of(other) != of(name) && self.is_image(other))
            .map(String::as_str)
    }
}

/// All mutants of a lesson's solution: changes in what the learner writes.
pub fn mutants(course: &Course, lesson: &Lesson) -> Vec<Mutant> {
    let mut found = Vec::new();
    let mut names: HashMap<String, usize> = HashMap::new();
    for (path, file) in &lesson.solution.files {
        let given = lesson.starter.files.get(path);
        let given = given.map_or(&[][..], |given| &given.content);
        let (Ok(text), Ok(given)) = (
            std::str::from_utf8(&file.content),
            std::str::from_utf8(given),
        ) else {
            continue;
        };
        if given == text {
            continue;
        }
        let known = Known {
            course,
            lesson,
            given,
        };
        let undone = (!given.is_empty()).then(|| Edit {
            what: " as it was given".to_owned(),
            text: given.to_owned(),
        });
        for edit in undone.into_iter().chain(edits(path, text, &known)) {
            if edit.text == text {
                continue;
            }
            let mut name = format!("{path}{}", edit.what);
            let same = names.entry(name.clone()).or_default();
            *same += 1;
            if *same > 1 {
                name = format!("{name} ({same})");
            }
            let mut files = lesson.solution.clone();
            if let Some(changed) = files.files.get_mut(path) {
                changed.content = edit.text.into();
            }
            found.push(Mutant {
                name,
                file: path.clone(),
                files,
            });
        }
    }
    found
}

fn edits(path: &str, text: &str, known: &Known<'_>) -> Vec<Edit> {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name {
        "answers.yaml" => yaml::answers(text, known.lesson),
        "commands.sh" => commands::edits(text, known),
        "Dockerfile" => dockerfile::edits(text, known),
        ".dockerignore" => ignored(text, known),
        _ if name.ends_with(".yaml") || name.ends_with(".yml") => yaml::compose(text, known),
        _ => Vec::new(),
    }
}

/// A `.dockerignore` without one of its patterns.
fn ignored(text: &str, known: &Known<'_>) -> Vec<Edit> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let given: Vec<&str> = known.given.lines().map(str::trim).collect();
    let is_pattern = |line: &str| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with('#') && !given.contains(&line)
    };
    let without = |at: usize| {
        let mut left = lines.clone();
        let gone = left.remove(at);
        Edit {
            what: format!(" without {}", gone.trim()),
            text: left.concat(),
        }
    };
    (0..lines.len())
        .filter(|at| is_pattern(lines[*at]))
        .map(without)
        .collect()
}

/// Ports one off, each in turn: in `8080:80`, the host's and the container's.
fn other_ports(written: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, c) in written.char_indices().chain([(written.len(), ' ')]) {
        match (c.is_ascii_digit(), start) {
            (true, None) => start = Some(at),
            (false, Some(begin)) => {
                start = None;
                let dotted = c == '.' || written[..begin].ends_with('.');
                if let (false, Ok(port)) = (dotted, written[begin..at].parse::<u16>()) {
                    let other = port.wrapping_add(1);
                    found.push(format!("{}{other}{}", &written[..begin], &written[at..]));
                }
            }
            _ => {}
        }
    }
    found
}

/// A name, misspelt: before its tag where it has one.
fn misspelt(name: &str) -> String {
    let path = name.rfind('/').map_or(0, |at| at + 1);
    let end = name[path..].find(':').map_or(name.len(), |at| path + at);
    format!("{}x{}", &name[..end], &name[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_changed_one_by_one_and_addresses_are_not() {
        assert_eq!(other_ports("8080:80"), ["8081:80", "8080:81"]);
        assert_eq!(
            other_ports("\"127.0.0.1:90:80/tcp\""),
            ["\"127.0.0.1:91:80/tcp\"", "\"127.0.0.1:90:81/tcp\""]
        );
    }

    #[test]
    fn a_name_is_misspelt_before_its_tag() {
        assert_eq!(misspelt("web"), "webx");
        assert_eq!(
            misspelt("localhost:5000/crew/orders:1.0"),
            "localhost:5000/crew/ordersx:1.0"
        );
    }

    #[test]
    fn every_mutant_of_the_course_has_a_name_of_its_own_and_differs_from_the_solution() {
        let course = Course::built_in().unwrap();
        let mut all = 0;
        for lesson in &course.lessons {
            let mutants = mutants(&course, lesson);
            let mut names: Vec<&str> = mutants.iter().map(|mutant| mutant.name.as_str()).collect();
            all += names.len();
            assert!(!names.is_empty(), "{}", lesson.id);
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), mutants.len(), "{}", lesson.id);
            assert!(mutants.iter().all(|mutant| mutant.files != lesson.solution));
        }
        assert!(all > 300, "{all}");
    }

    #[test]
    fn what_the_course_calls_harmless_are_mutants_and_few() {
        let course = Course::built_in().unwrap();
        let (mut all, mut harmless) = (0, 0);
        for lesson in &course.lessons {
            let mutants = mutants(&course, lesson);
            for name in lesson.harmless.keys() {
                let known = mutants.iter().any(|mutant| mutant.name == *name);
                assert!(known, "{}: {name}", lesson.id);
            }
            all += mutants.len();
            harmless += lesson.harmless.len();
        }
        assert!(harmless * 100 <= all * 3, "{harmless} of {all}");
    }
}
