//! The container in which a submission's commands are run again: docker's client, a shell on a terminal, the submission's
//! files, the socket of its sandbox, and no other way out.

use std::path::Path;

use crate::checks::{Rig, Trouble};
use crate::engine::{ContainerSpec, Engine, Init, MountSpec, Session, Stdin, Terminal as Tty};
use crate::images;
use crate::outcome::Cause;
use crate::sandbox::Sandbox;
use crate::workspace::{Listing, add_program};

use super::terminal::Terminal;
use super::unopened;

/// The program that stands before docker's.
const SHIM: &str = include_str!("docker.sh");

/// Nobody is root here but everybody: what is asked with `sudo` is done without.
const SUDO: &str = "#!/bin/sh\nexec \"$@\"\n";

/// Prepares what the shell needs and becomes it. The terminal echoes nothing, or commands would count as output.
const START: &str = "{ mkfifo /sealegs/notes || [ -p /sealegs/notes ]; } 2> /dev/null && stty -echo -onlcr && exec bash --norc --noprofile --noediting +H -i";

/// Hands notes on as they are written, and lets go whoever waits for one. It may come before the shell does: whoever is first
/// makes the pipe.
const NOTES: &str = "mkfifo /sealegs/notes 2> /dev/null; exec 3<>/sealegs/notes; cat <&3 & while read -r waits; do (echo > /sealegs/look.$waits) & done";

/// A toolbox that runs.
pub(super) struct Toolbox<'a> {
    engine: &'a Engine,
    pub(super) id: String,
    pub(super) shell: Session,
    pub(super) notes: Session,
}

impl<'a> Toolbox<'a> {
    /// Makes and starts one beside a sandbox that carries the workspace.
    pub(super) async fn open(
        rig: &Rig<'a>,
        workspace: &Path,
        listing: &Listing,
        sandbox: &Sandbox,
        terminal: &Terminal,
    ) -> Result<Self, Trouble> {
        let engine = rig.engine;
        if !engine.info().same_machine {
            let said = "commands can be run again only on an engine of this machine";
            let help = "grade on the machine where the engine runs";
            return Err(Trouble::Infrastructure(Cause::new(said).help(help)));
        }
        let workspace = workspace.display().to_string();
        let mut files = tar::Builder::new(Vec::new());
        listing.carry("work", &mut files)?;
        let carried = sandbox.carry(images::TOOLBOX, files.into_inner()?).await;
        let carried = carried.map_err(unopened)?;
        let socket = sandbox.socket();
        let folder = socket.parent().unwrap_or(socket).to_owned();
        let env = [
            (
                "DOCKER_HOST",
                "unix:///sealegs/engine/docker.sock".to_owned(),
            ),
            ("HOME", "/root".to_owned()),
            (
                "PATH",
                "/sealegs/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin".to_owned(),
            ),
            ("PS1", terminal.ready()),
            ("PS2", terminal.more()),
            ("TERM", "dumb".to_owned()),
            ("LANG", "C.UTF-8".to_owned()),
            ("DOCKER_CLI_HINTS", "false".to_owned()),
        ];
        let spec = ContainerSpec {
            name: Some(rig.run.name("toolbox")),
            entrypoint: Some(Vec::new()),
            command: Some(["sh", "-c", START].map(str::to_owned).to_vec()),
            env: env.map(|(name, value)| (name.to_owned(), value)).to_vec(),
            workdir: Some(workspace.clone()),
            labels: rig.run.labels(),
            limits: rig.bounds.limits.clone(),
            mounts: vec![
                MountSpec::Socket {
                    folder,
                    target: "/sealegs/engine".to_owned(),
                },
                MountSpec::Volume {
                    name: carried,
                    target: workspace.clone(),
                },
            ],
            init: Init::Engine,
            stdin: Stdin::Open,
            terminal: Tty::Pty,
            stop_timeout: Some(0),
            ..ContainerSpec::of(images::TOOLBOX)
        };
        let id = engine.create(&spec).await?;
        engine.put(&id, "/", programs()?).await?;
        let shell = engine.attach(&id).await?;
        engine.start(&id).await?;
        engine.resize(&id, 80, 24).await?;
        let notes = engine.talk(&id, &["sh", "-c", NOTES]).await?;
        Ok(Self {
            engine,
            id,
            shell,
            notes,
        })
    }

    /// Lets the program go on that waits until its note was read.
    pub(super) async fn let_go(&mut self, waits: u32) -> Result<(), Trouble> {
        let line = format!("{waits}\n");
        Ok(self.notes.input.write(line.as_bytes()).await?)
    }

    /// Ends every program that docker's name stands for: the shell's last command among them, as far as that hangs on one.
    pub(super) async fn end_clients(&self) -> Result<(), Trouble> {
        let command = [
            "killall",
            "-9",
            "docker",
            "docker-compose",
            "docker-buildx",
            "sleep",
        ];
        let mut ended = self.engine.talk(&self.id, &command).await?;
        while ended.output.next().await?.is_some() {}
        Ok(())
    }
}

/// What stands before docker's programs, and what stands in for `sudo`.
fn programs() -> Result<Vec<u8>, Trouble> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, text) in [("docker", SHIM), ("docker-compose", SHIM), ("sudo", SUDO)] {
        add_program(&mut tar, &format!("sealegs/bin/{name}"), text)?;
    }
    Ok(tar.into_inner()?)
}
