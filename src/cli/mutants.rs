//! `sealegs dev mutants`: whether the checks notice small changes to the solutions.

use std::time::{Duration, Instant};

use crate::author::{Batch, Fate, Trials, Tried, mutants, try_out};
use crate::course::Lesson;
use crate::failure::{ExitCode, Failure};
use crate::outcome::Status;
use crate::render::Role;
use crate::report::table;
use crate::text::{count, inert_line, time};

use super::{App, dev, stop};

/// Names every mutant, and tries none.
pub(super) fn name_them(app: &App, names: &[String]) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    for lesson in dev::lessons(&course, names)? {
        for mutant in mutants(&course, lesson) {
            let line = format!("{}: {}", lesson.id, mutant.name);
            app.terminal.print(&format!("{}\n", inert_line(&line)));
        }
    }
    Ok(ExitCode::Passed)
}

/// Grades them, and tells which no check noticed.
pub(super) fn try_them(app: &App, names: &[String], batch: &Batch) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    let lessons = dev::lessons(&course, names)?;
    let began = Instant::now();
    let told = |tried: &Tried| {
        let (lesson, name) = (&tried.lesson, inert_line(&tried.mutant.name));
        let (mark, what) = match &tried.fate {
            Fate::Caught { task } => (Status::Pass, format!("caught by {task}")),
            Fate::Harmless { .. } => (Status::Pass, "harmless".to_owned()),
            Fate::Survived => (Status::Fail, "not noticed".to_owned()),
            Fate::CaughtAfterAll => (Status::Fail, "caught, and called harmless".to_owned()),
            Fate::Unjudged { .. } => (Status::Error, "could not be judged".to_owned()),
        };
        let took = time(tried.took);
        app.terminal.say(&format!(
            "{} {lesson}: {name}: {what} ({took})",
            mark.mark()
        ));
    };
    let trials = dev::graded(app, &course, async |ground| {
        try_out(ground, &lessons, batch, &told, stop()).await
    })?;
    app.terminal
        .print(&summary(app, &lessons, &trials, began.elapsed()));
    dev::say_sample(app, batch, trials.of, "mutant");
    let unjudged = |fate: &Fate| matches!(fate, Fate::Unjudged { .. });
    Ok(match trials.holds() {
        true => ExitCode::Passed,
        false if trials.with(unjudged) > 0 => ExitCode::Infrastructure,
        false => ExitCode::Usage,
    })
}

fn summary(app: &App, lessons: &[&Lesson], trials: &Trials, took: Duration) -> String {
    let style = &app.terminal.out;
    let rows: Vec<Vec<String>> = lessons.iter().map(|lesson| row(lesson, trials)).collect();
    let mut out = table(
        &["lesson", "mutants", "caught", "harmless", "time"],
        &rows,
        style,
    );
    for tried in &trials.tried {
        let why = match &tried.fate {
            Fate::Survived => "every check passes",
            Fate::CaughtAfterAll => "a check catches it: it is not harmless",
            Fate::Unjudged { why } => why,
            Fate::Caught { .. } | Fate::Harmless { .. } => continue,
        };
        let head = inert_line(&format!("{}: {}", tried.lesson, tried.mutant.name)).into_owned();
        out.push_str(&format!("\n{}\n", style.paint(Role::Bad, &head)));
        out.push_str(&format!("  {}\n", inert_line(why)));
    }
    for (lesson, name) in &trials.unknown {
        let head = inert_line(&format!("{lesson}: {name}")).into_owned();
        out.push_str(&format!("\n{}\n", style.paint(Role::Bad, &head)));
        out.push_str("  called harmless, and no mutant of the solution\n");
    }
    let caught = trials.with(|fate| matches!(fate, Fate::Caught { .. }));
    let harmless = trials.with(|fate| matches!(fate, Fate::Harmless { .. }));
    let left = match trials.left {
        0 => "nothing left on the engine".to_owned(),
        n => format!("{} left on the engine", count(n, "object")),
    };
    out.push_str(&format!(
        "\n{} tried: {caught} caught ({}), {harmless} harmless ({}), {left}, {}\n",
        count(trials.tried.len(), "mutant"),
        share(caught, trials.tried.len()),
        share(harmless, trials.tried.len()),
        time(took)
    ));
    out
}

fn row(lesson: &Lesson, trials: &Trials) -> Vec<String> {
    let own: Vec<&Tried> = trials
        .tried
        .iter()
        .filter(|tried| tried.lesson == lesson.id)
        .collect();
    let with = |fate: fn(&Fate) -> bool| own.iter().filter(|tried| fate(&tried.fate)).count();
    let caught = with(|fate| matches!(fate, Fate::Caught { .. }));
    let harmless = with(|fate| matches!(fate, Fate::Harmless { .. }));
    let mark = match caught + harmless == own.len() {
        true => Status::Pass,
        false => Status::Fail,
    };
    vec![
        lesson.id.clone(),
        own.len().to_string(),
        format!("{} {caught}", mark.mark()),
        harmless.to_string(),
        time(own.iter().map(|tried| tried.took).sum()),
    ]
}

/// In percent, with one decimal.
fn share(part: usize, whole: usize) -> String {
    match whole {
        0 => "none".to_owned(),
        whole => format!("{:.1} %", 100.0 * part as f64 / whole as f64),
    }
}
