//! Faults of meaning in one check file.

use super::broken::Broken;

const CHECKS: &str = "checks/first.yaml";

#[test]
fn a_check_with_no_kind_or_two() {
    Broken::course().check("- id: health").says(
            "
checks/first.yaml:10:9: this check has no kind: nothing is expected
10 |       - id: health
   |         ^
   = allowed: `dockerfile`, `build`, `cache`, `image`, `layers`, `file`, `run`, `exec`, `http`, `tcp`, `container`, `published`, `exposed`, `listening`, `logs`, `command`, `network`, `volume`, `compose`, `registry`, `quiz`, `script`, `any`, `all` and `not`
",
        );
    Broken::course()
        .check("- http: {port: 8080}\n  tcp: {port: 8080}")
        .says(
            "
checks/first.yaml:11:9: a check has one kind, this one has `http` and `tcp`
11 |         tcp: {port: 8080}
   |         ^^^
",
        );
    Broken::course().check("- not: {}").says(
            "
checks/first.yaml:10:9: this check has no kind: nothing is expected
10 |       - not: {}
   |         ^^^
   = allowed: `dockerfile`, `build`, `cache`, `image`, `layers`, `file`, `run`, `exec`, `http`, `tcp`, `container`, `published`, `exposed`, `listening`, `logs`, `command`, `network`, `volume`, `compose`, `registry`, `quiz`, `script`, `any`, `all` and `not`
",
        );
}

#[test]
fn an_expectation_of_nothing() {
    Broken::course().check("- image: {}").says(
        "
checks/first.yaml:10:9: this `image` expects nothing, so it cannot fail
10 |       - image: {}
   |         ^^^^^
",
    );
    Broken::course().check("- dockerfile: {stage: final}").says(
        "
checks/first.yaml:10:9: this `dockerfile` expects nothing, so it cannot fail
10 |       - dockerfile: {stage: final}
   |         ^^^^^^^^^^
",
    );
    Broken::course().check("- dockerfile: {rules: [DL3025, DL9999]}").says(
        "
checks/first.yaml:3:3: `serves` asks only that something is not there, which holds from the start: say what it `needs` first
3 |   serves:
  |   ^^^^^^
checks/first.yaml:10:38: there is no rule `DL9999`
10 |       - dockerfile: {rules: [DL3025, DL9999]}
   |                                      ^^^^^^
   = allowed: `DL3000`, `DL3002`, `DL3006`, `DL3007`, `DL3011`, `DL3012`, `DL3020`, `DL3021`, `DL3022`, `DL3023`, `DL3024`, `DL3025`, `DL3043`, `DL3044`, `DL3045`, `DL4000`, `DL4003`, `DL4004` and `DL4006`
",
    );
    Broken::course().check("- layers: {}").says(
        "
checks/first.yaml:10:9: this `layers` expects nothing, so it cannot fail
10 |       - layers: {}
   |         ^^^^^^
",
    );
    Broken::course().check("- container: {within: 5s}").says(
        "
checks/first.yaml:10:9: this `container` expects nothing, so it cannot fail
10 |       - container: {within: 5s}
   |         ^^^^^^^^^
",
    );
    Broken::course().check("- build: {context: {}}").says(
        "
checks/first.yaml:10:17: this `context` expects nothing, so it cannot fail
10 |       - build: {context: {}}
   |                 ^^^^^^^
",
    );
    Broken::course()
        .check("- any:\n    - http: {port: 8080}\n    - not: {image: {}}")
        .says(
            "
checks/first.yaml:3:3: `serves` asks only that something is not there, which holds from the start: say what it `needs` first
3 |   serves:
  |   ^^^^^^
checks/first.yaml:12:19: this `image` expects nothing, so it cannot fail
12 |           - not: {image: {}}
   |                   ^^^^^
",
        );
}

#[test]
fn an_expectation_that_contradicts_itself() {
    Broken::course()
        .check("- build: {succeeds: true, fails: {contains: no such file}}")
        .says(
            "
checks/first.yaml:10:33: a build that succeeds does not fail: leave one of the two out
10 |       - build: {succeeds: true, fails: {contains: no such file}}
   |                                 ^^^^^
",
        );
    Broken::course()
        .check("- file: {path: /tmp/x, exists: false, size: 0}\n- http: {port: 8080}")
        .says(
            "
checks/first.yaml:10:45: what does not exist has no `size`
10 |       - file: {path: /tmp/x, exists: false, size: 0}
   |                                             ^^^^
",
        );
    Broken::course()
        .check("- container: {running: true, exit_code: 0}")
        .says(
            "
checks/first.yaml:10:36: a running container has no exit code
10 |       - container: {running: true, exit_code: 0}
   |                                    ^^^^^^^^^
",
        );
    Broken::course()
        .check("- tcp: {port: 8080, expect: refused, answer: hello}\n- http: {port: 8080}")
        .says(
            "
checks/first.yaml:10:44: a refused connection has no `answer`
10 |       - tcp: {port: 8080, expect: refused, answer: hello}
   |                                            ^^^^^^
",
        );
    Broken::course()
        .check("- container: {running: true, within: 1s, for: 2s}")
        .says(
            "
checks/first.yaml:10:53: `for` is longer than `within`: it could never be seen to hold
10 |       - container: {running: true, within: 1s, for: 2s}
   |                                                     ^^
",
        );
    Broken::course()
        .check("- container: {running: true, port: 8080}")
        .says(
            "
checks/first.yaml:10:36: `port` says when `stops_within` may begin, which is not there
10 |       - container: {running: true, port: 8080}
   |                                    ^^^^
",
        );
}

#[test]
fn one_of_several_keys() {
    Broken::course().check("- exec: {exit: 0}").says(
        "
checks/first.yaml:10:9: one of `command` or `sh` is missing
10 |       - exec: {exit: 0}
   |         ^^^^
",
    );
    Broken::course()
        .check("- exec: {command: [id], sh: id}")
        .says(
            "
checks/first.yaml:10:31: only one of `command` or `sh` can be there
10 |       - exec: {command: [id], sh: id}
   |                               ^^
",
        );
    Broken::course().check("- http: {status: 200}").says(
        "
checks/first.yaml:10:9: one of `port`, `published` or `host_port` is missing
10 |       - http: {status: 200}
   |         ^^^^
",
    );
    Broken::course()
        .check("- http: {port: 8080, published: 8080}")
        .says(
            "
checks/first.yaml:10:28: only one of `port`, `published` or `host_port` can be there
10 |       - http: {port: 8080, published: 8080}
   |                            ^^^^^^^^^
",
        );
    Broken::course().check("- cache: {keeps: [/app.sh]}").says(
        "
checks/first.yaml:10:9: one of `edit`, `touch` or `add` is missing
10 |       - cache: {keeps: [/app.sh]}
   |         ^^^^^
",
    );
    Broken::course().check("- cache: {edit: app.sh}").says(
        "
checks/first.yaml:10:9: one of `keeps`, `renews`, `cached` or `rerun` is missing
10 |       - cache: {edit: app.sh}
   |         ^^^^^
",
    );
    Broken::course()
        .check("- dockerfile: {has: [{run: a, copy: b}]}")
        .says(
            "
checks/first.yaml:10:28: an instruction is a mapping with one key: `{run: pip install}`
10 |       - dockerfile: {has: [{run: a, copy: b}]}
   |                            ^
",
        );
}

#[test]
fn a_change_that_is_itself_cached() {
    Broken::course()
        .check("- cache: {edit: app.sh, text: '# x', keeps: [/bin]}")
        .says(
            "
checks/first.yaml:10:37: without `${nonce}` the change is the same each time, and is itself cached the second time
10 |       - cache: {edit: app.sh, text: '# x', keeps: [/bin]}
   |                                     ^^^^^
",
        );
    Broken::course()
        .check("- cache: {touch: app.sh, text: '# ${nonce}', keeps: [/bin]}")
        .says(
            "
checks/first.yaml:10:38: `touch` changes no content: `text` goes with `edit` or `add`
10 |       - cache: {touch: app.sh, text: '# ${nonce}', keeps: [/bin]}
   |                                      ^^^^^^^^^^^^
",
        );
}

#[test]
fn a_check_of_what_the_task_does_not_have() {
    let without = |lines: &str| Broken::course().edit(CHECKS, lines, "");
    without("    with:\n      build: .\n      container: {publish: [8080]}\n").says(
        "
checks/first.yaml:7:9: `http` needs the task's `container`, and its `with` has none: give it one, or name what the learner made
7 |       - http: {port: 8080}
  |         ^^^^
",
    );
    without("    with:\n      build: .\n      container: {publish: [8080]}\n")
        .check("- image: {user: app}")
        .says(
            "
checks/first.yaml:7:9: `image` needs the task's `build`, and its `with` has none: give it one, or name what the learner made
7 |       - image: {user: app}
  |         ^^^^^
",
        );
    without("      build: .\n").says(
        "
checks/first.yaml:7:7: a container is made of the task's image: say `build` too
7 |       container: {publish: [8080]}
  |       ^^^^^^^^^
",
    );
    Broken::course()
        .check("- published: {port: 8081/tcp}")
        .says(
            "
checks/first.yaml:10:27: the task's `with.container` does not publish `8081/tcp`
10 |       - published: {port: 8081/tcp}
   |                           ^^^^^^^^
   = allowed: `8080/tcp`
   = did you mean `8080/tcp`?
",
        );
    Broken::course()
        .check("- all: [{http: {published: 80}}]")
        .says(
            "
checks/first.yaml:10:34: the task's `with.container` does not publish `80/tcp`
10 |       - all: [{http: {published: 80}}]
   |                                  ^^
   = allowed: `8080/tcp`
   = did you mean `8080/tcp`?
",
        );
}

#[test]
fn names_that_are_taken_twice() {
    Broken::course()
        .check("- http: {port: 8080}\n- http: {port: 8080, path: /health}")
        .says(
            "
checks/first.yaml:11:9: another check of this task is `http` too, on line 10: give this one an `id`
11 |       - http: {port: 8080, path: /health}
   |         ^^^^
",
        );
    Broken::course()
        .check("- http: {port: 8080}\n- tcp: {port: 8080}\n  id: http")
        .says(
            "
checks/first.yaml:12:13: another check of this task is `http` too, on line 10
12 |         id: http
   |             ^^^^
",
        );
}

#[test]
fn needs_that_cannot_be_met() {
    Broken::course()
        .check("- http: {port: 8080}\n  needs: [htpp]\n- tcp: {port: 8080}")
        .says(
            "
checks/first.yaml:11:17: there is no check `htpp`
11 |         needs: [htpp]
   |                 ^^^^
",
        );
    Broken::course()
        .check("- http: {port: 8080}\n  needs: [http]")
        .says(
            "
checks/first.yaml:11:17: `http` needs itself
11 |         needs: [http]
   |                 ^^^^
",
        );
    Broken::course()
        .check("- http: {port: 8080}\n  needs: [tcp]\n- tcp: {port: 8080}")
        .says(
            "
checks/first.yaml:11:17: `tcp` comes after `http`: it cannot be needed before it is reached
11 |         needs: [tcp]
   |                 ^^^
",
        );
    Broken::course()
        .check("- http: {port: 8080}\n  needs: [tcp]\n- tcp: {port: 8080}\n  needs: [http]")
        .says(
            "
checks/first.yaml:11:17: a circle: `http` and `tcp` need each other
11 |         needs: [tcp]
   |                 ^^^
",
        );
    Broken::course()
        .check("- http: {port: 8080}\n- tcp: {port: 8080}\n  needs: [http, http]")
        .says(
            "
checks/first.yaml:12:23: `http` is named twice
12 |         needs: [http, http]
   |                       ^^^^
",
        );
    Broken::course()
        .edit("checks/second.yaml", "needs: [builds]", "needs: [build]")
        .says(
            "
checks/second.yaml:12:13: there is no task `build`
12 |     needs: [build]
   |             ^^^^^
   = allowed: `builds`
   = did you mean `builds`?
",
        );
    Broken::course()
        .check("- any:\n  - http: {port: 8080}\n    weight: 2\n    needs: [x]")
        .says(
            "
checks/first.yaml:12:11: `weight` belongs to a check of the task's own list, not to a part of one
12 |           weight: 2
   |           ^^^^^^
checks/first.yaml:13:11: `needs` belongs to a check of the task's own list, not to a part of one
13 |           needs: [x]
   |           ^^^^^
",
        );
}

#[test]
fn a_task_that_is_worth_nothing_or_done_from_the_start() {
    Broken::course()
        .edit(CHECKS, "points: 10", "points: 0")
        .says(
            "
checks/first.yaml:5:13: a task without points is never worth doing: give it points, or make it a bonus
5 |     points: 0
  |             ^
",
        );
    Broken::course()
        .check("- not: {http: {port: 8080}}\n- file: {path: /tmp/x, exists: false}")
        .says(
            "
checks/first.yaml:3:3: `serves` asks only that something is not there, which holds from the start: say what it `needs` first
3 |   serves:
  |   ^^^^^^
",
        );
    Broken::course().check("- layers: {lacks: ['**/.env']}\n- any: [{image: {user: app}}, {dockerfile: {lacks: [{user: root}]}}]").says(
            "
checks/first.yaml:3:3: `serves` asks only that something is not there, which holds from the start: say what it `needs` first
3 |   serves:
  |   ^^^^^^
",
        );
    Broken::course()
        .edit(CHECKS, "points: 10", "points: 0\n    bonus: true")
        .load()
        .unwrap();
}

#[test]
fn files_that_even_the_solution_lacks() {
    Broken::course()
        .check("- cache: {edit: app.py, keeps: [/bin]}")
        .says(
            "
checks/first.yaml:10:23: the solution has no file `app.py`
10 |       - cache: {edit: app.py, keeps: [/bin]}
   |                       ^^^^^^
   = did you mean `app.sh`?
",
        );
    Broken::course()
        .edit(
            CHECKS,
            "build: .",
            "build: {context: app, dockerfile: Dockerfile.dev}",
        )
        .says(
            "
checks/first.yaml:7:7: the solution has no file `app/Dockerfile.dev`
7 |       build: {context: app, dockerfile: Dockerfile.dev}
  |       ^^^^^
",
        );
}

#[test]
fn tokens_that_nothing_fills_in() {
    Broken::course()
        .check("- http: {port: 8080, path: '/${nonse}', send: 'a ${HOME} ${x}'}")
        .says(
            "
checks/first.yaml:10:34: `${nonse}` is not filled in
10 |       - http: {port: 8080, path: '/${nonse}', send: 'a ${HOME} ${x}'}
   |                                  ^^^^^^^^^^^
   = allowed: `${nonce}`
   = did you mean `${nonce}`?
",
        );
    Broken::course()
        .edit(CHECKS, "title: Serve", "title: Serve on ${variant.port}")
        .says(
            "
checks/first.yaml:4:12: `${variant.port}` is not filled in
4 |     title: Serve on ${variant.port}
  |            ^^^^^^^^^^^^^^^^^^^^^^^^
  = allowed: `${nonce}`
",
        );
}

#[test]
fn a_base_image_that_the_course_does_not_have() {
    Broken::course().check("- image: {base: busybox}").says(
        "
checks/first.yaml:10:23: `lessons/course.yaml` has no image `busybox`
10 |       - image: {base: busybox}
   |                       ^^^^^^^
   = allowed: `busybox:1.37`
   = did you mean `busybox:1.37`?
",
    );
}
