//! The `script` kind, and what else runs over a copy of the learner's files: in a container of its own, with no network.

use std::time::Duration;

use crate::course::spec::ScriptSpec;
use crate::engine::{ContainerSpec, EngineError, RunReport};
use crate::outcome::Cause;
use crate::text::tick;

use super::nonce::Nonce;
use super::run::{self, Expected, Seen};
use super::scene::{Lacking, Scene};
use super::subject::{Trouble, bounded};
use super::verdict::Verdict;

/// Where the copy is.
const PLACE: &str = "workspace";

pub(super) async fn check(
    spec: &ScriptSpec,
    scene: &Scene<'_>,
    nonce: &Nonce,
) -> Result<Verdict, Lacking> {
    let line = nonce.expand(&spec.sh);
    let image = spec.image.as_ref().unwrap_or(&scene.rig.helper);
    let limit = spec.limit.map_or(scene.rig.bounds.run, |limit| limit.0);
    let report = over_workspace(scene, image, &["sh", "-c", &line], limit).await?;
    Ok(judge(spec, &report, nonce))
}

/// Runs a command of the course's in an image of the course's, over a copy of the learner's files.
pub(super) async fn over_workspace(
    scene: &Scene<'_>,
    image: &str,
    command: &[&str],
    limit: Duration,
) -> Result<RunReport, Lacking> {
    let rig = scene.rig;
    let mut words = vec![image.to_owned()];
    words.extend(command.iter().map(|word| (*word).to_owned()));
    let mut done = rig.over_files.lock().await;
    if let Some(report) = done.get(&words) {
        return Ok(report.clone());
    }
    let mut tar = tar::Builder::new(Vec::new());
    scene
        .workspace()?
        .carry(PLACE, &mut tar)
        .map_err(Trouble::from)?;
    let files = tar.into_inner().map_err(Trouble::from)?;
    let spec = ContainerSpec {
        image: image.to_owned(),
        entrypoint: Some(Vec::new()),
        command: Some(words[1..].to_vec()),
        workdir: Some(format!("/{PLACE}")),
        ..bounded(rig)
    };
    let cap = rig.bounds.output;
    let report = rig.engine.run_over(&spec, files, limit, cap).await;
    let report = report.map_err(|error| match error {
        EngineError::NotFound { what: "image", .. } => {
            let said = format!("the image {} is missing", tick(image));
            let help =
                format!("`sealegs images pull {image}` or `sealegs images build {image}` gets it");
            Trouble::Infrastructure(Cause::new(said).help(help))
        }
        other => other.into(),
    })?;
    if let Some(said) = &report.cannot_start {
        let said = format!(
            "the course's own command cannot start: {}",
            super::start_fault(said)
        );
        return Err(Trouble::Infrastructure(Cause::new(said)).into());
    }
    done.insert(words, report.clone());
    Ok(report)
}

/// Judges one run of a script.
pub(crate) fn judge(spec: &ScriptSpec, report: &RunReport, nonce: &Nonce) -> Verdict {
    let expected = Expected {
        exit: spec.exit.as_ref(),
        stdout: spec.stdout.as_ref(),
        stderr: spec.stderr.as_ref(),
    };
    let seen = Seen::of(report);
    let said = "your files are not what the course's script expects";
    let see = nonce.expand(spec.sh.trim_end());
    run::judge_process(said, &expected, &seen, &see, nonce)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_judged_by_its_end_and_its_words() {
        let report = RunReport {
            exit: Some(1),
            stdout: "two\n".to_owned(),
            ..RunReport::default()
        };
        let judged = |yaml: &str| {
            let spec = serde_yaml::from_str(yaml).unwrap();
            judge(&spec, &report, &Nonce::fixed("n"))
        };
        assert_eq!(judged("{sh: x, stdout: two}"), Verdict::Pass);
        assert_eq!(judged("{sh: x, exit: 1}"), Verdict::Pass);
        assert!(matches!(judged("{sh: x}"), Verdict::Fail(_)));
        assert!(matches!(
            judged("{sh: x, exit: 1, stdout: one}"),
            Verdict::Fail(_)
        ));
    }
}
