//! The `compose` kind: a compose file as compose itself reads it, and the containers of its services.

use std::time::Duration;

use indexmap::IndexMap;
use serde_json::Value as Json;

use crate::course::matcher::{Matcher, Quantity, Value};
use crate::course::spec::{ComposeCheck, UpMatch};
use crate::engine::{ContainerFacts, RunReport, State};
use crate::outcome::Cause;
use crate::text::tick;

use super::live::SERVICE;
use super::matching::from_json;
use super::nonce::Nonce;
use super::patience::{Look, settle};
use super::scene::{Lacking, Scene};
use super::script::over_workspace;
use super::subject::Trouble;
use super::verdict::{Comparison, Verdict, texts};

/// How long compose may take to read a file; it waits for nobody.
const READING: Duration = Duration::from_secs(30);

pub(super) async fn check(
    spec: &ComposeCheck,
    scene: &Scene<'_>,
    nonce: &Nonce,
) -> Result<Verdict, Lacking> {
    if spec.reads_file() {
        let toolbox = &scene.rig.toolbox;
        let mut command = vec!["docker", "compose"];
        if let Some(file) = &spec.file {
            command.extend(["-f", &file.0]);
        }
        command.extend(["config", "--format", "json"]);
        let report = over_workspace(scene, toolbox, &command, READING).await?;
        let verdict = judge_file(spec, &report, nonce)?;
        if verdict != Verdict::Pass {
            return Ok(verdict);
        }
    }
    let Some(up) = &spec.up else {
        return Ok(Verdict::Pass);
    };
    let live = scene.live()?;
    let look = async || {
        let containers = live.engine.containers().await?;
        Ok(Look::Now(judge_up(up, &containers, nonce)))
    };
    Ok(settle(scene.patience(spec.within, None), look).await?)
}

/// Judges what compose made of the file.
pub(crate) fn judge_file(
    spec: &ComposeCheck,
    report: &RunReport,
    nonce: &Nonce,
) -> Result<Verdict, Trouble> {
    let see = match &spec.file {
        Some(file) => format!("docker compose -f {} config", file.0),
        None => "docker compose config".to_owned(),
    };
    let read = match report.exit {
        Some(0) => Ok(serde_json::from_str::<Json>(&report.stdout)),
        Some(_) => Err(report.stderr.trim()),
        None => {
            let said = "compose did not come to an end with the file";
            return Err(Trouble::Submission(Cause::new(said).see(see)));
        }
    };
    Ok(match (read, spec.valid) {
        (Err(_), Some(false)) => Verdict::Pass,
        (Err(said), _) => {
            let cause = Cause::new("compose cannot read the file");
            let cause = cause.differs("docker compose config", "no word of complaint", said);
            Verdict::Fail(cause.see(see))
        }
        (Ok(_), Some(false)) => {
            Verdict::Fail(Cause::new("compose reads the file, and should not").see(see))
        }
        (Ok(Err(error)), _) => {
            let said = format!("what compose wrote is no JSON: {error}");
            return Err(Trouble::Infrastructure(Cause::new(said)));
        }
        (Ok(Ok(config)), _) => judge_config(spec, &config, nonce, &see),
    })
}

fn judge_config(spec: &ComposeCheck, config: &Json, nonce: &Nonce, see: &str) -> Verdict {
    let mut found = Comparison::new(nonce, "the compose file does not say what it should");
    let services = config.get("services").and_then(Json::as_object);
    let mut names: Vec<&String> = services.into_iter().flat_map(|all| all.keys()).collect();
    names.sort();
    found.look("services", spec.services.as_ref(), &texts(names));
    for (pointer, matcher) in spec.config.iter().flatten() {
        let value = from_json(config.pointer(pointer));
        found.look(pointer.trim_start_matches('/'), Some(matcher), &value);
    }
    if spec.contained == Some(true) {
        for (service, escape) in escapes(config) {
            found.note(&service, "nothing that reaches out of it", escape);
        }
    }
    found.verdict(see)
}

/// What of each service reaches out of its container to the host.
fn escapes(config: &Json) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let services = config.get("services").and_then(Json::as_object);
    for (name, service) in services.into_iter().flatten() {
        let mut note = |what: String| found.push((name.clone(), what));
        if service.get("privileged") == Some(&Json::Bool(true)) {
            note("`privileged`".to_owned());
        }
        for key in ["network_mode", "pid", "ipc", "uts", "userns_mode", "cgroup"] {
            if service.get(key).and_then(Json::as_str) == Some("host") {
                note(format!("`{key}: host`"));
            }
        }
        for key in ["cap_add", "devices", "security_opt", "device_cgroup_rules"] {
            let some = service.get(key).and_then(Json::as_array);
            if some.is_some_and(|items| !items.is_empty()) {
                note(tick(key));
            }
        }
        let mounts = service.get("volumes").and_then(Json::as_array);
        for mount in mounts.into_iter().flatten() {
            let text = |key: &str| mount.get(key).and_then(Json::as_str).unwrap_or_default();
            let source = text("source");
            let inside = source == "/workspace" || source.starts_with("/workspace/");
            if text("type") == "bind" && !inside {
                note(format!("the mount of {}", tick(source)));
            }
        }
    }
    found
}

/// Judges the containers of services.
pub(crate) fn judge_up(
    up: &IndexMap<String, UpMatch>,
    containers: &[ContainerFacts],
    nonce: &Nonce,
) -> Verdict {
    let mut found = Comparison::new(nonce, "the services are not up as they should be");
    for (service, expected) in up {
        let of_service = |facts: &&ContainerFacts| facts.labels.get(SERVICE) == Some(service);
        let own: Vec<&ContainerFacts> = containers.iter().filter(of_service).collect();
        let running = own.iter().filter(|facts| facts.state == State::Running);
        let running = Value::Number(running.count() as f64);
        let at_least_one = Matcher::AtLeast(Quantity::Plain(1.0));
        let ended = expected.exit_code.is_some();
        let default = (!ended).then_some(&at_least_one);
        let what = format!("{service}: running");
        found.look(&what, expected.running.as_ref().or(default), &running);
        for facts in &own {
            if facts.state == State::Running {
                let health = facts.health.clone().unwrap_or_else(|| "none".to_owned());
                let what = format!("{service}: health");
                found.look(&what, expected.health.as_ref(), &Value::Text(health));
            }
        }
        if let Some(matcher) = &expected.exit_code {
            let codes: Vec<i64> = own.iter().filter_map(|facts| facts.exit_code).collect();
            let what = format!("{service}: exit code");
            if codes.is_empty() {
                found.look(&what, Some(matcher), &Value::Missing);
            }
            for code in codes {
                found.look(&what, Some(matcher), &Value::Number(code as f64));
            }
        }
    }
    found.verdict("docker compose ps -a")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(exit: i64, stdout: &str) -> RunReport {
        RunReport {
            exit: Some(exit),
            stdout: stdout.to_owned(),
            stderr: "no such service\n".to_owned(),
            ..RunReport::default()
        }
    }

    fn file(yaml: &str, report: &RunReport) -> Verdict {
        let spec = serde_yaml::from_str(yaml).unwrap();
        judge_file(&spec, report, &Nonce::fixed("n")).unwrap()
    }

    #[test]
    fn a_file_is_judged_by_what_compose_makes_of_it() {
        let config =
            r#"{"services": {"web": {"image": "nginx", "ports": [{"target": 80}]}, "db": {}}}"#;
        let good = report(0, config);
        for yaml in [
            "{valid: true}",
            "{services: [db, web]}",
            "{config: {/services/web/image: nginx, /services/web/ports/0/target: 80}}",
            "{config: {/services/cache: {empty: true}}}",
            "{contained: true}",
        ] {
            assert_eq!(file(yaml, &good), Verdict::Pass, "{yaml}");
        }
        for yaml in [
            "{valid: false}",
            "{services: [web]}",
            "{config: {/services/web/image: redis}}",
        ] {
            assert!(matches!(file(yaml, &good), Verdict::Fail(_)), "{yaml}");
        }
        let bad = report(1, "");
        assert_eq!(file("{valid: false}", &bad), Verdict::Pass);
        assert!(matches!(file("{services: [web]}", &bad), Verdict::Fail(_)));
    }

    #[test]
    fn what_reaches_out_of_a_service_is_told() {
        for service in [
            r#"{"privileged": true}"#,
            r#"{"network_mode": "host"}"#,
            r#"{"pid": "host"}"#,
            r#"{"cap_add": ["ALL"]}"#,
            r#"{"volumes": [{"type": "bind", "source": "/var/run/docker.sock"}]}"#,
            r#"{"volumes": [{"type": "bind", "source": "/workspaces"}]}"#,
        ] {
            let config = format!(r#"{{"services": {{"web": {service}}}}}"#);
            let verdict = file("{contained: true}", &report(0, &config));
            assert!(matches!(verdict, Verdict::Fail(_)), "{service}");
        }
        let fine = r#"{"services": {"web": {"volumes": [{"type": "bind", "source": "/workspace/site"}, {"type": "volume", "source": "data"}]}}}"#;
        assert_eq!(file("{contained: true}", &report(0, fine)), Verdict::Pass);
    }

    #[test]
    fn services_are_judged_by_their_containers() {
        let container = |service: &str, state: State, health: Option<&str>| ContainerFacts {
            labels: [(SERVICE.to_owned(), service.to_owned())].into(),
            state,
            health: health.map(str::to_owned),
            exit_code: (state == State::Exited).then_some(3),
            ..ContainerFacts::default()
        };
        let all = [
            container("web", State::Running, None),
            container("web", State::Running, None),
            container("db", State::Running, Some("healthy")),
            container("job", State::Exited, None),
        ];
        let judged = |yaml: &str| {
            judge_up(
                &serde_yaml::from_str(yaml).unwrap(),
                &all,
                &Nonce::fixed("n"),
            )
        };
        for yaml in [
            "{web: {}}",
            "{web: {running: 2}, db: {health: healthy}}",
            "{job: {exit_code: 3}}",
            "{job: {running: 0}}",
        ] {
            assert_eq!(judged(yaml), Verdict::Pass, "{yaml}");
        }
        for yaml in [
            "{job: {}}",
            "{cache: {}}",
            "{web: {running: 3}}",
            "{web: {health: healthy}}",
            "{job: {exit_code: 0}}",
            "{cache: {exit_code: 0}}",
        ] {
            assert!(matches!(judged(yaml), Verdict::Fail(_)), "{yaml}");
        }
    }
}
