//! `sealegs` alone: carries on where the learner left off, or begins.

use std::path::{Path, PathBuf};

use crate::course::{Course, Lesson};
use crate::doctor::{Diagnosis, Health, Mend, diagnose};
use crate::failure::{ExitCode, Failure};
use crate::learn::Left;
use crate::learn::workspace;
use crate::outcome::Status;
use crate::progress::{Progress, Workspace};
use crate::render::{Indent, Role, Span, Style, mark, open_mark, wrapped};
use crate::text::{count, inert_line, tick};

use super::record::Record;
use super::{App, doctor, place, seat, wait_for};

pub(super) fn run(app: &App) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    let record = Record::open(&app.terminal, &course);
    let mut wanted = at(&course, &record.progress());
    loop {
        let Some(lesson) = wanted else {
            app.terminal
                .say("the course is done; `sealegs list` shows it");
            return Ok(ExitCode::Passed);
        };
        let Some(folder) = ready(app, &course, lesson, &record)? else {
            return Ok(ExitCode::Passed);
        };
        wanted = match seat::learn(app, &course, lesson, &folder, &record) {
            Ok(Left::Next) => record.progress().next(&course),
            Ok(Left::To(id)) => course.lesson(&id),
            Ok(Left::Away) => {
                app.terminal
                    .say("until next time: `sealegs` takes you back here");
                return Ok(ExitCode::Passed);
            }
            Err(Failure::Interrupted) => return Ok(ExitCode::Passed),
            Err(failure) => return Err(failure),
        };
    }
}

/// The lesson whose workspace this is, unless it is done; else the one to go on with.
fn at<'c>(course: &'c Course, progress: &Progress) -> Option<&'c Lesson> {
    let around = progress.lesson_at(&place::here());
    around
        .and_then(|(id, _)| course.lesson(id))
        .filter(|lesson| !progress.is_done(lesson))
        .or_else(|| progress.next(course))
}

/// Makes sure of what a lesson needs: engine, images, workspace. `None` where the learner would rather not.
fn ready(
    app: &App,
    course: &Course,
    lesson: &Lesson,
    record: &Record<'_>,
) -> Result<Option<PathBuf>, Failure> {
    let progress = record.progress();
    let first = progress.lessons.is_empty();
    let folder = folder(lesson, &progress);
    let choice = app.global.engine.as_deref();
    let mut needed = course.clone();
    needed.lessons.retain(|other| other.id == lesson.id);
    let found = wait_for(async { Ok(diagnose(choice, &needed).await) })?;
    let style = &app.terminal.out;
    if first {
        let text = welcome(course, lesson, &found, &folder, style);
        app.terminal.print(&text);
    } else if !found.is_well() || !found.mends.is_empty() {
        app.terminal.print(&findings(&found, style));
    }
    let hopeless = !found.is_well() && found.mends.is_empty();
    if !hopeless && (first || !found.mends.is_empty()) {
        let question = question(&found.mends);
        if !app.confirm(&question, "begin", true)? {
            return Ok(None);
        }
    }
    mended(app, &needed, found)?;
    if !is_begun(lesson, &progress) {
        workspace::make(lesson, &folder)?;
        let entered = Workspace {
            folder: place::whole(&folder),
            made: true,
        };
        record.change(|progress| progress.work_in(&lesson.id, entered));
    }
    Ok(Some(folder))
}

fn is_begun(lesson: &Lesson, progress: &Progress) -> bool {
    let known = progress.lesson(&lesson.id).workspace;
    known.is_some_and(|known| known.folder.is_dir())
}

/// Where a lesson is worked on: where it is already, else beside the lesson before, else here.
fn folder(lesson: &Lesson, progress: &Progress) -> PathBuf {
    let of = |id: &str| progress.lesson(id).workspace.map(|known| known.folder);
    if let Some(known) = of(&lesson.id).filter(|folder| folder.is_dir()) {
        return known;
    }
    let last = progress.current.as_deref().and_then(of);
    let beside = last.and_then(|last| last.parent().map(Path::to_owned));
    let place = beside.filter(|it| it.is_dir()).unwrap_or_else(place::here);
    let mut folder = place.join(&lesson.id);
    let mut number = 2;
    // Something else of that name is in the way.
    while workspace::is_taken(&folder) {
        folder = place.join(format!("{}-{number}", lesson.id));
        number += 1;
    }
    folder
}

fn welcome(
    course: &Course,
    lesson: &Lesson,
    found: &Diagnosis,
    folder: &Path,
    style: &Style,
) -> String {
    let style = Style {
        width: style.width.min(crate::render::MEASURE),
        ..*style
    };
    let minutes: u32 = course.lessons.iter().map(|lesson| lesson.minutes).sum();
    let lessons = count(course.lessons.len(), "lesson");
    let title = inert_line(&course.title);
    let about = format!(
        "{lessons}, about {minutes} minutes in all. Each is a page to read and a few tasks that you do with your own \
         editor and real `docker` commands. Your work is looked at whenever you save a file or type a command: what is right \
         ticks, what is not says why. Leave at any moment; `sealegs` takes you back to where you were."
    );
    let paragraph = |spans: &[Span]| wrapped(spans, Indent::default(), &style);
    let tasks = count(lesson.tasks.len(), "task");
    let first = [
        Span::plain("First: "),
        Span::new(Role::Strong, &inert_line(&lesson.title)),
        Span::plain(&format!(
            ", {} minutes, {tasks}. Your files will be in {}.",
            lesson.minutes,
            tick(&place::shown(folder))
        )),
    ];
    format!(
        "\n{}\n{}\n{}\n{}\n",
        paragraph(&[Span::new(Role::Strong, &title)]),
        paragraph(&[Span::plain(&about)]),
        findings(found, &style),
        paragraph(&first)
    )
}

/// What is there and what is missing, in a line each; what only graders need to know is left out.
fn findings(found: &Diagnosis, style: &Style) -> String {
    let indent = Indent {
        first: "  ",
        rest: "    ",
    };
    let mut out = String::new();
    let mut put = |mark: Span, says: &str| {
        let spans = [mark, Span::plain(" "), Span::plain(says)];
        out.push_str(&wrapped(&spans, indent, style));
    };
    for finding in &found.findings {
        let status = match finding.state {
            Health::Good => Status::Pass,
            Health::Bad => Status::Fail,
            Health::Note => continue,
        };
        put(mark(status, style.glyphs), &inert_line(&finding.says));
        if let Some(hint) = &finding.hint {
            put(Span::plain(" "), &inert_line(hint));
        }
    }
    for mend in &found.mends {
        put(open_mark(style.glyphs), &format!("to do: {mend}"));
    }
    out
}

fn question(mends: &[Mend]) -> String {
    match mends {
        [] => "Begin?".to_owned(),
        [one] => format!("{}, and begin?", capital(&one.to_string())),
        _ => "Do that, and begin?".to_owned(),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), chars.as_str())
}

/// Mends what can be mended; what then still keeps lessons from working stops here.
fn mended(app: &App, course: &Course, mut found: Diagnosis) -> Result<(), Failure> {
    let mut tried: Vec<Mend> = Vec::new();
    while let Some(one) = found.mends.iter().find(|one| !tried.contains(one)).cloned() {
        found = doctor::mend_one(app, course, &one)?;
        tried.push(one);
    }
    let bad: Vec<&str> = found
        .findings
        .iter()
        .filter(|finding| finding.state == Health::Bad)
        .map(|finding| finding.says.as_str())
        .collect();
    match bad.as_slice() {
        [] => Ok(()),
        [first, ..] => Err(Failure::system((*first).to_owned())
            .with_hint("`sealegs doctor` says what can be done")),
    }
}
