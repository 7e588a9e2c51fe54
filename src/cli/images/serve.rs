//! `sealegs images serve`: a mirror of Docker Hub for a room.

use std::net::SocketAddr;

use serde_json::json;

use crate::course::{Course, CourseImage};
use crate::dockerfile::reference::Reference;
use crate::failure::{ExitCode, Failure};
use crate::images::plan::Plan;
use crate::images::{self, Offer};
use crate::text::{count, tick};

use super::super::live::Live;
use super::super::{App, stop, sweep, wait_for};

pub(super) fn run(
    app: &App,
    course: &Course,
    names: &[String],
    address: SocketAddr,
) -> Result<ExitCode, Failure> {
    let of_course = |name: &String| course.images.iter().find(|image| image.name == *name);
    let bare = |name: &String| CourseImage {
        name: name.clone(),
        aliases: Vec::new(),
    };
    let images: Vec<CourseImage> = names
        .iter()
        .map(|name| of_course(name).cloned().unwrap_or_else(|| bare(name)))
        .collect();
    let (images, left_out): (Vec<_>, Vec<_>) = images.into_iter().partition(is_on_docker_hub);
    let left_out: Vec<String> = left_out.iter().map(|image| tick(&image.name)).collect();
    let why = format!(
        "not on Docker Hub, which a mirror stands for: {}",
        left_out.join(", ")
    );
    if images.is_empty() {
        return Err(Failure::usage(format!("there is nothing to serve; {why}"))
            .with_hint("`sealegs images save FILE` carries these"));
    }
    if !left_out.is_empty() {
        app.terminal.say(&format!("left out, {why}"));
    }
    let depot = app.depot();
    wait_for(async {
        let engine = app.engine().await?;
        sweep(app, &engine).await;
        let live = Live::new(&app.terminal);
        let on = |getting| live.notice(&getting);
        let offer = Offer {
            images: &images,
            address,
            ready: &|names| {
                live.finish();
                ready(app, address, names);
            },
        };
        images::serve(&engine, &depot, &offer, &on, stop()).await?;
        app.terminal.say("the registry is gone");
        Ok(ExitCode::Passed)
    })
}

/// Whether a mirror is asked for one of its names.
fn is_on_docker_hub(image: &CourseImage) -> bool {
    let of_hub = |name: &String| {
        Reference::parse(name).is_ok_and(|name| name.domain == "docker.io" && name.tag.is_some())
    };
    let is_ours = !Plan::of(std::slice::from_ref(&image.name), 1)
        .nowhere
        .is_empty();
    !is_ours && (of_hub(&image.name) || image.aliases.iter().any(of_hub))
}

/// What learners write down is the result; the rest is said beside it.
fn ready(app: &App, address: SocketAddr, names: &[String]) {
    if address.ip().is_loopback() {
        app.terminal
            .say(&format!("only this machine reaches {}", address.ip()));
    }
    app.terminal.say(&format!(
        "serving {} at {address} until Ctrl-C\nOn each learner's machine, in /etc/docker/daemon.json; then restart Docker:\n",
        count(names.len(), "name")
    ));
    if address.ip().is_loopback() {
        app.terminal
            .say(&format!("only this machine reaches {}\n", address.ip()));
    }
    let lines = json!({"registry-mirrors": [format!("http://{address}")]});
    app.terminal.print(&format!("{lines:#}\n"));
    app.terminal.say(&format!(
        "\nThen `docker pull {}` comes from here. For `sealegs images pull --mirror {address}` the engine also needs\n\"insecure-registries\": [\"{address}\"]",
        names.first().map_or("nginx", String::as_str)
    ));
}
