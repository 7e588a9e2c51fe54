//! Course files read one by one: each a tree with places and what it was read into, or its faults.

use serde::de::DeserializeOwned;

use super::fault::{Fault, Page};
use super::load::Trust;
use super::model::{Task, Tree};
use super::node::{At, Node, Place};
use super::schema::{self, SchemaOf};
use super::shape::{ChecksShape, CourseShape, FrontMatterShape, HarmlessShape, MistakeShape};
use super::source::Source;
use super::{parse, tasks, validate};

/// Something read from a file, with what a later fault needs to point at its place.
#[derive(Debug)]
pub(super) struct Written<T> {
    pub(super) file: String,
    pub(super) text: String,
    pub(super) node: Node,
    pub(super) value: T,
}

impl<T> Written<T> {
    /// The file, to quote from.
    pub(super) fn page(&self) -> Page<'_> {
        Page {
            file: &self.file,
            text: &self.text,
        }
    }

    /// The top of the file's tree.
    pub(super) fn at(&self) -> At<'_> {
        At::top(&self.node)
    }

    /// The same file, read into something else.
    pub(super) fn with<U>(self, value: U) -> Written<U> {
        Written {
            file: self.file,
            text: self.text,
            node: self.node,
            value,
        }
    }
}

/// Everything of one lesson, each file where it is there and has no fault of its own.
#[derive(Debug)]
pub(super) struct LessonFiles {
    pub(super) id: String,
    pub(super) head: Option<Written<FrontMatterShape>>,
    pub(super) body: String,
    pub(super) tasks: Option<Written<Vec<Task>>>,
    pub(super) starter: Tree,
    pub(super) solution: Tree,
    pub(super) mistakes: Vec<MistakeFiles>,
    pub(super) harmless: Option<Written<HarmlessShape>>,
}

/// Everything of one known wrong answer.
#[derive(Debug)]
pub(super) struct MistakeFiles {
    pub(super) id: String,
    pub(super) about: Option<Written<MistakeShape>>,
    pub(super) over: Tree,
}

/// Reads files of a source, collecting faults.
pub(super) struct Reader<'a> {
    pub(super) source: &'a Source,
    pub(super) faults: &'a mut Vec<Fault>,
    pub(super) trust: Trust,
}

impl Reader<'_> {
    /// Reads `lessons/course.yaml`.
    pub(super) fn course(&mut self) -> Option<Written<CourseShape>> {
        self.yaml(super::layout::COURSE, SchemaOf::Course)
    }

    /// Reads all of a lesson.
    pub(super) fn lesson(&mut self, id: &str) -> LessonFiles {
        let (head, body) = self.page(id);
        LessonFiles {
            id: id.to_owned(),
            head,
            body,
            tasks: self.tasks(id),
            starter: self.starter(id),
            solution: self.solution(id),
            mistakes: self.mistakes(id),
            harmless: self.harmless(id),
        }
    }

    /// A lesson's front matter, and the Markdown below it.
    pub(super) fn page(&mut self, id: &str) -> (Option<Written<FrontMatterShape>>, String) {
        self.head_and_body(&format!("lessons/{id}/lesson.md"))
    }

    /// A lesson's tasks.
    pub(super) fn tasks(&mut self, id: &str) -> Option<Written<Vec<Task>>> {
        let checks = format!("checks/{id}.yaml");
        let checks: Option<Written<ChecksShape>> = self.yaml(&checks, SchemaOf::Checks);
        checks.and_then(|checks| tasks::read(checks, self.faults))
    }

    /// What a lesson's workspace begins with.
    pub(super) fn starter(&self, id: &str) -> Tree {
        Tree::of(self.source, &format!("lessons/{id}/starter/"))
    }

    /// A lesson's reference answer.
    pub(super) fn solution(&self, id: &str) -> Tree {
        Tree::of(self.source, &format!("lessons/{id}/solution/"))
    }

    /// A lesson's known wrong answers.
    pub(super) fn mistakes(&mut self, id: &str) -> Vec<MistakeFiles> {
        let names = super::layout::mistakes(self.source, id).into_iter();
        names.map(|name| self.mistake(id, name)).collect()
    }

    fn mistake(&mut self, lesson: &str, id: String) -> MistakeFiles {
        let folder = format!("lessons/{lesson}/mistakes/{id}");
        MistakeFiles {
            about: self.yaml(&format!("{folder}/mistake.yaml"), SchemaOf::Mistake),
            over: Tree::of(self.source, &format!("{folder}/files/")),
            id,
        }
    }

    /// The changes to a lesson's solution that are not wrong, where it has any.
    pub(super) fn harmless(&mut self, id: &str) -> Option<Written<HarmlessShape>> {
        let file = format!("lessons/{id}/harmless.yaml");
        self.source.get(&file)?;
        self.yaml(&file, SchemaOf::Harmless)
    }

    /// A file's text; a fault where it is not there or not UTF-8.
    fn text(&mut self, file: &str) -> Option<String> {
        let Some(bytes) = self.source.get(file) else {
            self.faults
                .push(Fault::of_file(file, "there is no such file"));
            return None;
        };
        match std::str::from_utf8(bytes) {
            Ok(text) => Some(text.trim_start_matches('\u{feff}').to_owned()),
            Err(_) => {
                self.faults
                    .push(Fault::of_file(file, "this is not UTF-8 text"));
                None
            }
        }
    }

    fn yaml<T: DeserializeOwned>(&mut self, file: &str, of: SchemaOf) -> Option<Written<T>> {
        let text = self.text(file)?;
        let whole = text.clone();
        self.part(file, text, &whole, 0, of)
    }

    fn head_and_body(&mut self, file: &str) -> (Option<Written<FrontMatterShape>>, String) {
        let Some(text) = self.text(file) else {
            return (None, String::new());
        };
        let Some((head, body)) = halves(&text) else {
            let page = Page { file, text: &text };
            let message =
                "a lesson begins with a line `---`, its front matter and another line `---`";
            self.faults.push(page.fault(Place::START, message));
            return (None, String::new());
        };
        if body.trim().is_empty() {
            self.faults
                .push(Fault::of_file(file, "the lesson has no text"));
        }
        let (head, body) = (head.to_owned(), body.to_owned());
        (self.part(file, text, &head, 1, SchemaOf::FrontMatter), body)
    }

    fn part<T: DeserializeOwned>(
        &mut self,
        file: &str,
        text: String,
        part: &str,
        above: usize,
        of: SchemaOf,
    ) -> Option<Written<T>> {
        let before = self.faults.len();
        let page = Page { file, text: &text };
        let node = parse::yaml(page, part, above, self.faults)?;
        if self.trust == Trust::None {
            validate::validate(page, &node, schema::kept(of), self.faults);
        }
        if self.faults.len() > before {
            return None;
        }
        match serde_json::from_value(node.to_json()) {
            Ok(value) => Some(Written {
                file: file.to_owned(),
                text,
                node,
                value,
            }),
            Err(error) => {
                let message = format!(
                    "this fits the schema and cannot be read, which is a fault of ours: {error}"
                );
                self.faults.push(Fault::of_file(file, message));
                None
            }
        }
    }
}

/// Front matter and body of a Markdown page.
fn halves(text: &str) -> Option<(&str, &str)> {
    let mut lines = text.split_inclusive('\n');
    let first = lines.next().filter(|line| line.trim_end() == "---")?;
    let mut end = first.len();
    for line in lines {
        if line.trim_end() == "---" {
            return Some((&text[first.len()..end], &text[end + line.len()..]));
        }
        end += line.len();
    }
    None
}
