//! The `exec` kind: commands in the running container, consecutive ones in one go.

use crate::course::spec::ExecSpec;
use crate::engine::{ExecExit, ExecReport, ExecSpec as Command};
use crate::text::tick;

use super::nonce::Nonce;
use super::quoted;
use super::run::{Expected, Seen, judge_process};
use super::subject::{Rig, Started, Trouble};
use super::verdict::Verdict;
use crate::outcome::Cause;

/// One command of a batch, with the nonce of its check.
pub(crate) struct Asked<'a> {
    pub(crate) spec: &'a ExecSpec,
    pub(crate) nonce: Nonce,
}

/// Whether two commands can share one shell.
pub(crate) fn go_together(one: &ExecSpec, other: &ExecSpec) -> bool {
    one.container == other.container
        && one.user == other.user
        && one.workdir == other.workdir
        && one.env == other.env
        && other.limit.is_none()
}

/// Runs all of them in order: in one shell where there is one, and singly where that did not serve.
pub(crate) async fn observe(
    asked: &[Asked<'_>],
    rig: &Rig<'_>,
    started: &Started,
) -> Result<Vec<ExecReport>, Trouble> {
    let mut reports = Vec::new();
    if asked.len() > 1 {
        reports = together(asked, rig, started).await?;
    }
    for one in &asked[reports.len()..] {
        reports.push(singly(one, rig, started).await?);
    }
    Ok(reports)
}

async fn singly(one: &Asked<'_>, rig: &Rig<'_>, started: &Started) -> Result<ExecReport, Trouble> {
    let words = words(one.spec, &one.nonce);
    let command = command(one.spec, &one.nonce, words);
    let limit = one.spec.limit.map_or(rig.bounds.run, |limit| limit.0);
    let report = rig
        .engine
        .exec(&started.id, &command, limit, rig.bounds.output)
        .await?;
    rig.journal
        .note(shown(one.spec, &one.nonce), report.took, ended(&report));
    Ok(report)
}

/// Runs the batch as one script and gives the reports of those that came to their end.
async fn together(
    asked: &[Asked<'_>],
    rig: &Rig<'_>,
    started: &Started,
) -> Result<Vec<ExecReport>, Trouble> {
    let mark = super::nonce::fresh_seed();
    let script = script(asked, &mark);
    let command = command(
        asked[0].spec,
        &asked[0].nonce,
        vec!["sh".into(), "-c".into(), script],
    );
    let cap = rig.bounds.output;
    let report = rig
        .engine
        .exec(&started.id, &command, rig.bounds.run, cap)
        .await?;
    if report.exit == ExecExit::NotFound || report.truncated {
        return Ok(Vec::new());
    }
    let parts = split(&report, &mark);
    rig.journal.note(
        format!("docker exec CONTAINER sh -c '{} commands'", asked.len()),
        report.took,
        format!("{} came to their end", parts.len()),
    );
    Ok(parts)
}

/// A script that runs each command in a shell of its own, and marks where its output ends on both streams.
fn script(asked: &[Asked<'_>], mark: &str) -> String {
    asked
        .iter()
        .map(|one| {
            let words: Vec<String> = words(one.spec, &one.nonce)
                .iter()
                .map(|word| quoted(word))
                .collect();
            format!(
                "( {} ) </dev/null\nprintf '\\n{mark} %s\\n' \"$?\"\nprintf '\\n{mark}\\n' >&2\n",
                words.join(" ")
            )
        })
        .collect()
}

/// Takes a batch's output apart; the commands after the last complete pair of marks are missing.
fn split(report: &ExecReport, mark: &str) -> Vec<ExecReport> {
    let mut stdout = report.stdout.as_str();
    let mut stderr = report.stderr.as_str();
    let mut parts = Vec::new();
    let begin = format!("\n{mark} ");
    let end = format!("\n{mark}\n");
    while let (Some((out, rest)), Some((err, after))) =
        (stdout.split_once(&begin), stderr.split_once(&end))
    {
        let Some((code, rest)) = rest.split_once('\n') else {
            break;
        };
        let Ok(code) = code.parse() else { break };
        parts.push(ExecReport {
            exit: ExecExit::Code(code),
            stdout: out.to_owned(),
            stderr: err.to_owned(),
            truncated: false,
            took: report.took,
        });
        (stdout, stderr) = (rest, after);
    }
    parts
}

fn words(spec: &ExecSpec, nonce: &Nonce) -> Vec<String> {
    match (&spec.command, &spec.sh) {
        (Some(command), _) => command.iter().map(|word| nonce.expand(word)).collect(),
        (None, line) => {
            let line = nonce.expand(line.as_deref().unwrap_or_default());
            vec!["sh".to_owned(), "-c".to_owned(), line]
        }
    }
}

fn command(spec: &ExecSpec, nonce: &Nonce, words: Vec<String>) -> Command {
    Command {
        command: words,
        env: nonce.expand_all(spec.env.iter().flatten()),
        user: spec.user.clone(),
        workdir: spec.workdir.as_ref().map(|path| path.0.clone()),
    }
}

fn shown(spec: &ExecSpec, nonce: &Nonce) -> String {
    let words: Vec<String> = words(spec, nonce).iter().map(|word| quoted(word)).collect();
    format!("docker exec CONTAINER {}", words.join(" "))
}

fn ended(report: &ExecReport) -> String {
    match report.exit {
        ExecExit::Code(code) => format!("exit code {code}"),
        ExecExit::TimedOut => "stopped at its limit".to_owned(),
        ExecExit::NotFound => "no such program".to_owned(),
    }
}

/// Judges one command.
pub(crate) fn judge(spec: &ExecSpec, report: &ExecReport, nonce: &Nonce) -> Verdict {
    let see = shown(spec, nonce);
    let exit = match report.exit {
        ExecExit::Code(code) => Some(code),
        ExecExit::TimedOut => None,
        ExecExit::NotFound => {
            let program = words(spec, nonce).swap_remove(0);
            let said = format!("the container has no program {}", tick(&program));
            return Verdict::Fail(Cause::new(said).see(see));
        }
    };
    let expected = Expected {
        exit: spec.exit.as_ref(),
        stdout: spec.stdout.as_ref(),
        stderr: spec.stderr.as_ref(),
    };
    let seen = Seen {
        exit,
        stdout: &report.stdout,
        stderr: &report.stderr,
        took: report.took,
        oom_killed: false,
    };
    judge_process(
        "the command in the container did not do what it should",
        &expected,
        &seen,
        &see,
        nonce,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(yaml: &str) -> ExecSpec {
        serde_yaml::from_str(yaml).unwrap()
    }

    fn report(stdout: &str, stderr: &str) -> ExecReport {
        ExecReport {
            exit: ExecExit::Code(0),
            stdout: stdout.into(),
            stderr: stderr.into(),
            truncated: false,
            took: std::time::Duration::ZERO,
        }
    }

    #[test]
    fn a_batch_is_taken_apart_where_its_marks_are() {
        let parts = split(&report("one\n\nm 0\n\nm 3\n", "\nm\nbad\nm\n"), "m");
        let seen: Vec<_> = parts
            .iter()
            .map(|part| (part.exit, part.stdout.as_str(), part.stderr.as_str()))
            .collect();
        assert_eq!(
            seen,
            [
                (ExecExit::Code(0), "one\n", ""),
                (ExecExit::Code(3), "", "bad")
            ]
        );
    }

    #[test]
    fn what_did_not_come_to_its_end_is_missing() {
        assert_eq!(split(&report("one\n\nm 0\n\ntwo", "\nm\n"), "m").len(), 1);
        assert_eq!(split(&report("one\n\nm x\n", "\nm\n"), "m").len(), 0);
    }

    #[test]
    fn a_dollar_reaches_the_command_untouched() {
        let spec = spec("{sh: 'echo \"$HOME\" ${nonce}'}");
        let asked = Asked {
            spec: &spec,
            nonce: Nonce::fixed("n"),
        };
        assert!(script(&[asked], "m").starts_with("( sh -c 'echo \"$HOME\" n' ) </dev/null\n"));
    }

    #[test]
    fn only_commands_of_the_same_kind_go_together() {
        assert!(go_together(&spec("{sh: a}"), &spec("{command: [b]}")));
        assert!(!go_together(&spec("{sh: a}"), &spec("{sh: b, user: app}")));
        assert!(!go_together(&spec("{sh: a}"), &spec("{sh: b, limit: 1s}")));
    }
}
