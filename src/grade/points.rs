//! Points: split over a task's checks by weight, rounded once.

use crate::course::{Lesson, Task};
use crate::outcome::{Outcome, Scores, Status, TaskGrade};

/// What a task's outcomes earn of its points.
pub(super) fn earned(task: &Task, outcomes: &[Outcome]) -> f64 {
    let total: u32 = outcomes.iter().map(|outcome| outcome.weight).sum();
    let passed: u32 = outcomes
        .iter()
        .filter(|outcome| outcome.status == Status::Pass)
        .map(|outcome| outcome.weight)
        .sum();
    if total == 0 {
        0.0
    } else {
        rounded(f64::from(task.points) * f64::from(passed) / f64::from(total))
    }
}

/// The sum over all tasks.
pub(super) fn sum(lesson: &Lesson, tasks: &[TaskGrade]) -> Scores {
    let points = rounded(tasks.iter().map(|task| task.points).sum());
    Scores {
        points,
        max_points: lesson.points(),
    }
}

fn rounded(points: f64) -> f64 {
    (points * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::{When, With};

    fn outcome(weight: u32, status: Status) -> Outcome {
        let (id, says) = (String::new(), String::new());
        Outcome {
            id,
            kind: "file",
            says,
            status,
            weight,
            cause: None,
            ms: 0,
        }
    }

    #[test]
    fn points_follow_weights_and_only_passes_earn() {
        let task = Task {
            id: "t".into(),
            title: String::new(),
            points: 10,
            bonus: false,
            already_done: false,
            at: When::default(),
            needs: Vec::new(),
            with: With::default(),
            hints: Vec::new(),
            checks: Vec::new(),
            why: None,
        };
        let outcomes = [outcome(2, Status::Pass), outcome(1, Status::Fail)];
        assert!((earned(&task, &outcomes) - 6.67).abs() < 1e-9);
        let outcomes = [outcome(1, Status::Skip), outcome(1, Status::Error)];
        assert!(earned(&task, &outcomes).abs() < 1e-9);
    }
}
