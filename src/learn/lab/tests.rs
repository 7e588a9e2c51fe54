use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color as Ink;

use super::*;
use crate::course::{Course, Lesson};
use crate::learn::seat::{Event as At, Face, Seat};
use crate::outcome::{
    Cause, Outcome, PicturedContainer, PicturedNetwork, PicturedPort, Status, TaskGrade,
};
use crate::progress::Progress;
use crate::render::Color;

const PROMPT: ShellState = ShellState::Prompt;

/// A lesson of three tasks, whatever the built-in course has.
fn lesson() -> Lesson {
    let course = Course::built_in().unwrap();
    let mut lesson = course.lessons[0].clone();
    "Publish a port".clone_into(&mut lesson.title);
    let paragraph = "A container has ports of its own, and nobody outside reaches them.\n\n";
    let long = paragraph.repeat(12);
    lesson.text = format!(
        "# Ports\n\n{long}### Task: run\n\n{long}### Task: reach\n\nMore.\n\n### Task: stop\n\nThe end.\n"
    );
    lesson.tasks.truncate(3);
    for (task, id) in lesson.tasks.iter_mut().zip(["run", "reach", "stop"]) {
        id.clone_into(&mut task.id);
        task.title = format!("Do what `{id}` asks, which takes more than a few words to say");
        task.needs.clear();
        task.already_done = false;
        task.points = 5;
        task.bonus = false;
        task.why = Some("It works because it does.".to_owned());
    }
    lesson
}

fn judged(id: &str, status: Status) -> TaskGrade {
    TaskGrade {
        id: id.to_owned(),
        title: "Reach it".to_owned(),
        status,
        points: 0.0,
        max_points: 5,
        bonus: false,
        outcomes: vec![Outcome {
            id: "c".into(),
            kind: "http",
            says: "it answers".into(),
            status,
            weight: 1,
            cause: (status == Status::Fail).then(|| Cause::new("nothing answers\x1b[2J")),
            ms: 3,
        }],
        why: None,
        hint: None,
        fitting: Vec::new(),
    }
}

fn style(color: Color) -> Style {
    Style {
        color,
        ..Style::default()
    }
}

/// Gives the seat an event and the lab what it shows of it.
fn happens(lab: &mut Lab, seat: &mut Seat<'_>, event: At) {
    for effect in seat.on(event) {
        if let crate::learn::seat::Effect::Show(show) = effect {
            lab.on(Event::Shows(show));
        }
    }
    lab.lay(seat);
}

fn entered<'l>(lesson: &'l Lesson, columns: u16, lines: u16) -> (Lab, Seat<'l>) {
    let mut seat = Seat::new(lesson, &Progress::default(), Face::Lab);
    let mut lab = Lab::new(columns, lines, style(Color::Never));
    happens(&mut lab, &mut seat, At::Entered);
    (lab, seat)
}

fn drawn(lab: &Lab, columns: u16, lines: u16) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(columns, lines)).unwrap();
    terminal.draw(|frame| lab.draw(frame)).unwrap();
    terminal
}

fn picture() -> Picture {
    Picture {
        containers: vec![PicturedContainer {
            name: "web".to_owned(),
            image: "nginx:1.26".to_owned(),
            state: "running".to_owned(),
            running: true,
            networks: vec!["bridge".to_owned()],
            ports: vec![PicturedPort {
                host: "127.0.0.1:8080".to_owned(),
                container: "80/tcp".to_owned(),
            }],
            ..PicturedContainer::default()
        }],
        networks: vec![PicturedNetwork {
            name: "bridge".to_owned(),
            subnets: vec!["172.17.0.0/16".to_owned()],
        }],
        volumes: vec!["data".to_owned()],
    }
}

#[test]
fn what_is_typed_goes_to_the_shell_until_the_lesson_has_the_keys() {
    let lesson = lesson();
    let (mut lab, _) = entered(&lesson, 100, 30);
    let typed = |lab: &mut Lab, bytes: &[u8]| lab.on(Event::Typed(bytes, PROMPT));
    let send = |bytes: &[u8]| Action::Send(bytes.to_vec());
    assert_eq!(typed(&mut lab, b"ls\x03q"), [send(b"ls\x03q")]);
    assert_eq!(
        typed(&mut lab, b"x\x1dh?"),
        [send(b"x"), Action::Press('h'), Action::Press('?')]
    );
    assert_eq!(typed(&mut lab, b"\x1b"), []);
    assert_eq!(typed(&mut lab, b"h"), [send(b"h")]);
    // There and back, and the key itself.
    assert_eq!(typed(&mut lab, b"\x1d\x1dh"), [send(b"h")]);
    assert_eq!(typed(&mut lab, b"\x1d]h"), [send(b"\x1d"), send(b"h")]);
    assert_eq!(typed(&mut lab, b"\x1bOQh"), [Action::Press('h')]);
}

#[test]
fn pages_are_turned_from_the_shell_while_no_program_is_there_to_turn_its_own() {
    let lesson = lesson();
    let (mut lab, _) = entered(&lesson, 100, 30);
    let down: &[u8] = b"\x1b[6~";
    assert_eq!(lab.on(Event::Typed(down, PROMPT)), []);
    let at = lab.panes.lesson.at;
    assert!(at > 5, "{at}");
    let sent = [Action::Send(down.to_vec())];
    assert_eq!(lab.on(Event::Typed(down, ShellState::Busy)), sent);
    assert_eq!(lab.panes.lesson.at, at);
    lab.on(Event::Typed(b"\x1b[5~", PROMPT));
    assert_eq!(lab.panes.lesson.at, 0);
}

#[test]
fn leaving_a_program_that_runs_is_asked_about_once() {
    let lesson = lesson();
    let (mut lab, _) = entered(&lesson, 100, 30);
    let quit = |lab: &mut Lab, bytes: &[u8]| lab.on(Event::Typed(bytes, ShellState::Busy));
    assert_eq!(quit(&mut lab, b"\x1dq"), []);
    assert_eq!(quit(&mut lab, b"h"), [Action::Press('h')]);
    assert_eq!(quit(&mut lab, b"q"), []);
    assert_eq!(quit(&mut lab, b"q"), [Action::Press('q')]);
}

#[test]
fn a_task_that_passes_leads_on_and_one_that_fails_says_why() {
    let lesson = lesson();
    let (mut lab, mut seat) = entered(&lesson, 100, 30);
    assert_eq!(lab.panes.lesson.at, 0);
    happens(&mut lab, &mut seat, At::Judged(judged("run", Status::Pass)));
    let ticked = drawn(&lab, 100, 30).backend().to_string();
    assert!(ticked.contains("It works because it does."), "{ticked}");
    let at = lab.panes.lesson.at;
    assert!(at > 20, "the text of the next task: {at}");
    happens(
        &mut lab,
        &mut seat,
        At::Judged(judged("reach", Status::Fail)),
    );
    lab.on(Event::Shows(Show::Trouble("reach".to_owned())));
    lab.lay(&seat);
    let failed = drawn(&lab, 100, 30).backend().to_string();
    assert!(failed.contains("nothing answers\\x1b[2J"), "{failed}");
    assert!(!failed.contains("It works because"), "{failed}");
    assert_eq!(lab.panes.lesson.at, at, "who reads is not disturbed");
}

#[test]
fn what_was_done_from_the_start_does_not_take_the_beginning_away() {
    let mut lesson = lesson();
    lesson.tasks[0].already_done = true;
    let (mut lab, mut seat) = entered(&lesson, 100, 30);
    happens(&mut lab, &mut seat, At::Judged(judged("run", Status::Pass)));
    assert_eq!(lab.panes.lesson.at, 0);
    // Asked for by its key, the text of the task is gone to.
    lab.on(Event::Typed(b"\x1dt", PROMPT));
    happens(&mut lab, &mut seat, At::Key('t'));
    assert!(lab.panes.lesson.at > 20);
}

#[test]
fn all_is_on_one_screen() {
    let lesson = lesson();
    let (mut lab, mut seat) = entered(&lesson, 100, 30);
    happens(&mut lab, &mut seat, At::Judged(judged("run", Status::Pass)));
    lab.on(Event::Written(b"$ docker ps\r\nnothing\r\n$ "));
    lab.on(Event::Pictured(Some(picture())));
    lab.lay(&seat);
    insta::assert_snapshot!(drawn(&lab, 100, 30).backend().to_string());
}

#[test]
fn where_colours_are_not_wanted_there_are_none() {
    let lesson = lesson();
    for (color, some) in [(Color::Never, false), (Color::Basic16, true)] {
        let seat = Seat::new(&lesson, &Progress::default(), Face::Lab);
        let mut lab = Lab::new(100, 30, style(color));
        lab.on(Event::Written(b"\x1b[31mred\x1b[0m \x1b[44mblue\x1b[0m"));
        lab.lay(&seat);
        let terminal = drawn(&lab, 100, 30);
        let cells = &terminal.backend().buffer().content;
        let coloured = cells
            .iter()
            .any(|cell| cell.fg != Ink::Reset || cell.bg != Ink::Reset);
        assert_eq!(coloured, some);
    }
}

#[test]
fn the_shell_is_told_its_size_and_nothing_else_changes_it() {
    let lesson = lesson();
    let (mut lab, mut seat) = entered(&lesson, 100, 30);
    let before = lab.shell_size();
    happens(&mut lab, &mut seat, At::Judged(judged("run", Status::Pass)));
    assert_eq!(lab.shell_size(), before);
    let actions = lab.on(Event::Sized(200, 60));
    let (columns, lines) = lab.shell_size();
    assert_eq!(actions, [Action::Size(columns, lines)]);
    assert!(columns > before.0 && lines > before.1);
    lab.lay(&seat);
    drawn(&lab, 200, 60);
}

#[test]
fn a_screen_of_any_size_is_drawn_on() {
    let lesson = lesson();
    let (mut lab, seat) = entered(&lesson, 100, 30);
    lab.on(Event::Pictured(Some(picture())));
    for (columns, lines) in [
        (1, 1),
        (3, 2),
        (20, 5),
        (80, 24),
        (100, 23),
        (99, 60),
        (300, 90),
    ] {
        for keys in [&b"\x1d"[..], b"\x1b"] {
            lab.on(Event::Sized(columns, lines));
            lab.on(Event::Typed(keys, PROMPT));
            lab.lay(&seat);
            drawn(&lab, columns, lines);
            // The terminal may have another size already.
            drawn(&lab, columns.max(2) / 2, lines.max(2) / 2);
        }
    }
}

#[test]
fn help_stands_in_the_lessons_place_and_the_lesson_comes_back_where_it_was() {
    let lesson = lesson();
    let (mut lab, mut seat) = entered(&lesson, 100, 30);
    happens(&mut lab, &mut seat, At::Judged(judged("run", Status::Pass)));
    let at = lab.panes.lesson.at;
    lab.on(Event::Typed(b"\x1d", PROMPT));
    happens(&mut lab, &mut seat, At::Key('?'));
    let help = drawn(&lab, 100, 30).backend().to_string();
    assert!(help.contains("F2 does the same"), "{help}");
    lab.on(Event::Typed(b"\x1b", PROMPT));
    lab.lay(&seat);
    assert_eq!(lab.panes.lesson.at, at);
}
