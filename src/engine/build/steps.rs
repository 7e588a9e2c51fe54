//! Names of BuildKit's vertexes as steps of a Dockerfile.

use std::sync::LazyLock;

use regex::Regex;

/// The parts of a vertex's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StepName {
    pub(super) stage: Option<String>,
    pub(super) number: usize,
    pub(super) total: usize,
    pub(super) instruction: String,
}

/// `[2/4] RUN …`, `[builder 2/4] COPY …`, `[linux/arm64 builder  2/14] RUN …`: numbers are padded to width.
static NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?s)^\[(?:[a-z0-9]+/[a-z0-9]+(?:/[a-z0-9]+)? +)?(?:([^\s\]]+) +)? *(\d+)/(\d+)\] (.*)$",
    )
    .expect("the pattern is a constant")
});

/// Reads a vertex's name; `None` for what is no step (`[internal] …`, `exporting to image`).
pub(super) fn step_name(name: &str) -> Option<StepName> {
    let parts = NAME.captures(name)?;
    Some(StepName {
        stage: parts.get(1).map(|stage| stage.as_str().to_owned()),
        number: parts[2].parse().ok()?,
        total: parts[3].parse().ok()?,
        instruction: parts[4].to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(name: &str) -> Option<(Option<String>, usize, usize, String)> {
        step_name(name).map(|step| (step.stage, step.number, step.total, step.instruction))
    }

    #[test]
    fn stages_platforms_and_padding_are_read() {
        let builder = Some("builder".to_owned());
        assert_eq!(parts("[2/4] RUN a b"), Some((None, 2, 4, "RUN a b".into())));
        assert_eq!(
            parts("[builder  2/14] COPY . ."),
            Some((builder.clone(), 2, 14, "COPY . .".into()))
        );
        assert_eq!(
            parts("[linux/arm64 builder 1/2] FROM x"),
            Some((builder, 1, 2, "FROM x".into()))
        );
        assert_eq!(parts("[ 2/14] RUN x"), Some((None, 2, 14, "RUN x".into())));
    }

    #[test]
    fn what_is_no_step_is_left_out() {
        assert_eq!(
            parts("[internal] load build definition from Dockerfile"),
            None
        );
        assert_eq!(parts("exporting to image"), None);
    }
}
