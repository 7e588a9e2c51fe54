//! Grades mutants, several at once, and gathers which of them no check noticed.

use std::collections::BTreeSet;
use std::future::Future;
use std::time::{Duration, Instant};

use super::{Mutant, mutants};
use crate::author::batch::{self, Batch, Ground, grade_tree};
use crate::author::draw::draw;
use crate::course::Lesson;
use crate::failure::Failure;
use crate::outcome::{Grade, Status};

/// What became of a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The first task that did not pass.
    Caught {
        /// Its id.
        task: String,
    },
    /// Every task passed, and the course says why that is no fault of its checks.
    Harmless {
        /// The course's reason.
        reason: String,
    },
    /// Every task passed.
    Survived,
    /// It was caught, though the course says that it is harmless.
    CaughtAfterAll,
    /// A check could not be judged, for this reason.
    Unjudged {
        /// The first such check's cause.
        why: String,
    },
}

/// A mutant that was graded.
#[derive(Clone, Debug)]
pub struct Tried {
    /// The lesson's id.
    pub lesson: String,
    /// What was graded.
    pub mutant: Mutant,
    /// What became of it.
    pub fate: Fate,
    /// How long grading took.
    pub took: Duration,
}

/// What trying came to.
#[derive(Clone, Debug)]
pub struct Trials {
    /// All that were tried, in the course's order.
    pub tried: Vec<Tried>,
    /// How many mutants the lessons have.
    pub of: usize,
    /// What lessons call harmless and is no mutant of theirs, after the lesson's id.
    pub unknown: Vec<(String, String)>,
    /// Objects left on the engine; any is a fault of this program.
    pub left: usize,
}

impl Trials {
    /// How many had such a fate.
    pub fn with(&self, fate: impl Fn(&Fate) -> bool) -> usize {
        self.tried.iter().filter(|tried| fate(&tried.fate)).count()
    }

    /// Whether the checks noticed every mutant that is not harmless.
    pub fn holds(&self) -> bool {
        let as_it_should_be =
            |fate: &Fate| matches!(fate, Fate::Caught { .. } | Fate::Harmless { .. });
        self.left == 0 && self.unknown.is_empty() && self.with(as_it_should_be) == self.tried.len()
    }
}

/// Grades the mutants of these lessons; `on` hears of each as it ends.
///
/// # Errors
/// The engine was lost, a workspace could not be written, or `stop` came first.
pub async fn try_out(
    ground: Ground<'_>,
    lessons: &[&Lesson],
    batch: &Batch,
    on: &(dyn Fn(&Tried) + Send + Sync),
    stop: impl Future<Output = ()>,
) -> Result<Trials, Failure> {
    let all = lessons.iter().flat_map(|lesson| {
        let made = mutants(ground.course, lesson).into_iter();
        made.map(move |mutant| (*lesson, mutant))
    });
    let all: Vec<(&Lesson, Mutant)> = all.collect();
    let of = all.len();
    let unknown = unknown(lessons, &all);
    let drawn = batch.sample.as_ref().map(|sample| {
        let names = all
            .iter()
            .map(|(lesson, mutant)| format!("{}/{}", lesson.id, mutant.name));
        draw(names, sample)
    });
    let wanted = |index: usize| {
        drawn
            .as_ref()
            .is_none_or(|drawn: &BTreeSet<usize>| drawn.contains(&index))
    };
    let chosen = all.into_iter().enumerate();
    let chosen = chosen.filter(|(index, _)| wanted(*index));
    let chosen = chosen.map(|(_, one)| one).collect();
    let work = async |(lesson, mutant): (&Lesson, Mutant)| {
        let tried = try_one(ground, lesson, mutant).await?;
        on(&tried);
        Ok(tried)
    };
    let done = batch::each(ground, batch.jobs, chosen, work, stop).await?;
    Ok(Trials {
        tried: done.results,
        of,
        unknown,
        left: done.left,
    })
}

/// What lessons call harmless and is no mutant of theirs.
fn unknown(lessons: &[&Lesson], all: &[(&Lesson, Mutant)]) -> Vec<(String, String)> {
    let is_one = |lesson: &Lesson, name: &str| {
        let mut own = all.iter().filter(|(of, _)| of.id == lesson.id);
        own.any(|(_, mutant)| mutant.name == name)
    };
    let mut found = Vec::new();
    for lesson in lessons {
        let names = lesson.harmless.keys().filter(|name| !is_one(lesson, name));
        found.extend(names.map(|name| (lesson.id.clone(), name.clone())));
    }
    found
}

async fn try_one(ground: Ground<'_>, lesson: &Lesson, mutant: Mutant) -> Result<Tried, Failure> {
    let began = Instant::now();
    let grade = grade_tree(ground, lesson, &mutant.files, &mutant.name).await?;
    let harmless = lesson.harmless.get(&mutant.name).map(String::as_str);
    Ok(Tried {
        lesson: lesson.id.clone(),
        fate: fate(&grade, harmless),
        mutant,
        took: began.elapsed(),
    })
}

/// What a grade says of a mutant.
fn fate(grade: &Grade, harmless: Option<&str>) -> Fate {
    let failed = grade.tasks.iter().find(|task| task.status == Status::Fail);
    let unjudged = grade
        .tasks
        .iter()
        .flat_map(|task| &task.outcomes)
        .find(|outcome| outcome.status == Status::Error);
    let passed = grade.tasks.iter().all(|task| task.status == Status::Pass);
    match (failed, unjudged, harmless) {
        (Some(_), _, Some(_)) => Fate::CaughtAfterAll,
        (Some(task), _, None) => Fate::Caught {
            task: task.id.clone(),
        },
        (None, Some(outcome), _) => Fate::Unjudged {
            why: outcome
                .cause
                .as_ref()
                .map(|cause| cause.rationale.clone())
                .unwrap_or_default(),
        },
        (None, None, Some(reason)) if passed => Fate::Harmless {
            reason: reason.to_owned(),
        },
        (None, None, _) => Fate::Survived,
    }
}
