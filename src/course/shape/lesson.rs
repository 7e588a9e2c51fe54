//! The front matter of `lesson.md`, `mistake.yaml` and `harmless.yaml`.

use indexmap::IndexMap;
#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;

use super::Id;
use crate::course::value::WorkspacePath;

/// What stands between the `---` lines at the top of a lesson.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schemars(rename = "FrontMatter"))]
pub(in crate::course) struct FrontMatterShape {
    /// The lesson's title.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(in crate::course) title: String,
    /// How long it takes, in minutes; 5 to 12 is best.
    #[cfg_attr(test, schemars(range(min = 1, max = 240)))]
    pub(in crate::course) minutes: u32,
    /// Names of the course images it needs.
    #[serde(default)]
    pub(in crate::course) images: Vec<String>,
    /// Lessons that come before it.
    #[serde(default)]
    pub(in crate::course) needs: Vec<Id>,
}

/// A known wrong answer: files laid over the solution, and the check that must catch them.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schemars(rename = "Mistake"))]
pub(in crate::course) struct MistakeShape {
    /// What people do wrong here, in a sentence.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(in crate::course) why: String,
    /// The check that must catch it, as `task/check`.
    #[cfg_attr(test, schemars(
        regex(pattern = "^[a-z0-9-]+/[a-z0-9-]+$"),
        extend("patternErrorMessage" = "a check is named by its task and its own name: `serves/health`")
    ))]
    pub(in crate::course) caught_by: String,
    /// The status that check must have.
    #[serde(default)]
    pub(in crate::course) status: CaughtAs,
    /// Files and folders of the solution that it lacks.
    #[serde(default)]
    pub(in crate::course) removes: Vec<WorkspacePath>,
}

impl MistakeShape {
    /// The names of the task and of its check that must catch the mistake.
    pub(in crate::course) fn names(&self) -> (&str, &str) {
        self.caught_by
            .split_once('/')
            .expect("the schema's pattern has a slash")
    }
}

/// Mutants of the solution that no check needs to notice: what each changes, as `sealegs dev mutants` names it, and why that
/// is not wrong.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(transparent)]
#[cfg_attr(test, schemars(rename = "Harmless", extend("minProperties" = 1)))]
pub(in crate::course) struct HarmlessShape(pub(in crate::course) IndexMap<String, String>);

/// The status of the check that catches a mistake.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(in crate::course) enum CaughtAs {
    /// The learner's fault.
    #[default]
    Fail,
    /// Not the learner's fault, or not to be told.
    Error,
}
