//! The `command` kind: a docker command that the learner used, by meaning. What was typed says which command it was, and what
//! the engine was asked meanwhile says that it was no mere claim, and how it ended.

use crate::commandline::Invocation;
use crate::course::CourseImage;
use crate::course::matcher::{Matcher, Value};
use crate::course::spec::CommandCheck;
use crate::outcome::{Cause, JournalCall, JournalEntry};
use crate::text::tick;

use super::live::same_image;
use super::matching::{Unit, compare, describe};
use super::nonce::Nonce;
use super::verdict::{Verdict, texts};

/// A command as it was typed, with the calls that were made before the next one.
struct Used<'a> {
    invocation: Invocation,
    calls: Vec<&'a JournalCall>,
}

/// Judges whether the learner has used such a command.
pub(crate) fn judge(
    spec: &CommandCheck,
    journal: &[JournalEntry],
    images: &[CourseImage],
    nonce: &Nonce,
) -> Verdict {
    let mut nearest: Option<Vec<(String, String, String)>> = None;
    for used in used(journal, &spec.docker) {
        let missing = differences(spec, &used, images, nonce);
        if missing.is_empty() {
            return Verdict::Pass;
        }
        // Of two that come equally near, the later one is what the learner has in mind.
        let nearer = |best: &Vec<_>| missing.len() <= best.len();
        if nearest.as_ref().is_none_or(nearer) {
            nearest = Some(missing);
        }
    }
    let command = tick(&format!("docker {}", spec.docker));
    let cause = match nearest {
        None => Cause::new(format!("you have not used {command} yet")),
        Some(differences) => {
            let said = format!("you have used {command}, and not in the way that is asked for");
            differences
                .into_iter()
                .fold(Cause::new(said), |cause, (what, expected, found)| {
                    cause.differs(what, expected, found)
                })
        }
    };
    let help = match spec.docker.starts_with("--") {
        true => format!("docker {}", spec.docker),
        false => format!("docker {} --help", spec.docker),
    };
    Verdict::Fail(cause.see(help))
}

/// Every use of this command.
fn used<'a>(journal: &'a [JournalEntry], command: &str) -> Vec<Used<'a>> {
    let mut found: Vec<Used<'a>> = Vec::new();
    let mut current: Option<Used<'a>> = None;
    for entry in journal {
        match entry {
            JournalEntry::Typed(typed) => {
                found.extend(current.take());
                current = Invocation::read(&typed.words).map(|invocation| Used {
                    invocation,
                    calls: Vec::new(),
                });
            }
            JournalEntry::Call(call) => {
                if let Some(current) = &mut current {
                    current.calls.push(call);
                }
            }
        }
    }
    found.extend(current);
    found.retain(|used| used.invocation.command == command);
    found
}

/// What is not as it should be, as (what, expected, found).
fn differences(
    spec: &CommandCheck,
    used: &Used<'_>,
    images: &[CourseImage],
    nonce: &Nonce,
) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    let invocation = &used.invocation;
    for (flag, matcher) in spec.flags.iter().flatten() {
        let values = invocation.values(flag);
        if !flag_holds(matcher, values.as_deref(), nonce) {
            let shown = match values.as_deref() {
                None => "not given".to_owned(),
                Some([""]) => "given".to_owned(),
                Some(values) => values.join(", "),
            };
            let expected = match matcher {
                Matcher::Equals(Value::Bool(true)) => "given".to_owned(),
                Matcher::Empty(true) => "not given".to_owned(),
                other => describe(other, Unit::Plain, nonce),
            };
            found.push((format!("--{flag}"), expected, shown));
        }
    }
    let arguments = texts(&invocation.arguments);
    if let Some(matcher) = &spec.arguments
        && let Err(mismatch) = compare(Unit::Plain, matcher, &arguments, nonce)
    {
        found.push(("arguments".to_owned(), mismatch.expected, mismatch.found));
    }
    if let Some(image) = &spec.image
        && !invocation
            .arguments
            .iter()
            .any(|argument| same_image(images, image, argument))
    {
        let shown = invocation.arguments.first().cloned();
        found.push((
            "image".to_owned(),
            image.clone(),
            shown.unwrap_or_else(|| "none".to_owned()),
        ));
    }
    for (kind, name) in named(spec).filter(|(kind, name)| !is_about(used, kind, name)) {
        let shown = invocation.arguments.join(" ");
        let shown = if shown.is_empty() {
            "none".to_owned()
        } else {
            shown
        };
        found.push((kind.to_owned(), name.to_owned(), shown));
    }
    found.extend(ended(spec, used).or_else(|| said(spec, used, nonce)));
    found
}

/// The objects that the command has to be about, with their kinds.
fn named(spec: &CommandCheck) -> impl Iterator<Item = (&'static str, &str)> {
    let kinds = [
        ("container", &spec.container),
        ("network", &spec.network),
        ("volume", &spec.volume),
    ];
    let kinds = kinds.into_iter();
    kinds.filter_map(|(kind, name)| Some((kind, name.as_deref()?)))
}

/// A flag that may be given several times holds where one of its values does.
fn flag_holds(matcher: &Matcher, values: Option<&[&str]>, nonce: &Nonce) -> bool {
    let holds = |value: &Value| compare(Unit::Plain, matcher, value, nonce).is_ok();
    match (matcher.unsaid(), values) {
        (Matcher::Equals(Value::Bool(wanted)), values) => values.is_some() == *wanted,
        (_, None) => holds(&Value::Missing),
        (Matcher::Empty(empty), Some(_)) => !empty,
        (_, Some(values)) => {
            values.iter().any(|value| {
                let plain = value.strip_suffix("/tcp").unwrap_or(value);
                let number = value.parse().map(Value::Number);
                holds(&Value::Text((*value).to_owned()))
                    || holds(&Value::Text(plain.to_owned()))
                    || number.is_ok_and(|number| holds(&number))
            }) || holds(&texts(values))
        }
    }
}

/// The engine knows the object by its name, whatever the learner wrote in place of it.
fn is_about(used: &Used<'_>, kind: &str, name: &str) -> bool {
    let by_name = used.invocation.arguments.iter().any(|argument| {
        // `docker cp web:/etc/group .`
        argument.split(':').next() == Some(name)
    });
    let flagged = used.invocation.values("name");
    by_name
        || flagged.is_some_and(|names| names.contains(&name))
        || used.calls.iter().any(|call| call.is_about(kind, name))
}

/// How the command ended, where it should have ended otherwise.
fn ended(spec: &CommandCheck, used: &Used<'_>) -> Option<(String, String, String)> {
    let whats = asked_by(&spec.docker);
    let ours: Vec<&&JournalCall> = used
        .calls
        .iter()
        .filter(|call| whats.is_empty() || whats.contains(&call.what.as_str()))
        .collect();
    let failed = ours.iter().find(|call| !call.succeeded());
    // `docker stop other web` is no stop of `web` where only the other one was there.
    let meant = |call: &JournalCall| {
        named(spec).all(|(kind, name)| !call.names_a(kind) || call.is_about(kind, name))
    };
    let done = ours.iter().any(|call| call.succeeded() && meant(call));
    // One that is refused early never comes to the call that would have shown it carried out.
    let refused = !done && used.calls.iter().any(|call| !call.succeeded());
    let what = "its end".to_owned();
    match (spec.fails, failed) {
        (true, Some(_)) => None,
        (true, None) if refused => None,
        (true, None) => Some((what, "an error".to_owned(), "no error".to_owned())),
        // It asks the engine nothing.
        (false, _) if whats.is_empty() => None,
        (false, _) if done => None,
        (false, Some(call)) => {
            let error = call.error.clone();
            let error = error.unwrap_or_else(|| "an error of the engine's".to_owned());
            Some((what, "no error".to_owned(), error))
        }
        (false, None) => Some((
            what,
            "no error".to_owned(),
            "it ended before it asked the engine anything".to_owned(),
        )),
    }
}

/// What the engine said when it failed, where it should have said something else.
fn said(spec: &CommandCheck, used: &Used<'_>, nonce: &Nonce) -> Option<(String, String, String)> {
    let matcher = spec.error.as_ref()?;
    let errors = used.calls.iter().filter_map(|call| call.error.as_ref());
    let said = |error: &String| compare(Unit::Plain, matcher, &Value::Text(error.clone()), nonce);
    let mismatch = errors.map(said).reduce(Result::or);
    let mismatch =
        mismatch.unwrap_or_else(|| compare(Unit::Plain, matcher, &Value::Missing, nonce));
    let mismatch = mismatch.err()?;
    Some(("its error".to_owned(), mismatch.expected, mismatch.found))
}

/// The calls that show that a command was really carried out: one of them must have succeeded. None where the command
/// asks nothing, or for what it shares with others.
fn asked_by(command: &str) -> &'static [&'static str] {
    match command {
        "run" | "start" => &["container start"],
        "create" => &["container create"],
        "ps" => &["container list"],
        "stop" => &["container stop"],
        "restart" => &["container restart"],
        "kill" => &["container kill"],
        "pause" => &["container pause"],
        "unpause" => &["container unpause"],
        "rm" => &["container remove"],
        "logs" => &["container logs"],
        "exec" => &["exec start"],
        "attach" => &["container attach"],
        "top" => &["container top"],
        "stats" => &["container stats"],
        "diff" => &["container diff"],
        "rename" => &["container rename"],
        "update" => &["container update"],
        "wait" => &["container wait"],
        "cp" => &["container copy from", "container copy to"],
        "commit" => &["container commit"],
        "export" => &["container export"],
        "port" => &["container inspect"],
        "inspect" => &[
            "container inspect",
            "image inspect",
            "network inspect",
            "volume inspect",
        ],
        "container prune" => &["container prune"],
        "images" => &["image list"],
        "pull" => &["image pull"],
        "push" => &["image push"],
        "tag" => &["image tag"],
        "rmi" => &["image remove"],
        "history" => &["image history"],
        "save" => &["image save"],
        "load" => &["image load"],
        "import" => &["image import"],
        "image inspect" => &["image inspect"],
        "image prune" => &["image prune"],
        "build" => &["image build", "build control", "build session"],
        "network create" => &["network create"],
        "network ls" => &["network list"],
        "network inspect" => &["network inspect"],
        "network connect" => &["network connect"],
        "network disconnect" => &["network disconnect"],
        "network rm" => &["network remove"],
        "network prune" => &["network prune"],
        "volume create" => &["volume create"],
        "volume ls" => &["volume list"],
        "volume inspect" => &["volume inspect"],
        "volume rm" => &["volume remove"],
        "volume prune" => &["volume prune"],
        "login" => &["login"],
        "info" => &["info"],
        "version" => &["version"],
        "events" => &["events"],
        "system df" => &["system df"],
        "system prune" => &["container prune"],
        "compose up" => &["container start"],
        "compose down" | "compose rm" => &["container remove"],
        "compose ps" | "compose logs" | "compose stop" | "compose start" | "compose restart" => {
            &["container list"]
        }
        "compose exec" => &["exec start"],
        "compose build" => &["image build", "build control", "build session"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{JournalObject, TypedCommand};

    fn typed(line: &str) -> JournalEntry {
        JournalEntry::Typed(TypedCommand {
            words: line.split_whitespace().map(str::to_owned).collect(),
            ..TypedCommand::default()
        })
    }

    fn call(what: &str, status: u16, container: &str) -> JournalEntry {
        JournalEntry::Call(JournalCall {
            what: what.into(),
            status,
            error: (status >= 400).then(|| "no such container".to_owned()),
            objects: vec![JournalObject {
                kind: "container".into(),
                name: container.into(),
            }],
            ..JournalCall::default()
        })
    }

    fn judged(yaml: &str, journal: &[JournalEntry]) -> Verdict {
        let images = [CourseImage {
            name: "nginx:1.26".into(),
            aliases: vec!["nginx".into()],
        }];
        let spec = serde_yaml::from_str(yaml).unwrap();
        judge(&spec, journal, &images, &Nonce::fixed("n"))
    }

    fn ran() -> Vec<JournalEntry> {
        vec![
            typed("docker run -dp 8080:80 --name web nginx"),
            call("container create", 201, "web"),
            call("container start", 204, "web"),
            typed("docker logs 0123456789ab"),
            call("container logs", 200, "web"),
            typed("docker stop nobody"),
            call("container stop", 404, "nobody"),
        ]
    }

    #[test]
    fn flags_images_and_names_are_compared_by_meaning() {
        for good in [
            "{docker: run}",
            "{docker: run, flags: {publish: \"8080:80\", detach: true, rm: {empty: true}}}",
            "{docker: run, image: \"nginx:1.26\", container: web}",
            "{docker: logs, container: web}",
            "{docker: stop, fails: true}",
            "{docker: run, arguments: [nginx]}",
        ] {
            assert_eq!(judged(good, &ran()), Verdict::Pass, "{good}");
        }
        let cause = judged("{docker: run, flags: {publish: \"80:80\"}}", &ran()).into_cause();
        let difference = &cause.unwrap().differences[0];
        assert_eq!(
            (difference.what.as_str(), difference.found.as_str()),
            ("--publish", "8080:80")
        );
    }

    #[test]
    fn what_was_typed_and_did_nothing_does_not_count() {
        assert!(matches!(judged("{docker: stop}", &ran()), Verdict::Fail(_)));
        let claimed = [typed("docker run nginx"), typed("docker ps")];
        assert!(matches!(
            judged("{docker: run}", &claimed),
            Verdict::Fail(_)
        ));
        // What asks the engine nothing can only be typed.
        assert_eq!(
            judged("{docker: --version}", &[typed("docker --version")]),
            Verdict::Pass
        );
    }

    #[test]
    fn a_run_that_cannot_even_be_created_has_failed() {
        let refused = [
            typed("docker run nginx"),
            call("container create", 400, "web"),
        ];
        assert_eq!(
            judged("{docker: run, fails: true}", &refused),
            Verdict::Pass
        );
        // An image that was not there, and then was.
        let pulled = [
            typed("docker run nginx"),
            call("container create", 404, "web"),
            call("container create", 201, "web"),
            call("container start", 204, "web"),
        ];
        let fails = judged("{docker: run, fails: true}", &pulled);
        assert!(matches!(fails, Verdict::Fail(_)));
    }

    #[test]
    fn of_several_things_that_may_be_wrong_one_is_to_be_seen() {
        let failed = |error: &str| {
            let JournalEntry::Call(call) = call("container create", 400, "box") else {
                unreachable!("it is a call")
            };
            let call = JournalEntry::Call(JournalCall {
                error: Some(error.to_owned()),
                ..call
            });
            [typed("docker run flat:1.0"), call]
        };
        let check = "{docker: run, fails: true, error: {matches: '(?i)no command'}}";
        let verdict = judged(check, &failed("No command specified"));
        assert_eq!(verdict, Verdict::Pass);
        let cause = judged(check, &failed("No such image: flat:1.0")).into_cause();
        assert!(format!("{cause:?}").contains("No such image"), "{cause:?}");
    }

    #[test]
    fn of_two_objects_the_right_one_must_have_been_there() {
        let both = |web: u16| {
            [
                typed("docker stop other web"),
                call("container stop", 204, "other"),
                call("container stop", web, "web"),
            ]
        };
        let check = "{docker: stop, container: web}";
        assert_eq!(judged(check, &both(204)), Verdict::Pass);
        assert!(matches!(judged(check, &both(404)), Verdict::Fail(_)));
    }

    #[test]
    fn what_was_never_used_is_said_so() {
        let cause = judged("{docker: pause}", &ran()).into_cause().unwrap();
        assert_eq!(cause.rationale, "you have not used `docker pause` yet");
    }
}
