//! A check's expectation as a sentence, for checks whose author wrote no title.

use crate::course::Check;
use crate::course::spec::{Reach, Spec};
use crate::text::{list, tick};

/// What a check states.
pub(crate) fn says(check: &Check) -> String {
    if let Some(title) = &check.title {
        return title.clone();
    }
    match &check.spec {
        Spec::Dockerfile(_) => "the Dockerfile says what it should".to_owned(),
        Spec::Build(spec) if spec.fails.is_some() || spec.succeeds == Some(false) => {
            "the build fails".to_owned()
        }
        Spec::Build(spec) => match (&spec.target, &spec.context) {
            (Some(target), _) => format!("the stage {} builds", tick(target)),
            (None, Some(_)) => "the build is sent only what it needs".to_owned(),
            (None, None) => "the image builds".to_owned(),
        },
        Spec::Cache(spec) => {
            let path = spec
                .edit
                .as_ref()
                .or(spec.touch.as_ref())
                .or(spec.add.as_ref());
            let path = path.map_or(String::new(), |path| format!(" of {}", tick(&path.0)));
            format!("a rebuild after a change{path} reuses what it can")
        }
        Spec::Image(spec) => match &spec.name {
            Some(name) => format!("the image {} is as it should be", tick(name)),
            None => "the image is configured as it should be".to_owned(),
        },
        Spec::Layers(_) => "the image's layers hold what they should".to_owned(),
        Spec::File(spec) if spec.exists == Some(false) => {
            format!("there is no {}", tick(&spec.path.0))
        }
        Spec::File(spec) => format!("{} is as it should be", tick(&spec.path.0)),
        Spec::Run(_) => "the image runs to its end as it should".to_owned(),
        Spec::Exec(spec) => {
            let line = spec
                .sh
                .clone()
                .or_else(|| spec.command.as_ref().map(|words| words.join(" ")));
            format!(
                "{} in the container does what it should",
                tick(&line.unwrap_or_default())
            )
        }
        Spec::Http(spec) => {
            let request = tick(&format!("{} {}", spec.method, spec.path));
            match spec.host_port {
                Some(port) => format!("{request} on port {port} of the host answers as it should"),
                None => {
                    let port = spec.port.or(spec.published).unwrap_or_default();
                    format!("{request} on port {port} answers as it should")
                }
            }
        }
        Spec::Tcp(spec) => match spec.expect {
            Reach::Open => format!("port {} answers", spec.port),
            Reach::Refused => format!("nothing answers on port {}", spec.port),
        },
        Spec::Container(spec) if spec.stops_within.is_some() => {
            "the container stops when asked".to_owned()
        }
        Spec::Container(spec) => match (&spec.name, spec.running) {
            (Some(name), Some(true)) => format!("the container {} is running", tick(name)),
            (Some(name), _) => format!("the container {} is in the right state", tick(name)),
            (None, _) => "the container is in the right state".to_owned(),
        },
        Spec::Published(spec) => format!("port {} is published", tick(&spec.port.to_string())),
        Spec::Exposed(spec) => format!("the image documents port {}", tick(&spec.port.to_string())),
        Spec::Listening(spec) => {
            format!("a process listens on port {}", tick(&spec.port.to_string()))
        }
        Spec::Logs(_) => "the log says what it should".to_owned(),
        Spec::Command(spec) => {
            let command = format!("docker {}", spec.docker);
            match spec.fails {
                false => format!("you have used {}", tick(&command)),
                true => format!("you have seen {} fail", tick(&command)),
            }
        }
        Spec::Network(spec) => match (&spec.name, &spec.reach) {
            (Some(name), _) => format!("the network {} is as it should be", tick(name)),
            (None, _) => "the containers reach whom they should".to_owned(),
        },
        Spec::Volume(spec) => match &spec.name {
            Some(name) => format!("the volume {} is as it should be", tick(name)),
            None => "the data outlive their container".to_owned(),
        },
        Spec::Compose(spec) => match (&spec.up, spec.valid) {
            (Some(up), _) => {
                let names: Vec<&str> = up.keys().map(String::as_str).collect();
                format!("as they should be: the containers of {}", list(&names))
            }
            (None, Some(false)) => "compose refuses the file".to_owned(),
            (None, _) => "the compose file says what it should".to_owned(),
        },
        Spec::Registry(spec) => {
            let name = format!("{}:{}", spec.repository, spec.tag);
            let container = tick(&spec.container);
            match spec.on_engine {
                None => format!("the registry {container} has {}", tick(&name)),
                Some(true) => format!("you and the registry {container} have {}", tick(&name)),
                Some(false) => format!("only the registry {container} has {}", tick(&name)),
            }
        }
        Spec::Quiz(spec) => spec.ask.clone(),
        Spec::Script(_) => "your files are what the course's script expects".to_owned(),
        Spec::Any(checks) => joined(checks, ", or "),
        Spec::All(checks) => joined(checks, ", and "),
        Spec::Not(check) => format!("not: {}", says(check)),
    }
}

fn joined(checks: &[Check], word: &str) -> String {
    checks.iter().map(says).collect::<Vec<_>>().join(word)
}
