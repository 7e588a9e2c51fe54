//! One joined line to one [`Instruction`]. The library reads the arguments; flags, pairs and here-documents,
//! which it reads otherwise than the builders do, are ours.

use parse_dockerfile as library;

use super::ParseFault;
use super::expand::unquoted;
use super::flags::{self, Flag, split_flags};
use super::heredoc::{self, Heredoc};
use super::instruction::{
    Arg, Body, Command, Form, Healthcheck, Instruction, Keyword, Pair, Run, Source, Transfer,
};
use super::lines::Logical;
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
        if let Some(near) = nearest(word, known) {
            message.push_str(&format!(", did you mean {}?", tick(near)));
        }
        self.fault(message)
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
mod tests {
    use super::super::lines;
    use super::*;

    fn read(text: &str) -> Result<Instruction, ParseFault> {
        instruction(&lines::join(text, '\\').unwrap()[0], '\\')
    }

    fn body(text: &str) -> Body {
        read(text).unwrap().body
    }

    fn pairs(text: &str) -> Vec<(String, String)> {
        let (Body::Env(pairs) | Body::Label(pairs)) = body(text) else {
            panic!("no pairs")
        };
        pairs
            .into_iter()
            .map(|pair| (pair.name, pair.value))
            .collect()
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_string(), value.to_string())
    }

    #[test]
    fn environment_and_labels_are_pairs_in_both_spellings() {
        assert_eq!(
            pairs("ENV A=1 B=\"two words\" C=it\\'s\\ ok D="),
            [
                pair("A", "1"),
                pair("B", "two words"),
                pair("C", "it's ok"),
                pair("D", "")
            ]
        );
        assert_eq!(pairs("ENV A  b c=d"), [pair("A", "b c=d")]);
        assert_eq!(pairs("LABEL \"com.x\"=\"a=$B\""), [pair("com.x", "a=$B")]);
        assert_eq!(
            read("ENV A").unwrap_err().message,
            "`ENV` needs a name and a value"
        );
        assert_eq!(
            read("ENV A=1 b").unwrap_err().message,
            "`ENV` has `b` where a `name=value` belongs"
        );
    }

    #[test]
    fn commands_know_their_form() {
        for (text, form) in [
            ("CMD [\"a\", \"b\"]", Form::Exec),
            ("CMD a b", Form::Shell),
            ("CMD ['a']", Form::Shell),
            ("CMD", Form::Shell),
            ("CMD []", Form::Exec),
            ("ENTRYPOINT [\"a\"]", Form::Exec),
            ("RUN [ -e x ]", Form::Shell),
            ("RUN [[ -e x ]]", Form::Shell),
            ("HEALTHCHECK --interval=1s CMD [\"a\"]", Form::Exec),
            ("healthcheck cmd curl x", Form::Shell),
            ("HEALTHCHECK NONE", Form::NotApplicable),
        ] {
            assert_eq!(read(text).unwrap().form, form, "{text}");
        }
        assert_eq!(
            body("HEALTHCHECK --retries=2 CMD a || exit 1"),
            Body::Healthcheck(Healthcheck::Cmd(Command::Shell("a || exit 1".to_string())))
        );
        assert_eq!(
            body("CMD [\"a\\\"b\", \"<<x\"]"),
            Body::Cmd(Command::Exec(vec!["a\"b".to_string(), "<<x".to_string()]))
        );
    }

    #[test]
    fn run_keeps_its_text_its_mounts_and_its_here_documents() {
        let Body::Run(run) = body(
            "RUN --mount=type=cache,target=/c --network=none cat <<A && \\\n  echo \"<<B\"\nx $y\nA\n",
        ) else {
            panic!("no run")
        };
        assert_eq!(
            run.command,
            Command::Shell("cat <<A &&   echo \"<<B\"".to_string())
        );
        assert_eq!(run.script(), "cat <<A &&   echo \"<<B\"\nx $y\n");
        assert_eq!(run.mounts[0].kind, "cache");
        assert_eq!(run.network.as_deref(), Some("none"));
    }

    #[test]
    fn copy_tells_paths_from_here_documents() {
        let Body::Copy(copy) = body("COPY --from=b a http/x \"<<E\" <<F /to/\ncontent\nF\n") else {
            panic!("no copy")
        };
        assert_eq!(copy.from.as_deref(), Some("b"));
        assert_eq!(copy.dest, "/to/");
        assert_eq!(copy.paths().collect::<Vec<_>>(), ["a", "http/x", "<<E"]);
        assert!(matches!(&copy.sources[3], Source::Heredoc(doc) if doc.content == "content\n"));
        let Body::Add(add) = body("ADD [\"a b\", \"c\", \"/to/\"]") else {
            panic!("no add")
        };
        assert_eq!(add.paths().collect::<Vec<_>>(), ["a b", "c"]);
        assert_eq!(
            read("COPY a").unwrap_err().message,
            "`COPY` needs at least two arguments"
        );
    }

    #[test]
    fn lists_are_read_word_by_word() {
        assert_eq!(
            body("EXPOSE 80 53/udp"),
            Body::Expose(vec!["80".into(), "53/udp".into()])
        );
        assert_eq!(body("VOLUME [\"/a\"]"), Body::Volume(vec!["/a".into()]));
        assert_eq!(
            body("VOLUME /a /b"),
            Body::Volume(vec!["/a".into(), "/b".into()])
        );
        assert_eq!(
            body("SHELL [\"/bin/bash\", \"-c\"]"),
            Body::Shell(vec!["/bin/bash".into(), "-c".into()])
        );
        assert_eq!(body("USER \"app\""), Body::User("app".into()));
    }

    #[test]
    fn onbuild_holds_an_instruction_but_not_another_onbuild() {
        let Body::Onbuild(inner) = body("ONBUILD COPY . /app") else {
            panic!("no onbuild")
        };
        assert_eq!(inner.keyword, Keyword::Copy);
        assert_eq!(
            read("ONBUILD ONBUILD RUN x").unwrap_err().message,
            "`ONBUILD` cannot stand inside `ONBUILD`"
        );
    }

    #[test]
    fn a_slip_in_a_keyword_is_recognised() {
        assert_eq!(
            read("RUNN x").unwrap_err().message,
            "there is no instruction `RUNN`, did you mean `RUN`?"
        );
        assert_eq!(
            read("<html>").unwrap_err().message,
            "there is no instruction `<html>`"
        );
    }
}
