//! What a learner did in the sandbox, as a script that does it again. Pure.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::commandline::{Invocation, word};
use crate::course::spec::Spec;
use crate::course::{Check, Lesson};
use crate::outcome::{JournalCall, JournalEntry, TypedCommand};

/// How a script begins that nobody has edited; its digest follows.
const MARK: &str = "# What was done in the sandbox, in order. Edit it, and it stays as it is. ";

/// The script of a lesson's commands: those that changed something, and those that the lesson asks for.
pub fn script(lesson: &Lesson, journal: &[JournalEntry], workspace: &Path) -> String {
    let mut asked = Vec::new();
    for task in lesson.tasks.iter() {
        asked_for(&task.checks, &mut asked);
    }
    let workspace = workspace.to_string_lossy();
    let mut body = String::new();
    for (typed, calls) in commands(journal) {
        let Some(invocation) = Invocation::read(&typed.words) else {
            continue;
        };
        let did = |call: &&JournalCall| call.succeeded() && call.may_change_something();
        if asked.contains(&invocation.command.as_str()) || calls.iter().any(did) {
            body.push_str(&line(&typed.words, &workspace));
            body.push('\n');
        }
    }
    format!("{MARK}{}\n{body}", digest(&body))
}

/// Whether a script is one of ours that nobody has edited, so that it may be written anew.
pub fn is_unedited(text: &str) -> bool {
    let Some((first, body)) = text.split_once('\n') else {
        return false;
    };
    first.strip_prefix(MARK) == Some(digest(body).as_str())
}

fn digest(body: &str) -> String {
    let digest = Sha256::digest(body);
    digest[..4]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Every command with the calls that were made until the next one.
fn commands(journal: &[JournalEntry]) -> Vec<(&TypedCommand, Vec<&JournalCall>)> {
    let mut found: Vec<(&TypedCommand, Vec<&JournalCall>)> = Vec::new();
    for entry in journal {
        match entry {
            JournalEntry::Typed(typed) => found.push((typed, Vec::new())),
            JournalEntry::Call(call) => {
                if let Some((_, calls)) = found.last_mut() {
                    calls.push(call);
                }
            }
        }
    }
    found
}

/// The docker commands that checks ask for.
fn asked_for<'c>(checks: &'c [Check], found: &mut Vec<&'c str>) {
    for check in checks {
        match &check.spec {
            Spec::Command(spec) => found.push(&spec.docker),
            Spec::Any(inner) | Spec::All(inner) => asked_for(inner, found),
            Spec::Not(inner) => asked_for(std::slice::from_ref(inner), found),
            _ => {}
        }
    }
}

/// A command as it is typed in a shell. The workspace is somewhere else when it is run again.
fn line(words: &[String], workspace: &str) -> String {
    let written = |it: &String| match it.split_once(workspace).filter(|_| workspace.len() > 1) {
        Some((before, after)) => {
            let quoted = |part: &str| match part {
                "" => String::new(),
                part => word(part),
            };
            format!("{}\"$PWD\"{}", quoted(before), quoted(after))
        }
        None => word(it),
    };
    let words: Vec<String> = words.iter().map(written).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::Course;

    fn typed(line: &str) -> JournalEntry {
        JournalEntry::Typed(TypedCommand {
            words: line.split('|').map(str::to_owned).collect(),
            ..TypedCommand::default()
        })
    }

    fn call(what: &str, status: u16) -> JournalEntry {
        JournalEntry::Call(JournalCall {
            what: what.to_owned(),
            status,
            ..JournalCall::default()
        })
    }

    /// A lesson that asks for `docker logs`.
    fn lesson() -> Lesson {
        let mut lesson = Course::built_in().unwrap().lessons[0].clone();
        let spec: crate::course::spec::CommandCheck =
            serde_json::from_value(serde_json::json!({"docker": "logs"})).unwrap();
        let check = &mut lesson.tasks[0].checks[0];
        check.spec = Spec::Not(Box::new(Check {
            spec: Spec::Command(spec),
            ..check.clone()
        }));
        lesson
    }

    fn body(journal: &[JournalEntry]) -> String {
        let script = script(&lesson(), journal, Path::new("/home/ada/work"));
        assert!(is_unedited(&script), "{script}");
        script.split_once('\n').unwrap().1.to_owned()
    }

    #[test]
    fn what_changed_something_or_is_asked_for_is_kept_in_its_order() {
        let journal = [
            call("ping", 200),
            typed("docker|ps"),
            call("container list", 200),
            typed("docker|rnu"),
            typed("docker|run|-d|--name|web|nginx"),
            call("container create", 404),
            call("image pull", 200),
            call("container create", 201),
            typed("docker|stop|nobody"),
            call("container stop", 404),
            typed("docker|logs|web"),
            call("container logs", 200),
            typed("docker|rm|-f|web"),
            call("container remove", 204),
        ];
        assert_eq!(
            body(&journal),
            "docker run -d --name web nginx\ndocker logs web\ndocker rm -f web\n"
        );
    }

    #[test]
    fn words_mean_the_same_to_the_shell_and_the_workspace_is_where_one_is() {
        let journal = [
            typed("docker|run|-v|/home/ada/work/site dir:/www|-e|A=it's|busybox|sh|-c|echo $HOME"),
            call("container create", 201),
        ];
        let expected =
            r#"docker run -v "$PWD"'/site dir:/www' -e 'A=it'\''s' busybox sh -c 'echo $HOME'"#;
        assert_eq!(body(&journal), format!("{expected}\n"));
    }

    #[test]
    fn an_edited_script_is_the_learners() {
        let ours = script(&lesson(), &[], Path::new("/w"));
        assert!(is_unedited(&ours));
        assert!(!is_unedited(&format!("{ours}docker ps\n")));
        assert!(!is_unedited("docker ps\n"));
        assert!(!is_unedited(""));
    }
}
