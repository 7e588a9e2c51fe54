//! The built-in course as a book, and courses that mean harm.

use std::collections::BTreeSet;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use regex::Regex;

use super::*;
use crate::course::Hint;
use crate::course::matcher::{Matcher, Value as Answer};
use crate::course::spec::Spec;

fn built_in() -> Course {
    Course::built_in().unwrap()
}

/// The chapters that a course adds to an empty book, by their names.
fn chapters(course: &Course) -> Vec<(String, String)> {
    let book = with_lessons("[{}, {\"items\": []}]", course).unwrap();
    let book: Value = serde_json::from_str(&book).unwrap();
    let items = book["items"].as_array().unwrap();
    assert_eq!(items[0]["PartTitle"], PART);
    let chapter = |item: &Value| {
        let text = |key: &str| item["Chapter"][key].as_str().unwrap().to_owned();
        (text("path"), text("content"))
    };
    items[1..].iter().map(chapter).collect()
}

#[test]
fn every_lesson_has_its_chapter_in_the_order_of_the_course() {
    let course = built_in();
    let found: Vec<String> = chapters(&course).into_iter().map(|it| it.0).collect();
    let lessons: Vec<String> = course.lessons.iter().map(|it| path(&it.id)).collect();
    assert_eq!(found, lessons);
}

#[test]
fn every_task_and_every_hint_is_in_its_chapter_once() {
    let course = built_in();
    let boxes =
        Regex::new(r#"<details class="sealegs-task" id="task-([a-z0-9-]+)" open>"#).unwrap();
    for (lesson, (_, chapter)) in course.lessons.iter().zip(chapters(&course)) {
        let found: Vec<&str> = boxes
            .captures_iter(&chapter)
            .map(|found| found.get(1).unwrap().as_str())
            .collect();
        let tasks: Vec<&str> = lesson.tasks.iter().map(|task| task.id.as_str()).collect();
        assert_eq!(found, tasks, "{}", lesson.id);
        let hints = lesson.tasks.iter().flat_map(|task| &task.hints);
        let hints: Vec<&Hint> = hints.collect();
        let shown = chapter.matches("<details class=\"sealegs-hint\">").count();
        assert_eq!(shown, hints.len(), "{}", lesson.id);
        for hint in hints {
            let says = crate::render::web_parts(&hint.says, &|_| None);
            assert_eq!(chapter.matches(&says[0].html).count(), 1, "{}", hint.says);
        }
    }
}

#[test]
fn only_tasks_are_open_and_hints_are_within_each_other() {
    let opened = Regex::new("<details [^>]*open").unwrap();
    for (path, chapter) in chapters(&built_in()) {
        for found in opened.find_iter(&chapter) {
            assert!(found.as_str().contains("sealegs-task"), "{path}");
        }
        let (opens, closes) = (
            chapter.matches("<details").count(),
            chapter.matches("</details>").count(),
        );
        assert_eq!(opens, closes, "{path}");
        let first = chapter.find("Hint 1 of 3").map(|at| &chapter[at..]);
        let Some(ladder) = first else { continue };
        let (second, third) = (
            ladder.find("Hint 2 of 3").unwrap(),
            ladder.find("Hint 3 of 3").unwrap(),
        );
        assert!(
            second < third && !ladder[..third].contains("</details>"),
            "{path}"
        );
    }
}

#[test]
fn neither_answers_nor_solutions_have_a_part_in_it() {
    let course = built_in();
    let mut other = course.clone();
    let mut questions = 0;
    for lesson in &mut other.lessons {
        lesson.solution.files.clear();
        for check in lesson.tasks.iter_mut().flat_map(|task| &mut task.checks) {
            if let Spec::Quiz(quiz) = &mut check.spec {
                questions += 1;
                quiz.answer = Some(Matcher::Equals(Answer::Text("another".to_owned())));
                quiz.because = None;
            }
        }
    }
    assert!(questions >= 15);
    assert_eq!(chapters(&course), chapters(&other));
}

#[test]
fn every_question_is_asked_with_its_choices() {
    let course = built_in();
    for (lesson, (_, chapter)) in course.lessons.iter().zip(chapters(&course)) {
        for check in lesson.tasks.iter().flat_map(|task| &task.checks) {
            let Spec::Quiz(quiz) = &check.spec else {
                continue;
            };
            assert!(
                chapter.contains(&crate::render::web_line(&quiz.ask)),
                "{}",
                quiz.ask
            );
            for says in quiz.choices.iter().flatten().map(|(_, says)| says) {
                assert!(chapter.contains(&crate::render::web_line(says)), "{says}");
            }
        }
    }
}

/// What mdBook makes of a chapter: its headings, and blocks of HTML that it leaves alone.
fn read_as_markdown(chapter: &str) -> String {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_SMART_PUNCTUATION
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_GFM;
    let (mut html, mut heading) = (String::new(), false);
    for event in Parser::new_ext(chapter, options) {
        match event {
            Event::Start(Tag::Heading {
                id, classes, attrs, ..
            }) => {
                assert!(
                    id.is_some() && classes.is_empty() && attrs.is_empty(),
                    "{id:?} {classes:?} {attrs:?}"
                );
                heading = true;
            }
            Event::End(TagEnd::Heading(_)) => heading = false,
            Event::Start(Tag::HtmlBlock) | Event::End(TagEnd::HtmlBlock) => {}
            Event::Html(text) | Event::InlineHtml(text) => html.push_str(&text),
            Event::Text(_) if heading => {}
            other => panic!("{other:?} in:\n{chapter}"),
        }
    }
    html
}

/// The tags of a text, without their closing ones.
fn tags(html: &str) -> BTreeSet<String> {
    let tag = Regex::new("<[^/>][^>]*>").unwrap();
    tag.find_iter(html)
        .map(|tag| tag.as_str().to_owned())
        .collect()
}

fn is_ours(tag: &str) -> bool {
    let ours = Regex::new(
        r##"^<(p|ul|ol|li|em|strong|del|code|pre|br|br /|hr /|h[1-6]|table|thead|tbody|tr|t[hd]|t[hd] style="text-align: (left|right|center)"|blockquote|summary|a href="[^"]*"|code class="language-[a-z]+"|(div|p|span|details|blockquote|summary) class="(sealegs|blockquote)-[a-z -]+"( id="task-[a-z0-9-]+" open)?)>$"##,
    );
    ours.unwrap().is_match(tag)
}

#[test]
fn mdbook_reads_nothing_into_a_chapter() {
    for (path, chapter) in chapters(&built_in()) {
        let html = read_as_markdown(&chapter);
        for tag in tags(&html) {
            assert!(is_ours(&tag), "{path}: {tag}");
        }
        assert!(!chapter.contains("${nonce}"), "{path}");
        assert!(!html.contains("{{"), "{path}");
    }
}

#[test]
fn what_a_course_writes_cannot_be_markup_scripts_or_files_of_the_machine() {
    const HARM: &str = "<script>x()</script> <img src=x onerror=x()> [a](javascript:x()) {{#include /etc/hostname}} `<b>` ${nonce}\n\n[^1]: <script>\n\n: <script>\n\n# h <i onclick=x()> {#i onclick=\"x()\"}\n\n</div></details>\n\n```html\"onclick=x\n\n</code></pre>\n<script>\n```\n\n- > # q <script>\n";
    let mut course = built_in();
    course.lessons.truncate(1);
    let lesson = &mut course.lessons[0];
    lesson.text = HARM.to_owned();
    lesson.title = HARM.lines().next().unwrap().to_owned();
    lesson.tasks.truncate(2);
    for task in lesson.tasks.iter_mut() {
        task.title = HARM.lines().next().unwrap().to_owned();
        task.why = Some(HARM.to_owned());
        task.hints = vec![Hint {
            when: Vec::new(),
            says: HARM.to_owned(),
        }];
        for check in &mut task.checks {
            check.title = Some(HARM.lines().next().unwrap().to_owned());
        }
    }
    let (_, chapter) = &chapters(&course)[0];
    let html = read_as_markdown(chapter);
    for tag in tags(&html) {
        assert!(
            is_ours(&tag) || tag == "<code class=\"language-html&quot;onclick=x\">",
            "{tag}"
        );
    }
    assert!(
        !chapter.contains("{{#include") && !chapter.contains("javascript:x()\""),
        "{chapter}"
    );
    assert_eq!(
        html.matches("<details").count(),
        html.matches("</details>").count()
    );
    assert_eq!(html.matches("<div").count(), html.matches("</div>").count());
}

#[test]
fn a_task_that_no_heading_names_or_one_in_a_quote_has_its_box_all_the_same() {
    let mut course = built_in();
    course.lessons.truncate(1);
    let lesson = &mut course.lessons[0];
    lesson.tasks.truncate(2);
    lesson.text = format!("> ### Task: {}\n", lesson.tasks[0].id);
    let (_, chapter) = &chapters(&course)[0];
    assert_eq!(
        chapter.matches("<details class=\"sealegs-task\"").count(),
        2
    );
    let lesson = &mut course.lessons[0];
    lesson.text = format!(
        "### Task: {0}\n\na\n\n### Task: {0}\n\nb\n",
        lesson.tasks[0].id
    );
    let (_, chapter) = &chapters(&course)[0];
    assert_eq!(
        chapter.matches("<details class=\"sealegs-task\"").count(),
        2
    );
    assert!(chapter.starts_with(&format!(
        "# {}",
        crate::render::web_line(&course.lessons[0].title)
    )));
}

#[test]
fn lessons_come_where_the_summary_has_their_part_and_pages_lead_to_them() {
    let mut course = built_in();
    course.lessons.truncate(2);
    let id = course.lessons[1].id.clone();
    course.lessons[0].text = format!(
        "# T\n\n[next](../{id}/lesson.md#b) [page](../../book/src/deep/page.md#c) [beside](../../checks/x.yaml) [none](../none/lesson.md)\n"
    );
    let below = json!({"Chapter": {"name": "P", "content": format!("[l](../../../lessons/{id}/lesson.md#b)"), "path": "deep/page.md", "sub_items": []}});
    let top =
        json!({"Chapter": {"name": "T", "content": "", "path": "top.md", "sub_items": [below]}});
    let items = json!([top, {"PartTitle": PART}, "Separator", {"PartTitle": "After"}]);
    for list in LISTS {
        let handed = json!([{"renderer": "html"}, {list: items, "more": null}]).to_string();
        let book: Value = serde_json::from_str(&with_lessons(&handed, &course).unwrap()).unwrap();
        let items = book[list].as_array().unwrap();
        let kinds: Vec<&str> = items
            .iter()
            .map(|item| {
                item["Chapter"]["path"]
                    .as_str()
                    .or(item["PartTitle"].as_str())
                    .unwrap_or("-")
            })
            .collect();
        let (first, second) = (path(&course.lessons[0].id), path(&id));
        assert_eq!(kinds, ["top.md", PART, &first, &second, "-", "After"]);
        let page = &items[0]["Chapter"]["sub_items"][0]["Chapter"]["content"];
        assert_eq!(*page, format!("[l](../lessons/{id}.md#b)"));
        let text = items[2]["Chapter"]["content"].as_str().unwrap();
        let links = format!(
            "<p><a href=\"{id}.md#b\">next</a> <a href=\"../deep/page.md#c\">page</a> beside none</p>"
        );
        assert!(text.contains(&links), "{text}");
        assert!(book.get("more").is_some());
    }
}

#[test]
fn what_is_no_book_is_refused() {
    for handed in ["", "{}", "[{}, {}]", "[{}, {\"items\": 3}]", "[1]"] {
        let failure = with_lessons(handed, &built_in()).unwrap_err().to_string();
        assert!(
            failure.starts_with("this is no book as mdBook hands it over"),
            "{failure}"
        );
    }
    assert!(supports("html") && !supports("not-supported"));
}
