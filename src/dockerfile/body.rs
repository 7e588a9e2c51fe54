//! One joined line to one [`Instruction`]. The library reads the arguments; flags, pairs and here-documents,
//! which it reads otherwise than the builders do, are ours.

use parse_dockerfile as library;

use super::expand::unquoted;
use super::flags::{self, Flag, split_flags};
use super::heredoc::{self, Heredoc};
use super::instruction::{
    Arg, Body, Command, Form, Healthcheck, Instruction, Keyword, Pair, Run, Source, Transfer,
};
use super::lines::Logical;
use super::{ParseFault, Unknown};
use crate::text::{nearest, tick};

pub(super) fn instruction(logical: &Logical, escape: char) -> Result<Instruction, ParseFault> {
    let reader = Reader {
        logical,
        escape,
        docs: logical.heredocs.clone(),
    };
    reader.read(&logical.text, Inside::Stage)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Stage,
    Onbuild,
}

struct Reader<'a> {
    logical: &'a Logical,
    escape: char,
    docs: Vec<Heredoc>,
}

impl Reader<'_> {
    fn fault(&self, message: impl Into<String>) -> ParseFault {
        ParseFault::new(self.logical.line, message)
    }

    fn read(mut self, text: &str, inside: Inside) -> Result<Instruction, ParseFault> {
        let (word, flags, rest) = split_flags(text, self.escape);
        let rest = rest.trim();
        let Some(keyword) = Keyword::read(word) else {
            return Err(self.unknown(word));
        };
        if inside == Inside::Onbuild && keyword == Keyword::Onbuild {
            return Err(self.fault("`ONBUILD` cannot stand inside `ONBUILD`"));
        }
        let body = self.body(keyword, &flags, rest)?;
        let form = match &body {
            Body::Run(run) => run.command.form(),
            Body::Cmd(command) | Body::Entrypoint(command) => command.form(),
            Body::Healthcheck(Healthcheck::Cmd(command)) => command.form(),
            _ => Form::NotApplicable,
        };
        Ok(Instruction {
            line: self.logical.line,
            end_line: self.logical.end_line,
            keyword,
            written: text.trim().to_string(),
            form,
            flags,
            body,
        })
    }

    fn unknown(&self, word: &str) -> ParseFault {
        let known = Keyword::ALL.iter().map(|keyword| keyword.as_str());
        let mut message = format!("there is no instruction {}", tick(word));
        let near = nearest(word, known);
        if let Some(near) = near {
            message.push_str(&format!(", did you mean {}?", tick(near)));
        }
        ParseFault {
            unknown: Some(Unknown {
                word: word.to_owned(),
                near,
            }),
            ..self.fault(message)
        }
    }

    fn body(&mut self, keyword: Keyword, flags: &[Flag], rest: &str) -> Result<Body, ParseFault> {
        if rest.is_empty() && !matches!(keyword, Keyword::Cmd | Keyword::Entrypoint) {
            return Err(self.fault(format!("`{keyword}` needs at least one argument")));
        }
        Ok(match keyword {
            Keyword::Env => Body::Env(self.pairs(keyword, rest)?),
            Keyword::Label => Body::Label(self.pairs(keyword, rest)?),
            Keyword::Arg => Body::Arg(self.args(rest)?),
            Keyword::Onbuild => {
                let inner = Reader {
                    docs: std::mem::take(&mut self.docs),
                    ..*self
                };
                Body::Onbuild(Box::new(inner.read(rest, Inside::Onbuild)?))
            }
            Keyword::User => Body::User(unquoted(rest, self.escape)),
            Keyword::Workdir => Body::Workdir(unquoted(rest, self.escape)),
            Keyword::Stopsignal => Body::Stopsignal(unquoted(rest, self.escape)),
            Keyword::Maintainer => Body::Maintainer(rest.to_string()),
            _ => self.by_library(keyword, flags, rest)?,
        })
    }

    /// Hands the arguments to the library, every `<<` masked: it would look for here-document bodies.
    fn by_library(
        &mut self,
        keyword: Keyword,
        flags: &[Flag],
        rest: &str,
    ) -> Result<Body, ParseFault> {
        if rest.starts_with("--") {
            return Err(self.fault(format!("`{keyword}` has a flag after `--`")));
        }
        let masked = rest.replace("<<", MASK);
        let text = format!(
            "# escape={}\nFROM scratch\n{keyword} {masked}\n",
            self.escape
        );
        let unreadable = |error: library::Error| {
            let said = format!("{error:#}");
            let needs = said.strip_prefix(&format!("{keyword} instruction requires "));
            self.fault(match needs {
                Some(needs) => format!("`{keyword}` needs {needs}"),
                None => format!("`{keyword}` cannot be read: {said}"),
            })
        };
        let mut read = library::parse_iter(&text).map_err(&unreadable)?.skip(1);
        let Some(instruction) = read.next().transpose().map_err(&unreadable)? else {
            return Err(self.fault(format!("`{keyword}` cannot be read")));
        };
        if read.next().is_some() {
            return Err(self.fault(format!("`{keyword}` cannot be read as one instruction")));
        }
        Ok(match instruction {
            library::Instruction::From(from) => Body::From {
                image: from.image.value.replace(MASK, "<<"),
                name: from.as_.map(|(_, name)| name.value.into_owned()),
            },
            library::Instruction::Run(run) => {
                let command = command(&run.arguments, rest);
                Body::Run(Run {
                    command,
                    heredocs: std::mem::take(&mut self.docs),
                    mounts: flags
                        .iter()
                        .filter(|flag| flag.name == "mount")
                        .map(|flag| flags::mount(flag.value.as_deref().unwrap_or_default()))
                        .collect(),
                    network: flags::value(flags, "network").map(str::to_string),
                    security: flags::value(flags, "security").map(str::to_string),
                })
            }
            library::Instruction::Copy(copy) => {
                Body::Copy(self.transfer(flags, &copy.src, &copy.dest.value))
            }
            library::Instruction::Add(add) => {
                Body::Add(self.transfer(flags, &add.src, &add.dest.value))
            }
            library::Instruction::Cmd(cmd) => Body::Cmd(command(&cmd.arguments, rest)),
            library::Instruction::Entrypoint(entrypoint) => {
                Body::Entrypoint(command(&entrypoint.arguments, rest))
            }
            library::Instruction::Expose(expose) => {
                let ports = expose.arguments.iter();
                Body::Expose(
                    ports
                        .map(|port| unquoted(&port.value, self.escape))
                        .collect(),
                )
            }
            library::Instruction::Volume(volume) => Body::Volume(match volume.arguments {
                library::JsonOrStringArray::Json(paths) => words(&paths.value),
                library::JsonOrStringArray::String(paths) => paths
                    .iter()
                    .map(|path| unquoted(&path.value, self.escape))
                    .collect(),
            }),
            library::Instruction::Healthcheck(check) => Body::Healthcheck(match check.arguments {
                library::HealthcheckArguments::Cmd { arguments, .. } => {
                    Healthcheck::Cmd(command(&arguments, rest[3..].trim_start()))
                }
                _ => Healthcheck::None,
            }),
            library::Instruction::Shell(shell) => Body::Shell(words(&shell.arguments)),
            _ => return Err(self.fault(format!("`{keyword}` cannot be read"))),
        })
    }

    fn transfer(
        &mut self,
        flags: &[Flag],
        sources: &[library::Source<'_>],
        dest: &str,
    ) -> Transfer {
        let docs = std::mem::take(&mut self.docs);
        let find = |name: &str| docs.iter().find(|doc| doc.name == name).cloned();
        let sources = sources.iter().filter_map(|source| match source {
            library::Source::Path(path) => Some(path.value.replace(MASK, "<<")),
            _ => None,
        });
        let sources = sources
            .map(
                |written| match heredoc::name(&written).and_then(|name| find(&name)) {
                    Some(doc) => Source::Heredoc(doc),
                    None => Source::Path {
                        path: unquoted(&written, self.escape),
                        written,
                    },
                },
            )
            .collect();
        Transfer {
            sources,
            dest: unquoted(&dest.replace(MASK, "<<"), self.escape),
            from: flags::value(flags, "from").map(str::to_string),
        }
    }

    fn pairs(&self, keyword: Keyword, rest: &str) -> Result<Vec<Pair>, ParseFault> {
        let pair = |name: &str, value: &str| Pair {
            name: unquoted(name, self.escape),
            value: unquoted(value, self.escape),
            written: value.to_string(),
        };
        let words = pair_words(rest, self.escape);
        if words.first().is_some_and(|word| !word.contains('=')) {
            let Some((name, value)) = rest.split_once([' ', '\t']) else {
                return Err(self.fault(format!("`{keyword}` needs a name and a value")));
            };
            return Ok(vec![pair(name, value.trim_start())]);
        }
        words
            .iter()
            .map(|word| match word.split_once('=') {
                Some(("", _)) => Err(self.fault(format!("`{keyword}` has a blank name"))),
                Some((name, value)) => Ok(pair(name, value)),
                None => Err(self.fault(format!(
                    "`{keyword}` has {} where a `name=value` belongs",
                    tick(word)
                ))),
            })
            .collect()
    }

    fn args(&self, rest: &str) -> Result<Vec<Arg>, ParseFault> {
        pair_words(rest, self.escape)
            .iter()
            .map(|word| {
                let (name, value) = match word.split_once('=') {
                    Some((name, value)) => (name, Some(value)),
                    None => (word.as_str(), None),
                };
                if name.is_empty() {
                    return Err(self.fault("`ARG` has a blank name"));
                }
                Ok(Arg {
                    line: self.logical.line,
                    name: unquoted(name, self.escape),
                    default: value.map(|value| unquoted(value, self.escape)),
                    written: value.map(str::to_string),
                })
            })
            .collect()
    }
}

/// Stands for `<<`: a Unicode noncharacter, which JSON strings may hold and no text does.
const MASK: &str = "\u{fdd0}\u{fdd0}";

fn command(command: &library::Command<'_>, rest: &str) -> Command {
    match command {
        library::Command::Exec(array) => Command::Exec(words(&array.value)),
        _ => Command::Shell(rest.to_string()),
    }
}

fn words(words: &[library::UnescapedString<'_>]) -> Vec<String> {
    words
        .iter()
        .map(|word| word.value.replace(MASK, "<<"))
        .collect()
}

/// Words with their quotes, as BuildKit's `parseWords` cuts them.
fn pair_words(text: &str, escape: char) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let Some(word) = words.last_mut() else { break };
        match (c, quote) {
            (c, None) if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(String::new());
                }
                continue;
            }
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (c, quote) if c == escape && quote != Some('\'') => {
                if let Some(next) = chars.next() {
                    word.extend([c, next]);
                }
                continue;
            }
            _ => {}
        }
        word.push(c);
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests;
