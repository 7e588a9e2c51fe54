//! The `tcp` kind: one connection from outside the container.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::course::spec::{Reach, TcpSpec};
use crate::engine::Dial;
use crate::outcome::Cause;

use super::nonce::Nonce;
use super::verdict::{Comparison, Verdict, text};

/// Bytes of an answer that are read.
const ANSWER_CAP: usize = 64 << 10;

/// How long an answer may pause before it counts as complete.
const PAUSE: Duration = Duration::from_millis(500);

/// What came of one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Connection {
    Open { answer: String },
    Refused,
    TimedOut,
    Unroutable,
}

/// Sends and reads over an open connection, as far as the check asks.
pub(crate) async fn observe(spec: &TcpSpec, dial: Dial, nonce: &Nonce) -> Connection {
    let mut stream = match dial {
        Dial::Open(stream) => stream,
        Dial::Refused => return Connection::Refused,
        Dial::TimedOut => return Connection::TimedOut,
        Dial::Unroutable => return Connection::Unroutable,
    };
    let mut answer = Vec::new();
    if let Some(sent) = &spec.send
        && stream
            .write_all(nonce.expand(sent).as_bytes())
            .await
            .is_err()
    {
        return Connection::Refused;
    }
    if spec.answer.is_some() {
        let mut piece = [0; 4096];
        while answer.len() < ANSWER_CAP {
            match tokio::time::timeout(PAUSE, stream.read(&mut piece)).await {
                Ok(Ok(n)) if n > 0 => answer.extend_from_slice(&piece[..n]),
                Ok(Ok(_) | Err(_)) | Err(_) => break,
            }
        }
    }
    Connection::Open {
        answer: String::from_utf8_lossy(&answer).into_owned(),
    }
}

/// Judges the connection.
pub(crate) fn judge(spec: &TcpSpec, connection: &Connection, nonce: &Nonce) -> Verdict {
    let port = spec.port;
    let see = match &spec.container {
        Some(name) => format!(
            "docker run --rm --network container:{name} busybox:1.37 nc -zv localhost {port}"
        ),
        None => format!("docker run --rm -d -p {port}:{port} IMAGE; nc localhost {port}"),
    };
    let said = match spec.expect {
        Reach::Open => format!("nothing in the container answers on port {port}"),
        Reach::Refused => format!("something in the container answers on port {port}"),
    };
    match (spec.expect, connection) {
        (_, Connection::Unroutable) => Verdict::Error(Cause::new(
            "there is no way from here to the container's network",
        )),
        (Reach::Refused, Connection::Open { .. })
        | (Reach::Open, Connection::Refused | Connection::TimedOut) => {
            Verdict::Fail(Cause::new(said).see(see))
        }
        (Reach::Refused, Connection::Refused | Connection::TimedOut) => Verdict::Pass,
        (Reach::Open, Connection::Open { answer }) => {
            let mut found =
                Comparison::new(nonce, format!("port {port} does not answer as it should"));
            found.look(
                "answer",
                spec.answer.as_ref(),
                &text(answer.trim_end_matches(['\r', '\n'])),
            );
            found.verdict(see)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(yaml: &str, connection: &Connection) -> Verdict {
        judge(
            &serde_yaml::from_str(yaml).unwrap(),
            connection,
            &Nonce::fixed("n"),
        )
    }

    #[test]
    fn open_and_refused_are_opposites_and_no_way_is_neither() {
        let open = Connection::Open {
            answer: "+PONG\r\n".into(),
        };
        assert_eq!(judged("{port: 6379}", &open), Verdict::Pass);
        assert_eq!(
            judged("{port: 6379, answer: '+PONG'}", &open),
            Verdict::Pass
        );
        assert!(matches!(
            judged("{port: 1, expect: refused}", &open),
            Verdict::Fail(_)
        ));
        assert_eq!(
            judged("{port: 1, expect: refused}", &Connection::Refused),
            Verdict::Pass
        );
        assert!(matches!(
            judged("{port: 1}", &Connection::TimedOut),
            Verdict::Fail(_)
        ));
        assert!(matches!(
            judged("{port: 1, expect: refused}", &Connection::Unroutable),
            Verdict::Error(_)
        ));
    }
}
