//! The images that can be made, one file each.

mod accounts;
mod busybox;
mod debian;
mod golang;
mod node;
mod python;

use super::recipe::Recipe;

/// Every image that can be made, smallest first.
pub fn recipes() -> &'static [Recipe] {
    static ALL: [Recipe; 4] = [
        busybox::RECIPE,
        python::RECIPE,
        node::RECIPE,
        golang::RECIPE,
    ];
    &ALL
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
