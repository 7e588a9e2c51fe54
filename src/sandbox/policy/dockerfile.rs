//! A Dockerfile on its way to the engine: what it may not do is refused, and every image it names becomes one of the
//! sandbox's. What is sent is read once more, so that no name can have been missed.

use std::collections::BTreeMap;

use super::Refusal;
use super::rules::Downloads;
use crate::dockerfile::reference::Reference;
use crate::dockerfile::{
    BaseKind, Body, Dockerfile, Given, Instruction, ParseFault, RefusalKind, Transfer, Unknown,
    parse_given, refusals,
};
use crate::text::{inert_line, tick};

/// An image that a file names, as it was found in the sandbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct BaseImage {
    /// The engine's name for it.
    pub(in crate::sandbox) name: String,
    /// Its `ONBUILD` instructions.
    pub(in crate::sandbox) triggers: Vec<String>,
    /// What it sets in its environment: in a build this wins over arguments.
    pub(in crate::sandbox) environment: Vec<(String, String)>,
}

/// Images by the names they have in a file.
pub(in crate::sandbox) type Bases = BTreeMap<String, BaseImage>;

/// What a reading depends on besides the file.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Reading<'a> {
    /// The build arguments that have a value.
    pub(in crate::sandbox) arguments: &'a [(String, String)],
    /// Names that mean something of the client's own: `--build-context`.
    pub(in crate::sandbox) contexts: &'a [String],
    /// Major and minor version of the engine whose builder reads it.
    pub(in crate::sandbox) release: (u32, u32),
    pub(in crate::sandbox) is_classic: bool,
    pub(in crate::sandbox) downloads: Downloads,
}

impl Reading<'_> {
    fn parse(&self, text: &str, bases: &Bases) -> Result<Dockerfile, Refusal> {
        let environments = bases
            .iter()
            .map(|(written, base)| (written.clone(), base.environment.clone()))
            .collect();
        let given = Given {
            build_args: self.arguments.to_vec(),
            environments,
        };
        let file = parse_given(text, &given)
            .map_err(|fault| Refusal::engine(400, self.in_the_builders_words(&fault)))?;
        self.known_to_the_builder(&file)?;
        Ok(file)
    }

    /// A fault as the engine's builder tells it, where it is one that learners make every day.
    fn in_the_builders_words(&self, fault: &ParseFault) -> String {
        let line = fault.line;
        match &fault.unknown {
            None => format!("dockerfile parse error line {line}: {}", fault.message),
            Some(Unknown { word, .. }) if self.release < (23, 0) => {
                let word = inert_line(word).to_uppercase();
                format!("dockerfile parse error line {line}: unknown instruction: {word}")
            }
            Some(Unknown { word, near }) => {
                let word = inert_line(word);
                let near = near.map(|near| format!(" (did you mean {near}?)"));
                format!(
                    "dockerfile parse error on line {line}: unknown instruction: {word}{}",
                    near.unwrap_or_default()
                )
            }
        }
    }

    /// A builder that does not know here-documents reads their lines as instructions.
    fn known_to_the_builder(&self, file: &Dockerfile) -> Result<(), Refusal> {
        let is_heredoc = |what: &str| what.contains("here-document");
        let needs = file.needs_buildkit();
        let unknown = needs.iter().find(|need| {
            is_heredoc(&need.what) && (self.is_classic || need.since.version() > self.release)
        });
        match unknown {
            None => Ok(()),
            Some(need) => Err(Refusal::engine(
                400,
                format!(
                    "dockerfile parse error line {}: this engine's builder does not know {}, it needs BuildKit of {}",
                    need.line, need.what, need.since
                ),
            )),
        }
    }

    fn is_context(&self, name: &str) -> bool {
        self.contexts.iter().any(|context| context == name)
    }

    /// The images a file names, as they are written there.
    pub(in crate::sandbox) fn images(&self, text: &str) -> Result<Vec<String>, Refusal> {
        let file = self.parse(&Dockerfile::without_syntax(text), &Bases::new())?;
        let mut images: Vec<String> = file
            .images()
            .into_iter()
            .filter(|name| *name != "scratch" && !self.is_context(name))
            .map(str::to_owned)
            .collect();
        images.sort();
        images.dedup();
        Ok(images)
    }

    /// The file as it may be sent; `found` has every image of the sandbox that it names, by the name it has there.
    pub(in crate::sandbox) fn rewritten(
        &self,
        text: &str,
        found: &Bases,
    ) -> Result<String, Refusal> {
        for base in found.values() {
            self.triggers(base)?;
        }
        let file = self.parse(text, found)?;
        self.refuse(&file, &|name| {
            found.keys().any(|known| same(known, name)) || self.is_context_in_full(name)
        })?;
        // Without a registry BuildKit could not fetch the frontend that a harmless `# syntax=` names.
        let text = Dockerfile::without_syntax(text);
        let file = self.parse(&text, found)?;
        let sent = under_engine_names(&text, &file, found);
        let read_again = self.parse(&sent, found)?;
        let missed = read_again
            .images()
            .into_iter()
            .find(|name| {
                *name != "scratch"
                    && !self.is_context(name)
                    && !found.values().any(|known| known.name == *name)
            })
            .map(str::to_owned);
        match missed {
            None => Ok(sent),
            Some(name) => Err(Refusal::not_allowed(
                format!("a Dockerfile that hides the image {}", tick(&name)),
                "write the name plainly, on the line of its instruction",
            )),
        }
    }

    /// Triggers of a base image run in every build on it: they may not name images, for nobody would rewrite them.
    fn triggers(&self, base: &BaseImage) -> Result<(), Refusal> {
        const BASE: &str = "base";
        if base.triggers.is_empty() {
            return Ok(());
        }
        // Two instructions in one would hide the second.
        if base.triggers.iter().any(|one| one.contains('\n')) {
            return Err(Refusal::unreadable("a trigger of more than one line"));
        }
        let text = format!("FROM {BASE}\n{}\n", base.triggers.join("\n"));
        let file = self.parse(&text, &[(BASE.to_owned(), base.clone())].into())?;
        if file.stages.len() > 1 {
            return Err(Refusal::not_allowed(
                "an image with a `FROM` among its triggers",
                "build it without",
            ));
        }
        self.refuse(&file, &|name| same(name, BASE))
    }

    fn is_context_in_full(&self, name: &str) -> bool {
        self.contexts.iter().any(|context| same(context, name))
    }

    fn refuse(&self, file: &Dockerfile, allowed: &dyn Fn(&str) -> bool) -> Result<(), Refusal> {
        let lenient = self.downloads == Downloads::Allowed;
        let counts = |kind: RefusalKind| {
            !(lenient && matches!(kind, RefusalKind::Download | RefusalKind::Secret))
        };
        if let Some(refusal) = refusals(file, allowed)
            .into_iter()
            .find(|refusal| counts(refusal.kind))
        {
            return Err(Refusal::not_allowed(
                format!("line {}: {}, {}", refusal.line, refusal.what, refusal.why),
                refusal.instead,
            ));
        }
        let hidden = file
            .stages
            .iter()
            .flat_map(|stage| &stage.instructions)
            .find(|one| matches!(&one.body, Body::Onbuild(inner) if names_an_image(inner)));
        match hidden {
            None => Ok(()),
            Some(one) => Err(Refusal::not_allowed(
                format!("line {}: `ONBUILD` with an image", one.line),
                "write the instruction where it is used",
            )),
        }
    }
}

fn names_an_image(instruction: &Instruction) -> bool {
    match &instruction.body {
        Body::From { .. } => true,
        Body::Copy(transfer) | Body::Add(transfer) => transfer.from.is_some(),
        Body::Run(run) => run.mounts.iter().any(|mount| mount.from.is_some()),
        Body::Onbuild(inner) => names_an_image(inner),
        _ => false,
    }
}

/// True where two ways of writing mean one image.
fn same(one: &str, other: &str) -> bool {
    match (Reference::parse(one), Reference::parse(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

/// Puts the engine's names in place of the learner's; every line stays where it is.
fn under_engine_names(text: &str, file: &Dockerfile, found: &Bases) -> String {
    let engine_name = |written: &str| {
        found
            .iter()
            .find(|(known, _)| same(known, written))
            .map(|(_, base)| base.name.as_str())
    };
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    for stage in &file.stages {
        let name = match &stage.base.image {
            BaseKind::Image(written) => engine_name(written),
            // What stands for itself stays; what a variable stands for is written out, so that nobody can read another.
            BaseKind::Stage(_) | BaseKind::Scratch => {
                let name = stage.base.written.as_str();
                let plain = matches!(&stage.from.body, Body::From { image, .. } if image == name);
                (!plain).then_some(name)
            }
            BaseKind::Unresolved(_) => None,
        };
        if let Some(name) = name {
            let platform = stage.from.flag("platform");
            let platform = platform.map(|platform| format!("--platform={platform} "));
            let alias = stage.name.as_ref().map(|alias| format!(" AS {alias}"));
            let line = format!(
                "FROM {}{name}{}",
                platform.unwrap_or_default(),
                alias.unwrap_or_default()
            );
            replace(&mut lines, &stage.from, &line);
        }
        for instruction in &stage.instructions {
            let names: Vec<&str> = match &instruction.body {
                Body::Copy(Transfer { from, .. }) | Body::Add(Transfer { from, .. }) => {
                    from.as_deref().into_iter().collect()
                }
                Body::Run(run) => run
                    .mounts
                    .iter()
                    .filter_map(|mount| mount.from.as_deref())
                    .collect(),
                _ => continue,
            };
            for written in names {
                let is_stage = file
                    .stage(written)
                    .is_some_and(|found| found.index < stage.index);
                if let Some(name) = engine_name(written).filter(|_| !is_stage) {
                    in_flags(&mut lines, instruction, written, name);
                }
            }
        }
    }
    lines.join("\n")
}

/// Puts one line in the place of an instruction, and empty ones where it had more.
fn replace(lines: &mut [String], instruction: &Instruction, line: &str) {
    let (first, last) = (instruction.line as usize, instruction.end_line as usize);
    let end = |text: &str| if text.ends_with('\r') { "\r" } else { "" };
    for number in first..=last.max(first) {
        if let Some(text) = lines.get_mut(number - 1) {
            let end = end(text);
            *text = match number == first {
                true => format!("{line}{end}"),
                false => end.to_owned(),
            };
        }
    }
}

/// Replaces an image in `from=NAME` of an instruction's lines; what hides it from this is refused when the file is read
/// again.
fn in_flags(lines: &mut [String], instruction: &Instruction, written: &str, name: &str) {
    let (first, last) = (instruction.line as usize, instruction.end_line as usize);
    let flag = format!("from={written}");
    let ends = |rest: &str| {
        rest.is_empty() || rest.starts_with(|c: char| c.is_whitespace() || matches!(c, ',' | '"'))
    };
    for line in lines
        .get_mut(first - 1..last.max(first))
        .into_iter()
        .flatten()
    {
        let mut from = 0;
        while let Some(at) = line[from..].find(&flag).map(|at| at + from) {
            let end = at + flag.len();
            if ends(&line[end..]) {
                line.replace_range(at + "from=".len()..end, name);
                from = at + "from=".len() + name.len();
            } else {
                from = end;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(downloads: Downloads) -> Reading<'static> {
        Reading {
            arguments: &[],
            contexts: &[],
            release: (28, 5),
            is_classic: false,
            downloads,
        }
    }

    fn base(name: &str) -> BaseImage {
        BaseImage {
            name: name.to_owned(),
            ..BaseImage::default()
        }
    }

    fn known() -> Bases {
        [
            ("busybox", "s/busybox"),
            ("web:1", "s/web:1"),
            ("me/tools", "s/me/tools"),
        ]
        .map(|(name, engine)| (name.to_owned(), base(engine)))
        .into()
    }

    fn sent(text: &str) -> Result<String, Refusal> {
        reading(Downloads::Refused).rewritten(text, &known())
    }

    #[test]
    fn a_misspelt_instruction_is_told_in_the_builders_words() {
        let told = |release| {
            let reading = Reading {
                release,
                ..reading(Downloads::Refused)
            };
            let came = reading.rewritten("FROM busybox:1.37\nrunn x", &known());
            came.unwrap_err().message
        };
        assert_eq!(
            told((20, 10)),
            "dockerfile parse error line 2: unknown instruction: RUNN"
        );
        assert_eq!(
            told((28, 5)),
            "dockerfile parse error on line 2: unknown instruction: runn (did you mean RUN?)"
        );
    }

    #[test]
    fn a_line_whose_end_builders_read_in_two_ways_is_refused() {
        for text in [
            "FROM busybox\nARG A=http://127.0.0.1/x\\\r\r\nADD $A /x\n",
            "FROM busybox\nWORKDIR /x\\\r\r\nRUN --mount=from=secret:1,target=/x true\n",
            "FROM busybox\r\r\n",
            "FROM busybox\nRUN <<EOF\nEOF\r\r\nADD http://127.0.0.1/ /x\nEOF\n",
        ] {
            let refused = sent(text).unwrap_err();
            assert!(refused.message.contains("carriage"), "{refused:?}");
        }
        let windows = "FROM busybox\r\nRUN a \\\r\n b\r\n";
        assert_eq!(
            sent(windows).unwrap(),
            windows.replace("busybox", "s/busybox")
        );
    }

    #[test]
    fn every_image_gets_its_engine_name_and_every_line_stays() {
        let text = "# syntax=docker/dockerfile:1\nARG V=1\nFROM web:$V AS a\nFROM \\\n  busybox\n\
                    COPY --from=me/tools /x /\nCOPY --from=a /x /\nRUN --mount=type=bind,from=web:1,target=/w ls\n";
        let expected = "#\nARG V=1\nFROM s/web:1 AS a\nFROM s/busybox\n\n\
                        COPY --from=s/me/tools /x /\nCOPY --from=a /x /\nRUN --mount=type=bind,from=s/web:1,target=/w ls\n";
        assert_eq!(sent(text).unwrap(), expected);
    }

    #[test]
    fn the_images_are_told_as_they_are_written() {
        let text = "FROM web:1 AS a\nFROM a\nCOPY --from=me/tools /x /\nFROM scratch\n";
        let images = reading(Downloads::Refused).images(text).unwrap();
        assert_eq!(images, ["me/tools", "web:1"]);
    }

    #[test]
    fn what_would_leave_the_sandbox_is_refused() {
        for text in [
            "FROM secret",
            "FROM busybox\nCOPY --from=secret / /",
            "FROM busybox\nRUN --mount=from=secret,target=/x ls",
            "FROM busybox\nCOPY --from=\"me/too\"ls / /",
            "FROM busybox\nADD http://127.0.0.1/ /x",
            "FROM busybox\nARG U=http://127.0.0.1/\nADD $U /x",
            "FROM busybox\nARG U\nADD ${U} /x",
            "FROM busybox\nADD git@github.com:a/b.git /x",
            "# syntax=evil/frontend\nFROM busybox",
            "FROM busybox\nRUN --network=host ls",
            "FROM busybox\nRUN --security=insecure ls",
            "FROM busybox\nONBUILD COPY --from=secret / /",
            "FROM busybox\nONBUILD COPY --from=busybox / /",
            "FROM busybox\nONBUILD ADD http://127.0.0.1/ /x",
            "FROM $X",
            "FROM busybox\nADD [\"http://127.0.0.1/\\ud800\", \"/x\"]",
            "FROM busybox\nADD [\"http://127.0.0.1/\", \"/x\"] and more",
            "FROM busybox\nCOPY [\"x\", \"/x\"] and more",
            "FROM busybox\nRUN [\"true\"] <<'LABEL a=b'\nFROM secret\nLABEL a=b\n",
            "FROM busybox\nONBUILD RUN [\"true\"] <<'LABEL a=b'\nFROM secret\nLABEL a=b\n",
            "not a dockerfile",
        ] {
            assert!(sent(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_a_base_image_sets_wins_over_what_the_file_says() {
        let with = |value: &str, text: &str| {
            let base = BaseImage {
                environment: vec![("U".to_owned(), value.to_owned())],
                ..base("s/busybox")
            };
            reading(Downloads::Refused)
                .rewritten(text, &[("busybox".to_owned(), base)].into())
                .is_ok()
        };
        for text in [
            "FROM busybox\nARG U=file\nADD $U /x",
            "FROM busybox\nADD ${U:-file} /x",
            "FROM busybox AS a\nFROM a\nARG U=file\nADD $U /x",
        ] {
            assert!(!with("http://127.0.0.1/", text), "{text}");
            assert!(with("file", text), "{text}");
        }
        let other = "FROM busybox\nADD ${U:+http://127.0.0.1/} /x";
        assert!(!with("1", other) && !with("", "FROM busybox\nADD ${PATH:+http://x/}a /x"));
        assert!(with("http://x/", "FROM busybox\nENV U=file\nADD $U /x"));
    }

    #[test]
    fn what_a_variable_stands_for_is_written_out() {
        let text = "ARG A=stage\nFROM busybox AS stage\nFROM ${A}\nFROM $A AS x\nFROM stage\n";
        let expected =
            "ARG A=stage\nFROM s/busybox AS stage\nFROM stage\nFROM stage AS x\nFROM stage\n";
        assert_eq!(sent(text).unwrap(), expected);
        // The builder knows a value for it that is in no file.
        for name in ["TARGETOS", "BUILDARCH", "TARGETSTAGE"] {
            for text in [
                format!("FROM busybox AS secr\nFROM secr${{{name}:+et}}"),
                format!("FROM busybox AS stage\nFROM ${{{name}:-stage}}"),
                format!("ARG {name}\nFROM busybox AS secr\nFROM secr${{{name}:+et}}"),
                format!("ARG B=${{{name}:+et}}\nFROM busybox AS secr\nFROM secr$B"),
            ] {
                assert!(sent(&text).is_err(), "{text}");
            }
        }
    }

    #[test]
    fn a_learner_may_download() {
        let text = "FROM busybox\nADD https://example.com/x /x\n";
        assert!(sent(text).is_err());
        assert!(
            reading(Downloads::Allowed)
                .rewritten(text, &known())
                .is_ok()
        );
    }

    #[test]
    fn lines_of_a_here_document_are_no_instructions_to_those_who_know_them() {
        let text = "FROM busybox\nRUN <<EOF\nFROM secret\nEOF\n";
        assert!(sent(text).is_ok());
        let classic = Reading {
            is_classic: true,
            ..reading(Downloads::Refused)
        };
        assert!(classic.rewritten(text, &known()).is_err());
        let old = Reading {
            release: (20, 10),
            ..reading(Downloads::Refused)
        };
        assert!(old.rewritten(text, &known()).is_err());
    }

    #[test]
    fn triggers_may_not_name_images_or_download() {
        let reading = reading(Downloads::Refused);
        let triggers = |lines: &[&str]| {
            let base = BaseImage {
                triggers: lines.iter().map(|line| (*line).to_owned()).collect(),
                environment: vec![("U".to_owned(), "http://127.0.0.1/".to_owned())],
                ..base("s/busybox")
            };
            reading.rewritten("FROM busybox", &[("busybox".to_owned(), base)].into())
        };
        assert!(triggers(&["COPY . /app", "RUN make"]).is_ok());
        assert!(triggers(&["COPY --from=busybox / /"]).is_err());
        assert!(triggers(&["ADD http://127.0.0.1/ /x"]).is_err());
        assert!(triggers(&["FROM secret"]).is_err());
        assert!(triggers(&["FROM base"]).is_err());
        assert!(triggers(&["RUN a\nADD http://127.0.0.1/ /x"]).is_err());
        assert!(triggers(&["ARG U=file", "ADD $U /x"]).is_err());
        assert!(triggers(&["ADD ${X:-file} /x"]).is_err());
    }

    #[test]
    fn a_build_context_of_the_clients_own_is_left_alone() {
        let contexts = ["files".to_owned()];
        let reading = Reading {
            contexts: &contexts,
            ..reading(Downloads::Refused)
        };
        let text = "FROM busybox\nCOPY --from=files /x /\n";
        assert_eq!(reading.images(text).unwrap(), ["busybox"]);
        let sent = reading.rewritten(text, &known()).unwrap();
        assert_eq!(sent, "FROM s/busybox\nCOPY --from=files /x /\n");
    }
}
