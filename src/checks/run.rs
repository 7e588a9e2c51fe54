//! The `run` kind: the image run once to its end, in a container of its own.

use std::time::Duration;

use crate::course::matcher::{Matcher, Value};
use crate::course::spec::RunSpec;
use crate::engine::{ContainerSpec, RunReport, Stdin};
use crate::outcome::Cause;
use crate::text::time;

use super::nonce::Nonce;
use super::subject::{Rig, Trouble, bounded};
use super::verdict::{Comparison, Verdict, text};

/// Runs the image as the check says.
pub(crate) async fn observe(
    spec: &RunSpec,
    rig: &Rig<'_>,
    image: &str,
    nonce: &Nonce,
) -> Result<RunReport, Trouble> {
    let expanded = |words: &Option<Vec<String>>| {
        words
            .as_ref()
            .map(|words| words.iter().map(|word| nonce.expand(word)).collect())
    };
    let container = ContainerSpec {
        image: image.to_owned(),
        command: expanded(&spec.args),
        entrypoint: expanded(&spec.entrypoint),
        env: nonce.expand_all(spec.env.iter().flatten()),
        user: spec.user.clone(),
        stdin: if spec.stdin.is_some() {
            Stdin::Open
        } else {
            Stdin::Closed
        },
        ..bounded(rig)
    };
    let stdin = spec.stdin.as_ref().map(|text| nonce.expand(text));
    let limit = limit(spec, rig);
    let report = rig
        .engine
        .run(
            &container,
            stdin.as_ref().map(String::as_bytes),
            limit,
            rig.bounds.output,
        )
        .await?;
    rig.journal
        .note(command(spec, nonce), report.took, ended(&report));
    Ok(report)
}

fn limit(spec: &RunSpec, rig: &Rig<'_>) -> Duration {
    spec.limit.map_or(rig.bounds.run, |limit| limit.0)
}

fn ended(report: &RunReport) -> String {
    report
        .exit
        .map_or("stopped at its limit".to_owned(), |code| {
            format!("exit code {code}")
        })
}

/// Judges one run.
pub(crate) fn judge(spec: &RunSpec, report: &RunReport, nonce: &Nonce) -> Verdict {
    let see = command(spec, nonce);
    if let Some(said) = &report.cannot_start {
        let said = super::start_fault(said);
        return Verdict::Fail(Cause::new(format!("the container cannot start: {said}")).see(see));
    }
    let expected = Expected {
        exit: spec.exit.as_ref(),
        stdout: spec.stdout.as_ref(),
        stderr: spec.stderr.as_ref(),
    };
    let seen = Seen::of(report);
    judge_process(
        "the program did not do what it should",
        &expected,
        &seen,
        &see,
        nonce,
    )
}

/// What is expected of a process that ends.
pub(crate) struct Expected<'a> {
    pub(crate) exit: Option<&'a Matcher>,
    pub(crate) stdout: Option<&'a Matcher>,
    pub(crate) stderr: Option<&'a Matcher>,
}

/// What was seen of it; no exit code where it was stopped at its limit.
pub(crate) struct Seen<'a> {
    pub(crate) exit: Option<i64>,
    pub(crate) stdout: &'a str,
    pub(crate) stderr: &'a str,
    pub(crate) took: Duration,
    pub(crate) oom_killed: bool,
}

impl<'a> Seen<'a> {
    /// What a run was seen to do.
    pub(crate) fn of(report: &'a RunReport) -> Self {
        Self {
            exit: report.exit,
            stdout: &report.stdout,
            stderr: &report.stderr,
            took: report.took,
            oom_killed: report.oom_killed,
        }
    }
}

/// The exit code of what was ended by SIGKILL.
const KILLED: i64 = 137;

/// Judges a process: exit code 0 is expected where nothing else is.
pub(crate) fn judge_process(
    rationale: &str,
    expected: &Expected<'_>,
    seen: &Seen<'_>,
    see: &str,
    nonce: &Nonce,
) -> Verdict {
    let mut found = Comparison::new(nonce, rationale);
    let zero = Matcher::Equals(Value::Number(0.0));
    let nothing_else = expected.stdout.is_none() && expected.stderr.is_none();
    let exit = expected.exit.or(nothing_else.then_some(&zero));
    match seen.exit {
        Some(code) => found.look("exit code", exit, &Value::Number(code as f64)),
        None => found.note(
            "end",
            "an end",
            format!("still running after {}", time(seen.took)),
        ),
    }
    if seen.oom_killed {
        found.note("memory", "within the limit", "out of memory, killed");
    } else if seen.exit == Some(KILLED) && !found.holds() {
        let end = "killed (SIGKILL), most often for memory over the limit";
        found.note("end", "an end of its own", end);
    }
    found.look("stdout", expected.stdout, &text(chomp(seen.stdout)));
    found.look("stderr", expected.stderr, &text(chomp(seen.stderr)));
    let failed = !found.holds();
    let mut verdict = found.verdict(see);
    if let Verdict::Fail(cause) = &mut verdict
        && failed
        && expected.stderr.is_none()
    {
        let lines: Vec<&str> = seen.stderr.lines().collect();
        cause.log = lines[lines.len().saturating_sub(10)..]
            .iter()
            .map(|line| (*line).to_owned())
            .collect();
    }
    verdict
}

/// Without the last line break.
fn chomp(output: &str) -> &str {
    output.strip_suffix('\n').unwrap_or(output)
}

fn command(spec: &RunSpec, nonce: &Nonce) -> String {
    let mut words = vec!["docker run --rm".to_owned()];
    words.extend(spec.stdin.is_some().then(|| "-i".to_owned()));
    words.extend(
        spec.env
            .iter()
            .flatten()
            .map(|(name, value)| format!("-e {name}={}", nonce.expand(value))),
    );
    words.extend(spec.user.iter().map(|user| format!("--user {user}")));
    let mut after = Vec::new();
    if let Some([program, rest @ ..]) = spec.entrypoint.as_deref() {
        words.push(format!("--entrypoint {program}"));
        after.extend_from_slice(rest);
    }
    words.push("IMAGE".to_owned());
    words.extend(after);
    words.extend(
        spec.args
            .iter()
            .flatten()
            .map(|word| super::quoted(&nonce.expand(word))),
    );
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(exit: Option<i64>, stdout: &str, stderr: &str) -> RunReport {
        RunReport {
            exit,
            stdout: stdout.into(),
            stderr: stderr.into(),
            ..RunReport::default()
        }
    }

    fn judged(spec: &str, report: &RunReport) -> Verdict {
        judge(
            &serde_yaml::from_str(spec).unwrap(),
            report,
            &Nonce::fixed("n"),
        )
    }

    #[test]
    fn exit_code_0_is_expected_where_nothing_else_is() {
        assert_eq!(judged("{}", &report(Some(0), "", "")), Verdict::Pass);
        assert_eq!(
            judged("{stdout: hi}", &report(Some(3), "hi\n", "")),
            Verdict::Pass
        );
        let cause = judged("{args: [x y]}", &report(Some(3), "", "bad\n"))
            .into_cause()
            .unwrap();
        assert_eq!(
            (
                cause.differences[0].expected.as_str(),
                cause.differences[0].found.as_str()
            ),
            ("0", "3")
        );
        assert_eq!(cause.log, ["bad"]);
        assert_eq!(cause.see.as_deref(), Some("docker run --rm IMAGE 'x y'"));
    }

    #[test]
    fn a_program_that_does_not_end_fails_whatever_it_printed() {
        let cause = judged("{stdout: hi}", &report(None, "hi\n", ""))
            .into_cause()
            .unwrap();
        assert_eq!(cause.differences[0].what, "end");
    }

    #[test]
    fn what_was_killed_is_told_with_its_likely_reason() {
        let cause = judged("{}", &report(Some(137), "", ""))
            .into_cause()
            .unwrap();
        assert!(cause.differences[1].found.contains("memory"), "{cause:?}");
        assert_eq!(
            judged("{exit: 137}", &report(Some(137), "", "")),
            Verdict::Pass
        );
    }
}
