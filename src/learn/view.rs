//! What the seat shows, as text. Pure: the terminal is a style.

use crate::course::Task;
use crate::outcome::Status;
use crate::render::{Glyphs, Indent, Role, Span, Style, markdown, width, wrapped};
use crate::report::text::{Detail, task as task_report};
use crate::text::{count, inert_line};

use super::page::TaskState;
use super::seat::{Face, Seat, Show, Standing};
use super::steps::steps;

/// One thing to show. What reads other files (the reference) is not shown here.
pub(super) fn shown(seat: &Seat<'_>, show: &Show, folder: &str, style: &Style) -> String {
    match show {
        Show::Text(task) => text(seat, task.as_deref(), style).concat(),
        Show::Tick(id) => seat
            .standing(id)
            .map_or(String::new(), |it| tick(it, style)),
        Show::Trouble(id) => seat
            .standing(id)
            .map_or(String::new(), |it| trouble(seat, it, style)),
        Show::Same(id) => seat
            .standing(id)
            .map_or(String::new(), |it| same(seat, it, style)),
        Show::Failed(said) => failed(said, style),
        Show::Hint { number, says, left } => hint(*number, says, *left, style),
        Show::Note(said) => note(said, style),
        Show::Done => done(seat, style),
        Show::Solution => String::new(),
        Show::Help => help(seat, style),
        Show::Board => board(seat, folder, style),
        Show::Keys => keys(seat, style),
    }
}

/// The text that leads to a task, section by section; of `None`, what follows the last.
pub(super) fn text(seat: &Seat<'_>, task: Option<&str>, style: &Style) -> Vec<String> {
    let state = |task: &Task| {
        let found = seat.standing(&task.id);
        found.map_or(TaskState::Open, Standing::state)
    };
    let steps = steps(seat.lesson, &state, style);
    let step = steps.into_iter().find(|step| step.task.as_deref() == task);
    let mut sections = step.map_or(Vec::new(), |step| step.sections);
    if let Some(last) = sections.last_mut() {
        last.truncate(last.trim_end_matches('\n').len());
    }
    sections
}

fn tick(standing: &Standing<'_>, style: &Style) -> String {
    let task = standing.task;
    let points = match (task.points, task.bonus) {
        (0, _) => String::new(),
        (points, true) => format!(" +{} bonus", count(points as usize, "point")),
        (points, false) => format!(" +{}", count(points as usize, "point")),
    };
    let mut out = line(
        &[
            standing.state().mark(style),
            Span::plain(" "),
            Span::new(Role::Strong, &inert_line(&task.title)),
            Span::new(Role::Good, &points),
        ],
        style,
    );
    if let Some(why) = &task.why {
        let indent = Indent::all("  ");
        out.push_str(&wrapped(&[Span::plain(why.trim())], indent, &prose(style)));
    }
    out
}

fn trouble(seat: &Seat<'_>, standing: &Standing<'_>, style: &Style) -> String {
    let Some(grade) = &standing.grade else {
        return String::new();
    };
    let detail = match seat.face {
        Face::Guided | Face::Lab | Face::Board => Detail::Seat,
        // Nobody presses a key there.
        Face::Lines => Detail::Check,
    };
    let report = task_report(&seat.lesson.id, grade, style, detail);
    let mut out = String::new();
    if seat.face != Face::Board && !seat.because.is_empty() {
        // What is drawn again while a look goes on is what the one before has found.
        let before = seat.face == Face::Lab && seat.looking.is_some();
        let heading = match before {
            true => format!("{}, looking again; until now", seat.because),
            false => seat.because.clone(),
        };
        out.push_str(&rule(&heading, style));
    }
    out.push_str(report.trim_end());
    out.push('\n');
    out
}

fn same(seat: &Seat<'_>, standing: &Standing<'_>, style: &Style) -> String {
    let title = inert_line(&standing.task.title);
    let said = [
        Span::new(Role::Dim, &format!("{}: ", seat.because)),
        standing.state().mark(style),
        Span::plain(&format!(" {title}: as before")),
    ];
    line(&said, style)
}

fn failed(said: &str, style: &Style) -> String {
    let said = [
        Span::new(Role::Warn, "your work could not be looked at: "),
        Span::plain(&inert_line(said)),
    ];
    line(&said, style)
}

fn hint(number: usize, says: &str, left: usize, style: &Style) -> String {
    let left = match left {
        0 => "the last".to_owned(),
        left => format!("{left} more"),
    };
    let head = [
        Span::new(Role::Strong, &format!("hint {number}")),
        Span::new(Role::Dim, &format!(" {} {left}", style.glyphs.dot())),
    ];
    format!("{}{}", line(&head, style), markdown(says, &prose(style)))
}

fn done(seat: &Seat<'_>, style: &Style) -> String {
    let lesson = seat.lesson;
    let open = seat.tasks.iter().filter(|it| !it.has_passed()).count();
    let bonus = match open {
        0 => String::new(),
        open => format!("; {} left", count(open, "bonus task")),
    };
    let title = inert_line(&lesson.title);
    let said = [
        crate::render::mark(Status::Pass, style.glyphs),
        Span::plain(" "),
        Span::new(Role::Strong, &title),
        Span::plain(&format!(
            " is done: {} of {}{bonus}",
            seat.points(),
            count(lesson.points() as usize, "point")
        )),
    ];
    let mut out = line(&said, style);
    if lesson.needs_sandbox() {
        out.push_str(&note(
            &format!(
                "what you have left running keeps its ports: `sealegs sandbox reset {}` removes it",
                lesson.id
            ),
            style,
        ));
    }
    out
}

fn help(seat: &Seat<'_>, style: &Style) -> String {
    let more = |key: char| match key {
        'n' => "the text of the next task, or the next lesson; Space and Enter do the same",
        's' => "your files against the reference, as a diff",
        'h' => "the next hint on this task; each goes further than the one before",
        't' => "the text of this task again",
        'c' => {
            "look at your work now; it is also looked at whenever you save a file or type a command"
        }
        'e' => "your editor: $VISUAL, else $EDITOR, else code",
        'l' => "all lessons, to go to another",
        '?' => "this",
        _ => "leave; what you have done is kept, and `sealegs` takes you back here",
    };
    let mut out = String::new();
    for (key, _) in seat.keys() {
        let indent = Indent {
            first: "  ",
            rest: "     ",
        };
        let spans = [
            Span::new(Role::Accent, &key.to_string()),
            Span::plain(&format!("  {}", more(key))),
        ];
        out.push_str(&wrapped(&spans, indent, &prose(style)));
    }
    out
}

fn board(seat: &Seat<'_>, folder: &str, style: &Style) -> String {
    let dot = style.glyphs.dot();
    let head = [
        Span::new(Role::Strong, &inert_line(&seat.lesson.title)),
        Span::new(Role::Dim, &format!(" {dot} {folder}")),
    ];
    let mut out = line(&head, style);
    out.push('\n');
    out.push_str(&tasks(seat, style));
    out.push('\n');
    if let Some(current) = seat.current().filter(|it| it.grade.is_some()) {
        out.push_str(&trouble(seat, current, style));
        out.push('\n');
    }
    if seat.is_done() {
        out.push_str(&done(seat, style));
        out.push('\n');
    }
    if let Some(note) = &seat.note {
        out.push_str(&self::note(note, style));
    }
    let state = match seat.looking {
        Some(_) => format!("looking {} ", style.glyphs.ellipsis()),
        None if seat.is_done() => {
            "what has passed stays so; `sealegs check` looks at all of it again".to_owned()
        }
        None if seat.because.is_empty() => format!("looks again {}", often(seat)),
        None => format!("{} {dot} looks again {}", seat.because, often(seat)),
    };
    out.push_str(&line(&[Span::new(Role::Dim, &state)], style));
    out.push_str(&keys(seat, style));
    out
}

/// Something to know. What is to be typed stays on one line.
fn note(said: &str, style: &Style) -> String {
    let parts: Vec<String> = inert_line(said)
        .split('`')
        .enumerate()
        .map(|(index, part)| match index % 2 {
            0 => part.to_owned(),
            _ => part.replace(' ', "\u{a0}"),
        })
        .collect();
    line(&[Span::new(Role::Warn, &parts.join("`"))], style).replace('\u{a0}', " ")
}

/// What it is looked again at.
fn often(seat: &Seat<'_>) -> String {
    match seat.lesson.needs_sandbox() {
        true => format!(
            "at every save, and at every command in `sealegs shell {}`",
            seat.lesson.id
        ),
        false => "at every save".to_owned(),
    }
}

/// Every task with its mark, its name and what it asks.
fn tasks(seat: &Seat<'_>, style: &Style) -> String {
    let names = seat.tasks.iter().map(|it| width(&it.task.id));
    let widest = names.max().unwrap_or(0);
    let mut out = String::new();
    for it in &seat.tasks {
        let id = &it.task.id;
        let role = match it.has_passed() {
            true => Role::Dim,
            false => Role::Plain,
        };
        let pad = match style.glyphs {
            Glyphs::Words => 1,
            _ => widest - width(id) + 2,
        };
        let spans = [
            it.state().mark(style),
            Span::plain(" "),
            Span::new(Role::Strong, id),
            Span::plain(&" ".repeat(pad)),
            Span::new(role, &inert_line(&it.task.title)),
        ];
        let rest = " ".repeat(match style.glyphs {
            Glyphs::Words => 2,
            _ => (widest + 4).min(20),
        });
        let indent = Indent {
            first: "",
            rest: &rest,
        };
        out.push_str(&wrapped(&spans, indent, style));
    }
    out
}

fn keys(seat: &Seat<'_>, style: &Style) -> String {
    let keys = seat.keys();
    let mut spans = Vec::new();
    for (index, (key, does)) in keys.iter().enumerate() {
        if index > 0 {
            spans.push(Span::plain("  "));
        }
        spans.push(Span::new(Role::Accent, &key.to_string()));
        // The key and its word stay on one line.
        let does = does.replace(' ', "\u{a0}");
        spans.push(Span::new(Role::Dim, &format!("\u{a0}{does}")));
    }
    let mut out = String::new();
    if seat.face == Face::Guided {
        out.push('\n');
        let number = seat.current().and_then(|current| {
            let id = &current.task.id;
            seat.tasks.iter().position(|it| it.task.id == *id)
        });
        let tasks = seat.tasks.len();
        let at = match number {
            Some(number) => format!("task {} of {tasks}", number + 1),
            None => format!("{} of {tasks} tasks", seat.passed()),
        };
        let (points, of) = (seat.points(), seat.lesson.points());
        let dot = style.glyphs.dot();
        let id = &seat.lesson.id;
        let words = format!("{id} {dot} {at} {dot} {points} of {of} points");
        out.push_str(&rule(&words, style));
    }
    out.push_str(&wrapped(&spans, Indent::default(), style).replace('\u{a0}', " "));
    out
}

/// A line with words in it.
fn rule(words: &str, style: &Style) -> String {
    let rule = style.glyphs.rule();
    if rule.is_empty() {
        return format!("{words}\n");
    }
    let room = prose(style).width;
    let after = room.saturating_sub(width(words) + 4);
    let spans = [
        Span::new(Role::Dim, &rule.repeat(2)),
        Span::plain(&format!(" {words} ")),
        Span::new(Role::Dim, &rule.repeat(after)),
    ];
    line(&spans, style)
}

fn line(spans: &[Span], style: &Style) -> String {
    let indent = Indent {
        first: "",
        rest: "  ",
    };
    wrapped(spans, indent, style)
}

/// The same terminal, no wider than prose should be.
fn prose(style: &Style) -> Style {
    Style {
        width: style.width.min(crate::render::MEASURE),
        ..*style
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::{Course, Lesson};
    use crate::learn::seat::Event;
    use crate::outcome::{Cause, Outcome, TaskGrade};
    use crate::progress::Progress;
    use crate::render::Color;

    fn at(width: usize, glyphs: Glyphs) -> Style {
        Style {
            width,
            glyphs,
            ..Style::default()
        }
    }

    /// A lesson of two tasks, whatever the built-in course has.
    fn lesson() -> Lesson {
        let course = Course::built_in().unwrap();
        let mut lessons = course.lessons.iter();
        let mut lesson = lessons
            .find(|lesson| !lesson.needs_sandbox())
            .unwrap()
            .clone();
        "ports".clone_into(&mut lesson.id);
        "Publish a port".clone_into(&mut lesson.title);
        lesson.tasks.truncate(2);
        for (task, id) in lesson.tasks.iter_mut().zip(["run", "reach"]) {
            id.clone_into(&mut task.id);
            task.title = format!("Do what `{id}` asks, which takes more than a few words to say");
            task.needs.clear();
            task.points = 5;
            task.why = Some("It works because it does.".to_owned());
        }
        lesson
    }

    fn failed(id: &str) -> TaskGrade {
        TaskGrade {
            id: id.to_owned(),
            title: "Reach it".to_owned(),
            status: Status::Fail,
            points: 0.0,
            max_points: 5,
            bonus: false,
            outcomes: vec![Outcome {
                id: "c".into(),
                kind: "http",
                says: "it answers".into(),
                status: Status::Fail,
                weight: 1,
                cause: Some(Cause::new("nothing answers\x1b[2J")),
                ms: 3,
            }],
            why: None,
            hint: None,
            fitting: Vec::new(),
        }
    }

    /// One task has passed, the other has failed.
    fn seat(lesson: &Lesson, face: Face) -> Seat<'_> {
        let mut progress = Progress::default();
        progress.pass("ports", "run", "2026-01-01T00:00:00Z");
        let mut seat = Seat::new(lesson, &progress, face);
        seat.on(Event::Judged(failed("reach")));
        "Dockerfile changed".clone_into(&mut seat.because);
        seat
    }

    #[test]
    fn a_board_has_everything_on_one_screen() {
        let lesson = lesson();
        let seat = seat(&lesson, Face::Board);
        let board = |style: &Style| shown(&seat, &Show::Board, "./ports", style);
        insta::assert_snapshot!(board(&at(60, Glyphs::Unicode)), @r"
        Publish a port · ./ports

        ✓ run    Do what `run` asks, which takes more than a few
                 words to say
        ✗ reach  Do what `reach` asks, which takes more than a few
                 words to say

        ✗ Reach it · 0 of 5 points
          ✗ it answers
              nothing answers\x1b[2J

        Dockerfile changed · looks again at every save
        h hint  c check now  q leave
        ");
        insta::assert_snapshot!(board(&at(60, Glyphs::Words)), @r"
        Publish a port - ./ports

        passed: run Do what `run` asks, which takes more than a few
          words to say
        failed: reach Do what `reach` asks, which takes more than a
          few words to say

        failed: Reach it - 0 of 5 points
          failed: it answers
              nothing answers\x1b[2J

        Dockerfile changed - looks again at every save
        h hint  c check now  q leave
        ");
    }

    #[test]
    fn at_the_seat_the_line_of_keys_says_where_one_is() {
        let lesson = lesson();
        let mut seat = seat(&lesson, Face::Guided);
        seat.on(Event::Entered);
        insta::assert_snapshot!(shown(&seat, &Show::Keys, "", &at(60, Glyphs::Unicode)), @r"
        ── ports · task 2 of 2 · 5 of 10 points ────────────────────
        h hint  t text  c check now  e editor  l lessons  ? keys
        q leave
        ");
    }

    #[test]
    fn nothing_is_wider_than_the_terminal_and_nothing_reaches_it_as_an_escape() {
        let lesson = lesson();
        for face in [Face::Guided, Face::Board, Face::Lines] {
            let mut seat = seat(&lesson, face);
            seat.note = Some("a note\x1b]0;t\x07".to_owned());
            for glyphs in [Glyphs::Unicode, Glyphs::Ascii, Glyphs::Words] {
                for columns in [50, 80, 200] {
                    let style = at(columns, glyphs);
                    for show in [
                        Show::Board,
                        Show::Keys,
                        Show::Help,
                        Show::Trouble("reach".into()),
                    ] {
                        let text = shown(&seat, &show, "./ports", &style);
                        assert!(
                            !text.contains(|c: char| c.is_control() && c != '\n'),
                            "{text:?}"
                        );
                        for line in text.lines() {
                            assert!(width(line) <= columns, "{columns}: {line}");
                        }
                    }
                }
            }
        }
        let style = Style {
            color: Color::Basic16,
            ..at(80, Glyphs::Unicode)
        };
        let seat = seat(&lesson, Face::Board);
        assert!(!shown(&seat, &Show::Board, "", &style).contains("\x1b[2J"));
    }
}
