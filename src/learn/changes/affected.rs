//! Which tasks may see something new: of files, those whose build is sent one of them; of the sandbox, those that look
//! at it.

use std::collections::BTreeSet;
use std::path::Path;

use crate::course::spec::Spec;
use crate::course::{BuildWith, Check, Task};
use crate::dockerfile::ignore::Ignore;
use crate::workspace::Caps;

use super::Change;

/// The open tasks that may see a change, those that need one of them, and those that they need, in their order.
pub fn affected<'l>(tasks: &[&'l Task], change: &Change, workspace: &Path) -> Vec<&'l str> {
    let mut found: Vec<&str> = Vec::new();
    for task in tasks {
        let sees = match (change, &task.with.build) {
            (Change::Files(_), _) if reads_files(&task.checks) => true,
            (Change::Files(paths), Some(build)) => is_sent(build, paths, workspace),
            (Change::Files(_), None) => !task.looks_at_sandbox(),
            (Change::Sandbox(stir), _) if stir.changed => task.looks_at_sandbox(),
            (Change::Sandbox(_), _) => asks_for_commands(&task.checks),
        };
        let needs = |found: &[&str]| task.needs.iter().any(|need| found.contains(&need.as_str()));
        if sees || needs(&found) {
            found.push(&task.id);
        }
    }
    // What a task needs and has not passed yet is looked at with it: without, it would count for nothing.
    let is_needed = |task: &Task, found: &[&str]| {
        let mut others = tasks.iter().filter(|it| found.contains(&it.id.as_str()));
        !found.contains(&task.id.as_str()) && others.any(|it| it.needs.contains(&task.id))
    };
    while let Some(needed) = tasks.iter().find(|task| is_needed(task, &found)) {
        found.push(&needed.id);
    }
    let ids = tasks.iter().map(|task| task.id.as_str());
    ids.filter(|id| found.contains(id)).collect()
}

/// Whether any of these checks asks which commands were used.
fn asks_for_commands(checks: &[Check]) -> bool {
    any(checks, &|spec| matches!(spec, Spec::Command(_)))
}

/// Whether any of these checks reads files of the workspace itself.
fn reads_files(checks: &[Check]) -> bool {
    any(checks, &|spec| {
        matches!(spec, Spec::Quiz(_) | Spec::Script(_) | Spec::Compose(_))
    })
}

fn any(checks: &[Check], is: &dyn Fn(&Spec) -> bool) -> bool {
    checks.iter().any(|check| match &check.spec {
        Spec::Any(inner) | Spec::All(inner) => any(inner, is),
        Spec::Not(inner) => any(std::slice::from_ref(inner), is),
        spec => is(spec),
    })
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
    use super::super::Stir;
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
    fn the_sandbox_is_seen_by_tasks_that_look_at_it_and_a_command_by_those_that_ask_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let check = |spec: Spec, like: &Task| Check {
            spec,
            ..like.checks[0].clone()
        };
        let mut tasks = tasks();
        let command = serde_json::json!({"docker": "logs"});
        let command = Spec::Command(serde_json::from_value(command).unwrap());
        let container =
            Spec::Container(serde_json::from_value(serde_json::json!({"name": "web"})).unwrap());
        tasks[1].with.build = None;
        tasks[1].checks = vec![check(container, &tasks[0])];
        tasks[2].with.build = None;
        tasks[2].needs.clear();
        tasks[2].checks = vec![check(
            Spec::Not(Box::new(check(command, &tasks[0]))),
            &tasks[0],
        )];
        let tasks: Vec<&Task> = tasks.iter().collect();
        let of = |change: &Change| -> Vec<String> {
            let found = affected(&tasks, change, folder.path());
            found.into_iter().map(str::to_owned).collect()
        };
        let stir = |changed| Stir {
            changed,
            ..Stir::default()
        };
        assert_eq!(of(&Change::Sandbox(stir(true))), ["api", "after"]);
        assert_eq!(of(&Change::Sandbox(stir(false))), ["after"]);
        assert_eq!(of(&Change::Files(["a".to_owned()].into())), ["all"]);
        let mut needing = tasks[2].clone();
        needing.needs = vec!["api".to_owned()];
        let tasks = [tasks[0], tasks[1], &needing];
        let found = affected(&tasks, &Change::Sandbox(stir(false)), folder.path());
        assert_eq!(
            found,
            ["api", "after"],
            "what it needs is looked at with it"
        );
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
