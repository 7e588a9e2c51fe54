//! Installs and starts Docker Engine on Debian and its kin, by what the machine has. Never touches one that answers.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::process::Command;

use crate::engine::Engine;
use crate::failure::Failure;

/// The longest an engine may take until it answers; it takes 2 to 4 s.
const READY: Duration = Duration::from_secs(60);

/// How long each way of starting gets before the next is tried.
const EACH: Duration = Duration::from_secs(10);

/// Where the engine writes when it is started directly.
const LOG: &str = "/var/log/sealegs-dockerd.log";

/// Whether the engine meant is this machine's own default one.
pub(super) fn by_default() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !set("DOCKER_HOST") && !set("DOCKER_CONTEXT")
}

/// Whether an engine is installed.
pub(super) fn is_installed() -> bool {
    on_path("dockerd")
}

/// Whether apt is there to install one.
pub(super) fn can_install() -> bool {
    on_path("apt-get")
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin"].map(Into::into))
        .any(|folder| folder.join(program).is_file())
}

/// Installs the distribution's engine.
pub(super) async fn install() -> Result<(), Failure> {
    run("apt-get", &["update", "-q"]).await?;
    let packages = [
        "install",
        "-q",
        "-y",
        "--no-install-recommends",
        "docker.io",
        "iptables",
    ];
    run("apt-get", &packages).await
}

/// Starts it: by systemd where that runs, else by its init script, else directly.
pub(super) async fn start(choice: Option<&str>) -> Result<(), Failure> {
    if Path::new("/run/systemd/system").is_dir()
        && run("systemctl", &["start", "docker"]).await.is_ok()
        && answers(choice, EACH).await
    {
        return Ok(());
    }
    if Path::new("/etc/init.d/docker").is_file()
        && run("service", &["docker", "start"]).await.is_ok()
        && answers(choice, EACH).await
    {
        return Ok(());
    }
    // Without the right to raise limits (a container, some virtual machines) only this way works.
    directly()?;
    match answers(choice, READY).await {
        true => Ok(()),
        false => Err(
            Failure::system("Docker Engine was started and does not answer")
                .with_hint(format!("its log is {LOG}")),
        ),
    }
}

fn directly() -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::system(format!("cannot start Docker Engine: {error}"))
            .with_hint("run this as root")
    };
    let log = std::fs::File::create(LOG).map_err(failed)?;
    let errors = log.try_clone().map_err(failed)?;
    let mut command = Command::new("setsid");
    command
        .arg("dockerd")
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors);
    command.spawn().map(drop).map_err(failed)
}

async fn answers(choice: Option<&str>, limit: Duration) -> bool {
    let began = Instant::now();
    loop {
        if Engine::connect(choice).await.is_ok() {
            return true;
        }
        if began.elapsed() > limit {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn run(program: &str, arguments: &[&str]) -> Result<(), Failure> {
    let shown = format!("{program} {}", arguments.join(" "));
    let output = Command::new(program)
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .output()
        .await
        .map_err(|error| Failure::system(format!("cannot run `{shown}`: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    let last = words
        .lines()
        .rev()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("it said nothing");
    Err(Failure::system(format!("`{shown}` failed: {last}")).with_hint("run this as root"))
}
