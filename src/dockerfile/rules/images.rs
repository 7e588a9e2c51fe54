//! Rules about bases and stages.

use super::super::instruction::Body;
use super::super::reference::Reference;
use super::super::stages::{BaseKind, Dockerfile};
use super::Place;
use crate::text::tick;

pub(super) fn untagged(file: &Dockerfile) -> Vec<Place> {
    bases(file, |image, _| {
        let name = image.rsplit('/').next().unwrap_or(image);
        let bare = !name.contains([':', '@']);
        bare.then(|| format!("{} names no version", tick(image)))
    })
}

pub(super) fn latest(file: &Dockerfile) -> Vec<Place> {
    bases(file, |image, reference| {
        let latest = reference.tag.as_deref() == Some("latest") && image.ends_with(":latest");
        latest.then(|| format!("{} is another image tomorrow", tick(image)))
    })
}

fn bases(file: &Dockerfile, look: impl Fn(&str, &Reference) -> Option<String>) -> Vec<Place> {
    file.stages
        .iter()
        .filter_map(|stage| {
            let BaseKind::Image(image) = &stage.base.image else {
                return None;
            };
            look(image, &Reference::parse(image).ok()?).map(|message| (stage.line, message))
        })
        .collect()
}

pub(super) fn unknown_stage(file: &Dockerfile) -> Vec<Place> {
    copies(file, |from, stage| {
        // With a tag or a registry it is an image, which hadolint allows too.
        let image = from.contains([':', '/', '@']) || from == "scratch";
        let own = file.stages[stage]
            .name
            .as_deref()
            .is_some_and(|name| same(name, from));
        let unknown = !image && !own && file.stage_before(from, stage).is_none();
        unknown.then(|| format!("{} is not an earlier stage", tick(from)))
    })
}

pub(super) fn own_stage(file: &Dockerfile) -> Vec<Place> {
    copies(file, |from, stage| {
        let own = file.stages[stage]
            .name
            .as_deref()
            .is_some_and(|name| same(name, from));
        own.then(|| format!("{} is this very stage", tick(from)))
    })
}

fn copies(file: &Dockerfile, look: impl Fn(&str, usize) -> Option<String>) -> Vec<Place> {
    let mut places = Vec::new();
    for stage in &file.stages {
        for instruction in &stage.instructions {
            if let Body::Copy(copy) = &instruction.body
                && let Some(message) = copy
                    .from
                    .as_deref()
                    .and_then(|from| look(from, stage.index))
            {
                places.push((instruction.line, message));
            }
        }
    }
    places
}

pub(super) fn same_name(file: &Dockerfile) -> Vec<Place> {
    file.stages
        .iter()
        .filter_map(|stage| {
            let name = stage.name.as_deref()?;
            file.named_before(name, stage.index)?;
            Some((
                stage.line,
                format!("there is already a stage {}", tick(name)),
            ))
        })
        .collect()
}

fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}
