//! What came of a submission's `commands.sh`, command by command.

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

/// The commands of a submission, run again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Script {
    /// Every command that was run, in order.
    pub commands: Vec<ScriptCommand>,
    /// Why not all of them were, if so.
    pub cut: Option<String>,
}

/// One command of a script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct ScriptCommand {
    /// The line it begins on, from 1.
    pub line: u32,
    /// The command, all its lines.
    pub text: String,
    /// How it ended.
    pub ended: ScriptEnd,
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// The end of what it wrote.
    pub output: String,
}

/// How a command of a script ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ScriptEnd {
    /// By itself, with this exit code.
    Exit(i32),
    /// It was interrupted at its time limit.
    TimedOut,
    /// It was interrupted for writing without end.
    Flooded,
}
