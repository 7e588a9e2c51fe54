//! Passes, skips, hints and workspaces as plain values, with the few changes that can be made to them.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use sha2::{Digest as _, Sha256};

use crate::course::{Course, Lesson};

/// What a learner has done in one course. Lessons and tasks that the course does not know (any more) are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The lesson the learner is at.
    pub current: Option<String>,
    /// By lesson.
    pub lessons: IndexMap<String, LessonProgress>,
}

/// What a learner has done in one lesson.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LessonProgress {
    /// Where they work on it.
    pub workspace: Option<Workspace>,
    /// When they chose to leave it out.
    pub skipped: Option<String>,
    /// By task.
    pub tasks: IndexMap<String, TaskProgress>,
}

/// A lesson's workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// The folder, whole and without links.
    pub folder: PathBuf,
    /// Whether it was made for the lesson: all that is in it belongs to it.
    pub made: bool,
}

/// What a learner has done for one task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskProgress {
    /// When it first passed, in UTC. It never stops having passed.
    pub passed: Option<String>,
    /// Fingerprints of the hints that were given.
    pub hints: Vec<String>,
}

impl Progress {
    /// What was done in a lesson; nothing where it was never begun.
    pub fn lesson(&self, lesson: &str) -> LessonProgress {
        self.lessons.get(lesson).cloned().unwrap_or_default()
    }

    /// What was done in a lesson, to be changed.
    pub fn lesson_mut(&mut self, lesson: &str) -> &mut LessonProgress {
        self.lessons.entry(lesson.to_owned()).or_default()
    }

    /// The tasks of a lesson that have passed, by name.
    pub fn passed(&self, lesson: &Lesson) -> Vec<String> {
        let names = lesson.outline().into_iter().map(|task| task.id);
        names
            .filter(|task| self.has_passed(&lesson.id, task))
            .collect()
    }

    /// Whether a task has passed.
    pub fn has_passed(&self, lesson: &str, task: &str) -> bool {
        let task = self.lessons.get(lesson).and_then(|it| it.tasks.get(task));
        task.is_some_and(|task| task.passed.is_some())
    }

    /// Whether every task of a lesson has passed, bonus tasks aside.
    pub fn is_done(&self, lesson: &Lesson) -> bool {
        let outline = lesson.outline();
        let mut tasks = outline.iter().filter(|task| !task.bonus);
        tasks.all(|task| self.has_passed(&lesson.id, &task.id))
    }

    /// Whether a lesson was left out on purpose.
    pub fn is_skipped(&self, lesson: &str) -> bool {
        let lesson = self.lessons.get(lesson);
        lesson.is_some_and(|lesson| lesson.skipped.is_some())
    }

    /// Points for the tasks of a lesson that have passed, bonus included.
    pub fn points(&self, lesson: &Lesson) -> u32 {
        let outline = lesson.outline();
        let passed = outline
            .iter()
            .filter(|task| self.has_passed(&lesson.id, &task.id));
        passed.map(|task| task.points).sum()
    }

    /// Notes that a task passed; the first time counts. Tells whether this was it.
    pub fn pass(&mut self, lesson: &str, task: &str, when: &str) -> bool {
        let task = self
            .lesson_mut(lesson)
            .tasks
            .entry(task.to_owned())
            .or_default();
        let first = task.passed.is_none();
        task.passed.get_or_insert_with(|| when.to_owned());
        first
    }

    /// Notes where a lesson is worked on, and that it is the one the learner is at.
    pub fn work_in(&mut self, lesson: &str, workspace: Workspace) {
        let it = self.lesson_mut(lesson);
        // A folder that was made for the lesson stays so when it is looked at again.
        let known = it.workspace.as_ref();
        let made = known.is_some_and(|known| known.made && known.folder == workspace.folder);
        it.workspace = Some(Workspace {
            made: made || workspace.made,
            ..workspace
        });
        it.skipped = None;
        self.current = Some(lesson.to_owned());
    }

    /// The lesson whose workspace a folder is, or is in: the innermost, of several the one the learner is at.
    pub fn lesson_at(&self, folder: &Path) -> Option<(&str, &Path)> {
        let around = self.lessons.iter().filter_map(|(id, lesson)| {
            let workspace = lesson.workspace.as_ref()?.folder.as_path();
            folder
                .starts_with(workspace)
                .then_some((id.as_str(), workspace))
        });
        around.max_by_key(|(id, workspace)| {
            let is_current = self.current.as_deref() == Some(*id);
            (workspace.components().count(), is_current)
        })
    }

    /// The lesson to go on with: the one the learner is at until it is done, then the next that is neither done nor
    /// skipped, from there on and around.
    pub fn next<'a>(&self, course: &'a Course) -> Option<&'a Lesson> {
        let at = self
            .current
            .as_deref()
            .and_then(|id| course.lessons.iter().position(|lesson| lesson.id == id))
            .unwrap_or(0);
        let (before, from) = course.lessons.split_at(at);
        let open = |lesson: &&Lesson| !self.is_done(lesson) && !self.is_skipped(&lesson.id);
        from.iter().chain(before).find(open)
    }

    /// Takes over what another progress has and this one lacks: passes and hints of both count.
    pub fn merge(&mut self, other: Self) {
        for (id, theirs) in other.lessons {
            let ours = self.lessons.entry(id).or_default();
            for (id, task) in theirs.tasks {
                let known = ours.tasks.entry(id).or_default();
                known.passed = match (known.passed.take(), task.passed) {
                    (Some(ours), Some(theirs)) => Some(ours.min(theirs)),
                    (ours, theirs) => ours.or(theirs),
                };
                let new = task.hints.into_iter();
                let new: Vec<_> = new.filter(|hint| !known.hints.contains(hint)).collect();
                known.hints.extend(new);
            }
            ours.skipped = ours.skipped.take().or(theirs.skipped);
            // A folder of another machine may not be here, or be something else: none of its files are the lesson's.
            let workspace = theirs.workspace.filter(|it| it.folder.is_dir());
            let workspace = workspace.map(|it| Workspace { made: false, ..it });
            ours.workspace = ours.workspace.take().or(workspace);
        }
        self.current = self.current.take().or(other.current);
    }
}

/// By what a hint is known again, in a newer course too: its words.
pub(super) fn fingerprint(says: &str) -> String {
    let digest = Sha256::digest(says.trim().as_bytes());
    digest[..4]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

impl TaskProgress {
    /// Whether a hint was given.
    pub fn knows(&self, says: &str) -> bool {
        self.hints.contains(&fingerprint(says))
    }

    /// Notes that a hint was given.
    pub fn hinted(&mut self, says: &str) {
        if !self.knows(says) {
            self.hints.push(fingerprint(says));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(folder: &str) -> Workspace {
        Workspace {
            folder: folder.into(),
            made: true,
        }
    }

    #[test]
    fn the_first_pass_counts_and_stays() {
        let mut progress = Progress::default();
        assert!(progress.pass("a", "t", "2026-01-01T00:00:00Z"));
        assert!(!progress.pass("a", "t", "2026-01-02T00:00:00Z"));
        let passed = progress.lesson("a").tasks["t"].passed.clone();
        assert_eq!(passed.as_deref(), Some("2026-01-01T00:00:00Z"));
    }

    #[test]
    fn a_lesson_is_found_from_any_folder_of_its_workspace() {
        let mut progress = Progress::default();
        progress.work_in("outer", at("/w"));
        progress.work_in("inner", at("/w/inner"));
        let found = |folder: &str| progress.lesson_at(Path::new(folder)).map(|(id, _)| id);
        assert_eq!(found("/w/src/deep"), Some("outer"));
        assert_eq!(found("/w/inner/app"), Some("inner"));
        assert_eq!(found("/w-other"), None);
    }

    #[test]
    fn of_lessons_that_share_a_workspace_the_current_one_is_meant() {
        let mut progress = Progress::default();
        for lesson in ["a", "b", "a"] {
            progress.work_in(lesson, at("/w"));
        }
        let found = progress.lesson_at(Path::new("/w"));
        assert_eq!(found.map(|(id, _)| id), Some("a"));
    }

    #[test]
    fn merging_loses_nothing_of_either_side() {
        let (mut ours, mut theirs) = (Progress::default(), Progress::default());
        ours.pass("a", "both", "2026-02-02T00:00:00Z");
        theirs.pass("a", "both", "2026-01-01T00:00:00Z");
        theirs.pass("gone", "task", "2026-01-01T00:00:00Z");
        theirs.work_in("a", at("/not/on/this/machine"));
        let task = ours.lesson_mut("a").tasks.entry("both".into()).or_default();
        task.hinted("look at the log");
        ours.merge(theirs);
        let both = &ours.lesson("a").tasks["both"];
        assert_eq!(both.passed.as_deref(), Some("2026-01-01T00:00:00Z"));
        assert!(both.knows("look at the log"));
        assert!(ours.has_passed("gone", "task"));
        assert_eq!(ours.lesson("a").workspace, None);
    }

    #[test]
    fn a_folder_that_somebody_elses_file_names_is_not_ours_to_empty() {
        let folder = tempfile::tempdir().unwrap();
        let (mut ours, mut theirs) = (Progress::default(), Progress::default());
        theirs.work_in("a", at(folder.path().to_str().unwrap()));
        ours.merge(theirs);
        assert!(ours.lesson("a").workspace.is_some_and(|it| !it.made));
    }

    #[test]
    fn the_next_lesson_is_the_current_one_until_it_is_done() {
        let course = Course::built_in().unwrap();
        let ids: Vec<&str> = course
            .lessons
            .iter()
            .map(|lesson| lesson.id.as_str())
            .collect();
        let mut progress = Progress::default();
        let next = |progress: &Progress| progress.next(&course).map(|lesson| lesson.id.clone());
        assert_eq!(next(&progress).as_deref(), Some(ids[0]));
        progress.work_in(ids[1], at("/w"));
        assert_eq!(next(&progress).as_deref(), Some(ids[1]));
        for task in course.lessons[1].tasks.iter() {
            progress.pass(ids[1], &task.id, "2026-01-01T00:00:00Z");
        }
        assert_eq!(next(&progress).as_deref(), Some(ids[2]));
        for id in &ids[2..] {
            progress.lesson_mut(id).skipped = Some("2026-01-01T00:00:00Z".into());
        }
        assert_eq!(next(&progress).as_deref(), Some(ids[0]));
    }
}
