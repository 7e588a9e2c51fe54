//! `sealegs images`: what the course's images are, and making them with no registry.

use crate::course::Course;
use crate::engine::{Engine, ImageFacts};
use crate::failure::{ExitCode, Failure};
use crate::images::{self, Depot, Recipe, origin, recipe_for};
use crate::report::table;
use crate::text::{list, size, tick};

use super::args::ImagesCommand;
use super::progress::Live;
use super::{App, lesson, wait_for};

pub(super) fn run(app: &App, command: ImagesCommand) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    match command {
        ImagesCommand::List => show(app, &course),
        ImagesCommand::Build {
            names,
            lesson: id,
            again,
        } => {
            let wanted = wanted(&course, names, id.as_deref())?;
            build(
                app,
                &wanted,
                if again { Which::All } else { Which::Missing },
            )
        }
    }
}

/// Which of the named images are made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Missing,
    All,
}

fn show(app: &App, course: &Course) -> Result<ExitCode, Failure> {
    let rows = wait_for(async {
        let engine = app.engine().await?;
        let mut rows = Vec::new();
        for image in &course.images {
            let there = engine.image(&image.name).await?;
            rows.push(row(course, &image.name, there.as_ref()));
        }
        Ok(rows)
    })?;
    let headers = ["image", "on the engine", "from", "size", "lessons"];
    app.terminal
        .print(&table(&headers, &rows, &app.terminal.out));
    Ok(ExitCode::Passed)
}

fn row(course: &Course, name: &str, there: Option<&ImageFacts>) -> Vec<String> {
    let lessons = course
        .lessons
        .iter()
        .filter(|lesson| lesson.images.iter().any(|image| image == name));
    let lessons: Vec<&str> = lessons.map(|lesson| lesson.id.as_str()).collect();
    let (present, from, bytes) = match there {
        Some(image) => ("✓ yes", origin(image).to_string(), size(image.size)),
        None => ("– no", String::new(), String::new()),
    };
    vec![
        name.to_owned(),
        present.to_owned(),
        from,
        bytes,
        lessons.join(", "),
    ]
}

/// The images that are named, those of a lesson, or all of the course.
fn wanted(course: &Course, names: Vec<String>, id: Option<&str>) -> Result<Vec<String>, Failure> {
    if let Some(id) = id {
        return Ok(lesson(course, id)?.images.clone());
    }
    if names.is_empty() {
        return Ok(course
            .images
            .iter()
            .map(|image| image.name.clone())
            .collect());
    }
    Ok(names)
}

fn build(app: &App, names: &[String], which: Which) -> Result<ExitCode, Failure> {
    let known: Vec<&str> = images::recipes()
        .iter()
        .map(|recipe| recipe.tags[0])
        .collect();
    let recipes: Vec<&'static Recipe> = names
        .iter()
        .map(|name| {
            let recipe =
                recipe_for(name).or_else(|| images::recipes().iter().find(|one| one.name == name));
            recipe.ok_or_else(|| {
                let failure =
                    Failure::usage(format!("there is no recipe for the image {}", tick(name)));
                failure.with_hint(format!("there are recipes for {}", list(&known)))
            })
        })
        .collect::<Result<_, _>>()?;
    let depot = Depot::default_place();
    wait_for(async {
        let engine = app.engine().await?;
        let live = Live::new(&app.terminal);
        let mut failed = 0;
        for recipe in recipes {
            match build_one(app, &engine, &depot, recipe, which, &live).await {
                Ok(()) => {}
                Err(Failure::Interrupted) => return Err(Failure::Interrupted),
                // What cannot be made here does not keep the others from being made.
                Err(failure) => {
                    failed += 1;
                    live.pause(|| app.terminal.failed(&failure));
                }
            }
        }
        live.finish();
        Ok(if failed == 0 {
            ExitCode::Passed
        } else {
            ExitCode::Infrastructure
        })
    })
}

async fn build_one(
    app: &App,
    engine: &Engine,
    depot: &Depot,
    recipe: &'static Recipe,
    which: Which,
    live: &Live<'_>,
) -> Result<(), Failure> {
    let name = recipe.tags[0];
    let there = engine.image(name).await?;
    let say = |text: &str| live.pause(|| app.terminal.say(text));
    if there.is_some() && which == Which::Missing {
        say(&format!("{name}: there already"));
        return Ok(());
    }
    let on = |getting| live.notice(&getting);
    let made = tokio::select! {
        made = images::make_and_load(engine, depot, recipe, &on) => made?,
        () = super::stop() => return Err(Failure::Interrupted),
    };
    match made {
        Some(built) => say(&format!("{name}: loaded, {}", size(built.bytes))),
        None => say(&format!(
            "{name}: a real image of this name is there, and is left alone"
        )),
    }
    Ok(())
}
