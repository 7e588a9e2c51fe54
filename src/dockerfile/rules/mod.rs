//! hadolint's rules that matter to learners, stage-aware, by hadolint's codes. `# hadolint ignore=` is not heeded:
//! who is graded does not choose the rules.

mod commands;
mod files;
mod images;
mod shell;

use super::instruction::{Body, Instruction};
use super::stages::{BaseKind, Dockerfile, Stage};

/// One rule.
pub struct Rule {
    /// hadolint's code, `DL3020`.
    pub code: &'static str,
    /// What it asks for, one sentence without a full stop.
    pub says: &'static str,
    find: fn(&Dockerfile) -> Vec<Place>,
}

/// One place where a rule is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's code.
    pub code: &'static str,
    /// Counted from 1.
    pub line: u32,
    /// What is wrong there: lower case, names in backticks.
    pub message: String,
}

/// A line and what is wrong on it.
type Place = (u32, String);

/// Every rule, in the order of the codes.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    RULES.iter()
}

/// The rule with this code.
pub fn rule(code: &str) -> Option<&'static Rule> {
    RULES
        .iter()
        .find(|rule| rule.code.eq_ignore_ascii_case(code))
}

/// Where the file breaks the named rules, in the order of its lines.
pub fn findings<S: AsRef<str>>(file: &Dockerfile, codes: &[S]) -> Vec<Finding> {
    let mut found: Vec<Finding> = codes
        .iter()
        .filter_map(|code| rule(code.as_ref()))
        .flat_map(|rule| {
            let places = (rule.find)(file).into_iter();
            places.map(|(line, message)| Finding {
                code: rule.code,
                line,
                message,
            })
        })
        .collect();
    found.sort_by_key(|finding| finding.line);
    found
}

static RULES: [Rule; 19] = [
    Rule {
        code: "DL3000",
        says: "use an absolute path in `WORKDIR`",
        find: files::relative_workdir,
    },
    Rule {
        code: "DL3002",
        says: "the last `USER` is not root",
        find: commands::root_at_the_end,
    },
    Rule {
        code: "DL3006",
        says: "name the version of an image",
        find: images::untagged,
    },
    Rule {
        code: "DL3007",
        says: "do not use the tag `latest`",
        find: images::latest,
    },
    Rule {
        code: "DL3011",
        says: "ports are numbers up to 65535",
        find: commands::impossible_port,
    },
    Rule {
        code: "DL3012",
        says: "one `HEALTHCHECK` a stage",
        find: commands::second_healthcheck,
    },
    Rule {
        code: "DL3020",
        says: "use `COPY`, not `ADD`, for files and folders",
        find: files::add_of_files,
    },
    Rule {
        code: "DL3021",
        says: "`COPY` of several sources ends with a folder, `/` at its end",
        find: files::copy_of_several,
    },
    Rule {
        code: "DL3022",
        says: "`COPY --from` names an earlier stage",
        find: images::unknown_stage,
    },
    Rule {
        code: "DL3023",
        says: "`COPY --from` does not name its own stage",
        find: images::own_stage,
    },
    Rule {
        code: "DL3024",
        says: "names of stages are unique",
        find: images::same_name,
    },
    Rule {
        code: "DL3025",
        says: "write `CMD` and `ENTRYPOINT` as JSON arrays",
        find: commands::shell_form,
    },
    Rule {
        code: "DL3043",
        says: "no `ONBUILD`, `FROM` or `MAINTAINER` inside `ONBUILD`",
        find: commands::forbidden_trigger,
    },
    Rule {
        code: "DL3044",
        says: "an `ENV` does not use a variable that it sets itself",
        find: commands::env_of_itself,
    },
    Rule {
        code: "DL3045",
        says: "set `WORKDIR` before `COPY` to a relative path",
        find: files::copy_to_nowhere,
    },
    Rule {
        code: "DL4000",
        says: "`MAINTAINER` is deprecated",
        find: commands::maintainer,
    },
    Rule {
        code: "DL4003",
        says: "one `CMD` a stage",
        find: commands::second_cmd,
    },
    Rule {
        code: "DL4004",
        says: "one `ENTRYPOINT` a stage",
        find: commands::second_entrypoint,
    },
    Rule {
        code: "DL4006",
        says: "set `SHELL` with `-o pipefail` before a `RUN` with a pipe",
        find: shell::pipe_without_pipefail,
    },
];

/// The places of a rule that looks at one instruction at a time.
fn each(file: &Dockerfile, look: impl Fn(&Instruction) -> Option<String>) -> Vec<Place> {
    let instructions = file.stages.iter().flat_map(|stage| &stage.instructions);
    instructions
        .filter_map(|i| look(i).map(|message| (i.line, message)))
        .collect()
}

/// The instructions that make a stage, those of the stages it is built on first.
fn lineage<'a>(file: &'a Dockerfile, stage: &'a Stage) -> Vec<&'a Instruction> {
    let mut before = match stage.base.image {
        BaseKind::Stage(parent) => lineage(file, &file.stages[parent]),
        _ => Vec::new(),
    };
    before.extend(&stage.instructions);
    before
}

/// Where a stage has more than one instruction of a kind: all but the first.
fn repeated(file: &Dockerfile, is: fn(&Body) -> bool, message: &str) -> Vec<Place> {
    file.stages
        .iter()
        .flat_map(|stage| stage.instructions.iter().filter(|i| is(&i.body)).skip(1))
        .map(|instruction| (instruction.line, message.to_string()))
        .collect()
}

#[cfg(test)]
mod tests;
