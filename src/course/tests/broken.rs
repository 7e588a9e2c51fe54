//! A small course that is right, to be broken one file at a time.

use std::collections::BTreeMap;

use crate::course::load::load;
use crate::course::source::Source;
use crate::course::{Course, Faults};

const FILES: [(&str, &str); 12] = [
    (
        "lessons/course.yaml",
        "\
format_version: 1
title: Small
version: \"1\"
lessons: [first, second]
images:
  - name: busybox:1.37
    aliases: [busybox]
",
    ),
    (
        "lessons/first/lesson.md",
        "---\ntitle: First\nminutes: 5\nimages: [\"busybox:1.37\"]\n---\n# First\n",
    ),
    ("lessons/first/starter/app.sh", "#!/bin/sh\necho hello\n"),
    ("lessons/first/solution/app.sh", "#!/bin/sh\necho hello\n"),
    (
        "lessons/first/solution/Dockerfile",
        "FROM busybox:1.37\nCOPY app.sh /\n",
    ),
    (
        "checks/first.yaml",
        "\
format_version: 1
tasks:
  serves:
    title: Serve
    points: 10
    with:
      build: .
      container: {publish: [8080]}
    checks:
      - http: {port: 8080}
",
    ),
    (
        "lessons/second/lesson.md",
        "---\ntitle: Second\nminutes: 7\nneeds: [first]\n---\n# Second\n",
    ),
    ("lessons/second/starter/Dockerfile", "FROM busybox:1.37\n"),
    (
        "lessons/second/solution/Dockerfile",
        "FROM busybox:1.37\nUSER 1000\n",
    ),
    (
        "lessons/second/mistakes/as-root/mistake.yaml",
        "why: Nobody said who\ncaught_by: safe/user\n",
    ),
    (
        "lessons/second/mistakes/as-root/files/Dockerfile",
        "FROM busybox:1.37\nUSER root\n",
    ),
    (
        "checks/second.yaml",
        "\
format_version: 1
tasks:
  builds:
    title: Build
    points: 5
    with: {build: .}
    checks:
      - build: {succeeds: true}
  safe:
    title: Do not run as root
    points: 5
    needs: [builds]
    with: {build: .}
    checks:
      - id: user
        image: {user: {not: root}}
        weight: 2
      - file: {path: /etc/passwd}
        needs: [user]
",
    ),
];

/// A course with something wrong in it.
pub(super) struct Broken {
    files: BTreeMap<String, Vec<u8>>,
}

impl Broken {
    /// The small course, still right.
    pub(super) fn course() -> Self {
        let file = |(path, text): (&str, &str)| (path.to_owned(), text.as_bytes().to_vec());
        Self {
            files: FILES.into_iter().map(file).collect(),
        }
    }

    /// Adds or replaces a file.
    pub(super) fn with(mut self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.files
            .insert(path.to_owned(), content.as_ref().to_vec());
        self
    }

    /// Takes a file away.
    #[track_caller]
    pub(super) fn without(mut self, path: &str) -> Self {
        assert!(
            self.files.remove(path).is_some(),
            "the small course has no `{path}`"
        );
        self
    }

    /// Replaces a part of a file.
    #[track_caller]
    pub(super) fn edit(self, path: &str, from: &str, to: &str) -> Self {
        let text = String::from_utf8(self.files[path].clone()).unwrap();
        assert!(text.contains(from), "`{path}` has no `{from}`");
        self.with(path, text.replacen(from, to, 1))
    }

    /// Puts these checks in place of those of the task `serves`, which builds and publishes 8080; they start on line 10.
    #[track_caller]
    pub(super) fn check(self, yaml: &str) -> Self {
        self.edit(
            "checks/first.yaml",
            "- http: {port: 8080}",
            &yaml.replace('\n', "\n      "),
        )
    }

    /// Its files.
    pub(super) fn source(&self) -> Source {
        let mut source = Source::default();
        for (path, content) in &self.files {
            source.insert(path, content.clone());
        }
        source
    }

    /// Loads it.
    pub(super) fn load(&self) -> Result<Course, Faults> {
        load(self.source(), Vec::new())
    }

    /// All faults as the author reads them, without the count.
    #[track_caller]
    pub(super) fn says(self, expected: &str) {
        let shown = match self.load() {
            Ok(_) => "no fault".to_owned(),
            Err(faults) => {
                let shown: Vec<String> = faults.iter().map(ToString::to_string).collect();
                shown.join("\n")
            }
        };
        assert!(
            shown == expected.trim_matches('\n'),
            "it says:\n<<<\n{shown}\n>>>"
        );
    }
}
