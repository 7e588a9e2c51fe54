//! Which lesson a command is about, and which folder: what is typed, else the folder one is in, else where one left off.

use std::path::{Path, PathBuf};

use crate::course::{Course, Lesson};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::text::{list, nearest, tick};

use super::lesson;

/// A lesson, maybe one task of it, and the folder it is worked on in.
pub(super) struct Place<'c> {
    pub(super) lesson: &'c Lesson,
    pub(super) task: Option<&'c str>,
    pub(super) folder: PathBuf,
}

/// Finds the place by `LESSON`, `LESSON/TASK`, `TASK` or nothing, and the folder where it is given.
pub(super) fn find<'c>(
    course: &'c Course,
    progress: &Progress,
    what: Option<&str>,
    folder: Option<PathBuf>,
) -> Result<Place<'c>, Failure> {
    let here = here();
    let around = progress
        .lesson_at(&here)
        .and_then(|(id, folder)| Some((course.lesson(id)?, folder)));
    let (lesson, task) = match what {
        None => (implied(course, progress, around)?, None),
        Some(what) => named(course, around.map(|(lesson, _)| lesson), what)?,
    };
    let folder = match folder {
        Some(folder) => folder,
        None => of_lesson(progress, lesson, around, what.is_some())?,
    };
    Ok(Place {
        lesson,
        task,
        folder,
    })
}

/// The folder one is in, as workspaces are written down.
pub(super) fn here() -> PathBuf {
    whole(Path::new("."))
}

/// A folder's whole path, links followed, where it is there.
pub(super) fn whole(folder: &Path) -> PathBuf {
    folder.canonicalize().unwrap_or_else(|_| folder.to_owned())
}

/// A folder as a person would write it: from here where it is below, else whole.
pub(super) fn shown(folder: &Path) -> String {
    let here = here();
    match folder.strip_prefix(&here) {
        Ok(below) if below.as_os_str().is_empty() => ".".to_owned(),
        Ok(below) => format!("./{}", below.display()),
        Err(_) => folder.display().to_string(),
    }
}

fn implied<'c>(
    course: &'c Course,
    progress: &Progress,
    around: Option<(&'c Lesson, &Path)>,
) -> Result<&'c Lesson, Failure> {
    let current = || course.lesson(progress.current.as_deref()?);
    around
        .map(|(lesson, _)| lesson)
        .or_else(current)
        .ok_or_else(|| {
            Failure::usage("this folder is no lesson's workspace, and no lesson has been begun")
                .with_hint("`sealegs start LESSON` begins one; `sealegs list` shows them")
        })
}

fn named<'c>(
    course: &'c Course,
    around: Option<&'c Lesson>,
    what: &str,
) -> Result<(&'c Lesson, Option<&'c str>), Failure> {
    if let Some((id, task_id)) = what.split_once('/') {
        let lesson = lesson(course, id)?;
        return Ok((lesson, Some(task(lesson, task_id)?)));
    }
    // A task's name is enough where the folder says which lesson it is of.
    let of_around = || around?.task(what).map(|task| task.id.as_str());
    match (course.lesson(what), of_around()) {
        (None, Some(task)) => Ok((around.expect("it has the task"), Some(task))),
        (Some(lesson), _) => Ok((lesson, None)),
        (None, None) => {
            let tasks = around.iter().flat_map(|around| around.tasks.iter());
            match nearest(what, tasks.map(|task| task.id.as_str())) {
                Some(near) => Err(Failure::usage(format!(
                    "there is no lesson and no task {}",
                    tick(what)
                ))
                .with_hint(format!("did you mean {}?", tick(near)))),
                None => lesson(course, what).map(|lesson| (lesson, None)),
            }
        }
    }
}

fn task<'c>(lesson: &'c Lesson, id: &str) -> Result<&'c str, Failure> {
    if let Some(task) = lesson.task(id) {
        return Ok(&task.id);
    }
    let ids = || lesson.tasks.iter().map(|task| task.id.as_str());
    let all: Vec<&str> = ids().collect();
    let hint = match nearest(id, ids()) {
        Some(near) => format!("did you mean {}?", tick(near)),
        None => format!("its tasks are {}", list(&all)),
    };
    let said = format!("the lesson {} has no task {}", tick(&lesson.id), tick(id));
    Err(Failure::usage(said).with_hint(hint))
}

fn of_lesson(
    progress: &Progress,
    lesson: &Lesson,
    around: Option<(&Lesson, &Path)>,
    typed: bool,
) -> Result<PathBuf, Failure> {
    if let Some((_, folder)) = around.filter(|(around, _)| around.id == lesson.id) {
        return Ok(folder.to_owned());
    }
    let beside = PathBuf::from(&lesson.id);
    if typed && beside.is_dir() {
        return Ok(beside);
    }
    let known = progress.lesson(&lesson.id).workspace;
    match known.filter(|known| known.folder.is_dir()) {
        Some(known) => Ok(known.folder),
        // Somebody's own folder, if it is nobody else's.
        None if typed && around.is_none() => Ok(PathBuf::from(".")),
        None => Err(
            Failure::usage(format!("{} has no workspace", tick(&lesson.id))).with_hint(format!(
                "`sealegs start {}` makes one; or name the folder",
                lesson.id
            )),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Workspace;

    fn course() -> Course {
        Course::built_in().unwrap()
    }

    fn found(progress: &Progress, what: Option<&str>) -> Result<(String, Option<String>), String> {
        let course = course();
        find(&course, progress, what, Some(PathBuf::from("x")))
            .map(|place| (place.lesson.id.clone(), place.task.map(str::to_owned)))
            .map_err(|failure| failure.to_string())
    }

    /// The learner is at the second lesson, in this very folder.
    fn at_second() -> (Progress, String, String) {
        let course = course();
        let second = &course.lessons[1];
        let mut progress = Progress::default();
        let workspace = Workspace {
            folder: here(),
            made: false,
        };
        progress.work_in(&second.id, workspace);
        (progress, second.id.clone(), second.tasks[0].id.clone())
    }

    #[test]
    fn the_folder_says_the_lesson_and_then_a_task_is_enough() {
        let (progress, lesson, task) = at_second();
        assert_eq!(found(&progress, None), Ok((lesson.clone(), None)));
        assert_eq!(found(&progress, Some(&task)), Ok((lesson, Some(task))));
    }

    #[test]
    fn what_is_typed_comes_first() {
        let (progress, _, task) = at_second();
        let said = found(&progress, Some(&format!("{task}x"))).unwrap_err();
        assert!(said.contains(&format!("did you mean `{task}`?")), "{said}");
        let first = course().lessons[0].id.clone();
        assert_eq!(found(&progress, Some(&first)), Ok((first, None)));
    }

    #[test]
    fn nothing_begun_and_nothing_typed_is_said_with_what_to_do() {
        let said = found(&Progress::default(), None).unwrap_err();
        assert!(said.contains("sealegs start LESSON"), "{said}");
    }

    #[test]
    fn another_lessons_workspace_is_never_looked_at_in_its_stead() {
        let (progress, ..) = at_second();
        let course = course();
        let last = course.lessons.last().unwrap();
        let place = find(&course, &progress, Some(&last.id), None);
        let said = place.err().unwrap().to_string();
        assert!(said.contains("has no workspace"), "{said}");
    }
}
