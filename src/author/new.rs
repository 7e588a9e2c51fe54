//! A lesson to begin with: small, whole, and proven as it stands.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::text::tick;

/// The files of a new lesson, by their place in the course; `ID` and `TITLE` are filled in.
const FILES: [(&str, &str); 6] = [
    ("lessons/ID/lesson.md", include_str!("new/lesson.md")),
    (
        "lessons/ID/starter/commands.sh",
        "# The commands of your answer, one a line.\n",
    ),
    (
        "lessons/ID/solution/commands.sh",
        include_str!("new/solution.sh"),
    ),
    (
        "lessons/ID/mistakes/not-in-the-background/mistake.yaml",
        include_str!("new/mistake.yaml"),
    ),
    (
        "lessons/ID/mistakes/not-in-the-background/files/commands.sh",
        include_str!("new/mistake.sh"),
    ),
    ("checks/ID.yaml", include_str!("new/checks.yaml")),
];

/// A course that has nothing yet.
const COURSE: &str = include_str!("new/course.yaml");

const COURSE_FILE: &str = "lessons/course.yaml";

/// Writes a lesson into the course in `folder`, at the end of its list, and gives the files; a folder without a course gets one.
///
/// # Errors
/// The name is no lesson's name or is taken, the list cannot be extended, or a file cannot be written. Nothing is overwritten.
pub fn new_lesson(folder: &Path, id: &str) -> Result<Vec<PathBuf>, Failure> {
    if !is_name(id) {
        let said = format!("{} cannot be the name of a lesson", tick(id));
        let hint = "lower-case letters, digits and hyphens, beginning with a letter";
        return Err(Failure::usage(said).with_hint(hint));
    }
    let place = |path: &str| folder.join(path.replace("ID", id));
    if let Some(taken) = FILES
        .map(|(path, _)| place(path))
        .iter()
        .find(|path| path.exists())
    {
        let said = format!("{} is there already", tick(&taken.display().to_string()));
        return Err(Failure::usage(said).with_hint("take another name"));
    }
    let course = folder.join(COURSE_FILE);
    let list = match fs::read_to_string(&course) {
        Ok(text) => listed(&text, id).ok_or_else(|| {
            let said = format!("cannot find the list of lessons in {}", tick(COURSE_FILE));
            Failure::usage(said).with_hint("write it as `lessons:` and a line `  - NAME` for each")
        })?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => COURSE.replace("ID", id),
        Err(error) => return Err(unwritten(&course, &error)),
    };
    let mut written = Vec::new();
    let mut write = |path: PathBuf, text: String| {
        let parent = path.parent().unwrap_or(folder);
        let done = fs::create_dir_all(parent).and_then(|()| fs::write(&path, text));
        done.map_err(|error| unwritten(&path, &error))?;
        written.push(path);
        Ok::<_, Failure>(())
    };
    for (path, text) in FILES {
        write(
            place(path),
            text.replace("TITLE", &title(id)).replace("ID", id),
        )?;
    }
    write(course, list)?;
    Ok(written)
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    let path = tick(&path.display().to_string());
    Failure::system(format!("cannot write {path}: {error}"))
}

fn is_name(id: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    id.starts_with(|c: char| c.is_ascii_lowercase()) && id.chars().all(plain)
}

/// `two-words` as a title: `Two words`.
fn title(id: &str) -> String {
    let words = id.replace('-', " ");
    let mut letters = words.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// The course file with one more lesson in its list, its comments and its form kept; `None` where there is no list to be seen.
fn listed(text: &str, id: &str) -> Option<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let head = lines.iter().position(|line| line.starts_with("lessons:"))?;
    let rest = lines[head]["lessons:".len()..].trim().to_owned();
    if let Some(inner) = rest
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        let before = inner.trim();
        let comma = if before.is_empty() { "" } else { ", " };
        lines[head] = format!("lessons: [{before}{comma}{id}]");
    } else {
        let is_item = |line: &String| line.trim_start().starts_with("- ");
        let items = lines[head + 1..].iter();
        let count = items
            .take_while(|line| is_item(line) || line.trim_start().starts_with('#'))
            .count();
        let last = lines[head + 1..=head + count].iter().rposition(is_item)?;
        let at = head + 1 + last;
        let indent = lines[at].len() - lines[at].trim_start().len();
        lines.insert(at + 1, format!("{}- {id}", " ".repeat(indent)));
    }
    Some(lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_extended_in_its_own_form() {
        let text = "title: x\nlessons:\n  - a # first\n  - b\n\nimages: []\n";
        let expected = "title: x\nlessons:\n  - a # first\n  - b\n  - c\n\nimages: []\n";
        assert_eq!(listed(text, "c").as_deref(), Some(expected));
        assert_eq!(
            listed("lessons: [a]\n", "c").as_deref(),
            Some("lessons: [a, c]\n")
        );
        assert_eq!(
            listed("lessons: []\n", "c").as_deref(),
            Some("lessons: [c]\n")
        );
        assert_eq!(listed("lessons:\nimages: []\n", "c"), None);
        assert_eq!(listed("title: x\n", "c"), None);
    }

    #[test]
    fn what_is_written_is_a_course_without_faults_and_nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        for id in ["first", "two-words"] {
            new_lesson(folder.path(), id).unwrap();
        }
        let course = crate::course::Course::from_folder(folder.path()).unwrap();
        let titles: Vec<&str> = course
            .lessons
            .iter()
            .map(|lesson| lesson.title.as_str())
            .collect();
        assert_eq!(titles, ["First", "Two words"]);
        for id in ["first", "No", "-", "a/b", ""] {
            assert!(new_lesson(folder.path(), id).is_err(), "{id}");
        }
    }
}
