//! All files of a course → the checked course, or every fault of every file.

use std::path::Path;
use std::sync::OnceLock;

use sha2::{Digest as _, Sha256};

use super::fault::{CourseError, Fault, Faults};
use super::files::{LessonFiles, Reader, Written};
use super::model::{Course, CourseImage, Lesson, Mistake};
use super::shape::{CaughtAs, CourseShape};
use super::source::Source;
use super::{layout, meaning};
use crate::outcome::Status;

impl Course {
    /// Loads the course in the binary.
    ///
    /// # Errors
    /// Its faults: none in a released binary, as the tests load it.
    pub fn built_in() -> Result<Self, Faults> {
        load(Source::built_in(), Vec::new(), Trust::Proven)
    }

    /// Loads the course of a folder that holds `lessons` and `checks`.
    ///
    /// # Errors
    /// All faults of all its files, or the folder or file that cannot be read.
    pub fn from_folder(dir: &Path) -> Result<Self, CourseError> {
        let mut faults = Vec::new();
        let source = Source::from_folder(dir, &mut faults)?;
        load(source, faults, Trust::None).map_err(CourseError::Faults)
    }
}

/// How much of a course's correctness is known beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// Nothing is.
    None,
    /// It was loaded without faults before: the built-in course is, by the tests, whenever it changes. Looking at it again
    /// costs more than all else that most commands do.
    Proven,
}

/// Loads a course from its files; `faults` holds what was found wrong while reading them.
pub(super) fn load(source: Source, mut faults: Vec<Fault>, trust: Trust) -> Result<Course, Faults> {
    if trust == Trust::None {
        faults.extend(layout::strays(&source));
    }
    let mut reader = Reader {
        source: &source,
        faults: &mut faults,
        trust,
    };
    let course = reader.course();
    let ids: Vec<String> = layout::lessons(&source).into_iter().collect();
    let (one, other) = ids.split_at(ids.len() / 2);
    // Half of them beside the other half: reading is all that most commands take time for.
    let read = |ids: &[String]| {
        let mut faults = Vec::new();
        let mut reader = Reader {
            source: &source,
            faults: &mut faults,
            trust,
        };
        let lessons: Vec<LessonFiles> = ids.iter().map(|id| reader.lesson(id)).collect();
        (lessons, faults)
    };
    let (one, other) = std::thread::scope(|scope| {
        let one = scope.spawn(|| read(one));
        let other = read(other);
        (one.join().expect("reading files ends"), other)
    });
    let mut lessons = Vec::new();
    for (read, found) in [one, other] {
        lessons.extend(read);
        faults.extend(found);
    }
    if trust == Trust::None {
        meaning::course(&source, course.as_ref(), &lessons, &mut faults);
    }
    match (Faults::of(faults), course) {
        (Some(faults), _) => Err(faults),
        (None, course) => Ok(assemble(
            course.expect("a course without faults has its file"),
            lessons,
            source,
        )),
    }
}

/// A name for files, made from a title: its plain letters for people, a digest for titles that share or lack them.
fn named_after(title: &str) -> String {
    let plain = title.to_lowercase();
    let words = plain.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).take(6).collect();
    let digest = Sha256::digest(title.as_bytes());
    let digest: String = digest[..4]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    match words.join("-") {
        words if words.is_empty() => digest,
        words => format!("{}-{digest}", &words[..words.len().min(60)]),
    }
}

fn assemble(course: Written<CourseShape>, mut files: Vec<LessonFiles>, source: Source) -> Course {
    let CourseShape {
        id,
        title,
        version,
        lessons,
        images,
        ..
    } = course.value;
    let lessons = lessons.iter().filter_map(|id| {
        let at = files.iter().position(|lesson| lesson.id == id.0)?;
        lesson(files.swap_remove(at))
    });
    Course {
        id: id.map_or_else(|| named_after(&title), |id| id.0),
        title,
        version,
        lessons: lessons.collect(),
        images: images
            .into_iter()
            .map(|image| CourseImage {
                name: image.name,
                aliases: image.aliases,
            })
            .collect(),
        source,
        hash: OnceLock::new(),
    }
}

fn lesson(files: LessonFiles) -> Option<Lesson> {
    let head = files.head?.value;
    let solution = files.solution;
    let mistakes = files.mistakes.into_iter().filter_map(|mistake| {
        let about = mistake.about.as_ref()?;
        let (task, check) = about.value.names();
        Some(Mistake {
            why: about.value.why.clone(),
            task: task.to_owned(),
            check: check.to_owned(),
            status: match about.value.status {
                CaughtAs::Fail => Status::Fail,
                CaughtAs::Error => Status::Error,
            },
            files: meaning::mistaken(&solution, &mistake, &about.value),
            id: mistake.id,
        })
    });
    Some(Lesson {
        title: head.title,
        minutes: head.minutes,
        needs: head.needs.into_iter().map(|id| id.0).collect(),
        images: head.images,
        text: files.body,
        tasks: files.tasks?.value,
        starter: files.starter,
        mistakes: mistakes.collect(),
        harmless: files
            .harmless
            .map(|harmless| harmless.value.0)
            .unwrap_or_default(),
        solution,
        id: files.id,
    })
}
