//! A course as learners get it: without solutions and known mistakes, and with digests for the answers to its questions.
//! Who guesses can try a digest out; who only looks does not see the answer.

use std::fs;
use std::path::Path;

use serde_yaml::{Mapping, Value};

use crate::course::Course;
use crate::course::matcher::Value as Answer;
use crate::course::spec::sealed;
use crate::failure::Failure;
use crate::text::tick;

/// Writes the course into a new folder, and gives the number of its files.
///
/// # Errors
/// The folder is there already, a file cannot be written, or a question's answer is neither a choice nor a text.
pub fn write_pack(course: &Course, folder: &Path) -> Result<usize, Failure> {
    let shown = tick(&folder.display().to_string());
    if folder.exists() {
        let failure = Failure::usage(format!("{shown} is there already"));
        return Err(failure.with_hint("name a folder to be made"));
    }
    let mut files = Vec::new();
    for (path, content) in course.files() {
        let parts: Vec<&str> = path.split('/').collect();
        let text = match parts.as_slice() {
            ["lessons", _, "solution" | "mistakes" | "variants", ..]
            | ["lessons", _, "harmless.yaml"] => continue,
            ["lessons", "course.yaml"] => changed(path, content, &mark)?.into(),
            ["checks", _] => changed(path, content, &seal)?.into(),
            _ => content.clone(),
        };
        files.push((path, text));
    }
    for (path, content) in &files {
        let file = folder.join(path);
        let unwritten = |error| Failure::system(format!("cannot write {shown}: {error}"));
        fs::create_dir_all(file.parent().unwrap_or(folder)).map_err(unwritten)?;
        fs::write(&file, content).map_err(unwritten)?;
    }
    Course::from_folder(folder)?;
    Ok(files.len())
}

/// A YAML file with something changed in it; comments are lost.
fn changed(
    path: &str,
    content: &[u8],
    change: &dyn Fn(&mut Value) -> Result<(), String>,
) -> Result<String, Failure> {
    let fault = |said: String| Failure::usage(format!("{path}: {said}"));
    let mut file: Value =
        serde_yaml::from_slice(content).map_err(|error| fault(error.to_string()))?;
    change(&mut file).map_err(fault)?;
    serde_yaml::to_string(&file).map_err(|error| fault(error.to_string()))
}

fn mark(course: &mut Value) -> Result<(), String> {
    if let Value::Mapping(course) = course {
        course.insert("pack".into(), true.into());
    }
    Ok(())
}

/// Puts a digest in place of the answer to each question.
fn seal(node: &mut Value) -> Result<(), String> {
    match node {
        Value::Sequence(items) => items.iter_mut().try_for_each(seal),
        Value::Mapping(mapping) => {
            let id = mapping.get("id").and_then(Value::as_str);
            let id = id.unwrap_or("quiz").to_owned();
            if let Some(Value::Mapping(quiz)) = mapping.get_mut("quiz") {
                return seal_one(&id, quiz);
            }
            mapping.iter_mut().try_for_each(|(_, value)| seal(value))
        }
        _ => Ok(()),
    }
}

fn seal_one(id: &str, quiz: &mut Mapping) -> Result<(), String> {
    let Some(answer) = quiz.remove("answer") else {
        return Ok(());
    };
    // Why a choice is wrong says of the others that they are right.
    quiz.remove("because");
    let several = answer.is_sequence();
    let answer: Answer = serde_yaml::from_value(answer)
        .map_err(|_| format!("the answer to {} is neither a choice nor a text", tick(id)))?;
    let answer = match answer {
        Answer::List(mut items) => {
            items.sort_by_key(|item| format!("{item:?}"));
            Answer::List(items)
        }
        one => one,
    };
    quiz.insert("sealed".into(), sealed(id, &answer).into());
    if several {
        quiz.insert("several".into(), true.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::spec::Spec;

    #[test]
    fn a_pack_is_the_course_without_what_gives_answers_away() {
        let course = Course::built_in().unwrap();
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("pack");
        write_pack(&course, &folder).unwrap();
        let pack = Course::from_folder(&folder).unwrap();
        assert!(pack.is_pack() && !course.is_pack());
        let mut questions = 0;
        for (whole, pack) in course.lessons.iter().zip(&pack.lessons) {
            assert!(pack.mistakes.is_empty() && pack.harmless.is_empty());
            assert_eq!((&pack.text, &pack.starter), (&whole.text, &whole.starter));
            let mut whole = whole.tasks.to_vec();
            for check in whole.iter_mut().flat_map(|task| &mut task.checks) {
                if let Spec::Quiz(quiz) = &mut check.spec {
                    questions += 1;
                    let Some(crate::course::matcher::Matcher::Equals(answer)) = quiz.answer.take()
                    else {
                        panic!("{} has an answer", check.id)
                    };
                    quiz.several = matches!(answer, Answer::List(_));
                    quiz.sealed = Some(sealed(&check.id, &answer));
                    quiz.because = None;
                }
            }
            assert_eq!(format!("{:?}", *pack.tasks), format!("{whole:?}"));
        }
        assert!(questions > 10);
        assert!(write_pack(&course, &folder).is_err());
    }
}
