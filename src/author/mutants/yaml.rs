//! Changes to a compose file and to `answers.yaml`: a key left out, another port, a wrong name, another answer.

use serde_yaml::{Mapping, Value};

use super::{Edit, Known, misspelt, other_ports};
use crate::course::spec::Spec;
use crate::course::{Check, Lesson};

/// One step into a tree of YAML.
#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Item(usize),
}

/// How often something is asked for and how long is waited for it: the learner's to choose.
const CHOICES: [&str; 4] = ["interval", "retries", "start_period", "timeout"];

/// Changes to a compose file.
pub(super) fn compose(text: &str, known: &Known<'_>) -> Vec<Edit> {
    let Ok(tree) = serde_yaml::from_str::<Value>(text) else {
        return Vec::new();
    };
    let mut changes = Changes {
        tree: &tree,
        given: serde_yaml::from_str(known.given).unwrap_or_default(),
        found: Vec::new(),
    };
    changes.walk(&tree, &mut Vec::new(), known);
    changes.found
}

struct Changes<'t> {
    tree: &'t Value,
    /// What the starter has already: there nothing is changed.
    given: Value,
    found: Vec<Edit>,
}

impl Changes<'_> {
    fn walk(&mut self, value: &Value, path: &mut Vec<Step>, known: &Known<'_>) {
        match value {
            Value::Mapping(mapping) => {
                for (key, value) in mapping {
                    let Some(key) = key.as_str() else { continue };
                    path.push(Step::Key(key.to_owned()));
                    if !self.is_given(path, value) {
                        let is_root_of_services = path.len() == 1 && key == "services";
                        if !is_root_of_services && !CHOICES.contains(&key) {
                            self.without(path);
                        }
                        if is_name(path) {
                            self.renamed(path);
                        }
                        self.walk(value, path, known);
                    }
                    path.pop();
                }
            }
            Value::Sequence(items) => {
                for (at, item) in items.iter().enumerate() {
                    path.push(Step::Item(at));
                    if !self.is_given(path, item) {
                        if items.len() > 1 {
                            self.without(path);
                        }
                        self.walk(item, path, known);
                    }
                    path.pop();
                }
            }
            Value::String(text) => {
                for other in otherwise(path, text, known) {
                    self.instead(path, &other);
                }
            }
            _ => {}
        }
    }

    /// Whether the starter has the same there.
    fn is_given(&mut self, path: &[Step], value: &Value) -> bool {
        !self.given.is_null() && find(&mut self.given, path).as_deref() == Some(value)
    }

    fn without(&mut self, path: &[Step]) {
        self.put(
            format!(" without {}", written(path)),
            path,
            |parent, step| match (parent, step) {
                (Value::Mapping(mapping), Step::Key(key)) => {
                    drop(mapping.shift_remove(key.as_str()));
                }
                (Value::Sequence(items), Step::Item(at)) => drop(items.remove(*at)),
                _ => {}
            },
        );
    }

    fn renamed(&mut self, path: &[Step]) {
        self.put(format!(" {}x", written(path)), path, |parent, step| {
            if let (Value::Mapping(mapping), Step::Key(key)) = (parent, step) {
                let renamed = |(name, value): (Value, Value)| match name.as_str() == Some(key) {
                    true => (Value::String(format!("{key}x")), value),
                    false => (name, value),
                };
                *mapping = std::mem::take(mapping)
                    .into_iter()
                    .map(renamed)
                    .collect::<Mapping>();
            }
        });
    }

    fn instead(&mut self, path: &[Step], other: &str) {
        let what = format!(" {}: {other}", written(path));
        let other = Value::String(other.to_owned());
        self.put(what, path, |parent, step| match (parent, step) {
            (Value::Mapping(mapping), Step::Key(key)) => {
                drop(mapping.insert(Value::String(key.clone()), other.clone()));
            }
            (Value::Sequence(items), Step::Item(at)) => items[*at] = other.clone(),
            _ => {}
        });
    }

    /// Changes what the path leads to, in a copy of the tree.
    fn put(&mut self, what: String, path: &[Step], change: impl Fn(&mut Value, &Step)) {
        let mut tree = self.tree.clone();
        let Some((last, parents)) = path.split_last() else {
            return;
        };
        let Some(parent) = find(&mut tree, parents) else {
            return;
        };
        change(parent, last);
        if let Ok(text) = serde_yaml::to_string(&tree) {
            self.found.push(Edit { what, text });
        }
    }
}

/// What a path leads to.
fn find<'t>(tree: &'t mut Value, path: &[Step]) -> Option<&'t mut Value> {
    path.iter().try_fold(tree, |at, step| match step {
        Step::Key(key) => at.get_mut(key.as_str()),
        Step::Item(index) => at.get_mut(*index),
    })
}

/// `services.web.ports[0]`
fn written(path: &[Step]) -> String {
    let mut out = String::new();
    for step in path {
        match step {
            Step::Key(key) if out.is_empty() => out.push_str(key),
            Step::Key(key) => out.push_str(&format!(".{key}")),
            Step::Item(at) => out.push_str(&format!("[{at}]")),
        }
    }
    out
}

/// Whether the path ends at the name of a service, a network or a volume.
fn is_name(path: &[Step]) -> bool {
    matches!(path, [Step::Key(kind), Step::Key(_)] if ["services", "networks", "volumes"].contains(&kind.as_str()))
}

/// What else could stand where a text stands; nothing where it is the author's to choose.
fn otherwise(path: &[Step], text: &str, known: &Known<'_>) -> Vec<String> {
    let keys: Vec<&str> = path
        .iter()
        .filter_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Item(_) => None,
        })
        .collect();
    match keys.as_slice() {
        [.., "ports"] => other_ports(text),
        [.., "image"] => known
            .other_image(text)
            .map(str::to_owned)
            .into_iter()
            .collect(),
        [.., "volumes"] => match text.split_once(':') {
            Some((source, target)) => {
                vec![format!("{source}x:{target}"), format!("{source}:{target}x")]
            }
            None => vec![misspelt(text)],
        },
        [.., "condition"] => vec!["service_started".to_owned()],
        [
            ..,
            "networks" | "env_file" | "build" | "context" | "dockerfile" | "depends_on",
        ] => vec![misspelt(text)],
        [.., "environment", _] => vec![format!("{text}x")],
        _ => Vec::new(),
    }
}

/// Changes to the answers: each left out, and each other choice in its place.
pub(super) fn answers(text: &str, lesson: &Lesson) -> Vec<Edit> {
    let Ok(tree) = serde_yaml::from_str::<Value>(text) else {
        return Vec::new();
    };
    let Some(answers) = tree.as_mapping() else {
        return Vec::new();
    };
    let mut changes = Changes {
        tree: &tree,
        given: Value::Null,
        found: Vec::new(),
    };
    for name in answers.keys().filter_map(Value::as_str) {
        let path = [Step::Key(name.to_owned())];
        changes.without(&path);
        let checks = lesson.tasks.iter().flat_map(|task| &task.checks);
        let given = answers.get(name).and_then(Value::as_str);
        for other in choices(checks, name).filter(|choice| Some(*choice) != given) {
            changes.instead(&path, other);
        }
    }
    changes.found
}

/// What there is to choose from for a question.
fn choices<'c>(
    checks: impl Iterator<Item = &'c Check>,
    name: &str,
) -> impl Iterator<Item = &'c str> {
    let mut of_name = checks.filter(move |check| check.id == name);
    let quiz = of_name.find_map(|check| match &check.spec {
        Spec::Quiz(quiz) => quiz.choices.as_ref(),
        _ => None,
    });
    quiz.into_iter()
        .flat_map(|choices| choices.keys().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::Course;

    fn changed(text: &str) -> Vec<Edit> {
        let course = Course::built_in().unwrap();
        let lesson = &course.lessons[0];
        compose(
            text,
            &Known {
                course: &course,
                lesson,
                given: "",
            },
        )
    }

    #[test]
    fn keys_are_left_out_and_names_ports_and_images_are_changed() {
        let text =
            "services:\n  web:\n    image: nginx:1.26\n    ports: ['8080:80']\nvolumes:\n  log:\n";
        let found = changed(text);
        let what: Vec<&str> = found.iter().map(|edit| edit.what.trim()).collect();
        assert_eq!(
            what,
            [
                "without services.web",
                "services.webx",
                "without services.web.image",
                "services.web.image: busybox:1.37",
                "without services.web.ports",
                "services.web.ports[0]: 8081:80",
                "services.web.ports[0]: 8080:81",
                "without volumes",
                "without volumes.log",
                "volumes.logx",
            ]
        );
        let ports = &found[5].text;
        assert_eq!(
            serde_yaml::from_str::<Value>(ports).unwrap(),
            serde_yaml::from_str::<Value>(&text.replace("8080:80", "8081:80")).unwrap()
        );
    }

    #[test]
    fn what_the_starter_has_already_is_left_as_it_is() {
        let course = Course::built_in().unwrap();
        let known = Known {
            course: &course,
            lesson: &course.lessons[0],
            given: "services: {web: {image: 'nginx:1.26', ports: ['80:80']}}",
        };
        let text = "services: {web: {image: 'nginx:1.26', ports: ['80:80', '90:90']}}";
        let found = compose(text, &known);
        let what: Vec<&str> = found.iter().map(|edit| edit.what.trim()).collect();
        assert_eq!(
            what,
            [
                "without services.web",
                "services.webx",
                "without services.web.ports",
                "without services.web.ports[1]",
                "services.web.ports[1]: 91:90",
                "services.web.ports[1]: 90:91",
            ]
        );
    }

    #[test]
    fn answers_are_left_out_and_changed_for_each_other_choice() {
        let course = Course::built_in().unwrap();
        let lesson = course.lessons.iter().find(|lesson| {
            let answers = lesson.solution.files.get("answers.yaml");
            answers.is_some()
        });
        let lesson = lesson.unwrap();
        let text = &lesson.solution.files["answers.yaml"].content;
        let found = answers(std::str::from_utf8(text).unwrap(), lesson);
        assert!(found.iter().any(|edit| edit.what.starts_with(" without ")));
        assert!(found.iter().any(|edit| edit.what.contains(": ")));
    }
}
