//! The `image` and `exposed` kinds: what the image's configuration says.

use crate::course::matcher::Value;
use crate::course::spec::{ExposedSpec, Form, ImageSpec};
use crate::engine::ImageFacts;
use crate::text::tick;

use super::nonce::Nonce;
use super::verdict::{Comparison, Verdict, text, texts};

const SEE: &str = "docker image inspect IMAGE";

/// Judges an image's configuration; `base` holds the layers of the base image that is asked for.
pub(crate) fn judge(
    spec: &ImageSpec,
    image: &ImageFacts,
    base: Option<&[String]>,
    nonce: &Nonce,
) -> Verdict {
    let mut found = Comparison::new(nonce, "the image is not configured as it should be");
    for (name, matcher) in spec.env.iter().flatten() {
        let value = image.env.iter().find(|(key, _)| key == name);
        let value = value.map_or(Value::Missing, |(_, value)| text(value));
        found.look(&format!("env {name}"), Some(matcher), &value);
    }
    for (name, matcher) in spec.labels.iter().flatten() {
        let value = image.labels.get(name).map_or(Value::Missing, text);
        found.look(&format!("label {name}"), Some(matcher), &value);
    }
    let command: Vec<String> = image
        .entrypoint
        .iter()
        .flatten()
        .chain(image.cmd.iter().flatten())
        .cloned()
        .collect();
    found.look("user", spec.user.as_ref(), &text(user(&image.user)));
    found.look(
        "workdir",
        spec.workdir.as_ref(),
        &text(workdir(&image.workdir)),
    );
    found.look("command", spec.command.as_ref(), &texts(&command));
    found.look("cmd", spec.cmd.as_ref(), &texts(image.cmd.iter().flatten()));
    found.look(
        "entrypoint",
        spec.entrypoint.as_ref(),
        &texts(image.entrypoint.iter().flatten()),
    );
    found.look(
        "exposed ports",
        spec.exposed.as_ref(),
        &texts(&image.exposed),
    );
    found.look("volumes", spec.volumes.as_ref(), &texts(&image.volumes));
    found.look(
        "healthcheck",
        spec.healthcheck.as_ref(),
        &text(health(image.healthcheck.as_deref())),
    );
    let signal = image.stop_signal.as_deref().unwrap_or("SIGTERM");
    found.look("stop signal", spec.stop_signal.as_ref(), &text(signal));
    found.look(
        "architecture",
        spec.architecture.as_ref(),
        &text(&image.architecture),
    );
    if let Some(expected) = spec.form {
        let shell = command.first().is_some_and(|word| word == "/bin/sh")
            && command.get(1).is_some_and(|word| word == "-c");
        let form = if shell { Form::Shell } else { Form::Exec };
        if form != expected {
            found.note(
                "command",
                form_name(expected),
                format!("{}: {}", form_name(form), command.join(" ")),
            );
        }
    }
    if let (Some(name), Some(base)) = (&spec.base, base)
        && !image.layers.starts_with(base)
    {
        found.note("base image", name, "another image");
    }
    found.verdict(SEE)
}

/// Judges whether the image documents a port.
pub(crate) fn judge_exposed(spec: &ExposedSpec, image: &ImageFacts, nonce: &Nonce) -> Verdict {
    let port = spec.port.to_string();
    let said = format!("the image does not document port {}", tick(&port));
    let mut found = Comparison::new(nonce, said);
    if !image.exposed.contains(&port) {
        let ports: Vec<&str> = image.exposed.iter().map(String::as_str).collect();
        let shown = if ports.is_empty() {
            "no port".to_owned()
        } else {
            ports.join(", ")
        };
        found.note("exposed ports", &port, shown);
    }
    found.verdict(SEE)
}

/// The user's name or number without its group; `root` however it is written.
pub(crate) fn user(written: &str) -> String {
    match written.split(':').next().unwrap_or_default() {
        "" | "0" => "root".to_owned(),
        name => name.to_owned(),
    }
}

fn workdir(written: &str) -> String {
    match written.trim_end_matches('/') {
        "" => "/".to_owned(),
        path => path.to_owned(),
    }
}

fn health(test: Option<&[String]>) -> String {
    match test {
        None | Some([]) => String::new(),
        Some([only]) if only == "NONE" => String::new(),
        Some([kind, rest @ ..]) if kind == "CMD" || kind == "CMD-SHELL" => rest.join(" "),
        Some(words) => words.join(" "),
    }
}

fn form_name(form: Form) -> &'static str {
    match form {
        Form::Exec => "a JSON list",
        Form::Shell => "a line for a shell",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(spec: &str, image: &ImageFacts) -> Verdict {
        judge(
            &serde_yaml::from_str(spec).unwrap(),
            image,
            None,
            &Nonce::fixed("n"),
        )
    }

    fn image() -> ImageFacts {
        ImageFacts {
            env: vec![("PORT".into(), "8080".into())],
            cmd: Some(vec!["python".into(), "app.py".into()]),
            exposed: ["8080/tcp".to_owned()].into(),
            workdir: "/app/".into(),
            ..ImageFacts::default()
        }
    }

    #[track_caller]
    fn differs(verdict: Verdict, what: &str, expected: &str, found: &str) {
        let cause = verdict.into_cause().expect("a failure");
        let [difference] = cause.differences.as_slice() else {
            panic!("{cause:?}")
        };
        assert_eq!(
            (difference.what.as_str(), difference.expected.as_str()),
            (what, expected)
        );
        assert_eq!(difference.found, found);
    }

    #[test]
    fn configuration_is_compared_key_by_key() {
        assert_eq!(
            judged(
                "{env: {PORT: 8080}, workdir: /app, exposed: [8080/tcp]}",
                &image()
            ),
            Verdict::Pass
        );
        differs(
            judged("{env: {PORT: 80}}", &image()),
            "env PORT",
            "80",
            "8080",
        );
        differs(
            judged("{env: {HOST: x}}", &image()),
            "env HOST",
            "x",
            "nothing",
        );
        assert_eq!(
            judged("{env: {SECRET: {empty: true}}}", &image()),
            Verdict::Pass
        );
    }

    #[test]
    fn root_is_root_however_it_is_written() {
        for written in ["", "0", "root", "0:0", "root:root"] {
            let image = ImageFacts {
                user: written.into(),
                ..image()
            };
            differs(
                judged("{user: {not: root}}", &image),
                "user",
                "not root",
                "root",
            );
        }
        let image = ImageFacts {
            user: "app:app".into(),
            ..image()
        };
        assert_eq!(judged("{user: {not: root}}", &image), Verdict::Pass);
    }

    #[test]
    fn a_command_in_an_entrypoint_is_a_command() {
        let image = ImageFacts {
            entrypoint: Some(vec!["python".into()]),
            cmd: Some(vec!["app.py".into()]),
            ..image()
        };
        assert_eq!(
            judged("{command: [python, app.py], form: exec}", &image),
            Verdict::Pass
        );
        let shell = ImageFacts {
            entrypoint: None,
            cmd: Some(
                ["/bin/sh", "-c", "python app.py"]
                    .map(str::to_owned)
                    .to_vec(),
            ),
            ..image
        };
        let found = "a line for a shell: /bin/sh -c python app.py";
        differs(
            judged("{form: exec}", &shell),
            "command",
            "a JSON list",
            found,
        );
    }

    #[test]
    fn an_exposed_port_is_the_images_own() {
        let spec = |text: &str| serde_yaml::from_str::<ExposedSpec>(text).unwrap();
        assert_eq!(
            judge_exposed(&spec("{port: 8080/tcp}"), &image(), &Nonce::fixed("n")),
            Verdict::Pass
        );
        let verdict = judge_exposed(&spec("{port: 80/tcp}"), &image(), &Nonce::fixed("n"));
        differs(verdict, "exposed ports", "80/tcp", "8080/tcp");
    }
}
