//! The images of classic builds. A label would be one more step of every build, and a fresh one would keep each step
//! after it from the cache; so they carry none, and are told by their tag, `sealegs-<run>-…`, and by the run's record of what it made.

use std::collections::HashMap;

use bollard::models::ContainerConfig;
use bollard::query_parameters::{CommitContainerOptionsBuilder, ListImagesOptionsBuilder};

use super::owned::Tally;
use super::record::Record;
use super::{ContainerSpec, Engine, EngineError, Parents, Run};

/// What became of a record's images.
struct Removed {
    images: usize,
    /// Whether one could not go yet: another build uses it, or an engine that lost its client is still at it.
    left: bool,
}

impl Run {
    /// Begins the record of this run's builds: from here on a sweep finds their images.
    ///
    /// # Errors
    /// The record cannot be written.
    pub fn begin_record(&self, engine: &Engine) -> Result<(), EngineError> {
        let endpoint = engine.endpoint().to_string();
        self.records.begin(&self.id, &self.process, &endpoint)
    }

    /// Notes an image that a build of this run has made.
    ///
    /// # Errors
    /// The record cannot be written.
    pub fn note_image(&self, image: &str) -> Result<(), EngineError> {
        self.records.note(&self.id, image)
    }

    /// Removes the images of these records, and what runs that have ended had to leave; a record whose images are all gone
    /// goes too.
    pub(super) async fn end_records(
        &self,
        engine: &Engine,
        ours: impl Fn(&Record) -> bool,
    ) -> Result<usize, EngineError> {
        let mut done = 0;
        let endpoint = engine.endpoint().to_string();
        let records = self.records.all()?;
        let here = |record: &&Record| record.endpoint == endpoint;
        let due = |record: &&Record| record.ended || ours(record);
        let due: Vec<&Record> = records.iter().filter(here).filter(due).collect();
        let made_by_us = |id: &str| {
            let mut all = records
                .iter()
                .filter(here)
                .flat_map(|record| &record.images);
            all.any(|made| digits(id).starts_with(digits(made)))
        };
        // All tags before any image: what one run found in the cache, another has made.
        for record in &due {
            done += self.untag_all(engine, record, made_by_us).await?;
        }
        for record in due {
            let removed = remove_made(engine, record).await?;
            done += removed.images;
            match removed.left {
                false => self.records.end(&record.run)?,
                true if record.ended => {}
                true => self.records.leave(&record.run)?,
            }
        }
        Ok(done)
    }

    async fn untag_all(
        &self,
        engine: &Engine,
        record: &Record,
        made_by_us: impl Fn(&str) -> bool,
    ) -> Result<usize, EngineError> {
        let mut tally = Tally::default();
        for (tag, id) in engine.tags_of(&record.run).await? {
            tally.count(match made_by_us(&id) {
                true => engine.remove_image(&tag, Parents::Keep).await,
                false => self.untag(engine, &tag).await,
            });
        }
        tally.result()
    }

    /// Takes our tag off an image that somebody else made and we found in the cache. The engine removes an image with
    /// its last tag, unless another one is built on it: so one is, for as long as that takes.
    ///
    /// # Errors
    /// The engine did not do it.
    pub async fn untag(&self, engine: &Engine, tag: &str) -> Result<(), EngineError> {
        let Some(image) = engine.image(tag).await? else {
            return Ok(());
        };
        if image.tags.len() > 1 {
            return engine.remove_image(tag, Parents::Keep).await;
        }
        // Container and image carry our labels: should we die here, a sweep finds them.
        let holder = engine
            .create(&ContainerSpec {
                labels: self.labels(),
                // It is never started, and an image need not have a command.
                entrypoint: Some(vec!["/".to_owned()]),
                ..ContainerSpec::of(&image.id)
            })
            .await?;
        let child = engine.commit(&holder).await;
        engine.remove(&holder).await?;
        let child = child?;
        engine.remove_image(tag, Parents::Keep).await?;
        engine.remove_image(&child, Parents::Keep).await
    }
}

/// Removes the untagged images that a run's builds have made, newest first: none may go before those built on it.
async fn remove_made(engine: &Engine, record: &Record) -> Result<Removed, EngineError> {
    let mut tally = Tally::default();
    let mut left = false;
    for id in record.images.iter().rev() {
        let Some(image) = engine.image(id).await? else {
            continue;
        };
        // A tag on it is another run's, which found it in the cache.
        if image.tags.is_empty() {
            tally.count(engine.remove_image(id, Parents::Keep).await);
        }
        left |= engine.image(id).await?.is_some();
    }
    Ok(Removed {
        images: tally.result()?,
        left,
    })
}

impl Engine {
    /// Makes an image of a container as it is, and gives its id.
    async fn commit(&self, id: &str) -> Result<String, EngineError> {
        let options = CommitContainerOptionsBuilder::default()
            .container(id)
            .pause(false)
            .build();
        let made = self
            .docker()
            .commit_container(options, ContainerConfig::default())
            .await;
        made.map(|image| image.id)
            .map_err(|error| EngineError::of("commit a container", "container", id, error))
    }

    /// The tags of a run's images, with their ids.
    async fn tags_of(&self, run: &str) -> Result<Vec<(String, String)>, EngineError> {
        let ours = format!("sealegs-{run}-");
        let filters = HashMap::from([("reference".to_owned(), vec![format!("{ours}*")])]);
        let options = ListImagesOptionsBuilder::default()
            .filters(&filters)
            .build();
        let images = self
            .docker()
            .list_images(Some(options))
            .await
            .map_err(|error| EngineError::of("list a run's images", "image", run, error))?;
        let tags = images.into_iter().flat_map(|image| {
            let id = image.id;
            let tags = image.repo_tags.into_iter();
            tags.map(move |tag| (tag, id.clone()))
        });
        // Podman puts a registry before the name.
        let is_ours = |tag: &str| {
            tag.rsplit('/')
                .next()
                .is_some_and(|name| name.starts_with(&ours))
        };
        Ok(tags.filter(|(tag, _)| is_ours(tag)).collect())
    }
}

/// An id without the name of its hash.
pub(super) fn digits(id: &str) -> &str {
    id.trim_start_matches("sha256:")
}
