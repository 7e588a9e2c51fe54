//! Expectations of what the learner has understood, rather than of what was made.

use indexmap::IndexMap;
#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;

use crate::course::matcher::Matcher;

/// A question, and what the learner has answered in `answers.yaml` under this check's `id`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct QuizCheck {
    /// The question.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub ask: String,
    /// What there is to choose from, by the word that is answered.
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("minProperties" = 2)))]
    pub choices: Option<IndexMap<String, String>>,
    /// The right answer: a choice, or all the right choices as a list; without choices, what the answer must match.
    pub answer: Matcher,
    /// Why a wrong choice is wrong, by choice.
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("minProperties" = 1)))]
    pub because: Option<IndexMap<String, String>>,
}
