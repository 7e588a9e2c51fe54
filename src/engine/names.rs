//! Which names may stand in an API path: what is no name at all cannot exist, and must not change the path.

/// True for an image reference, id or object name that the engine could know.
pub(super) fn is_plausible(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-:/@".contains(c);
    !name.is_empty()
        && name.chars().all(allowed)
        && !name.starts_with('/')
        && name.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::is_plausible;

    #[test]
    fn references_and_ids_are_plausible() {
        for name in [
            "busybox:1.37",
            "localhost:5000/a/b@sha256:00ff",
            "sealegs-1a_x.y",
        ] {
            assert!(is_plausible(name), "{name}");
        }
    }

    #[test]
    fn what_would_change_the_path_is_not() {
        for name in [
            "", "../info", "a//b", "a?all=1", "a b", "a%2fb", "/a", "a#b",
        ] {
            assert!(!is_plausible(name), "{name}");
        }
    }
}
