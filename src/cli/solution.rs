//! `sealegs solution`: the reference against the learner's files, once the lesson is done, or anyway.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::course::Lesson;
use crate::failure::{ExitCode, Failure};
use crate::report::{Compared, solution};
use crate::text::{count, tick};
use crate::workspace::{Caps, EntryKind, Listing};

use super::record::Record;
use super::{App, pager, place};

/// Larger files are no answer to a lesson.
const LARGEST: u64 = 1 << 20;

/// Whether the learner insists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    Afterwards,
    Anyway,
}

pub(super) fn run(
    app: &App,
    what: Option<&str>,
    folder: Option<PathBuf>,
    ask: Ask,
) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    let progress = Record::open(&app.terminal, &course).progress();
    let place = place::find(&course, &progress, what, folder)?;
    let lesson = place.lesson;
    if ask == Ask::Afterwards && !progress.is_done(lesson) {
        let id = &lesson.id;
        let open = lesson
            .tasks
            .iter()
            .filter(|task| !task.bonus && !progress.has_passed(id, &task.id))
            .count();
        let of = format!("{open} of {}", count(lesson.tasks.len(), "task"));
        let failure = Failure::usage(format!("{of} of {} are still to do", tick(id)));
        return Err(failure.with_hint(format!(
            "`sealegs hint` helps you on; `sealegs solution {id} --anyway` shows the answer"
        )));
    }
    let files = compared(lesson, &place.folder)?;
    pager::show(&app.terminal, |style| solution(&files, style));
    Ok(ExitCode::Passed)
}

/// The files of the reference, then those that only the learner has.
fn compared(lesson: &Lesson, folder: &Path) -> Result<Vec<Compared>, Failure> {
    let listing = Listing::of(folder, Caps::default())?;
    let reference = &lesson.solution.files;
    let mut files = Vec::new();
    for (path, file) in reference {
        files.push(Compared {
            path: path.clone(),
            yours: read(&listing, path)?,
            reference: Some(file.content.to_vec()),
        });
    }
    let hidden = |path: &str| path.split('/').next().is_some_and(|top| top == ".git");
    for entry in listing.entries() {
        let is_file = matches!(entry.kind, EntryKind::File { .. });
        if is_file && !reference.contains_key(&entry.path) && !hidden(&entry.path) {
            files.push(Compared {
                path: entry.path.clone(),
                yours: Some(Vec::new()),
                reference: None,
            });
        }
    }
    Ok(files)
}

/// A file of the learner; what is too long counts as no text.
fn read(listing: &Listing, path: &str) -> Result<Option<Vec<u8>>, Failure> {
    let Some(EntryKind::File { size, .. }) = listing.entry(path).map(|entry| &entry.kind) else {
        return Ok(None);
    };
    if *size > LARGEST {
        return Ok(Some(vec![0]));
    }
    let mut bytes = Vec::new();
    let opened = listing.open(path);
    let read = opened.and_then(|file| file.take(LARGEST).read_to_end(&mut bytes));
    read.map_err(|error| Failure::system(format!("cannot read {}: {error}", tick(path))))?;
    Ok(Some(bytes))
}
