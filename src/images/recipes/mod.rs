//! The images that can be made, one file each.

mod accounts;
mod busybox;
mod debian;
mod glibc;
mod golang;
mod nginx;
mod node;
mod postgres;
mod python;
mod redis;
mod registry;
mod toolbox;

use crate::dockerfile::reference::Reference;

use super::recipe::Recipe;

/// The image with the docker command in which a submission's commands are run again.
pub const TOOLBOX: &str = "sealegs/toolbox:1";

/// Every image that can be made, smallest first.
pub fn recipes() -> &'static [Recipe] {
    static ALL: [Recipe; 9] = [
        busybox::RECIPE,
        nginx::RECIPE,
        redis::RECIPE,
        registry::RECIPE,
        python::RECIPE,
        postgres::RECIPE,
        golang::RECIPE,
        node::RECIPE,
        toolbox::RECIPE,
    ];
    &ALL
}

/// Whether an image is ours alone: it stands for no official one, and must never be pulled, for whoever
/// registers its name somewhere is a stranger.
pub(super) fn is_ours(reference: &str) -> bool {
    Reference::parse(reference)
        .is_ok_and(|name| name.domain == "docker.io" && name.path.starts_with("sealegs/"))
}

/// The recipe for an image as a Dockerfile or a command names it.
pub fn recipe_for(reference: &str) -> Option<&'static Recipe> {
    let name = reference.strip_prefix("library/").unwrap_or(reference);
    recipes().iter().find(|recipe| recipe.tags.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_found_by_each_of_its_names() {
        assert_eq!(
            recipe_for("python:3.13-slim").map(|recipe| recipe.name),
            Some("python")
        );
        assert_eq!(
            recipe_for("library/busybox:1.37").map(|recipe| recipe.name),
            Some("busybox")
        );
        assert!(recipe_for("python:2.7").is_none());
        assert!(recipe_for("friend/python:3.13-slim").is_none());
        assert!(is_ours(TOOLBOX) && recipe_for(TOOLBOX).is_some());
        assert!(is_ours("index.docker.io/sealegs/toolbox") && !is_ours("quay.io/sealegs/a"));
    }

    #[test]
    fn no_name_belongs_to_two_recipes() {
        let mut names: Vec<&str> = recipes()
            .iter()
            .flat_map(|recipe| recipe.tags)
            .copied()
            .collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
