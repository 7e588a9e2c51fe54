//! What is going on, on a terminal: one line that changes, and a bar for everything whose bytes are counted. Where
//! nothing is live, only what a person should know.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::engine::BuildProgress;
use crate::grade::Progress;
use crate::images::{Getting, Moving};
use crate::text::inert_line;

use super::terminal::Terminal;

/// Columns that a name, a bar and its numbers take.
const ROOM_FOR_BARS: usize = 80;

/// The line that changes and the bars, or nothing.
pub(crate) struct Live<'a> {
    all: MultiProgress,
    bar: ProgressBar,
    /// By image, and by image and layer.
    moving: Mutex<BTreeMap<(String, Option<String>), ProgressBar>>,
    terminal: &'a Terminal,
}

impl<'a> Live<'a> {
    pub(crate) fn new(terminal: &'a Terminal) -> Self {
        let target = match terminal.live {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        let all = MultiProgress::with_draw_target(target);
        let bar = all.add(ProgressBar::no_length());
        bar.set_style(style("{spinner} {wide_msg}"));
        if terminal.live {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        Self {
            all,
            bar,
            moving: Mutex::default(),
            terminal,
        }
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
            Progress::Commands => self.line("running the submission's commands"),
            Progress::Task {
                title,
                number,
                total,
            } => {
                self.line(&format!("task {number} of {total}: {title}"));
            }
            Progress::Judged(_) => {}
        }
    }

    /// An image that is being got is told even where nothing is live: it takes time, and it stays.
    pub(crate) fn notice(&self, notice: &Getting) {
        let news = notice.is_news();
        if let Getting::Got { name, .. } | Getting::Settled(name) = notice {
            self.settled(name);
        }
        match notice {
            Getting::Moving(moving) if self.terminal.live => self.moving(moving),
            Getting::Moving(_) | Getting::Settled(_) => {}
            _ if news => self.pause(|| self.terminal.say(&inert_line(&notice.to_string()))),
            _ => self.line(&notice.to_string()),
        }
    }

    fn moving(&self, moving: &Moving) {
        let key = (moving.name.clone(), moving.layer.clone());
        let mut bars = self.moving.lock().expect("no holder of the bars panics");
        let length = (moving.total > 0).then_some(moving.total);
        if !bars.contains_key(&key) {
            // Nothing is drawn before it has its place: a layer's is below its image.
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
            let label = match &moving.layer {
                Some(layer) => format!("  {layer}"),
                None => moving.name.clone(),
            };
            bar.set_prefix(inert_line(&label).into_owned());
            self.shape(&bar, length);
            let image = bars.get(&(moving.name.clone(), None));
            let bar = match image.filter(|_| moving.layer.is_some()) {
                Some(image) => self.all.insert_after(image, bar),
                None => self.all.add(bar),
            };
            bars.insert(key.clone(), bar);
        }
        let bar = &bars[&key];
        if bar.length() != length {
            self.shape(bar, length);
        }
        bar.set_position(moving.done);
        bar.set_message(moving.way.to_string());
    }

    /// A bar where the end is known, else a count. A line that wrapped would break within its numbers.
    fn shape(&self, bar: &ProgressBar, length: Option<u64>) {
        let bytes = "{decimal_bytes} of {decimal_total_bytes}";
        let template = match (length, self.terminal.err.width < ROOM_FOR_BARS) {
            (Some(_), false) => format!("{{prefix:<24!}} {{bar:20}} {bytes:>20} {{msg}}"),
            (None, false) => "{prefix:<24!} {spinner:>20} {decimal_bytes} {msg}".to_owned(),
            (Some(_), true) => format!("{{prefix:<16!}} {bytes} {{wide_msg}}"),
            (None, true) => "{prefix:<16!} {decimal_bytes} {wide_msg}".to_owned(),
        };
        bar.set_style(style(&template));
        match length {
            Some(length) => bar.set_length(length),
            None => bar.unset_length(),
        }
    }

    /// Takes away the bars of an image, and of its layers.
    fn settled(&self, name: &str) {
        let mut bars = self.moving.lock().expect("no holder of the bars panics");
        bars.retain(|(image, _), bar| {
            let over = image == name;
            if over {
                bar.finish_and_clear();
                self.all.remove(bar);
            }
            !over
        });
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
        self.all.suspend(work)
    }

    pub(crate) fn finish(&self) {
        self.moving
            .lock()
            .expect("no holder of the bars panics")
            .clear();
        self.bar.finish_and_clear();
        // Whatever is left of the bars must not stand before what comes next.
        let _ = self.all.clear();
    }
}

impl Drop for Live<'_> {
    fn drop(&mut self) {
        self.finish();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the template is one of indicatif's own words")
}
