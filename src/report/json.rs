//! Results as JSON, for programs: versioned, complete, in a stable order.

use serde_json::{Value, json};

use crate::course::Course;
use crate::outcome::Grade;

/// A grade.
pub fn grade(grade: &Grade) -> String {
    pretty(grade)
}

/// The JSON Schema of a grade.
pub fn schema() -> Value {
    schemars::schema_for!(Grade).to_value()
}

/// The lessons of a course.
pub fn course(course: &Course) -> String {
    let lessons: Vec<Value> = course
        .lessons
        .iter()
        .map(|lesson| {
            json!({
                "id": lesson.id,
                "title": lesson.title,
                "minutes": lesson.minutes,
                "points": lesson.points(),
                "needs": lesson.needs,
                "images": lesson.images,
                "tasks": lesson.tasks.iter().map(|task| &task.id).collect::<Vec<_>>(),
            })
        })
        .collect();
    pretty(&json!({
        "version": 1,
        "title": course.title,
        "course_version": course.version,
        "course_hash": course.hash,
        "lessons": lessons,
    }))
}

fn pretty(value: &impl serde::Serialize) -> String {
    let text = serde_json::to_string_pretty(value).expect("plain values are JSON");
    format!("{text}\n")
}
