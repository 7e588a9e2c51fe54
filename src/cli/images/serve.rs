//! `sealegs images serve`: a mirror of Docker Hub for a room.

use std::net::SocketAddr;

use serde_json::json;

use crate::course::{Course, CourseImage};
use crate::failure::{ExitCode, Failure};
use crate::images::{self, Offer};
use crate::text::count;

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

/// What learners write down is the result; the rest is said beside it.
fn ready(app: &App, address: SocketAddr, names: &[String]) {
    app.terminal.say(&format!(
        "serving {} at {address} until Ctrl-C\nOn each learner's machine, in /etc/docker/daemon.json; then restart Docker:\n",
        count(names.len(), "name")
    ));
    let lines = json!({"registry-mirrors": [format!("http://{address}")]});
    app.terminal.print(&format!("{lines:#}\n"));
    app.terminal.say(&format!(
        "\nThen `docker pull {}` comes from here. For `sealegs images pull --mirror {address}` the engine also needs\n\"insecure-registries\": [\"{address}\"]",
        names.first().map_or("nginx", String::as_str)
    ));
}
