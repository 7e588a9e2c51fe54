//! A Dockerfile on its way to the engine: what it may not do is refused, and every image it names becomes one of the
//! sandbox's. What is sent is read once more, so that no name can have been missed.

use std::collections::BTreeMap;

use super::Refusal;
use super::rules::Downloads;
use crate::dockerfile::reference::Reference;
use crate::dockerfile::{
    BaseKind, Body, Dockerfile, Instruction, RefusalKind, Transfer, parse_with, refusals,
};
use crate::text::tick;

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
    fn parse(&self, text: &str) -> Result<Dockerfile, Refusal> {
        let file = parse_with(text, self.arguments).map_err(|fault| {
            Refusal::engine(
                400,
                format!(
                    "dockerfile parse error line {}: {}",
                    fault.line, fault.message
                ),
            )
        })?;
        self.known_to_the_builder(&file)?;
        Ok(file)
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
        let file = self.parse(&Dockerfile::without_syntax(text))?;
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

    /// The file as it may be sent; `found` has the engine's name of every image that the sandbox has.
    pub(in crate::sandbox) fn rewritten(
        &self,
        text: &str,
        found: &BTreeMap<String, String>,
    ) -> Result<String, Refusal> {
        let file = self.parse(text)?;
        self.refuse(&file, &|name| {
            found.keys().any(|known| same(known, name)) || self.is_context_in_full(name)
        })?;
        // Without a registry BuildKit could not fetch the frontend that a harmless `# syntax=` names.
        let text = Dockerfile::without_syntax(text);
        let file = self.parse(&text)?;
        let sent = under_engine_names(&text, &file, found);
        let read_again = self.parse(&sent)?;
        let missed = read_again
            .images()
            .into_iter()
            .find(|name| {
                *name != "scratch"
                    && !self.is_context(name)
                    && !found.values().any(|known| known == name)
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
    pub(in crate::sandbox) fn triggers(&self, triggers: &[String]) -> Result<(), Refusal> {
        if triggers.is_empty() {
            return Ok(());
        }
        let text = format!("FROM scratch\n{}\n", triggers.join("\n"));
        let file = self.parse(&text)?;
        self.refuse(&file, &|_| false)
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
fn under_engine_names(text: &str, file: &Dockerfile, found: &BTreeMap<String, String>) -> String {
    let engine_name = |written: &str| {
        found
            .iter()
            .find(|(known, _)| same(known, written))
            .map(|(_, engine)| engine.as_str())
    };
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    for stage in &file.stages {
        if let BaseKind::Image(written) = &stage.base.image
            && let Some(name) = engine_name(written)
        {
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

    fn known() -> BTreeMap<String, String> {
        [
            ("busybox", "s/busybox"),
            ("web:1", "s/web:1"),
            ("me/tools", "s/me/tools"),
        ]
        .map(|(name, engine)| (name.to_owned(), engine.to_owned()))
        .into()
    }

    fn sent(text: &str) -> Result<String, Refusal> {
        reading(Downloads::Refused).rewritten(text, &known())
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
            "not a dockerfile",
        ] {
            assert!(sent(text).is_err(), "{text}");
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
            let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
            reading.triggers(&lines)
        };
        assert!(triggers(&["COPY . /app", "RUN make"]).is_ok());
        assert!(triggers(&["COPY --from=busybox / /"]).is_err());
        assert!(triggers(&["ADD http://127.0.0.1/ /x"]).is_err());
        assert!(triggers(&["FROM secret"]).is_err());
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
