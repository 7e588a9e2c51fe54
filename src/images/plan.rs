//! What a room of learners asks of Docker Hub, before it does. Pure.

use crate::dockerfile::reference::Reference;

use super::recipes::is_ours;

/// Pulls that Docker Hub allows one address (an IPv4 address, or an IPv6 /64) with no account, in [`WINDOW_HOURS`]:
/// <https://docs.docker.com/docker-hub/usage/>.
pub const PER_ADDRESS: u32 = 100;
/// Pulls that it allows one free account in the same time.
pub const PER_ACCOUNT: u32 = 200;
/// The hours a limit is counted over.
pub const WINDOW_HOURS: u32 = 6;

/// How many pulls a room needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How many learners pull.
    pub learners: u32,
    /// The images that come from Docker Hub, where each is one pull a learner.
    pub hub: Vec<String>,
    /// Those of other registries, which have limits of their own.
    pub elsewhere: Vec<String>,
    /// Those that no registry has.
    pub nowhere: Vec<String>,
}

impl Plan {
    /// Plans a room in which every learner pulls every image once.
    pub fn of(names: &[String], learners: u32) -> Self {
        let mut plan = Self {
            learners,
            hub: Vec::new(),
            elsewhere: Vec::new(),
            nowhere: Vec::new(),
        };
        for name in names {
            let hub = Reference::parse(name).is_ok_and(|reference| reference.domain == "docker.io");
            let place = match (is_ours(name), hub) {
                (true, _) => &mut plan.nowhere,
                (false, true) => &mut plan.hub,
                (false, false) => &mut plan.elsewhere,
            };
            if !place.contains(name) {
                place.push(name.clone());
            }
        }
        plan
    }

    /// Pulls of the whole room from Docker Hub.
    pub fn pulls(&self) -> u32 {
        let images = u32::try_from(self.hub.len()).unwrap_or(u32::MAX);
        images.saturating_mul(self.learners)
    }

    /// Pulls through one mirror, whose own they are: one an image.
    pub fn pulls_by_mirror(&self) -> u32 {
        self.pulls()
            .min(u32::try_from(self.hub.len()).unwrap_or(u32::MAX))
    }

    /// Whether the room may pull from one address with no account.
    pub fn fits(&self) -> bool {
        self.pulls() <= PER_ADDRESS
    }

    /// Hours until the last learner has everything, from one address with no account: each [`WINDOW_HOURS`] let
    /// [`PER_ADDRESS`] through.
    pub fn hours(&self) -> u32 {
        (self.pulls().div_ceil(PER_ADDRESS)).saturating_sub(1) * WINDOW_HOURS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(learners: u32) -> Plan {
        let names = [
            "busybox:1.37",
            "nginx",
            "redis:8.0",
            "python:3.13-slim",
            "quay.io/a/b:1",
            "sealegs/toolbox:1",
            "nginx",
        ];
        Plan::of(&names.map(str::to_owned), learners)
    }

    #[test]
    fn thirty_learners_with_four_images_are_too_many_for_one_address() {
        let plan = plan(30);
        assert_eq!((plan.pulls(), plan.fits(), plan.hours()), (120, false, 6));
        assert_eq!(plan.pulls_by_mirror(), 4);
        assert_eq!((plan.elsewhere.len(), plan.nowhere.len()), (1, 1));
    }

    #[test]
    fn a_small_room_fits_at_once() {
        assert_eq!(
            (plan(25).pulls(), plan(25).fits(), plan(25).hours()),
            (100, true, 0)
        );
        assert_eq!(
            (plan(0).pulls(), plan(0).pulls_by_mirror(), plan(0).hours()),
            (0, 0, 0)
        );
    }
}
