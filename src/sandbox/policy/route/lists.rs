//! The queries of calls on many objects, and of those that make an image without a build.

use super::super::Refusal;
use super::super::call::{Call, Commit, ContainerList, Events, ImageList, Import, Pull, Stop};
use super::super::filters::Filters;
use super::super::query::Query;
use crate::text::tick;

pub(super) fn window(query: &mut Query) -> Result<(u32, u32), Refusal> {
    let mut size = |key| -> Result<u32, Refusal> {
        let number = query.number(key)?.unwrap_or(0);
        u32::try_from(number)
            .ok()
            .filter(|n| *n <= 65_535)
            .ok_or_else(|| Refusal::unreadable("the size of the terminal"))
    };
    Ok((size("h")?, size("w")?))
}

pub(super) fn stop(query: &mut Query) -> Result<Stop, Refusal> {
    Ok(Stop {
        signal: query.text("signal")?,
        seconds: query.number("t")?,
    })
}

pub(super) fn events(query: &mut Query) -> Result<Events, Refusal> {
    Ok(Events {
        since: query.text("since")?,
        until: query.text("until")?,
        filters: Filters::of(
            query,
            &[
                "container",
                "event",
                "image",
                "label",
                "network",
                "scope",
                "type",
                "volume",
            ],
        )?,
    })
}

pub(super) fn containers(query: &mut Query) -> Result<ContainerList, Refusal> {
    const FILTERS: [&str; 15] = [
        "ancestor",
        "before",
        "exited",
        "expose",
        "health",
        "id",
        "is-task",
        "isolation",
        "label",
        "name",
        "network",
        "publish",
        "since",
        "status",
        "volume",
    ];
    let mut filters = Filters::of(query, &FILTERS)?;
    // The older way of writing two of the filters.
    for key in ["since", "before"] {
        if let Some(value) = query.filled(key)? {
            filters.add(key, value);
        }
    }
    // docker-py sends it, no engine reads it.
    query.flag("trunc_cmd")?;
    Ok(ContainerList {
        all: query.flag("all")?,
        size: query.flag("size")?,
        limit: query.number("limit")?,
        filters,
    })
}

pub(super) fn commit(query: &mut Query) -> Result<Commit, Refusal> {
    Ok(Commit {
        container: query.text("container")?,
        repository: query.text("repo")?,
        tag: query.text("tag")?,
        comment: query.text("comment")?,
        author: query.text("author")?,
        pause: query.flag_or_none("pause")?.unwrap_or(true),
        changes: changes(query)?,
    })
}

/// Instructions laid over an image: those that only describe it.
fn changes(query: &mut Query) -> Result<Vec<String>, Refusal> {
    const KNOWN: [&str; 11] = [
        "CMD",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "HEALTHCHECK",
        "LABEL",
        "STOPSIGNAL",
        "USER",
        "VOLUME",
        "WORKDIR",
        "SHELL",
    ];
    let changes = query.many("changes");
    for change in &changes {
        let keyword = change.split_whitespace().next().unwrap_or_default();
        let known = KNOWN
            .iter()
            .any(|known| known.eq_ignore_ascii_case(keyword));
        // The engine reads them as lines of one Dockerfile: none may take in the next.
        let goes_on = change.trim_end().ends_with(['\\', '`']);
        if !known || goes_on || change.contains(['\n', '\r']) {
            return Err(Refusal::not_allowed(
                format!("the change {}", tick(change)),
                "write it in a Dockerfile",
            ));
        }
    }
    Ok(changes)
}

pub(super) fn images(query: &mut Query) -> Result<ImageList, Refusal> {
    let mut list = ImageList {
        all: query.flag("all")?,
        digests: query.flag("digests")?,
        shared_size: query.flag("shared-size")?,
        manifests: query.flag("manifests")?,
        filters: Filters::of(
            query,
            &["before", "dangling", "label", "reference", "since", "until"],
        )?,
    };
    // docker-py and API 1.40 write a pattern so.
    if let Some(pattern) = query.filled("filter")? {
        list.filters.add("reference", pattern);
    }
    query.flag("only_ids")?;
    Ok(list)
}

pub(super) fn pull_or_import(query: &mut Query) -> Result<Call, Refusal> {
    let image = query.text("fromImage")?;
    let source = query.text("fromSrc")?;
    let tag = query.text("tag")?;
    let platform = query.text("platform")?;
    let repository = query.text("repo")?;
    let message = query.text("message")?;
    let changes = changes(query)?;
    if !image.is_empty() {
        if !source.is_empty() || !repository.is_empty() {
            return Err(Refusal::unreadable("both a pull and an import"));
        }
        return Ok(Call::Pull(Pull {
            image,
            tag,
            platform,
        }));
    }
    if source != "-" {
        return Err(Refusal::not_allowed(
            format!("an import from {}", tick(&source)),
            "fetch the file first, then `docker import FILE`",
        ));
    }
    Ok(Call::Import(Import {
        repository,
        tag,
        message,
        platform,
        changes,
    }))
}
