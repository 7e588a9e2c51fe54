//! `sealegs images`: what the course's images are, and every way to get them.

mod build;
mod kit;
mod list;
mod pull;
mod rm;
mod serve;

use crate::course::Course;
use crate::dockerfile::reference::{BadReference, Reference, same};
use crate::failure::{ExitCode, Failure};
use crate::images;
use crate::text::tick;

use super::args::{Chosen, ImagesCommand};
use super::{App, lesson};

pub(super) fn run(app: &App, command: ImagesCommand) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    match command {
        ImagesCommand::List { chosen } => list::run(app, &course, &chosen),
        ImagesCommand::Pull {
            chosen,
            plan: true,
            learners,
            ..
        } => Ok(pull::plan(app, &wanted(&course, &chosen)?, learners)),
        ImagesCommand::Pull {
            chosen,
            mirror,
            jobs,
            ..
        } => {
            let mut names = wanted(&course, &chosen)?;
            if chosen.names.is_empty() {
                names = pull::in_registries(app, names);
            }
            pull::run(app, &names, mirror.as_deref(), usize::from(jobs))
        }
        ImagesCommand::Serve { address, chosen } => {
            serve::run(app, &course, &wanted(&course, &chosen)?, address)
        }
        ImagesCommand::Rm { chosen, real } => {
            let which = if real {
                images::Removable::All
            } else {
                images::Removable::StandIns
            };
            rm::run(app, &wanted(&course, &chosen)?, which)
        }
        ImagesCommand::Build { chosen, again } => {
            let which = if again {
                build::Which::All
            } else {
                build::Which::Missing
            };
            let mut names = wanted(&course, &chosen)?;
            if chosen.names.is_empty() {
                names = build::with_recipes(app, names);
            }
            build::run(app, &names, which)
        }
        ImagesCommand::Save { file, chosen } => kit::save(app, &wanted(&course, &chosen)?, &file),
        ImagesCommand::Load { file, chosen } => kit::load(app, &course, &chosen, &file),
    }
}

/// The images that are named, those of a lesson, or all of the course.
fn wanted(course: &Course, chosen: &Chosen) -> Result<Vec<String>, Failure> {
    if let Some(id) = &chosen.lesson {
        return Ok(lesson(course, id)?.images.clone());
    }
    if chosen.names.is_empty() {
        return Ok(course
            .images
            .iter()
            .map(|image| image.name.clone())
            .collect());
    }
    chosen
        .names
        .iter()
        .map(|name| meant(course, name))
        .collect()
}

/// The course's image that a name, another tag or a recipe's short name means; else the name itself, if it is one.
fn meant(course: &Course, name: &str) -> Result<String, Failure> {
    let of_course = |image: &&crate::course::CourseImage| {
        same(&image.name, name) || image.aliases.iter().any(|alias| same(alias, name))
    };
    let exact = course.images.iter().find(|image| same(&image.name, name));
    if let Some(image) = exact.or_else(|| course.images.iter().find(of_course)) {
        return Ok(image.name.clone());
    }
    if let Some(recipe) = images::recipes().iter().find(|recipe| recipe.name == name) {
        return Ok(recipe.tags[0].to_owned());
    }
    match Reference::parse(name) {
        Ok(_) => Ok(name.to_owned()),
        Err(bad) => Err(
            Failure::usage(format!("{} names no image", tick(name))).with_hint(match bad {
                BadReference::Uppercase => "names are in lower case",
                BadReference::Invalid => {
                    "names are like `nginx` or `registry.example/team/app:1.2`"
                }
            }),
        ),
    }
}
