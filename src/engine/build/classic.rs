//! A classic build, or Podman's, followed. A step's output comes on the same channel as the builder's own words, so what
//! it says is checked against the engine's list of images, and imitations show as step numbers told twice.

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use bollard::query_parameters::ListImagesOptionsBuilder;
use regex::Regex;
use serde::Deserialize;

use super::tail::Tail;
use super::{
    BuildError, BuildErrorKind, BuildProgress, BuildReport, BuildStep, Builder, Follow, blame,
};
use crate::engine::built_images::digits;
use crate::engine::container::retried;
use crate::engine::{Engine, EngineError, Product};

static STEP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)^Step (\d+)/(\d+) : (.*?)\n?$").expect("the pattern is a constant")
});

static IMAGE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^ ---> ([0-9a-f]{12})\n$").expect("the pattern is a constant"));

/// Podman's words for the same; it has none for a container that starts.
static PODMAN_STEP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)^STEP (\d+)/(\d+): (.*?)\n?$").expect("the pattern is a constant")
});

static PODMAN_IMAGE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^--> (?:Using cache )?([0-9a-f]{11,64})\n$").expect("the pattern is a constant")
});

/// What has been seen of one build.
pub(super) struct Classic {
    product: Product,
    /// The images that were there before, by their digits.
    before: BTreeSet<String>,
    steps: Vec<Step>,
    /// Short ids of images made by this build, oldest first.
    made: Vec<String>,
    fresh: Vec<String>,
    log: Tail,
    cap: usize,
    image_id: Option<String>,
    error: Option<String>,
    imitated: bool,
}

struct Step {
    number: usize,
    total: usize,
    instruction: String,
    began: Instant,
    took: Option<Duration>,
    /// The last image told of; an imitation comes before the real one.
    image: Option<String>,
    container: bool,
    log: Tail,
    told: bool,
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    stream: Option<String>,
    #[serde(default)]
    aux: Option<Aux>,
    #[serde(default)]
    error: Option<String>,
}

#[derive(Deserialize)]
struct Aux {
    #[serde(rename = "ID", default)]
    id: Option<String>,
}

impl Classic {
    pub(super) fn new(product: Product, before: &[String], cap: usize) -> Self {
        Self {
            product,
            before: before.iter().map(|id| digits(id).to_owned()).collect(),
            steps: Vec::new(),
            made: Vec::new(),
            fresh: Vec::new(),
            log: Tail::new(cap),
            cap,
            image_id: None,
            error: None,
            imitated: false,
        }
    }

    fn said(&mut self, text: &str, on: &(dyn Fn(BuildProgress) + Send + Sync)) {
        let podman = self.product == Product::Podman;
        let step = if podman { &PODMAN_STEP } else { &STEP };
        if let Some(found) = step.captures(text) {
            let number = found[1].parse().unwrap_or(0);
            let total = found[2].parse().unwrap_or(0);
            self.begin(number, total, found[3].to_owned());
            if let Some(step) = self.steps.last_mut().filter(|_| podman) {
                step.container = true;
            }
            return;
        }
        let Some(step) = self.steps.last_mut() else {
            return;
        };
        let image = if podman { &PODMAN_IMAGE } else { &IMAGE };
        if let Some(found) = image.captures(text) {
            let image: String = found[1].chars().take(SHORT).collect();
            let cached = is_among(&self.before, &image);
            step.image = Some(image.clone());
            step.took = Some(step.began.elapsed());
            if !cached && !self.made.contains(&image) {
                self.made.push(image.clone());
                self.fresh.push(image);
            }
            if !step.told {
                step.told = true;
                on(step.progress(cached && !step.is_from()));
            }
            return;
        }
        if text.starts_with(" ---> Running in ") && !step.container {
            step.container = true;
            if !step.told {
                step.told = true;
                on(step.progress(false));
            }
            return;
        }
        if step.container && !text.starts_with("Removing intermediate container ") {
            let text = plain(text);
            step.log.push(text.as_bytes());
            self.log.push(text.as_bytes());
            on(BuildProgress::Log(text.to_owned()));
        }
    }

    fn begin(&mut self, number: usize, total: usize, instruction: String) {
        // Steps are told in order, each once: anything else is a step's own output, before the real words or
        // after them. Those that come last are the likelier ones.
        if number != self.steps.len() + 1 {
            self.imitated = true;
            self.steps.truncate(number.saturating_sub(1));
        }
        self.steps.push(Step {
            number,
            total,
            instruction,
            began: Instant::now(),
            took: None,
            image: None,
            container: false,
            log: Tail::new(self.cap),
            told: false,
        });
    }
}

impl Step {
    fn is_from(&self) -> bool {
        self.instruction.to_uppercase().starts_with("FROM")
    }

    fn progress(&self, cached: bool) -> BuildProgress {
        let text = self.instruction.clone();
        BuildProgress::Step {
            number: self.number,
            total: self.total,
            text,
            cached,
        }
    }
}

impl Follow for Classic {
    fn line(
        &mut self,
        line: &[u8],
        on: &(dyn Fn(BuildProgress) + Send + Sync),
    ) -> Result<(), EngineError> {
        let line: Line = serde_json::from_slice(line).map_err(|error| EngineError::Unreadable {
            verb: "build an image",
            reason: error.to_string(),
        })?;
        if let Some(text) = line.stream {
            self.said(&text, on);
        }
        if let Some(id) = line.aux.and_then(|aux| aux.id) {
            self.image_id = Some(id);
        }
        if let Some(error) = line.error {
            self.error = Some(error);
        }
        Ok(())
    }

    fn written(&self) -> usize {
        self.log.written()
    }

    fn fresh_images(&mut self) -> Vec<String> {
        std::mem::take(&mut self.fresh)
    }

    fn finish(self: Box<Self>, cut: Option<BuildError>, took: Duration) -> BuildReport {
        let last = self.steps.len().checked_sub(1);
        let error = cut.or_else(|| {
            let message = self.error.as_deref()?;
            Some(match last {
                Some(index) => blame::in_step(index, &self.steps[index].instruction, message),
                None => blame::before_steps(message),
            })
        });
        let error = error.or_else(|| {
            self.image_id.is_none().then(|| BuildError {
                kind: BuildErrorKind::Engine,
                message: "the build ended with neither an image nor an error".to_owned(),
            })
        });
        let whole = self
            .steps
            .last()
            .is_none_or(|step| error.is_some() || step.number == step.total);
        let failed = error.as_ref().map(|error| error.message.clone());
        let before = self.before;
        let imitated = self.imitated || !whole;
        let steps = self.steps.into_iter().enumerate().map(|(index, step)| {
            let is_from = step.is_from();
            // Where a step imitates the builder, nobody can say which image was whose: then nothing counts as cached.
            let known = !imitated
                && step
                    .image
                    .as_ref()
                    .is_some_and(|image| is_among(&before, image));
            let failed = failed.clone().filter(|_| Some(index) == last);
            BuildStep {
                stage: None,
                number: step.number,
                total: step.total,
                cached: known && !is_from,
                ran: !is_from
                    && !known
                    && (step.image.is_some() || step.container || failed.is_some()),
                took: step.took.or(failed.is_some().then(|| step.began.elapsed())),
                instruction: step.instruction,
                log: step.log.text(),
                error: failed,
            }
        });
        BuildReport {
            builder: Builder::Classic,
            image_id: self.image_id.filter(|_| error.is_none()),
            steps: steps.collect(),
            error,
            warnings: Vec::new(),
            truncated: self.log.is_cut(),
            log: self.log.text(),
            took,
            created_images: self.made,
            imitated,
        }
    }
}

/// How many digits the classic builder shows of an id; Podman shows one less.
const SHORT: usize = 12;

/// Whether an id with these first digits is among full ones.
fn is_among(ids: &BTreeSet<String>, first: &str) -> bool {
    let next = ids.range(first.to_owned()..).next();
    next.is_some_and(|id| id.starts_with(first))
}

/// The builder colours what comes from standard error.
fn plain(text: &str) -> &str {
    text.strip_prefix("\x1b[91m")
        .and_then(|rest| rest.strip_suffix("\x1b[0m"))
        .unwrap_or(text)
}

impl Engine {
    /// The ids of all images, the untagged ones of builds included.
    pub(super) async fn all_images(&self) -> Result<Vec<String>, EngineError> {
        let options = ListImagesOptionsBuilder::default().all(true).build();
        let images = retried(|| async {
            let images = self.docker().list_images(Some(options.clone())).await;
            images.map_err(|error| EngineError::of("list the images", "image", "", error))
        })
        .await?;
        Ok(images.into_iter().map(|image| image.id).collect())
    }

    /// Turns the short ids that were printed into full ones of images that exist.
    pub(super) async fn settle_created(&self, report: &mut BuildReport) -> Result<(), EngineError> {
        if report.created_images.is_empty() {
            return Ok(());
        }
        let now = self.all_images().await?;
        let full = |made: &String| now.iter().find(|id| digits(id).starts_with(made)).cloned();
        report.created_images = report.created_images.iter().filter_map(full).collect();
        Ok(())
    }
}
