//! Faults of one file's form: YAML, keys, types, ranges, formats, matchers.

use super::broken::Broken;

const CHECKS: &str = "checks/first.yaml";

#[test]
fn yaml_that_does_not_parse() {
    Broken::course()
        .edit(CHECKS, "points: 10", "points: [10")
        .says(
            "
checks/first.yaml:6:9: not YAML: illegal placement of ':' indicator
6 |     with:
  |         ^
",
        );
}

#[test]
fn a_key_given_twice() {
    Broken::course()
        .edit(CHECKS, "points: 10", "points: 10\n    points: 20")
        .says(
            "
checks/first.yaml:6:5: `points` is given twice, first on line 5
6 |     points: 20
  |     ^^^^^^
",
        );
}

#[test]
fn an_unknown_key() {
    Broken::course().edit(CHECKS, "title:", "titel:").says(
            "
checks/first.yaml:4:5: unknown key `titel`
4 |     titel: Serve
  |     ^^^^^
  = allowed: `title`, `points`, `bonus`, `already_done`, `at`, `needs`, `with`, `hints`, `checks` and `why`
  = did you mean `title`?
",
        );
}

#[test]
fn a_missing_key_of_the_file() {
    Broken::course()
        .edit(CHECKS, "format_version: 1\n", "")
        .says(
            "
checks/first.yaml:1:1: the key `format_version` is missing
1 | tasks:
  | ^
",
        );
}

#[test]
fn a_value_of_the_wrong_type() {
    Broken::course()
        .edit(CHECKS, "points: 10", "points: ten")
        .says(
            "
checks/first.yaml:5:13: expected a whole number, found text
5 |     points: ten
  |             ^^^
",
        );
    Broken::course()
        .edit(CHECKS, "points: 10", "points: \"10\"")
        .says(
            r#"
checks/first.yaml:5:13: expected a whole number, found text
5 |     points: "10"
  |             ^^^^
  = did you mean `10`?
"#,
        );
    Broken::course()
        .edit(CHECKS, "points: 10", "points: 1.5")
        .says(
            "
checks/first.yaml:5:13: expected a whole number, found 1.5
5 |     points: 1.5
  |             ^^^
",
        );
    Broken::course().edit(CHECKS, "points: 10", "points:").says(
        "
checks/first.yaml:5:5: expected a whole number, found nothing
5 |     points:
  |     ^^^^^^
",
    );
    Broken::course()
        .edit(CHECKS, "points: 10", "points: 10\n    bonus: yes")
        .says(
            "
checks/first.yaml:6:12: expected `true` or `false`, found text
6 |     bonus: yes
  |            ^^^
  = did you mean `true`?
",
        );
    Broken::course()
        .edit(CHECKS, "title: Serve", "title: [Serve]")
        .says(
            "
checks/first.yaml:4:5: expected text, found a list
4 |     title: [Serve]
  |     ^^^^^
",
        );
    Broken::course().check("- http").says(
        "
checks/first.yaml:10:9: expected a mapping, found text
10 |       - http
   |         ^^^^
",
    );
}

#[test]
fn a_number_or_a_word_that_wants_quotes() {
    Broken::course()
        .edit(CHECKS, "publish: [8080]", "env: {PORT: 8080}")
        .says(
            r#"
checks/first.yaml:8:31: expected text, found a number
8 |       container: {env: {PORT: 8080}}
  |                               ^^^^
  = did you mean `"8080"`?
"#,
        );
    Broken::course()
        .check("- file: {path: /app.sh, mode: 0755}")
        .says(
            r#"
checks/first.yaml:10:37: expected text, found a number
10 |       - file: {path: /app.sh, mode: 0755}
   |                                     ^^^^
   = did you mean `"0755"`?
"#,
        );
    Broken::course().check("- exposed: {port: 8080}").says(
        "
checks/first.yaml:10:25: a port is a number from 1 to 65535 and a protocol: `8080/tcp`
10 |       - exposed: {port: 8080}
   |                         ^^^^
",
    );
}

#[test]
fn a_number_out_of_range() {
    Broken::course().check("- http: {port: 0}").says(
        "
checks/first.yaml:10:22: expected 1 or more, found 0
10 |       - http: {port: 0}
   |                      ^
",
    );
    Broken::course().check("- http: {port: 70000}").says(
        "
checks/first.yaml:10:22: expected 65535 or less, found 70000
10 |       - http: {port: 70000}
   |                      ^^^^^
",
    );
    Broken::course()
        .check("- http: {port: 8080}\n  weight: 0")
        .says(
            "
checks/first.yaml:11:17: expected 1 or more, found 0
11 |         weight: 0
   |                 ^
",
        );
}

#[test]
fn an_empty_list_mapping_or_text() {
    Broken::course().check("[]").says(
        "
checks/first.yaml:9:5: this list is empty
9 |     checks:
  |     ^^^^^^
",
    );
    Broken::course().check("- any: []").says(
        "
checks/first.yaml:10:9: this list is empty
10 |       - any: []
   |         ^^^
",
    );
    Broken::course().check("- image: {env: {}}").says(
        "
checks/first.yaml:10:17: this mapping is empty
10 |       - image: {env: {}}
   |                 ^^^
",
    );
    Broken::course()
        .edit(CHECKS, "title: Serve", "title: ' '")
        .says(
            "
checks/first.yaml:4:12: this text is empty
4 |     title: ' '
  |            ^^^
",
        );
    Broken::course()
        .check("- dockerfile: {order: [{run: a}]}")
        .says(
            "
checks/first.yaml:10:22: expected 2 items or more, found 1
10 |       - dockerfile: {order: [{run: a}]}
   |                      ^^^^^
",
        );
    Broken::course()
        .with(CHECKS, "format_version: 1\ntasks: {}\n")
        .says(
            "
checks/first.yaml:2:1: this mapping is empty
2 | tasks: {}
  | ^^^^^
",
        );
}

#[test]
fn a_word_that_is_no_choice() {
    Broken::course()
        .check("- logs: {text: ready, stream: stdot}")
        .says(
            "
checks/first.yaml:10:37: `stdot` is not a choice here
10 |       - logs: {text: ready, stream: stdot}
   |                                     ^^^^^
   = allowed: `both`, `stdout` and `stderr`
   = did you mean `stdout`?
",
        );
    Broken::course()
        .edit(CHECKS, "format_version: 1", "format_version: 2")
        .says(
            "
checks/first.yaml:1:17: expected `1`, found `2`
1 | format_version: 2
  |                 ^
",
        );
    Broken::course()
        .check("- dockerfile: {has: [{copi: app}]}")
        .says(
            "
checks/first.yaml:10:29: unknown key `copi`
10 |       - dockerfile: {has: [{copi: app}]}
   |                             ^^^^
   = allowed: `add`, `arg`, `cmd`, `copy`, `entrypoint`, `env`, `expose`, `from`, `healthcheck`, `label`, `run`, `shell`, `stopsignal`, `user`, `volume` and `workdir`
   = did you mean `copy`?
",
        );
}

#[test]
fn a_text_without_its_form() {
    Broken::course()
        .check("- http: {port: 8080, path: health}")
        .says(
            "
checks/first.yaml:10:34: a request's path begins with a slash: `/health`
10 |       - http: {port: 8080, path: health}
   |                                  ^^^^^^
",
        );
    Broken::course()
        .check("- http: {port: 8080, within: 5 sec}")
        .says(
            "
checks/first.yaml:10:36: a time is a number and a unit: `500ms`, `2s`, `1m`
10 |       - http: {port: 8080, within: 5 sec}
   |                                    ^^^^^
",
        );
    Broken::course().check("- exposed: {port: 99999/tcp}").says(
        "
checks/first.yaml:10:25: a port is a number from 1 to 65535 and a protocol: `8080/tcp`
10 |       - exposed: {port: 99999/tcp}
   |                         ^^^^^^^^^
",
    );
    Broken::course().check("- file: {path: app.sh}").says(
        "
checks/first.yaml:10:22: a path in a container is absolute, without `..`: `/app/server.py`
10 |       - file: {path: app.sh}
   |                      ^^^^^^
",
    );
    Broken::course()
        .check("- cache: {edit: ../app.sh, keeps: [/app.sh]}")
        .says(
            "
checks/first.yaml:10:23: a path in the workspace is relative, without `..`: `app/server.py`
10 |       - cache: {edit: ../app.sh, keeps: [/app.sh]}
   |                       ^^^^^^^^^
",
        );
    Broken::course()
        .check("- layers: {size: {at_most: 20MiB}}")
        .says(
            "
checks/first.yaml:10:34: expected a number, a size (`20MB`) or a time (`2s`)
10 |       - layers: {size: {at_most: 20MiB}}
   |                                  ^^^^^
",
        );
    Broken::course()
        .check("- logs: {text: {matches: '(ready'}}")
        .says(
            "
checks/first.yaml:10:32: not a regular expression of the `regex` crate: unclosed group
10 |       - logs: {text: {matches: '(ready'}}
   |                                ^^^^^^^^
",
        );
    Broken::course()
        .check("- dockerfile: {rules: [DL30]}")
        .says(
            "
checks/first.yaml:10:30: expected text of the form `^DL[0-9]{4}$`
10 |       - dockerfile: {rules: [DL30]}
   |                              ^^^^
",
        );
    Broken::course()
        .edit(CHECKS, "  serves:", "  Serves It:")
        .says(
            "
checks/first.yaml:3:3: a name is lower-case letters, digits and hyphens, and begins with a letter: `multi-stage`
3 |   Serves It:
  |   ^^^^^^^^^
",
        );
    Broken::course()
        .check("- http: {port: 8080}\n  id: Health Check")
        .says(
            "
checks/first.yaml:11:13: a name is lower-case letters, digits and hyphens, and begins with a letter: `multi-stage`
11 |         id: Health Check
   |             ^^^^^^^^^^^^
",
        );
}

#[test]
fn matchers_that_cannot_fail() {
    Broken::course()
        .check("- logs: {text: {contains: ''}}")
        .says(
            "
checks/first.yaml:10:33: the empty text is in every text: `contains` says nothing
10 |       - logs: {text: {contains: ''}}
   |                                 ^^
",
        );
    Broken::course()
        .check("- logs: {text: {lacks: [error, '']}}")
        .says(
            "
checks/first.yaml:10:38: the empty text is in every text: `lacks` says nothing
10 |       - logs: {text: {lacks: [error, '']}}
   |                                      ^^
",
        );
    Broken::course()
        .check("- logs: {text: {matches: '.*'}}")
        .says(
            "
checks/first.yaml:10:32: this pattern fits every text
10 |       - logs: {text: {matches: '.*'}}
   |                                ^^^^
",
        );
    Broken::course()
        .check("- logs: {text: {any: [{matches: ''}, ready]}}")
        .says(
            "
checks/first.yaml:10:39: this pattern fits every text
10 |       - logs: {text: {any: [{matches: ''}, ready]}}
   |                                       ^^
",
        );
    Broken::course().check("- logs: {text: {}}").says(
        "
checks/first.yaml:10:16: this mapping is empty
10 |       - logs: {text: {}}
   |                ^^^^
",
    );
    Broken::course()
        .check("- logs: {text: {contians: ready}}")
        .says(
            "
checks/first.yaml:10:23: unknown key `contians`
10 |       - logs: {text: {contians: ready}}
   |                       ^^^^^^^^
   = allowed: `equals`, `contains`, `lacks`, `matches`, `one_of`, `at_least`, `at_most`, `empty`, `not`, `all`, `any`, `json` and `says`
   = did you mean `contains`?
",
        );
    Broken::course()
        .check("- http: {port: 8080, body: {json: {words: 5}}}")
        .says(
            "
checks/first.yaml:10:42: a JSON pointer begins with a slash: `/most/word`
10 |       - http: {port: 8080, body: {json: {words: 5}}}
   |                                          ^^^^^
",
        );
}

#[test]
fn matchers_that_can() {
    Broken::course()
        .check(
            "- layers: {count: {at_least: 0}, size: {at_most: 20MB}, history: {matches: '^ok|^$'}}",
        )
        .load()
        .unwrap();
}

#[test]
fn every_fault_of_every_file_at_once() {
    let faults = Broken::course()
        .edit(CHECKS, "title:", "titel:")
        .check("- logs: {text: {matches: '('}, within: soon}")
        .edit("lessons/course.yaml", "title: Small", "title: 5")
        .edit(
            "lessons/second/lesson.md",
            "minutes: 7",
            "minutes: seven\nmood: good",
        )
        .edit(
            "lessons/second/mistakes/as-root/mistake.yaml",
            "caught_by",
            "cought_by",
        )
        .load()
        .unwrap_err();
    let shown: String = faults
        .iter()
        .map(|f| format!("{}:{}: {}\n", f.file, f.line, f.message))
        .collect();
    assert_eq!(
        shown,
        "\
checks/first.yaml:4: unknown key `titel`
checks/first.yaml:10: not a regular expression of the `regex` crate: unclosed group
checks/first.yaml:10: a time is a number and a unit: `500ms`, `2s`, `1m`
lessons/course.yaml:2: expected text, found a number
lessons/second/lesson.md:3: expected a whole number, found text
lessons/second/lesson.md:4: unknown key `mood`
lessons/second/mistakes/as-root/mistake.yaml:2: unknown key `cought_by`
"
    );
    assert!(
        faults.to_string().ends_with("\n\n7 faults in 4 files"),
        "{faults}"
    );
}

#[test]
fn a_file_cut_off_anywhere_is_read_or_has_a_fault_in_it() {
    let course = Broken::course().source();
    let text = course.get(CHECKS).unwrap();
    for end in 0..text.len() {
        let cut = Broken::course().with(CHECKS, &text[..end]).load();
        let faults = cut.err().map(|faults| faults.to_string());
        assert!(
            faults.is_none_or(|shown| shown.starts_with(CHECKS)),
            "cut at {end}"
        );
    }
}
