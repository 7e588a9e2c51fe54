//! The learner's seat as plain state: what happens goes in, what is to be done comes out. No terminal, no engine,
//! no file is touched here, so all of it can be tested without them.

mod event;
mod turn;

pub use event::{Effect, Event, Face, Looked, Show, Why};

use crate::course::{Lesson, Task};
use crate::outcome::{Cause, Status, TaskGrade};
use crate::progress::{Progress, TaskProgress};

use super::page::TaskState;

/// A lesson that is being done.
pub struct Seat<'l> {
    /// The lesson.
    pub lesson: &'l Lesson,
    /// How it is shown.
    pub face: Face,
    /// Tasks in the lesson's order.
    pub tasks: Vec<Standing<'l>>,
    /// Why the look that is on its way was begun; `None` where none is.
    pub looking: Option<Why>,
    /// What the last look was begun for, in words.
    pub because: String,
    /// Whether the look that is on its way was begun without anybody having done anything.
    unasked: bool,
    /// What every screen says until it is otherwise: a source that does not work, an engine that does not answer.
    pub note: Option<String>,
    /// The task whose text was shown last.
    pub read: Option<String>,
    /// Whether the current task came up by itself, and the learner has done nothing for it yet.
    fresh: bool,
    /// What was said of the current task last, so that it is not said twice.
    said: Option<Said>,
    /// How many looks in a row could not be done.
    tries: u32,
}

/// How one task stands.
pub struct Standing<'l> {
    /// The task.
    pub task: &'l Task,
    /// What was done for it so far.
    pub progress: TaskProgress,
    /// What the last look found.
    pub grade: Option<TaskGrade>,
}

/// A task's outcomes without the times they took.
type Said = (String, Vec<(String, Status, Option<Cause>)>);

impl<'l> Seat<'l> {
    /// Takes the seat, with what was done before.
    pub fn new(lesson: &'l Lesson, progress: &Progress, face: Face) -> Self {
        let done = progress.lesson(&lesson.id).tasks;
        let standing = |task: &'l Task| Standing {
            task,
            progress: done.get(&task.id).cloned().unwrap_or_default(),
            grade: None,
        };
        Self {
            lesson,
            face,
            tasks: lesson.tasks.iter().map(standing).collect(),
            looking: None,
            because: String::new(),
            unasked: false,
            note: None,
            read: None,
            fresh: false,
            said: None,
            tries: 0,
        }
    }

    /// The task the learner is at: the first open one whose needs have passed.
    pub fn current(&self) -> Option<&Standing<'l>> {
        let mut open = self.tasks.iter().filter(|it| !it.has_passed());
        let first = open.clone().next();
        let ready = |it: &&Standing<'l>| it.task.needs.iter().all(|need| self.has_passed(need));
        open.find(ready).or(first)
    }

    /// Whether every task has passed, bonus tasks aside.
    pub fn is_done(&self) -> bool {
        self.tasks.iter().all(|it| it.has_passed() || it.task.bonus)
    }

    /// The tasks that have not passed.
    pub fn open(&self) -> Vec<&'l Task> {
        let open = self.tasks.iter().filter(|it| !it.has_passed());
        open.map(|it| it.task).collect()
    }

    /// Points for what has passed.
    pub fn points(&self) -> u32 {
        let passed = self.tasks.iter().filter(|it| it.has_passed());
        passed.map(|it| it.task.points).sum()
    }

    /// How many tasks have passed.
    pub fn passed(&self) -> usize {
        self.tasks.iter().filter(|it| it.has_passed()).count()
    }

    /// The keys that do something now, each with what it does.
    pub fn keys(&self) -> Vec<(char, &'static str)> {
        let mut keys = Vec::new();
        let done = self.is_done();
        let guided = matches!(self.face, Face::Guided | Face::Lab);
        if guided && done {
            keys.push(('n', "next lesson"));
            if !self.lesson.solution.files.is_empty() {
                keys.push(('s', "solution"));
            }
        }
        let current = self.current().map(|current| &current.task.id);
        if guided && current.is_some() && current != self.read.as_ref() {
            keys.push(('n', "next task"));
        }
        let unread = guided && current != self.read.as_ref();
        if self.hint().is_some() && !unread {
            keys.push(('h', "hint"));
        }
        if guided {
            keys.push(('t', "text"));
        }
        if !self.open().is_empty() {
            keys.push(('c', "check now"));
        }
        if guided {
            keys.push(('e', "editor"));
            keys.push(('l', "lessons"));
            keys.push(('?', "keys"));
        }
        keys.push(('q', "leave"));
        keys
    }

    /// The lesson's part that a look at these tasks needs: needs that have passed are met for good.
    pub fn part(&self, tasks: &[String]) -> Lesson {
        let mut part = self.lesson.clone();
        part.tasks.retain(|task| tasks.contains(&task.id));
        for task in part.tasks.iter_mut() {
            task.needs.retain(|need| tasks.contains(need));
        }
        part
    }

    /// How a task stands.
    pub fn standing(&self, id: &str) -> Option<&Standing<'l>> {
        self.tasks.iter().find(|it| it.task.id == id)
    }

    fn has_passed(&self, id: &str) -> bool {
        self.standing(id).is_some_and(Standing::has_passed)
    }
}

impl Standing<'_> {
    /// Whether it has passed, now or before.
    pub fn has_passed(&self) -> bool {
        self.progress.passed.is_some()
    }

    /// Its mark: what has passed stays so.
    pub fn state(&self) -> TaskState {
        match (&self.grade, self.has_passed()) {
            (_, true) => TaskState::Judged(Status::Pass),
            (Some(grade), false) => TaskState::Judged(grade.status),
            (None, false) => TaskState::Open,
        }
    }

    fn said(&self) -> Option<Said> {
        let grade = self.grade.as_ref()?;
        let outcomes = grade.outcomes.iter();
        let outcomes =
            outcomes.map(|outcome| (outcome.id.clone(), outcome.status, outcome.cause.clone()));
        Some((self.task.id.clone(), outcomes.collect()))
    }
}
