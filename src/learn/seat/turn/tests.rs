//! What follows from what happens at the seat.

use super::*;
use crate::course::Course;
use crate::outcome::Outcome;
use crate::progress::Progress;

fn grade(seat: &Seat<'_>, index: usize, status: Status) -> TaskGrade {
    let task = seat.tasks[index].task;
    TaskGrade {
        id: task.id.clone(),
        title: task.title.clone(),
        status,
        points: 0.0,
        max_points: task.points,
        bonus: false,
        outcomes: vec![Outcome {
            id: "c".into(),
            kind: "build",
            says: "it builds".into(),
            status,
            weight: 1,
            cause: None,
            ms: 0,
        }],
        why: None,
        hint: None,
        fitting: Vec::new(),
    }
}

fn changed(seat: &Seat<'_>) -> Event {
    Event::Noticed {
        noticed: Noticed::Changed(Change::Files(["Dockerfile".to_owned()].into())),
        affected: seat.open().iter().map(|task| task.id.clone()).collect(),
    }
}

fn seat(course: &Course, face: Face) -> Seat<'_> {
    let mut lessons = course.lessons.iter();
    let lesson = lessons.find(|lesson| !lesson.needs_sandbox()).unwrap();
    Seat::new(lesson, &Progress::default(), face)
}

/// A look at all open tasks in which these pass and the others fail.
fn look(seat: &mut Seat<'_>, passing: &[usize]) -> Vec<Effect> {
    let mut effects = Vec::new();
    for index in 0..seat.tasks.len() {
        let status = match passing.contains(&index) {
            true => Status::Pass,
            false => Status::Fail,
        };
        let grade = grade(seat, index, status);
        effects.extend(seat.on(Event::Judged(grade)));
    }
    effects.extend(seat.on(Event::Looked(Looked::Whole)));
    effects
}

fn id(seat: &Seat<'_>, index: usize) -> String {
    seat.tasks[index].task.id.clone()
}

#[test]
fn who_has_just_sat_down_reads_and_is_told_of_no_failure() {
    let course = Course::built_in().unwrap();
    let mut seat = seat(&course, Face::Guided);
    let entered = seat.on(Event::Entered);
    let first = id(&seat, 0);
    assert_eq!(entered[0], Effect::Show(Show::Text(Some(first))));
    assert!(matches!(&entered[2], Effect::Look(tasks) if tasks.len() == seat.tasks.len()));
    assert_eq!(look(&mut seat, &[]), []);
}

#[test]
fn a_pass_is_written_down_before_it_is_shown_and_only_once() {
    let course = Course::built_in().unwrap();
    let mut seat = seat(&course, Face::Guided);
    seat.on(Event::Entered);
    let passed = grade(&seat, 0, Status::Pass);
    let first = id(&seat, 0);
    assert_eq!(
        seat.on(Event::Judged(passed.clone())),
        [Effect::Pass(first.clone()), Effect::Show(Show::Tick(first))]
    );
    assert_eq!(seat.on(Event::Judged(passed)), []);
}

#[test]
fn in_the_lab_the_next_task_comes_by_itself_and_has_not_failed_before_it_was_tried() {
    let course = Course::built_in().unwrap();
    let mut seat = seat(&course, Face::Lab);
    seat.on(Event::Entered);
    let first = id(&seat, 0);
    seat.on(changed(&seat));
    let effects = look(&mut seat, &[0]);
    let next = seat.current().map(|it| it.task.id.clone());
    assert_eq!(
        effects,
        [
            Effect::Pass(first.clone()),
            Effect::Show(Show::Tick(first)),
            Effect::Show(Show::Text(next.clone())),
        ]
    );
    seat.on(changed(&seat));
    let failed = look(&mut seat, &[]);
    let trouble = Effect::Show(Show::Trouble(next.unwrap()));
    assert_eq!(failed, [trouble, Effect::Show(Show::Keys)]);
}

#[test]
fn what_has_passed_stays_passed_and_is_not_looked_at_again() {
    let course = Course::built_in().unwrap();
    let mut seat = seat(&course, Face::Guided);
    look(&mut seat, &[0]);
    let failed = grade(&seat, 0, Status::Fail);
    seat.on(Event::Judged(failed));
    assert_eq!(seat.passed(), 1);
    let first = id(&seat, 0);
    let look = seat.on(changed(&seat));
    assert!(matches!(&look[..], [Effect::Look(tasks)] if !tasks.contains(&first)));
}

#[test]
fn the_same_failure_is_not_told_twice() {
    let course = Course::built_in().unwrap();
    let mut seat = seat(&course, Face::Guided);
    let first = id(&seat, 0);
    seat.on(Event::Entered);
    look(&mut seat, &[]);
    seat.on(changed(&seat));
    let keys = Effect::Show(Show::Keys);
    let trouble = Effect::Show(Show::Trouble(first.clone()));
    assert_eq!(look(&mut seat, &[]), [trouble, keys.clone()]);
    seat.on(changed(&seat));
    assert_eq!(
        look(&mut seat, &[]),
        [Effect::Show(Show::Same(first)), keys]
    );
}

#[test]
fn a_change_nobody_sees_changes_nothing() {
    let course = Course::built_in().unwrap();
    let mut seat = seat(&course, Face::Board);
    let unseen = Event::Noticed {
        noticed: Noticed::Changed(Change::Files(["notes.txt".to_owned()].into())),
        affected: Vec::new(),
    };
    assert_eq!(seat.on(unseen), []);
}

#[test]
fn an_engine_that_is_gone_is_a_note_and_no_failure() {
    let course = Course::built_in().unwrap();
    let mut seat = seat(&course, Face::Guided);
    seat.on(changed(&seat));
    let gone = "no Docker engine answers".to_owned();
    let effects = seat.on(Event::Looked(Looked::Failed(gone.clone())));
    assert_eq!(effects[0], Effect::AwaitEngine);
    assert_eq!(effects[1], Effect::Show(Show::Failed(gone)));
    assert!(seat.tasks.iter().all(|it| it.grade.is_none()));
    let back = Event::Noticed {
        noticed: Noticed::EngineIsBack,
        affected: Vec::new(),
    };
    let effects = seat.on(back);
    assert!(matches!(&effects[..], [Effect::Look(tasks)] if tasks.len() == seat.tasks.len()));
    look(&mut seat, &[]);
    assert_eq!(seat.note, None, "it is back");
}

#[test]
fn what_could_not_be_looked_at_is_looked_at_again_after_ever_longer_pauses_and_said_once() {
    let course = Course::built_in().unwrap();
    let mut seat = seat(&course, Face::Lines);
    seat.on(changed(&seat));
    let busy = || Event::Looked(Looked::Failed("the engine is busy".to_owned()));
    let again = |seconds| Effect::LookIn(Duration::from_secs(seconds));
    assert_eq!(seat.on(busy()).last(), Some(&again(5)));
    let time = || Event::Noticed {
        noticed: Noticed::ItIsTime,
        affected: Vec::new(),
    };
    let looks = seat.on(time());
    assert!(matches!(&looks[..], [Effect::Look(tasks)] if tasks.len() == seat.tasks.len()));
    assert_eq!(seat.on(time()), [], "it is being looked at");
    // One that is given up for another has found nothing out.
    seat.on(Event::Judged(grade(&seat, 0, Status::Error)));
    assert_eq!(seat.on(Event::Looked(Looked::GivenUp)), []);
    assert_eq!(seat.on(busy()), [again(10)]);
    for seconds in [20, 40, 80, 80] {
        seat.on(time());
        assert_eq!(seat.on(busy()), [again(seconds)]);
    }
    seat.on(time());
    seat.on(Event::Judged(grade(&seat, 0, Status::Error)));
    let whole = seat.on(Event::Looked(Looked::Whole));
    assert_eq!(whole.last(), Some(&again(80)), "it could not be judged");
    seat.on(time());
    assert!(!look(&mut seat, &[]).contains(&again(80)));
    seat.on(changed(&seat));
    assert_eq!(seat.on(busy()).last(), Some(&again(5)));
}

#[test]
fn a_sandbox_that_is_found_while_somebody_sits_down_is_no_failure_of_theirs() {
    let course = Course::built_in().unwrap();
    let mut seat = seat(&course, Face::Guided);
    seat.on(Event::Entered);
    let found = Stir::anything();
    seat.on(stirred(&seat, found));
    assert_eq!(seat.looking, Some(Why::Entered));
    assert_eq!(look(&mut seat, &[]), []);
}

#[test]
fn hints_come_one_by_one_until_there_are_none_and_then_the_key_is_gone() {
    let course = Course::built_in().unwrap();
    let mut seat = seat(&course, Face::Guided);
    seat.on(Event::Entered);
    let hints = &seat.tasks[0].task.hints;
    let hints = hints.iter().filter(|hint| hint.when.is_empty()).count();
    for number in 1..=hints {
        let given = seat.on(Event::Key('h'));
        assert!(matches!(&given[0], Effect::Hinted { .. }));
        let shown = &given[1];
        assert!(
            matches!(shown, Effect::Show(Show::Hint { number: n, left, .. }) if *n == number && *left == hints - number),
            "{shown:?}"
        );
    }
    assert_eq!(seat.on(Event::Key('h')), []);
    assert!(!seat.keys().iter().any(|(key, _)| *key == 'h'));
}

#[test]
fn when_all_is_done_the_next_lesson_is_a_key_away() {
    let course = Course::built_in().unwrap();
    let mut seat = seat(&course, Face::Guided);
    let all: Vec<usize> = (0..seat.tasks.len()).collect();
    assert_eq!(seat.on(Event::Key('s')), [], "not before it is done");
    let effects = look(&mut seat, &all);
    assert!(effects.contains(&Effect::Show(Show::Done)));
    assert_eq!(seat.on(Event::Key(' ')), [Effect::Next]);
    assert_eq!(seat.on(Event::Key('c')), [], "nothing is left to check");
}

#[test]
fn a_need_that_has_passed_is_met_in_every_later_look() {
    let course = Course::built_in().unwrap();
    let mut seat = seat(&course, Face::Guided);
    look(&mut seat, &[0]);
    let open: Vec<String> = seat.open().iter().map(|task| task.id.clone()).collect();
    let part = seat.part(&open);
    assert_eq!(part.tasks.len(), seat.tasks.len() - 1);
    let first = id(&seat, 0);
    assert!(part.tasks.iter().all(|task| !task.needs.contains(&first)));
}

#[test]
fn a_board_is_drawn_once_for_whatever_happens() {
    let course = Course::built_in().unwrap();
    let mut seat = seat(&course, Face::Board);
    seat.on(Event::Entered);
    seat.on(changed(&seat));
    let effects = look(&mut seat, &[0]);
    let boards = effects
        .iter()
        .filter(|it| **it == Effect::Show(Show::Board));
    assert_eq!(
        boards.count(),
        2,
        "at the tick, and at the end: {effects:?}"
    );
    assert!(
        !effects
            .iter()
            .any(|it| matches!(it, Effect::Show(Show::Tick(_))))
    );
    let hint = seat.on(Event::Key('h'));
    assert!(matches!(
        &hint[..],
        [
            Effect::Hinted { .. },
            Effect::Show(Show::Board),
            Effect::Show(Show::Hint { .. })
        ]
    ));
}

fn stirred(seat: &Seat<'_>, stir: Stir) -> Event {
    Event::Noticed {
        noticed: Noticed::Changed(Change::Sandbox(stir)),
        affected: seat.open().iter().map(|task| task.id.clone()).collect(),
    }
}

#[test]
fn what_passes_while_a_command_runs_ticks_and_what_fails_waits_until_it_is_quiet() {
    let course = Course::built_in().unwrap();
    let mut seat = seat(&course, Face::Lines);
    seat.on(Event::Entered);
    look(&mut seat, &[]);
    let stir = Stir {
        changed: true,
        typed: Some("docker run".to_owned()),
        settled: false,
    };
    seat.on(stirred(&seat, stir.clone()));
    let (first, second) = (id(&seat, 0), id(&seat, 1));
    let ticked = [Effect::Pass(first.clone()), Effect::Show(Show::Tick(first))];
    assert_eq!(look(&mut seat, &[0]), ticked);
    let settled = Stir {
        settled: true,
        ..stir
    };
    seat.on(stirred(&seat, settled));
    let told = look(&mut seat, &[0]);
    assert!(
        told.contains(&Effect::Show(Show::Trouble(second))),
        "{told:?}"
    );
    assert_eq!(seat.because, "docker run");
}

#[test]
fn what_changes_by_itself_and_brings_nothing_new_is_not_told() {
    let course = Course::built_in().unwrap();
    let mut seat = seat(&course, Face::Lines);
    seat.on(Event::Entered);
    look(&mut seat, &[]);
    let settled = Stir {
        changed: true,
        typed: None,
        settled: true,
    };
    seat.on(stirred(&seat, settled));
    assert_eq!(look(&mut seat, &[]), []);
}

#[test]
fn an_engine_that_hangs_up_is_said_once() {
    let course = Course::built_in().unwrap();
    let mut seat = seat(&course, Face::Lines);
    let gone = || Event::Noticed {
        noticed: Noticed::EngineIsGone,
        affected: Vec::new(),
    };
    assert_eq!(seat.on(gone()).len(), 1);
    assert_eq!(seat.on(gone()), []);
}
