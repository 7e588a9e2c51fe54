//! A value that is read when somebody first looks at it.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};

type Read<T> = Arc<dyn Fn() -> T + Send + Sync>;

/// A value that is there, or is read when somebody first looks at it.
#[derive(Clone)]
pub struct Late<T> {
    value: OnceLock<T>,
    read: Option<Read<T>>,
}

impl<T> Late<T> {
    /// A value to be read by this, once at the most.
    pub(super) fn by(read: impl Fn() -> T + Send + Sync + 'static) -> Self {
        Self {
            value: OnceLock::new(),
            read: Some(Arc::new(read)),
        }
    }

    /// The value, if somebody has looked at it or it was there from the beginning.
    pub(super) fn known(&self) -> Option<&T> {
        self.value.get()
    }
}

impl<T> From<T> for Late<T> {
    fn from(value: T) -> Self {
        Self {
            value: OnceLock::from(value),
            read: None,
        }
    }
}

impl<T> Deref for Late<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.get_or_init(|| {
            let read = self.read.as_ref();
            read.expect("what is not there can be read")()
        })
    }
}

impl<T> DerefMut for Late<T> {
    fn deref_mut(&mut self) -> &mut T {
        let _: &T = self;
        self.value.get_mut().expect("it has just been looked at")
    }
}

impl<T: fmt::Debug> fmt::Debug for Late<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn it_is_read_once_and_only_when_looked_at() {
        let reads = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&reads);
        let mut late = Late::by(move || counted.fetch_add(1, Ordering::Relaxed));
        assert_eq!(late.known(), None);
        assert_eq!(*late, 0);
        *late += 7;
        assert_eq!((*late, late.clone().known().copied()), (7, Some(7)));
        assert_eq!(reads.load(Ordering::Relaxed), 1);
    }
}
