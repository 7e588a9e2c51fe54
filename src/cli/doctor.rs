//! `sealegs doctor`: says what is missing, and mends it when asked to.

use crate::course::Course;
use crate::doctor::{Diagnosis, Health, Mend, diagnose, mend};
use crate::failure::{ExitCode, Failure};
use crate::outcome::Status;
use crate::render::{Glyphs, Span, mark};
use crate::text::inert_line;

use super::live::Live;
use super::{App, stop, wait_for};

/// How leave to mend is got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    /// None is asked for: only look.
    LookOnly,
    /// Each mend is asked for.
    Ask,
    /// Every mend is granted.
    Granted,
}

/// Mends one thing, and looks again.
pub(super) fn mend_one(app: &App, course: &Course, one: &Mend) -> Result<Diagnosis, Failure> {
    let choice = app.global.engine.as_deref();
    app.terminal.say(&format!("{one} …"));
    wait_for(async {
        let live = Live::new(&app.terminal);
        let depot = app.depot();
        let on = |getting| live.notice(&getting);
        tokio::select! {
            mended = mend(one, choice, &depot, &on) => mended?,
            () = stop() => return Err(Failure::Interrupted),
        }
        Ok(diagnose(choice, course).await)
    })
}

pub(super) fn run(app: &App, leave: Leave) -> Result<ExitCode, Failure> {
    let course = app.course()?;
    let choice = app.global.engine.as_deref();
    let mut diagnosis = wait_for(async { Ok(diagnose(choice, &course).await) })?;
    show(app, &diagnosis);
    // Mending one thing shows the next: an engine that answers shows which images are missing.
    let mut tried: Vec<Mend> = Vec::new();
    loop {
        let next = diagnosis
            .mends
            .iter()
            .find(|one| !tried.contains(one))
            .cloned();
        let Some(one) = next.filter(|_| leave != Leave::LookOnly) else {
            break;
        };
        if !granted(app, &one, leave)? {
            break;
        }
        diagnosis = mend_one(app, &course, &one)?;
        tried.push(one);
    }
    if !tried.is_empty() {
        show(app, &diagnosis);
    } else if !diagnosis.mends.is_empty() && leave == Leave::LookOnly {
        app.terminal.say("`sealegs doctor --fix` mends this");
    }
    Ok(if diagnosis.is_well() {
        ExitCode::Passed
    } else {
        ExitCode::Infrastructure
    })
}

fn granted(app: &App, one: &Mend, leave: Leave) -> Result<bool, Failure> {
    if leave == Leave::Granted {
        return Ok(true);
    }
    app.confirm(&format!("{one}?"), &one.to_string(), true)
}

fn show(app: &App, diagnosis: &Diagnosis) {
    let style = &app.terminal.out;
    let mut out = String::new();
    for finding in &diagnosis.findings {
        let status = match finding.state {
            Health::Good => Status::Pass,
            Health::Note => Status::Skip,
            Health::Bad => Status::Fail,
        };
        let mark = match (finding.state, style.glyphs) {
            (Health::Note, Glyphs::Words) => Span::plain("note:"),
            (_, glyphs) => mark(status, glyphs),
        };
        out.push_str(&format!(
            "{} {}\n",
            style.paint(mark.role(), mark.text()),
            inert_line(&finding.says)
        ));
        if let Some(hint) = &finding.hint {
            out.push_str(&format!("  hint: {}\n", inert_line(hint)));
        }
    }
    app.terminal.print(&out);
}
