//! The course in the binary.

use std::path::Path;

use crate::course::load::load;
use crate::course::source::Source;
use crate::course::spec::{MountKind, Spec};
use crate::course::{Check, Course, Lesson, SchemaOf};

#[test]
fn the_built_in_course_has_no_faults() {
    match load(Source::built_in(), Vec::new()) {
        Ok(course) => assert!(!course.lessons.is_empty()),
        Err(faults) => panic!("{faults}"),
    }
}

#[test]
fn what_is_read_late_is_what_is_read_at_once() {
    let early = load(Source::built_in(), Vec::new()).unwrap();
    let late = Course::built_in().unwrap();
    for (late, early) in late.lessons.iter().zip(&early.lessons) {
        assert!(late.tasks.known().is_none(), "{}", late.id);
        assert_eq!(late.outline(), early.outline());
        assert!(late.tasks.known().is_none(), "{}", late.id);
        let parts = |lesson: &Lesson| {
            let (_, _, _) = (&*lesson.tasks, &*lesson.mistakes, &*lesson.harmless);
            let known = Lesson {
                outline: None,
                ..lesson.clone()
            };
            format!("{known:?}")
        };
        assert_eq!(parts(late), parts(early));
    }
    assert_eq!(late.lessons.len(), early.lessons.len());
}

/// An editor checks a file of the course while it is typed, given the place of its schema.
#[test]
fn every_yaml_file_of_the_course_names_its_schema() {
    let source = Source::built_in();
    for path in source.paths().filter(|path| path.ends_with(".yaml")) {
        let of = match path.split('/').collect::<Vec<_>>().as_slice() {
            ["checks", _] => SchemaOf::Checks,
            ["lessons", "course.yaml"] => SchemaOf::Course,
            ["lessons", _, "mistakes", _, "mistake.yaml"] => SchemaOf::Mistake,
            ["lessons", _, "harmless.yaml"] => SchemaOf::Harmless,
            _ => continue,
        };
        let up = "../".repeat(path.matches('/').count());
        let line = format!(
            "# yaml-language-server: $schema={up}book/schema/{}",
            of.file_name()
        );
        let text = std::str::from_utf8(source.get(path).unwrap()).unwrap();
        assert_eq!(text.lines().next(), Some(line.as_str()), "{path}");
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("book/schema");
    assert!(
        SchemaOf::ALL
            .iter()
            .all(|of| folder.join(of.file_name()).is_file())
    );
}

/// What proves that a command of the course's table was used: a check on the command itself, or on what only it brings about.
const PRACTISED: [(&str, &str); 25] = [
    ("--version", "command"),
    ("pull", "command"),
    ("images", "command"),
    ("run", "container"),
    ("ps", "command"),
    ("start", "command"),
    ("stop", "command"),
    ("rm", "command"),
    ("rmi", "command"),
    ("exec", "command"),
    ("build", "command"),
    ("logs", "command"),
    ("stop $(docker ps -q)", "container"),
    ("network ls", "command"),
    ("network create", "network"),
    ("volume ls", "command"),
    ("inspect", "command"),
    ("compose up", "compose"),
    ("compose down", "not"),
    ("tag", "command"),
    ("push", "registry"),
    ("login", "command"),
    ("commit", "command"),
    ("export", "command"),
    ("import", "command"),
];

/// Every check of a task, parts included.
fn all_checks(checks: &[Check]) -> Vec<&Check> {
    let mut found = Vec::new();
    for check in checks {
        found.push(check);
        match &check.spec {
            Spec::Any(parts) | Spec::All(parts) => found.extend(all_checks(parts)),
            Spec::Not(part) => found.extend(all_checks(std::slice::from_ref(part))),
            _ => {}
        }
    }
    found
}

/// A lesson's solution as the learner would type it.
fn typed(lesson: &Lesson) -> String {
    let file = lesson.solution.files.get("commands.sh");
    file.map_or_else(String::new, |file| {
        String::from_utf8_lossy(&file.content).into_owned()
    })
}

#[test]
fn every_command_of_the_table_is_practised_by_a_graded_task() {
    let course = load(Source::built_in(), Vec::new()).unwrap();
    for (command, kind) in PRACTISED {
        let practises = |lesson: &Lesson| {
            let checks = lesson
                .tasks
                .iter()
                .flat_map(|task| all_checks(&task.checks));
            let proves = |check: &Check| match &check.spec {
                Spec::Command(spec) if kind == "command" => spec.docker == command,
                spec => kind != "command" && spec.kind() == kind,
            };
            typed(lesson).contains(&format!("docker {command}")) && checks.into_iter().any(proves)
        };
        assert!(
            course.lessons.iter().any(practises),
            "no lesson's solution types `docker {command}` and is graded for it by a `{kind}` check"
        );
    }
}

#[test]
fn every_way_to_configure_and_every_kind_of_mount_is_practised() {
    let course = load(Source::built_in(), Vec::new()).unwrap();
    let lesson = |id: &str| course.lesson(id).unwrap();
    let all = typed(lesson("env"));
    for way in ["-e ", "--env-file ", "--build-arg "] {
        assert!(all.contains(way), "{way}");
    }
    let file = |lesson: &Lesson, name: &str| {
        String::from_utf8_lossy(&lesson.solution.files[name].content).into_owned()
    };
    let dockerfile = file(lesson("env"), "Dockerfile");
    assert!(dockerfile.contains("ENV ") && dockerfile.contains("ARG "));
    let compose = file(lesson("compose"), "compose.yaml");
    assert!(compose.contains("env_file:") && compose.contains("environment:"));
    let checks = course.lessons.iter().flat_map(|lesson| lesson.tasks.iter());
    let checks = checks.flat_map(|task| all_checks(&task.checks));
    let mounted: Vec<MountKind> = checks
        .filter_map(|check| match &check.spec {
            Spec::Container(spec) => spec.mounts.as_ref(),
            _ => None,
        })
        .flatten()
        .filter_map(|mount| mount.kind)
        .collect();
    for kind in [MountKind::Volume, MountKind::Bind] {
        assert!(mounted.contains(&kind), "{kind:?}");
    }
    // Memory is told by what the container sees, whichever flag it came by.
    assert!(typed(lesson("mounts")).contains("--tmpfs "));
}
