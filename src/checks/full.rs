//! Tells a submission that fills a disk from a disk that was full before it.

use crate::outcome::Cause;
use crate::text::size;

use super::subject::{Rig, Trouble, bounded};

/// With less than this free, in bytes, nobody can tell whether a step failed by itself: a Python with its wheels is 100 MB, a
/// Go build's cache 200 MB.
pub const LITTLE_DISK: u64 = 256 << 20;

/// What a program says that could not write.
const WORDS: &str = "no space left on device";

/// The cause of an `error` where a step or a program complained of a full disk and the disk is full indeed. What the step
/// itself has written is gone by now, so a bomb finds its room again, and its complaint is its own.
pub(super) async fn full_disk(rig: &Rig<'_>, said: &str) -> Option<Trouble> {
    if !said.to_lowercase().contains(WORDS) {
        return None;
    }
    let free = match rig.engine.free_disk() {
        Some(free) => free,
        None => {
            let spec = crate::engine::ContainerSpec {
                image: rig.helper.clone(),
                ..bounded(rig)
            };
            // Where nobody can look, the failure stands.
            rig.engine.free_disk_inside(&spec).await.ok()??
        }
    };
    (free < LITTLE_DISK).then(|| {
        let said = format!("the engine's disk is full: {} are free", size(free));
        let help = "`docker system df` shows what takes the space";
        Trouble::Infrastructure(Cause::new(said).help(help))
    })
}
