//! What kind of sandbox it is to be.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::policy::rules::{Binds, Ceiling, Downloads, Outward};

/// Which of the two policies is in force; part of the evidence of a grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// A learner on their own machine: guards against accidents.
    Learner,
    /// Work of strangers: nothing of the host, nothing undeclared.
    Grading,
}

impl std::fmt::Display for Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Learner => "learner",
            Self::Grading => "grading",
        })
    }
}

/// Where published ports appear on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ports {
    /// At 127.0.0.1, as they are asked for.
    Localhost,
    /// At a loopback address that is this sandbox's alone, so that equal ports do not collide.
    OwnAddress,
    /// At 127.0.0.1, at ports of the engine's choice: for machines with one loopback address.
    EngineChosen,
}

/// An image of the course, which the sandbox offers as if a registry did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedImage {
    /// The course's name for it, which is its name on the engine too: `python:3.13-slim`.
    pub name: String,
    /// Other names it can be pulled by.
    pub aliases: Vec<String>,
}

/// What becomes of a sandbox's objects when nobody closes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keeping {
    /// They go with the process that opened it, at the latest at the next sweep.
    WithProcess,
    /// They stay until somebody removes them.
    UntilRemoved,
}

/// Everything that is decided about a sandbox before it opens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Which policy is in force.
    pub policy: Policy,
    /// The most that one container may use.
    pub ceiling: Ceiling,
    /// Which folders of the host a container may be given.
    pub binds: Binds,
    /// Where published ports appear.
    pub ports: Ports,
    /// Whether containers reach beyond this machine.
    pub outward: Outward,
    /// Whether builds may download by themselves.
    pub downloads: Downloads,
    /// Capabilities beyond docker's own set that a lesson declares.
    pub capabilities: BTreeSet<String>,
    /// Whether a registry that runs in it may be used. The engine speaks with it, and goes where it is sent by it.
    #[serde(default = "yes")]
    pub registries: bool,
    /// The course's images.
    pub images: Vec<OfferedImage>,
    /// What becomes of its objects.
    pub keeping: Keeping,
}

/// For sandboxes that were opened before there was a choice.
fn yes() -> bool {
    true
}

impl Settings {
    /// For a learner in their workspace.
    pub fn learner(workspace: PathBuf, images: Vec<OfferedImage>) -> Self {
        Self {
            policy: Policy::Learner,
            ceiling: Ceiling {
                memory: 4 << 30,
                nano_cpus: 0,
                pids: 2000,
                log: 32 << 20,
                containers: 200,
                networks: 60,
            },
            binds: Binds::Inside(workspace),
            ports: Ports::Localhost,
            outward: Outward::Open,
            downloads: Downloads::Allowed,
            capabilities: BTreeSet::new(),
            registries: true,
            images,
            keeping: Keeping::UntilRemoved,
        }
    }

    /// For a submission.
    pub fn grading(images: Vec<OfferedImage>) -> Self {
        Self {
            policy: Policy::Grading,
            ceiling: Ceiling {
                memory: 512 << 20,
                nano_cpus: 1_000_000_000,
                pids: 200,
                log: 4 << 20,
                containers: 40,
                networks: 20,
            },
            binds: Binds::Nothing,
            ports: Ports::OwnAddress,
            outward: Outward::Closed,
            downloads: Downloads::Refused,
            capabilities: BTreeSet::new(),
            registries: true,
            images,
            keeping: Keeping::WithProcess,
        }
    }
}
