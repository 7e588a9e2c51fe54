//! The whole course: lessons, check files and images that name each other.

use super::needs::Needing;
use super::{Findings, images, lesson, needs};
use crate::course::fault::Fault;
use crate::course::files::{LessonFiles, Written};
use crate::course::layout;
use crate::course::shape::CourseShape;
use crate::course::source::Source;
use crate::text::tick;

/// Checks what the files of a course mean together. `course` is there unless its own file has faults.
pub(in crate::course) fn course(
    source: &Source,
    course: Option<&Written<CourseShape>>,
    lessons: &[LessonFiles],
    faults: &mut Vec<Fault>,
) {
    for name in layout::checks(source) {
        if !lessons.iter().any(|lesson| lesson.id == name) {
            let ids: Vec<&str> = lessons.iter().map(|lesson| lesson.id.as_str()).collect();
            let message =
                format!("these are checks of no lesson: there is no folder `lessons/{name}`");
            faults
                .push(Fault::of_file(format!("checks/{name}.yaml"), message).allowed(&name, &ids));
        }
    }
    for one in lessons {
        let is_pack = course.is_some_and(|course| course.value.pack);
        lesson::lesson(one, is_pack, faults);
    }
    if let Some(course) = course {
        listed(course, lessons, faults);
        images::of_course(course, faults);
        for one in lessons {
            images::of_lesson(course, one, faults);
        }
        order(course, lessons, faults);
    }
}

/// The list of lessons and the folders are the same.
fn listed(course: &Written<CourseShape>, lessons: &[LessonFiles], faults: &mut Vec<Fault>) {
    let list = &course.value.lessons;
    let ids: Vec<&str> = lessons.iter().map(|lesson| lesson.id.as_str()).collect();
    let mut findings = Findings {
        page: course.page(),
        faults,
    };
    for (index, id) in list.iter().enumerate() {
        let at = course.at().key("lessons").item(index);
        if !ids.contains(&id.0.as_str()) {
            let message = format!("there is no folder `lessons/{}`", id.0);
            let fault = findings
                .page
                .fault(at.place(), message)
                .allowed(&id.0, &ids);
            findings.faults.push(fault);
        } else if list[..index].contains(id) {
            findings.at(at, format!("{} is listed twice", tick(&id.0)));
        }
    }
    for lesson in lessons {
        if !list.iter().any(|id| id.0 == lesson.id) {
            let message = "this lesson is not in the list of `lessons/course.yaml`";
            faults.push(Fault::of_file(format!("lessons/{}", lesson.id), message));
        }
    }
}

/// A lesson whose page has faults still counts as a name for the others.
fn order(course: &Written<CourseShape>, lessons: &[LessonFiles], faults: &mut Vec<Fault>) {
    let position =
        |lesson: &LessonFiles| course.value.lessons.iter().position(|id| id.0 == lesson.id);
    let mut in_order: Vec<(usize, &LessonFiles)> = lessons
        .iter()
        .filter_map(|lesson| Some((position(lesson)?, lesson)))
        .collect();
    in_order.sort_by_key(|(position, _)| *position);
    let all: Vec<Needing<'_>> = in_order
        .into_iter()
        .map(|(_, lesson)| match &lesson.head {
            Some(head) => Needing {
                name: &lesson.id,
                needs: head.value.needs.iter().map(|id| id.0.as_str()).collect(),
                at: head.at().key("needs"),
                page: head.page(),
            },
            None => Needing {
                name: &lesson.id,
                needs: Vec::new(),
                at: course.at(),
                page: course.page(),
            },
        })
        .collect();
    needs::order("lesson", &all, faults);
}
