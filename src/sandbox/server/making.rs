//! Names of what the engine is making: it lists it only once it is there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

/// Names, each as often as it is being made.
#[derive(Clone, Debug, Default)]
pub(in crate::sandbox) struct Making(Arc<Mutex<BTreeMap<String, usize>>>);

/// One that is being made, for as long as this is held.
#[derive(Debug)]
pub(super) struct InTheMaking {
    making: Making,
    name: String,
}

impl Making {
    pub(super) fn begin(&self, name: &str) -> InTheMaking {
        *self.locked().entry(name.to_owned()).or_default() += 1;
        InTheMaking {
            making: self.clone(),
            name: name.to_owned(),
        }
    }

    pub(super) fn names(&self) -> BTreeSet<String> {
        self.locked().keys().cloned().collect()
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<String, usize>> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Drop for InTheMaking {
    fn drop(&mut self) {
        let mut names = self.making.locked();
        match names.get_mut(&self.name) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(names.remove(&self.name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_there_until_the_last_of_it_is_made() {
        let making = Making::default();
        let (one, two) = (making.begin("web"), making.begin("web"));
        drop(one);
        assert!(making.names().contains("web"));
        drop(two);
        assert!(making.names().is_empty());
    }
}
