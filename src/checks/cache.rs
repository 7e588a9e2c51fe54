//! The `cache` kind: one change, a rebuild, and what of the image is still the very same layer.

use crate::course::spec::{CacheSpec, InstructionMatch};
use crate::course::value::WorkspacePath;
use crate::dockerfile::Dockerfile;
use crate::engine::{BuildReport, LayerFacts};
use crate::outcome::Cause;
use crate::text::tick;
use crate::workspace::Change;

use super::dockerfile::{fits, words};
use super::layers::layer_of;
use super::nonce::{Nonce, fresh_seed};
use super::subject::{self, BuildPlan, Built, Rig, Trouble, Variation};
use super::verdict::{Comparison, Verdict};

/// What one rebuild showed.
pub(crate) struct Rebuilt {
    /// The layers before the change.
    pub(crate) before: Vec<LayerFacts>,
    /// The layers' diff ids after it. The same Dockerfile made both, so a path stands in the same layer of both.
    pub(crate) after: Vec<String>,
    /// The rebuild's steps.
    pub(crate) report: BuildReport,
}

/// Changes the workspace as the check says, rebuilds a copy, and judges it. Where something is not taken from the
/// cache, an unchanged rebuild tells whether the learner's order or the engine's cache is the cause.
pub(crate) async fn check(
    spec: &CacheSpec,
    rig: &Rig<'_>,
    plan: &BuildPlan<'_>,
    built: &Built,
    nonce: &Nonce,
) -> Result<Verdict, Trouble> {
    let change = match change(spec, plan)? {
        Ok(change) => change,
        Err(verdict) => return Ok(verdict),
    };
    let rebuilt = rebuild(spec, rig, plan, built, vec![change]).await?;
    let verdict = judge(spec, &plan.file, &rebuilt, nonce);
    if !matches!(verdict, Verdict::Fail(_)) {
        return Ok(verdict);
    }
    let unchanged = rebuild(spec, rig, plan, built, Vec::new()).await?;
    let forgets = unchanged
        .report
        .steps
        .iter()
        .any(|step| step.ran && !step.cached)
        || unchanged.after != built.image.layers;
    if forgets {
        let said = "the engine's build cache forgets: an unchanged rebuild ran steps again";
        return Ok(Verdict::Error(
            Cause::new(said).help("give the engine more disk, and grade again"),
        ));
    }
    Ok(verdict)
}

fn reads_layers(spec: &CacheSpec) -> bool {
    spec.keeps.is_some() || spec.renews.is_some()
}

async fn rebuild(
    spec: &CacheSpec,
    rig: &Rig<'_>,
    plan: &BuildPlan<'_>,
    built: &Built,
    changes: Vec<Change>,
) -> Result<Rebuilt, Trouble> {
    let name = format!("again-{}", fresh_seed());
    let variation = Variation {
        changes,
        ..Variation::default()
    };
    let again = subject::build_varied(rig, plan, &name, &variation).await?;
    again.remove(rig).await?;
    let before = match reads_layers(spec) {
        true => built.layers(rig).await?.to_vec(),
        false => Vec::new(),
    };
    Ok(Rebuilt {
        before,
        after: again.image.layers,
        report: again.report,
    })
}

/// The change as a file's new content. `touch` sends the same bytes: a time is not part of what is sent.
fn change(spec: &CacheSpec, plan: &BuildPlan<'_>) -> Result<Result<Change, Verdict>, Trouble> {
    let fresh = Nonce::drawn(&fresh_seed());
    let relative = |path: &WorkspacePath| {
        let folder = format!("{}/", plan.with.context.0);
        path.0.strip_prefix(&folder).unwrap_or(&path.0).to_owned()
    };
    if let Some(path) = &spec.add {
        let text = spec.text.as_deref().unwrap_or("${nonce}\n");
        let content = fresh.expand(text).into_bytes();
        return Ok(Ok(Change {
            path: relative(path),
            content,
        }));
    }
    let Some(path) = spec.edit.as_ref().or(spec.touch.as_ref()) else {
        let said = "the check says nothing to change";
        return Ok(Err(Verdict::Error(Cause::new(said))));
    };
    let path = relative(path);
    let Some(mut content) = plan.context.content(&path)? else {
        let said = format!("{} is not part of what the build is sent", tick(&path));
        let help = "keep the file where the lesson put it, and out of `.dockerignore`";
        return Ok(Err(Verdict::Fail(Cause::new(said).help(help))));
    };
    if spec.edit.is_some() {
        let line = match &spec.text {
            Some(text) => fresh.expand(text),
            None => comment(&path, fresh.value()),
        };
        if !content.ends_with(b"\n") && !content.is_empty() {
            content.push(b'\n');
        }
        content.extend_from_slice(line.as_bytes());
        content.push(b'\n');
    }
    Ok(Ok(Change { path, content }))
}

/// A comment in the file's language.
fn comment(path: &str, text: &str) -> String {
    match path.rsplit('.').next().unwrap_or_default() {
        "go" | "js" | "mjs" | "ts" | "rs" | "c" | "java" => format!("// {text}"),
        "html" | "md" | "xml" => format!("<!-- {text} -->"),
        "css" => format!("/* {text} */"),
        "sql" => format!("-- {text}"),
        _ => format!("# {text}"),
    }
}

/// Judges a rebuild after a change.
pub(crate) fn judge(
    spec: &CacheSpec,
    file: &Dockerfile,
    rebuilt: &Rebuilt,
    nonce: &Nonce,
) -> Verdict {
    let changed = spec
        .edit
        .as_ref()
        .or(spec.touch.as_ref())
        .or(spec.add.as_ref());
    let changed = changed.map_or(String::new(), |path| tick(&path.0));
    let said = format!("after a change of {changed}, the rebuild does not reuse what it should");
    let mut found = Comparison::new(nonce, said);
    for path in spec.keeps.iter().flatten() {
        match same_layer(rebuilt, &path.0) {
            Some(true) => {}
            Some(false) => found.note(&path.0, "from the cache", "made again"),
            None => found.note(&path.0, "in the image, from the cache", "not in the image"),
        }
    }
    for path in spec.renews.iter().flatten() {
        match same_layer(rebuilt, &path.0) {
            Some(false) => {}
            Some(true) => found.note(&path.0, "made again", "the old one, from the cache"),
            None => found.note(&path.0, "in the image, made again", "not in the image"),
        }
    }
    for (wanted, cached) in spec
        .cached
        .iter()
        .flatten()
        .map(|wanted| (wanted, true))
        .chain(spec.rerun.iter().flatten().map(|wanted| (wanted, false)))
    {
        compare_step(wanted, cached, file, &rebuilt.report, &mut found);
    }
    found.verdict("docker build . (twice, with the change between: look for CACHED)")
}

/// Whether the layer that gives the image `path`, and all below it, are the very same after the change; `None` where
/// the path is missing.
fn same_layer(rebuilt: &Rebuilt, path: &str) -> Option<bool> {
    let index = layer_of(&rebuilt.before, path)?;
    let before = rebuilt.before[..=index].iter().map(|layer| &layer.diff_id);
    Some(before.eq(rebuilt.after.iter().take(index + 1)))
}

fn compare_step(
    wanted: &InstructionMatch,
    cached: bool,
    file: &Dockerfile,
    report: &BuildReport,
    found: &mut Comparison<'_>,
) {
    let shown = |cached: bool| {
        if cached {
            "from the cache"
        } else {
            "run again"
        }
    };
    let mut seen = false;
    for step in &report.steps {
        let instruction = file.line_of_step(&subject::heading(report.builder, step));
        if instruction.is_some_and(|instruction| fits(wanted, instruction)) {
            seen = true;
            if step.cached != cached {
                found.note(&step.instruction, shown(cached), shown(step.cached));
            }
        }
    }
    if !seen {
        found.note("instruction", words(wanted), "none");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{LayerEntry, PathKind};

    fn layer(id: &str, path: &str) -> LayerFacts {
        let entry = LayerEntry {
            path: path.into(),
            kind: PathKind::File,
            size: 1,
            ..LayerEntry::default()
        };
        LayerFacts {
            diff_id: id.into(),
            entries: vec![entry],
            ..LayerFacts::default()
        }
    }

    fn judged(spec: &str, before: &[(&str, &str)], after: &[(&str, &str)]) -> Verdict {
        let layers =
            |layers: &[(&str, &str)]| layers.iter().map(|(id, path)| layer(id, path)).collect();
        let after = after.iter().map(|(id, _)| (*id).to_owned()).collect();
        let rebuilt = Rebuilt {
            before: layers(before),
            after,
            report: BuildReport::default(),
        };
        let file = crate::dockerfile::parse("FROM x\n").unwrap();
        judge(
            &serde_yaml::from_str(spec).unwrap(),
            &file,
            &rebuilt,
            &Nonce::fixed("n"),
        )
    }

    const SPEC: &str = "{edit: app.py, keeps: [/lib/dep], renews: [/app/app.py]}";

    #[test]
    fn a_kept_layer_is_the_same_layer_at_the_same_place() {
        let before = [
            ("base", "/bin"),
            ("deps", "/lib/dep"),
            ("src1", "/app/app.py"),
        ];
        let after = [
            ("base", "/bin"),
            ("deps", "/lib/dep"),
            ("src2", "/app/app.py"),
        ];
        assert_eq!(judged(SPEC, &before, &after), Verdict::Pass);
    }

    #[test]
    fn dependencies_made_again_and_sources_not_renewed_are_told() {
        let before = [("src1", "/app/app.py"), ("deps1", "/lib/dep")];
        let after = [("src2", "/app/app.py"), ("deps2", "/lib/dep")];
        let cause = judged(SPEC, &before, &after).into_cause().unwrap();
        assert_eq!(cause.differences[0].found, "made again");
        let cause = judged(SPEC, &before, &before).into_cause().unwrap();
        assert_eq!(cause.differences[0].found, "the old one, from the cache");
    }

    #[test]
    fn the_same_content_made_again_above_a_new_layer_is_not_kept() {
        let before = [("src1", "/app/app.py"), ("deps", "/lib/dep")];
        let after = [("src2", "/app/app.py"), ("deps", "/lib/dep")];
        assert!(matches!(judged(SPEC, &before, &after), Verdict::Fail(_)));
    }

    #[test]
    fn a_change_is_a_comment_in_the_files_language() {
        assert_eq!(comment("a/main.go", "n"), "// n");
        assert_eq!(comment("app.py", "n"), "# n");
        assert_eq!(comment("requirements.txt", "n"), "# n");
    }
}
