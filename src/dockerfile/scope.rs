//! Which variables a stage knows at one of its instructions, and their values.

use std::collections::HashMap;

use super::expand::{Found, Unknown, Unset, expand};
use super::instruction::{Arg, Body, Instruction};
use super::stages::{BaseKind, Dockerfile, Stage};

/// The variables at one place of a stage; `ENV` wins over `ARG`, as in a build. What is not among them may be set by the
/// base image, or by the builder.
#[derive(Default)]
pub(super) struct Scope {
    args: HashMap<String, Option<String>>,
    env: HashMap<String, Option<String>>,
    escape: char,
}

impl Scope {
    /// At a stage's first instruction: the environment of the stage it is built on.
    pub(super) fn at_start(file: &Dockerfile, stage: &Stage) -> Self {
        let mut scope = match &stage.base.image {
            BaseKind::Stage(parent) => {
                let parent = &file.stages[*parent];
                let mut scope = Self::at_start(file, parent);
                for instruction in &parent.instructions {
                    scope.pass(file, instruction);
                }
                scope
            }
            BaseKind::Image(name) => Self {
                env: file.environment_of(name),
                ..Self::default()
            },
            BaseKind::Scratch | BaseKind::Unresolved(_) => Self::default(),
        };
        scope.args.clear();
        scope.escape = file.escape_char();
        scope
    }

    /// Takes note of what an instruction sets.
    pub(super) fn pass(&mut self, file: &Dockerfile, instruction: &Instruction) {
        match &instruction.body {
            Body::Arg(args) => {
                for arg in args {
                    let value = match (file.build_arg(&arg.name), &arg.written) {
                        (Some(value), _) => Some(value.to_string()),
                        (None, Some(written)) => self.value(written).ok(),
                        (None, None) => file.global_arg(&arg.name),
                    };
                    self.args.insert(arg.name.clone(), value);
                }
            }
            Body::Env(pairs) => {
                // All values of one `ENV` see the variables from before it.
                let values: Vec<_> = pairs
                    .iter()
                    .map(|pair| self.value(&pair.written).ok())
                    .collect();
                for (pair, value) in pairs.iter().zip(values) {
                    self.env.insert(pair.name.clone(), value);
                }
            }
            _ => {}
        }
    }

    /// The word's value here.
    pub(super) fn value(&self, written: &str) -> Result<String, Unknown> {
        expand(written, self.escape, Unset::Fails, &|name| {
            let value = self.env.get(name).or_else(|| self.args.get(name));
            Found::from(value.cloned().flatten())
        })
    }
}

/// The values of the `ARG`s before the first `FROM`, in order: each sees those before it.
pub(super) fn global_values(
    args: &[Arg],
    build_args: &[(String, String)],
    escape: char,
) -> HashMap<String, String> {
    let mut values = HashMap::new();
    let given = |name: &str| {
        build_args
            .iter()
            .rfind(|(n, _)| n == name)
            .map(|(_, v)| v.clone())
    };
    for name in AUTOMATIC {
        values.extend(given(name).map(|value| (name.to_string(), value)));
    }
    for arg in args {
        let default = arg.written.as_deref().and_then(|written| {
            expand(written, escape, Unset::Fails, &|name| global(&values, name)).ok()
        });
        match given(&arg.name).or(default) {
            Some(value) => values.insert(arg.name.clone(), value),
            // `ARG X` hides nothing: an automatic value stays.
            None if arg.written.is_none() => continue,
            None => values.remove(&arg.name),
        };
    }
    values
}

/// A variable before the first `FROM`.
pub(super) fn global(values: &HashMap<String, String>, name: &str) -> Found {
    // Since BuildKit 0.13 there is one more that it sets by itself.
    let automatic = AUTOMATIC.contains(&name) || name == "TARGETSTAGE";
    match values.get(name) {
        Some(value) => Found::Value(value.clone()),
        None if automatic => Found::Unknown,
        None => Found::Unset,
    }
}

/// The arguments BuildKit sets by itself; the classic builder knows none of them.
/// Source: "Automatic platform ARGs in the global scope" in the Dockerfile reference.
pub(super) const AUTOMATIC: [&str; 8] = [
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETARCH",
    "TARGETVARIANT",
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDARCH",
    "BUILDVARIANT",
];
