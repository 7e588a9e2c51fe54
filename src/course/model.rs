//! A checked course: what the rest of the program knows of it. No file's shape, no YAML.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use indexmap::IndexMap;
#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;

use super::late::Late;
use super::source::Source;
use super::spec::Spec;
use super::value::WorkspacePath;

/// All lessons with their checks, free of faults.
#[derive(Clone, Debug)]
pub struct Course {
    /// The name that progress is kept under.
    pub id: String,
    /// The course's title.
    pub title: String,
    /// The course's own version, as its author counts.
    pub version: String,
    /// Lessons in their order.
    pub lessons: Vec<Lesson>,
    /// Images the course's workspaces may start from.
    pub images: Vec<CourseImage>,
    pub(super) source: Arc<Source>,
    pub(super) hash: OnceLock<String>,
}

/// An image the course names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CourseImage {
    /// The name the course's own files use: `python:3.13-slim`.
    pub name: String,
    /// Other names of the same image that a learner may write: `python:3.13`, `python:3-slim`.
    pub aliases: Vec<String>,
}

/// One lesson.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// Its folder's name, as learners type it.
    pub id: String,
    /// Its title.
    pub title: String,
    /// How long it takes, in minutes.
    pub minutes: u32,
    /// Lessons that come before it.
    pub needs: Vec<String>,
    /// Names of the course images it needs.
    pub images: Vec<String>,
    /// The lesson's text in Markdown, without the front matter.
    pub text: String,
    /// Tasks in their order.
    pub tasks: Late<Vec<Task>>,
    /// What they are worth, where that is known without reading them.
    pub(super) outline: Option<Vec<TaskOutline>>,
    /// What the learner's workspace begins with.
    pub starter: Tree,
    /// The reference answer.
    pub solution: Tree,
    /// Known wrong answers, in the order of their names.
    pub mistakes: Late<Vec<Mistake>>,
    /// Small changes to the solution that are not wrong, as `sealegs dev mutants` names them, with the reason.
    pub harmless: Late<IndexMap<String, String>>,
}

/// What a task is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskOutline {
    /// Its key in the check file.
    pub id: String,
    /// Points for all its checks together.
    pub points: u32,
    /// Whether its points come on top of the lesson's total.
    pub bonus: bool,
}

/// One thing the learner is asked to do.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its key in the check file.
    pub id: String,
    /// What to do, as one line.
    pub title: String,
    /// Points for all its checks together.
    pub points: u32,
    /// Whether its points come on top of the lesson's total.
    pub bonus: bool,
    /// Whether it holds on the starter already.
    pub already_done: bool,
    /// When it is judged.
    pub at: When,
    /// Tasks that must have passed.
    pub needs: Vec<String>,
    /// What its checks look at.
    pub with: With,
    /// Hints, from a nudge to nearly the answer.
    pub hints: Vec<Hint>,
    /// Its checks, in order.
    pub checks: Vec<Check>,
    /// Why it works, shown once it has passed.
    pub why: Option<String>,
}

/// Help on a task, for a learner who asks.
#[derive(Clone, Debug, PartialEq)]
pub struct Hint {
    /// What must be seen for it, all of these; nothing where it is always of use.
    pub when: Vec<Check>,
    /// What it says, in Markdown.
    pub says: String,
}

/// What a task's checks look at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct With {
    /// The image built from the workspace, where the task has one.
    pub build: Option<BuildWith>,
    /// One container of that image, where a check needs it started.
    pub container: Option<ContainerWith>,
}

/// How the workspace is built.
#[derive(Clone, Debug, PartialEq)]
pub struct BuildWith {
    /// The context's folder in the workspace; `.` is the workspace itself.
    pub context: WorkspacePath,
    /// The Dockerfile, relative to the context.
    pub dockerfile: WorkspacePath,
    /// The stage to build instead of the final one.
    pub target: Option<String>,
    /// Build arguments.
    pub args: IndexMap<String, String>,
}

/// How the task's container is started.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContainerWith {
    /// Arguments after the image's name, in place of CMD.
    pub args: Option<Vec<String>>,
    /// Environment variables.
    pub env: IndexMap<String, String>,
    /// The user to run as, in place of the image's.
    pub user: Option<String>,
    /// Container ports published on free ports of the host's loopback address.
    pub publish: Vec<u16>,
}

/// One verifiable statement about a submission.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// Unique in its task; given, or the kind's name.
    pub id: String,
    /// What it states, for people, where the author says it better than the expectation does.
    pub title: Option<String>,
    /// Its share of the task's points, against the other checks' weights.
    pub weight: u32,
    /// Checks of the same task that must have passed.
    pub needs: Vec<String>,
    /// What to try when it fails.
    pub help: Option<String>,
    /// The expectation.
    pub spec: Spec,
}

/// A known wrong answer and the check that must catch it.
#[derive(Clone, Debug)]
pub struct Mistake {
    /// Its folder's name.
    pub id: String,
    /// What people do wrong here, in a sentence.
    pub why: String,
    /// The task of the check that must catch it.
    pub task: String,
    /// The check that must catch it.
    pub check: String,
    /// The status that check must have: `fail`, or `error` where the fault is not the learner's.
    pub status: crate::outcome::Status,
    /// The solution with the mistake's files over it and what it removes taken away.
    pub files: Tree,
}

/// Files by their relative path with slashes, in the order of the paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// Path → content and mode.
    pub files: IndexMap<String, TreeFile>,
}

/// One file of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeFile {
    /// Its bytes.
    pub content: Bytes,
    /// Whether it may be executed.
    pub executable: bool,
}

impl Course {
    /// SHA-256 over every file of the course, in hex: two grades with the same hash used the same course.
    pub fn hash(&self) -> &str {
        self.hash.get_or_init(|| self.source.hash())
    }

    /// Its files by their path with slashes, as they were written.
    pub fn files(&self) -> impl Iterator<Item = (&str, &Bytes)> {
        self.source.below("")
    }

    /// Whether it is what learners get, without solutions and known mistakes.
    pub fn is_pack(&self) -> bool {
        let mut lessons = self.lessons.iter();
        lessons.any(|lesson| lesson.solution.files.is_empty())
    }

    /// The lesson with this id.
    pub fn lesson(&self, id: &str) -> Option<&Lesson> {
        self.lessons.iter().find(|lesson| lesson.id == id)
    }
}

/// When a task is judged, of what the learner does command by command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// After every command: it is done the moment it holds, and stays done.
    #[default]
    AnyTime,
    /// After the last command: it must hold then.
    End,
}

impl Task {
    /// Whether it is judged after every command: it looks at what the learner made, and does nothing besides.
    pub fn is_judged_underway(&self) -> bool {
        self.at == When::AnyTime
            && self.with.build.is_none()
            && self.looks_at_sandbox()
            && !self.checks.iter().any(|check| check.spec.acts())
    }

    /// Whether a check of it looks at what the learner made.
    pub fn looks_at_sandbox(&self) -> bool {
        let looks = |check: &Check| check.spec.looks_at_sandbox(&self.with);
        self.checks.iter().any(looks)
    }
}

impl Lesson {
    /// Whether a task of it looks at what the learner made, so that it needs a sandbox.
    pub fn needs_sandbox(&self) -> bool {
        self.tasks.iter().any(Task::looks_at_sandbox)
    }

    /// The task with this id.
    pub fn task(&self, id: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.id == id)
    }

    /// The lesson with this task alone, and those it needs.
    #[must_use]
    pub fn part(&self, task: &str) -> Self {
        let mut wanted = vec![task];
        let mut next = 0;
        while let Some(id) = wanted.get(next) {
            let needs = self.task(id).map(|task| task.needs.as_slice());
            for need in needs.unwrap_or_default() {
                if !wanted.contains(&need.as_str()) {
                    wanted.push(need);
                }
            }
            next += 1;
        }
        let tasks = self.tasks.iter();
        let tasks = tasks.filter(|task| wanted.contains(&task.id.as_str()));
        Self {
            tasks: Late::from(tasks.cloned().collect::<Vec<_>>()),
            ..self.clone()
        }
    }

    /// What its tasks are worth, in their order.
    pub fn outline(&self) -> Vec<TaskOutline> {
        let of = |task: &Task| TaskOutline {
            id: task.id.clone(),
            points: task.points,
            bonus: task.bonus,
        };
        match (self.tasks.known(), &self.outline) {
            (None, Some(outline)) => outline.clone(),
            _ => self.tasks.iter().map(of).collect(),
        }
    }

    /// Points to be had without bonus tasks.
    pub fn points(&self) -> u32 {
        let outline = self.outline().into_iter();
        let counted = outline.filter(|task| !task.bonus);
        counted.map(|task| task.points).sum()
    }
}
