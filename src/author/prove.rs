//! Grades every starter, solution and mistake of a course, several at once, and gathers what is not as it should be.

use std::future::Future;
use std::time::{Duration, Instant};

use crate::course::{Lesson, Mistake, Tree};
use crate::failure::Failure;
use crate::outcome::{Grade, Status};
use crate::text::count;

use super::batch::{self, Batch, Ground, grade_tree};
use super::draw::{Sample, draw};
use super::verdicts;

/// One submission the course itself brings.
#[derive(Clone, Debug)]
pub struct Case {
    /// The lesson's id.
    pub lesson: String,
    /// Which of its submissions.
    pub kind: CaseKind,
    /// What is not as it should be; nothing for a case that holds.
    pub faults: Vec<String>,
    /// Whether a check could not be judged: then the engine may be to blame.
    pub errors: bool,
    /// How long grading took.
    pub took: Duration,
}

/// The three kinds of submission a course brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaseKind {
    /// What the learner begins with.
    Starter,
    /// The reference answer.
    Solution,
    /// A known wrong answer, by its name.
    Mistake(String),
}

/// What proving a course came to.
#[derive(Clone, Debug)]
pub struct Proof {
    /// All cases, in the course's order.
    pub cases: Vec<Case>,
    /// Objects left on the engine; any is a fault of this program.
    pub left: usize,
}

impl Proof {
    /// Whether everything is as it should be.
    pub fn holds(&self) -> bool {
        self.left == 0 && self.cases.iter().all(|case| case.faults.is_empty())
    }
}

/// Proves these lessons; `on` hears of each case as it ends. A sample is one of the mistakes: starters and solutions are
/// always graded.
///
/// # Errors
/// The engine was lost, a workspace could not be written, or `stop` came first.
pub async fn prove(
    ground: Ground<'_>,
    lessons: &[&Lesson],
    batch: &Batch,
    on: &(dyn Fn(&Case) + Send + Sync),
    stop: impl Future<Output = ()>,
) -> Result<Proof, Failure> {
    let cases = sampled(lessons, batch.sample.as_ref());
    let work = async |(lesson, what): (&Lesson, What<'_>)| {
        let case = prove_one(ground, lesson, &what).await?;
        on(&case);
        Ok(case)
    };
    let done = batch::each(ground, batch.jobs, cases, work, stop).await?;
    Ok(Proof {
        cases: done.results,
        left: done.left,
    })
}

enum What<'a> {
    Starter(&'a Tree),
    Solution(&'a Tree),
    Mistake(&'a Mistake),
}

fn cases(lesson: &Lesson) -> Vec<(&Lesson, What<'_>)> {
    let own = [
        What::Starter(&lesson.starter),
        What::Solution(&lesson.solution),
    ];
    let mistakes = lesson.mistakes.iter().map(What::Mistake);
    own.into_iter()
        .chain(mistakes)
        .map(|what| (lesson, what))
        .collect()
}

/// The submissions of these lessons, with the mistakes that are drawn.
fn sampled<'a>(lessons: &[&'a Lesson], sample: Option<&Sample>) -> Vec<(&'a Lesson, What<'a>)> {
    let all: Vec<_> = lessons.iter().flat_map(|lesson| cases(lesson)).collect();
    let Some(sample) = sample else {
        return all;
    };
    let is_mistake = |(_, what): &&(&Lesson, What<'_>)| matches!(what, What::Mistake(_));
    let names = all
        .iter()
        .filter(is_mistake)
        .map(|(lesson, what)| match what {
            What::Mistake(mistake) => format!("{}/{}", lesson.id, mistake.id),
            What::Starter(_) | What::Solution(_) => lesson.id.clone(),
        });
    let drawn = draw(names, sample);
    let mut mistakes = 0;
    let kept = all.into_iter().filter(|case| {
        if !is_mistake(&case) {
            return true;
        }
        mistakes += 1;
        drawn.contains(&(mistakes - 1))
    });
    kept.collect()
}

async fn prove_one(ground: Ground<'_>, lesson: &Lesson, what: &What<'_>) -> Result<Case, Failure> {
    let began = Instant::now();
    let (kind, tree) = match what {
        What::Starter(tree) => (CaseKind::Starter, *tree),
        What::Solution(tree) => (CaseKind::Solution, *tree),
        What::Mistake(mistake) => (CaseKind::Mistake(mistake.id.clone()), &mistake.files),
    };
    let grade = grade_tree(ground, lesson, tree, &kind.to_string()).await?;
    let faults = match what {
        What::Starter(_) => verdicts::starter(lesson, &grade),
        What::Solution(_) => verdicts::solution(&grade),
        What::Mistake(mistake) => verdicts::mistake(mistake, &grade),
    };
    let errors = has_errors(&grade) && !faults.is_empty();
    Ok(Case {
        lesson: lesson.id.clone(),
        kind,
        faults,
        errors,
        took: began.elapsed(),
    })
}

fn has_errors(grade: &Grade) -> bool {
    grade.tasks.iter().any(|task| task.status == Status::Error)
}

impl std::fmt::Display for CaseKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Starter => f.write_str("starter"),
            Self::Solution => f.write_str("solution"),
            Self::Mistake(name) => write!(f, "mistake {name}"),
        }
    }
}

impl std::fmt::Display for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let wrong = self
            .cases
            .iter()
            .filter(|case| !case.faults.is_empty())
            .count();
        write!(
            f,
            "{} graded, {wrong} not as they should be",
            count(self.cases.len(), "submission")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::Course;

    #[test]
    fn a_sample_has_all_starters_and_solutions_and_is_drawn_by_its_seed() {
        let course = Course::built_in().unwrap();
        let lessons: Vec<&Lesson> = course.lessons.iter().collect();
        let all = sampled(&lessons, None).len();
        let named = |count: usize, seed: &str| -> Vec<String> {
            let seed = seed.to_owned();
            let drawn = sampled(&lessons, Some(&Sample { count, seed }));
            let name = |(lesson, what): &(&Lesson, What<'_>)| match what {
                What::Starter(_) => format!("{} starter", lesson.id),
                What::Solution(_) => format!("{} solution", lesson.id),
                What::Mistake(mistake) => format!("{} {}", lesson.id, mistake.id),
            };
            drawn.iter().map(name).collect()
        };
        let some = named(5, "a");
        assert_eq!(some.len(), 2 * lessons.len() + 5);
        assert_eq!(some, named(5, "a"));
        assert_ne!(some, named(5, "b"));
        assert_eq!(named(10_000, "a").len(), all);
    }
}
