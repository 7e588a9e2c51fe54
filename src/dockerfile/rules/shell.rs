//! The rule about pipes, whose failure a shell hides.

use super::super::instruction::{Body, Command, Instruction};
use super::super::stages::Dockerfile;
use super::{Place, lineage};

pub(super) fn pipe_without_pipefail(file: &Dockerfile) -> Vec<Place> {
    let mut places = Vec::new();
    for stage in &file.stages {
        let instructions = lineage(file, stage);
        let own = instructions.len() - stage.instructions.len();
        let mut safe = false;
        for (index, instruction) in instructions.into_iter().enumerate() {
            if let Body::Shell(words) = &instruction.body {
                safe = heeds_pipes(words);
            }
            if index >= own && !safe && pipes(instruction) {
                places.push((
                    instruction.line,
                    "a failure before the `|` goes unnoticed".to_string(),
                ));
            }
        }
    }
    places
}

/// PowerShell and `cmd` have no `pipefail`.
fn heeds_pipes(shell: &[String]) -> bool {
    let program = shell
        .first()
        .map(|path| path.rsplit(['/', '\\']).next().unwrap_or(path));
    let program = program.unwrap_or_default().to_lowercase();
    let windows = [
        "pwsh",
        "pwsh.exe",
        "powershell",
        "powershell.exe",
        "cmd",
        "cmd.exe",
    ];
    windows.contains(&program.as_str()) || shell.iter().any(|word| word.contains("pipefail"))
}

fn pipes(instruction: &Instruction) -> bool {
    let Body::Run(run) = &instruction.body else {
        return false;
    };
    let Command::Shell(text) = &run.command else {
        return false;
    };
    let sets_it = text.trim_start().starts_with("set ")
        && text
            .split(['&', ';', '|'])
            .next()
            .is_some_and(|first| first.contains("pipefail"));
    !sets_it && has_pipe(text)
}

/// A `|` that is no `||` and stands in no quotes, comment or substitution of a string.
fn has_pipe(text: &str) -> bool {
    let mut quote = None;
    let mut chars = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\\', None | Some('"')) => {
                chars.next();
            }
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            ('#', None) if before.is_whitespace() => return false,
            // `>|` writes to a file.
            ('|', None) if before != '>' && chars.next_if_eq(&'|').is_none() => return true,
            _ => {}
        }
        before = c;
    }
    false
}
