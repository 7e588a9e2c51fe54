//! The ladder of hints: those that fit what was seen come first, then those of always; one rung at a time.

use crate::course::{Hint, Task};
use crate::progress::TaskProgress;

/// A hint that is given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rung<'a> {
    /// The hint.
    pub hint: &'a Hint,
    /// How many were given, with this one.
    pub number: usize,
    /// How many are left.
    pub left: usize,
}

/// The hints that are of use now, in their order: `fitting` are those whose `when` was seen to hold.
pub fn ladder<'a>(task: &'a Task, fitting: &[usize]) -> Vec<&'a Hint> {
    let fit = fitting.iter().filter_map(|&index| task.hints.get(index));
    let always = task.hints.iter().filter(|hint| hint.when.is_empty());
    fit.filter(|hint| !hint.when.is_empty())
        .chain(always)
        .collect()
}

/// The next hint: the first on the ladder that was not given yet.
pub fn next<'a>(task: &'a Task, fitting: &[usize], given: &TaskProgress) -> Option<Rung<'a>> {
    let mut new = ladder(task, fitting)
        .into_iter()
        .filter(|hint| !given.knows(&hint.says));
    let hint = new.next()?;
    Some(Rung {
        hint,
        number: given_of(task, given).count() + 1,
        left: new.count(),
    })
}

/// The hints that were given, in the course's order.
pub fn given_of<'a>(task: &'a Task, given: &TaskProgress) -> impl Iterator<Item = &'a Hint> {
    task.hints.iter().filter(|hint| given.knows(&hint.says))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::Course;

    /// A task with two hints of always around one that depends on something.
    fn task() -> Task {
        let course = Course::built_in().unwrap();
        let mut task = course.lessons[0].tasks[0].clone();
        let hint = |says: &str, depends: bool| Hint {
            when: match depends {
                true => task.checks.clone(),
                false => Vec::new(),
            },
            says: says.to_owned(),
        };
        task.hints = vec![hint("one", false), hint("seen", true), hint("two", false)];
        task
    }

    fn all(task: &Task, fitting: &[usize]) -> Vec<String> {
        let mut given = TaskProgress::default();
        let mut said = Vec::new();
        while let Some(rung) = next(task, fitting, &given) {
            said.push(format!("{} {}+{}", rung.hint.says, rung.number, rung.left));
            given.hinted(&rung.hint.says);
        }
        said
    }

    #[test]
    fn what_was_seen_comes_first_and_what_was_not_never() {
        assert_eq!(all(&task(), &[1]), ["seen 1+2", "one 2+1", "two 3+0"]);
        assert_eq!(all(&task(), &[]), ["one 1+1", "two 2+0"]);
    }

    #[test]
    fn what_is_seen_later_is_next_and_nothing_is_given_twice() {
        let task = task();
        let mut given = TaskProgress::default();
        given.hinted("one");
        assert_eq!(next(&task, &[1], &given).unwrap().hint.says, "seen");
        given.hinted("seen");
        given.hinted("two");
        assert_eq!(next(&task, &[1], &given), None);
    }
}
