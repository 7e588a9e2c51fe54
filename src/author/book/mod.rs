//! The lessons of a course as chapters of a book: what mdBook asks of a preprocessor. Pure: a book in, a book out.

mod chapter;
mod task;

use serde_json::{Value, json};

use crate::course::{Course, Lesson};
use crate::failure::Failure;

/// The part of the book that the lessons come into; at the end, where its summary names no such part.
const PART: &str = "The lessons";

/// What mdBook calls the list of a book's chapters: since 0.5, and before.
const LISTS: [&str; 2] = ["items", "sections"];

/// The renderers that show HTML within Markdown.
const RENDERERS: [&str; 4] = ["html", "markdown", "epub", "linkcheck"];

/// Whether the chapters come out right with a renderer.
pub fn supports(renderer: &str) -> bool {
    RENDERERS.contains(&renderer)
}

/// The book that mdBook hands over, as it writes it (its circumstances, then the book), with a chapter for every lesson.
///
/// # Errors
/// It is no such book.
pub fn with_lessons(handed: &str, course: &Course) -> Result<String, Failure> {
    let failed = |said: &str| {
        let failure = Failure::usage(format!("this is no book as mdBook hands it over: {said}"));
        failure.with_hint("mdBook runs this command where `book.toml` names it as a preprocessor")
    };
    let (_, mut book): (Value, Value) =
        serde_json::from_str(handed).map_err(|error| failed(&error.to_string()))?;
    let list = LISTS.into_iter().find(|name| book[name].is_array());
    let items = list.and_then(|name| book[name].as_array_mut());
    let items = items.ok_or_else(|| failed("it has no list of chapters"))?;
    lead_to_lessons(items, course);
    let mut pages = Vec::new();
    paths(items, &mut pages);
    let lessons = course.lessons.iter();
    let chapters = lessons.map(|lesson| chapter_of(course, lesson, &pages));
    match items.iter().position(|item| item["PartTitle"] == PART) {
        Some(part) => drop(items.splice(part + 1..=part, chapters)),
        None => {
            items.push(json!({ "PartTitle": PART }));
            items.extend(chapters);
        }
    }
    serde_json::to_string(&book).map_err(|error| failed(&error.to_string()))
}

/// A lesson's file in the book.
fn path(lesson: &str) -> String {
    format!("lessons/{lesson}.md")
}

fn chapter_of(course: &Course, lesson: &Lesson, pages: &[String]) -> Value {
    json!({
        "Chapter": {
            "name": lesson.title,
            "content": chapter::chapter(course, lesson, pages),
            "number": null,
            "sub_items": [],
            "path": path(&lesson.id),
            "source_path": null,
            "parent_names": [],
        }
    })
}

/// The files of all chapters.
fn paths(items: &[Value], found: &mut Vec<String>) {
    for item in items {
        let chapter = &item["Chapter"];
        found.extend(chapter["path"].as_str().map(str::to_owned));
        if let Some(below) = chapter["sub_items"].as_array() {
            paths(below, found);
        }
    }
}

/// The book's own pages lead to a lesson's file in the course, which is right where they are read as files; in the book the
/// chapter stands for it.
fn lead_to_lessons(items: &mut [Value], course: &Course) {
    let chapters = items
        .iter_mut()
        .filter_map(|item| item.get_mut("Chapter")?.as_object_mut());
    for chapter in chapters {
        let deep = chapter.get("path").and_then(Value::as_str);
        let up = "../".repeat(deep.map_or(0, |path| path.matches('/').count()));
        if let Some(Value::String(content)) = chapter.get_mut("content") {
            for Lesson { id, .. } in &course.lessons {
                let file = format!("({up}../../lessons/{id}/lesson.md");
                *content = content.replace(&file, &format!("({up}{}", path(id)));
            }
        }
        if let Some(Value::Array(below)) = chapter.get_mut("sub_items") {
            lead_to_lessons(below, course);
        }
    }
}

#[cfg(test)]
mod tests;
