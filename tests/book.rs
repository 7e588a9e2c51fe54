//! The book: what mdBook is given and gives, and that none of its links is broken.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "support/mod.rs"]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use regex::Regex;
use serde_json::{Value, json};

use support::Test;

fn book() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("book")
}

/// The book as mdBook reads it from its summary, which nests nothing deeper than one step.
fn handed(list: &str) -> Value {
    let line = Regex::new(r"^( *)(?:- )?\[(.+)\]\((.+)\)$").unwrap();
    let mut items: Vec<Value> = Vec::new();
    let summary = fs::read_to_string(book().join("src/SUMMARY.md")).unwrap();
    for text in summary.lines().skip(1).filter(|line| !line.is_empty()) {
        if let Some(part) = text.strip_prefix("# ") {
            items.push(json!({ "PartTitle": part }));
            continue;
        }
        let found = line.captures(text).unwrap_or_else(|| panic!("{text}"));
        let content = fs::read_to_string(book().join("src").join(&found[3])).unwrap();
        let chapter = json!({"Chapter": {
            "name": &found[2], "content": content, "number": null, "sub_items": [],
            "path": &found[3], "source_path": &found[3], "parent_names": [],
        }});
        match found[1].is_empty() {
            true => items.push(chapter),
            false => {
                let above = items.last_mut().unwrap();
                let below = above["Chapter"]["sub_items"].as_array_mut().unwrap();
                below.push(chapter);
            }
        }
    }
    json!([{"root": book(), "renderer": "html", "mdbook_version": "0.0.0"}, {list: items, "__non_exhaustive": null}])
}

/// What the program makes of what it is handed.
fn answered(arguments: &[&str], handed: &str) -> std::process::Output {
    let mut command = Test::new(arguments).command();
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(handed.as_bytes()).unwrap();
    drop(stdin);
    child.wait_with_output().unwrap()
}

/// The book with its lessons.
fn whole(list: &str) -> Value {
    let output = answered(&["dev", "book"], &handed(list).to_string());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Every chapter's text by its file.
fn pages(items: &Value, found: &mut BTreeMap<String, String>) {
    for item in items.as_array().unwrap() {
        let chapter = &item["Chapter"];
        if let Some(path) = chapter["path"].as_str() {
            let content = chapter["content"].as_str().unwrap();
            found.insert(path.to_owned(), content.to_owned());
            pages(&chapter["sub_items"], found);
        }
    }
}

#[test]
fn mdbook_is_answered_in_its_own_protocol() {
    Test::new(&["dev", "book", "supports", "html"]).exits(0);
    Test::new(&["dev", "book", "supports", "not-supported"]).exits(1);
    let (new, old) = (whole("items"), whole("sections"));
    assert_eq!(new["items"], old["sections"]);
    assert_eq!(old["__non_exhaustive"], Value::Null);
    let lessons = fs::read_dir(book().join("../lessons")).unwrap();
    let lessons = lessons.filter(|entry| entry.as_ref().unwrap().path().is_dir());
    let mut found = BTreeMap::new();
    pages(&new["items"], &mut found);
    let chapters = found.keys().filter(|path| path.starts_with("lessons/"));
    assert_eq!(chapters.count(), lessons.count());
    let output = answered(&["dev", "book"], "{}");
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
}

#[test]
fn another_course_makes_another_book() {
    let folder = tempfile::tempdir().unwrap();
    Test::new(&["dev", "new", "knots"])
        .course(folder.path())
        .exits(0);
    let course = folder.path().to_str().unwrap();
    let output = answered(
        &["--course", course, "dev", "book"],
        "[{}, {\"items\": []}]",
    );
    let book: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut found = BTreeMap::new();
    pages(&book["items"], &mut found);
    assert_eq!(found.keys().collect::<Vec<_>>(), ["lessons/knots.md"]);
}

/// Where a page leads, and what can be led to in it.
#[derive(Default)]
struct Ends {
    links: Vec<String>,
    ids: BTreeSet<String>,
}

fn of_html(html: &str, ends: &mut Ends) {
    let attribute = Regex::new(r#"\s(href|src|id)="([^"]*)""#).unwrap();
    for found in attribute.captures_iter(html) {
        match &found[1] {
            "id" => drop(ends.ids.insert(found[2].to_owned())),
            _ => ends.links.push(found[2].to_owned()),
        }
    }
}

/// The name that mdBook gives a heading.
fn slug(words: &str) -> String {
    let words = words
        .trim()
        .to_lowercase()
        .replace(char::is_whitespace, "-");
    words.replace(|c: char| !c.is_alphanumeric() && c != '_' && c != '-', "")
}

fn of_markdown(page: &str) -> Ends {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES;
    let mut ends = Ends::default();
    let mut heading: Option<(Option<String>, String)> = None;
    for event in Parser::new_ext(page, options) {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                ends.links.push(dest_url.into_string());
            }
            Event::Start(Tag::Heading { id, .. }) => {
                heading = Some((id.map(pulldown_cmark::CowStr::into_string), String::new()));
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some((_, words)) = &mut heading {
                    words.push_str(&text);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let (id, words) = heading.take().unwrap();
                ends.ids.insert(id.unwrap_or_else(|| slug(&words)));
            }
            Event::Html(html) | Event::InlineHtml(html) => of_html(&html, &mut ends),
            _ => {}
        }
    }
    ends
}

/// `to`, as it is meant in the file `from`.
fn resolved(from: &str, to: &str) -> String {
    let mut steps: Vec<&str> = from.split('/').collect();
    steps.pop();
    for step in to.split('/') {
        match step {
            "." | "" => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    steps.join("/")
}

/// The links that lead nowhere; `exists` knows the files that are no pages.
fn broken(pages: &BTreeMap<String, Ends>, exists: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for (path, ends) in pages {
        for link in ends.links.iter().filter(|link| !link.contains(':')) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match file.is_empty() {
                true => path.clone(),
                false => resolved(path, file),
            };
            let leads = match pages.get(&target) {
                Some(page) => anchor.is_empty() || page.ids.contains(anchor),
                None => anchor.is_empty() && exists(&target),
            };
            if !leads {
                found.push(format!("{path}: {link}"));
            }
        }
    }
    found
}

#[test]
fn no_link_of_the_book_is_broken_those_of_the_lessons_among_them() {
    let mut found = BTreeMap::new();
    pages(&whole("items")["items"], &mut found);
    let ends = found
        .iter()
        .map(|(path, page)| (path.clone(), of_markdown(page)));
    let ends: BTreeMap<String, Ends> = ends.collect();
    let links: usize = ends.values().map(|page| page.links.len()).sum();
    assert!(links > 30, "{links}");
    assert_eq!(broken(&ends, &|_| false), Vec::<String>::new());
    let source = book().join("src");
    for page in fs::read_dir(&source).unwrap() {
        let name = page.unwrap().file_name().into_string().unwrap();
        assert!(
            name == "SUMMARY.md" || ends.contains_key(&name),
            "{name} is not in the summary"
        );
    }
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let page = |text: &str| of_markdown(text);
    let pages = BTreeMap::from([
        (
            "a.md".to_owned(),
            page(
                "# One two\n\n[x](b/c.md#here) [x](#one-two) [x](d.md) [x](b/c.md#there) ![x](e.png)\n",
            ),
        ),
        (
            "b/c.md".to_owned(),
            page(
                "<p id=\"here\"><a href=\"../a.md\">x</a> <img src=\"../a.png\"></p>\n\n[x](a.md) [x](https://x.example)\n",
            ),
        ),
    ]);
    assert_eq!(
        broken(&pages, &|name| name == "e.png"),
        [
            "a.md: d.md",
            "a.md: b/c.md#there",
            "b/c.md: ../a.png",
            "b/c.md: a.md",
        ]
    );
}

/// Whether there is an mdBook; the test says so where there is none.
fn has_mdbook() -> bool {
    let found = Command::new("mdbook").arg("--version").output().is_ok();
    if !found {
        // Past the test harness, which keeps what a passing test prints to itself.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED, no `mdbook` here: the book is not built"
        );
    }
    found
}

#[test]
fn the_book_that_mdbook_builds_has_every_page_and_no_broken_link() {
    if !has_mdbook() {
        return;
    }
    let out = tempfile::tempdir().unwrap();
    let program = format!("{} dev book", env!("CARGO_BIN_EXE_sealegs"));
    let built = Command::new("mdbook")
        .arg("build")
        .arg(book())
        .arg("--dest-dir")
        .arg(out.path())
        .env("MDBOOK_PREPROCESSOR__SEALEGS__COMMAND", program)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{said}");
    assert!(!said.contains("WARN") && !said.contains("ERROR"), "{said}");
    let mut pages = BTreeMap::new();
    for folder in ["", "lessons"] {
        for entry in fs::read_dir(out.path().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path
                .strip_prefix(out.path())
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            // The page of a server that does not find one: its links are of the site's root.
            if name.ends_with(".html") && name != "404.html" {
                let mut ends = Ends::default();
                of_html(&fs::read_to_string(&path).unwrap(), &mut ends);
                pages.insert(name, ends);
            }
        }
    }
    let lessons = pages
        .keys()
        .filter(|name| name.starts_with("lessons/"))
        .count();
    assert!(lessons >= 18, "{lessons}");
    let exists = |name: &str| out.path().join(name).exists();
    assert_eq!(broken(&pages, &exists), Vec::<String>::new());
}
