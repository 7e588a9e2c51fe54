//! Grades to render in tests.

use crate::outcome::{
    Cause, CommandRun, Conditions, EngineSeen, Grade, ImageSeen, LimitsSeen, Outcome, Place,
    Scores, Status, TaskGrade, Wall,
};

const ID: &str = "4f3c2b1a09f8e7d6c5b4a3928170695847362514f3e2d1c0b9a8f7e6d5c4b3a2";

fn outcome(id: &str, status: Status, says: &str, cause: Option<Cause>) -> Outcome {
    Outcome {
        id: id.to_owned(),
        kind: "image",
        says: says.to_owned(),
        status,
        weight: 1,
        cause,
        ms: 12,
    }
}

fn task(id: &str, title: &str, points: f64, outcomes: Vec<Outcome>) -> TaskGrade {
    let status = Status::sum(outcomes.iter().map(|outcome| outcome.status));
    TaskGrade {
        id: id.to_owned(),
        title: title.to_owned(),
        status,
        points,
        max_points: 10,
        bonus: false,
        outcomes,
        why: (status == Status::Pass).then(|| {
            "a layer is reused while the instruction and the files it copies are the same"
                .to_owned()
        }),
        fitting: Vec::new(),
        hint: (status == Status::Fail).then(|| {
            "which files does the dependency step need, and which change every day?".to_owned()
        }),
    }
}

fn grade(submission: &str, tasks: Vec<TaskGrade>, caveats: &[&str]) -> Grade {
    let status = Status::sum(tasks.iter().map(|task| task.status));
    Grade {
        version: 1,
        lesson: "caching".to_owned(),
        submission: submission.to_owned(),
        status,
        gradable: status != Status::Error,
        scores: Scores {
            points: tasks.iter().map(|task| task.points).sum(),
            max_points: tasks
                .iter()
                .filter(|task| !task.bonus)
                .map(|task| task.max_points)
                .sum(),
        },
        tasks,
        script: None,
        conditions: Conditions {
            started: "2026-01-02T03:04:05Z".to_owned(),
            engine: EngineSeen {
                product: "Docker Engine".to_owned(),
                version: "20.10.24".to_owned(),
                api: "1.41".to_owned(),
                wall: Wall::Rootful,
            },
            images: vec![ImageSeen {
                name: "python:3.13-slim".to_owned(),
                id: format!("sha256:{ID}"),
                origin: "kit".to_owned(),
            }],
            limits: LimitsSeen {
                cpus: 1.0,
                ..LimitsSeen::default()
            },
            caveats: caveats.iter().map(|&caveat| caveat.to_owned()).collect(),
            commands: vec![CommandRun {
                command: "docker build .".to_owned(),
                ms: 900,
                ended: "exit code 0".to_owned(),
            }],
            ..Conditions::default()
        },
    }
}

pub(super) fn passed() -> Grade {
    let mut bonus = task(
        "small",
        "Keep the image below 80MB",
        2.5,
        vec![outcome(
            "layers",
            Status::Pass,
            "the image is at most 80MB",
            None,
        )],
    );
    bonus.bonus = true;
    bonus.max_points = 5;
    let order = task(
        "order",
        "Copy the manifest before the rest",
        10.0,
        vec![
            outcome(
                "dockerfile",
                Status::Pass,
                "`package.json` is copied before `.`",
                None,
            ),
            outcome(
                "cache",
                Status::Pass,
                "after a change in `src/app.js`, the step that installs dependencies is `CACHED`",
                None,
            ),
        ],
    );
    grade("alice", vec![order, bonus], &[])
}

pub(super) fn mixed() -> Grade {
    let mut log: Vec<String> = [
        "Traceback (most recent call last):",
        "  File \"/app/app.py\", line 3, in <module>",
    ]
    .map(str::to_owned)
    .to_vec();
    log.push(format!(
        "    raise RuntimeError(\"no such container {ID}\")\r"
    ));
    let died = Cause {
        log,
        see: Some(
            "docker run --rm --name web --publish 127.0.0.1:8080:8080 --env PORT=8080 my-web-image"
                .to_owned(),
        ),
        ..Cause::new("the container ended with exit code 1 before it answered")
    };
    let missed = Cause {
        place: Some(Place {
            file: "Dockerfile".to_owned(),
            line: 7,
            text: "RUN npm install && npm run build && npm cache clean --force && rm -rf /tmp/build".to_owned(),
        }),
        ..Cause::new("the step that installs dependencies ran again, because `COPY .` before it brings every change")
            .differs("step 4", "`CACHED`", "ran again")
            .differs("user", "anyone but root", "")
            .help("copy `package.json` and `package-lock.json` first, install, and copy the rest after that")
    };
    let body = Cause::new("the page is not as expected").differs(
        "body",
        "<html>\n<body>\n<h1>Welcome</h1>\n</body>\n</html>\n",
        "<html>\n<body>\n<h1>Welcome \n</body>\n</html>\n",
    );
    let needs = || Some(Cause::new("not judged: it needs `order`"));
    grade(
        "bob",
        vec![
            task(
                "order",
                "Copy the manifest before the rest",
                3.33,
                vec![
                    outcome("dockerfile", Status::Pass, "`package.json` is copied", None),
                    outcome(
                        "cache",
                        Status::Fail,
                        "after a change in `src/app.js`, the step that installs dependencies is `CACHED`",
                        Some(missed),
                    ),
                    outcome(
                        "http",
                        Status::Fail,
                        "`GET /` answers 200",
                        Some(died.clone()),
                    ),
                    outcome(
                        "logs",
                        Status::Fail,
                        "the log says `listening`",
                        Some(died.clone()),
                    ),
                    outcome(
                        "run",
                        Status::Fail,
                        "the program stays up",
                        Some(Cause { see: None, ..died }),
                    ),
                    outcome("page", Status::Fail, "`GET /` shows the page", Some(body)),
                ],
            ),
            task(
                "publish",
                "Publish it",
                0.0,
                vec![
                    outcome(
                        "published",
                        Status::Skip,
                        "port 80/tcp is published",
                        needs(),
                    ),
                    outcome("tcp", Status::Skip, "port 8080 answers", needs()),
                ],
            ),
        ],
        &[
            "this engine does not limit the memory of a build",
            "this engine does not limit the memory of a build",
        ],
    )
}

pub(super) fn unjudged() -> Grade {
    let full = Cause::new("the engine's disk is full")
        .help("free some space, `docker system df` shows where it went");
    grade(
        "carol",
        vec![
            task(
                "order",
                "Copy the manifest before the rest",
                10.0,
                vec![outcome(
                    "cache",
                    Status::Pass,
                    "the dependency step is `CACHED`",
                    None,
                )],
            ),
            task(
                "publish",
                "Publish it",
                0.0,
                vec![outcome(
                    "build",
                    Status::Error,
                    "the image builds",
                    Some(full),
                )],
            ),
        ],
        &[],
    )
}

/// Attacks in every field that can carry a submission's text.
pub(super) fn hostile() -> Grade {
    let evil = |field: &str| {
        format!(
            "{field}\x1b[2J\u{9b}31m\u{202e}\r\n::error::{field}\n✓ all tasks passed\n###[error]{field} ##vso[task.complete]"
        )
    };
    let cause = Cause {
        rationale: evil("rationale"),
        place: Some(Place {
            file: evil("file"),
            line: 1,
            text: evil("text"),
        }),
        log: vec![evil("log"), "::stop-commands::x".to_owned()],
        see: Some(evil("see")),
        help: Some(evil("help")),
        ..Cause::default()
    };
    let cause = cause
        .differs(evil("what"), "one line", evil("found"))
        .differs(evil("both"), "a\nb\n::warning::c", evil("new"));
    let mut task = task(
        "t",
        &evil("title"),
        0.0,
        vec![outcome("x", Status::Fail, &evil("says"), Some(cause))],
    );
    task.hint = Some(evil("hint"));
    let caveat = evil("caveat");
    grade(&evil("mallory"), vec![task], &[&caveat])
}
