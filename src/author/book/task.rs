//! A task as a box: open, with what is asked and what is checked; in it closed ones for hints, choices and why it works.

use crate::checks::{says, undrawn};
use crate::course::spec::{QuizCheck, Spec};
use crate::course::{Check, Hint, Lesson, Task};
use crate::render::{web_line, web_parts};

/// Where an address leads.
type Address<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The box's name in addresses.
pub(super) fn id(task: &str) -> String {
    format!("task-{task}")
}

/// The whole box; `text` is what the lesson says below the task's heading, as HTML.
pub(super) fn boxed(lesson: &Lesson, task: &Task, text: &str, address: Address<'_>) -> String {
    let mut inside = vec![
        head(lesson, task),
        text.to_owned(),
        checked(task),
        hints(task, address),
        why(task),
    ];
    inside.retain(|piece| !piece.is_empty());
    format!(
        "<details class=\"sealegs-task\" id=\"{}\" open>\n{}\n</details>\n\n",
        id(&task.id),
        inside.join("\n")
    )
}

fn head(lesson: &Lesson, task: &Task) -> String {
    let position = lesson.tasks.iter().position(|other| other.id == task.id);
    let number = position.map_or(0, |position| position + 1);
    let of = lesson.tasks.len();
    let mut notes = vec![task.worth()];
    if task.already_done {
        notes.push("done when you begin".to_owned());
    }
    notes.retain(|note| !note.is_empty());
    format!(
        "<summary><span class=\"sealegs-note\">Task {number} of {of} · {}</span><br><strong>{}</strong></summary>",
        notes.join(" · "),
        web_line(&task.title)
    )
}

fn checked(task: &Task) -> String {
    let checks: Vec<String> = task.checks.iter().map(item).collect();
    format!(
        "<p class=\"sealegs-checked\">What is checked:</p>\n<ul>\n{}\n</ul>",
        checks.join("\n")
    )
}

fn item(check: &Check) -> String {
    match &check.spec {
        Spec::Quiz(quiz) => question(check, quiz),
        _ => format!("<li>{}</li>", web_line(&upper(&undrawn(&says(check))))),
    }
}

/// A question without its answer.
fn question(check: &Check, quiz: &QuizCheck) -> String {
    let ask = format!(
        "Your answer <code>{}</code> to: {}",
        check.id,
        web_line(&quiz.ask)
    );
    let choices = quiz.choices.iter().flatten();
    let choices: Vec<String> = choices
        .map(|(word, says)| {
            format!(
                "<li><code>{}</code>: {}</li>",
                web_line(word),
                web_line(says)
            )
        })
        .collect();
    match choices.is_empty() {
        true => format!("<li>{ask}</li>"),
        false => format!(
            "<li>{ask}\n<details class=\"sealegs-choices\"><summary>The choices</summary>\n<ul>\n{}\n</ul>\n</details></li>",
            choices.join("\n")
        ),
    }
}

/// Each hint has the next one in it, so that they open one after the other.
fn hints(task: &Task, address: Address<'_>) -> String {
    let of = task.hints.len();
    let mut inner = String::new();
    for (index, hint) in task.hints.iter().enumerate().rev() {
        let number = index + 1;
        inner = format!(
            "<details class=\"sealegs-hint\"><summary>Hint {number} of {of}{}</summary>\n{}{inner}\n</details>",
            case(hint),
            says_of(hint, address)
        );
    }
    inner
}

/// What `sealegs hint` finds out by itself.
fn case(hint: &Hint) -> &'static str {
    match hint.when.is_empty() {
        true => "",
        false => ", if it is your case",
    }
}

fn says_of(hint: &Hint, address: Address<'_>) -> String {
    let parts = web_parts(&hint.says, address).into_iter();
    parts
        .map(|part| {
            let heading = part.heading.map(|heading| heading.inline);
            let heading = heading.map_or(String::new(), |words| format!("<p>{words}</p>\n"));
            format!("{heading}{}\n", part.html)
        })
        .collect()
}

fn why(task: &Task) -> String {
    let why = task.why.as_ref().map(|why| {
        let why = web_line(why.trim());
        format!("<details class=\"sealegs-why\"><summary>After it has passed: why it works</summary>\n<p>{why}</p>\n</details>")
    });
    why.unwrap_or_default()
}

/// With a capital at its beginning.
fn upper(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}
