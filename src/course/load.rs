//! All files of a course → the checked course, or every fault of every file.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;
use sha2::{Digest as _, Sha256};

use super::fault::{CourseError, Fault, Faults};
use super::files::{LessonFiles, MistakeFiles, Reader, Written};
use super::late::Late;
use super::model::{Course, CourseImage, Lesson, Mistake, TaskOutline, Tree};
use super::shape::{CaughtAs, CourseShape, FrontMatterShape, HarmlessShape};
use super::source::Source;
use super::{layout, meaning};
use crate::outcome::Status;

/// A lesson's name, and of each of its tasks the name, the points and whether they are a bonus.
type Outline = (&'static str, &'static [(&'static str, u32, bool)]);

/// What the tasks of the built-in course are worth, written down when it was built.
const OUTLINE: &[Outline] = include!(concat!(env!("OUT_DIR"), "/outline.rs"));

impl Course {
    /// Loads the course in the binary. Of a lesson only the head is read: the rest when somebody looks at it, which
    /// few commands do for more than one.
    ///
    /// # Errors
    /// Its faults: none in a released binary, as the tests load it.
    pub fn built_in() -> Result<Self, Faults> {
        let source = Arc::new(Source::built_in());
        let mut faults = Vec::new();
        let mut reader = Reader {
            source: &source,
            faults: &mut faults,
            trust: Trust::Proven,
        };
        let course = reader.course();
        let ids = layout::lessons(&source).into_iter();
        let lessons = ids.filter_map(|id| built_in_lesson(&source, &mut reader, id));
        let lessons = lessons.collect();
        finish(course, lessons, source, faults)
    }

    /// Loads the course of a folder that holds `lessons` and `checks`.
    ///
    /// # Errors
    /// All faults of all its files, or the folder or file that cannot be read.
    pub fn from_folder(dir: &Path) -> Result<Self, CourseError> {
        let mut faults = Vec::new();
        let source = Source::from_folder(dir, &mut faults)?;
        load(source, faults).map_err(CourseError::Faults)
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
pub(super) fn load(source: Source, mut faults: Vec<Fault>) -> Result<Course, Faults> {
    faults.extend(layout::strays(&source));
    let mut reader = Reader {
        source: &source,
        faults: &mut faults,
        trust: Trust::None,
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
            trust: Trust::None,
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
    meaning::course(&source, course.as_ref(), &lessons, &mut faults);
    let lessons = lessons.into_iter().filter_map(lesson).collect();
    finish(course, lessons, Arc::new(source), faults)
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

/// The course of these lessons, in its own order, or its faults.
fn finish(
    course: Option<Written<CourseShape>>,
    mut read: Vec<Lesson>,
    source: Arc<Source>,
    faults: Vec<Fault>,
) -> Result<Course, Faults> {
    if let Some(faults) = Faults::of(faults) {
        return Err(faults);
    }
    let course = course.expect("a course without faults has its file");
    let CourseShape {
        id,
        title,
        version,
        lessons,
        images,
        ..
    } = course.value;
    let lessons = lessons.iter().filter_map(|id| {
        let at = read.iter().position(|lesson| lesson.id == id.0)?;
        Some(read.swap_remove(at))
    });
    Ok(Course {
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
    })
}

fn lesson(files: LessonFiles) -> Option<Lesson> {
    let mistakes = mistakes(&files.solution, files.mistakes);
    let parts = Parts {
        tasks: Late::from(files.tasks?.value),
        outline: None,
        starter: files.starter,
        mistakes: Late::from(mistakes),
        harmless: Late::from(harmless(files.harmless)),
        solution: files.solution,
    };
    Some(parts.under(files.id, files.head?, files.body))
}

fn built_in_lesson(source: &Arc<Source>, reader: &mut Reader<'_>, id: String) -> Option<Lesson> {
    let (head, body) = reader.page(&id);
    let solution = reader.solution(&id);
    let outline = OUTLINE.iter().find(|(lesson, _)| *lesson == id);
    let worth = |(id, points, bonus): &(&str, u32, bool)| TaskOutline {
        id: (*id).to_owned(),
        points: *points,
        bonus: *bonus,
    };
    let parts = Parts {
        tasks: {
            let (source, id) = (Arc::clone(source), id.clone());
            Late::by(move || proven(&source, |reader| Some(reader.tasks(&id)?.value)))
        },
        outline: outline.map(|(_, tasks)| tasks.iter().map(worth).collect()),
        starter: reader.starter(&id),
        mistakes: {
            let (source, id, solution) = (Arc::clone(source), id.clone(), solution.clone());
            let read =
                move |reader: &mut Reader<'_>| Some(mistakes(&solution, reader.mistakes(&id)));
            Late::by(move || proven(&source, &read))
        },
        harmless: {
            let (source, id) = (Arc::clone(source), id.clone());
            Late::by(move || proven(&source, |reader| Some(harmless(reader.harmless(&id)))))
        },
        solution,
    };
    Some(parts.under(id, head?, body))
}

/// Reads a part of the built-in course.
fn proven<T>(source: &Source, read: impl Fn(&mut Reader<'_>) -> Option<T>) -> T {
    let mut faults = Vec::new();
    let read = read(&mut Reader {
        source,
        faults: &mut faults,
        trust: Trust::Proven,
    });
    match (Faults::of(faults), read) {
        (None, Some(read)) => read,
        (faults, _) => {
            let faults = faults.map(|faults| faults.to_string()).unwrap_or_default();
            panic!("the built-in course has faults, which its tests find:\n{faults}")
        }
    }
}

/// What a lesson has besides its head and its text.
struct Parts {
    tasks: Late<Vec<super::Task>>,
    outline: Option<Vec<TaskOutline>>,
    starter: Tree,
    solution: Tree,
    mistakes: Late<Vec<Mistake>>,
    harmless: Late<IndexMap<String, String>>,
}

impl Parts {
    fn under(self, id: String, head: Written<FrontMatterShape>, text: String) -> Lesson {
        let head = head.value;
        Lesson {
            id,
            title: head.title,
            minutes: head.minutes,
            needs: head.needs.into_iter().map(|id| id.0).collect(),
            images: head.images,
            text,
            tasks: self.tasks,
            outline: self.outline,
            starter: self.starter,
            solution: self.solution,
            mistakes: self.mistakes,
            harmless: self.harmless,
        }
    }
}

fn harmless(read: Option<Written<HarmlessShape>>) -> IndexMap<String, String> {
    read.map(|harmless| harmless.value.0).unwrap_or_default()
}

fn mistakes(solution: &Tree, read: Vec<MistakeFiles>) -> Vec<Mistake> {
    let mistakes = read.into_iter().filter_map(|mistake| {
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
            files: meaning::mistaken(solution, &mistake, &about.value),
            id: mistake.id,
        })
    });
    mistakes.collect()
}
