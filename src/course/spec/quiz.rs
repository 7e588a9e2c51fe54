//! Expectations of what the learner has understood, rather than of what was made.

use indexmap::IndexMap;
#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::course::matcher::{Matcher, Value};

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
    #[serde(default)]
    pub answer: Option<Matcher>,
    /// In place of `answer`, where learners have the course: a digest of it, made by `sealegs dev pack`.
    #[serde(default)]
    #[cfg_attr(test, schemars(regex(pattern = "^[0-9a-f]{64}$")))]
    pub sealed: Option<String>,
    /// Beside `sealed`: whether several choices are right.
    #[serde(default)]
    pub several: bool,
    /// Why a wrong choice is wrong, by choice.
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("minProperties" = 1)))]
    pub because: Option<IndexMap<String, String>>,
}

impl QuizCheck {
    /// Whether the right answer is a list of choices.
    pub fn takes_several(&self) -> bool {
        self.several || matches!(self.answer, Some(Matcher::Equals(Value::List(_))))
    }
}

/// The digest of an answer to the question of this id; the choices of a list are in their order.
pub fn sealed(id: &str, answer: &Value) -> String {
    let text = |value: &Value| match value {
        Value::Text(text) => text.clone(),
        other => format!("{other:?}"),
    };
    let answer = match answer {
        Value::List(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        one => text(one),
    };
    let digest = Sha256::digest(format!("sealegs quiz\n{id}\n{answer}"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
