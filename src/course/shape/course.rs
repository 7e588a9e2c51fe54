//! `lessons/course.yaml`.

#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;

use super::{FormatVersion, Id};

/// A course: its title, its lessons in their order, the images it needs.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schemars(rename = "Course"))]
#[expect(dead_code, reason = "`format_version` is checked by being read")]
pub(in crate::course) struct CourseShape {
    /// The format of this file: 1.
    pub(in crate::course) format_version: FormatVersion,
    /// The name that progress is kept under, the same in every version; made from the title where left out.
    #[serde(default)]
    pub(in crate::course) id: Option<Id>,
    /// The course's title.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(in crate::course) title: String,
    /// The course's own version, as its author counts, in quotes.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(in crate::course) version: String,
    /// Lessons in their order: the names of their folders.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(in crate::course) lessons: Vec<Id>,
    /// Images that the course's workspaces may start from.
    #[serde(default)]
    pub(in crate::course) images: Vec<ImageShape>,
    /// Whether this is what learners get, as `sealegs dev pack` writes it: without solutions and known mistakes.
    #[serde(default)]
    pub(in crate::course) pack: bool,
}

/// An image and its other names.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schemars(rename = "Image"))]
pub(in crate::course) struct ImageShape {
    /// The name the course's own files use: `python:3.13-slim`.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(in crate::course) name: String,
    /// Other names of the same image that a learner may write: `python:3.13`.
    #[serde(default)]
    pub(in crate::course) aliases: Vec<String>,
}
