//! What is missing on this machine, and how to mend it: the engine first, then the images.

mod mend;
mod start;

pub use mend::{Mend, mend};

use crate::course::Course;
use crate::engine::{Engine, EngineError, Product};
use crate::failure::{Failure, Problem};
use crate::outcome::Wall;
use crate::text::{list, size};

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnosis {
    /// The findings, in the order a person would look.
    pub findings: Vec<Finding>,
    /// What would mend it, in order; nothing where nothing can be done from here.
    pub mends: Vec<Mend>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How it is.
    pub state: Health,
    /// What was found.
    pub says: String,
    /// What to do, where something is to be done.
    pub hint: Option<String>,
}

/// How one thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// As it should be.
    Good,
    /// Works, and is worth knowing.
    Note,
    /// Keeps lessons from working.
    Bad,
}

impl Diagnosis {
    /// Whether nothing keeps lessons from working.
    pub fn is_well(&self) -> bool {
        self.findings
            .iter()
            .all(|finding| finding.state != Health::Bad)
    }
}

/// Looks at the engine and the course's images.
pub async fn diagnose(choice: Option<&str>, course: &Course) -> Diagnosis {
    match Engine::connect(choice).await {
        Ok(engine) => with_engine(&engine, course).await,
        Err(error) => without_engine(choice, error),
    }
}

async fn with_engine(engine: &Engine, course: &Course) -> Diagnosis {
    let info = engine.info();
    let (api, at) = (info.api, engine.endpoint());
    let mut findings = vec![good(format!(
        "{} {} answers at {at} (API {}.{}, {}, {})",
        info.product,
        info.version,
        api.0,
        api.1,
        info.storage_driver,
        size(info.memory)
    ))];
    findings.extend(walls(engine));
    let mut missing = Vec::new();
    let needed = |name: &String| {
        course
            .lessons
            .iter()
            .any(|lesson| lesson.images.contains(name))
    };
    let needed: Vec<_> = course
        .images
        .iter()
        .filter(|image| needed(&image.name))
        .collect();
    for image in &needed {
        match engine.image(&image.name).await {
            Ok(Some(_)) => {}
            Ok(None) => missing.push(image.name.clone()),
            Err(error) => findings.push(bad(Failure::from(error))),
        }
    }
    let mends = match missing.is_empty() {
        true => {
            findings.push(good(match needed.len() {
                1 => "the image that lessons need is there".to_owned(),
                n => format!("all {n} images that lessons need are there"),
            }));
            Vec::new()
        }
        false => {
            let says = format!("images are missing: {}", list(&missing));
            let hint = Some(
                "`sealegs doctor --fix` gets them, and so does the first lesson that needs one"
                    .to_owned(),
            );
            findings.push(Finding {
                state: Health::Note,
                says,
                hint,
            });
            vec![Mend::GetImages(missing)]
        }
    };
    Diagnosis { findings, mends }
}

/// Which wall stands behind a container, in words.
fn walls(engine: &Engine) -> Vec<Finding> {
    let info = engine.info();
    let mut notes = Vec::new();
    if info.product == Product::Podman {
        notes.push(
            "Podman works for the basics; some texts and times differ from Docker's".to_owned(),
        );
    }
    let (state, wall) = match info.wall() {
        Wall::Rootful => (
            Health::Note,
            "the engine runs as root: fine for your own work; for strangers' submissions use a rootless engine or a virtual machine",
        ),
        Wall::UserNamespaces => (
            Health::Good,
            "what gets out of a container is nobody on this machine: the engine gives containers other users",
        ),
        Wall::Rootless => (
            Health::Good,
            "what gets out of a container is not root: the engine is rootless",
        ),
        Wall::VirtualMachine => (
            Health::Good,
            "what gets out of a container is in a virtual machine: the engine has its own",
        ),
    };
    let finding = |state, says| Finding {
        state,
        says,
        hint: None,
    };
    let mut findings = vec![finding(state, wall.to_owned())];
    findings.extend(notes.into_iter().map(|says| finding(Health::Note, says)));
    findings
}

fn without_engine(choice: Option<&str>, error: EngineError) -> Diagnosis {
    // What was chosen by hand is not ours to install or start.
    let ours =
        choice.is_none() && matches!(error, EngineError::NoEngine { .. }) && start::by_default();
    let mends = match (ours, start::is_installed(), start::can_install()) {
        (true, true, _) => vec![Mend::StartEngine],
        (true, false, true) => vec![Mend::InstallEngine, Mend::StartEngine],
        _ => Vec::new(),
    };
    Diagnosis {
        findings: vec![bad(Failure::from(error))],
        mends,
    }
}

fn good(says: String) -> Finding {
    Finding {
        state: Health::Good,
        says,
        hint: None,
    }
}

fn bad(failure: Failure) -> Finding {
    let Problem { message, hint } = match failure {
        Failure::System(problem) | Failure::Usage(problem) => problem,
        Failure::Interrupted => Problem::new("interrupted"),
    };
    Finding {
        state: Health::Bad,
        says: message,
        hint,
    }
}
