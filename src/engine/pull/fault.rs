//! What a registry does in place of giving an image, read from the words that docker, containerd and podman use for it.

use crate::text::tick;

/// What a registry, or what stands in its place, does instead of giving an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistryFault {
    /// It refuses more pulls for now.
    Limited,
    /// It answers and has no such image; one that wants a login for it may say the same.
    Unknown,
    /// It has the image, for other processors.
    OtherProcessor,
    /// It does not give the image to this login, or to none.
    Closed,
    /// It speaks HTTP where the engine insists on HTTPS.
    Insecure,
    /// The engine does not trust its certificate.
    Untrusted,
    /// A page comes where a registry would answer: a proxy's, or that of a network which wants a login first.
    Impostor,
    /// What it has is nothing that the engine could run.
    NoImage,
    /// It answers with an error of its own, breaks off, or sends something else than it promised.
    Broken,
    /// It cannot be reached.
    Unreachable,
    /// It can be reached, and says nothing for as long as anybody waits.
    Silent,
    /// Anything else.
    Refused,
}

use RegistryFault as Fault;

/// The first line with a word of the refusal says what it is: what names a cause stands before what only names a status.
const WORDS: [(Fault, &[&str]); 14] = [
    (
        Fault::Limited,
        &[
            "toomanyrequests",
            "too many requests",
            "rate limit",
            "ratelimit",
            "http 429",
        ],
    ),
    (
        Fault::Insecure,
        &[
            "server gave http response to https client",
            "first record does not look like a tls",
        ],
    ),
    (Fault::Untrusted, &["x509:"]),
    (
        Fault::Impostor,
        &[
            "<html",
            "<!doctype",
            "denied: <",
            "invalid character '<'",
            "proxy auth",
        ],
    ),
    (
        Fault::Closed,
        &[
            "no basic auth credentials",
            "incorrect username or password",
        ],
    ),
    (
        Fault::OtherProcessor,
        &["no matching manifest", "no match for platform"],
    ),
    (
        Fault::Broken,
        &["unknown blob", "blob unknown", "failed open: content at"],
    ),
    (
        Fault::Unknown,
        &[
            // What Docker Hub says of an image that is not there, too.
            "pull access denied",
            "insufficient_scope",
            "manifest unknown",
            "repository does not exist",
            "name unknown",
            ": not found",
            "http 404",
        ],
    ),
    (
        Fault::Unreachable,
        &[
            "no such host",
            "dial tcp",
            "connection refused",
            "network is unreachable",
        ],
    ),
    (
        Fault::Closed,
        &[
            "unauthorized",
            "authentication required",
            "authorization failed",
            "403 forbidden",
            "http 403",
            "http 401",
            ": denied",
        ],
    ),
    (
        Fault::NoImage,
        &[
            "media type",
            "missing signature key",
            "manifest version 2, schema 1",
        ],
    ),
    (
        Fault::Broken,
        &[
            "unexpected http status",
            "unexpected status",
            "error parsing http",
            "invalid character",
            "did not include a token",
            "unexpected eof",
            ": eof",
            "connection reset",
            "redirects",
            "short read",
            "http 206",
            "verification failed",
            "unexpected commit digest",
            "bad gateway",
            "service unavailable",
        ],
    ),
    (Fault::Closed, &["failed to authorize"]),
    (
        Fault::Unreachable,
        &[
            "i/o timeout",
            "tls handshake",
            "client.timeout",
            "deadline exceeded",
            "temporary failure in name resolution",
            "server misbehaving",
            "proxyconnect",
            "failed to do request",
        ],
    ),
];

impl Fault {
    /// Reads a registry's refusal; `None` when the words are about something else.
    pub(in crate::engine) fn read(message: &str) -> Option<Self> {
        let said = format!(": {}", message.to_lowercase());
        let found = WORDS
            .iter()
            .find(|(_, words)| words.iter().any(|word| said.contains(word)));
        found.map(|(fault, _)| *fault)
    }

    /// A sentence about it, with the engine's words where they say more. `mirror` is the registry that was asked in place
    /// of the image's own.
    pub fn told(self, image: &str, mirror: Option<&str>, message: &str) -> String {
        let image = tick(image);
        let (who, of) = match mirror {
            Some(mirror) => {
                let who = format!("the mirror {}", tick(mirror));
                (who.clone(), who)
            }
            None => (
                "the registry".to_owned(),
                format!("the registry of {image}"),
            ),
        };
        match self {
            Self::Limited => format!("{who}'s rate limit is reached: cannot pull {image}"),
            Self::Unknown if mirror.is_some() => format!("{who} has no image {image}"),
            Self::Unknown => format!("there is no image {image} to pull"),
            Self::OtherProcessor => format!("{who} has {image} for other processors only"),
            Self::Closed => format!("{who} gives {image} only to those who may have it: {message}"),
            Self::Insecure => format!("{of} speaks plain HTTP, which the engine does not trust"),
            Self::Untrusted => {
                format!("the engine does not trust the certificate of {of}: {message}")
            }
            Self::Impostor => format!("something answers in the place of {of}: {message}"),
            Self::NoImage => format!("{image} is no image that the engine can run: {message}"),
            Self::Broken => format!("{of} is in trouble: {message}"),
            Self::Unreachable | Self::Silent => format!("{of} does not answer: {message}"),
            Self::Refused => format!("{of} does not give it: {message}"),
        }
    }

    /// The way out.
    pub(in crate::engine) fn next_step(self) -> &'static str {
        match self {
            Self::Limited => {
                "wait, `docker login`, pull through a mirror (`sealegs images pull --mirror HOST:PORT`), or load a kit (`sealegs images load FILE`)"
            }
            Self::Unknown => "check the name and the tag; a private image needs `docker login`",
            Self::OtherProcessor => {
                "choose another tag, or an image that is made for this processor"
            }
            Self::Closed => {
                "`docker login` with the registry's name, with an account that may pull it"
            }
            Self::Insecure => {
                "name the registry in `insecure-registries` of the engine's `daemon.json`, and restart the engine"
            }
            Self::Untrusted => {
                "set the clock if it is wrong; a registry's own certificate belongs into `/etc/docker/certs.d/HOST/ca.crt` of the engine's machine"
            }
            Self::Impostor => {
                "open any page in a browser, in case the network wants a login first; a proxy must let the engine through to the registry"
            }
            Self::NoImage => "check the name and the tag",
            Self::Broken | Self::Refused => {
                "try again later, pull through a mirror (`sealegs images pull --mirror HOST:PORT`), or load a kit (`sealegs images load FILE`)"
            }
            Self::Unreachable | Self::Silent => {
                "check the network, pull through a mirror (`sealegs images pull --mirror HOST:PORT`), or load a kit (`sealegs images load FILE`)"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Engine 20.10, 28.5 and 28.5 with containerd's store said of a registry that answers so.
    #[test]
    fn a_registrys_refusals_are_told_apart_on_every_engine() {
        let resolve = r#"failed to resolve reference "127.0.0.1:5/x:1": "#;
        let head = "unexpected status from HEAD request to http://127.0.0.1:5/v2/x/manifests/1: ";
        let asked = "Head \"http://127.0.0.1:5/v2/x/manifests/1\": ";
        let parsing = |status| {
            format!("error parsing HTTP {status} response body: unexpected end of JSON input: \"\"")
        };
        let s = str::to_owned;
        for (expected, message) in [
            (Fault::Closed, s("unauthorized: authentication required")),
            (Fault::Closed, s("denied")),
            (Fault::Closed, format!("{asked}denied: no")),
            (Fault::Closed, parsing(403)),
            (Fault::Closed, format!("{asked}no basic auth credentials")),
            (
                Fault::Closed,
                format!(
                    "{resolve}pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials"
                ),
            ),
            (
                Fault::Closed,
                format!("unknown: {resolve}{head}403 Forbidden"),
            ),
            (
                Fault::Limited,
                s("toomanyrequests: You have reached your pull rate limit."),
            ),
            (Fault::Limited, parsing(429)),
            (
                Fault::Limited,
                format!("unknown: {resolve}{head}429 Too Many Requests"),
            ),
            (Fault::Unknown, s("manifest unknown")),
            (Fault::Unknown, parsing(404)),
            (
                Fault::Unknown,
                format!("{resolve}127.0.0.1:5/x:1: not found"),
            ),
            (
                Fault::Unknown,
                s(
                    "pull access denied for x, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
                ),
            ),
            (
                Fault::Unknown,
                format!(
                    "{resolve}pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed"
                ),
            ),
            (
                Fault::OtherProcessor,
                s("no matching manifest for linux/amd64 in the manifest list entries"),
            ),
            (
                Fault::Broken,
                s("received unexpected HTTP status: 500 Internal Server Error"),
            ),
            (
                Fault::Broken,
                format!("unknown: {resolve}{head}503 Service Unavailable"),
            ),
            (
                Fault::Broken,
                s("expected HTTP 206 from byte range request"),
            ),
            (
                Fault::Broken,
                s("short read: expected 300279 bytes but got 150139: unexpected EOF"),
            ),
            (
                Fault::Broken,
                s(
                    "error pulling image configuration: image config verification failed for digest sha256:19",
                ),
            ),
            (Fault::Broken, s("unknown blob")),
            (
                Fault::Broken,
                s(
                    "failed commit on ref \"layer-sha256:f5\": commit failed: unexpected commit digest sha256:c0, expected sha256:f5: failed precondition",
                ),
            ),
            (Fault::Broken, format!("{asked}EOF")),
            (Fault::Broken, format!("{asked}stopped after 10 redirects")),
            (
                Fault::Broken,
                format!("{asked}authorization server did not include a token in the response"),
            ),
            (
                Fault::Broken,
                s("invalid character 'g' looking for beginning of object key string"),
            ),
            (
                Fault::Broken,
                format!("{resolve}failed to do request: {asked}EOF"),
            ),
            (
                Fault::Unreachable,
                s(
                    "Get \"http://127.0.0.1:9/v2/\": dial tcp 127.0.0.1:9: connect: connection refused",
                ),
            ),
            (
                Fault::Unreachable,
                s(
                    "Get \"https://r.test/v2/\": dial tcp: lookup r.test on 10.0.0.1:53: no such host",
                ),
            ),
            (
                Fault::Unreachable,
                format!(
                    "{asked}Get \"http://127.0.0.1:5/token?service=s\": context deadline exceeded"
                ),
            ),
            (
                Fault::Unreachable,
                format!(
                    "{resolve}failed to authorize: failed to fetch anonymous token: Get \"http://127.0.0.1:9/token\": dial tcp 127.0.0.1:9: connect: connection refused"
                ),
            ),
            (
                Fault::Insecure,
                s(
                    "Get \"https://10.0.0.1:5000/v2/\": http: server gave HTTP response to HTTPS client",
                ),
            ),
            (
                Fault::Untrusted,
                s(
                    "Get \"https://r.test/v2/\": tls: failed to verify certificate: x509: certificate signed by unknown authority",
                ),
            ),
            (
                Fault::Impostor,
                s(
                    "error unmarshalling content: invalid character '<' looking for beginning of value",
                ),
            ),
            (
                Fault::Impostor,
                s(
                    "pull access denied for x, repository does not exist or may require 'docker login': denied: <html>Blocked by corporate proxy</html>",
                ),
            ),
            (Fault::Impostor, s("unknown: <html>404 Not Found</html>")),
            (Fault::Impostor, s("unknown: proxy auth")),
            (
                Fault::NoImage,
                s("unsupported media type application/vnd.cncf.helm.config.v1+json"),
            ),
        ] {
            assert_eq!(Fault::read(&message), Some(expected), "{message}");
        }
        assert_eq!(Fault::read("something else: permission denied"), None);
    }
}
