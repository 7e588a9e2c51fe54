//! `sealegs answer`: asks a lesson's questions, and writes what is answered into `answers.yaml`.

use std::fs;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use crate::checks::{ANSWERS, answers};
use crate::course::{Course, Lesson};
use crate::failure::{ExitCode, Failure};
use crate::learn::answers::{Question, put, questions};
use crate::report::text::Detail;
use crate::text::{inert_line, list, nearest, tick};

use super::place::{self, Place};
use super::record::Record;
use super::{App, check, grade};

pub(super) fn run(
    app: &App,
    what: Option<&str>,
    folder: Option<PathBuf>,
    chosen: &[String],
) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    let record = Record::open(&app.terminal, &course);
    let place = place::find(&course, &record.progress(), what, folder)?;
    let all = questions(place.lesson);
    let asked: Vec<Question<'_>> = all
        .into_iter()
        .filter(|it| place.task.is_none_or(|task| it.task.id == task))
        .collect();
    if asked.is_empty() {
        let said = format!("{} asks no questions", tick(&place.lesson.id));
        app.terminal.say(&said);
        return Ok(ExitCode::Passed);
    }
    let file = place.folder.join(ANSWERS);
    let mut text = read(&file)?;
    let given = match chosen {
        [] => by_asking(app, &asked, &text)?,
        chosen => by_choice(&asked, chosen)?,
    };
    for (question, answer) in &given {
        text = put(&text, question.id, answer).map_err(|said| unreadable(&file, &said))?;
    }
    fs::write(&file, &text).map_err(|error| {
        let file = tick(&file.display().to_string());
        Failure::system(format!("cannot write {file}: {error}"))
    })?;
    let tasks: Vec<&str> = given
        .iter()
        .map(|(question, _)| question.task.id.as_str())
        .collect();
    looked(app, &course, &place, &tasks, &record)
}

/// What was answered, by question.
type Given<'q, 'l> = Vec<(&'q Question<'l>, Vec<String>)>;

fn read(file: &Path) -> Result<String, Failure> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(unreadable(file, &error.to_string())),
    }
}

fn unreadable(file: &Path, said: &str) -> Failure {
    let file = tick(&file.display().to_string());
    Failure::usage(format!("cannot change {file}: {said}"))
}

/// Takes the answers from the command line, as `ID=VALUE`.
fn by_choice<'q, 'l>(
    asked: &'q [Question<'l>],
    chosen: &[String],
) -> Result<Given<'q, 'l>, Failure> {
    let mut given = Vec::new();
    for one in chosen {
        let Some((id, typed)) = one.split_once('=') else {
            return Err(Failure::usage(format!("{} is no `ID=VALUE`", tick(one))));
        };
        let ids = || asked.iter().map(|question| question.id);
        let Some(question) = asked.iter().find(|question| question.id == id) else {
            let hint = match nearest(id, ids()) {
                Some(near) => format!("did you mean {}?", tick(near)),
                None => format!("the questions are {}", list(&ids().collect::<Vec<_>>())),
            };
            return Err(
                Failure::usage(format!("there is no question {}", tick(id))).with_hint(hint)
            );
        };
        let answer = question.read(typed).map_err(|wrong| {
            let choices = question.spec.choices.iter().flatten();
            let choices: Vec<&str> = choices.map(|(choice, _)| choice.as_str()).collect();
            let failure = Failure::usage(format!("{} is no choice of {}", tick(&wrong), tick(id)));
            failure.with_hint(format!("the choices are {}", list(&choices)))
        })?;
        given.push((question, answer));
    }
    Ok(given)
}

/// Asks a person: what has no answer yet, else everything anew.
fn by_asking<'q, 'l>(
    app: &App,
    asked: &'q [Question<'l>],
    text: &str,
) -> Result<Given<'q, 'l>, Failure> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        let ids: Vec<&str> = asked.iter().map(|question| question.id).collect();
        let failure = Failure::usage("nobody is here to be asked");
        return Err(failure.with_hint(format!(
            "`--choose ID=VALUE` answers; the questions are {}",
            list(&ids)
        )));
    }
    let known = answers(text).map_err(|said| unreadable(Path::new(ANSWERS), &said))?;
    let open = |question: &&Question<'_>| !known.contains_key(question.id);
    let any_open = asked.iter().any(|question| open(&question));
    let mut given = Vec::new();
    for question in asked.iter().filter(|question| !any_open || open(question)) {
        given.push((question, ask(app, question)?));
    }
    Ok(given)
}

fn ask(app: &App, question: &Question<'_>) -> Result<Vec<String>, Failure> {
    let says = inert_line(&question.spec.ask).into_owned();
    let Some(choices) = &question.spec.choices else {
        return Ok(vec![app.terminal.ask(&says)?.trim().to_owned()]);
    };
    let row =
        |(choice, says): (&String, &String)| inert_line(&format!("{choice}: {says}")).into_owned();
    let rows = choices.iter().map(row).collect();
    let picked = match question.takes_several() {
        true => app.terminal.pick_several(&says, rows)?,
        false => vec![app.terminal.pick(&says, rows)?],
    };
    let choice = |at: usize| choices.get_index(at).map(|(choice, _)| choice.clone());
    Ok(picked.into_iter().filter_map(choice).collect())
}

/// Looks at the tasks that were answered for, as `check` does.
fn looked(
    app: &App,
    course: &Course,
    place: &Place<'_>,
    tasks: &[&str],
    record: &Record<'_>,
) -> Result<ExitCode, Failure> {
    let mut part = place.lesson.clone();
    let parts: Vec<Lesson> = tasks.iter().map(|task| place.lesson.part(task)).collect();
    let wanted = |id: &str| parts.iter().any(|part| part.task(id).is_some());
    part.tasks.retain(|task| wanted(&task.id));
    let judged = check::look(app, course, &part, &place.folder, record)?;
    grade::show(app, &judged, Detail::Check);
    Ok(grade::exit_code(&judged))
}
