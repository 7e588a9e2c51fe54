//! `sealegs dev`: what authors of courses need.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::author::{
    Batch, Case, CaseKind, Ground, Proof, Sample, examine, new_lesson, prove, write_pack,
};
use crate::checks::fresh_seed;
use crate::course::{self, Course, Lesson, SchemaOf};
use crate::failure::{ExitCode, Failure};
use crate::outcome::Status;
use crate::render::Role;
use crate::report::{json, table};
use crate::text::{count, inert_line, tick, time};

use super::args::{DevCommand, Many, SchemaName};
use super::{App, book, lesson, mutants, stop, sweep, wait_for};

pub(super) fn run(app: &App, command: DevCommand) -> Result<ExitCode, Failure> {
    match command {
        DevCommand::Check(many) => check(app, &many.lessons, &batch(&many)),
        DevCommand::Mutants { many, list: true } => mutants::name_them(app, &many.lessons),
        DevCommand::Mutants { many, list: false } => {
            mutants::try_them(app, &many.lessons, &batch(&many))
        }
        DevCommand::New { lesson } => new(app, &lesson),
        DevCommand::Pack { folder } => pack(app, Path::new(&folder)),
        DevCommand::Examples { lessons } => examples(app, &lessons),
        DevCommand::Book { command } => book::run(app, command),
        DevCommand::Schema { of } => {
            app.terminal.print(&schema(of));
            Ok(ExitCode::Passed)
        }
    }
}

fn batch(many: &Many) -> Batch {
    let seed = || many.seed.clone().unwrap_or_else(fresh_seed);
    let sample = many.sample.map(|count| Sample {
        count,
        seed: seed(),
    });
    Batch {
        jobs: usize::from(many.jobs),
        sample,
    }
}

/// Grades what a course brings, until it is done or stopped.
pub(super) fn graded<T>(
    app: &App,
    course: &Course,
    work: impl AsyncFnOnce(Ground<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    if course.is_pack() {
        let failure = Failure::usage("a pack has no solutions and mistakes to be graded");
        return Err(failure.with_hint("take the course it was made of"));
    }
    let depot = app.depot();
    wait_for(async {
        let engine = app.engine().await?;
        sweep(app, &engine).await;
        let ground = Ground {
            engine: &engine,
            course,
            depot: &depot,
        };
        work(ground).await
    })
}

/// How the same sample is had again, where there is one of `of`.
pub(super) fn say_sample(app: &App, batch: &Batch, of: usize, what: &str) {
    if let Some(Sample { count: drawn, seed }) = &batch.sample {
        app.terminal.print(&format!(
            "a sample: {} of {}, the same again with `--sample {drawn} --seed {}`\n",
            of.min(*drawn),
            count(of, what),
            inert_line(seed)
        ));
    }
}

fn schema(of: SchemaName) -> String {
    match of {
        SchemaName::Checks => course::schema(SchemaOf::Checks),
        SchemaName::Course => course::schema(SchemaOf::Course),
        SchemaName::Mistake => course::schema(SchemaOf::Mistake),
        SchemaName::Harmless => course::schema(SchemaOf::Harmless),
        SchemaName::Lesson => course::schema(SchemaOf::FrontMatter),
        SchemaName::Grade => json::schema(),
    }
}

fn new(app: &App, id: &str) -> Result<ExitCode, Failure> {
    let Some(folder) = app.course_folder() else {
        let said = "the built-in course takes no new lessons";
        let hint = format!("say where yours is, or is to be: `sealegs --course DIR dev new {id}`");
        return Err(Failure::usage(said).with_hint(hint));
    };
    for path in new_lesson(folder, id)? {
        let path = path.display().to_string();
        app.terminal.print(&format!("{}\n", inert_line(&path)));
    }
    let shown = folder.display();
    app.terminal.say(&format!(
        "`sealegs --course {shown} dev check {id}` proves it"
    ));
    Ok(ExitCode::Passed)
}

/// The lessons of these names; all, where none is named.
pub(super) fn lessons<'a>(
    course: &'a Course,
    names: &[String],
) -> Result<Vec<&'a Lesson>, Failure> {
    match names {
        [] => Ok(course.lessons.iter().collect()),
        names => names.iter().map(|name| lesson(course, name)).collect(),
    }
}

fn pack(app: &App, folder: &Path) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    let files = write_pack(&course, folder)?;
    let shown = tick(&folder.display().to_string());
    app.terminal.say(&format!(
        "{} in {shown}: no solutions, no known mistakes, and the answers to questions as digests",
        count(files, "file")
    ));
    app.terminal.say(&format!(
        "learners take it with `--course {}`; grade with the whole course",
        folder.display()
    ));
    Ok(ExitCode::Passed)
}

fn examples(app: &App, names: &[String]) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    let lessons = lessons(&course, names)?;
    let depot = app.depot();
    let began = Instant::now();
    let (mut run, mut not_run, mut faults) = (0, 0, 0);
    wait_for(async {
        let engine = app.engine().await?;
        sweep(app, &engine).await;
        // One after the other: what they publish is published on this machine's own ports.
        for lesson in lessons {
            let examined = tokio::select! {
                examined = examine(&engine, &course, lesson, &depot) => examined?,
                () = stop() => return Err(Failure::Interrupted),
            };
            let status = match examined.faults.as_slice() {
                [] => Status::Pass,
                _ => Status::Fail,
            };
            let (id, commands) = (&lesson.id, count(examined.run, "command"));
            let line = format!("{} {id}: {commands} run", status.mark());
            app.terminal.print(&format!("{line}\n"));
            for why in &examined.not_run {
                let why = inert_line(why);
                app.terminal
                    .print(&format!("  a block is not run: {why}\n"));
            }
            for fault in &examined.faults {
                app.terminal.print(&format!("  {}\n", inert_line(fault)));
            }
            run += examined.run;
            not_run += examined.not_run.len();
            faults += examined.faults.len();
        }
        Ok(())
    })?;
    app.terminal.print(&format!(
        "\n{} run, {not_run} not run for a reason given, {} untrue, {}\n",
        count(run, "command"),
        faults,
        time(began.elapsed())
    ));
    Ok(match faults {
        0 => ExitCode::Passed,
        _ => ExitCode::Usage,
    })
}

fn check(app: &App, names: &[String], batch: &Batch) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    let lessons = lessons(&course, names)?;
    let began = Instant::now();
    let told = |case: &Case| {
        let status = if case.faults.is_empty() {
            Status::Pass
        } else {
            Status::Fail
        };
        let (lesson, kind) = (&case.lesson, &case.kind);
        app.terminal.say(&format!(
            "{} {lesson}: {kind} ({})",
            status.mark(),
            time(case.took)
        ));
    };
    let proof = graded(app, &course, async |ground| {
        prove(ground, &lessons, batch, &told, stop()).await
    })?;
    app.terminal
        .print(&summary(app, &lessons, &proof, began.elapsed()));
    let mistakes = lessons.iter().map(|lesson| lesson.mistakes.len()).sum();
    say_sample(app, batch, mistakes, "mistake");
    Ok(match proof.holds() {
        true => ExitCode::Passed,
        false if proof.cases.iter().any(|case| case.errors) => ExitCode::Infrastructure,
        false => ExitCode::Usage,
    })
}

fn summary(app: &App, lessons: &[&Lesson], proof: &Proof, took: Duration) -> String {
    let style = &app.terminal.out;
    let rows: Vec<Vec<String>> = lessons.iter().map(|lesson| row(lesson, proof)).collect();
    let headers = [
        "lesson",
        "tasks",
        "checks",
        "starter",
        "solution",
        "mistakes caught",
        "time",
    ];
    let mut out = table(&headers, &rows, style);
    for case in proof.cases.iter().filter(|case| !case.faults.is_empty()) {
        let head = format!("\n{}: {}", case.lesson, case.kind);
        out.push_str(&format!("{}\n", style.paint(Role::Bad, &head)));
        for fault in &case.faults {
            out.push_str(&format!("  {}\n", inert_line(fault)));
        }
    }
    let left = match proof.left {
        0 => "nothing left on the engine".to_owned(),
        n => format!("{} left on the engine", count(n, "object")),
    };
    out.push_str(&format!("\n{proof}, {left}, {}\n", time(took)));
    out
}

fn row(lesson: &Lesson, proof: &Proof) -> Vec<String> {
    let own: Vec<&Case> = proof
        .cases
        .iter()
        .filter(|case| case.lesson == lesson.id)
        .collect();
    let held = |kind: &CaseKind| {
        let case = own.iter().find(|case| case.kind == *kind);
        case.is_some_and(|case| case.faults.is_empty())
    };
    let word = |held: bool, yes: &str| {
        if held {
            format!("✓ {yes}")
        } else {
            "✗".to_owned()
        }
    };
    let mistakes: Vec<&&Case> = own
        .iter()
        .filter(|case| matches!(case.kind, CaseKind::Mistake(_)))
        .collect();
    let caught = mistakes
        .iter()
        .filter(|case| case.faults.is_empty())
        .count();
    let checks: usize = lesson.tasks.iter().map(|task| task.checks.len()).sum();
    vec![
        lesson.id.clone(),
        lesson.tasks.len().to_string(),
        checks.to_string(),
        word(held(&CaseKind::Starter), "fails"),
        word(held(&CaseKind::Solution), "passes"),
        format!(
            "{} {caught}/{}",
            if caught == mistakes.len() {
                "✓"
            } else {
                "✗"
            },
            mistakes.len()
        ),
        time(own.iter().map(|case| case.took).sum()),
    ]
}
