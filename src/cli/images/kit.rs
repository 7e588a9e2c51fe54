//! `sealegs images save` and `load`: images into a kit and out of it.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use crate::course::Course;
use crate::engine::Engine;
use crate::failure::{ExitCode, Failure};
use crate::images::{self, Kit, Loaded};
use crate::text::{count, size, tick, time};

use super::super::args::Chosen;
use super::super::live::Live;
use super::super::{App, stop, wait_for};

pub(super) fn save(app: &App, names: &[String], file: &Path) -> Result<ExitCode, Failure> {
    let began = Instant::now();
    let depot = app.depot();
    let saved = wait_for(async {
        let engine = app.engine().await?;
        let live = Live::new(&app.terminal);
        let on = |getting| live.notice(&getting);
        tokio::select! {
            saved = images::save(&engine, &depot, (names, file), &on) => saved,
            () = stop() => Err(Failure::Interrupted),
        }
    })?;
    app.terminal.say(&format!(
        "{}: {}, {} in {}",
        tick(&file.display().to_string()),
        count(saved.images, "image"),
        size(saved.bytes),
        time(began.elapsed())
    ));
    Ok(ExitCode::Passed)
}

pub(super) fn load(
    app: &App,
    course: &Course,
    chosen: &Chosen,
    file: &Path,
) -> Result<ExitCode, Failure> {
    let kit = Arc::new(Kit::open(file)?);
    let all = chosen.names.is_empty() && chosen.lesson.is_none();
    let (images, others) = match all {
        true => (kit.images().to_vec(), Vec::new()),
        false => {
            let wanted = super::wanted(course, chosen)?;
            let (images, others): (Vec<_>, Vec<_>) =
                wanted.into_iter().partition(|name| kit.image(name).is_ok());
            let images = images.iter().flat_map(|name| kit.image(name).cloned());
            (images.collect(), others)
        }
    };
    if all && images.is_empty() {
        let file = tick(&file.display().to_string());
        app.terminal.say(&format!("the kit {file} has no images"));
    }
    wait_for(async {
        let engine = app.engine().await?;
        let lacking = missing(&engine, &others).await?;
        if !lacking.is_empty() {
            return Err(kit.lacks(lacking).into());
        }
        for name in &others {
            app.terminal.say(&format!("{name}: there already"));
        }
        let live = Live::new(&app.terminal);
        let on = |getting| live.notice(&getting);
        let mut code = ExitCode::Passed;
        for image in &images {
            let began = Instant::now();
            let loaded = tokio::select! {
                loaded = images::load_from_kit(&engine, &kit, image, &on) => loaded,
                () = stop() => Err(Failure::Interrupted),
            };
            let name = &image.name;
            let said = match loaded {
                Ok(Loaded::Now) => format!(
                    "{name}: loaded, {} of the kit in {}",
                    size(image.bytes),
                    time(began.elapsed())
                ),
                Ok(Loaded::Before) => format!("{name}: there already"),
                Ok(Loaded::LeftAlone) => {
                    format!("{name}: another image of this name is there, and is left alone")
                }
                Err(Failure::Interrupted) => return Err(Failure::Interrupted),
                // A damaged image does not keep the others from being loaded.
                Err(failure) => {
                    code = live.pause(|| app.terminal.failed(&failure));
                    continue;
                }
            };
            live.pause(|| app.terminal.say(&said));
        }
        Ok(code)
    })
}

/// What the engine lacks of these images.
async fn missing(engine: &Engine, names: &[String]) -> Result<Vec<String>, Failure> {
    let mut lacking = Vec::new();
    for name in names {
        if engine.image(name).await?.is_none() {
            lacking.push(name.clone());
        }
    }
    Ok(lacking)
}
