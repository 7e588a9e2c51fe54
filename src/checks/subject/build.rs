//! Builds a submission under a private tag, and says whose fault it is when that fails.

use std::io::BufWriter;
use std::sync::atomic::Ordering;

use tokio::sync::OnceCell;

use crate::engine::{
    BuildError, BuildErrorKind, BuildReport, BuildRequest, BuildStep, Builder, Cache, ImageFacts,
    LayerFacts, Parents,
};
use crate::outcome::Cause;
use crate::text::{tick, time};
use crate::workspace::Change;

use super::{BuildPlan, Rig, Trouble};
use crate::checks::full::full_disk;

/// An image built from a submission, and what was seen on the way.
pub struct Built {
    /// What the builder said.
    pub report: BuildReport,
    /// The image's configuration.
    pub image: ImageFacts,
    /// The private tag.
    pub tag: String,
    pub(crate) layers: OnceCell<Vec<LayerFacts>>,
}

/// What is different from the plan in one build of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variation<'a> {
    pub(crate) target: Option<&'a str>,
    pub(crate) args: Vec<(String, String)>,
    pub(crate) changes: Vec<Change>,
}

/// Builds the plan and gives the image the private tag `name`.
///
/// # Errors
/// [`Trouble::Submission`] with the failing line where the build fails by the submission's fault.
pub async fn build(rig: &Rig<'_>, plan: &BuildPlan<'_>, name: &str) -> Result<Built, Trouble> {
    build_varied(rig, plan, name, &Variation::default()).await
}

pub(crate) async fn build_varied(
    rig: &Rig<'_>,
    plan: &BuildPlan<'_>,
    name: &str,
    variation: &Variation<'_>,
) -> Result<Built, Trouble> {
    let (report, tag) = attempt(rig, plan, name, variation).await?;
    if let Some(error) = &report.error {
        let said = format!("{}\n{}", error.message, report.log);
        return Err(match full_disk(rig, &said).await {
            Some(trouble) => trouble,
            None => failure(plan, &report, error),
        });
    }
    let image = rig.engine.image(&tag).await?.ok_or_else(|| {
        let said = "the engine built the image and does not know it any more";
        Trouble::Infrastructure(Cause::new(said))
    })?;
    Ok(Built {
        report,
        image,
        tag,
        layers: OnceCell::new(),
    })
}

/// One build, whatever comes of it.
pub(crate) async fn attempt(
    rig: &Rig<'_>,
    plan: &BuildPlan<'_>,
    name: &str,
    variation: &Variation<'_>,
) -> Result<(BuildReport, String), Trouble> {
    let builder = plan.builder(rig.engine.info())?;
    let mut changes = variation.changes.clone();
    let dockerfile = plan.context.dockerfile().to_owned();
    changes.push(Change {
        path: dockerfile.clone(),
        content: plan.text.clone().into_bytes(),
    });
    let archive = tempfile::NamedTempFile::new()?;
    plan.context
        .pack(&changes, BufWriter::new(archive.as_file()))?;
    let tag = rig.run.name(name);
    let mut args: Vec<(String, String)> = plan
        .with
        .args
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    args.extend(variation.args.iter().cloned());
    let request = BuildRequest {
        context: archive.path().to_owned(),
        dockerfile,
        tag: Some(tag.clone()),
        target: variation
            .target
            .map(str::to_owned)
            .or_else(|| plan.with.target.clone()),
        args,
        labels: rig.run.labels().into_iter().collect(),
        cache: Cache::Use,
        builder,
        limits: rig.bounds.limits.clone(),
        limit: rig.bounds.build,
        log_cap: rig.bounds.output,
        cache_namespace: rig.run.id.clone(),
        run: Some(rig.run.clone()),
    };
    if builder == Builder::BuildKit {
        rig.unlimited_build.store(true, Ordering::Relaxed);
    }
    let report = rig.engine.build(&request, rig.on_build).await?;
    let ended = match &report.error {
        None => "built",
        Some(_) => "failed",
    };
    rig.journal.note(
        format!("docker build {}", plan.with.context.0),
        report.took,
        ended,
    );
    Ok((report, tag))
}

impl Built {
    /// The image's layers, bottom to top, read once.
    pub(crate) async fn layers(&self, rig: &Rig<'_>) -> Result<&[LayerFacts], Trouble> {
        let layers = self
            .layers
            .get_or_try_init(|| async { rig.engine.layers(&self.image.id).await })
            .await?;
        Ok(layers)
    }

    /// Removes the image under its private tag, and nothing it was built on.
    ///
    /// # Errors
    /// The engine did not do it; a later sweep will.
    pub async fn remove(&self, rig: &Rig<'_>) -> Result<(), Trouble> {
        Ok(rig.engine.remove_image(&self.tag, Parents::Keep).await?)
    }
}

/// A step as its builder announces it, for finding its line.
pub(crate) fn heading(builder: Builder, step: &BuildStep) -> String {
    let BuildStep {
        stage,
        number,
        total,
        instruction,
        ..
    } = step;
    match (builder, stage) {
        (Builder::Classic, _) => format!("Step {number}/{total} : {instruction}"),
        (Builder::BuildKit, Some(stage)) => format!("[{stage} {number}/{total}] {instruction}"),
        (Builder::BuildKit, None) => format!("[{number}/{total}] {instruction}"),
    }
}

/// The cause of a failed build, and whose fault it is.
pub(crate) fn failure(plan: &BuildPlan<'_>, report: &BuildReport, error: &BuildError) -> Trouble {
    let log = |count: usize| -> Vec<String> {
        let lines: Vec<&str> = report.log.lines().collect();
        lines[lines.len().saturating_sub(count)..]
            .iter()
            .map(|line| (*line).to_owned())
            .collect()
    };
    let context = &plan.with.context.0;
    let mut cause = match &error.kind {
        BuildErrorKind::Parse { line } => {
            let mut cause = Cause::new(format!(
                "the builder cannot read the Dockerfile: {}",
                error.message
            ));
            cause.place = line.map(|line| plan.place(line));
            cause
        }
        BuildErrorKind::Step { index, exit } => {
            let Some(step) = report.steps.get(*index) else {
                return Trouble::Submission(Cause::new(format!(
                    "the build failed: {}",
                    error.message
                )));
            };
            let how = match exit {
                Some(137) => {
                    "was killed (exit code 137): out of memory, or past a limit".to_owned()
                }
                Some(code) => format!("failed with exit code {code}"),
                None => format!("failed: {}", error.message),
            };
            let mut cause = Cause::new(format!("{} {how}", tick(&step.instruction)));
            let instruction = plan.file.line_of_step(&heading(report.builder, step));
            cause.place = instruction.map(|instruction| plan.place(instruction.line));
            cause.log = step.log.lines().rev().take(20).map(str::to_owned).collect();
            cause.log.reverse();
            cause
        }
        BuildErrorKind::TimedOut => {
            let said = format!("the build was stopped after {}", time(report.took));
            let mut cause = Cause::new(said);
            cause.log = log(10);
            cause
        }
        BuildErrorKind::LogFlood => {
            let mut cause = Cause::new("the build printed more than its limit and was stopped");
            cause.log = log(5);
            cause
        }
        BuildErrorKind::Context => Cause::new(format!("the build failed: {}", error.message)),
        BuildErrorKind::BaseImage { reference } => {
            let said = format!("the engine has no image {}", tick(reference));
            let help = format!("get it with `sealegs images build {reference}`");
            return Trouble::Infrastructure(Cause::new(said).help(help));
        }
        BuildErrorKind::BuilderTooOld => {
            let said = format!("this engine's builder is too old: {}", error.message);
            return Trouble::Infrastructure(Cause::new(said).help("grade on Engine 23 or newer"));
        }
        BuildErrorKind::Engine => {
            return Trouble::Infrastructure(Cause::new(format!(
                "the engine could not build: {}",
                error.message
            )));
        }
    };
    cause = cause.see(format!("docker build {context}"));
    Trouble::Submission(cause)
}
