//! The `dockerfile` kind: what the Dockerfile says, by stages and instructions, never by text search.

use crate::course::matcher::Value;
use crate::course::spec::{DockerfileSpec, InstructionMatch, InstructionName, StageName};
use crate::dockerfile::{BaseKind, Body, Dockerfile, Instruction, Keyword, Stage, rules};
use crate::outcome::Cause;

use super::nonce::Nonce;
use super::subject::BuildPlan;
use super::verdict::{Comparison, Verdict, text};

/// Judges the Dockerfile of a plan.
pub(crate) fn judge(spec: &DockerfileSpec, plan: &BuildPlan<'_>, nonce: &Nonce) -> Verdict {
    let mut line = None;
    let verdict = judge_file(spec, &plan.file, nonce, &mut line);
    match (verdict, line) {
        (Verdict::Fail(mut cause), Some(line)) => {
            cause.place = Some(plan.place(line));
            Verdict::Fail(cause)
        }
        (verdict, _) => verdict,
    }
}

fn judge_file(
    spec: &DockerfileSpec,
    file: &Dockerfile,
    nonce: &Nonce,
    line: &mut Option<u32>,
) -> Verdict {
    let mut found = Comparison::new(nonce, "the Dockerfile does not say what it should");
    found.look(
        "stages",
        spec.stages.as_ref(),
        &Value::Number(file.stages.len() as f64),
    );
    found.look("base of the final stage", spec.base.as_ref(), &base(file));
    let considered: Vec<&Instruction> = stages(file, spec.stage)
        .into_iter()
        .flat_map(|stage| &stage.instructions)
        .collect();
    for wanted in spec.has.iter().flatten() {
        if !considered
            .iter()
            .any(|instruction| fits(wanted, instruction))
        {
            found.note("instruction", words(wanted), "none");
        }
    }
    for unwanted in spec.lacks.iter().flatten() {
        if let Some(there) = considered
            .iter()
            .find(|instruction| fits(unwanted, instruction))
        {
            line.get_or_insert(there.line);
            found.note(
                "instruction",
                format!("no {}", words(unwanted)),
                &there.written,
            );
        }
    }
    if let Some(order) = &spec.order
        && let Some((missing, after)) = out_of_order(order, &considered)
    {
        let elsewhere = considered
            .iter()
            .find(|instruction| fits(missing, instruction));
        line.get_or_insert_with(|| elsewhere.map_or(1, |instruction| instruction.line));
        let expected = match after {
            Some(after) => format!("{} after {}", words(missing), words(after)),
            None => words(missing),
        };
        let shown = elsewhere.map_or("none".to_owned(), |there| format!("line {}", there.line));
        found.note("order", expected, shown);
    }
    if let Some(codes) = &spec.rules {
        for finding in rules::findings(file, codes) {
            line.get_or_insert(finding.line);
            found.note(
                finding.code,
                rules::rule(finding.code).map_or("", |rule| rule.says),
                finding.message,
            );
        }
    }
    found.verdict("cat Dockerfile")
}

/// The image the final stage stands on, through other stages.
fn base(file: &Dockerfile) -> Value {
    let mut stage = file.stages.last();
    for _ in 0..file.stages.len() {
        match stage.map(|stage| &stage.base.image) {
            Some(BaseKind::Stage(index)) => stage = file.stages.get(*index),
            Some(BaseKind::Image(name)) => return text(name),
            Some(BaseKind::Scratch) => return text("scratch"),
            Some(BaseKind::Unresolved(written)) => return text(written),
            None => break,
        }
    }
    Value::Missing
}

fn stages(file: &Dockerfile, which: StageName) -> Vec<&Stage> {
    let needed = file.stage_closure(None).unwrap_or_default();
    let last = file.stages.len().saturating_sub(1);
    file.stages
        .iter()
        .filter(|stage| match which {
            StageName::Any => needed.contains(&stage.index),
            StageName::Final => stage.index == last,
            StageName::Earlier => stage.index != last && needed.contains(&stage.index),
        })
        .collect()
}

/// The first wanted instruction with none after the one before it, and that one.
fn out_of_order<'a>(
    order: &'a [InstructionMatch],
    instructions: &[&Instruction],
) -> Option<(&'a InstructionMatch, Option<&'a InstructionMatch>)> {
    let mut rest = instructions.iter();
    let mut before = None;
    for wanted in order {
        if !rest.any(|instruction| fits(wanted, instruction)) {
            return Some((wanted, before));
        }
        before = Some(wanted);
    }
    None
}

/// Whether an instruction is the one that is meant: its keyword, and what its arguments hold.
pub(crate) fn fits(wanted: &InstructionMatch, instruction: &Instruction) -> bool {
    wanted.iter().all(|(name, argument)| {
        keyword(*name) == instruction.keyword
            && match &instruction.body {
                Body::Copy(files) | Body::Add(files) => {
                    files.paths().any(|path| same_path(path, argument))
                }
                Body::Run(run) => run.script().contains(argument.as_str()),
                _ => arguments(&instruction.written).contains(argument.as_str()),
            }
    })
}

/// What follows the keyword.
fn arguments(written: &str) -> &str {
    written
        .split_once(char::is_whitespace)
        .map_or("", |(_, rest)| rest)
}

fn same_path(one: &str, other: &str) -> bool {
    let clean = |path: &str| {
        let parts: Vec<&str> = path
            .split('/')
            .filter(|part| !matches!(*part, "" | "."))
            .collect();
        parts.join("/")
    };
    clean(one) == clean(other)
}

/// The wanted instruction as a Dockerfile says it.
pub(crate) fn words(wanted: &InstructionMatch) -> String {
    let one = |(name, argument): (&InstructionName, &String)| {
        format!("{} … {argument} …", keyword(*name).as_str()).replace(" …  …", "")
    };
    wanted.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn keyword(name: InstructionName) -> Keyword {
    match name {
        InstructionName::Add => Keyword::Add,
        InstructionName::Arg => Keyword::Arg,
        InstructionName::Cmd => Keyword::Cmd,
        InstructionName::Copy => Keyword::Copy,
        InstructionName::Entrypoint => Keyword::Entrypoint,
        InstructionName::Env => Keyword::Env,
        InstructionName::Expose => Keyword::Expose,
        InstructionName::From => Keyword::From,
        InstructionName::Healthcheck => Keyword::Healthcheck,
        InstructionName::Label => Keyword::Label,
        InstructionName::Run => Keyword::Run,
        InstructionName::Shell => Keyword::Shell,
        InstructionName::Stopsignal => Keyword::Stopsignal,
        InstructionName::User => Keyword::User,
        InstructionName::Volume => Keyword::Volume,
        InstructionName::Workdir => Keyword::Workdir,
    }
}

/// A check of the Dockerfile where there is none to look at.
pub(crate) fn nothing() -> Verdict {
    Verdict::Error(Cause::new(
        "this task builds nothing, so there is no Dockerfile to look at",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(spec: &str, file: &str) -> Verdict {
        let spec = serde_yaml::from_str(spec).unwrap();
        let file = crate::dockerfile::parse(file).unwrap();
        judge_file(&spec, &file, &Nonce::fixed("n"), &mut None)
    }

    const TWO: &str = "FROM golang:1.24 AS build\nCOPY go.mod ./\nRUN go build -o /app\nFROM scratch\nCOPY --from=build /app /app\nCMD [\"/app\"]\n";

    #[test]
    fn stages_and_the_base_of_the_last() {
        assert_eq!(judged("{stages: 2, base: scratch}", TWO), Verdict::Pass);
        let through = "FROM golang:1.24 AS a\nFROM a\nCMD x\n";
        assert_eq!(judged("{base: 'golang:1.24'}", through), Verdict::Pass);
    }

    #[test]
    fn instructions_are_looked_for_where_the_check_says() {
        assert_eq!(
            judged("{has: [{run: go build}], stage: earlier}", TWO),
            Verdict::Pass
        );
        assert!(matches!(
            judged("{has: [{run: go build}], stage: final}", TWO),
            Verdict::Fail(_)
        ));
        assert!(matches!(
            judged("{lacks: [{copy: ./go.mod}]}", TWO),
            Verdict::Fail(_)
        ));
    }

    #[test]
    fn order_allows_others_between_and_comments_never_count() {
        let file = "FROM x\nCOPY a .\n# RUN pip\nRUN pip install\nCOPY . .\n";
        assert_eq!(
            judged("{order: [{copy: a}, {copy: .}]}", file),
            Verdict::Pass
        );
        let cause = judged("{order: [{copy: .}, {run: pip}]}", file)
            .into_cause()
            .unwrap();
        assert_eq!(
            cause.differences[0].expected,
            "RUN … pip … after COPY … . …"
        );
    }
}
