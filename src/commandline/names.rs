//! docker's many names for one command (`docker container ls --help` lists its aliases).

/// Whether a word opens a group of commands.
pub(super) fn is_group(word: &str) -> bool {
    matches!(
        word,
        "container"
            | "image"
            | "network"
            | "volume"
            | "system"
            | "builder"
            | "buildx"
            | "context"
            | "swarm"
            | "service"
            | "stack"
            | "node"
            | "secret"
            | "config"
            | "plugin"
            | "manifest"
            | "trust"
            | "checkpoint"
    )
}

/// A command with no group, by its shortest name.
pub(super) fn alone(word: &str) -> String {
    match word {
        "list" => "ps",
        other => other,
    }
    .to_owned()
}

/// A command of a group, by its shortest name.
pub(super) fn short(group: &str, verb: &str) -> String {
    let verb = match verb {
        "list" => "ls",
        "remove" => "rm",
        other => other,
    };
    match (group, verb) {
        ("container", "ls" | "ps") => "ps".to_owned(),
        ("container", "prune") => "container prune".to_owned(),
        ("container", verb) => verb.to_owned(),
        ("image", "ls") => "images".to_owned(),
        ("image", "rm") => "rmi".to_owned(),
        ("image", "inspect" | "prune") => format!("image {verb}"),
        ("image", verb) => verb.to_owned(),
        ("buildx" | "builder", "build" | "b") => "build".to_owned(),
        ("system", "info" | "events") => verb.to_owned(),
        (group, verb) => format!("{group} {verb}"),
    }
}
