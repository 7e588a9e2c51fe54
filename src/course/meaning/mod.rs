//! What no schema can say: names that name something, expectations that can fail, files that fit together.

mod course;
mod expectation;
mod headings;
mod hint;
mod images;
mod lesson;
mod mistake;
mod needs;
mod quiz;
mod reach;
mod task;
mod tokens;

pub(super) use course::course;
pub(super) use mistake::mistaken;

use super::fault::{Fault, Page};
use super::node::At;
use crate::text::tick;

/// Where faults of one file go.
struct Findings<'a> {
    page: Page<'a>,
    faults: &'a mut Vec<Fault>,
}

impl Findings<'_> {
    /// A fault at what is under the finger.
    fn at(&mut self, at: At<'_>, message: impl Into<String>) {
        self.faults.push(self.page.fault(at.place(), message));
    }

    /// A name that is none of those there are.
    fn unknown<S: AsRef<str>>(&mut self, at: At<'_>, noun: &str, given: &str, known: &[S]) {
        let message = format!("there is no {noun} {}", tick(given));
        self.faults
            .push(self.page.fault(at.place(), message).allowed(given, known));
    }
}
