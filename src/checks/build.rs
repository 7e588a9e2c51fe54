//! The `build` kind: how the build ends, what it prints and what it is sent.

use crate::course::spec::{BuildSpec, ContextSpec};
use crate::course::value::WorkspacePath;
use crate::engine::BuildReport;
use crate::outcome::Cause;
use crate::text::time;

use super::nonce::Nonce;
use super::subject::{self, BuildPlan, Built, Rig, Trouble, Variation};
use super::verdict::{Comparison, Verdict, text, texts};

/// Whether the check asks for a build of its own, or looks at the task's.
pub(crate) fn is_a_copy(spec: &BuildSpec) -> bool {
    spec.target.is_some() || spec.args.is_some()
}

/// How a build came out, as far as the check asks.
pub(crate) enum Came<'a> {
    Built(&'a BuildReport),
    Not(&'a Trouble),
}

/// Builds a copy with the check's own target and arguments, judges it and removes it.
pub(crate) async fn check_copy(
    spec: &BuildSpec,
    rig: &Rig<'_>,
    plan: &BuildPlan<'_>,
    nonce: &Nonce,
) -> Result<Verdict, Trouble> {
    let variation = Variation {
        target: spec.target.as_deref(),
        args: nonce.expand_all(spec.args.iter().flatten()),
        changes: Vec::new(),
    };
    let name = format!("copy-{}", nonce.value());
    match subject::build_varied(rig, plan, &name, &variation).await {
        Ok(built) => {
            let verdict = judge(spec, plan, &Came::Built(&built.report), nonce);
            built.remove(rig).await?;
            Ok(verdict)
        }
        Err(trouble @ Trouble::Submission(_)) => Ok(judge(spec, plan, &Came::Not(&trouble), nonce)),
        Err(trouble) => Err(trouble),
    }
}

/// Judges the task's own build.
pub(crate) fn check(
    spec: &BuildSpec,
    plan: &BuildPlan<'_>,
    built: Result<&Built, &Trouble>,
    nonce: &Nonce,
) -> Verdict {
    match built {
        Ok(built) => judge(spec, plan, &Came::Built(&built.report), nonce),
        Err(trouble @ Trouble::Submission(_)) => judge(spec, plan, &Came::Not(trouble), nonce),
        Err(Trouble::Infrastructure(cause)) => Verdict::Error(cause.clone()),
    }
}

fn judge(spec: &BuildSpec, plan: &BuildPlan<'_>, came: &Came<'_>, nonce: &Nonce) -> Verdict {
    let see = format!("docker build {}", plan.with.context.0);
    let mut found = Comparison::new(nonce, "the build is not as it should be");
    if let Some(context) = &spec.context {
        let sent = Sent {
            files: plan.context.files().collect(),
            bytes: plan.context.bytes(),
            would_be: &|path| plan.context.would_send(path),
        };
        compare_context(context, &sent, &mut found);
    }
    let must_fail = spec.fails.is_some() || spec.succeeds == Some(false);
    match came {
        Came::Not(trouble) if !must_fail => {
            // What only looks at the context has its answer; everything else has none without a build.
            return match is_about_context(spec) {
                true => found.verdict(see),
                false => Verdict::Fail(trouble.cause().clone()),
            };
        }
        Came::Not(trouble) => {
            let cause = trouble.cause();
            let said = std::iter::once(cause.rationale.as_str())
                .chain(cause.log.iter().map(String::as_str));
            let said = said.collect::<Vec<_>>().join("\n");
            found.look("why it fails", spec.fails.as_ref(), &text(said));
        }
        Came::Built(_) if must_fail => {
            return Verdict::Fail(Cause::new("the build succeeds, and it should fail").see(see));
        }
        Came::Built(report) => compare_report(spec, report, nonce, &mut found),
    }
    found.verdict(see)
}

fn is_about_context(spec: &BuildSpec) -> bool {
    spec.context.is_some()
        && spec.succeeds.is_none()
        && spec.log.is_none()
        && spec.warnings.is_none()
        && spec.limit.is_none()
        && !is_a_copy(spec)
}

fn compare_report(
    spec: &BuildSpec,
    report: &BuildReport,
    nonce: &Nonce,
    found: &mut Comparison<'_>,
) {
    let _ = nonce;
    found.look("output", spec.log.as_ref(), &text(&report.log));
    let warnings = report.warnings.iter().map(|warning| warning.short.as_str());
    found.look("warnings", spec.warnings.as_ref(), &texts(warnings));
    if let Some(limit) = spec.limit
        && report.took > limit.0
    {
        found.note(
            "time",
            format!("at most {}", time(limit.0)),
            time(report.took),
        );
    }
}

/// What a build sends to the engine.
struct Sent<'a> {
    files: Vec<&'a str>,
    bytes: u64,
    /// Whether a file of this path would be sent, were it there.
    would_be: &'a dyn Fn(&str) -> bool,
}

fn compare_context(spec: &ContextSpec, sent: &Sent<'_>, found: &mut Comparison<'_>) {
    found.look_at_size("context size", spec.size.as_ref(), sent.bytes);
    for glob in spec.has.iter().flatten() {
        if !sent.files.iter().any(|file| glob.fits(file)) {
            found.note("context", format!("{} is sent", glob.written), "it is not");
        }
    }
    for glob in spec.lacks.iter().flatten() {
        if let Some(file) = sent.files.iter().find(|file| glob.fits(file)) {
            found.note("context", format!("{} is not sent", glob.written), *file);
        }
    }
    let ignored = spec.ignores.iter().flatten();
    for WorkspacePath(path) in ignored.filter(|path| (sent.would_be)(&path.0)) {
        let expected = format!("{path} would not be sent if it were there");
        found.note("context", expected, "it would");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(spec: &str, files: &[&str], bytes: u64) -> Verdict {
        let nonce = Nonce::fixed("n");
        let mut found = Comparison::new(&nonce, "x");
        let sent = Sent {
            files: files.to_vec(),
            bytes,
            would_be: &|path| !path.starts_with(".git/"),
        };
        compare_context(&serde_yaml::from_str(spec).unwrap(), &sent, &mut found);
        found.verdict("see")
    }

    #[test]
    fn what_is_sent_is_judged_by_path_and_size() {
        let files = ["Dockerfile", "app/main.py", ".git/config"];
        assert_eq!(
            context("{has: [app/main.py], size: {at_most: 1kB}}", &files, 1000),
            Verdict::Pass
        );
        let cause = context("{lacks: ['.git/**']}", &files, 0)
            .into_cause()
            .unwrap();
        assert_eq!(cause.differences[0].found, ".git/config");
        let cause = context("{size: {at_most: 1kB}}", &files, 2000)
            .into_cause()
            .unwrap();
        assert_eq!(cause.differences[0].found, "2kB");
        let ignores = |path: &str| context(&format!("{{ignores: [{path}]}}"), &files, 0);
        assert_eq!(ignores(".git/HEAD"), Verdict::Pass);
        assert!(matches!(ignores("tests/HEAD"), Verdict::Fail(_)));
    }
}
