//! A registry on the loopback address that answers as badly as it is told to, one behaviour a repository:
//! `127.0.0.1:PORT/BEHAVIOUR/NAME:1`.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use sha2::{Digest, Sha256};

/// The longest a request is held back.
const HELD: Duration = Duration::from_secs(100);

/// It serves until the test process ends.
pub(super) struct Registry {
    pub(super) port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    requests: Mutex<Vec<String>>,
    /// How many pulls wait for one another.
    waiting: Mutex<usize>,
    enough: Condvar,
    /// What broke off once goes through from then on.
    broke_off: AtomicBool,
    /// Everything wants a login, the version's own path too: engines look there for the kind of login.
    locked: AtomicBool,
    /// What is held back may go on.
    released: Mutex<bool>,
    release: Condvar,
}

struct Request {
    method: String,
    path: String,
    login: Option<String>,
    from: usize,
}

/// One small image a repository: its configuration, its layer, its manifest.
struct Image {
    blobs: BTreeMap<String, Vec<u8>>,
    manifest: Vec<u8>,
    layer: String,
}

impl Registry {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::<Shared>::default();
        let own = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&own);
                std::thread::spawn(move || serve(&stream, &shared));
            }
        });
        Self { port, shared }
    }

    /// The same, where nothing is to be had without a login: `mate` with the password `aye`.
    pub(super) fn locked() -> Self {
        let registry = Self::start();
        registry.shared.locked.store(true, Ordering::Relaxed);
        registry
    }

    /// The image that a behaviour is asked for.
    pub(super) fn image(&self, behaviour: &str, name: &str) -> String {
        format!("127.0.0.1:{}/{behaviour}/{name}:1", self.port)
    }

    /// How often a path with this part was asked for.
    pub(super) fn asked(&self, part: &str) -> usize {
        let requests = self.shared.requests.lock().unwrap();
        requests.iter().filter(|path| path.contains(part)).count()
    }

    /// Lets go on what is held back.
    pub(super) fn release(&self) {
        *self.shared.released.lock().unwrap() = true;
        self.shared.release.notify_all();
    }
}

fn serve(stream: &TcpStream, shared: &Shared) -> Option<()> {
    let mut first = [0];
    stream.peek(&mut first).ok()?;
    if first == [0x16] {
        // As Go's own servers do: the client then knows that there is no TLS here.
        let _ = (&*stream)
            .write_all(b"HTTP/1.0 400 Bad Request\r\nconnection: close\r\n\r\nno TLS here\n");
        return None;
    }
    let mut reader = BufReader::new(stream);
    loop {
        let request = read(&mut reader)?;
        shared.requests.lock().unwrap().push(request.path.clone());
        answer(stream, shared, &request)?;
    }
}

fn read(reader: &mut BufReader<&TcpStream>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
    let mut words = line.split(' ').map(str::to_owned);
    let mut request = Request {
        method: words.next()?,
        path: words.next()?,
        login: None,
        from: 0,
    };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
        let Some((name, value)) = line.trim().split_once(": ") else {
            return Some(request);
        };
        match name.to_lowercase().as_str() {
            "authorization" => request.login = Some(value.to_owned()),
            "range" => {
                request.from = value
                    .trim_start_matches("bytes=")
                    .split('-')
                    .next()?
                    .parse()
                    .ok()?;
            }
            _ => {}
        }
    }
}

/// Answers one request; `None` closes the connection.
fn answer(stream: &TcpStream, shared: &Shared, request: &Request) -> Option<()> {
    let path = request.path.split('?').next()?;
    let mut parts = path.split('/').skip(2);
    let (behaviour, name) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let say = |status: &str, body: &str| {
        reply(
            (stream, request),
            status,
            &["content-type: application/json"],
            body.as_bytes(),
        )
    };
    let fault = |status: &str, code: &str, words: &str| {
        say(
            status,
            &format!(r#"{{"errors":[{{"code":"{code}","message":"{words}"}}]}}"#),
        )
    };
    let is_manifest = path.contains("/manifests/");
    let locked = behaviour == "login" || shared.locked.load(Ordering::Relaxed);
    match behaviour {
        _ if locked && request.login.as_deref() != Some("Basic bWF0ZTpheWU=") => {
            let headers = [
                "www-authenticate: Basic realm=\"hold\"",
                "content-type: application/json",
            ];
            let body =
                br#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}"#;
            return reply((stream, request), "401 Unauthorized", &headers, body);
        }
        "" => return say("200 OK", "{}"),
        "limited" => {
            return fault(
                "429 Too Many Requests",
                "TOOMANYREQUESTS",
                "You have reached your pull rate limit.",
            );
        }
        "unknown" => return fault("404 Not Found", "MANIFEST_UNKNOWN", "manifest unknown"),
        "broken" => return say("500 Internal Server Error", "oops"),
        "silent" => {
            std::thread::park_timeout(HELD);
            return None;
        }
        "together" if is_manifest => meet(shared),
        _ => {}
    }
    let image = image(name);
    if is_manifest {
        let digest = format!("docker-content-digest: {}", digest(&image.manifest));
        let kind = "content-type: application/vnd.docker.distribution.manifest.v2+json";
        return reply(
            (stream, request),
            "200 OK",
            &[kind, &digest],
            &image.manifest,
        );
    }
    let Some(blob) = image.blobs.get(path.rsplit('/').next()?) else {
        return fault("404 Not Found", "BLOB_UNKNOWN", "blob unknown");
    };
    let is_layer = path.ends_with(&image.layer);
    let breaks_off =
        behaviour == "half" && is_layer && !shared.broke_off.swap(true, Ordering::Relaxed);
    let held = behaviour == "held" && is_layer;
    if breaks_off || held {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", blob.len());
        (&*stream).write_all(head.as_bytes()).ok()?;
        (&*stream).write_all(&blob[..blob.len() / 2]).ok()?;
        if breaks_off {
            return None;
        }
        let released = shared.released.lock().unwrap();
        drop(
            shared
                .release
                .wait_timeout_while(released, HELD, |released| !*released),
        );
        return (&*stream).write_all(&blob[blob.len() / 2..]).ok();
    }
    match request.from {
        0 => reply((stream, request), "200 OK", &[], blob),
        from => {
            let range = format!(
                "content-range: bytes {from}-{}/{}",
                blob.len() - 1,
                blob.len()
            );
            reply(
                (stream, request),
                "206 Partial Content",
                &[&range],
                &blob[from..],
            )
        }
    }
}

/// Waits until a second pull has come.
fn meet(shared: &Shared) {
    let mut waiting = shared.waiting.lock().unwrap();
    *waiting += 1;
    shared.enough.notify_all();
    drop(
        shared
            .enough
            .wait_timeout_while(waiting, HELD, |waiting| *waiting < 2),
    );
}

fn reply(
    (mut stream, request): (&TcpStream, &Request),
    status: &str,
    headers: &[&str],
    body: &[u8],
) -> Option<()> {
    let headers: String = headers
        .iter()
        .map(|header| format!("{header}\r\n"))
        .collect();
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).ok()?;
    match request.method.as_str() {
        "HEAD" => Some(()),
        _ => stream.write_all(body).ok(),
    }
}

fn image(name: &str) -> Image {
    // Bytes that do not compress, the same each time and others for each name.
    let mut content = Vec::new();
    let mut block = Sha256::digest(name);
    while content.len() < 300_000 {
        content.extend_from_slice(&block);
        block = Sha256::digest(block);
    }
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    builder
        .append_data(&mut header, name, &content[..])
        .unwrap();
    let plain = builder.into_inner().unwrap();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&plain).unwrap();
    let packed = packed.finish().unwrap();
    let config = serde_json::json!({
        "architecture": std::env::consts::ARCH.replace("x86_64", "amd64").replace("aarch64", "arm64"),
        "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": [digest(&plain)]},
    });
    let config = serde_json::to_vec(&config).unwrap();
    let part = |kind: &str, bytes: &[u8]| {
        serde_json::json!({
            "mediaType": format!("application/vnd.docker.{kind}"),
            "size": bytes.len(), "digest": digest(bytes),
        })
    };
    let manifest = serde_json::json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": part("container.image.v1+json", &config),
        "layers": [part("image.rootfs.diff.tar.gzip", &packed)],
    });
    let layer = digest(&packed);
    Image {
        manifest: serde_json::to_vec(&manifest).unwrap(),
        blobs: [(digest(&config), config), (layer.clone(), packed)].into(),
        layer,
    }
}

fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256:{hex}")
}
