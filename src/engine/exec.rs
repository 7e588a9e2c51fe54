//! A command in a container that runs.

use std::time::{Duration, Instant};

use bollard::exec::{StartExecOptions, StartExecResults};
use bollard::models::ExecConfig;
use futures_util::StreamExt;

use super::container::known;
use super::output::Collector;
use super::{Engine, EngineError};

/// A silent stream is asked about this often: a background child may hold it open after the command ended.
const SILENCE: Duration = Duration::from_millis(250);

/// A closed stream comes a moment before the exit code.
const CLOSED: Duration = Duration::from_millis(5);

/// A command for a running container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecSpec {
    /// The command and its arguments; no shell is added.
    pub command: Vec<String>,
    /// Added to the container's environment.
    pub env: Vec<(String, String)>,
    /// In place of the container's user.
    pub user: Option<String>,
    /// In place of the container's working folder.
    pub workdir: Option<String>,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExecExit {
    /// With this code.
    Code(i64),
    /// Not within its limit; it lives on until its container ends, for the engine has no call to end it.
    TimedOut,
    /// There is no such executable in the container, or it cannot be executed.
    NotFound,
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecReport {
    /// How it ended.
    pub exit: ExecExit,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// True when output was left out for being over the limit.
    pub truncated: bool,
    /// From start to end.
    pub took: Duration,
}

impl Engine {
    /// Runs a command in a container, for at most `limit`, keeping at most `cap` bytes of its output.
    pub async fn exec(
        &self,
        id: &str,
        spec: &ExecSpec,
        limit: Duration,
        cap: usize,
    ) -> Result<ExecReport, EngineError> {
        let config = ExecConfig {
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            cmd: Some(spec.command.clone()),
            env: Some(
                spec.env
                    .iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect(),
            ),
            user: spec.user.clone(),
            working_dir: spec.workdir.clone(),
            ..Default::default()
        };
        let failed = |error| EngineError::of("execute a command", "container", id, error);
        let exec = self
            .docker()
            .create_exec(known(id)?, config)
            .await
            .map_err(failed)?
            .id;
        let began = Instant::now();
        let started = self
            .docker()
            .start_exec(&exec, None::<StartExecOptions>)
            .await
            .map_err(failed);
        let mut output = match started {
            Ok(StartExecResults::Attached { output, .. }) => output,
            Ok(StartExecResults::Detached) => {
                return Err(EngineError::Unreadable {
                    verb: "execute a command",
                    reason: "the engine did not attach".to_owned(),
                });
            }
            Err(EngineError::CannotStart { message }) => {
                return Ok(report(
                    ExecExit::NotFound,
                    Collector::new(0),
                    began,
                    Some(message),
                ));
            }
            Err(error) => return Err(error),
        };

        let deadline = began + limit;
        let mut collector = Collector::new(cap);
        let mut open = true;
        let code = loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if open {
                match tokio::time::timeout(SILENCE.min(left), output.next()).await {
                    Ok(Some(piece)) => {
                        collector.take(&piece.map_err(failed)?);
                        if Instant::now() < deadline {
                            continue;
                        }
                    }
                    Ok(None) => open = false,
                    Err(_) => {}
                }
            } else {
                tokio::time::sleep(CLOSED.min(left)).await;
            }
            let state = self.docker().inspect_exec(&exec).await.map_err(failed)?;
            if state.running != Some(true) {
                break state.exit_code;
            }
            if Instant::now() >= deadline {
                return Ok(report(ExecExit::TimedOut, collector, began, None));
            }
        };
        // What the command wrote before it ended is on its way already.
        while let Ok(Some(Ok(piece))) =
            tokio::time::timeout(Duration::from_millis(50), output.next()).await
        {
            collector.take(&piece);
        }
        let exit = match code {
            Some(126 | 127) if collector.is_runtime_refusal() => ExecExit::NotFound,
            Some(code) => ExecExit::Code(code),
            None => {
                return Err(EngineError::Unreadable {
                    verb: "execute a command",
                    reason: "it ended with no exit code".to_owned(),
                });
            }
        };
        Ok(report(exit, collector, began, None))
    }
}

fn report(
    exit: ExecExit,
    collector: Collector,
    began: Instant,
    refusal: Option<String>,
) -> ExecReport {
    let logs = collector.finish();
    ExecReport {
        exit,
        stdout: logs.stdout,
        stderr: refusal.unwrap_or(logs.stderr),
        truncated: logs.truncated,
        took: began.elapsed(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Bench, sh};
    use super::*;

    const LIMIT: Duration = Duration::from_secs(30);

    fn command(words: &[String]) -> ExecSpec {
        ExecSpec {
            command: words.to_vec(),
            ..Default::default()
        }
    }

    #[tokio::test]
    async fn exit_codes_streams_variables_and_folders_are_the_commands_own() {
        let bench = Bench::new().await;
        let id = bench.start(&sh("sleep 1000")).await;
        let spec = ExecSpec {
            env: vec![("GREETING".into(), "hi $HOME".into())],
            workdir: Some("/bin".into()),
            ..command(&sh("echo \"$GREETING\" in $(pwd); echo err >&2; exit 5"))
        };
        let report = bench.engine.exec(&id, &spec, LIMIT, 1000).await.unwrap();
        assert_eq!(report.exit, ExecExit::Code(5));
        assert_eq!(
            (report.stdout.as_str(), report.stderr.as_str()),
            ("hi $HOME in /bin\n", "err\n")
        );
    }

    #[tokio::test]
    async fn a_missing_executable_is_not_an_exit_code() {
        let bench = Bench::new().await;
        let id = bench.start(&sh("sleep 1000")).await;
        let report = bench
            .engine
            .exec(&id, &command(&["curl".to_owned()]), LIMIT, 1000)
            .await
            .unwrap();
        assert_eq!(report.exit, ExecExit::NotFound, "{report:?}");
        let shell = bench
            .engine
            .exec(&id, &command(&sh("curl")), LIMIT, 1000)
            .await
            .unwrap();
        assert_eq!(shell.exit, ExecExit::Code(127));
    }

    #[tokio::test]
    async fn a_command_over_its_limit_is_given_up() {
        let bench = Bench::new().await;
        let id = bench.start(&sh("sleep 1000")).await;
        let spec = command(&sh("echo begun; sleep 1000"));
        let report = bench
            .engine
            .exec(&id, &spec, Duration::from_secs(1), 1000)
            .await
            .unwrap();
        assert_eq!(
            (report.exit, report.stdout.as_str()),
            (ExecExit::TimedOut, "begun\n")
        );
    }

    #[tokio::test]
    async fn a_child_left_behind_does_not_hold_the_answer_up() {
        let bench = Bench::new().await;
        let id = bench.start(&sh("sleep 1000")).await;
        let spec = command(&sh("sleep 1000 & echo done"));
        let report = bench.engine.exec(&id, &spec, LIMIT, 1000).await.unwrap();
        assert_eq!(
            (report.exit, report.stdout.as_str()),
            (ExecExit::Code(0), "done\n")
        );
        assert!(report.took < Duration::from_secs(10));
    }
}
