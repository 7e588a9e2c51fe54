//! How far the layers of an image have come, and the image with them.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::engine::{PullProgress, PullStage};

use super::super::getting::{Moving, Way};

/// How far the layers of one image have come.
pub(super) struct Layers<'a> {
    name: &'a str,
    /// Bytes fetched, and bytes in all.
    seen: Mutex<BTreeMap<String, (u64, u64)>>,
}

impl<'a> Layers<'a> {
    pub(super) fn of(name: &'a str) -> Self {
        Self {
            name,
            seen: Mutex::default(),
        }
    }

    /// The image as a whole, and the layer.
    pub(super) fn moving(&self, progress: PullProgress) -> [Moving; 2] {
        let mut seen = self.seen.lock().expect("no holder panics");
        let (fetched, total) = seen.entry(progress.layer.clone()).or_default();
        // The engine tells a size once.
        *total = progress.total.max(*total);
        let (way, done) = match progress.stage {
            PullStage::Downloading => (Way::Pulling, progress.done),
            PullStage::Extracting => (Way::Unpacking, progress.done),
            PullStage::Done => (Way::Unpacking, *total),
        };
        *fetched = match progress.stage {
            PullStage::Downloading => progress.done,
            PullStage::Extracting | PullStage::Done => *total,
        };
        let layer = Moving {
            name: self.name.to_owned(),
            layer: Some(progress.layer),
            way,
            done,
            total: *total,
        };
        let whole = Moving {
            layer: None,
            way: Way::Pulling,
            done: seen.values().map(|(fetched, _)| fetched).sum(),
            total: seen.values().map(|(_, total)| total).sum(),
            ..layer.clone()
        };
        [whole, layer]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_keeps_its_size_when_the_engine_no_longer_tells_it() {
        let layers = Layers::of("rope:1");
        let progress = |stage, done, total| PullProgress {
            layer: "f5".to_owned(),
            stage,
            done,
            total,
        };
        layers.moving(progress(PullStage::Downloading, 5, 9));
        let [whole, layer] = layers.moving(progress(PullStage::Done, 0, 0));
        assert_eq!((layer.done, layer.total), (9, 9));
        assert_eq!((whole.layer, whole.done, whole.total), (None, 9, 9));
    }
}
