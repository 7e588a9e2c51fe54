//! The learner's file of answers, changed one answer at a time: everything else in it stays as it is. Pure.

use crate::checks::answers;
use crate::course::spec::{QuizCheck, Spec};
use crate::course::{Lesson, Task};

/// A question of a lesson.
#[derive(Clone, Copy, Debug)]
pub struct Question<'l> {
    /// The task it is of.
    pub task: &'l Task,
    /// The name it is answered under.
    pub id: &'l str,
    /// The question.
    pub spec: &'l QuizCheck,
}

impl Question<'_> {
    /// Whether several choices are asked for.
    pub fn takes_several(&self) -> bool {
        self.spec.takes_several()
    }

    /// What was typed as an answer, in the words of the choices.
    ///
    /// # Errors
    /// What is no choice.
    pub fn read(&self, typed: &str) -> Result<Vec<String>, String> {
        let Some(choices) = &self.spec.choices else {
            return Ok(vec![typed.trim().to_owned()]);
        };
        let choice = |word: &str| {
            let word = word.trim();
            let known = choices
                .keys()
                .find(|known| known.eq_ignore_ascii_case(word));
            known.cloned().ok_or_else(|| word.to_owned())
        };
        match self.takes_several() {
            true => typed.split(',').map(choice).collect(),
            false => Ok(vec![choice(typed)?]),
        }
    }
}

/// The questions of a lesson, in order.
pub fn questions(lesson: &Lesson) -> Vec<Question<'_>> {
    let mut found = Vec::new();
    for task in lesson.tasks.iter() {
        for check in &task.checks {
            if let Spec::Quiz(spec) = &check.spec {
                let id = &check.id;
                found.push(Question { task, id, spec });
            }
        }
    }
    found
}

/// The file with an answer put in, in place of the one that is there.
///
/// # Errors
/// The file cannot be read, or is written in a way that cannot be changed without loss.
pub fn put(text: &str, id: &str, answer: &[String]) -> Result<String, String> {
    let mut expected = answers(text)?;
    let mut kept = String::new();
    let mut within = false;
    for line in text.lines() {
        let is_key = line.starts_with(|c: char| !c.is_whitespace() && !matches!(c, '#' | '-'));
        if is_key {
            let key = line.split(':').next().unwrap_or_default();
            within = key.trim().trim_matches(['"', '\'']) == id;
        }
        let is_apart = line.trim().is_empty() || line.starts_with('#');
        if !within || is_apart {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    let written: Vec<String> = answer.iter().map(|word| plain(word)).collect();
    let value = match written.as_slice() {
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    };
    kept.push_str(&format!("{id}: {value}\n"));
    let mut found = answers(&kept)?;
    expected.shift_remove(id);
    found.shift_remove(id);
    match found == expected {
        true => Ok(kept),
        false => Err("it is written in a way that this cannot change: edit it by hand".to_owned()),
    }
}

/// A word as YAML reads it: quoted where it would be something else.
fn plain(word: &str) -> String {
    const WORDS: [&str; 8] = ["true", "false", "null", "yes", "no", "on", "off", "y"];
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_plain = word.starts_with(|c: char| c.is_ascii_alphanumeric())
        && word.chars().all(safe)
        && !WORDS.contains(&word.to_lowercase().as_str());
    match is_plain {
        true => word.to_owned(),
        // A JSON text is a YAML text.
        false => serde_json::Value::from(word).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::matcher::Value;

    fn words(of: &[&str]) -> Vec<String> {
        of.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn an_answer_is_put_in_and_the_rest_stays_as_it_is() {
        let text = "# my answers\nwhich: [a,\n  b]\n\n# the port\nport: 80 # maybe\n";
        assert_eq!(
            put(text, "port", &words(&["5000"])).unwrap(),
            "# my answers\nwhich: [a,\n  b]\n\n# the port\nport: 5000\n"
        );
        assert_eq!(
            put(text, "which", &words(&["b", "c"])).unwrap(),
            "# my answers\n\n# the port\nport: 80 # maybe\nwhich: [b, c]\n"
        );
        assert_eq!(put("", "q", &words(&["a"])).unwrap(), "q: a\n");
        assert_eq!(
            put("q:\n- a\n- b\np: x\n", "q", &words(&["c"])).unwrap(),
            "p: x\nq: c\n"
        );
    }

    #[test]
    fn whatever_is_answered_is_read_back_as_it_was() {
        for answer in [
            "a b",
            "no",
            "a: b",
            "it's \"x\"",
            "#",
            "5000",
            "-x",
            "",
            "ü",
        ] {
            let text = put("", "q", &words(&[answer])).unwrap();
            let read = answers(&text).unwrap();
            let read = read.get("q").unwrap();
            let same = match read {
                Value::Text(text) => text == answer,
                other => *other == Value::Number(5000.0) && answer == "5000",
            };
            assert!(same, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_changed_without_loss_is_left_alone() {
        assert!(put("{p: x, q: y}\n", "q", &words(&["a"])).is_err());
        assert!(put("- a\n", "q", &words(&["a"])).is_err());
    }
}
