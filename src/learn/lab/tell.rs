//! The list of tasks, and what every key does, as text.

use super::panes::cut;
use crate::learn::page::TaskState;
use crate::learn::seat::{Seat, Show, Standing};
use crate::learn::view;
use crate::outcome::Status;
use crate::render::{Indent, Role, Span, Style, wrapped};
use crate::text::{count, inert_line};

/// Which tasks are counted where there is no room to name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fold {
    None,
    /// Those that have passed.
    Passed,
    /// All but the current one.
    Rest,
}

/// Every task in a line; the current one says all that it asks. `told` is the one whose failure is told of.
pub(super) fn tasks(seat: &Seat<'_>, told: Option<&str>, fold: Fold, style: &Style) -> String {
    let current = seat.current().map(|it| it.task.id.as_str());
    let mut out = String::new();
    if fold != Fold::None {
        out.push_str(&counted(seat.passed(), "passed", style));
    }
    let mut left_out = 0;
    for it in &seat.tasks {
        if fold != Fold::None && it.has_passed() {
            continue;
        }
        if current == Some(it.task.id.as_str()) {
            out.push_str(&current_task(it, told, style));
        } else if fold == Fold::Rest {
            left_out += 1;
        } else {
            out.push_str(&other_task(it, told, style));
        }
    }
    out.push_str(&counted(left_out, "more to do", style));
    out
}

fn counted(number: usize, said: &str, style: &Style) -> String {
    if number == 0 {
        return String::new();
    }
    let said = format!("  {} {said}", count(number, "task"));
    format!("{}\n", style.paint(Role::Dim, &said))
}

/// One that has not passed is marked as failed while that is told of: else nobody has tried it yet.
fn mark(it: &Standing<'_>, told: Option<&str>, style: &Style) -> String {
    let state = match it.state() {
        TaskState::Judged(Status::Fail | Status::Skip) if told != Some(&it.task.id) => {
            TaskState::Open
        }
        state => state,
    };
    let mark = state.mark(style);
    style.paint(mark.role(), mark.text())
}

fn current_task(it: &Standing<'_>, told: Option<&str>, style: &Style) -> String {
    let spans = [Span::new(Role::Strong, &inert_line(&it.task.title))];
    let indent = Indent {
        first: "",
        rest: "  ",
    };
    // The mark comes before the first line.
    let room = Style {
        width: style.width.saturating_sub(2),
        ..*style
    };
    format!(
        "{} {}",
        mark(it, told, style),
        wrapped(&spans, indent, &room)
    )
}

fn other_task(it: &Standing<'_>, told: Option<&str>, style: &Style) -> String {
    let role = match it.has_passed() {
        true => Role::Dim,
        false => Role::Plain,
    };
    let title = cut(
        &inert_line(&it.task.title),
        style.width.saturating_sub(3),
        style,
    );
    format!("{} {}\n", mark(it, told, style), style.paint(role, &title))
}

/// What every key does.
pub(super) fn help(seat: &Seat<'_>, style: &Style) -> String {
    let own = [
        (
            "Ctrl-]",
            "from the shell to the lesson's keys and back; F2 does the same. Everything else that you type goes to the shell, Ctrl-C too",
        ),
        (
            "PgDn PgUp",
            "the lesson's next and last page, also from the shell while it waits for a command",
        ),
        ("Esc", "back to the shell"),
        (
            style.glyphs.either("Space ↑ ↓", "Space, arrows"),
            "read on, up, down",
        ),
        (
            "Tab",
            "the same keys for the next pane that holds more than it shows: tasks, shell, sandbox",
        ),
        ("]", "a Ctrl-] for the program in the shell"),
    ];
    let mut out = String::new();
    for (keys, does) in own {
        let spans = [
            Span::new(Role::Accent, keys),
            Span::plain(&format!("  {does}")),
        ];
        let indent = Indent {
            first: "  ",
            rest: "     ",
        };
        out.push_str(&wrapped(&spans, indent, style));
    }
    out.push_str("\nWhile the lesson has the keys:\n\n");
    out.push_str(&view::shown(seat, &Show::Help, "", style));
    out
}
