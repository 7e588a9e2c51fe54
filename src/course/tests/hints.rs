//! Hints that depend on what is seen, and headings that name tasks.

use super::broken::Broken;
use crate::course::spec::Spec;

/// The small course with these hints on the task `serves`; the first is on line 6.
fn hints(yaml: &str) -> Broken {
    let hints = yaml.replace('\n', "\n      ");
    Broken::course().edit(
        "checks/first.yaml",
        "    points: 10\n",
        &format!("    hints:\n      {hints}\n    points: 10\n"),
    )
}

#[test]
fn a_hint_is_a_text_or_depends_on_one_check_or_several() {
    let course = hints(
        "- Look at the log.\n- when: {container: {running: false}}\n  say: It ended.\n- when:\n    - logs: {text: {contains: bind}}\n    - listening: {port: 8080/tcp}\n  say: Twice?",
    );
    let course = course.load().unwrap();
    let hints = &course.lessons[0].tasks[0].hints;
    let depends: Vec<usize> = hints.iter().map(|hint| hint.when.len()).collect();
    assert_eq!(depends, [0, 1, 2]);
    assert_eq!(hints[0].says, "Look at the log.");
    assert!(matches!(hints[1].when[0].spec, Spec::Container(_)));
    assert!(matches!(hints[2].when[1].spec, Spec::Listening(_)));
}

#[test]
fn a_hint_with_nothing_to_say_or_to_see() {
    hints("- \"\"\n- say: x\n- when: {}\n  say: x\n- when: []\n  say: x\n- 3").says(
        "
checks/first.yaml:6:9: this text is empty
6 |       - \"\"
  |         ^^
checks/first.yaml:7:9: the key `when` is missing
7 |       - say: x
  |         ^
checks/first.yaml:10:9: this list is empty
10 |       - when: []
   |         ^^^^
checks/first.yaml:12:9: expected text or a mapping, found a number
12 |       - 3
   |         ^
",
    );
    hints("- when: {}\n  say: x").says(
        "
checks/first.yaml:6:9: this check has no kind: nothing is expected
6 |       - when: {}
  |         ^^^^
  = allowed: `dockerfile`, `build`, `cache`, `image`, `layers`, `file`, `run`, `exec`, `http`, `tcp`, `container`, `published`, `exposed`, `listening`, `logs`, `command`, `network`, `volume`, `compose`, `registry`, `quiz`, `script`, `any`, `all` and `not`
",
    );
}

#[test]
fn what_a_hint_depends_on_only_looks_and_does_not_wait() {
    hints(
        "- when: {run: {exit: 0}}\n  say: a\n- when:\n    - not: {exec: {sh: \"true\"}}\n    - container: {stops_within: 2s, within: 5s}\n    - any: [{http: {port: 8080, method: POST}}, {build: {target: x}}]\n  say: b",
    )
    .says(
        r#"
checks/first.yaml:6:16: `run` acts, and what a hint depends on is only looked at
6 |       - when: {run: {exit: 0}}
  |                ^^^
checks/first.yaml:9:19: `exec` acts, and what a hint depends on is only looked at
9 |           - not: {exec: {sh: "true"}}
  |                   ^^^^
checks/first.yaml:10:13: `stops_within` acts, and what a hint depends on is only looked at
10 |           - container: {stops_within: 2s, within: 5s}
   |             ^^^^^^^^^
checks/first.yaml:10:43: a hint looks once and does not wait: leave `within` out
10 |           - container: {stops_within: 2s, within: 5s}
   |                                           ^^^^^^
checks/first.yaml:11:20: a request that sends something acts, and what a hint depends on is only looked at
11 |           - any: [{http: {port: 8080, method: POST}}, {build: {target: x}}]
   |                    ^^^^
checks/first.yaml:11:56: a `build` of another target or other arguments acts, and what a hint depends on is only looked at
11 |           - any: [{http: {port: 8080, method: POST}}, {build: {target: x}}]
   |                                                        ^^^^^
"#,
    );
}

#[test]
fn what_a_hint_depends_on_is_no_check_of_the_task() {
    hints("- when: {id: x, weight: 2, logs: {text: a}}\n  say: a").says(
        r#"
checks/first.yaml:6:16: `id` belongs to a check of the task's own list, not to what a hint depends on
6 |       - when: {id: x, weight: 2, logs: {text: a}}
  |                ^^
checks/first.yaml:6:23: `weight` belongs to a check of the task's own list, not to what a hint depends on
6 |       - when: {id: x, weight: 2, logs: {text: a}}
  |                       ^^^^^^
"#,
    );
}

#[test]
fn what_a_hint_depends_on_must_be_there_and_expect_something() {
    hints("- when: {published: {port: 9090/tcp}}\n  say: a\n- when: {image: {}}\n  say: b").says(
        r#"
checks/first.yaml:6:34: the task's `with.container` does not publish `9090/tcp`
6 |       - when: {published: {port: 9090/tcp}}
  |                                  ^^^^^^^^
  = allowed: `8080/tcp`
  = did you mean `8080/tcp`?
checks/first.yaml:8:16: this `image` expects nothing, so it cannot fail
8 |       - when: {image: {}}
  |                ^^^^^
"#,
    );
}

#[test]
fn a_heading_that_names_no_task() {
    Broken::course()
        .edit(
            "lessons/first/lesson.md",
            "# First\n",
            "# First\n\n### Task: serve\n\n```\n### Task: code\n```\n\n### Task: serves\n",
        )
        .says(
            r#"
lessons/first/lesson.md:8:1: the lesson has no task `serve`
8 | ### Task: serve
  | ^^^^^^^^^^^^^^^
  = allowed: `serves`
  = did you mean `serves`?
"#,
        );
}
