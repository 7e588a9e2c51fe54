//! The `layers` kind: what an image's layers hold, deleted files included.

use std::collections::HashMap;

use crate::course::matcher::Value;
use crate::course::spec::LayersSpec;
use crate::engine::{HistoryEntry, LayerFacts, PathKind};

use super::nonce::Nonce;
use super::verdict::{Comparison, Verdict, text};

/// Judges an image's layers, bottom to top; `base` is how many of them belong to the base image.
pub(crate) fn judge(
    spec: &LayersSpec,
    history: &[HistoryEntry],
    layers: &[LayerFacts],
    base: usize,
    nonce: &Nonce,
) -> Verdict {
    let mut found = Comparison::new(nonce, "the image's layers are not as they should be");
    let sum = |layers: &[LayerFacts]| layers.iter().map(|layer| layer.size).sum::<u64>();
    found.look_at_size("size of all layers", spec.size.as_ref(), sum(layers));
    found.look_at_size(
        "size added to the base image",
        spec.added.as_ref(),
        sum(&layers[base..]),
    );
    found.look_at_size(
        "bytes deleted or replaced later",
        spec.wasted.as_ref(),
        wasted(layers),
    );
    found.look(
        "layers",
        spec.count.as_ref(),
        &Value::Number(layers.len() as f64),
    );
    for glob in spec.lacks.iter().flatten() {
        let held = layers
            .iter()
            .flat_map(|layer| &layer.entries)
            .find(|entry| !entry.whiteout && glob.fits(&entry.path));
        if let Some(entry) = held {
            let gone = match present(layers, &entry.path) {
                true => String::new(),
                false => " (deleted by a later layer, and still in the image)".to_owned(),
            };
            found.note(
                "files",
                format!("nothing at {}", glob.written),
                format!("{}{gone}", entry.path),
            );
        }
    }
    let history: Vec<&str> = history
        .iter()
        .map(|entry| entry.created_by.as_str())
        .collect();
    found.look("history", spec.history.as_ref(), &text(history.join("\n")));
    found.verdict("docker history --no-trunc IMAGE")
}

/// Whether the topmost layer that speaks of `path` has it.
fn present(layers: &[LayerFacts], path: &str) -> bool {
    for layer in layers.iter().rev() {
        if let Some(entry) = layer.entries.iter().find(|entry| entry.path == path) {
            return !entry.whiteout;
        }
        if layer
            .entries
            .iter()
            .any(|entry| !entry.whiteout && is_below(&entry.path, path))
        {
            return true;
        }
        if layer
            .entries
            .iter()
            .any(|entry| entry.whiteout && is_below(path, &entry.path))
        {
            return false;
        }
    }
    false
}

/// Bytes of files that a later layer deletes or replaces.
fn wasted(layers: &[LayerFacts]) -> u64 {
    let mut sizes: HashMap<&str, u64> = HashMap::new();
    let mut wasted = 0;
    for layer in layers {
        for entry in &layer.entries {
            if entry.whiteout {
                sizes.retain(|path, size| {
                    let gone = *path == entry.path || is_below(path, &entry.path);
                    wasted += if gone { *size } else { 0 };
                    !gone
                });
            } else if entry.kind == PathKind::File {
                wasted += sizes.insert(&entry.path, entry.size).unwrap_or(0);
            }
        }
    }
    wasted
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.starts_with('/'))
}

/// Which layer of an image gives it `path`, counted from the bottom; `None` where the path is not in the image.
pub(crate) fn layer_of(layers: &[LayerFacts], path: &str) -> Option<usize> {
    if !present(layers, path) {
        return None;
    }
    layers.iter().rposition(|layer| {
        layer
            .entries
            .iter()
            .any(|entry| !entry.whiteout && (entry.path == path || is_below(&entry.path, path)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::LayerEntry;

    fn layer(entries: &[(&str, u64)]) -> LayerFacts {
        let entries: Vec<LayerEntry> = entries
            .iter()
            .map(|(path, size)| LayerEntry {
                path: path.trim_start_matches('-').to_owned(),
                kind: PathKind::File,
                size: *size,
                whiteout: path.starts_with('-'),
                ..LayerEntry::default()
            })
            .collect();
        let size = entries.iter().map(|entry| entry.size).sum();
        LayerFacts {
            size,
            entries,
            ..LayerFacts::default()
        }
    }

    fn judged(spec: &str, layers: &[LayerFacts]) -> Verdict {
        let spec = serde_yaml::from_str(spec).unwrap();
        judge(&spec, &[], layers, 1, &Nonce::fixed("n"))
    }

    #[test]
    fn sizes_are_those_of_the_files() {
        let layers = [
            layer(&[("/bin/sh", 1_000_000)]),
            layer(&[("/app", 2_000_000)]),
        ];
        assert_eq!(
            judged(
                "{size: {at_most: 3MB}, added: {at_most: 2MB}, count: 2}",
                &layers
            ),
            Verdict::Pass
        );
        let cause = judged("{added: {at_most: 1MB}}", &layers)
            .into_cause()
            .unwrap();
        assert_eq!(cause.differences[0].found, "2MB");
    }

    #[test]
    fn a_deleted_file_is_still_in_the_image_and_counts_as_waste() {
        let layers = [
            layer(&[]),
            layer(&[("/app/.env", 40)]),
            layer(&[("-/app/.env", 0)]),
        ];
        let cause = judged("{lacks: ['**/.env']}", &layers)
            .into_cause()
            .unwrap();
        assert_eq!(
            cause.differences[0].found,
            "/app/.env (deleted by a later layer, and still in the image)"
        );
        let cause = judged("{wasted: {at_most: 10B}}", &layers)
            .into_cause()
            .unwrap();
        assert_eq!(cause.differences[0].found, "40B");
    }

    #[test]
    fn a_path_belongs_to_the_last_layer_that_writes_it() {
        let layers = [
            layer(&[("/a", 1)]),
            layer(&[("/lib/x", 1)]),
            layer(&[("/a", 2)]),
        ];
        assert_eq!(layer_of(&layers, "/a"), Some(2));
        assert_eq!(layer_of(&layers, "/lib"), Some(1));
        assert_eq!(layer_of(&layers, "/gone"), None);
    }
}
