//! A whole Dockerfile: its stages, what each is built on, and which of them a target needs.

use std::collections::{BTreeMap, HashMap};

use super::disputes::{self, Dispute};
use super::expand::{Unknown, Unset, expand};
use super::instruction::{Arg, Body, Instruction};
use super::scope::{global, global_values};
use super::{ParseFault, Syntax, body, directives, lines};
use crate::text::tick;

/// A Dockerfile as a builder reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dockerfile {
    /// The first `# syntax=` directive, in any of its forms.
    pub syntax: Option<Syntax>,
    /// The character an `# escape=` directive chose, where there is one.
    pub escape: Option<char>,
    /// The `ARG`s before the first `FROM`.
    pub args_before_from: Vec<Arg>,
    /// In order, at least one.
    pub stages: Vec<Stage>,
    /// The file as it was written.
    pub text: String,
    pub(super) syntaxes: Vec<Syntax>,
    pub(super) disputed: Vec<Dispute>,
    globals: HashMap<String, String>,
    given: Given,
}

/// What a build knows besides the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// The `--build-arg`s that have a value.
    pub build_args: Vec<(String, String)>,
    /// What base images set in their environment, by the name they have in the file.
    pub environments: BTreeMap<String, Vec<(String, String)>>,
}

/// One `FROM` and what follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Counted from 0.
    pub index: usize,
    /// After `AS`, as written; names are compared without regard to case.
    pub name: Option<String>,
    /// What it is built on.
    pub base: Base,
    /// The instructions after its `FROM`.
    pub instructions: Vec<Instruction>,
    /// The line of its `FROM`, counted from 1.
    pub line: u32,
    /// The `FROM` itself.
    pub from: Instruction,
}

/// What a `FROM` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// The name with its variables replaced, as far as they are known.
    pub written: String,
    /// What that name means at this place of the file.
    pub image: BaseKind,
    /// `--platform`, its variables replaced as far as they are known.
    pub platform: Option<String>,
}

/// The meaning of a base's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BaseKind {
    /// An image, as named.
    Image(String),
    /// An earlier stage, by its index.
    Stage(usize),
    /// `scratch`: nothing.
    Scratch,
    /// A name that hangs on a variable without a known value, which is named here.
    Unresolved(String),
}

impl Dockerfile {
    /// The stage an ordinary build ends with.
    pub fn final_stage(&self) -> &Stage {
        self.stages.last().expect("a parsed Dockerfile has a stage")
    }

    /// The stage a `--target` means: a name in any case, or an index.
    pub fn stage(&self, target: &str) -> Option<&Stage> {
        self.stage_before(target, self.stages.len())
            .map(|index| &self.stages[index])
    }

    /// The indices, in order, of the stages that a build of the target (the final stage) needs;
    /// `None` where there is no such target. The classic builder also builds those between.
    pub fn stage_closure(&self, target: Option<&str>) -> Option<Vec<usize>> {
        let last = target.map_or(Some(self.final_stage()), |target| self.stage(target))?;
        let mut needed = vec![false; self.stages.len()];
        needed[last.index] = true;
        for index in (0..=last.index).rev().collect::<Vec<_>>() {
            if needed[index] {
                for source in self.sources_of(&self.stages[index]) {
                    needed[source] = true;
                }
            }
        }
        Some((0..needed.len()).filter(|index| needed[*index]).collect())
    }

    fn sources_of(&self, stage: &Stage) -> Vec<usize> {
        let mut sources = Vec::new();
        if let BaseKind::Stage(parent) = stage.base.image {
            sources.push(parent);
        }
        for instruction in &stage.instructions {
            match &instruction.body {
                Body::Copy(copy) | Body::Add(copy) => {
                    let from = copy.from.as_deref();
                    sources.extend(from.and_then(|from| self.stage_before(from, stage.index)));
                }
                Body::Run(run) => {
                    let froms = run.mounts.iter().filter_map(|mount| mount.from.as_deref());
                    sources.extend(froms.filter_map(|from| self.named_before(from, stage.index)));
                }
                _ => {}
            }
        }
        sources
    }

    /// A stage before `end` by name or index, as `COPY --from` and `--target` mean it.
    pub(super) fn stage_before(&self, name: &str, end: usize) -> Option<usize> {
        let by_index = || name.parse::<usize>().ok().filter(|index| *index < end);
        self.named_before(name, end).or_else(by_index)
    }

    /// A stage before `end` by name only, as `FROM` and `RUN --mount from=` mean it.
    pub(super) fn named_before(&self, name: &str, end: usize) -> Option<usize> {
        named(&self.stages[..end], name)
    }

    /// The file with every `# syntax=` (also `// syntax=` and JSON) blanked and all other lines where they were:
    /// without a registry BuildKit could not fetch the image it names.
    pub fn without_syntax(text: &str) -> String {
        directives::without_syntax(text)
    }

    pub(super) fn escape_char(&self) -> char {
        self.escape.unwrap_or('\\')
    }

    pub(super) fn build_arg(&self, name: &str) -> Option<&str> {
        self.given
            .build_args
            .iter()
            .rfind(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn environment_of(&self, image: &str) -> HashMap<String, Option<String>> {
        let pairs = self.given.environments.get(image).into_iter().flatten();
        pairs
            .map(|(name, value)| (name.clone(), Some(value.clone())))
            .collect()
    }

    pub(super) fn global_arg(&self, name: &str) -> Option<String> {
        self.globals.get(name).cloned()
    }
}

fn named(stages: &[Stage], name: &str) -> Option<usize> {
    stages
        .iter()
        .rfind(|stage| {
            stage
                .name
                .as_ref()
                .is_some_and(|n| n.eq_ignore_ascii_case(name))
        })
        .map(|stage| stage.index)
}

pub(super) fn assemble(text: &str, given: &Given) -> Result<Dockerfile, ParseFault> {
    let found = directives::read(text);
    let escape = match found.escape {
        Some((_, Ok(escape))) => Some(escape),
        Some((line, Err(value))) => {
            let message = format!(
                "the escape character is {}, it can be `\\` or a backtick",
                tick(&value)
            );
            return Err(ParseFault::new(line, message));
        }
        None => None,
    };
    let escape_char = escape.unwrap_or('\\');
    let joined = lines::join(text, escape_char)?;
    let mut file = Dockerfile {
        syntax: found.syntaxes.first().cloned(),
        escape,
        args_before_from: Vec::new(),
        stages: Vec::new(),
        text: text.to_string(),
        syntaxes: found.syntaxes,
        disputed: Vec::new(),
        globals: HashMap::new(),
        given: given.clone(),
    };
    file.disputed.extend(found.disputed.map(disputes::escape));
    for logical in &joined {
        let instruction = body::instruction(logical, escape_char)?;
        file.disputed
            .extend(disputes::of(logical, &instruction, escape_char));
        file.take(instruction)?;
    }
    match (file.stages.is_empty(), joined.first()) {
        (false, _) => Ok(file),
        (true, Some(_)) => Err(ParseFault::new(
            joined[joined.len() - 1].line,
            "there is no `FROM`",
        )),
        (true, None) => Err(ParseFault::new(1, "there is no instruction in the file")),
    }
}

impl Dockerfile {
    fn take(&mut self, instruction: Instruction) -> Result<(), ParseFault> {
        if let Body::From { image, name } = &instruction.body {
            let stage = self.new_stage(&instruction, image, name.as_deref())?;
            self.stages.push(stage);
            return Ok(());
        }
        match (self.stages.last_mut(), instruction.body) {
            (Some(stage), body) => stage.instructions.push(Instruction {
                body,
                ..instruction
            }),
            (None, Body::Arg(args)) => self.args_before_from.extend(args),
            (None, _) => {
                let message = format!("`{}` stands before the first `FROM`", instruction.keyword);
                return Err(ParseFault::new(instruction.line, message));
            }
        }
        Ok(())
    }

    fn new_stage(
        &mut self,
        from: &Instruction,
        image: &str,
        name: Option<&str>,
    ) -> Result<Stage, ParseFault> {
        if self.stages.is_empty() {
            let args = &self.args_before_from;
            self.globals = global_values(args, &self.given.build_args, self.escape_char());
        }
        if let Some(name) = name.filter(|name| !is_stage_name(name)) {
            let message = format!("{} cannot be the name of a stage", tick(name));
            return Err(ParseFault::new(from.line, message));
        }
        let (written, image) = match self.expand_global(image) {
            Ok(value) if value.trim().is_empty() => {
                (value, BaseKind::Unresolved(image.to_string()))
            }
            Ok(value) => match named(&self.stages, &value) {
                Some(stage) => (value, BaseKind::Stage(stage)),
                None if value == "scratch" => (value, BaseKind::Scratch),
                None => (value.clone(), BaseKind::Image(value)),
            },
            Err(Unknown::Variable(variable)) => (image.to_string(), BaseKind::Unresolved(variable)),
            Err(Unknown::Malformed) => (image.to_string(), BaseKind::Unresolved(image.to_string())),
        };
        let platform = from.flag("platform");
        let platform = platform.map(|p| self.expand_global(p).unwrap_or_else(|_| p.to_string()));
        Ok(Stage {
            index: self.stages.len(),
            name: name.map(str::to_string),
            base: Base {
                written,
                image,
                platform,
            },
            instructions: Vec::new(),
            line: from.line,
            from: from.clone(),
        })
    }

    fn expand_global(&self, word: &str) -> Result<String, Unknown> {
        let lookup = |name: &str| global(&self.globals, name);
        expand(word, self.escape_char(), Unset::Fails, &lookup)
    }
}

fn is_stage_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        && !name.eq_ignore_ascii_case("scratch")
}

#[cfg(test)]
mod tests;
