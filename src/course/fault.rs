//! What is wrong in a course's files, with the place of each fault, and how it is shown to the author.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use unicode_width::UnicodeWidthStr;

use super::node::Place;
use crate::failure::Failure;
use crate::text::{count, inert_line, list, tick};

/// The widest line that is shown whole.
const WIDEST: usize = 120;

/// One thing that is wrong in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file's path in the course, with slashes.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// How many characters the fault spans on its line, at least 1.
    pub width: usize,
    /// What is wrong: lower case, names in backticks, no full stop.
    pub message: String,
    /// The line as it stands in the file; none where the fault is the file itself.
    pub snippet: Option<String>,
    /// What may stand there instead, where that is a short list.
    pub allowed: Vec<String>,
    /// The allowed text that was probably meant.
    pub nearest: Option<String>,
}

impl Fault {
    /// A fault of a whole file.
    pub(super) fn of_file(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            line: 1,
            column: 1,
            width: 1,
            message: message.into(),
            snippet: None,
            allowed: Vec::new(),
            nearest: None,
        }
    }

    /// Puts the fault at a place of the file's text.
    #[must_use]
    fn at(mut self, place: Place, text: &str) -> Self {
        self.line = place.line;
        self.column = place.column;
        self.width = place.width.max(1);
        self.snippet = text
            .lines()
            .nth(place.line.saturating_sub(1))
            .filter(|line| !line.trim().is_empty())
            .map(str::to_owned);
        self
    }

    /// Says what may stand there, and which of it is near to what was `given`.
    #[must_use]
    pub(super) fn allowed<S: AsRef<str>>(mut self, given: &str, allowed: &[S]) -> Self {
        let names = allowed.iter().map(AsRef::as_ref);
        self.nearest = crate::text::nearest(given, names.clone()).map(str::to_owned);
        self.allowed = names.map(str::to_owned).collect();
        self
    }

    /// Says what was probably meant.
    #[must_use]
    pub(super) fn meant(mut self, nearest: Option<String>) -> Self {
        self.nearest = nearest;
        self
    }
}

/// A file's name and text: what a fault quotes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

impl Page<'_> {
    /// A fault at a place of this file.
    pub(super) fn fault(self, place: Place, message: impl Into<String>) -> Fault {
        Fault::of_file(self.file, message).at(place, self.text)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&inert_line(&self.file))?;
        if self.snippet.is_some() || (self.line, self.column) != (1, 1) {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        write!(f, ": {}", inert_line(&self.message))?;
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        if let Some(line) = &self.snippet {
            let shown = Snippet::of(line, self.column, self.width);
            write!(
                f,
                "\n{number} | {}\n{margin} | {}",
                shown.text, shown.carets
            )?;
        }
        if !self.allowed.is_empty() {
            write!(f, "\n{margin} = allowed: {}", list(&self.allowed))?;
        }
        match &self.nearest {
            Some(nearest) => write!(f, "\n{margin} = did you mean {}?", tick(nearest)),
            None => Ok(()),
        }
    }
}

/// A line of a file made harmless, cut to what fits around the fault, with the carets below it.
struct Snippet {
    text: String,
    carets: String,
}

impl Snippet {
    fn of(line: &str, column: usize, width: usize) -> Self {
        let chars: Vec<char> = line
            .chars()
            .map(|c| if c == '\t' { ' ' } else { c })
            .collect();
        let at = (column - 1).min(chars.len());
        let (from, to) = if chars.len() <= WIDEST {
            (0, chars.len())
        } else {
            let from = at.saturating_sub(WIDEST / 2);
            (from, (from + WIDEST).min(chars.len()))
        };
        let part = |from: usize, to: usize| chars[from..to].iter().collect::<String>();
        let before = format!(
            "{}{}",
            if from > 0 { "…" } else { "" },
            inert_line(&part(from, at))
        );
        let marked = part(at, (at + width).min(to).max(at));
        let cut = if to < chars.len() { "…" } else { "" };
        Self {
            carets: format!(
                "{}{}",
                " ".repeat(before.width()),
                "^".repeat(inert_line(&marked).width().max(1))
            ),
            text: format!("{before}{}{cut}", inert_line(&part(at, to))),
        }
    }
}

/// All faults of a course, by file and line; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// The faults in the order of their places, or none where there are none.
    pub(super) fn of(mut faults: Vec<Fault>) -> Option<Self> {
        let place = |fault: &Fault| (fault.file.clone(), fault.line, fault.column);
        faults.sort_by_key(place);
        faults.dedup();
        (!faults.is_empty()).then_some(Self(faults))
    }

    /// The faults, by file and line.
    pub fn iter(&self) -> std::slice::Iter<'_, Fault> {
        self.0.iter()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fault in &self.0 {
            write!(f, "{fault}\n\n")?;
        }
        let files: BTreeSet<&str> = self.0.iter().map(|fault| fault.file.as_str()).collect();
        write!(
            f,
            "{} in {}",
            count(self.0.len(), "fault"),
            count(files.len(), "file")
        )
    }
}

impl std::error::Error for Faults {}

impl From<Faults> for Failure {
    fn from(faults: Faults) -> Self {
        Self::usage(format!("the course has faults\n\n{faults}"))
    }
}

/// Why a folder gave no course.
#[derive(Debug, thiserror::Error)]
pub enum CourseError {
    /// Its files can be read and are wrong.
    #[error("{0}")]
    Faults(Faults),
    /// The folder, or something in it, cannot be read.
    #[error("cannot read `{}`", .path.display())]
    Unreadable {
        /// What cannot be read.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl From<CourseError> for Failure {
    fn from(error: CourseError) -> Self {
        match error {
            CourseError::Faults(faults) => faults.into(),
            CourseError::Unreadable { path, source } => {
                let name = tick(&path.to_string_lossy());
                match source.kind() {
                    std::io::ErrorKind::NotFound => Self::usage(format!("no folder {name}"))
                        .with_hint("a course is a folder that holds `lessons` and `checks`"),
                    _ => Self::system(format!("cannot read {name}: {source}")),
                }
            }
        }
    }
}
