//! The `logs` kind: what the container wrote to its log.

use crate::course::spec::{LogStream, LogsSpec};
use crate::engine::Logs;

use super::nonce::Nonce;
use super::verdict::{Comparison, Verdict, text};

/// Judges the log as it is now.
pub(crate) fn judge(spec: &LogsSpec, logs: &Logs, nonce: &Nonce) -> Verdict {
    let found = match spec.stream {
        LogStream::Both => &logs.merged,
        LogStream::Stdout => &logs.stdout,
        LogStream::Stderr => &logs.stderr,
    };
    let mut compared = Comparison::new(nonce, "the container's log is not as it should be");
    compared.look("log", Some(&spec.text), &text(found.trim_end_matches('\n')));
    compared.verdict("docker logs CONTAINER")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_told_apart() {
        let logs = Logs {
            stdout: "out\n".into(),
            stderr: "err\n".into(),
            merged: "out\nerr\n".into(),
            truncated: false,
        };
        let judged = |yaml: &str| {
            judge(
                &serde_yaml::from_str(yaml).unwrap(),
                &logs,
                &Nonce::fixed("n"),
            )
        };
        assert_eq!(judged("{text: {contains: err}}"), Verdict::Pass);
        assert_eq!(judged("{text: out, stream: stdout}"), Verdict::Pass);
        assert!(matches!(
            judged("{text: {contains: err}, stream: stdout}"),
            Verdict::Fail(_)
        ));
    }
}
