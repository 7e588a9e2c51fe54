//! Faults between files, and the course that a right set of files gives.

use super::broken::Broken;
use crate::course::spec::Spec;
use crate::outcome::Status;

#[test]
fn a_right_course_is_read_whole() {
    let course = Broken::course().load().unwrap();
    assert_eq!(
        (course.title.as_str(), course.version.as_str()),
        ("Small", "1")
    );
    assert_eq!(course.images[0].aliases, ["busybox"]);
    let first = course.lesson("first").unwrap();
    assert_eq!(
        (first.minutes, first.points(), first.text.as_str()),
        (5, 10, "# First\n")
    );
    assert_eq!(
        first.tasks[0].with.container.as_ref().unwrap().publish,
        [8080]
    );
    assert!(first.starter.files["app.sh"].executable);
    let second = course.lesson("second").unwrap();
    assert_eq!(second.needs, ["first"]);
    let safe = second.task("safe").unwrap();
    let checks: Vec<_> = safe
        .checks
        .iter()
        .map(|c| (c.id.as_str(), c.weight, c.spec.kind()))
        .collect();
    assert_eq!(checks, [("user", 2, "image"), ("file", 1, "file")]);
    assert!(matches!(&safe.checks[1].spec, Spec::File(file) if file.exists.is_none()));
    let mistake = &second.mistakes[0];
    assert_eq!(
        (mistake.task.as_str(), mistake.check.as_str()),
        ("safe", "user")
    );
    assert_eq!(mistake.status, Status::Fail);
    assert_eq!(
        *mistake.files.files["Dockerfile"].content,
        *b"FROM busybox:1.37\nUSER root\n"
    );
}

#[test]
fn lessons_and_the_list_of_them_differ() {
    Broken::course()
        .edit("lessons/course.yaml", "[first, second]", "[first, secnd]")
        .says(
            "
lessons/course.yaml:4:18: there is no folder `lessons/secnd`
4 | lessons: [first, secnd]
  |                  ^^^^^
  = allowed: `first` and `second`
  = did you mean `second`?
lessons/second: this lesson is not in the list of `lessons/course.yaml`
",
        );
    Broken::course()
        .edit(
            "lessons/course.yaml",
            "[first, second]",
            "[first, second, first]",
        )
        .says(
            "
lessons/course.yaml:4:26: `first` is listed twice
4 | lessons: [first, second, first]
  |                          ^^^^^
",
        );
}

#[test]
fn a_lesson_without_checks_and_checks_without_a_lesson() {
    Broken::course().without("checks/second.yaml").says(
        "
checks/second.yaml: there is no such file
",
    );
    Broken::course().with("checks/secnd.yaml", "").says(
        "
checks/secnd.yaml: these are checks of no lesson: there is no folder `lessons/secnd`
  = allowed: `first` and `second`
  = did you mean `second`?
",
    );
}

#[test]
fn a_lesson_that_lacks_a_part() {
    Broken::course().without("lessons/first/lesson.md").says(
        "
lessons/first/lesson.md: there is no such file
",
    );
    Broken::course()
        .without("lessons/first/starter/app.sh")
        .says(
            "
lessons/first/starter: the lesson has no starter: at least one file to begin with
",
        );
    Broken::course()
        .without("lessons/first/solution/app.sh")
        .without("lessons/first/solution/Dockerfile")
        .says(
            "
lessons/first/solution: the lesson has no solution: without one its checks are not proven
",
        );
    Broken::course()
        .with("lessons/first/lesson.md", "# First\n")
        .says(
            "
lessons/first/lesson.md:1:1: a lesson begins with a line `---`, its front matter and another line `---`
1 | # First
  | ^
",
        );
    Broken::course()
        .with(
            "lessons/first/lesson.md",
            "---\ntitle: First\nminutes: 0\n---\n\n",
        )
        .says(
            "
lessons/first/lesson.md: the lesson has no text
lessons/first/lesson.md:3:10: expected 1 or more, found 0
3 | minutes: 0
  |          ^
",
        );
    Broken::course()
        .with("lessons/first/lesson.md", b"---\ntitle: \xff\n")
        .says(
            "
lessons/first/lesson.md: this is not UTF-8 text
",
        );
    Broken::course().without("lessons/course.yaml").says(
        "
lessons/course.yaml: there is no such file
",
    );
}

#[test]
fn files_that_have_no_place() {
    Broken::course()
        .with("lessons/first/soluton/a", "")
        .with("lessons/first/soluton/b", "")
        .with("lessons/first/mistakes/no-user/file/a", "")
        .with("lessons/notes.md", "")
        .with("lessons/Third One/lesson.md", "")
        .with("checks/first.yml", "")
        .with("checks/Third.yaml", "")
        .says(
            "
checks/Third.yaml: `Third` cannot be a name here: a name is lower-case letters, digits and hyphens, and begins with a letter: `multi-stage`
checks/first.yml: a course has no place for this
  = did you mean `first.yaml`?
lessons/Third One: `Third One` cannot be a name here: a name is lower-case letters, digits and hyphens, and begins with a letter: `multi-stage`
lessons/first/mistakes/no-user/file: a course has no place for this
  = allowed: `mistake.yaml` and `files`
  = did you mean `files`?
lessons/first/mistakes/no-user/mistake.yaml: there is no such file
lessons/first/soluton: a course has no place for this
  = allowed: `lesson.md`, `starter`, `solution`, `mistakes`, `variants` and `harmless.yaml`
  = did you mean `solution`?
lessons/notes.md: a course has no place for this
  = allowed: `course.yaml`
",
        );
}

#[test]
fn lessons_that_need_what_does_not_come_before() {
    let first = "lessons/first/lesson.md";
    Broken::course()
        .edit(first, "minutes: 5", "minutes: 5\nneeds: [secnd]")
        .says(
            "
lessons/first/lesson.md:4:9: there is no lesson `secnd`
4 | needs: [secnd]
  |         ^^^^^
  = did you mean `second`?
",
        );
    Broken::course()
        .edit(first, "minutes: 5", "minutes: 5\nneeds:\n  - second")
        .says(
            "
lessons/first/lesson.md:5:5: a circle: `first` and `second` need each other
5 |   - second
  |     ^^^^^^
",
        );
}

#[test]
fn images_that_the_course_does_not_name_or_names_twice() {
    Broken::course()
        .edit("lessons/first/lesson.md", "busybox:1.37", "busybox")
        .says(
            r#"
lessons/first/lesson.md:4:10: `lessons/course.yaml` has no image `busybox`
4 | images: ["busybox"]
  |          ^^^^^^^^^
  = allowed: `busybox:1.37`
  = did you mean `busybox:1.37`?
"#,
        );
    Broken::course()
        .edit("lessons/first/lesson.md", "busybox:1.37", "nginx")
        .says(
            r#"
lessons/first/lesson.md:4:10: `lessons/course.yaml` has no image `nginx`
4 | images: ["nginx"]
  |          ^^^^^^^
  = allowed: `busybox:1.37`
"#,
        );
    Broken::course()
        .edit(
            "lessons/course.yaml",
            "[busybox]",
            "[busybox, busybox:1.37]",
        )
        .says(
            "
lessons/course.yaml:7:24: `busybox:1.37` already stands for the image `busybox:1.37`
7 |     aliases: [busybox, busybox:1.37]
  |                        ^^^^^^^^^^^^
",
        );
}

#[test]
fn mistakes_that_nothing_catches() {
    let about = "lessons/second/mistakes/as-root/mistake.yaml";
    Broken::course().edit(about, "safe/user", "save/user").says(
        "
lessons/second/mistakes/as-root/mistake.yaml:2:12: there is no task `save`
2 | caught_by: save/user
  |            ^^^^^^^^^
  = allowed: `builds` and `safe`
  = did you mean `safe`?
",
    );
    Broken::course().edit(about, "safe/user", "safe/usr").says(
        "
lessons/second/mistakes/as-root/mistake.yaml:2:12: there is no check of `safe` named `usr`
2 | caught_by: safe/usr
  |            ^^^^^^^^
  = allowed: `user` and `file`
  = did you mean `user`?
",
    );
    Broken::course().edit(about, "safe/user", "user").says(
            "
lessons/second/mistakes/as-root/mistake.yaml:2:12: a check is named by its task and its own name: `serves/health`
2 | caught_by: user
  |            ^^^^
",
        );
    Broken::course().without(about).says(
        "
lessons/second/mistakes/as-root/mistake.yaml: there is no such file
",
    );
}

#[test]
fn mistakes_that_do_not_fit_the_solution() {
    let about = "lessons/second/mistakes/as-root/mistake.yaml";
    let files = "lessons/second/mistakes/as-root/files/Dockerfile";
    Broken::course()
        .edit(about, "safe/user", "safe/user\nremoves: [Dockrfile]")
        .says(
            "
lessons/second/mistakes/as-root/mistake.yaml:3:11: the solution has no `Dockrfile` to remove
3 | removes: [Dockrfile]
  |           ^^^^^^^^^
  = did you mean `Dockerfile`?
",
        );
    Broken::course().without(files).says(
            "
lessons/second/mistakes/as-root/mistake.yaml:1:1: this mistake changes nothing: its files are the solution's
1 | why: Nobody said who
  | ^
",
        );
    Broken::course()
        .with("lessons/second/mistakes/as-root/files/Dockerfile/x", "")
        .without(files)
        .says(
            "
lessons/second/mistakes/as-root/files/Dockerfile/x: this is a file here and a folder in the solution, or the reverse
",
        );
}

#[test]
fn a_mistake_may_take_a_folder_away_and_be_an_error() {
    let course = Broken::course()
        .with("lessons/second/solution/app/a", "")
        .edit(
            "lessons/second/mistakes/as-root/mistake.yaml",
            "safe/user",
            "safe/user\nremoves: [app/]\nstatus: error",
        )
        .load()
        .unwrap();
    let mistake = &course.lesson("second").unwrap().mistakes[0];
    assert_eq!(
        mistake.files.files.keys().collect::<Vec<_>>(),
        ["Dockerfile"]
    );
    assert_eq!(mistake.status, Status::Error);
}

#[test]
fn what_a_file_says_cannot_reach_the_terminal() {
    Broken::course()
        .edit(
            "checks/first.yaml",
            "title: Serve",
            "\"ti\\etle\": \u{202e}x\ttab",
        )
        .says(
            r#"
checks/first.yaml:4:5: unknown key `ti\x1btle`
4 |     "ti\etle": \u{202e}x tab
  |     ^^^^^^^^^
  = allowed: `title`, `points`, `bonus`, `already_done`, `at`, `needs`, `with`, `hints`, `checks` and `why`
  = did you mean `title`?
"#,
        );
    let long = format!(
        "- {{title: \"{}\", htpp: {{}}, help: \"{}\"}}",
        "a ".repeat(60),
        "b".repeat(99)
    );
    Broken::course().check(&long).says(
            r#"
checks/first.yaml:10:141: unknown key `htpp`
10 | … a a a a a a a a a a a a a a a a a a a a a a a a a a a a ", htpp: {}, help: "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…
   |                                                              ^^^^
   = allowed: `id`, `title`, `weight`, `needs`, `help`, `dockerfile`, `build`, `cache`, `image`, `layers`, `file`, `run`, `exec`, `http`, `tcp`, `container`, `published`, `exposed`, `listening`, `logs`, `command`, `network`, `volume`, `compose`, `registry`, `quiz`, `script`, `any`, `all` and `not`
   = did you mean `http`?
"#,
        );
}
