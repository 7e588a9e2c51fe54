//! What is going on, on a terminal: one line that changes. Where nothing is live, only what a person should know.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::engine::BuildProgress;
use crate::grade::Progress;
use crate::images::Getting;
use crate::text::inert_line;

use super::terminal::Terminal;

/// The line that changes, or nothing.
pub(crate) struct Live<'a> {
    bar: ProgressBar,
    terminal: &'a Terminal,
}

impl<'a> Live<'a> {
    pub(crate) fn new(terminal: &'a Terminal) -> Self {
        let bar = match terminal.live {
            true => ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()),
            false => ProgressBar::hidden(),
        };
        let style = ProgressStyle::with_template("{spinner} {wide_msg}");
        bar.set_style(style.expect("the template is one of indicatif's own words"));
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar, terminal }
    }

    pub(crate) fn show(&self, progress: &Progress) {
        match progress {
            Progress::Image(notice) => self.notice(notice),
            Progress::Build(BuildProgress::Step {
                number,
                total,
                text,
                cached,
            }) => {
                let from = if *cached { " (cached)" } else { "" };
                self.line(&format!("building {number}/{total}: {text}{from}"));
            }
            Progress::Build(BuildProgress::Log(text)) => self.line(text),
            Progress::Task {
                title,
                number,
                total,
            } => {
                self.line(&format!("task {number} of {total}: {title}"));
            }
        }
    }

    /// An image that is being got is told even where nothing is live: it takes time, and it stays.
    pub(crate) fn notice(&self, notice: &Getting) {
        let said = notice.to_string();
        match (self.terminal.live, notice.is_news()) {
            (true, true) => self.bar.suspend(|| self.terminal.say(&inert_line(&said))),
            (true, false) => self.line(&said),
            (false, true) => self.terminal.say(&inert_line(&said)),
            (false, false) => {}
        }
    }

    fn line(&self, text: &str) {
        let last = text.lines().rev().find(|line| !line.trim().is_empty());
        self.bar.set_message(
            last.map(|line| inert_line(line).into_owned())
                .unwrap_or_default(),
        );
    }

    /// Does something with the line out of the way.
    pub(crate) fn pause<T>(&self, work: impl FnOnce() -> T) -> T {
        self.bar.suspend(work)
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Drop for Live<'_> {
    fn drop(&mut self) {
        self.finish();
    }
}
