//! Changes to the instructions of a Dockerfile: one left out, another form, another port, a wrong name.

use super::shell;
use super::{Edit, Known, misspelt, other_ports};
use crate::commandline::word;
use crate::dockerfile::{
    self, Body, Command, Healthcheck, Instruction, Keyword, Run, Source, Stage, Transfer,
};

pub(super) fn edits(text: &str, known: &Known<'_>) -> Vec<Edit> {
    let Ok(file) = dockerfile::parse(text) else {
        return Vec::new();
    };
    let mut changes = Changes {
        text,
        found: Vec::new(),
    };
    let given = written(known.given);
    let is_own = |instruction: &Instruction| !given.contains(&instruction.written);
    for stage in &file.stages {
        if is_own(&stage.from) {
            from(stage, known, &mut changes);
        }
        for instruction in stage.instructions.iter().filter(|own| is_own(own)) {
            changes.without(instruction);
            of_instruction(instruction, &mut changes);
        }
        for pair in stage.instructions.windows(2) {
            if let [one, other] = pair
                && (is_own(one) || is_own(other))
                && order_matters(one, other)
            {
                changes.swap(one, other);
            }
        }
    }
    changes.found
}

/// Every instruction of a file, as it is written; none where it is no Dockerfile.
fn written(text: &str) -> Vec<String> {
    let Ok(file) = dockerfile::parse(text) else {
        return Vec::new();
    };
    let stages = file.stages.into_iter();
    stages
        .flat_map(|stage| [stage.from].into_iter().chain(stage.instructions))
        .map(|instruction| instruction.written)
        .collect()
}

/// Changes to one file, gathered.
struct Changes<'t> {
    text: &'t str,
    found: Vec<Edit>,
}

impl Changes<'_> {
    fn lines(&self, from: u32, to: u32) -> String {
        let lines = self.text.split_inclusive('\n');
        let (skip, take) = (from as usize - 1, (to + 1 - from) as usize);
        lines.skip(skip).take(take).collect()
    }

    fn put(&mut self, what: &str, of: (u32, u32), with: &str) {
        let last = self.text.split_inclusive('\n').count() as u32;
        let before = self.lines(1, of.0 - 1);
        let after = match of.1 < last {
            true => self.lines(of.1 + 1, last),
            false => String::new(),
        };
        self.found.push(Edit {
            what: format!(":{} {what}", of.0),
            text: format!("{before}{with}{after}"),
        });
    }

    fn without(&mut self, instruction: &Instruction) {
        let what = format!("without {}", instruction.keyword);
        self.put(&what, (instruction.line, instruction.end_line), "");
    }

    /// The instruction with these arguments.
    fn instead(&mut self, instruction: &Instruction, what: &str, arguments: &str) {
        let flags = flags(instruction, None);
        let line = format!("{}{flags} {arguments}\n", instruction.keyword);
        self.put(what, (instruction.line, instruction.end_line), &line);
    }

    fn swap(&mut self, one: &Instruction, other: &Instruction) {
        let own = self.lines(one.line, one.end_line);
        let between = match one.end_line + 1 < other.line {
            true => self.lines(one.end_line + 1, other.line - 1),
            false => String::new(),
        };
        let next = self.lines(other.line, other.end_line);
        let end = if next.ends_with('\n') { "" } else { "\n" };
        let what = format!("{} after the next", one.keyword);
        self.put(
            &what,
            (one.line, other.end_line),
            &format!("{next}{end}{between}{own}"),
        );
    }
}

/// An instruction's flags as they are written before its arguments, without one of them.
fn flags(instruction: &Instruction, without: Option<usize>) -> String {
    let mut out = String::new();
    for (at, flag) in instruction.flags.iter().enumerate() {
        if Some(at) != without {
            out.push_str(" --");
            out.push_str(&flag.name);
            if let Some(value) = &flag.value {
                out.push('=');
                out.push_str(value);
            }
        }
    }
    out
}

fn from(stage: &Stage, known: &Known<'_>, changes: &mut Changes<'_>) {
    let Body::From { image, name } = &stage.from.body else {
        return;
    };
    let named = |name: &str| format!(" AS {name}");
    let own = name.as_deref().map(named).unwrap_or_default();
    if let Some(other) = known.other_image(image) {
        let arguments = format!("{other}{own}");
        changes.instead(&stage.from, &format!("FROM {other}"), &arguments);
    }
    if let Some(name) = name {
        let other = format!("{name}x");
        let arguments = format!("{image}{}", named(&other));
        changes.instead(&stage.from, &format!("AS {other}"), &arguments);
    }
}

fn of_instruction(instruction: &Instruction, changes: &mut Changes<'_>) {
    let has_heredoc = instruction.written.contains("<<");
    if has_heredoc {
        return;
    }
    for at in 0..instruction.flags.len() {
        // How often something is asked for and how long is waited for it is the learner's to choose.
        if instruction.keyword == Keyword::Healthcheck {
            continue;
        }
        without_flag(instruction, at, changes);
    }
    let mut instead = |what: &str, arguments: &str| changes.instead(instruction, what, arguments);
    match &instruction.body {
        Body::Copy(transfer) | Body::Add(transfer) => moved(transfer, &mut instead),
        Body::Run(run) => run_parts(run, &mut instead),
        Body::Cmd(command) | Body::Entrypoint(command) => forms(command, "", &mut instead),
        Body::Env(pairs) | Body::Label(pairs) => {
            let written: Vec<String> = pairs
                .iter()
                .map(|pair| format!("{}={}", pair.name, quoted(&pair.value)))
                .collect();
            for (at, pair) in pairs.iter().enumerate() {
                let mut put = |what: String, with: Option<String>| {
                    let mut all = written.clone();
                    all.remove(at);
                    all.extend(with);
                    if !all.is_empty() {
                        instead(&what, &all.join(" "));
                    }
                };
                let (name, value) = (&pair.name, quoted(&pair.value));
                let other = quoted(&format!("{}x", pair.value));
                put(format!("{name} misspelt"), Some(format!("{name}X={value}")));
                put(format!("{name} otherwise"), Some(format!("{name}={other}")));
                put(format!("without {name}"), None);
            }
        }
        Body::Arg(args) => {
            if let [arg] = args.as_slice() {
                let default = arg
                    .default
                    .as_deref()
                    .map(|value| format!("={}", quoted(value)));
                let default = default.unwrap_or_default();
                instead(
                    &format!("{} misspelt", arg.name),
                    &format!("{}X{default}", arg.name),
                );
            }
        }
        Body::Expose(ports) => {
            for other in other_ports(&ports.join(" ")) {
                instead(&format!("EXPOSE {other}"), &other);
            }
        }
        Body::User(user) => {
            for other in ["root".to_owned(), format!("{user}x")] {
                instead(&format!("USER {other}"), &other);
            }
        }
        Body::Workdir(path) => {
            let other = format!("{path}x");
            instead(&format!("WORKDIR {other}"), &other);
        }
        Body::Volume(paths) => {
            let other = format!("{}x", paths.join(" "));
            instead(&format!("VOLUME {other}"), &other);
        }
        Body::Stopsignal(signal) => {
            let other = if signal.ends_with("KILL") {
                "SIGTERM"
            } else {
                "SIGKILL"
            };
            instead(&format!("STOPSIGNAL {other}"), other);
        }
        Body::Healthcheck(Healthcheck::Cmd(command)) => {
            instead("that is always healthy", "CMD exit 0");
            instead("that is never healthy", "CMD exit 1");
            forms(command, "CMD ", &mut instead);
        }
        Body::From { .. }
        | Body::Healthcheck(Healthcheck::None)
        | Body::Shell(_)
        | Body::Onbuild(_)
        | Body::Maintainer(_) => {}
    }
}

fn without_flag(instruction: &Instruction, at: usize, changes: &mut Changes<'_>) {
    let flag = &instruction.flags[at];
    let what = format!("{} without --{}", instruction.keyword, flag.name);
    let own = flags(instruction, None);
    let left = flags(instruction, Some(at));
    // The flags stand between the keyword and the arguments, however they were spaced.
    let Some((_, arguments)) = instruction
        .written
        .split_once(own.split(' ').next_back().unwrap_or_default())
    else {
        return;
    };
    let line = format!("{}{left} {}\n", instruction.keyword, arguments.trim_start());
    changes.put(&what, (instruction.line, instruction.end_line), &line);
}

/// The sources and the destination of a `COPY` or `ADD`, each wrong in turn.
fn moved(transfer: &Transfer, instead: &mut impl FnMut(&str, &str)) {
    let written = |source: &Source| match source {
        Source::Path { written, .. } => Some(written.clone()),
        Source::Heredoc(_) => None,
    };
    let Some(sources) = transfer
        .sources
        .iter()
        .map(written)
        .collect::<Option<Vec<String>>>()
    else {
        return;
    };
    let dest = &transfer.dest;
    let other = match dest.as_str() {
        "." | "./" => "./x/".to_owned(),
        dest => match dest.strip_suffix('/') {
            Some(folder) => format!("{folder}x/"),
            None => format!("{dest}x"),
        },
    };
    instead(
        &format!("to {other}"),
        &format!("{} {other}", sources.join(" ")),
    );
    for (at, source) in sources.iter().enumerate() {
        let mut some = sources.clone();
        if source.chars().any(char::is_alphanumeric) {
            some[at] = format!("{source}x");
            instead(
                &format!("{} for {source}", some[at]),
                &format!("{} {dest}", some.join(" ")),
            );
        }
        if sources.len() > 1 {
            some.remove(at);
            instead(
                &format!("without {source}"),
                &format!("{} {dest}", some.join(" ")),
            );
        }
    }
}

/// A `RUN` without one of the commands of its list.
fn run_parts(run: &Run, instead: &mut impl FnMut(&str, &str)) {
    let Command::Shell(script) = &run.command else {
        return;
    };
    let parts: Vec<&str> = script.split("&&").map(str::trim).collect();
    let is_list = parts.len() > 1
        && shell::lines(script)
            .first()
            .is_some_and(|line| line.commands.len() >= parts.len());
    if is_list {
        for at in 0..parts.len() {
            let mut left = parts.clone();
            let gone = left.remove(at);
            instead(&format!("without `{gone}`"), &left.join(" && "));
        }
    }
}

/// The other form of a command, and a wrong last word.
fn forms(command: &Command, before: &str, instead: &mut impl FnMut(&str, &str)) {
    let (what, other) = match command {
        Command::Shell(text) => {
            let lines = shell::lines(text);
            let [shell::Line { commands, .. }] = lines.as_slice() else {
                return;
            };
            let [words] = commands.as_slice() else {
                return;
            };
            let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
            ("in exec form", json(&words))
        }
        Command::Exec(words) => {
            let words: Vec<String> = words.iter().map(|one| word(one)).collect();
            ("in shell form", words.join(" "))
        }
    };
    instead(what, &format!("{before}{other}"));
    if let Command::Exec(words) = command
        && let Some((last, rest)) = words.split_last()
    {
        let other = misspelt(last);
        let words: Vec<&str> = rest
            .iter()
            .map(String::as_str)
            .chain([other.as_str()])
            .collect();
        instead(
            &format!("{other} for {last}"),
            &format!("{before}{}", json(&words)),
        );
    }
}

fn json(words: &[&str]) -> String {
    serde_json::to_string(words).expect("words are JSON")
}

/// A value as an instruction reads it.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Whether two neighbours mean something else the other way round.
fn order_matters(one: &Instruction, other: &Instruction) -> bool {
    let acts = |it: &Instruction| matches!(it.keyword, Keyword::Run | Keyword::Copy | Keyword::Add);
    let both = [one, other];
    let with = |keyword: Keyword| both.iter().any(|it| it.keyword == keyword);
    let acting = both.iter().filter(|it| acts(it)).count();
    match acting {
        2 => with(Keyword::Run),
        1 => {
            let lands = with(Keyword::Copy) || with(Keyword::Add);
            with(Keyword::Workdir) && lands
                || with(Keyword::User) && with(Keyword::Run)
                || sets_for(one, other)
        }
        _ => false,
    }
}

/// Whether one sets a variable that the other, which runs, reads.
fn sets_for(one: &Instruction, other: &Instruction) -> bool {
    let names: Vec<&str> = match &one.body {
        Body::Env(pairs) => pairs.iter().map(|pair| pair.name.as_str()).collect(),
        Body::Arg(args) => args.iter().map(|arg| arg.name.as_str()).collect(),
        _ => return false,
    };
    names.iter().any(|name| {
        other.written.contains(&format!("${name}")) || other.written.contains(&format!("${{{name}"))
    })
}
