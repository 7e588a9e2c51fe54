//! Logins for registries, from docker's configuration and the credential helpers it names.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

use crate::engine::Login;
use crate::text::tick;

/// A helper may ask a keychain, and the keychain its owner.
const HELPER_LIMIT: Duration = Duration::from_secs(60);

/// Bytes of a helper's words that are read; its answer is a few hundred.
const ANSWER_LIMIT: u64 = 64 << 10;

/// Characters of them that are shown.
const LINE_LIMIT: usize = 200;

/// How long the words of a helper that has ended are waited for.
const GRACE: Duration = Duration::from_millis(200);

/// How docker's configuration knows Docker Hub.
const HUB: &str = "https://index.docker.io/v1/";

/// The name a helper gives when the secret is a token that stands for somebody.
const TOKEN: &str = "<token>";

/// What docker's configuration says of logins. What is missing, `null` or of another kind is none. Never shown.
pub(super) struct Credentials {
    /// Or why it cannot be read.
    config: Result<Value, String>,
    /// Where helpers are looked for; `PATH` where empty.
    helpers: Option<PathBuf>,
    limit: Duration,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

impl Credentials {
    /// Those of this user: `$DOCKER_CONFIG`, else `~/.docker`.
    pub(super) fn of_this_user() -> Self {
        let filled = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let folder = filled("DOCKER_CONFIG")
            .map(PathBuf::from)
            .or_else(|| filled("HOME").map(|home| PathBuf::from(home).join(".docker")));
        Self {
            config: folder.map_or(Ok(Value::Null), |folder| read(&folder.join("config.json"))),
            helpers: None,
            limit: HELPER_LIMIT,
        }
    }

    /// The login for a registry, `docker.io` or `HOST[:PORT]`; `None` where there is none.
    ///
    /// # Errors
    /// The configuration cannot be read, or a helper is named and does not work; the sentence says how.
    pub(super) async fn login(&self, domain: &str) -> Result<Option<Login>, String> {
        let config = self.config.as_ref().map_err(Clone::clone)?;
        let keys = keys(domain);
        let helper = keys
            .iter()
            .find_map(|key| config["credHelpers"][key].as_str());
        let helper = helper.or_else(|| config["credsStore"].as_str());
        if let Some(helper) = helper.filter(|helper| !helper.is_empty()) {
            for key in &keys {
                if let Some(login) = self.ask(helper, key).await? {
                    return Ok(Some(login));
                }
            }
        }
        let Some(auths) = config["auths"].as_object() else {
            return Ok(None);
        };
        let exact = keys.iter().find_map(|key| auths.get(key));
        let by_host = || {
            let mut all = auths.iter();
            all.find(|(key, _)| keys.iter().any(|wanted| wanted == host(key)))
        };
        let auth = exact.or_else(|| by_host().map(|(_, auth)| auth));
        Ok(auth.and_then(stored))
    }

    async fn ask(&self, helper: &str, server: &str) -> Result<Option<Login>, String> {
        let program = format!("docker-credential-{helper}");
        let path = match &self.helpers {
            Some(folder) => folder.join(&program),
            None => PathBuf::from(&program),
        };
        let failed = |why: String| format!("{} does not work: {why}", tick(&program));
        let (succeeded, out, err) = run(&path, server, self.limit).await.map_err(&failed)?;
        let said = String::from_utf8_lossy(&out);
        if !succeeded {
            // The helpers' common words for "nothing stored".
            if said.contains("credentials not found") {
                return Ok(None);
            }
            let err = String::from_utf8_lossy(&err);
            let mut lines = said.lines().chain(err.lines()).map(str::trim);
            let why = lines.find(|line| !line.is_empty());
            let why = why.unwrap_or("it failed and said nothing");
            return Err(failed(why.chars().take(LINE_LIMIT).collect()));
        }
        let answer: Answer = serde_json::from_str(&said)
            .map_err(|_| failed("its answer cannot be read".to_owned()))?;
        Ok(login(answer.username, answer.secret))
    }
}

/// Runs a helper in a group of its own, and gives whether it succeeded and what it said on either way out.
async fn run(
    path: &Path,
    input: &str,
    limit: Duration,
) -> Result<(bool, Vec<u8>, Vec<u8>), String> {
    let mut child = tokio::process::Command::new(path)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(|error| error.to_string())?;
    let group = Group(child.id());
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(mut stdin), Some(stdout), Some(stderr)) = pipes else {
        return Err("its pipes are gone".to_owned());
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let asked = async {
        let hearing = async { tokio::join!(hear(stdout, &mut out), hear(stderr, &mut err)) };
        let mut hearing = std::pin::pin!(hearing);
        // A helper that ends without reading has its answer in its output.
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        tokio::select! {
            _ = &mut hearing => child.wait().await,
            ended = child.wait() => {
                // What it started may keep the pipes; its own words are in them already.
                let _ = tokio::time::timeout(GRACE, hearing).await;
                ended
            }
        }
    };
    let ended = tokio::time::timeout(limit, asked).await;
    let ended = ended.map_err(|_| "it does not answer".to_owned())?;
    let succeeded = ended.map_err(|error| error.to_string())?.success();
    group.leave();
    Ok((succeeded, out, err))
}

/// Reads no more than an answer can be; whoever says more finds nobody listening.
async fn hear(pipe: impl AsyncRead + Unpin, said: &mut Vec<u8>) {
    let mut pipe = pipe.take(ANSWER_LIMIT);
    while pipe.read_buf(said).await.is_ok_and(|n| n > 0) {}
}

/// A helper and all it has started, which end with this value.
struct Group(Option<u32>);

impl Group {
    fn leave(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let id = self.0.and_then(|id| i32::try_from(id).ok());
        if let Some(id) = id.and_then(rustix::process::Pid::from_raw) {
            // It may have ended by itself.
            let _ = rustix::process::kill_process_group(id, rustix::process::Signal::KILL);
        }
    }
}

/// No file is no configuration.
fn read(path: &Path) -> Result<Value, String> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Value::Null),
        Err(error) => return Err(unread(path, &error.to_string())),
    };
    serde_json::from_slice(&text).map_err(|error| unread(path, &error.to_string()))
}

fn unread(path: &Path, why: &str) -> String {
    format!(
        "{} cannot be read: {why}",
        tick(&path.display().to_string())
    )
}

/// A login that stands in the file.
fn stored(auth: &Value) -> Option<Login> {
    let text = |name: &str| auth[name].as_str().unwrap_or_default();
    if !text("identitytoken").is_empty() {
        return Some(Login::Identity(text("identitytoken").to_owned()));
    }
    if text("auth").is_empty() {
        return login(text("username").to_owned(), text("password").to_owned());
    }
    let decoded = String::from_utf8(STANDARD.decode(text("auth")).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    login(user.to_owned(), password.trim_end_matches('\0').to_owned())
}

/// What docker compares of a key: `https://r.test:5000/v2/` is `r.test:5000`.
fn host(key: &str) -> &str {
    let bare = key
        .strip_prefix("https://")
        .or_else(|| key.strip_prefix("http://"));
    bare.unwrap_or(key).split('/').next().unwrap_or_default()
}

fn login(user: String, password: String) -> Option<Login> {
    match user.as_str() {
        "" => None,
        TOKEN => Some(Login::Identity(password)),
        _ => Some(Login::Password { user, password }),
    }
}

/// The names a registry may have in docker's configuration.
fn keys(domain: &str) -> Vec<String> {
    if domain == "docker.io" {
        return [HUB, "index.docker.io", "docker.io"]
            .map(str::to_owned)
            .to_vec();
    }
    vec![
        domain.to_owned(),
        format!("https://{domain}"),
        format!("http://{domain}"),
    ]
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    async fn asked(json: &str, domain: &str) -> Result<Option<Login>, String> {
        let script = "read server\ncase $server in\n\
            *index.docker.io*) echo '{\"ServerURL\":\"x\",\"Username\":\"mate\",\"Secret\":\"aye\"}' ;;\n\
            token.test) echo '{\"ServerURL\":\"x\",\"Username\":\"<token>\",\"Secret\":\"t0\"}' ;;\n\
            locked.test) echo 'the chest is locked'; exit 1 ;;\n\
            quiet.test) printf '\\nthe chest is away\\nand more' >&2; exit 1 ;;\n\
            *) echo 'credentials not found in native keychain'; exit 1 ;;\nesac\n";
        with_helper(script, json, domain).await
    }

    async fn with_helper(script: &str, json: &str, domain: &str) -> Result<Option<Login>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        std::fs::write(&path, json).unwrap();
        let helper = folder.path().join("docker-credential-chest");
        std::fs::write(&helper, format!("#!/bin/sh\n{script}")).unwrap();
        std::fs::set_permissions(&helper, std::fs::Permissions::from_mode(0o755)).unwrap();
        let credentials = Credentials {
            config: read(&path),
            helpers: Some(folder.path().to_owned()),
            limit: Duration::from_secs(2),
        };
        credentials.login(domain).await
    }

    fn password(user: &str, password: &str) -> Option<Login> {
        login(user.to_owned(), password.to_owned())
    }

    #[tokio::test]
    async fn a_login_in_the_file_is_read() {
        // mate:a:y
        let json = r#"{"auths":{"https://index.docker.io/v1/":{"auth":"bWF0ZTphOnk="},"r.test:5000":{"identitytoken":"t1"}}}"#;
        assert_eq!(asked(json, "docker.io").await, Ok(password("mate", "a:y")));
        assert_eq!(
            asked(json, "r.test:5000").await,
            Ok(Some(Login::Identity("t1".into())))
        );
        assert_eq!(asked(json, "other.test").await, Ok(None));
    }

    #[tokio::test]
    async fn a_helper_is_asked_for_its_registry_or_for_all() {
        let all = r#"{"credsStore":"chest","auths":{"plain.test":{"auth":"bWF0ZTphOnk="}}}"#;
        assert_eq!(asked(all, "docker.io").await, Ok(password("mate", "aye")));
        assert_eq!(
            asked(all, "token.test").await,
            Ok(Some(Login::Identity("t0".into())))
        );
        assert_eq!(asked(all, "plain.test").await, Ok(password("mate", "a:y")));
        let one = r#"{"credHelpers":{"token.test":"chest"}}"#;
        assert_eq!(
            asked(one, "token.test").await,
            Ok(Some(Login::Identity("t0".into())))
        );
        assert_eq!(asked(one, "docker.io").await, Ok(None));
    }

    #[tokio::test]
    async fn a_helper_that_does_not_work_says_why() {
        let json =
            r#"{"credHelpers":{"locked.test":"chest","quiet.test":"chest","r.test":"gone"}}"#;
        let said = "`docker-credential-chest` does not work: the chest is locked";
        assert_eq!(asked(json, "locked.test").await, Err(said.to_owned()));
        let said = "`docker-credential-chest` does not work: the chest is away";
        assert_eq!(asked(json, "quiet.test").await, Err(said.to_owned()));
        let said = asked(json, "r.test").await.unwrap_err();
        assert!(
            said.starts_with("`docker-credential-gone` does not work: "),
            "{said}"
        );
    }

    #[tokio::test]
    async fn what_is_null_or_of_another_kind_is_no_login_and_hides_no_other() {
        let json = r#"{"credsStore":null,"credHelpers":{"r.test":null},"auths":{"a.test":null,
            "b.test":{"auth":7},"r.test":{"auth":"bWF0ZTpheWU=","identitytoken":null}}}"#;
        assert_eq!(asked(json, "r.test").await, Ok(password("mate", "aye")));
        assert_eq!(asked(json, "a.test").await, Ok(None));
        assert_eq!(asked(json, "b.test").await, Ok(None));
        assert_eq!(asked(r#"{"auths":null}"#, "r.test").await, Ok(None));
    }

    #[tokio::test]
    async fn a_key_is_found_by_its_host() {
        let json = r#"{"auths":{"https://r.test:5000/v2/":{"auth":"bWF0ZTpheWU="},"docker.io":{"auth":"bWF0ZTpheWU="}}}"#;
        for domain in ["r.test:5000", "docker.io"] {
            assert_eq!(asked(json, domain).await, Ok(password("mate", "aye")));
        }
        assert_eq!(asked(json, "r.test").await, Ok(None));
    }

    #[tokio::test]
    async fn a_helper_is_read_no_further_than_an_answer_and_ended_with_all_it_started() {
        let json = r#"{"credsStore":"chest"}"#;
        let flood = with_helper("exec yes", json, "r.test").await;
        assert!(flood.is_err_and(|said| said.contains("does not work: ")));
        let answer = "sleep 3 & echo '{\"Username\":\"mate\",\"Secret\":\"aye\"}'";
        let said = with_helper(answer, json, "r.test").await;
        assert_eq!(said, Ok(password("mate", "aye")));
        // The child of a helper that is given up goes with it.
        let folder = tempfile::tempdir().unwrap();
        let pid = folder.path().join("pid");
        let hangs = format!("sleep 60 & echo $! > {}; wait", pid.display());
        let said = with_helper(&hangs, json, "r.test").await;
        assert!(said.is_err_and(|said| said.ends_with("it does not answer")));
        let pid = std::fs::read_to_string(pid).unwrap();
        let stat = format!("/proc/{}/stat", pid.trim());
        let runs = || std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z"));
        for _ in 0..100 {
            if !runs() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the helper's child runs on");
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_read_is_told_and_none_is_no_login() {
        let said = asked("{", "docker.io").await.unwrap_err();
        assert!(said.contains("config.json` cannot be read: "), "{said}");
        assert_eq!(read(Path::new("/nowhere")), Ok(Value::Null));
    }
}
