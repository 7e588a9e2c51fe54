//! What happens at the seat, and what is to be done about it.

use std::time::Duration;

use crate::learn::changes::Noticed;
use crate::outcome::TaskGrade;

/// How a lesson is shown while it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// The lesson's text step by step, what is found below it, line after line.
    Guided,
    /// Everything in its place: the lesson, the tasks, the learner's shell, what runs.
    Lab,
    /// All tasks on one screen, drawn anew when something changes.
    Board,
    /// What is found, line after line: for what is no screen.
    Lines,
}

/// Why a look was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The seat was taken: nobody has done anything yet.
    Entered,
    /// Something has changed.
    Changed,
    /// Something is going on in the sandbox: what is seen may pass.
    Stirred,
    /// The learner asked.
    Asked,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The seat was taken.
    Entered,
    /// A source has noticed something. `affected` are the open tasks that may see it.
    Noticed {
        /// What was noticed.
        noticed: Noticed,
        /// By their names.
        affected: Vec<String>,
    },
    /// A task has been judged by the look that is on its way.
    Judged(TaskGrade),
    /// The look has ended.
    Looked(Looked),
    /// A key was pressed.
    Key(char),
    /// The screen has another size, or was used by something else.
    Uncovered,
}

/// How a look ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked {
    /// Every task was judged.
    Whole,
    /// It was given up for another one.
    GivenUp,
    /// It could not be done; not the learner's fault.
    Failed(String),
}

/// Something to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Write down that a task has passed, before anything else.
    Pass(String),
    /// Write down that a hint was given.
    Hinted {
        /// The task.
        task: String,
        /// The hint.
        says: String,
    },
    /// Look at these tasks, in place of what is being looked at.
    Look(Vec<String>),
    /// Show something.
    Show(Show),
    /// Open the editor.
    Edit,
    /// Let the learner choose a lesson.
    Choose,
    /// Go on with the next lesson.
    Next,
    /// Say when the engine that was lost answers again.
    AwaitEngine,
    /// Say when this time is over, unless something is looked at before.
    LookIn(Duration),
    /// Leave.
    Leave,
}

/// Something to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Show {
    /// The text that leads to a task; of `None`, what follows the last.
    Text(Option<String>),
    /// A task has passed.
    Tick(String),
    /// Why a task does not pass.
    Trouble(String),
    /// It does not pass for the same reasons as before.
    Same(String),
    /// The look could not be done.
    Failed(String),
    /// A hint.
    Hint {
        /// Its number on this task.
        number: usize,
        /// What it says.
        says: String,
        /// How many are left.
        left: usize,
    },
    /// Something the learner should know.
    Note(String),
    /// The lesson is done.
    Done,
    /// Your answer against the reference.
    Solution,
    /// What every key does.
    Help,
    /// All tasks.
    Board,
    /// The line of keys.
    Keys,
}
