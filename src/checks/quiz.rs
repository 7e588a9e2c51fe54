//! The `quiz` kind: what the learner has answered. The right answer is never part of what is shown.

use indexmap::IndexMap;

use crate::course::Check;
use crate::course::matcher::{Matcher, Value};
use crate::course::spec::{QuizCheck, sealed};
use crate::outcome::Cause;
use crate::text::tick;
use crate::workspace::{Listing, ListingError};

use super::matching::{Unit, compare, show};
use super::nonce::Nonce;
use super::subject::Trouble;
use super::verdict::Verdict;

/// The file with the learner's answers.
pub const ANSWERS: &str = "answers.yaml";

/// Judges the answer to one question.
pub(super) fn check(
    spec: &QuizCheck,
    check: &Check,
    workspace: &Listing,
    nonce: &Nonce,
) -> Result<Verdict, Trouble> {
    let id = check.id.as_str();
    let text = match workspace.text(ANSWERS) {
        Ok(text) => text.unwrap_or_default(),
        Err(ListingError::Refused(problem)) => {
            let mut cause = Cause::new(problem.message);
            cause.help = problem.hint;
            return Err(Trouble::Submission(cause));
        }
        Err(error) => return Err(Trouble::Infrastructure(Cause::new(error.to_string()))),
    };
    Ok(match answers(&text) {
        Ok(answers) => {
            let verdict = judge(spec, id, answers.get(id), nonce);
            match &check.title {
                None => verdict,
                Some(_) => asking(verdict, &spec.ask),
            }
        }
        Err(said) => {
            let said = format!("{} cannot be read: {said}", tick(ANSWERS));
            let help = format!("one answer a line: {}", tick(&format!("{id}: ANSWER")));
            Verdict::Fail(Cause::new(said).help(help))
        }
    })
}

/// The answers in a file, by question. What is no YAML by a hair, a missing space or a backtick, is read line by line: it
/// is not YAML that is asked about.
///
/// # Errors
/// The text is neither a mapping from names to plain values nor lines of them.
pub fn answers(text: &str) -> Result<IndexMap<String, Value>, String> {
    let read: Result<Option<IndexMap<String, Option<Value>>>, _> = serde_yaml::from_str(text);
    match read {
        Ok(read) => Ok(read
            .unwrap_or_default()
            .into_iter()
            .filter_map(|(id, answer)| answer.map(|answer| (id, answer)))
            .collect()),
        Err(error) => by_lines(text).ok_or_else(|| error.to_string()),
    }
}

fn by_lines(text: &str) -> Option<IndexMap<String, Value>> {
    const MARKS: [char; 3] = ['`', '"', '\''];
    let bare = |word: &str| word.trim().trim_matches(MARKS).trim().to_owned();
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (id, answer) = line.split_once(':')?;
            let id = bare(id);
            let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            let listed = answer.trim().strip_prefix('[');
            let answer = match listed.and_then(|listed| listed.strip_suffix(']')) {
                Some(listed) => Value::List(
                    listed
                        .split(',')
                        .map(|word| Value::Text(bare(word)))
                        .collect(),
                ),
                None => Value::Text(bare(answer)),
            };
            let is_plain = !line.contains(['{', '}']) && line.matches(": ").count() < 2;
            let is_named = !id.is_empty() && id.chars().all(is_name);
            (is_plain && is_named).then_some((id, answer))
        })
        .collect()
}

/// Judges an answer; `None` where there is none.
pub(crate) fn judge(spec: &QuizCheck, id: &str, answer: Option<&Value>, nonce: &Nonce) -> Verdict {
    let given = answer.map(|answer| chosen(spec, answer));
    let Some(given) = given.filter(|given| *given != Value::Text(String::new())) else {
        let said = "this question has no answer yet";
        return Verdict::Fail(Cause::new(said).help(how(spec, id)));
    };
    let is_right = match (&spec.answer, &spec.sealed) {
        (Some(answer), _) => compare(Unit::Plain, &sorted(answer), &given, nonce).is_ok(),
        (None, digest) => digest.as_ref() == Some(&sealed(id, &given)),
    };
    if is_right {
        return Verdict::Pass;
    }
    let shown = show(&given, Unit::Plain);
    let cause = Cause::new(format!("{} is not the answer", tick(&shown)));
    let reason = match (&given, &spec.because) {
        (Value::Text(choice), Some(because)) => because.get(choice).cloned(),
        _ => None,
    };
    Verdict::Fail(cause.help(reason.unwrap_or_else(|| how(spec, id))))
}

/// A failure that asks again, where the check's own title does not.
fn asking(verdict: Verdict, ask: &str) -> Verdict {
    match verdict {
        Verdict::Fail(mut cause) => {
            cause.rationale = format!("{}: {ask}", cause.rationale);
            Verdict::Fail(cause)
        }
        other => other,
    }
}

/// The answer as it is compared: a choice in its own spelling, several of them in order.
fn chosen(spec: &QuizCheck, answer: &Value) -> Value {
    let Some(choices) = &spec.choices else {
        return match answer {
            Value::Text(text) => Value::Text(text.trim().to_owned()),
            other => other.clone(),
        };
    };
    let choice = |written: &str| {
        let written = written.trim();
        let bare = |text: &str| text.replace('`', "");
        let known = choices
            .keys()
            .find(|choice| choice.eq_ignore_ascii_case(written))
            // What the choice says, written out.
            .or_else(|| {
                let says = |(_, says): &(&String, &String)| {
                    bare(says).eq_ignore_ascii_case(&bare(written))
                };
                choices.iter().find(says).map(|(choice, _)| choice)
            });
        known.cloned().unwrap_or_else(|| written.to_owned())
    };
    let one = |value: &Value| match value {
        Value::Text(text) => choice(text),
        other => choice(&show(other, Unit::Plain)),
    };
    let mut several: Vec<String> = match answer {
        Value::List(items) => items.iter().map(one).collect(),
        Value::Text(text) if text.contains(',') => text.split(',').map(choice).collect(),
        other => vec![one(other)],
    };
    several.sort();
    several.dedup();
    match several.as_slice() {
        [only] if !spec.takes_several() => Value::Text(only.clone()),
        _ => Value::List(several.into_iter().map(Value::Text).collect()),
    }
}

/// Several right choices, in the order in which they are compared.
fn sorted(matcher: &Matcher) -> Matcher {
    match matcher {
        Matcher::Equals(Value::List(items)) => {
            let mut items = items.clone();
            items.sort_by_key(|item| show(item, Unit::Plain));
            Matcher::Equals(Value::List(items))
        }
        other => other.clone(),
    }
}

fn how(spec: &QuizCheck, id: &str) -> String {
    let file = tick(ANSWERS);
    match &spec.choices {
        None => format!(
            "`sealegs answer` asks you; or write {} into {file}",
            tick(&format!("{id}: ANSWER"))
        ),
        Some(choices) => {
            let several = spec.takes_several();
            let form = if several {
                format!("{id}: [CHOICE, CHOICE]")
            } else {
                format!("{id}: CHOICE")
            };
            let listed: Vec<String> = choices
                .iter()
                .map(|(choice, says)| format!("{} {}", tick(choice), says.trim_end_matches('.')))
                .collect();
            format!(
                "`sealegs answer` asks you; or write {} into {file}: {}",
                tick(&form),
                listed.join("; ")
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(spec: &str, file: &str) -> Verdict {
        let spec: QuizCheck = serde_yaml::from_str(spec).unwrap();
        let answers = answers(file).unwrap();
        judge(&spec, "q", answers.get("q"), &Nonce::fixed("n"))
    }

    #[test]
    fn a_choice_is_taken_in_any_case_and_nothing_else_is() {
        let spec = "{ask: Which?, choices: {a: One, b: Two, c: Three}, answer: b, because: {a: No., c: Nor.}}";
        for right in [
            "q: b",
            "q: B",
            "q: ' b '",
            "q: [b]",
            "{p: x, q: b}",
            // What is no YAML, and plain all the same.
            "q:b",
            "q: `b`",
            "# mine\n`q`: b\np:x",
            "q: `Two`",
            "q: two",
        ] {
            assert_eq!(judged(spec, right), Verdict::Pass, "{right}");
        }
        for wrong in [
            "",
            "q:",
            "q: ''",
            "q: a",
            "q: [a, b]",
            "q: a, b",
            "q: d",
            "q: true",
            "p: b",
            "q:c",
            "qb: b",
        ] {
            assert!(matches!(judged(spec, wrong), Verdict::Fail(_)), "{wrong}");
        }
        let cause = judged(spec, "q: c").into_cause().unwrap();
        assert_eq!(cause.rationale, "`c` is not the answer");
        let asking = asking(judged(spec, "q: c"), "Which?").into_cause().unwrap();
        assert_eq!(asking.rationale, "`c` is not the answer: Which?");
        assert_eq!(cause.help.as_deref(), Some("Nor."));
    }

    #[test]
    fn several_right_choices_are_all_asked_for_in_any_order() {
        let spec = "{ask: Which?, choices: {a: One, b: Two, c: Three}, answer: [c, a]}";
        for right in ["q: [a, c]", "q: [C, a, c]", "q: a,c"] {
            assert_eq!(judged(spec, right), Verdict::Pass, "{right}");
        }
        for wrong in ["q: a", "q: [a]", "q: [a, b, c]"] {
            assert!(matches!(judged(spec, wrong), Verdict::Fail(_)), "{wrong}");
        }
    }

    #[test]
    fn numbers_and_patterns_are_matched() {
        assert_eq!(judged("{ask: x, answer: 2}", "q: 2"), Verdict::Pass);
        assert_eq!(judged("{ask: x, answer: 2}", "q: '2'"), Verdict::Pass);
        let spec = "{ask: x, answer: {matches: '(?i)^sigterm$'}}";
        assert_eq!(judged(spec, "q: SigTerm"), Verdict::Pass);
        assert!(matches!(judged(spec, "q: sigkill"), Verdict::Fail(_)));
    }

    #[test]
    fn a_wrong_answer_does_not_give_the_right_one_away() {
        let spec = "{ask: x, answer: {matches: sigterm}}";
        let cause = judged(spec, "q: sigkill").into_cause().unwrap();
        assert!(!format!("{cause:?}").contains("sigterm"));
    }

    #[test]
    fn what_is_no_mapping_of_answers_is_told() {
        for text in ["- a", "q: {a: b}", "q: a: b", "x"] {
            assert!(answers(text).is_err(), "{text}");
        }
        assert!(answers("# nothing yet\n").unwrap().is_empty());
    }
}
