//! Images: the course names each once, lessons and checks name only those.

use std::collections::HashMap;

use super::Findings;
use crate::course::fault::Fault;
use crate::course::files::{LessonFiles, Written};
use crate::course::model::Check;
use crate::course::node::At;
use crate::course::shape::CourseShape;
use crate::course::spec::Spec;
use crate::text::tick;

/// No name and no other name stands for two images.
pub(super) fn of_course(file: &Written<CourseShape>, faults: &mut Vec<Fault>) {
    let mut findings = Findings {
        page: file.page(),
        faults,
    };
    let mut seen: HashMap<&str, &str> = HashMap::new();
    for (index, image) in file.value.images.iter().enumerate() {
        let at = file.at().key("images").item(index);
        let aliases = image.aliases.iter().enumerate();
        let names = aliases.map(|(index, alias)| (alias, at.key("aliases").item(index)));
        for (name, at) in std::iter::once((&image.name, at.key("name"))).chain(names) {
            if let Some(first) = seen.insert(name, &image.name) {
                findings.at(
                    at,
                    format!(
                        "{} already stands for the image {}",
                        tick(name),
                        tick(first)
                    ),
                );
            }
        }
    }
}

/// A lesson's images, and those its checks name, are images of the course.
pub(super) fn of_lesson(
    course: &Written<CourseShape>,
    lesson: &LessonFiles,
    faults: &mut Vec<Fault>,
) {
    let names: Vec<&str> = course
        .value
        .images
        .iter()
        .map(|image| image.name.as_str())
        .collect();
    if let Some(head) = &lesson.head {
        let mut findings = Findings {
            page: head.page(),
            faults,
        };
        for (index, image) in head.value.images.iter().enumerate() {
            known(
                image,
                course,
                head.at().key("images").item(index),
                &names,
                &mut findings,
            );
        }
    }
    if let Some(tasks) = &lesson.tasks {
        let mut findings = Findings {
            page: tasks.page(),
            faults,
        };
        for task in &tasks.value {
            let at = tasks.at().key("tasks").name(&task.id).key("checks");
            for (index, check) in task.checks.iter().enumerate() {
                bases(check, course, at.item(index), &names, &mut findings);
            }
        }
    }
}

fn bases(
    check: &Check,
    course: &Written<CourseShape>,
    at: At<'_>,
    names: &[&str],
    findings: &mut Findings<'_>,
) {
    let at = at.key(check.spec.kind());
    match &check.spec {
        Spec::Image(spec) => {
            if let Some(base) = &spec.base {
                known(base, course, at.key("base"), names, findings);
            }
        }
        Spec::Script(spec) => {
            if let Some(image) = &spec.image {
                known(image, course, at.key("image"), names, findings);
            }
        }
        Spec::Any(checks) | Spec::All(checks) => {
            for (index, check) in checks.iter().enumerate() {
                bases(check, course, at.item(index), names, findings);
            }
        }
        Spec::Not(check) => bases(check, course, at, names, findings),
        _ => {}
    }
}

fn known(
    name: &str,
    course: &Written<CourseShape>,
    at: At<'_>,
    names: &[&str],
    findings: &mut Findings<'_>,
) {
    if names.contains(&name) {
        return;
    }
    let message = format!("`lessons/course.yaml` has no image {}", tick(name));
    let fault = findings
        .page
        .fault(at.place(), message)
        .allowed(name, names);
    let images = &course.value.images;
    let own = images
        .iter()
        .find(|image| image.aliases.iter().any(|alias| alias == name));
    findings.faults.push(match own {
        Some(image) => fault.meant(Some(image.name.clone())),
        None => fault,
    });
}
