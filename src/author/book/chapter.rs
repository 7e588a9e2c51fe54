//! One lesson as a chapter: its text, with a box where each task stands. Headings are Markdown, so that the book finds them; all
//! else is HTML, so that nothing in it is read a second time.

use std::collections::HashSet;

use super::{path, task};
use crate::course::{Course, Lesson, lesson_of};
use crate::render::{Heading, WebHeading, WebPart, web_line, web_parts};

/// The chapter's Markdown. `pages` are the files of the book's other chapters.
pub(super) fn chapter(course: &Course, lesson: &Lesson, pages: &[String]) -> String {
    let address = |url: &str| address(url, course, pages);
    let mut parts = web_parts(&lesson.page(), &address);
    if !parts.first().is_some_and(is_title) {
        parts.insert(0, title(lesson));
    }
    let mut out = String::new();
    let mut told = HashSet::new();
    let mut ids = HashSet::new();
    for (number, part) in parts.iter().enumerate() {
        let heading = part.heading.as_ref();
        let named = heading.and_then(|heading| lesson.named(&heading.plain.words));
        match (named, heading) {
            (Some(task), _) if told.insert(&task.id) => {
                ids.insert(task::id(&task.id));
                out.push_str(&task::boxed(lesson, task, &part.html, &address));
            }
            (_, Some(heading)) => {
                let marks = "#".repeat(usize::from(heading.plain.level));
                let id = unused(&slug(&heading.plain.words), &mut ids);
                out.push_str(&format!("{marks} {} {{#{id}}}\n\n", heading.inline));
                if number == 0 {
                    out.push_str(&about(course, lesson));
                }
                out.push_str(&block(&part.html));
            }
            (_, None) => out.push_str(&block(&part.html)),
        }
    }
    // A heading within a quote or a list cuts nothing.
    for task in lesson.tasks.iter().filter(|task| !told.contains(&task.id)) {
        out.push_str(&task::boxed(lesson, task, "", &address));
    }
    out
}

fn is_title(part: &WebPart) -> bool {
    let heading = part.heading.as_ref();
    heading.is_some_and(|heading| heading.plain.level == 1)
}

fn title(lesson: &Lesson) -> WebPart {
    WebPart {
        heading: Some(WebHeading {
            plain: Heading {
                level: 1,
                words: lesson.title.clone(),
            },
            inline: web_line(&lesson.title),
        }),
        html: String::new(),
    }
}

/// HTML as a block that Markdown leaves alone.
fn block(html: &str) -> String {
    match html.is_empty() {
        true => String::new(),
        false => format!("<div class=\"sealegs-text\">\n{html}\n</div>\n\n"),
    }
}

/// What the lesson takes, and how it is begun.
fn about(course: &Course, lesson: &Lesson) -> String {
    let mut said = format!("{} minutes", lesson.minutes);
    if lesson.points() > 0 {
        let points = crate::text::count(lesson.points() as usize, "point");
        said.push_str(&format!(" · {points}"));
    }
    let needs = lesson.needs.iter().filter_map(|need| course.lesson(need));
    let needs: Vec<String> = needs
        .map(|need| format!("<a href=\"{}.md\">{}</a>", need.id, web_line(&need.title)))
        .collect();
    if !needs.is_empty() {
        said.push_str(&format!(" · comes after {}", needs.join(", ")));
    }
    format!(
        "<div class=\"sealegs-about\">\n<p>{said}<br>Do it in your terminal: <code>sealegs start {}</code></p>\n</div>\n\n",
        lesson.id
    )
}

/// Where an address in a lesson's text leads in the book: to another lesson, or to a page of the book by its place in the project.
fn address(url: &str, course: &Course, pages: &[String]) -> Option<String> {
    let (file, anchor) = match url.split_once('#') {
        Some((file, anchor)) => (file, format!("#{anchor}")),
        None => (url, String::new()),
    };
    if let Some(lesson) = lesson_of(file).and_then(|id| course.lesson(id)) {
        let name = path(&lesson.id);
        let (_, name) = name.split_once('/')?;
        return Some(format!("{name}{anchor}"));
    }
    let beyond = file.strip_prefix("../../")?;
    let page = pages.iter().find(|page| {
        let before = beyond.strip_suffix(page.as_str());
        before.is_some_and(|before| before.ends_with('/'))
    });
    Some(format!("../{}{anchor}", page?))
}

/// A heading's name in addresses, by mdBook's own rule, so that sections are found under the same name as on the pages beside.
fn slug(words: &str) -> String {
    let words = words.trim().to_lowercase();
    let kept = words.chars().filter_map(|c| match c {
        c if c.is_alphanumeric() || matches!(c, '_' | '-') => Some(c),
        c if c.is_whitespace() => Some('-'),
        _ => None,
    });
    kept.collect()
}

/// The name, with a number where it is taken.
fn unused(name: &str, taken: &mut HashSet<String>) -> String {
    let numbered = |number: usize| match number {
        0 => name.to_owned(),
        number => format!("{name}-{number}"),
    };
    let free = (0..).map(numbered).find(|name| !taken.contains(name));
    let free = free.unwrap_or_default();
    taken.insert(free.clone());
    free
}
