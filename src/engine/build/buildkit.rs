//! A BuildKit build, followed: vertexes and logs come apart, so nothing a step prints can pass for a step.

use std::time::Duration;

use serde::Deserialize;

use super::steps::{StepName, step_name};
use super::tail::Tail;
use super::trace::{self, StatusResponse, Vertex};
use super::{
    BuildError, BuildErrorKind, BuildProgress, BuildReport, BuildStep, BuildWarning, Builder,
    Follow, blame,
};
use crate::engine::EngineError;

/// What has been seen of one build.
pub(super) struct BuildKit {
    works: Vec<Work>,
    warnings: Vec<BuildWarning>,
    log: Tail,
    cap: usize,
    image_id: Option<String>,
    error: Option<String>,
}

/// One vertex that is a step.
struct Work {
    vertex: Vertex,
    name: StepName,
    log: Tail,
    told: bool,
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    id: String,
    #[serde(default)]
    aux: serde_json::Value,
    #[serde(default)]
    error: Option<String>,
}

impl BuildKit {
    pub(super) fn new(cap: usize) -> Self {
        Self {
            works: vec![],
            warnings: vec![],
            log: Tail::new(cap),
            cap,
            image_id: None,
            error: None,
        }
    }

    fn status(&mut self, status: StatusResponse, on: &(dyn Fn(BuildProgress) + Send + Sync)) {
        for vertex in status.vertexes {
            let index = self
                .works
                .iter()
                .position(|work| work.vertex.digest == vertex.digest);
            let work = match (index, step_name(&vertex.name)) {
                (Some(index), _) => {
                    let work = &mut self.works[index];
                    // A vertex is told again as it goes on; what was known of it stays known.
                    let known = std::mem::replace(&mut work.vertex, vertex);
                    work.vertex.cached |= known.cached;
                    work.vertex.started = work.vertex.started.or(known.started);
                    work.vertex.completed = work.vertex.completed.or(known.completed);
                    if work.vertex.error.is_empty() {
                        work.vertex.error = known.error;
                    }
                    work
                }
                (None, Some(name)) => {
                    self.works.push(Work {
                        vertex,
                        name,
                        log: Tail::new(self.cap),
                        told: false,
                    });
                    self.works.last_mut().expect("one was just added")
                }
                (None, None) => continue,
            };
            if !work.told && (work.vertex.cached || work.vertex.started.is_some()) {
                work.told = true;
                on(BuildProgress::Step {
                    number: work.name.number,
                    total: work.name.total,
                    text: work.name.instruction.clone(),
                    cached: work.vertex.cached,
                });
            }
        }
        for log in status.logs {
            self.log.push(&log.msg);
            if let Some(work) = self
                .works
                .iter_mut()
                .find(|work| work.vertex.digest == log.vertex)
            {
                work.log.push(&log.msg);
            }
            on(BuildProgress::Log(
                String::from_utf8_lossy(&log.msg).into_owned(),
            ));
        }
        for warning in status.warnings {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let line = warning
                .ranges
                .first()
                .and_then(|range| range.start.as_ref())
                .map(|start| start.line);
            let detail: Vec<String> = warning.detail.iter().map(|detail| text(detail)).collect();
            let warning = BuildWarning {
                line: line.and_then(|line| u32::try_from(line).ok()),
                short: text(&warning.short),
                detail: detail.join("\n"),
            };
            if !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
    }

    /// Stage by stage in the order they were first heard of, by number within each.
    fn steps(&mut self) -> Vec<BuildStep> {
        let mut stages: Vec<Option<String>> = Vec::new();
        for work in &self.works {
            if !stages.contains(&work.name.stage) {
                stages.push(work.name.stage.clone());
            }
        }
        let place = |stage: &Option<String>| stages.iter().position(|known| known == stage);
        self.works
            .sort_by_key(|work| (place(&work.name.stage), work.name.number));
        std::mem::take(&mut self.works)
            .into_iter()
            .map(Work::step)
            .collect()
    }
}

impl Work {
    fn step(self) -> BuildStep {
        let Vertex {
            cached,
            started,
            completed,
            error,
            ..
        } = self.vertex;
        // Whether a FROM counts as cached changes from build to build.
        let is_from = self.name.instruction.to_uppercase().starts_with("FROM");
        BuildStep {
            stage: self.name.stage,
            number: self.name.number,
            total: self.name.total,
            instruction: self.name.instruction,
            cached: cached && !is_from,
            ran: started.is_some() && !cached && !is_from,
            took: completed
                .zip(started)
                .and_then(|(end, begin)| end.since(begin)),
            log: self.log.text(),
            error: Some(error).filter(|error| !error.is_empty()),
        }
    }
}

/// The step a failed build failed in: steps that were stopped because of it carry an error too, and an address
/// that cannot be fetched is told of the build as a whole.
fn failed_step(steps: &[BuildStep], whole: &str) -> Option<usize> {
    let own = |step: &BuildStep| {
        step.error
            .as_ref()
            .is_some_and(|error| !error.to_lowercase().contains("context canceled"))
    };
    let fetches = |step: &BuildStep| {
        blame::fetched(whole).is_some_and(|address| step.instruction.contains(address))
    };
    steps
        .iter()
        .position(own)
        .or_else(|| steps.iter().position(fetches))
}

impl Follow for BuildKit {
    fn line(
        &mut self,
        line: &[u8],
        on: &(dyn Fn(BuildProgress) + Send + Sync),
    ) -> Result<(), EngineError> {
        let unreadable = |reason: String| EngineError::Unreadable {
            verb: "build an image",
            reason,
        };
        let line: Line =
            serde_json::from_slice(line).map_err(|error| unreadable(error.to_string()))?;
        match (line.id.as_str(), &line.aux) {
            ("moby.buildkit.trace", serde_json::Value::String(aux)) => {
                self.status(trace::decode(aux).map_err(unreadable)?, on);
            }
            ("moby.image.id", aux) => {
                self.image_id = aux.get("ID").and_then(|id| id.as_str()).map(str::to_owned);
            }
            _ => {}
        }
        if let Some(error) = line.error {
            self.error = Some(error);
        }
        Ok(())
    }

    fn written(&self) -> usize {
        self.log.written()
    }

    fn finish(mut self: Box<Self>, cut: Option<BuildError>, took: Duration) -> BuildReport {
        let steps = self.steps();
        let error = cut.or_else(|| {
            let whole = self.error.as_deref()?;
            Some(match failed_step(&steps, whole) {
                Some(index) => {
                    let step = &steps[index];
                    blame::in_step(
                        index,
                        &step.instruction,
                        step.error.as_deref().unwrap_or(whole),
                    )
                }
                None => blame::before_steps(whole),
            })
        });
        let error = error.or_else(|| {
            self.image_id.is_none().then(|| BuildError {
                kind: BuildErrorKind::Engine,
                message: "the build ended with neither an image nor an error".to_owned(),
            })
        });
        BuildReport {
            builder: Builder::BuildKit,
            image_id: self.image_id.filter(|_| error.is_none()),
            steps,
            error,
            warnings: self.warnings,
            truncated: self.log.is_cut(),
            log: self.log.text(),
            took,
            created_images: Vec::new(),
            imitated: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Follows a build that a real engine has told.
    fn follow(trace: &str) -> BuildReport {
        let mut build = Box::new(BuildKit::new(1 << 16));
        for line in trace.lines() {
            build.line(line.as_bytes(), &|_| {}).unwrap();
        }
        build.finish(None, Duration::ZERO)
    }

    /// `stage number/total instruction: what became of it`, a line a step.
    fn told(report: &BuildReport) -> String {
        let line = |step: &BuildStep| {
            let stage = step.stage.as_deref().unwrap_or("-");
            let end = match (step.cached, step.ran) {
                (true, _) => "cached",
                (false, true) => "ran",
                (false, false) => "neither",
            };
            format!(
                "{stage} {}/{} {}: {end}",
                step.number, step.total, step.instruction
            )
        };
        report.steps.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    const TWO_STAGES: [&str; 2] = [
        include_str!("../../../tests/data/traces/20-two-stages.jsonl"),
        include_str!("../../../tests/data/traces/28-two-stages.jsonl"),
    ];
    const CACHED: [&str; 2] = [
        include_str!("../../../tests/data/traces/20-two-stages-cached.jsonl"),
        include_str!("../../../tests/data/traces/28-two-stages-cached.jsonl"),
    ];
    const FAILING: [&str; 2] = [
        include_str!("../../../tests/data/traces/20-failing.jsonl"),
        include_str!("../../../tests/data/traces/28-failing.jsonl"),
    ];

    #[test]
    fn two_stages_are_told_apart_in_old_and_new_traces() {
        for trace in TWO_STAGES {
            let report = follow(trace);
            assert_eq!(report.error, None);
            assert!(
                report
                    .image_id
                    .as_ref()
                    .is_some_and(|id| id.starts_with("sha256:"))
            );
            let told = told(&report);
            for line in [
                "builder 2/3 RUN echo building && echo to stderr >&2 && echo made > /made: ran",
                "stage-1 2/3 COPY --from=builder /made /made: ran",
                "stage-1 3/3 RUN cat /made: ran",
            ] {
                assert!(told.lines().any(|known| known == line), "{told}");
            }
            let run = report
                .steps
                .iter()
                .find(|step| step.instruction == "RUN cat /made")
                .unwrap();
            assert_eq!((run.log.as_str(), run.took.is_some()), ("made\n", true));
        }
    }

    #[test]
    fn cached_steps_are_cached_in_old_and_new_traces() {
        for trace in CACHED {
            let report = follow(trace);
            assert_eq!(report.error, None);
            let told = told(&report);
            let steps: Vec<&str> = told.lines().filter(|line| !line.contains("FROM")).collect();
            assert!(
                steps.len() >= 3 && steps.iter().all(|line| line.ends_with(": cached")),
                "{told}"
            );
        }
    }

    #[test]
    fn a_failing_step_is_found_in_old_and_new_traces() {
        for trace in FAILING {
            let report = follow(trace);
            let kind = BuildErrorKind::Step {
                index: 1,
                exit: Some(3),
            };
            assert_eq!(report.error.as_ref().unwrap().kind, kind);
            assert_eq!(report.steps[1].log, "about to fail\n");
            assert_eq!(report.image_id, None);
        }
    }

    #[test]
    fn warnings_of_the_linter_carry_their_line() {
        let report = follow(TWO_STAGES[1]);
        let warning = &report.warnings[0];
        assert_eq!(warning.line, Some(9));
        assert!(
            warning.short.starts_with("JSONArgsRecommended"),
            "{warning:?}"
        );
    }

    #[test]
    fn a_line_that_is_no_trace_is_an_error_not_a_panic() {
        let mut build = BuildKit::new(10);
        let broken = r#"{"id":"moby.buildkit.trace","aux":"!!!"}"#;
        assert!(build.line(broken.as_bytes(), &|_| {}).is_err());
        assert!(build.line(b"<html>", &|_| {}).is_err());
    }
}
