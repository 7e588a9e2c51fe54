//! What an instruction says, as plain values.

use std::fmt;

use super::flags::{self, Flag, Mount};
use super::heredoc::Heredoc;

/// One instruction of a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Its first line, counted from 1, in the file as the learner wrote it.
    pub line: u32,
    /// Its last line, the end of its last here-document included.
    pub end_line: u32,
    /// Which instruction it is.
    pub keyword: Keyword,
    /// As written, on one line: continuations joined, comments and here-document bodies left out.
    pub written: String,
    /// Shell or exec form, for the instructions that have both.
    pub form: Form,
    /// Its `--flags`, in order.
    pub flags: Vec<Flag>,
    /// Its arguments.
    pub body: Body,
}

impl Instruction {
    /// The last value of a flag; `true` for a flag without one.
    pub fn flag(&self, name: &str) -> Option<&str> {
        flags::value(&self.flags, name)
    }
}

macro_rules! keywords {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// The name of an instruction.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Keyword { $(#[doc = concat!("`", $name, "`")] $variant,)* }

        impl Keyword {
            /// Every instruction there is.
            pub const ALL: &[Keyword] = &[$(Keyword::$variant,)*];

            /// In capitals, as one writes it.
            pub fn as_str(self) -> &'static str {
                match self { $(Keyword::$variant => $name,)* }
            }
        }
    };
}

keywords! {
    Add = "ADD",
    Arg = "ARG",
    Cmd = "CMD",
    Copy = "COPY",
    Entrypoint = "ENTRYPOINT",
    Env = "ENV",
    Expose = "EXPOSE",
    From = "FROM",
    Healthcheck = "HEALTHCHECK",
    Label = "LABEL",
    Maintainer = "MAINTAINER",
    Onbuild = "ONBUILD",
    Run = "RUN",
    Shell = "SHELL",
    Stopsignal = "STOPSIGNAL",
    User = "USER",
    Volume = "VOLUME",
    Workdir = "WORKDIR",
}

impl Keyword {
    /// The keyword a word stands for, in any case.
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|keyword| keyword.as_str().eq_ignore_ascii_case(word))
    }
}

impl fmt::Display for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a command is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Handed to a shell.
    Shell,
    /// A JSON array.
    Exec,
    /// The instruction has no forms.
    NotApplicable,
}

/// An instruction's arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// `FROM`: the image as written, the stage's name.
    From {
        /// Before variables are replaced.
        image: String,
        /// After `AS`.
        name: Option<String>,
    },
    /// `RUN`
    Run(Run),
    /// `COPY`
    Copy(Transfer),
    /// `ADD`
    Add(Transfer),
    /// `CMD`
    Cmd(Command),
    /// `ENTRYPOINT`
    Entrypoint(Command),
    /// `ENV`
    Env(Vec<Pair>),
    /// `LABEL`
    Label(Vec<Pair>),
    /// `ARG`
    Arg(Vec<Arg>),
    /// `EXPOSE`: ports as written, `80`, `53/udp`, `7000-7005`.
    Expose(Vec<String>),
    /// `USER`
    User(String),
    /// `WORKDIR`
    Workdir(String),
    /// `VOLUME`
    Volume(Vec<String>),
    /// `STOPSIGNAL`
    Stopsignal(String),
    /// `HEALTHCHECK`
    Healthcheck(Healthcheck),
    /// `SHELL`
    Shell(Vec<String>),
    /// `ONBUILD`
    Onbuild(Box<Instruction>),
    /// `MAINTAINER`
    Maintainer(String),
}

/// A command in one of its two forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// The text a shell gets.
    Shell(String),
    /// The words of a JSON array.
    Exec(Vec<String>),
}

impl Command {
    /// How it is written.
    pub fn form(&self) -> Form {
        match self {
            Self::Shell(_) => Form::Shell,
            Self::Exec(_) => Form::Exec,
        }
    }

    /// The command in one line: the shell's text, or the words with spaces between.
    pub fn text(&self) -> String {
        match self {
            Self::Shell(text) => text.clone(),
            Self::Exec(words) => words.join(" "),
        }
    }
}

/// What a `RUN` does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Without flags and here-document bodies.
    pub command: Command,
    /// The here-documents it opens.
    pub heredocs: Vec<Heredoc>,
    /// Its `--mount`s.
    pub mounts: Vec<Mount>,
    /// `--network`
    pub network: Option<String>,
    /// `--security`
    pub security: Option<String>,
}

impl Run {
    /// Everything the step runs: the command and the here-documents' contents, a line each.
    pub fn script(&self) -> String {
        let mut script = self.command.text();
        for doc in &self.heredocs {
            script.push('\n');
            script.push_str(&doc.content);
        }
        script
    }
}

/// What a `COPY` or `ADD` moves where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// In order.
    pub sources: Vec<Source>,
    /// As written, quotes removed.
    pub dest: String,
    /// `--from`
    pub from: Option<String>,
}

impl Transfer {
    /// The sources that are paths (or URLs), quotes removed.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().filter_map(|source| match source {
            Source::Path { path, .. } => Some(path.as_str()),
            Source::Heredoc(_) => None,
        })
    }
}

/// One source of a `COPY` or `ADD`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A path in the context, a stage or an image; for `ADD` perhaps a URL.
    Path {
        /// Quotes removed, variables as they were written.
        path: String,
        /// As it was written.
        written: String,
    },
    /// A file whose content stands in the Dockerfile.
    Heredoc(Heredoc),
}

/// One `name=value`, quotes removed, variables as they were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The key.
    pub name: String,
    /// The value.
    pub value: String,
    pub(super) written: String,
}

/// One build argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arg {
    /// The line of its `ARG`.
    pub line: u32,
    /// Its name.
    pub name: String,
    /// Its default, quotes removed, variables as they were written.
    pub default: Option<String>,
    pub(super) written: Option<String>,
}

/// What a `HEALTHCHECK` asks for; its options are the instruction's flags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Healthcheck {
    /// `NONE`
    None,
    /// `CMD …`
    Cmd(Command),
}
