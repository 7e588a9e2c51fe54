//! `sealegs grade`: a fresh, final verdict on a submission.

use std::path::Path;

use crate::checks::Bounds;
use crate::course::{Course, Lesson};
use crate::failure::{ExitCode, Failure};
use crate::grade::{self, Afterwards, Commands, Hints, Order};
use crate::outcome::{Grade, Status};
use crate::report::{self, text::Detail};
use crate::workspace::Caps;

use super::args::Format;
use super::live::Live;
use super::{App, lesson, stop, sweep, wait_for};

pub(super) fn run(
    app: &App,
    id: &str,
    submission: &Path,
    seed: Option<String>,
) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    let lesson = lesson(&course, id)?;
    let look = Look {
        course: &course,
        lesson,
        folder: submission,
        seed,
        commands: Commands::RunAgain,
        hints: Hints::Unasked,
    };
    let grade = judged(app, look, &|_| ())?;
    show(app, &grade, Detail::Grade);
    Ok(exit_code(&grade))
}

/// One look at a folder.
pub(super) struct Look<'a> {
    pub(super) course: &'a Course,
    pub(super) lesson: &'a Lesson,
    pub(super) folder: &'a Path,
    pub(super) seed: Option<String>,
    pub(super) commands: Commands,
    pub(super) hints: Hints,
}

/// Grades a folder with progress on a terminal; `told` hears of it too.
pub(super) fn judged(
    app: &App,
    look: Look<'_>,
    told: &(dyn Fn(&grade::Progress) + Send + Sync),
) -> Result<Grade, Failure> {
    let depot = app.depot();
    let order = Order {
        course: look.course,
        lesson: look.lesson,
        submission: look.folder,
        name: name_of(look.folder),
        bounds: Bounds::default(),
        caps: Caps::default(),
        seed: look.seed,
        commands: look.commands,
        afterwards: Afterwards::RemoveImages,
        depot: &depot,
        hints: look.hints,
    };
    wait_for(async {
        let engine = app.engine().await?;
        sweep(app, &engine).await;
        let live = Live::new(&app.terminal);
        let on = |progress| {
            live.show(&progress);
            told(&progress);
        };
        let grade = grade::grade(&engine, &order, &on, stop()).await;
        live.finish();
        grade
    })
}

/// The submission's name: that of its folder, or its archive.
fn name_of(submission: &Path) -> String {
    let whole = submission
        .canonicalize()
        .unwrap_or_else(|_| submission.to_owned());
    let name = whole.file_name().unwrap_or(whole.as_os_str());
    let name = name.to_string_lossy();
    let endings = [".tar.gz", ".tgz", ".tar"];
    let archive = endings.iter().find_map(|ending| name.strip_suffix(ending));
    match archive.filter(|_| whole.is_file()) {
        Some(archive) => archive.to_owned(),
        None => name.into_owned(),
    }
}

pub(super) fn show(app: &App, grade: &Grade, detail: Detail) {
    let text = match app.global.format {
        Format::Text => report::text::grade(grade, &app.terminal.out, detail),
        Format::Json => report::json::grade(grade),
    };
    app.terminal.print(&text);
}

pub(super) fn exit_code(grade: &Grade) -> ExitCode {
    match grade.status {
        Status::Pass => ExitCode::Passed,
        Status::Fail | Status::Skip => ExitCode::Failed,
        Status::Error => ExitCode::Infrastructure,
    }
}
