//! Building images with either builder, as plain values: steps, what was cached, what went wrong and where.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::wire::Answer;
use super::{Engine, EngineError, Limits, Run};

mod blame;
mod buildkit;
mod classic;
mod query;
mod steps;
mod tail;
mod trace;

/// Which builder of the engine is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Builder {
    /// The old one: one container a step; honours memory, processor and process limits.
    #[default]
    Classic,
    /// The new one: heredocs, mounts, parallel stages; has no limits of its own for steps.
    BuildKit,
}

/// Whether results of earlier builds are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cache {
    /// As `docker build`.
    #[default]
    Use,
    /// As `docker build --no-cache`.
    Ignore,
}

/// One build. Its steps never have a network.
#[derive(Clone, Debug)]
pub struct BuildRequest {
    /// The context, a plain tar file. No engine applies `.dockerignore` to it, and the classic cache is keyed
    /// on its headers: both are the packer's business.
    pub context: PathBuf,
    /// The Dockerfile's path in the context.
    pub dockerfile: String,
    /// The image's name.
    pub tag: Option<String>,
    /// The stage to build.
    pub target: Option<String>,
    /// Build arguments.
    pub args: Vec<(String, String)>,
    /// Labels for the image (BuildKit only: for the classic builder each is a step of its own).
    pub labels: Vec<(String, String)>,
    /// Whether results of earlier builds are used.
    pub cache: Cache,
    /// Which builder.
    pub builder: Builder,
    /// What a step may use (the classic builder only).
    pub limits: Limits,
    /// How long the whole build may take.
    pub limit: Duration,
    /// Bytes of output kept of the whole build, and of each step: the last ones.
    pub log_cap: usize,
    /// Keeps cache mounts apart; empty shares them with every build.
    pub cache_namespace: String,
    /// The run whose record notes the images that a classic build makes.
    pub run: Option<Run>,
}

impl BuildRequest {
    /// A build of `context` with `builder`: `Dockerfile`, no tag, ten minutes, 64 kB of output.
    pub fn new(context: PathBuf, builder: Builder) -> Self {
        Self {
            context,
            dockerfile: "Dockerfile".to_owned(),
            tag: None,
            target: None,
            args: Vec::new(),
            labels: Vec::new(),
            cache: Cache::Use,
            builder,
            limits: Limits::default(),
            limit: Duration::from_secs(600),
            log_cap: 64 << 10,
            cache_namespace: String::new(),
            run: None,
        }
    }
}

/// What a build says while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildProgress {
    /// A step has begun, or was found in the cache.
    Step {
        /// From 1, counted within its stage by BuildKit and over the whole file by the classic builder.
        number: usize,
        /// How many there are.
        total: usize,
        /// The instruction.
        text: String,
        /// True when the cache had it.
        cached: bool,
    },
    /// Output of a step, as it comes.
    Log(String),
}

/// One instruction of a build. BuildKit has none for ENV, CMD and others that make no layer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildStep {
    /// The stage's name (`builder`, `stage-1`), where the builder tells.
    pub stage: Option<String>,
    /// The step's number, see [`BuildProgress::Step`].
    pub number: usize,
    /// How many there are.
    pub total: usize,
    /// The instruction as the builder writes it, `RUN pip install …`.
    pub instruction: String,
    /// True when the cache had it; never of a FROM, for which it means nothing.
    pub cached: bool,
    /// True when it was executed; a step that was never reached is neither cached nor ran.
    pub ran: bool,
    /// How long it took, where it ran and the builder tells.
    pub took: Option<Duration>,
    /// The end of its output.
    pub log: String,
    /// Why it failed.
    pub error: Option<String>,
}

/// What kind of thing went wrong. Only `Engine` and `BaseImage` may be nobody's fault here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildErrorKind {
    /// The Dockerfile cannot be understood, or asks for a stage it does not have.
    Parse {
        /// Its line, where the builder tells.
        line: Option<u32>,
    },
    /// A step failed.
    Step {
        /// Its place in [`BuildReport::steps`].
        index: usize,
        /// The command's exit code, where a command failed.
        exit: Option<i64>,
    },
    /// A base image is neither here nor to be had.
    BaseImage {
        /// The image, where the builder tells.
        reference: String,
    },
    /// The Dockerfile needs more than this builder knows.
    BuilderTooOld,
    /// The context lacks the Dockerfile, or cannot be read.
    Context,
    /// The build took longer than its limit.
    TimedOut,
    /// The build wrote beyond all measure.
    LogFlood,
    /// The engine's own trouble: disk, runc, a dead daemon. Never the Dockerfile's fault.
    Engine,
}

/// Why a build failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildError {
    /// What kind of thing went wrong.
    pub kind: BuildErrorKind,
    /// The builder's words.
    pub message: String,
}

/// A warning of the builder's linter (Engine 27 and newer).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildWarning {
    /// The Dockerfile's line.
    pub line: Option<u32>,
    /// The rule with a short text, `JSONArgsRecommended: JSON arguments recommended for CMD …`.
    pub short: String,
    /// What it means.
    pub detail: String,
}

/// What became of a build.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct BuildReport {
    /// Which builder it was.
    pub builder: Builder,
    /// The image; `None` when the build failed.
    pub image_id: Option<String>,
    /// The steps: stage by stage with BuildKit, in the file's order with the classic builder.
    pub steps: Vec<BuildStep>,
    /// Why it failed.
    pub error: Option<BuildError>,
    /// What the linter says.
    pub warnings: Vec<BuildWarning>,
    /// The end of all output.
    pub log: String,
    /// True when `log` has lost its beginning.
    pub truncated: bool,
    /// How long it took.
    pub took: Duration,
    /// The images that this build, and none before it, made (classic only): oldest first, for exact removal.
    pub created_images: Vec<String>,
    /// True when a step printed what only the classic builder should say; the steps are then not to be trusted.
    pub imitated: bool,
}

/// Follows one builder's lines.
trait Follow {
    /// Takes one line of the answer.
    fn line(
        &mut self,
        line: &[u8],
        on: &(dyn Fn(BuildProgress) + Send + Sync),
    ) -> Result<(), EngineError>;
    /// How much the build has written.
    fn written(&self) -> usize;
    /// Images that are new with this line, to be noted at once.
    fn fresh_images(&mut self) -> Vec<String> {
        Vec::new()
    }
    /// The end, with what cut it short.
    fn finish(self: Box<Self>, cut: Option<BuildError>, took: Duration) -> BuildReport;
}

/// A build that writes this many times what is kept is stopped …
const FLOOD_FACTOR: usize = 64;
/// … but not below this many bytes: an honest `npm install` writes some hundred kilobytes.
const FLOOD_MINIMUM: usize = 16 << 20;

/// How often a build is tried where the engine stumbles.
const TRIES: usize = 3;

impl Engine {
    /// Builds an image. A build that fails is a report with an error; dropping the future cancels it. Where the engine
    /// itself stumbles it is tried again: a step found in the cache may be gone when the next one starts from it.
    ///
    /// # Errors
    /// Only where there was no build to report on: the context file is unreadable, or the engine is gone.
    pub async fn build(
        &self,
        request: &BuildRequest,
        on: &(dyn Fn(BuildProgress) + Send + Sync),
    ) -> Result<BuildReport, EngineError> {
        for _ in 1..TRIES {
            let report = self.build_once(request, on).await?;
            if !report.error.as_ref().is_some_and(BuildError::may_pass) {
                return Ok(report);
            }
        }
        self.build_once(request, on).await
    }

    async fn build_once(
        &self,
        request: &BuildRequest,
        on: &(dyn Fn(BuildProgress) + Send + Sync),
    ) -> Result<BuildReport, EngineError> {
        let began = Instant::now();
        let mut follow: Box<dyn Follow + Send> = match request.builder {
            Builder::Classic => {
                if let Some(run) = &request.run {
                    run.begin_record(self)?;
                }
                let before = self.all_images().await?;
                let product = self.info().product;
                Box::new(classic::Classic::new(product, &before, request.log_cap))
            }
            Builder::BuildKit => Box::new(buildkit::BuildKit::new(request.log_cap)),
        };
        let cut = match tokio::time::timeout(request.limit, self.follow(request, &mut *follow, on))
            .await
        {
            Ok(cut) => cut?,
            Err(_) => Some(BuildError {
                kind: BuildErrorKind::TimedOut,
                message: format!(
                    "the build took longer than {}",
                    crate::text::time(request.limit)
                ),
            }),
        };
        let mut report = follow.finish(cut, began.elapsed());
        if request.builder == Builder::Classic
            && let Err(error) = self.settle_created(&mut report).await
            && report.error.is_none()
        {
            return Err(error);
        }
        Ok(report)
    }

    async fn follow(
        &self,
        request: &BuildRequest,
        follow: &mut (dyn Follow + Send),
        on: &(dyn Fn(BuildProgress) + Send + Sync),
    ) -> Result<Option<BuildError>, EngineError> {
        let path = query::path(request, self.info().product);
        let mut lines = match self
            .post_tar("build an image", &path, &request.context)
            .await?
        {
            Answer::Lines(lines) => lines,
            Answer::Refused(message) => return Ok(Some(blame::before_steps(&message))),
        };
        let flood = request
            .log_cap
            .saturating_mul(FLOOD_FACTOR)
            .max(FLOOD_MINIMUM);
        loop {
            let line = match lines.next().await {
                Ok(Some(line)) => line,
                Ok(None) => return Ok(None),
                // The steps so far are worth having.
                Err(error) => {
                    let message = error.to_string();
                    return Ok(Some(BuildError {
                        kind: BuildErrorKind::Engine,
                        message,
                    }));
                }
            };
            follow.line(&line, on)?;
            for image in follow.fresh_images() {
                if let Some(run) = &request.run {
                    run.note_image(&image)?;
                }
            }
            if follow.written() > flood {
                let message = format!(
                    "the build wrote more than {}",
                    crate::text::size(flood as u64)
                );
                return Ok(Some(BuildError {
                    kind: BuildErrorKind::LogFlood,
                    message,
                }));
            }
        }
    }
}

impl BuildError {
    /// True where the same build may succeed a moment later.
    fn may_pass(&self) -> bool {
        self.kind == BuildErrorKind::Engine && blame::may_pass(&self.message)
    }
}

#[cfg(test)]
mod tests;
