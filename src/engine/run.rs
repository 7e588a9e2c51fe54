//! A container from creation to removal in one call.

use std::time::{Duration, Instant};

use bollard::query_parameters::AttachContainerOptionsBuilder;
use futures_util::StreamExt;
use tokio::io::AsyncWriteExt;

use super::output::Collector;
use super::spec::{ContainerSpec, Stdin};
use super::{Engine, EngineError};

/// How long the last output may trail behind the end of the container.
const TRAIL: Duration = Duration::from_secs(2);

/// What became of one container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunReport {
    /// The exit code; `None` when it was killed at its limit.
    pub exit: Option<i64>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// True when output was left out for being over the limit.
    pub truncated: bool,
    /// True when the kernel killed it for its memory. An engine under load loses that word now and then: then only
    /// the exit code 137 is left.
    pub oom_killed: bool,
    /// From start to end, creation and removal not counted.
    pub took: Duration,
    /// Why it never ran, in the engine's words, where its own command is the reason; the exit code is then
    /// 127 or 126, as `docker run` has it.
    pub cannot_start: Option<String>,
}

impl Engine {
    /// Creates, attaches, starts, waits, collects at most `cap` bytes of output, and always removes, also when
    /// the future is dropped.
    pub async fn run(
        &self,
        spec: &ContainerSpec,
        stdin: Option<&[u8]>,
        limit: Duration,
        cap: usize,
    ) -> Result<RunReport, EngineError> {
        let mut spec = spec.clone();
        if stdin.is_some() {
            spec.stdin = Stdin::Open;
        }
        let id = self.create(&spec).await?;
        let guard = Remover::of(self, id);
        let report = self.run_created(&guard.id, stdin, limit, cap).await;
        let removed = guard.close().await;
        let report = report?;
        removed.map(|()| report)
    }

    /// As [`Engine::run`], over files that are put into the container before it starts: an archive, unpacked at `/`.
    pub async fn run_over(
        &self,
        spec: &ContainerSpec,
        files: Vec<u8>,
        limit: Duration,
        cap: usize,
    ) -> Result<RunReport, EngineError> {
        let id = self.create(spec).await?;
        let guard = Remover::of(self, id);
        let report = match self.put(&guard.id, "/", files).await {
            Ok(()) => self.run_created(&guard.id, None, limit, cap).await,
            Err(error) => Err(error),
        };
        let removed = guard.close().await;
        let report = report?;
        removed.map(|()| report)
    }

    async fn run_created(
        &self,
        id: &str,
        stdin: Option<&[u8]>,
        limit: Duration,
        cap: usize,
    ) -> Result<RunReport, EngineError> {
        let failed = |error| EngineError::of("attach to a container", "container", id, error);
        let options = AttachContainerOptionsBuilder::default()
            .stream(true)
            .stdout(true)
            .stderr(true)
            .stdin(stdin.is_some())
            .build();
        let attached = self
            .docker()
            .attach_container(id, Some(options))
            .await
            .map_err(failed)?;
        let (mut output, mut input) = (attached.output, attached.input);

        match self.start(id).await {
            Ok(()) => {}
            Err(EngineError::CannotStart { message }) => return Ok(RunReport::never(message)),
            Err(error) => return Err(error),
        }
        // What a busy engine takes to start it is not the program's time.
        let began = Instant::now();
        let mut collector = Collector::new(cap);
        let feed = async {
            if let Some(bytes) = stdin {
                // A program may end, or close its input, before it has read everything.
                let _ = input.write_all(bytes).await;
                let _ = input.shutdown().await;
            }
            std::future::pending::<()>().await;
        };
        let read = async {
            while let Some(piece) = output.next().await {
                collector.take(&piece.map_err(failed)?);
            }
            Ok::<(), EngineError>(())
        };
        let waiting = self.wait(id, limit);
        let mut read = Box::pin(read);
        let mut waiting = Box::pin(waiting);
        let mut all_read = None;
        let exit = {
            let mut feed = Box::pin(feed);
            loop {
                tokio::select! {
                    exit = &mut waiting => break exit?,
                    result = &mut read, if all_read.is_none() => all_read = Some(result),
                    () = &mut feed => {}
                }
            }
        };
        let took = began.elapsed();
        if exit.is_none() {
            // It may end by itself just now: then there is nothing left to kill.
            match self.kill(id, "SIGKILL").await {
                Ok(()) | Err(EngineError::Conflict { .. } | EngineError::Refused { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        if all_read.is_none() {
            // Over its limit the trail is not worth an error.
            all_read = tokio::time::timeout(TRAIL, &mut read).await.ok();
        }
        if let Some(result) = all_read {
            result?;
        }
        drop(read);
        let facts = self.inspect(id).await?;
        let logs = collector.finish();
        Ok(RunReport {
            exit,
            stdout: logs.stdout,
            stderr: logs.stderr,
            truncated: logs.truncated,
            oom_killed: facts.oom_killed,
            took,
            cannot_start: None,
        })
    }
}

impl RunReport {
    fn never(message: String) -> Self {
        let lower = message.to_lowercase();
        let missing = lower.contains("not found") || lower.contains("no such file");
        Self {
            exit: Some(if missing { 127 } else { 126 }),
            cannot_start: Some(message),
            ..Self::default()
        }
    }
}

/// Removes a container when it is closed, or dropped.
pub(super) struct Remover {
    engine: Engine,
    pub(super) id: String,
    done: bool,
}

impl Remover {
    pub(super) fn of(engine: &Engine, id: String) -> Self {
        Self {
            engine: engine.clone(),
            id,
            done: false,
        }
    }

    pub(super) async fn close(mut self) -> Result<(), EngineError> {
        let removed = self.engine.remove(&self.id).await;
        // Dropped half way through this call, the backstop below still runs.
        self.done = true;
        removed
    }
}

impl Drop for Remover {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        // With no runtime left there is nobody to ask; the sweep finds the container by its labels.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let (engine, id) = (self.engine.clone(), self.id.clone());
            runtime.spawn(async move { engine.remove(&id).await });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Bench, sh};
    use super::*;

    const LIMIT: Duration = Duration::from_secs(30);

    #[tokio::test]
    async fn both_streams_and_the_exit_code_come_back_and_nothing_stays() {
        let bench = Bench::new().await;
        let spec = bench.spec(&sh("echo out; echo err >&2; exit 3"));
        let report = bench.engine.run(&spec, None, LIMIT, 1000).await.unwrap();
        assert_eq!(
            (report.exit, report.stdout.as_str(), report.stderr.as_str()),
            (Some(3), "out\n", "err\n")
        );
        assert!(!report.truncated && !report.oom_killed);
        bench.assert_no_containers().await;
    }

    #[tokio::test]
    async fn standard_input_reaches_the_program_and_ends() {
        let bench = Bench::new().await;
        let spec = bench.spec(&sh("tr a-z A-Z"));
        let report = bench
            .engine
            .run(&spec, Some(b"hello"), LIMIT, 1000)
            .await
            .unwrap();
        assert_eq!((report.exit, report.stdout.as_str()), (Some(0), "HELLO"));
    }

    #[tokio::test]
    async fn a_program_that_does_not_end_is_killed_at_its_limit() {
        let bench = Bench::new().await;
        let spec = bench.spec(&sh("echo begun; sleep 1000"));
        let report = bench
            .engine
            .run(&spec, None, Duration::from_secs(2), 1000)
            .await
            .unwrap();
        assert_eq!((report.exit, report.stdout.as_str()), (None, "begun\n"));
        bench.assert_no_containers().await;
    }

    #[tokio::test]
    async fn a_flood_is_cut_and_does_not_block_the_program() {
        let bench = Bench::new().await;
        let spec = bench.spec(&sh("yes | head -c 3000000; exit 7"));
        let report = bench.engine.run(&spec, None, LIMIT, 1000).await.unwrap();
        assert_eq!(
            (report.exit, report.stdout.len(), report.truncated),
            (Some(7), 1000, true)
        );
    }

    #[tokio::test]
    async fn a_missing_executable_is_the_commands_fault_not_the_engines() {
        let bench = Bench::new().await;
        let spec = bench.spec(&["/nope".to_owned()]);
        let report = bench.engine.run(&spec, None, LIMIT, 1000).await.unwrap();
        assert_eq!(report.exit, Some(127));
        assert!(report.cannot_start.is_some());
        bench.assert_no_containers().await;
    }

    #[tokio::test]
    async fn memory_over_the_limit_is_reported_as_such() {
        let bench = Bench::new().await;
        let mut spec = bench.spec(&sh("dd if=/dev/zero of=/dev/null bs=64M count=1"));
        spec.limits.memory = 16 << 20;
        let mut told = false;
        // The kernel's word races the end to the engine, which drops it where it comes second: three in a hundred
        // on Engine 20.10 under load.
        for _ in 0..10 {
            let report = bench.engine.run(&spec, None, LIMIT, 1000).await.unwrap();
            assert_eq!(report.exit, Some(137), "{report:?}");
            told = report.oom_killed;
            if told {
                break;
            }
        }
        assert!(told, "killed ten times, and never for its memory");
    }

    #[tokio::test]
    async fn a_dropped_run_leaves_no_container() {
        let bench = Bench::new().await;
        let spec = bench.spec(&sh("sleep 1000"));
        let run = bench.engine.run(&spec, None, LIMIT, 1000);
        assert!(
            tokio::time::timeout(Duration::from_secs(1), run)
                .await
                .is_err()
        );
        bench.assert_no_containers().await;
    }
}
