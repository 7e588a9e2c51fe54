//! Which tasks may see something new when files have changed: those whose build is sent one of them.

use std::collections::BTreeSet;
use std::path::Path;

use crate::course::{BuildWith, Task};
use crate::dockerfile::ignore::Ignore;
use crate::workspace::Caps;

use super::Change;

/// The tasks that may see a change, and those that need one of them, in their order.
pub fn affected<'l>(tasks: &[&'l Task], change: &Change, workspace: &Path) -> Vec<&'l str> {
    let Change::Files(paths) = change;
    let mut found: Vec<&str> = Vec::new();
    for task in tasks {
        let sees = match &task.with.build {
            Some(build) => is_sent(build, paths, workspace),
            None => true,
        };
        let needs = |found: &[&str]| task.needs.iter().any(|need| found.contains(&need.as_str()));
        if sees || needs(&found) {
            found.push(&task.id);
        }
    }
    found
}

/// Whether a build is sent one of these files, or is told by one what to send.
fn is_sent(build: &BuildWith, paths: &BTreeSet<String>, workspace: &Path) -> bool {
    let context = build
        .context
        .0
        .trim_start_matches("./")
        .trim_end_matches('/');
    let prefix = match context {
        "" | "." => String::new(),
        folder => format!("{folder}/"),
    };
    let dockerfile = build.dockerfile.0.trim_start_matches("./");
    let own = format!("{dockerfile}.dockerignore");
    let ignore = [own.as_str(), ".dockerignore"]
        .iter()
        .find_map(|name| rules(&workspace.join(&prefix).join(name)))
        .and_then(|text| Ignore::parse(&text).ok())
        .unwrap_or_default();
    paths
        .iter()
        .filter_map(|path| path.strip_prefix(&prefix))
        .any(|path| path == own || Ignore::always_sent(path, dockerfile) || !ignore.ignores(path))
}

/// The text of an ignore file, if it is one and no longer than any is.
fn rules(path: &Path) -> Option<String> {
    let meta = std::fs::symlink_metadata(path).ok()?;
    let sane = meta.is_file() && meta.len() <= Caps::default().text_bytes;
    sane.then(|| std::fs::read_to_string(path).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::Course;

    /// Three tasks: one of the whole workspace, one of the folder `api`, one that needs that one and sees nothing else.
    fn tasks() -> Vec<Task> {
        let course = Course::built_in().unwrap();
        let some = &course.lessons[0].tasks[0];
        let task = |id: &str, context: &str, needs: &[&str]| {
            let mut task = some.clone();
            task.id = id.to_owned();
            task.needs = needs.iter().map(|need| (*need).to_owned()).collect();
            task.with.container = None;
            let build = task
                .with
                .build
                .get_or_insert_with(|| unreachable!("it builds"));
            build.context = context.parse().unwrap();
            task
        };
        vec![
            task("all", ".", &[]),
            task("api", "api", &[]),
            task("after", "empty", &["api"]),
        ]
    }

    fn of(workspace: &Path, paths: &[&str]) -> Vec<String> {
        let tasks = tasks();
        let tasks: Vec<&Task> = tasks.iter().collect();
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        let found = affected(&tasks, &Change::Files(paths), workspace);
        found.into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn a_task_sees_the_folder_it_builds_and_a_need_sees_with_it() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(of(folder.path(), &["app.py"]), ["all"]);
        assert_eq!(of(folder.path(), &["api/main.go"]), ["all", "api", "after"]);
    }

    #[test]
    fn what_is_not_sent_is_not_seen_but_what_says_so_is() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("api")).unwrap();
        std::fs::write(
            folder.path().join("api/.dockerignore"),
            "*.log\nDockerfile\n",
        )
        .unwrap();
        std::fs::write(folder.path().join(".dockerignore"), "api\n").unwrap();
        assert!(of(folder.path(), &["api/a.log"]).is_empty());
        assert_eq!(of(folder.path(), &["api/Dockerfile"]), ["api", "after"]);
        assert_eq!(of(folder.path(), &["api/.dockerignore"]), ["api", "after"]);
        assert_eq!(of(folder.path(), &[".dockerignore"]), ["all"]);
    }
}
