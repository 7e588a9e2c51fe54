//! Dockerfile text in, instructions with their lines out. Pure text: nothing here reads a file or asks an engine.

mod body;
mod directives;
mod disputes;
mod expand;
mod flags;
mod heredoc;
pub mod ignore;
mod images;
mod instruction;
mod lines;
mod needs;
pub mod reference;
mod refusals;
pub mod rules;
mod scope;
mod stages;
mod steps;

pub use directives::Syntax;
pub use flags::{Flag, Mount};
pub use heredoc::Heredoc;
pub use instruction::{
    Arg, Body, Command, Form, Healthcheck, Instruction, Keyword, Pair, Run, Source, Transfer,
};
pub use needs::{Need, Since};
pub use refusals::{Note, Refusal, RefusalKind, notes, refusals};
pub use stages::{Base, BaseKind, Dockerfile, Given, Stage};

/// A Dockerfile that no builder would read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct ParseFault {
    /// Counted from 1, in the file as it was written.
    pub line: u32,
    /// Lower case, names in backticks, no full stop.
    pub message: String,
    /// The word that was to be an instruction and is none.
    pub unknown: Option<Unknown>,
}

/// A word that no instruction is called by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// As it was written.
    pub word: String,
    /// The instruction that may have been meant.
    pub near: Option<&'static str>,
}

impl ParseFault {
    fn new(line: u32, message: impl Into<String>) -> Self {
        Self {
            line,
            message: message.into(),
            unknown: None,
        }
    }
}

/// Reads a Dockerfile; `ARG`s before the first `FROM` have their defaults.
pub fn parse(text: &str) -> Result<Dockerfile, ParseFault> {
    stages::assemble(text, &Given::default())
}

/// Reads a Dockerfile as a build with these `--build-arg`s would.
pub fn parse_with(text: &str, build_args: &[(String, String)]) -> Result<Dockerfile, ParseFault> {
    let build_args = build_args.to_vec();
    stages::assemble(
        text,
        &Given {
            build_args,
            ..Given::default()
        },
    )
}

/// Reads a Dockerfile as a build that knows all this would.
pub fn parse_given(text: &str, given: &Given) -> Result<Dockerfile, ParseFault> {
    stages::assemble(text, given)
}
