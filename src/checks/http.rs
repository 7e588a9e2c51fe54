//! The `http` kind: one request from outside the container, and its answer.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;

use crate::course::matcher::{Matcher, Value};
use crate::course::spec::HttpSpec;
use crate::engine::{ByteStream, Dial};
use crate::outcome::Cause;

use super::nonce::Nonce;
use super::verdict::{Comparison, Verdict, text};

/// Bytes of an answer's body that are read.
const BODY_CAP: usize = 1 << 20;

/// The longest one request may take.
const REQUEST_LIMIT: Duration = Duration::from_secs(5);

/// What came of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// An answer, whatever its status.
    Answered {
        status: u16,
        headers: Vec<(String, String)>,
        body: String,
    },
    /// Nothing listens on the port.
    Refused,
    /// A connection and then no HTTP.
    NoHttp(String),
    /// No answer in time.
    TimedOut,
    /// No way to the container.
    Unroutable,
}

/// Sends the request over an open connection.
pub(crate) async fn observe(spec: &HttpSpec, dial: Dial, nonce: &Nonce) -> Answer {
    let stream = match dial {
        Dial::Open(stream) => stream,
        Dial::Refused => return Answer::Refused,
        Dial::TimedOut => return Answer::TimedOut,
        Dial::Unroutable => return Answer::Unroutable,
    };
    match tokio::time::timeout(REQUEST_LIMIT, request(spec, stream, nonce)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(said)) => Answer::NoHttp(said),
        Err(_) => Answer::TimedOut,
    }
}

async fn request(
    spec: &HttpSpec,
    stream: Box<dyn ByteStream>,
    nonce: &Nonce,
) -> Result<Answer, String> {
    let said = |error: hyper::Error| {
        std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string)
    };
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(said)?;
    let driver = tokio::spawn(connection);
    let mut request = hyper::Request::builder()
        .method(spec.method.as_str())
        .uri(nonce.expand(&spec.path))
        .header("host", "localhost")
        .header("user-agent", concat!("sealegs/", env!("CARGO_PKG_VERSION")));
    for (name, value) in &spec.headers {
        request = request.header(name, nonce.expand(value));
    }
    let body = nonce.expand(spec.send.as_deref().unwrap_or_default());
    let request = request
        .body(Full::new(Bytes::from(body)))
        .map_err(|error| error.to_string())?;
    let response = sender.send_request(request).await.map_err(said)?;
    let (head, body) = response.into_parts();
    let body = Limited::new(body, BODY_CAP)
        .collect()
        .await
        .map_err(|error| error.to_string())?;
    driver.abort();
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| {
            (
                name.to_string(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect();
    let body = String::from_utf8_lossy(&body.to_bytes()).into_owned();
    Ok(Answer::Answered {
        status: head.status.as_u16(),
        headers,
        body,
    })
}

/// Judges the answer: status 200 is expected where nothing else is.
pub(crate) fn judge(spec: &HttpSpec, answer: &Answer, nonce: &Nonce) -> Verdict {
    let port = port(spec);
    let see = command(spec, port, nonce);
    let place = match spec.host_port {
        Some(_) => format!("port {port} of the host"),
        None => format!("port {port}"),
    };
    let (status, headers, body) = match answer {
        Answer::Answered {
            status,
            headers,
            body,
        } => (*status, headers, body),
        Answer::Refused => {
            let said = match spec.host_port {
                Some(_) => format!("nothing answers on {place}"),
                None => format!("nothing in the container answers on {place}"),
            };
            return Verdict::Fail(Cause::new(said).see(see));
        }
        Answer::NoHttp(what) => {
            let said = format!("{place} accepts connections and does not speak HTTP");
            let cause = Cause::new(said).differs("answer", "an HTTP answer", what);
            return Verdict::Fail(cause.see(see));
        }
        Answer::TimedOut => {
            let said = format!("{place} did not answer within {}s", REQUEST_LIMIT.as_secs());
            return Verdict::Fail(Cause::new(said).see(see));
        }
        Answer::Unroutable => {
            return Verdict::Error(Cause::new(
                "there is no way from here to the container's network",
            ));
        }
    };
    let said = format!("the answer on {place} is not the right one");
    let mut found = Comparison::new(nonce, said);
    let ok = Matcher::Equals(Value::Number(200.0));
    let nothing_else = spec.header.is_none() && spec.body.is_none();
    found.look(
        "status",
        spec.status.as_ref().or(nothing_else.then_some(&ok)),
        &Value::Number(f64::from(status)),
    );
    for (name, matcher) in spec.header.iter().flatten() {
        let value = headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        let value = value.map_or(Value::Missing, |(_, value)| text(value));
        found.look(&format!("header {name}"), Some(matcher), &value);
    }
    found.look(
        "body",
        spec.body.as_ref(),
        &text(body.trim_end_matches('\n')),
    );
    found.verdict(see)
}

/// The port that is asked, of the host or of the container.
fn port(spec: &HttpSpec) -> u16 {
    let port = spec.host_port.or(spec.port).or(spec.published);
    port.unwrap_or_default()
}

fn command(spec: &HttpSpec, port: u16, nonce: &Nonce) -> String {
    let mut words = vec!["curl -i".to_owned()];
    if spec.method != "GET" {
        words.push(format!("-X {}", spec.method));
    }
    words.extend(
        spec.headers
            .iter()
            .map(|(name, value)| format!("-H '{name}: {}'", nonce.expand(value))),
    );
    words.extend(
        spec.send
            .iter()
            .map(|body| format!("-d {}", super::quoted(&nonce.expand(body)))),
    );
    let asked = super::quoted(&format!("localhost:{port}{}", nonce.expand(&spec.path)));
    words.push(asked.clone());
    let request = words.join(" ");
    match (spec.host_port, &spec.container) {
        (Some(_), _) => request,
        // One that is there is asked where it is: another of its image would not have what was done in it.
        (None, Some(name)) => {
            format!("docker run --rm --network container:{name} busybox:1.37 wget -qO- {asked}")
        }
        (None, None) => format!("docker run --rm -d -p {port}:{port} IMAGE; {request}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(yaml: &str) -> HttpSpec {
        serde_yaml::from_str(yaml).unwrap()
    }

    fn answered(status: u16, body: &str) -> Answer {
        let headers = vec![("content-type".to_owned(), "text/plain".to_owned())];
        Answer::Answered {
            status,
            headers,
            body: body.to_owned(),
        }
    }

    fn judged(yaml: &str, answer: &Answer) -> Verdict {
        judge(&spec(yaml), answer, &Nonce::fixed("n1"))
    }

    #[test]
    fn status_headers_and_body_are_compared() {
        let yaml = "{port: 80, status: 200, header: {Content-Type: text/plain}, body: {contains: 'hi ${nonce}'}}";
        assert_eq!(judged(yaml, &answered(200, "oh hi n1!\n")), Verdict::Pass);
        let cause = judged(yaml, &answered(404, "no")).into_cause().unwrap();
        let seen: Vec<_> = cause
            .differences
            .iter()
            .map(|d| (d.what.as_str(), d.found.as_str()))
            .collect();
        assert_eq!(seen, [("status", "404"), ("body", "no")]);
    }

    #[test]
    fn an_open_port_that_speaks_no_http_does_not_pass() {
        let cause = judged("{port: 80}", &Answer::NoHttp("closed".into()))
            .into_cause()
            .unwrap();
        assert_eq!(
            cause.rationale,
            "port 80 accepts connections and does not speak HTTP"
        );
        assert!(matches!(
            judged("{port: 80}", &Answer::Refused),
            Verdict::Fail(_)
        ));
        assert!(matches!(
            judged("{port: 80}", &Answer::Unroutable),
            Verdict::Error(_)
        ));
    }

    #[test]
    fn a_port_of_the_host_is_called_so() {
        let cause = judged("{host_port: 8080, path: /log}", &Answer::Refused);
        let cause = cause.into_cause().unwrap();
        assert_eq!(cause.rationale, "nothing answers on port 8080 of the host");
        assert_eq!(cause.see.as_deref(), Some("curl -i localhost:8080/log"));
    }

    #[tokio::test]
    async fn a_request_is_sent_and_its_answer_read() {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let (near, mut far) = tokio::io::duplex(4096);
        let server = tokio::spawn(async move {
            let mut read = vec![0; 1024];
            let n = far.read(&mut read).await.unwrap();
            far.write_all(b"HTTP/1.1 201 Created\r\nX-A: b\r\nContent-Length: 2\r\n\r\nok")
                .await
                .unwrap();
            String::from_utf8_lossy(&read[..n]).into_owned()
        });
        let spec = spec("{port: 80, path: '/x?${nonce}', method: POST, send: 'v=${nonce}'}");
        let answer = observe(&spec, Dial::Open(Box::new(near)), &Nonce::fixed("n1")).await;
        let Answer::Answered { status, body, .. } = answer else {
            panic!("{answer:?}")
        };
        assert_eq!((status, body.as_str()), (201, "ok"));
        let sent = server.await.unwrap();
        assert!(
            sent.starts_with("POST /x?n1 HTTP/1.1\r\n") && sent.ends_with("\r\n\r\nv=n1"),
            "{sent}"
        );
    }
}
