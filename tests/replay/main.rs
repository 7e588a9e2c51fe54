//! A submission's commands, run again: what counts, and what a hostile or careless script comes to.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::path::Path;

use serde_json::Value;
use support::Test;

const COURSE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/replay/course");

/// The grade of a submission with these commands.
#[track_caller]
fn graded(commands: &str, code: i32) -> Value {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("commands.sh"), commands).unwrap();
    let path = folder.path().to_str().unwrap();
    let said = Test::new(&["--format", "json", "grade", "harbour", path])
        .course(Path::new(COURSE))
        .exits(code);
    serde_json::from_str(&said.stdout).unwrap()
}

/// How each command ended, as `LINE ENDED`.
fn ends(grade: &Value) -> Vec<String> {
    let commands = grade["script"]["commands"].as_array().unwrap();
    commands
        .iter()
        .map(|command| {
            let ended = match &command["ended"] {
                Value::String(word) => word.clone(),
                exit => exit["exit"].to_string(),
            };
            format!("{} {ended}", command["line"])
        })
        .collect()
}

/// The status of each task, in order.
fn tasks(grade: &Value) -> Vec<&str> {
    let tasks = grade["tasks"].as_array().unwrap();
    tasks
        .iter()
        .map(|task| task["status"].as_str().unwrap())
        .collect()
}

const RUN: &str = "docker run -d --name web -p 8080:80 busybox:1.37 httpd -f -h /etc\n";

#[test]
fn the_solution_passes_and_the_starter_fails() {
    for (which, code) in [("solution", 0), ("starter", 1)] {
        let folder = format!("{COURSE}/lessons/harbour/{which}");
        Test::new(&["grade", "harbour", &folder])
            .course(Path::new(COURSE))
            .exits(code);
    }
}

#[test]
fn a_task_stays_done_though_its_container_goes_and_one_for_the_end_must_hold_then() {
    let grade = graded(&format!("{RUN}docker rm -f web\n"), 1);
    assert_eq!(tasks(&grade), ["pass", "fail", "fail", "pass"]);
    let grade = graded(&format!("{RUN}docker logs web\ndocker exec web date\n"), 1);
    assert_eq!(tasks(&grade), ["pass", "pass", "fail", "fail"]);
    // Even within one line each command is looked at.
    let grade = graded(&format!("{} && docker rm -f web\n", RUN.trim()), 1);
    assert_eq!(tasks(&grade), ["pass", "fail", "fail", "pass"]);
}

#[test]
fn a_command_that_fails_costs_nothing_and_one_that_blocks_is_interrupted() {
    let script = format!(
        "docker rnu nothing\nfalse\n{RUN}docker logs -f web\ncat\ndocker exec web date\nif true; then\necho 'a\nb'\nfi\n"
    );
    let grade = graded(&script, 1);
    let ends = ends(&grade);
    assert_eq!(
        ends[1..],
        ["2 1", "3 0", "4 timed_out", "5 timed_out", "6 0", "7 0"],
        "{grade:#}"
    );
    assert_ne!(ends[0], "1 0");
    assert_eq!(tasks(&grade), ["pass", "pass", "fail", "fail"]);
    let last = &grade["script"]["commands"][6];
    assert_eq!(last["output"], "a\nb");
    let docker = &grade["script"]["commands"][0]["output"];
    assert!(docker.as_str().unwrap().contains("rnu"), "{docker}");
}

#[test]
fn a_loop_that_never_ends_is_interrupted_though_each_of_its_commands_does() {
    let script = "until docker exec nobody true; do sleep 1; done\necho still here\n";
    let grade = graded(script, 1);
    assert_eq!(ends(&grade), ["1 timed_out", "2 0"], "{grade:#}");
}

#[test]
fn a_terminal_is_there_and_a_flood_ends() {
    let script =
        "docker run -it --rm busybox:1.37 tty\nyes\necho still here\ncat <<END\n$((6*7))\nEND\n";
    let grade = graded(script, 1);
    assert_eq!(ends(&grade), ["1 0", "2 flooded", "3 0", "4 0"]);
    let commands = grade["script"]["commands"].as_array().unwrap();
    assert_eq!(commands[0]["output"], "/dev/pts/0");
    assert_eq!(commands[3]["output"], "42");
}

#[test]
fn a_shell_that_is_ended_or_misled_ends_only_itself() {
    let grade = graded(&format!("{RUN}exit\ndocker logs web\n"), 1);
    assert_eq!(tasks(&grade), ["pass", "fail", "fail", "fail"]);
    assert_eq!(grade["script"]["cut"], "the shell ended at line 2");
    let grade = graded("echo \"$PS1\"; echo pass; kill -9 $$\n", 1);
    assert_eq!(tasks(&grade), ["fail", "skip", "skip", "skip"]);
    let grade = graded("for (\n'never closed\n", 1);
    assert_eq!(tasks(&grade)[0], "fail");
}

#[test]
fn what_is_claimed_and_was_not_done_does_not_count() {
    let claim = "words=$(printf 'docker\\0exec\\0web\\0date\\0' | base64 -w 0)\nmkfifo /sealegs/look.7; echo \"typed 7 $words\" > /sealegs/notes; read x < /sealegs/look.7\n";
    let grade = graded(&format!("{RUN}docker logs web\n{claim}"), 1);
    assert_eq!(tasks(&grade), ["pass", "fail", "fail", "fail"], "{grade:#}");
}

#[test]
fn nothing_of_the_machine_is_reached() {
    let script = "docker run -v /:/host --name thief busybox:1.37 true\ndocker run --privileged --name thief busybox:1.37 true\ndocker run --pid host --name thief busybox:1.37 true\nwget -T 3 -O- http://1.1.1.1/\nls /var/run/docker.sock\n:(){ :|:& };:\necho survived\n";
    let grade = graded(script, 1);
    let ends = ends(&grade);
    for end in &ends[..5] {
        assert!(!end.ends_with(" 0"), "{ends:?}");
    }
}

/// The grade of the second lesson's solution, after `change` has been made to it.
#[track_caller]
fn fleet(change: impl FnOnce(&Path), code: i32) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let solution = Path::new(COURSE).join("lessons/fleet/solution");
    support::files::copy(&solution, folder.path());
    change(folder.path());
    let path = folder.path().to_str().unwrap();
    let said = Test::new(&["--format", "json", "grade", "fleet", path])
        .course(Path::new(COURSE))
        .exits(code);
    serde_json::from_str(&said.stdout).unwrap()
}

#[test]
fn compose_a_registry_questions_and_scripts_are_judged() {
    let grade = fleet(|_| {}, 0);
    assert_eq!(tasks(&grade), ["pass"; 5], "{grade:#}");
}

#[test]
fn what_is_wrong_with_a_compose_file_an_answer_or_a_push_is_told() {
    let grade = fleet(
        |folder| {
            let file = folder.join("compose.yaml");
            let text = fs::read_to_string(&file).unwrap();
            fs::write(
                &file,
                text.replacen("\"data:/data\"", "\"data:/data\", \"/etc:/site:ro\"", 1),
            )
            .unwrap();
            fs::write(folder.join("answers.yaml"), "which: tag\nport: five\n").unwrap();
            fs::write(
                folder.join("commands.sh"),
                "docker run -d --name hub -p 5000:5000 registry:2\ndocker pull busybox\ndocker tag busybox:1.37 localhost:5000/team/box:2\ndocker push localhost:5000/team/box:2\ndocker tag busybox:1.37 localhost:5000/team/box:1\n",
            )
            .unwrap();
        },
        1,
    );
    assert_eq!(tasks(&grade), ["fail", "skip", "skip", "fail", "fail"]);
    let said = grade.to_string();
    for words in [
        "the mount of `/etc`",
        "`five` is not the answer",
        "the registry has no `team/box:1`",
    ] {
        assert!(said.contains(words), "{words}: {grade:#}");
    }
    assert!(!said.contains("5000, found"), "{grade:#}");
}

/// What each command wrote, in order.
fn outputs(grade: &Value) -> Vec<&str> {
    let commands = grade["script"]["commands"].as_array().unwrap();
    commands
        .iter()
        .map(|command| command["output"].as_str().unwrap())
        .collect()
}

#[test]
fn folders_of_the_workspace_are_mounted_live_and_what_is_written_comes_back() {
    let script = r#"mkdir site; echo hi > site/page
docker run -d --name web -v "$PWD"/site:/www:ro busybox:1.37 httpd -f -h /www > id
docker exec web cat /www/page
echo new > site/page
docker exec web cat /www/page
docker exec web touch /www/mine
docker run --rm -v "$PWD"/out/deep:/out busybox:1.37 touch /out/x; ls out/deep
docker run --rm -v "$PWD":/all -w /all busybox:1.37 sh -c 'echo whole > mark; ls out/deep'; cat mark
docker run --rm --mount type=bind,source="$PWD"/nothing,target=/x busybox:1.37 true
echo conf > conf; docker run --rm -v "$PWD"/conf:/etc/conf busybox:1.37 sh -c 'cat /etc/conf; echo more >> /etc/conf'; cat conf
docker inspect -f '{{range .Mounts}}{{.Type}} {{.Source}} {{.Destination}} {{.RW}}{{end}}' web
docker volume ls -q; docker ps -q | wc -l
printf 'services: {app: {image: "busybox:1.37", command: cat /www/page, volumes: ["./site:/www"]}}' > compose.yaml
docker compose up 2>&1 | grep -c '| new'
"#;
    let grade = graded(script, 1);
    let all = outputs(&grade);
    assert_eq!(all[2..5], ["hi", "", "new"], "{grade:#}");
    assert_eq!(grade["conditions"]["policy"], "grading");
    assert!(all[5].contains("Read-only file system"), "{grade:#}");
    assert_eq!(all[6..8], ["x", "x\nwhole"], "{grade:#}");
    assert!(
        all[8].contains("bind source path does not exist: /work/harbour/nothing"),
        "{grade:#}"
    );
    assert_eq!(all[9], "conf\nconf\nmore");
    assert_eq!(all[10], "bind /work/harbour/site /www false");
    assert_eq!(all[11], "1");
    assert_eq!(all[13], "1", "{grade:#}");
}

#[test]
fn a_mount_leads_nowhere_but_into_the_workspace() {
    // What is swapped for a link after the creation is not followed at the start, nor when the container starts again.
    let script = r#"ln -s / root; docker run --rm -v "$PWD"/root:/x busybox:1.37 ls /x
docker run --rm -v "$PWD"/root/etc:/x busybox:1.37 ls /x
docker run --rm -v "$PWD"/../..:/x busybox:1.37 ls /x
docker run --rm -v /work:/x busybox:1.37 ls /x
mkdir bait; docker create --name later -v "$PWD"/bait:/x busybox:1.37 ls /x > id
mv bait moved; ln -s /etc bait; docker start -a later
echo mine > file; docker create --name file -v "$PWD"/file:/x busybox:1.37 cat /x > id
rm file; ln -s /etc/passwd file; docker start -a file
mkdir pit; docker run -d --name again --restart always -v "$PWD"/pit:/x busybox:1.37 sh -c 'ls /x; exec sleep 1000' > id
mv pit kept; ln -s / pit; touch kept/own; docker restart -t 0 again > id; docker logs again
docker run --rm --volumes-from again busybox:1.37 ls /x
"#;
    let grade = graded(script, 1);
    let all = outputs(&grade);
    for refused in &all[..4] {
        assert!(refused.contains("sandbox"), "{grade:#}");
    }
    assert_eq!(
        all[4..],
        ["", "", "", "mine", "", "own", "own"],
        "{grade:#}"
    );
}

#[test]
fn what_is_handed_in_was_graded_first_and_its_archive_is_graded_alike() {
    let home = tempfile::tempdir().unwrap();
    let work = home.path().join("work");
    fs::create_dir(&work).unwrap();
    let script = work.join("commands.sh");
    let solution = format!("{COURSE}/lessons/harbour/solution/commands.sh");
    let archive = work.join("ada.tar.gz");
    let (folder, out) = (work.to_str().unwrap(), archive.to_str().unwrap());
    let submit = |more: &[&str], code| {
        let words = ["submit", "harbour", folder, "--out", out];
        Test::new(&[&words, more].concat())
            .course(Path::new(COURSE))
            .exits(code)
    };
    fs::write(&script, "# nothing\n").unwrap();
    let said = submit(&[], 1).stderr;
    assert!(
        said.contains("a grader would not count `serves`, `looks`, `stops` and `gone`"),
        "{said}"
    );
    assert!(!archive.exists());
    submit(&["--anyway"], 1);
    assert!(archive.exists());
    fs::copy(solution, &script).unwrap();
    let first = submit(&[], 0).stderr;
    assert!(first.contains("is yours, and is taken as it is"), "{first}");
    let bytes = fs::read(&archive).unwrap();
    submit(&[], 0);
    assert_eq!(
        fs::read(&archive).unwrap(),
        bytes,
        "the archive is not in itself"
    );
    assert_eq!(
        fs::read_dir(&work).unwrap().count(),
        2,
        "nothing else is left"
    );
    let said = Test::new(&["--format", "json", "grade", "harbour", out])
        .course(Path::new(COURSE))
        .exits(0);
    let grade: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(grade["submission"], "ada");
    fs::write(&archive, "no archive").unwrap();
    let said = Test::new(&["grade", "harbour", out])
        .course(Path::new(COURSE))
        .exits(1);
    said.shows("the archive cannot be read");
}

#[test]
fn questions_are_answered_by_command_and_the_rest_of_the_file_stays() {
    let home = tempfile::tempdir().unwrap();
    let work = home.path().join("work");
    fs::create_dir(&work).unwrap();
    let file = work.join("answers.yaml");
    fs::write(&file, "# mine\nport: 80\nother: x\n").unwrap();
    let folder = work.to_str().unwrap();
    let answer = |choose: &str, code| {
        Test::new(&["answer", "fleet", folder, "--choose", choose])
            .course(Path::new(COURSE))
            .data(home.path())
            .exits(code)
    };
    let said = answer("port=5000", 1);
    said.shows("this question has no answer yet");
    answer("which=tag,Registry", 0).shows("1 of 1 task");
    assert_eq!(
        fs::read_to_string(&file).unwrap(),
        "# mine\nother: x\nport: 5000\nwhich: [tag, registry]\n"
    );
    answer("prot=1", 2)
        .complains("error: there is no question `prot`\nhint: did you mean `port`?\n");
    answer("which=tag,host", 2).complains(
        "error: `host` is no choice of `which`\nhint: the choices are `tag`, `registry` and `port`\n",
    );
    let asked = Test::new(&["answer", "fleet", folder]).course(Path::new(COURSE));
    asked.exits(2).complains(
        "error: nobody is here to be asked\nhint: `--choose ID=VALUE` answers; the questions are `which` and `port`\n",
    );
}
