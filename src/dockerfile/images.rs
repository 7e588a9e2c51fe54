//! Which images a Dockerfile takes something from.

use super::instruction::{Body, Instruction};
use super::stages::{BaseKind, Dockerfile, Stage};

impl Dockerfile {
    /// The images it starts from, copies from or mounts from, as they are named there; stages and `scratch` left out.
    pub fn images(&self) -> Vec<&str> {
        self.stages
            .iter()
            .flat_map(|stage| {
                let base = match &stage.base.image {
                    BaseKind::Image(name) => Some(name.as_str()),
                    BaseKind::Stage(_) | BaseKind::Scratch | BaseKind::Unresolved(_) => None,
                };
                let others = stage
                    .instructions
                    .iter()
                    .flat_map(|one| self.taken_from(one, stage));
                base.into_iter().chain(others)
            })
            .collect()
    }

    fn taken_from<'a>(&self, instruction: &'a Instruction, stage: &Stage) -> Vec<&'a str> {
        match &instruction.body {
            Body::Copy(copy) | Body::Add(copy) => copy
                .from
                .as_deref()
                .filter(|from| self.stage_before(from, stage.index).is_none())
                .into_iter()
                .collect(),
            Body::Run(run) => run
                .mounts
                .iter()
                .filter_map(|mount| mount.from.as_deref())
                .filter(|from| self.named_before(from, stage.index).is_none())
                .collect(),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    #[test]
    fn images_are_told_from_stages() {
        let text = "FROM a:1 AS build\nCOPY --from=tools:2 /x /\nFROM scratch\nCOPY --from=build /x /\n\
                    COPY --from=0 /y /\nRUN --mount=from=b,target=/b x\n";
        assert_eq!(parse(text).unwrap().images(), ["a:1", "tools:2", "b"]);
    }
}
