//! From a builder's name for a step back to the instruction, and so to its line.

use super::instruction::{Instruction, Keyword};
use super::stages::{BaseKind, Dockerfile, Stage};

impl Dockerfile {
    /// The instruction a builder means by a step's heading: BuildKit's `[build 3/4] RUN …` and `[3/4] RUN …`, the
    /// classic builder's `Step 3/9 : RUN …`, or an instruction's text alone.
    pub fn line_of_step(&self, heading: &str) -> Option<&Instruction> {
        let heading = heading.trim();
        if let Some(rest) = heading.strip_prefix("Step ") {
            let (count, text) = rest.split_once(" : ")?;
            let number: usize = count.split('/').next()?.trim().parse().ok()?;
            return self.classic_step(number).or_else(|| self.by_text(text));
        }
        if let Some(rest) = heading.strip_prefix('[') {
            let (place, text) = rest.split_once("] ")?;
            return self.vertex(place, text).or_else(|| self.by_text(text));
        }
        self.by_text(heading)
    }

    /// The classic builder counts every instruction of the file, `ARG`s before `FROM` included.
    fn classic_step(&self, number: usize) -> Option<&Instruction> {
        let mut lines: Vec<u32> = self.args_before_from.iter().map(|arg| arg.line).collect();
        lines.dedup();
        let index = number.checked_sub(1 + lines.len())?;
        self.stages
            .iter()
            .flat_map(|stage| std::iter::once(&stage.from).chain(&stage.instructions))
            .nth(index)
    }

    /// BuildKit counts, within a stage, a `FROM` of an image and every `RUN`, `COPY`, `ADD` and `WORKDIR`.
    fn vertex(&self, place: &str, text: &str) -> Option<&Instruction> {
        let (stage, count) = match place.rsplit_once(' ') {
            Some((before, count)) => (before.trim_end().rsplit(' ').next(), count),
            None => (None, place),
        };
        let (number, total) = count.split_once('/')?;
        let number: usize = number.trim().parse().ok()?;
        let total: usize = total.trim().parse().ok()?;
        let stages = self
            .stages
            .iter()
            .filter(|candidate| match stage.filter(|s| !s.is_empty()) {
                Some(name) => is_called(candidate, name),
                None => true,
            });
        stages
            .rev()
            .filter(|candidate| counted(candidate).count() == total)
            .filter_map(|candidate| counted(candidate).nth(number.checked_sub(1)?))
            .find(|found| found.keyword == first_keyword(text).unwrap_or(found.keyword))
    }

    fn by_text(&self, text: &str) -> Option<&Instruction> {
        let wanted = squeezed(text);
        self.stages
            .iter()
            .rev()
            .flat_map(|stage| std::iter::once(&stage.from).chain(&stage.instructions))
            .find(|instruction| squeezed(&instruction.written) == wanted)
    }
}

fn counted(stage: &Stage) -> impl Iterator<Item = &Instruction> {
    let from = matches!(
        stage.base.image,
        BaseKind::Image(_) | BaseKind::Unresolved(_)
    );
    from.then_some(&stage.from)
        .into_iter()
        .chain(stage.instructions.iter().filter(|instruction| {
            matches!(
                instruction.keyword,
                Keyword::Run | Keyword::Copy | Keyword::Add | Keyword::Workdir
            )
        }))
}

/// BuildKit calls a nameless stage `stage-N`.
fn is_called(stage: &Stage, name: &str) -> bool {
    match &stage.name {
        Some(own) => own.eq_ignore_ascii_case(name),
        None => name
            .strip_prefix("stage-")
            .is_some_and(|n| n == stage.index.to_string()),
    }
}

fn first_keyword(text: &str) -> Option<Keyword> {
    Keyword::read(text.split_whitespace().next()?)
}

/// Builders print the keyword in capitals and white space as they like.
fn squeezed(text: &str) -> String {
    let mut words = text.split_whitespace();
    let keyword = words.next().unwrap_or_default().to_uppercase();
    words.fold(keyword, |text, word| text + " " + word)
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    const FILE: &str = "ARG V=1\nFROM a:$V AS build\nENV A=1\nWORKDIR /w\nRUN make \\\n  all\nFROM scratch\n\
                        COPY --from=build /w /w\nCMD [\"/w/x\"]\nFROM build\nRUN test\n";

    #[test]
    fn a_step_leads_to_its_line() {
        let file = parse(FILE).unwrap();
        let line = |heading| {
            file.line_of_step(heading)
                .map(|instruction| instruction.line)
        };
        for (heading, expected) in [
            ("[build 1/3] FROM docker.io/library/a:1", 2),
            ("[build 3/3] RUN make   all", 5),
            ("[linux/amd64 build 2/3] WORKDIR /w", 4),
            ("[stage-1 1/1] COPY --from=build /w /w", 8),
            ("[stage-2 1/1] RUN test", 11),
            ("[build  1/3] FROM docker.io/library/a:1", 2),
            ("Step 2/9 : FROM a:$V AS build", 2),
            ("Step 5/9 : RUN make   all", 5),
            ("Step 8/9 : CMD [\"/w/x\"]", 9),
            ("run make all", 5),
        ] {
            assert_eq!(line(heading), Some(expected), "{heading}");
        }
        assert_eq!(
            line("[internal] load build definition from Dockerfile"),
            None
        );
        assert_eq!(line("[build 7/9] RUN nothing"), None);
    }

    #[test]
    fn a_file_of_one_stage_has_no_names() {
        let file = parse("FROM a\nRUN b\nCOPY c d\n").unwrap();
        assert_eq!(file.line_of_step("[2/3] RUN b").map(|i| i.line), Some(2));
        assert_eq!(file.line_of_step("[3/3] COPY c d").map(|i| i.line), Some(3));
    }
}
