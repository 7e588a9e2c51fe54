//! The transitions: one event, and what follows from it.

use std::collections::BTreeSet;

use std::time::Duration;

use super::{Effect, Event, Face, Looked, Seat, Show, Standing, Why};
use crate::learn::changes::{Change, Noticed, Stir};
use crate::learn::hints::{self, Rung};
use crate::outcome::{Status, TaskGrade};
use crate::text::inert_line;

/// After a look that could not be done, and doubled with each more: 5 s to 80 s.
const AGAIN: Duration = Duration::from_secs(5);
const MOST_TRIES: u32 = 4;

impl Seat<'_> {
    /// Takes an event and gives what is to be done, in order.
    pub fn on(&mut self, event: Event) -> Vec<Effect> {
        let mut effects = match event {
            Event::Entered => self.entered(),
            Event::Noticed { noticed, affected } => self.noticed(noticed, affected),
            Event::Judged(grade) => self.judged(grade),
            Event::Looked(looked) => {
                let is_over = looked != Looked::GivenUp;
                let has_failed = matches!(looked, Looked::Failed(_));
                let mut effects = self.looked(looked);
                if is_over {
                    effects.extend(self.later(has_failed));
                }
                effects
            }
            Event::Key(key) => self.key(key),
            Event::Uncovered => self.uncovered(),
        };
        if self.face == Face::Board {
            // That a look has begun is seen on it too.
            if effects.iter().any(|it| matches!(it, Effect::Look(_))) {
                effects.push(Effect::Show(Show::Board));
            }
            redrawn(&mut effects);
        }
        effects
    }

    fn entered(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        if matches!(self.face, Face::Guided | Face::Lab) {
            effects.extend(self.text());
        }
        if self.is_done() {
            effects.push(Effect::Show(Show::Done));
        }
        let elsewhere = matches!(self.face, Face::Guided | Face::Lines);
        if self.lesson.needs_sandbox() && !self.is_done() && elsewhere {
            let id = &self.lesson.id;
            let said = format!(
                "type the commands of this lesson in another terminal: `sealegs shell {id}` opens one"
            );
            effects.push(Effect::Show(Show::Note(said)));
        }
        effects.push(Effect::Show(Show::Keys));
        effects.extend(self.look(Why::Entered));
        effects
    }

    fn noticed(&mut self, noticed: Noticed, affected: Vec<String>) -> Vec<Effect> {
        match noticed {
            Noticed::Said(said) => {
                self.note = Some(said.clone());
                vec![Effect::Show(Show::Note(said))]
            }
            Noticed::EngineIsGone => {
                let said = "the engine has hung up: your work is looked at when it is back";
                if self.note.replace(said.to_owned()).as_deref() == Some(said) {
                    return Vec::new();
                }
                vec![Effect::Show(Show::Note(said.to_owned()))]
            }
            Noticed::EngineIsBack => {
                "the engine is back".clone_into(&mut self.because);
                self.look(Why::Changed).into_iter().collect()
            }
            Noticed::ItIsTime if self.looking.is_some() => Vec::new(),
            Noticed::ItIsTime => {
                self.unasked = true;
                self.look(Why::Changed).into_iter().collect()
            }
            Noticed::Changed(change) if affected.is_empty() => {
                if let Change::Sandbox(Stir {
                    typed: Some(typed), ..
                }) = change
                {
                    self.because = inert_line(&typed).into_owned();
                }
                Vec::new()
            }
            Noticed::Changed(Change::Files(paths)) => {
                self.fresh = false;
                self.looking = Some(Why::Changed);
                self.unasked = false;
                self.because = because(&paths);
                vec![Effect::Look(affected)]
            }
            Noticed::Changed(Change::Sandbox(stir)) => {
                // A file that was saved meanwhile is still to be told of.
                let passing = !stir.settled && self.looking != Some(Why::Changed);
                // Nobody has done anything where the sandbox is found while somebody sits down.
                let entering = stir.typed.is_none() && self.looking == Some(Why::Entered);
                self.looking = Some(match passing {
                    _ if entering => Why::Entered,
                    true => Why::Stirred,
                    false => Why::Changed,
                });
                self.unasked = stir.settled && stir.typed.is_none();
                // The command that ended the task before is told of again once all is quiet.
                self.fresh &= stir.settled || stir.typed.is_none();
                if let Some(typed) = stir.typed {
                    self.because = inert_line(&typed).into_owned();
                }
                vec![Effect::Look(affected)]
            }
        }
    }

    /// Looks at all open tasks.
    fn look(&mut self, why: Why) -> Option<Effect> {
        let open: Vec<String> = self.open().iter().map(|task| task.id.clone()).collect();
        if open.is_empty() {
            return None;
        }
        self.looking = Some(why);
        Some(Effect::Look(open))
    }

    fn judged(&mut self, grade: TaskGrade) -> Vec<Effect> {
        let Some(standing) = self.tasks.iter_mut().find(|it| it.task.id == grade.id) else {
            return Vec::new();
        };
        let ticks = grade.status == Status::Pass && !standing.has_passed();
        let id = grade.id.clone();
        standing.grade = Some(grade);
        if !ticks {
            return Vec::new();
        }
        standing.progress.passed = Some(String::new());
        let mut effects = vec![Effect::Pass(id.clone()), Effect::Show(Show::Tick(id))];
        let current = self.current().map(|current| &current.task.id);
        if self.face == Face::Lab && current != self.read.as_ref() {
            self.fresh = true;
            effects.extend(self.text());
        }
        effects
    }

    /// What could not be looked at, or not judged, is looked at once more: what was in the way may have gone, and nobody
    /// would tell.
    fn later(&mut self, has_failed: bool) -> Option<Effect> {
        let is_unjudged = |standing: &Standing<'_>| {
            let status = standing.grade.as_ref().map(|grade| grade.status);
            !standing.has_passed() && status == Some(Status::Error)
        };
        if !has_failed && !self.tasks.iter().any(is_unjudged) {
            self.tries = 0;
            return None;
        }
        let pause = AGAIN * 2_u32.pow(self.tries);
        self.tries = (self.tries + 1).min(MOST_TRIES);
        Some(Effect::LookIn(pause))
    }

    fn looked(&mut self, looked: Looked) -> Vec<Effect> {
        let why = match looked {
            // Another one is on its way.
            Looked::GivenUp => return Vec::new(),
            Looked::Failed(said) => {
                self.looking = None;
                if self.note.as_ref() == Some(&said) {
                    return Vec::new();
                }
                self.note = Some(said.clone());
                let shows = [Effect::Show(Show::Failed(said)), Effect::Show(Show::Keys)];
                return [Effect::AwaitEngine].into_iter().chain(shows).collect();
            }
            Looked::Whole => self.looking.take(),
        };
        if why != Some(Why::Stirred) {
            self.note = None;
        }
        if self.is_done() {
            let mut effects = vec![Effect::Show(Show::Done)];
            if matches!(self.face, Face::Guided | Face::Lab) {
                effects.extend(self.text());
            }
            effects.push(Effect::Show(Show::Keys));
            return effects;
        }
        if why == Some(Why::Stirred) {
            return match self.face {
                Face::Board => vec![Effect::Show(Show::Keys)],
                Face::Guided | Face::Lab | Face::Lines => Vec::new(),
            };
        }
        let Some(current) = self.current() else {
            return Vec::new();
        };
        let said = current.said();
        let id = current.task.id.clone();
        let news = said != self.said;
        // Who has only just sat down, or has not read yet what is asked, has not failed at it.
        let unread = self.face == Face::Guided && self.read.as_ref() != Some(&id);
        if unread {
            return vec![Effect::Show(Show::Keys)];
        }
        let reads = matches!(self.face, Face::Guided | Face::Lab);
        if why == Some(Why::Entered) && reads || self.fresh {
            return Vec::new();
        }
        self.said = said;
        // Nobody has done anything, and nothing is new.
        let quiet = std::mem::take(&mut self.unasked) && !news;
        if quiet && self.face != Face::Board {
            return Vec::new();
        }
        let found = match news {
            true => Show::Trouble(id),
            false => Show::Same(id),
        };
        vec![Effect::Show(found), Effect::Show(Show::Keys)]
    }

    fn key(&mut self, key: char) -> Vec<Effect> {
        let key = match key {
            ' ' | '\r' | '\n' => 'n',
            key => key.to_ascii_lowercase(),
        };
        let known = self.keys().iter().any(|(known, _)| *known == key);
        if !known {
            return Vec::new();
        }
        match key {
            'n' if self.is_done() => vec![Effect::Next],
            'n' | 't' => {
                let mut effects = self.text();
                effects.push(Effect::Show(Show::Keys));
                effects
            }
            'h' => self.give_hint(),
            'c' => {
                self.fresh = false;
                "you asked".clone_into(&mut self.because);
                self.look(Why::Asked).into_iter().collect()
            }
            's' => vec![Effect::Show(Show::Solution), Effect::Show(Show::Keys)],
            'e' => vec![Effect::Edit],
            'l' => vec![Effect::Choose],
            '?' => vec![Effect::Show(Show::Help), Effect::Show(Show::Keys)],
            _ => vec![Effect::Leave],
        }
    }

    /// The text that leads to the current task, or what follows the last one.
    fn text(&mut self) -> Vec<Effect> {
        let task = self.current().map(|current| current.task.id.clone());
        self.read.clone_from(&task);
        vec![Effect::Show(Show::Text(task))]
    }

    /// The next hint on the current task.
    pub(super) fn hint(&self) -> Option<Rung<'_>> {
        let current = self.current()?;
        let fitting = current.grade.as_ref().map(|grade| grade.fitting.as_slice());
        hints::next(current.task, fitting.unwrap_or_default(), &current.progress)
    }

    fn give_hint(&mut self) -> Vec<Effect> {
        let Some(rung) = self.hint() else {
            return Vec::new();
        };
        let (number, left, says) = (rung.number, rung.left, rung.hint.says.clone());
        let id = self.current().map(|current| current.task.id.clone());
        let task = id.unwrap_or_default();
        if let Some(standing) = self.tasks.iter_mut().find(|it| it.task.id == task) {
            standing.progress.hinted(&says);
        }
        let kept = Effect::Hinted {
            task,
            says: says.clone(),
        };
        let hint = Show::Hint { number, says, left };
        vec![kept, Effect::Show(hint), Effect::Show(Show::Keys)]
    }

    fn uncovered(&self) -> Vec<Effect> {
        vec![Effect::Show(Show::Keys)]
    }
}

/// Which files a look was begun for.
fn because(paths: &BTreeSet<String>) -> String {
    let first = paths.first().map(|path| inert_line(path).into_owned());
    match (first, paths.len()) {
        (Some(first), 1) => format!("{first} changed"),
        (Some(first), more) => format!("{first} and {more} more changed", more = more - 1),
        (None, _) => String::new(),
    }
}

/// On a board everything is in its place: whatever is to be shown, it is drawn anew, once. Only what has no place on
/// it is shown below.
fn redrawn(effects: &mut Vec<Effect>) {
    let shows = |effect: &Effect| matches!(effect, Effect::Show(_));
    let below = |effect: &Effect| matches!(effect, Effect::Show(Show::Hint { .. } | Show::Help));
    let any = effects.iter().any(shows);
    let extra: Vec<Effect> = effects.iter().filter(|it| below(it)).cloned().collect();
    effects.retain(|effect| !shows(effect));
    if any {
        effects.push(Effect::Show(Show::Board));
        effects.extend(extra);
    }
}

#[cfg(test)]
mod tests;
