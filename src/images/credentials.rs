//! Logins for registries, from docker's configuration and the credential helpers it names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use tokio::io::AsyncWriteExt;

use crate::engine::Login;
use crate::text::tick;

/// A helper may ask a keychain, and the keychain its owner.
const HELPER_LIMIT: Duration = Duration::from_secs(60);

/// How docker's configuration knows Docker Hub.
const HUB: &str = "https://index.docker.io/v1/";

/// The name a helper gives when the secret is a token that stands for somebody.
const TOKEN: &str = "<token>";

/// What docker's configuration says of logins.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Credentials {
    auths: BTreeMap<String, Auth>,
    creds_store: String,
    cred_helpers: BTreeMap<String, String>,
    /// Where helpers are looked for; `PATH` where empty.
    #[serde(skip)]
    helpers: Option<PathBuf>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Auth {
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

impl Credentials {
    /// Those of this user: `$DOCKER_CONFIG`, else `~/.docker`. Where nothing can be read there are none, as with docker.
    pub(super) fn of_this_user() -> Self {
        let filled = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let folder = filled("DOCKER_CONFIG")
            .map(PathBuf::from)
            .or_else(|| filled("HOME").map(|home| PathBuf::from(home).join(".docker")));
        folder
            .map(|folder| Self::read(&folder.join("config.json")))
            .unwrap_or_default()
    }

    fn read(path: &Path) -> Self {
        let text = std::fs::read(path).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// The login for a registry, `docker.io` or `HOST[:PORT]`; `None` where there is none.
    ///
    /// # Errors
    /// A helper is named and does not work; the sentence says how.
    pub(super) async fn login(&self, domain: &str) -> Result<Option<Login>, String> {
        let keys = keys(domain);
        let helper = keys.iter().find_map(|key| self.cred_helpers.get(key));
        let helper = helper.or(Some(&self.creds_store).filter(|store| !store.is_empty()));
        if let Some(helper) = helper {
            for key in &keys {
                if let Some(login) = self.ask(helper, key).await? {
                    return Ok(Some(login));
                }
            }
        }
        Ok(keys
            .iter()
            .find_map(|key| self.auths.get(key))
            .and_then(Auth::login))
    }

    async fn ask(&self, helper: &str, server: &str) -> Result<Option<Login>, String> {
        let program = format!("docker-credential-{helper}");
        let path = match &self.helpers {
            Some(folder) => folder.join(&program),
            None => PathBuf::from(&program),
        };
        let failed = |why: String| format!("{} does not work: {why}", tick(&program));
        let mut child = tokio::process::Command::new(path)
            .arg("get")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let mut input = child.stdin.take().expect("stdin is piped");
        // A helper that ends without reading has its answer in its output.
        let _ = input.write_all(server.as_bytes()).await;
        drop(input);
        let output = tokio::time::timeout(HELPER_LIMIT, child.wait_with_output())
            .await
            .map_err(|_| failed("it does not answer".to_owned()))?
            .map_err(|error| failed(error.to_string()))?;
        let said = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            // The helpers' common words for "nothing stored".
            let none = said.contains("credentials not found");
            let why = said
                .lines()
                .next()
                .unwrap_or("it failed and said nothing")
                .to_owned();
            return if none { Ok(None) } else { Err(failed(why)) };
        }
        let answer: Answer = serde_json::from_str(&said)
            .map_err(|_| failed("its answer cannot be read".to_owned()))?;
        Ok(login(answer.username, answer.secret))
    }
}

impl Auth {
    fn login(&self) -> Option<Login> {
        if !self.identitytoken.is_empty() {
            return Some(Login::Identity(self.identitytoken.clone()));
        }
        if self.auth.is_empty() {
            return login(self.username.clone(), self.password.clone());
        }
        let decoded = String::from_utf8(STANDARD.decode(&self.auth).ok()?).ok()?;
        let (user, password) = decoded.split_once(':')?;
        login(user.to_owned(), password.trim_end_matches('\0').to_owned())
    }
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Auth(…)")
    }
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
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        std::fs::write(&path, json).unwrap();
        let helper = folder.path().join("docker-credential-chest");
        let script = "#!/bin/sh\nread server\ncase $server in\n\
            *index.docker.io*) echo '{\"ServerURL\":\"x\",\"Username\":\"mate\",\"Secret\":\"aye\"}' ;;\n\
            token.test) echo '{\"ServerURL\":\"x\",\"Username\":\"<token>\",\"Secret\":\"t0\"}' ;;\n\
            locked.test) echo 'the chest is locked'; exit 1 ;;\n\
            *) echo 'credentials not found in native keychain'; exit 1 ;;\nesac\n";
        std::fs::write(&helper, script).unwrap();
        std::fs::set_permissions(&helper, std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut credentials = Credentials::read(&path);
        credentials.helpers = Some(folder.path().to_owned());
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
        let json = r#"{"credHelpers":{"locked.test":"chest","r.test":"gone"}}"#;
        let said = "`docker-credential-chest` does not work: the chest is locked";
        assert_eq!(asked(json, "locked.test").await, Err(said.to_owned()));
        let said = asked(json, "r.test").await.unwrap_err();
        assert!(
            said.starts_with("`docker-credential-gone` does not work: "),
            "{said}"
        );
    }

    #[tokio::test]
    async fn no_file_and_a_broken_file_hold_no_logins() {
        assert_eq!(asked("{", "docker.io").await, Ok(None));
        assert_eq!(
            Credentials::read(Path::new("/nowhere"))
                .login("docker.io")
                .await,
            Ok(None)
        );
    }
}
