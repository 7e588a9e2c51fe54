//! What stands in the panes, as lines.

use ratatui::text::{Line, Span};

use super::ink;
use super::input::Key;
use super::layout::Layout;
use super::tell::{Fold, help, tasks};
use super::{Focus, Lab, Pane, Sheet};
use crate::learn::page::TaskState;
use crate::learn::seat::{Seat, Show, Standing};
use crate::learn::{steps, view};
use crate::render::{Links, Role, Style, width};
use crate::report::map;
use crate::text::{count, inert_line};

/// Everything but the shell.
#[derive(Default)]
pub(super) struct Panes {
    pub(super) lesson: Part,
    pub(super) tasks: Part,
    pub(super) picture: Part,
    /// Titles of the lesson, the tasks, the shell and the picture.
    pub(super) titles: [String; 4],
    /// The line at the bottom.
    pub(super) keys: Line<'static>,
    page: Page,
}

/// The lesson's page, and what it was made for.
#[derive(Default)]
struct Page {
    of: Option<(usize, Vec<bool>)>,
    lines: Vec<Line<'static>>,
    /// Where each step begins.
    steps: Vec<(Option<String>, usize)>,
}

/// Lines of which some are shown.
#[derive(Default)]
pub(super) struct Part {
    pub(super) lines: Vec<Line<'static>>,
    /// The first that is shown.
    pub(super) at: usize,
}

impl Part {
    pub(super) fn overflows(&self, height: u16) -> bool {
        self.lines.len() > usize::from(height)
    }

    /// How many lines are below what is shown.
    pub(super) fn below(&self, height: u16) -> usize {
        let shown = self.at + usize::from(height);
        self.lines.len().saturating_sub(shown)
    }

    pub(super) fn moves(&mut self, key: Key, height: u16) {
        let page = usize::from(height.max(2)) - 1;
        self.at = match key {
            Key::Up => self.at.saturating_sub(1),
            Key::Down => self.at + 1,
            Key::PageUp => self.at.saturating_sub(page),
            Key::PageDown => self.at + page,
            Key::Home => 0,
            Key::End => usize::MAX,
            Key::Tab | Key::Escape => self.at,
        };
        self.settle(height);
    }

    /// The last page is a full one.
    fn settle(&mut self, height: u16) {
        let most = self.lines.len().saturating_sub(usize::from(height));
        self.at = self.at.min(most);
    }
}

impl Lab {
    /// How a text for the lesson's pane is styled.
    pub fn page_style(&self) -> Style {
        self.within(self.layout.lesson.width)
    }

    fn within(&self, columns: u16) -> Style {
        Style {
            width: usize::from(columns.max(10)),
            // A click would reach the address through a program that knows no addresses.
            links: Links::Written,
            ..self.style
        }
    }

    /// Puts everything but the shell into its place. Comes after every event that was not the shell's alone.
    pub fn lay(&mut self, seat: &Seat<'_>) {
        let screen = self.layout.screen;
        self.put_tasks(seat, screen.height * 2 / 5);
        let wanted = u16::try_from(self.panes.tasks.lines.len()).unwrap_or(u16::MAX);
        self.layout = Layout::of(screen.width, screen.height, wanted);
        self.panes.tasks.settle(self.layout.tasks.height);
        self.put_lesson(seat);
        self.put_picture();
        self.put_titles(seat);
        self.panes.keys = self.keys(seat);
    }

    fn put_lesson(&mut self, seat: &Seat<'_>) {
        let style = self.page_style();
        let passed: Vec<bool> = seat.tasks.iter().map(Standing::has_passed).collect();
        let of = Some((style.width, passed));
        if self.panes.page.of != of {
            let before = self.panes.page.lines.len();
            self.panes.page = Page {
                of,
                ..page(seat, &style)
            };
            // About the same place, where lines are longer or shorter now.
            let now = self.panes.page.lines.len();
            let at = &mut self.panes.lesson.at;
            *at = (*at * now).checked_div(before).unwrap_or(0);
        }
        let height = self.layout.lesson.height;
        let part = &mut self.panes.lesson;
        match &self.sheet {
            Some(Sheet::Help) => part.lines = ink::lines(&help(seat, &style)),
            Some(Sheet::Text(_, text)) => {
                let mark = style.glyphs.gutter_rest();
                part.lines = ink::fitted(ink::lines(text), style.width, mark);
            }
            None => {
                part.lines.clone_from(&self.panes.page.lines);
                if std::mem::take(&mut self.goes) {
                    let steps = &self.panes.page.steps;
                    let step = steps.iter().position(|(task, _)| *task == self.step);
                    let done = |(task, _): &(Option<String>, usize)| {
                        let standing = task.as_deref().and_then(|task| seat.standing(task));
                        standing.is_some_and(|it| it.task.already_done)
                    };
                    part.at = match step {
                        Some(step) if self.unread && steps[..step].iter().all(done) => 0,
                        Some(step) => steps[step].1,
                        None => usize::MAX,
                    };
                }
            }
        }
        part.settle(height);
    }

    /// All tasks and what is new about them, in no more lines than this where that can be.
    fn put_tasks(&mut self, seat: &Seat<'_>, most: u16) {
        let style = self.within(self.layout.tasks.width);
        let news = self.news(seat, &style);
        let told = self.news.iter().find_map(|show| match show {
            Show::Trouble(task) => Some(task.as_str()),
            _ => None,
        });
        let mut lines = ink::lines(&tasks(seat, told, Fold::None, &style));
        for fold in [Fold::Passed, Fold::Rest] {
            if lines.len() + news.len() > usize::from(most) {
                lines = ink::lines(&tasks(seat, told, fold, &style));
            }
        }
        lines.extend(news);
        self.panes.tasks.lines = lines;
    }

    fn news(&self, seat: &Seat<'_>, style: &Style) -> Vec<Line<'static>> {
        let mut out = String::new();
        for show in &self.news {
            out.push_str(&view::shown(seat, show, "", style));
        }
        if seat.is_done() {
            out.push_str(&view::shown(seat, &Show::Done, "", style));
        }
        if let Some(note) = &seat.note {
            out.push_str(&view::shown(seat, &Show::Note(note.clone()), "", style));
        }
        let mut lines = ink::lines(&out);
        if !lines.is_empty() {
            lines.insert(0, Line::default());
        }
        lines
    }

    fn put_picture(&mut self) {
        let (columns, height) = (self.layout.picture.width, self.layout.picture.height);
        let style = self.within(columns);
        let text = match &self.picture {
            Some(picture) => map::map(picture, &style),
            None => "nothing is to be seen of the sandbox now\n".to_owned(),
        };
        let mut lines = ink::lines(&text);
        if lines.len() > usize::from(height) {
            // Room is worth more than air.
            lines.retain(|line| !line.spans.is_empty());
        }
        self.panes.picture.lines = lines;
        self.panes.picture.settle(height);
    }

    fn put_titles(&mut self, seat: &Seat<'_>) {
        let dot = self.style.glyphs.dot();
        let lesson = match &self.sheet {
            Some(Sheet::Help) => "keys".to_owned(),
            Some(Sheet::Text(title, _)) => (*title).to_owned(),
            None => inert_line(&seat.lesson.title).into_owned(),
        };
        let points = count(seat.lesson.points() as usize, "point");
        let tasks = format!(
            "{} of {} {dot} {} of {points}",
            seat.passed(),
            count(seat.tasks.len(), "task"),
            seat.points()
        );
        let shell = match self.shell.scrolled() {
            0 => "shell".to_owned(),
            lines => format!("shell {dot} {} back", count(lines, "line")),
        };
        let picture = match &self.picture {
            Some(picture) if !picture.containers.is_empty() => {
                format!("sandbox {dot} {}", map::in_a_line(picture))
            }
            _ => "sandbox".to_owned(),
        };
        self.panes.titles = [lesson, tasks, shell, picture];
    }

    /// The keys that do something now, and what is going on.
    fn keys(&self, seat: &Seat<'_>) -> Line<'static> {
        if self.leaving {
            let asked =
                "a program still runs in the shell: q ends it and leaves, any other key stays";
            return painted(&[(Role::Warn, asked)], &self.style);
        }
        let mut pairs = self.pairs(seat);
        let wide = |pairs: &[(String, &str)]| -> usize {
            let widths = pairs.iter().map(|(key, does)| width(key) + width(does) + 3);
            widths.sum()
        };
        // What `?` tells anyway makes room.
        for spared in ["Tab", "Space", "t", "l", "e"] {
            if wide(&pairs) > usize::from(self.layout.keys.width) {
                pairs.retain(|(key, _)| key != spared);
            }
        }
        let used = wide(&pairs);
        let mut words = Vec::new();
        for (key, does) in &pairs {
            words.push((Role::Accent, format!(" {key}")));
            words.push((Role::Dim, format!(" {does} ")));
        }
        let status = self.status(seat);
        let room = usize::from(self.layout.keys.width).saturating_sub(used + 1);
        let status = cut(&status, room, &self.style);
        let gap = room.saturating_sub(width(&status));
        words.push((Role::Plain, " ".repeat(gap)));
        words.push((Role::Dim, status));
        let words: Vec<(Role, &str)> = words
            .iter()
            .map(|(role, text)| (*role, text.as_str()))
            .collect();
        painted(&words, &self.style)
    }

    fn pairs(&self, seat: &Seat<'_>) -> Vec<(String, &'static str)> {
        let mut pairs = Vec::new();
        let mut put = |key: &str, does| pairs.push((key.to_owned(), does));
        match self.focus {
            Focus::Shell => {
                if seat.is_done() {
                    put("Ctrl-] n", "next lesson");
                }
                put("Ctrl-]", "lesson and keys");
                put("PgDn PgUp", "read on and back");
            }
            Focus::Lesson => {
                let closes = self.sheet.is_some();
                put("Esc", if closes { "close" } else { "shell" });
                put("Space", "on");
                if self.next_moved() != self.moved {
                    put("Tab", "pane");
                }
                for (key, does) in seat.keys() {
                    put(&key.to_string(), does);
                }
            }
        }
        pairs
    }

    fn status(&self, seat: &Seat<'_>) -> String {
        match (&seat.looking, self.doing.as_str()) {
            (Some(_), "") => format!("looking {}", self.style.glyphs.ellipsis()),
            (Some(_), doing) => inert_line(doing).into_owned(),
            (None, _) if seat.because.is_empty() => String::new(),
            (None, _) => format!("looked after: {}", seat.because),
        }
    }

    /// The pane that has the keys, where it is not the shell.
    pub(super) fn moved(&self) -> Option<Pane> {
        (self.focus == Focus::Lesson).then_some(self.moved)
    }
}

fn painted(words: &[(Role, &str)], style: &Style) -> Line<'static> {
    let text: String = words
        .iter()
        .map(|(role, text)| style.paint(*role, text))
        .collect();
    ink::lines(&text).pop().unwrap_or_default()
}

/// A text no wider than this; what is left out is told.
pub(super) fn cut(text: &str, room: usize, style: &Style) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let more = style.glyphs.ellipsis();
    let mut out = String::new();
    for c in text.chars() {
        if width(&out) + width(more) + 2 > room {
            break;
        }
        out.push(c);
    }
    match room {
        0..4 => String::new(),
        _ => out + more,
    }
}

/// The whole page, and where its steps begin.
fn page(seat: &Seat<'_>, style: &Style) -> Page {
    // What was found of the others is told below.
    let state = |task: &crate::course::Task| match seat.standing(&task.id) {
        Some(standing) if standing.has_passed() => standing.state(),
        _ => TaskState::Open,
    };
    let mut page = Page::default();
    for step in steps::steps(seat.lesson, &state, style) {
        page.steps.push((step.task, page.lines.len()));
        // Code and addresses are not wrapped where they are styled.
        let lines = ink::lines(&step.sections.concat());
        let mark = style.glyphs.gutter_rest();
        page.lines.extend(ink::fitted(lines, style.width, mark));
    }
    page
}

/// The line that says that there is more.
pub(super) fn more(below: usize, style: &Style) -> Span<'static> {
    let down = style.glyphs.either("↓", "v");
    Span::raw(format!(" {down} {below} more "))
}
