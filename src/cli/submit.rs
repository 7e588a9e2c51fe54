//! `sealegs submit`: one archive of what a grader needs, after the grade that it will get.

use std::fs;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use crate::course::{Course, Lesson};
use crate::failure::{ExitCode, Failure};
use crate::grade::{Commands, Hints};
use crate::learn::handin;
use crate::learn::terminal::{edit, editor};
use crate::outcome::{ScriptEnd, Status};
use crate::report::text::Detail;
use crate::sandbox::kept::Kept;
use crate::text::{inert, size, tick};
use crate::workspace::{Caps, Listing, MOST_BYTES};

use super::grade::{self, Look};
use super::place::{self, Place};
use super::record::Record;
use super::{App, wait_for};

/// The submission's commands.
const SCRIPT: &str = "commands.sh";

/// What is asked for on the command line.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) lesson: Option<String>,
    pub(super) folder: Option<PathBuf>,
    pub(super) out: Option<PathBuf>,
    pub(super) edit: bool,
    pub(super) anyway: bool,
}

pub(super) fn run(app: &App, wanted: Wanted) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    let progress = Record::open(&app.terminal, &course).progress();
    let place = place::find(&course, &progress, wanted.lesson.as_deref(), wanted.folder)?;
    let lesson = place.lesson;
    let out = wanted
        .out
        .unwrap_or_else(|| PathBuf::from(format!("{}.tar.gz", lesson.id)));
    if lesson.needs_sandbox() {
        write_commands(app, &place)?;
        if wanted.edit {
            edit_commands(&place.folder)?;
        }
        show_commands(app, &place.folder);
    }
    // Under its own name only once it counts: half an archive must not be handed in.
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut new = tempfile::Builder::new()
        .prefix(".sealegs-")
        .suffix(".tar.gz")
        .tempfile_in(folder.unwrap_or(Path::new(".")))
        .map_err(|error| unwritten(&out, &error))?;
    let not = [out.as_path(), new.path()].map(|path| below(&place.folder, path));
    pack(lesson, &place.folder, &not, &mut new)?;
    let status = graded(app, &course, lesson, new.path())?;
    if status != ExitCode::Passed && !wanted.anyway && !wants_it_anyway(app)? {
        app.terminal
            .say("nothing is written; `--anyway` writes it all the same");
        return Ok(status);
    }
    let written = new.as_file().metadata().map_or(0, |meta| meta.len());
    let kept = new
        .persist(&out)
        .map_err(|error| unwritten(&out, &error.error))?;
    readable(&kept);
    let shown = tick(&out.display().to_string());
    app.terminal
        .say(&format!("{shown} ({}) is what to hand in", size(written)));
    Ok(status)
}

/// Writes the commands from the sandbox, where the learner has written none of their own.
fn write_commands(app: &App, place: &Place<'_>) -> Result<(), Failure> {
    let path = place.folder.join(SCRIPT);
    let before = fs::read_to_string(&path).ok();
    let starter = place.lesson.starter.files.get(SCRIPT);
    let is_starter = |text: &str| starter.is_some_and(|file| file.content == text.as_bytes());
    if let Some(text) = &before
        && !handin::is_unedited(text)
        && !is_starter(text)
    {
        app.terminal
            .say(&format!("{} is yours, and is taken as it is", tick(SCRIPT)));
        return Ok(());
    }
    let journal = wait_for(async {
        let kept = Kept::of(&app.engine().await?, &place.lesson.id);
        Ok(kept.exists().then(|| kept.journal()))
    })?;
    let Some(journal) = journal else {
        let said = format!(
            "the sandbox of {} is not opened yet, so there are no commands to hand in",
            tick(&place.lesson.id)
        );
        app.terminal.say(&said);
        return Ok(());
    };
    let text = handin::script(place.lesson, &journal, &place::whole(&place.folder));
    fs::write(&path, text).map_err(|error| unwritten(&path, &error))
}

fn edit_commands(folder: &Path) -> Result<(), Failure> {
    let Some(editor) = editor() else {
        return Err(Failure::usage("there is no editor to open")
            .with_hint("set VISUAL or EDITOR to yours, or edit `commands.sh` by any other means"));
    };
    wait_for(async {
        let ended = edit(&editor, Path::new(SCRIPT), folder).await;
        ended.map(drop).map_err(|error| {
            Failure::system(format!(
                "the editor {} cannot be started: {error}",
                tick(&editor)
            ))
        })
    })
}

fn show_commands(app: &App, folder: &Path) {
    let Ok(text) = fs::read_to_string(folder.join(SCRIPT)) else {
        return;
    };
    app.terminal.say(&format!("{SCRIPT}:"));
    for line in text.lines() {
        app.terminal.say(&format!("    {}", inert(line)));
    }
}

/// A path as the workspace knows it; nothing for one outside of it.
fn below(folder: &Path, path: &Path) -> String {
    let parent = path.parent().filter(|it| !it.as_os_str().is_empty());
    let path =
        place::whole(parent.unwrap_or(Path::new("."))).join(path.file_name().unwrap_or_default());
    let below = path
        .strip_prefix(place::whole(folder))
        .unwrap_or(Path::new(""));
    below.to_string_lossy().into_owned()
}

/// Writes the archive, without itself.
fn pack(
    lesson: &Lesson,
    folder: &Path,
    not: &[String],
    out: &mut tempfile::NamedTempFile,
) -> Result<(), Failure> {
    let mut listing = Listing::of(folder, Caps::default())?.without(".git");
    for path in not {
        listing = listing.without(path);
    }
    if listing.bytes() > MOST_BYTES {
        let (bytes, most) = (size(listing.bytes()), size(MOST_BYTES));
        let failure = Failure::usage(format!("the workspace is {bytes}, more than {most}"));
        return Err(failure.with_hint("take out what the lesson does not ask for"));
    }
    listing
        .pack(&lesson.id, out.as_file_mut())
        .map_err(|error| {
            let folder = tick(&folder.display().to_string());
            Failure::system(format!("cannot pack {folder}: {error}"))
        })
}

/// The grade of the archive, as a grader gets it.
fn graded(
    app: &App,
    course: &Course,
    lesson: &Lesson,
    archive: &Path,
) -> Result<ExitCode, Failure> {
    let look = Look {
        course,
        lesson,
        folder: archive,
        seed: None,
        commands: Commands::RunAgain,
        hints: Hints::Unasked,
    };
    if lesson.needs_sandbox() {
        app.terminal.say(
            "it is graded now as it will be, every command of it run again: that can take as long as they took",
        );
    }
    let mut grade = grade::judged(app, look, &|_| ())?;
    grade.submission.clone_from(&lesson.id);
    grade::show(app, &grade, Detail::Grade);
    let lost = grade
        .tasks
        .iter()
        .filter(|task| task.status != Status::Pass);
    let lost: Vec<&str> = lost.map(|task| task.id.as_str()).collect();
    if !lost.is_empty() {
        let said = format!(
            "as it is, a grader would not count {}",
            crate::text::list(&lost)
        );
        app.terminal.say(&said);
        let waited = grade.script.iter().flat_map(|script| &script.commands);
        for command in waited.filter(|command| command.ended == ScriptEnd::TimedOut) {
            app.terminal.say(&format!(
                "line {} of {} did not end by itself, and nobody is there to type: write it so that it ends, with `--edit`",
                command.line,
                tick(SCRIPT)
            ));
        }
    }
    Ok(grade::exit_code(&grade))
}

fn wants_it_anyway(app: &App) -> Result<bool, Failure> {
    let is_asked = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    match is_asked {
        true => app.terminal.confirm("Write it all the same?", false),
        false => Ok(false),
    }
}

fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    let path = tick(&path.display().to_string());
    Failure::system(format!("cannot write {path}: {error}"))
}

/// A temporary file is its owner's alone; one that is handed in need not be.
fn readable(file: &fs::File) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let _ = file.set_permissions(fs::Permissions::from_mode(0o644));
    }
    #[cfg(not(unix))]
    let _ = file;
}
