//! Expectations that are empty, cannot fail, or contradict themselves.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::Findings;
use crate::course::matcher::{Matcher, Value};
use crate::course::model::Check;
use crate::course::node::At;
use crate::course::spec::{
    BuildSpec, CacheSpec, CommandCheck, ComposeCheck, ContainerCheck, ContextSpec, DockerfileSpec,
    ExecSpec, FileSpec, HttpSpec, ImageSpec, InstructionMatch, LayersSpec, NetworkCheck, QuizCheck,
    Reach, RegistryCheck, Spec, TcpSpec, VolumeCheck,
};
use crate::course::value::Span;
use crate::dockerfile::rules;
use crate::text::tick;

/// Looks at one check and at the parts of it.
pub(super) fn of(check: &Check, at: At<'_>, findings: &mut Findings<'_>) {
    let at = at.name(check.spec.kind());
    match &check.spec {
        Spec::Dockerfile(spec) => dockerfile(spec, at, findings),
        Spec::Build(spec) => build(spec, at, findings),
        Spec::Cache(spec) => cache(spec, at, findings),
        Spec::Image(spec) if *spec == ImageSpec::default() => nothing("image", at, findings),
        Spec::Layers(spec) => layers(spec, at, findings),
        Spec::File(spec) => file(spec, at, findings),
        Spec::Exec(spec) => exec(spec, at, findings),
        Spec::Http(spec) => http(spec, at, findings),
        Spec::Tcp(spec) => tcp(spec, at, findings),
        Spec::Container(spec) => container(spec, at, findings),
        Spec::Listening(spec) => held(spec.hold, spec.within, at, findings),
        Spec::Logs(spec) => held(spec.hold, spec.within, at, findings),
        Spec::Command(spec) => command(spec, at, findings),
        Spec::Network(spec) => network(spec, at, findings),
        Spec::Volume(spec) => volume(spec, at, findings),
        Spec::Compose(spec) => compose(spec, at, findings),
        Spec::Registry(spec) => registry(spec, at, findings),
        Spec::Quiz(spec) => quiz(spec, at, findings),
        Spec::Script(_) => {}
        Spec::Any(checks) | Spec::All(checks) => {
            for (index, check) in checks.iter().enumerate() {
                of(check, at.item(index), findings);
            }
        }
        Spec::Not(check) => of(check, at, findings),
        Spec::Image(_) | Spec::Run(_) | Spec::Published(_) | Spec::Exposed(_) => {}
    }
}

fn nothing(kind: &str, at: At<'_>, findings: &mut Findings<'_>) {
    findings.at(
        at,
        format!("this {} expects nothing, so it cannot fail", tick(kind)),
    );
}

/// Exactly one of these keys must be there.
fn one_of(keys: &[&str], at: At<'_>, findings: &mut Findings<'_>) {
    let given: Vec<&str> = keys.iter().copied().filter(|key| at.has(key)).collect();
    let names = crate::text::list_or(keys);
    match given.as_slice() {
        [_] => {}
        [] => findings.at(at, format!("one of {names} is missing")),
        [_, second, ..] => {
            findings.at(at.name(second), format!("only one of {names} can be there"));
        }
    }
}

fn dockerfile(spec: &DockerfileSpec, at: At<'_>, findings: &mut Findings<'_>) {
    if *spec
        == (DockerfileSpec {
            stage: spec.stage,
            ..Default::default()
        })
    {
        nothing("dockerfile", at, findings);
    }
    for (key, list) in [
        ("has", &spec.has),
        ("lacks", &spec.lacks),
        ("order", &spec.order),
    ] {
        instructions(list.as_ref(), at.key(key), findings);
    }
    let known: Vec<&str> = rules::all().map(|rule| rule.code).collect();
    for (index, code) in spec.rules.iter().flatten().enumerate() {
        if !known.contains(&code.as_str()) {
            findings.unknown(at.key("rules").item(index), "rule", code, &known);
        }
    }
}

fn instructions(list: Option<&Vec<InstructionMatch>>, at: At<'_>, findings: &mut Findings<'_>) {
    for (index, instruction) in list.into_iter().flatten().enumerate() {
        if instruction.len() != 1 {
            findings.at(
                at.item(index),
                "an instruction is a mapping with one key: `{run: pip install}`",
            );
        }
    }
}

fn build(spec: &BuildSpec, at: At<'_>, findings: &mut Findings<'_>) {
    if spec
        .context
        .as_ref()
        .is_some_and(|sent| *sent == ContextSpec::default())
    {
        nothing("context", at.key("context"), findings);
    }
    if spec.succeeds == Some(true) && spec.fails.is_some() {
        findings.at(
            at.name("fails"),
            "a build that succeeds does not fail: leave one of the two out",
        );
    }
}

fn layers(spec: &LayersSpec, at: At<'_>, findings: &mut Findings<'_>) {
    let image = spec.image.clone();
    if *spec
        == (LayersSpec {
            image,
            ..Default::default()
        })
    {
        nothing("layers", at, findings);
    }
}

fn network(spec: &NetworkCheck, at: At<'_>, findings: &mut Findings<'_>) {
    let within = spec.within;
    if *spec
        == (NetworkCheck {
            within,
            ..Default::default()
        })
    {
        nothing("network", at, findings);
    }
    for key in ["driver", "internal", "members"] {
        if spec.name.is_none() && at.has(key) {
            findings.at(
                at.name(key),
                format!("{} of which network? Say its `name`", tick(key)),
            );
        }
    }
}

fn compose(spec: &ComposeCheck, at: At<'_>, findings: &mut Findings<'_>) {
    if !spec.reads_file() && spec.up.is_none() {
        nothing("compose", at, findings);
    }
    if spec.contained == Some(false) {
        findings.at(
            at.name("contained"),
            "nobody needs a file that reaches out: leave `contained` out",
        );
    }
    for pointer in spec.config.iter().flat_map(IndexMap::keys) {
        if !pointer.starts_with('/') {
            findings.at(
                at.key("config").name(pointer),
                "a JSON pointer begins with a slash: `/services/web/image`",
            );
        }
    }
    let more = spec.services.is_some() || spec.config.is_some() || spec.contained.is_some();
    if spec.valid == Some(false) && (more || spec.up.is_some()) {
        findings.at(
            at.name("valid"),
            "of a file that compose cannot read nothing else can be expected",
        );
    }
    if spec.within.is_some() && spec.up.is_none() {
        findings.at(
            at.name("within"),
            "only services are waited for: say `up`, or leave `within` out",
        );
    }
}

fn command(spec: &CommandCheck, at: At<'_>, findings: &mut Findings<'_>) {
    if spec.error.is_some() && !spec.fails {
        let message = "`error` needs `fails: true` beside it: what succeeds says no error";
        findings.at(at.name("error"), message);
    }
}

fn registry(spec: &RegistryCheck, at: At<'_>, findings: &mut Findings<'_>) {
    if spec.user.is_some() != spec.password.is_some() {
        one_without_the_other("user", "password", at, findings);
    }
    if spec.on_engine == Some(false) && spec.image.is_some() {
        let message = "an image that the engine must not have cannot be the learner's `image`";
        findings.at(at.name("on_engine"), message);
    }
}

fn one_without_the_other(one: &str, other: &str, at: At<'_>, findings: &mut Findings<'_>) {
    let (there, missing) = if at.has(one) {
        (one, other)
    } else {
        (other, one)
    };
    let message = format!("{} needs {} beside it", tick(there), tick(missing));
    findings.at(at.name(there), message);
}

fn quiz(spec: &QuizCheck, at: At<'_>, findings: &mut Findings<'_>) {
    let answer = match (&spec.answer, &spec.sealed) {
        (Some(answer), None) => answer,
        (None, Some(_)) => return,
        (None, None) => return findings.at(at, "this question has no `answer`"),
        (Some(_), Some(_)) => {
            let message = "`sealed` stands in place of `answer`, not beside it";
            return findings.at(at.name("sealed"), message);
        }
    };
    if spec.several {
        let message = "`several` belongs to `sealed`; here the answer shows it";
        findings.at(at.name("several"), message);
    }
    let Some(choices) = &spec.choices else {
        if at.has("because") {
            let message = "`because` says why a choice is wrong, and there are no `choices`";
            findings.at(at.name("because"), message);
        }
        return;
    };
    let known: Vec<&str> = choices.keys().map(String::as_str).collect();
    let right: Vec<&str> = match answer {
        Matcher::Equals(Value::Text(one)) => vec![one],
        Matcher::Equals(Value::List(several)) => several
            .iter()
            .filter_map(|item| match item {
                Value::Text(text) => Some(text.as_str()),
                _ => None,
            })
            .collect(),
        _ => {
            let message = "where there are `choices`, the answer is one of them, or a list of them";
            return findings.at(at.key("answer"), message);
        }
    };
    for choice in &right {
        if !known.contains(choice) {
            findings.unknown(at.key("answer"), "choice", choice, &known);
        }
    }
    if right.len() == known.len() {
        findings.at(at.key("answer"), "every choice is right: this cannot fail");
    }
    for choice in spec.because.iter().flat_map(IndexMap::keys) {
        let place = at.key("because").name(choice);
        if !known.contains(&choice.as_str()) {
            findings.unknown(place, "choice", choice, &known);
        } else if right.contains(&choice.as_str()) {
            let message = format!("{} is right: nothing speaks against it", tick(choice));
            findings.at(place, message);
        }
    }
}

fn volume(spec: &VolumeCheck, at: At<'_>, findings: &mut Findings<'_>) {
    let within = spec.within;
    if *spec
        == (VolumeCheck {
            within,
            ..Default::default()
        })
    {
        nothing("volume", at, findings);
    }
    for key in ["driver", "used_by", "files"] {
        if spec.name.is_none() && at.has(key) {
            findings.at(
                at.name(key),
                format!("{} of which volume? Say its `name`", tick(key)),
            );
        }
    }
}

fn cache(spec: &CacheSpec, at: At<'_>, findings: &mut Findings<'_>) {
    one_of(&["edit", "touch", "add"], at, findings);
    let expected = ["keeps", "renews", "cached", "rerun"];
    if !expected.iter().any(|key| at.has(key)) {
        let message = format!("one of {} is missing", crate::text::list_or(&expected));
        findings.at(at, message);
    }
    instructions(spec.cached.as_ref(), at.key("cached"), findings);
    instructions(spec.rerun.as_ref(), at.key("rerun"), findings);
    match &spec.text {
        Some(_) if spec.touch.is_some() => {
            findings.at(at.key("text"), "`touch` changes no content: `text` goes with `edit` or `add`");
        }
        Some(text) if !text.contains("${nonce}") => findings.at(
            at.key("text"),
            "without `${nonce}` the change is the same each time, and is itself cached the second time",
        ),
        _ => {}
    }
}

fn file(spec: &FileSpec, at: At<'_>, findings: &mut Findings<'_>) {
    let others = ["type", "mode", "uid", "gid", "size", "sha256", "content"];
    if let Some(key) = others
        .iter()
        .find(|key| spec.exists == Some(false) && at.has(key))
    {
        findings.at(
            at.name(key),
            format!("what does not exist has no {}", tick(key)),
        );
    }
}

fn exec(_: &ExecSpec, at: At<'_>, findings: &mut Findings<'_>) {
    one_of(&["command", "sh"], at, findings);
}

fn http(spec: &HttpSpec, at: At<'_>, findings: &mut Findings<'_>) {
    one_of(&["port", "published", "host_port"], at, findings);
    if spec.container.is_some() && spec.host_port.is_some() {
        let message = "a port of the host is reached whoever published it: leave `container` out";
        findings.at(at.name("container"), message);
    }
    let mut seen = HashSet::new();
    for name in spec.headers.keys() {
        if !seen.insert(name.to_lowercase()) {
            findings.at(
                at.key("headers").name(name),
                format!("the header {} is given twice", tick(name)),
            );
        }
    }
    held(spec.hold, spec.within, at, findings);
}

fn tcp(spec: &TcpSpec, at: At<'_>, findings: &mut Findings<'_>) {
    if spec.expect == Reach::Refused {
        for key in ["send", "answer"].into_iter().filter(|key| at.has(key)) {
            findings.at(
                at.name(key),
                format!("a refused connection has no {}", tick(key)),
            );
        }
    }
    held(spec.hold, spec.within, at, findings);
}

fn container(spec: &ContainerCheck, at: At<'_>, findings: &mut Findings<'_>) {
    let (within, hold, port) = (spec.within, spec.hold, spec.port);
    if *spec
        == (ContainerCheck {
            within,
            hold,
            port,
            ..Default::default()
        })
    {
        nothing("container", at, findings);
    } else if port.is_some() && spec.stops_within.is_none() {
        findings.at(
            at.name("port"),
            "`port` says when `stops_within` may begin, which is not there",
        );
    }
    if spec.running == Some(true) && spec.exit_code.is_some() {
        findings.at(at.name("exit_code"), "a running container has no exit code");
    }
    held(hold, within, at, findings);
}

/// What must hold for longer than we wait can never be seen to hold.
fn held(hold: Option<Span>, within: Option<Span>, at: At<'_>, findings: &mut Findings<'_>) {
    if let (Some(hold), Some(within)) = (hold, within)
        && hold > within
    {
        findings.at(
            at.key("for"),
            "`for` is longer than `within`: it could never be seen to hold",
        );
    }
}
