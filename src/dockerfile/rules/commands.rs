//! Rules about what an image runs, as whom, and with which settings.

use super::super::instruction::{Body, Form, Keyword};
use super::super::stages::Dockerfile;
use super::{Place, each, lineage, repeated};
use crate::text::tick;

pub(super) fn root_at_the_end(file: &Dockerfile) -> Vec<Place> {
    let instructions = lineage(file, file.final_stage());
    let last = instructions
        .iter()
        .rev()
        .find_map(|instruction| match &instruction.body {
            Body::User(user) => Some((instruction.line, user)),
            _ => None,
        });
    match last {
        Some((line, user)) if matches!(user.split(':').next(), Some("root" | "0")) => {
            vec![(line, format!("the image runs as {}", tick(user)))]
        }
        _ => Vec::new(),
    }
}

pub(super) fn impossible_port(file: &Dockerfile) -> Vec<Place> {
    each(file, |instruction| {
        let Body::Expose(ports) = &instruction.body else {
            return None;
        };
        let wrong = ports
            .iter()
            .find(|port| !port.contains('$') && !is_port(port))?;
        Some(format!("{} is not a port", tick(wrong)))
    })
}

fn is_port(text: &str) -> bool {
    let numbers = text.split('/').next().unwrap_or(text);
    numbers
        .split('-')
        .all(|number| number.parse::<u16>().is_ok())
}

pub(super) fn second_healthcheck(file: &Dockerfile) -> Vec<Place> {
    repeated(
        file,
        |body| matches!(body, Body::Healthcheck(_)),
        "this `HEALTHCHECK` replaces the one before",
    )
}

pub(super) fn second_cmd(file: &Dockerfile) -> Vec<Place> {
    repeated(
        file,
        |body| matches!(body, Body::Cmd(_)),
        "this `CMD` replaces the one before",
    )
}

pub(super) fn second_entrypoint(file: &Dockerfile) -> Vec<Place> {
    repeated(
        file,
        |body| matches!(body, Body::Entrypoint(_)),
        "this `ENTRYPOINT` replaces the one before",
    )
}

pub(super) fn shell_form(file: &Dockerfile) -> Vec<Place> {
    each(file, |instruction| {
        let command = matches!(instruction.keyword, Keyword::Cmd | Keyword::Entrypoint);
        (command && instruction.form == Form::Shell)
            .then(|| format!("`{}` is handed to a shell", instruction.keyword))
    })
}

pub(super) fn forbidden_trigger(file: &Dockerfile) -> Vec<Place> {
    each(file, |instruction| {
        let Body::Onbuild(inner) = &instruction.body else {
            return None;
        };
        matches!(
            inner.keyword,
            Keyword::Onbuild | Keyword::From | Keyword::Maintainer
        )
        .then(|| format!("`{}` cannot stand inside `ONBUILD`", inner.keyword))
    })
}

pub(super) fn env_of_itself(file: &Dockerfile) -> Vec<Place> {
    let mut places = Vec::new();
    for stage in &file.stages {
        let mut known: Vec<&str> = Vec::new();
        for instruction in lineage(file, stage) {
            let Body::Env(pairs) = &instruction.body else {
                continue;
            };
            let itself = pairs.iter().find(|pair| {
                // `ENV PATH=$PATH:/x` extends what was there before: only a newly made name is a mistake.
                let others = pairs.iter().filter(|other| other.name != pair.name);
                others.into_iter().any(|other| {
                    !known.contains(&pair.name.as_str()) && uses(&other.value, &pair.name)
                })
            });
            if let Some(pair) = itself {
                places.push((
                    instruction.line,
                    format!("{} is not set yet in its own `ENV`", tick(&pair.name)),
                ));
            }
            known.extend(pairs.iter().map(|pair| pair.name.as_str()));
        }
    }
    places.dedup();
    places
}

fn uses(value: &str, name: &str) -> bool {
    value.match_indices('$').any(|(at, _)| {
        let rest = &value[at + 1..];
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        rest.strip_prefix(name)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    })
}

pub(super) fn maintainer(file: &Dockerfile) -> Vec<Place> {
    each(file, |instruction| {
        (instruction.keyword == Keyword::Maintainer)
            .then(|| "write `LABEL maintainer=` instead of `MAINTAINER`".to_string())
    })
}
