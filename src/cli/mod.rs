//! The command line: one file a command, and the only place that wires rooms together.

mod answer;
mod args;
mod book;
mod carry_on;
mod check;
mod clean;
mod completions;
mod dev;
mod doctor;
mod grade;
mod hint;
mod images;
mod list;
mod live;
mod map;
mod mutants;
mod pager;
mod place;
mod progress;
mod read;
mod record;
mod reset;
mod sandbox;
mod seat;
mod skip;
mod solution;
mod start;
mod submit;
mod terminal;

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::Path;
use std::pin::Pin;

use clap::{CommandFactory as _, Parser as _};
use tokio::runtime::Builder as Runtime;

use crate::course::{Course, Lesson};
use crate::engine::{Engine, Run};
use crate::failure::{ExitCode, Failure};
use crate::images::Depot;
use crate::text::nearest;

use args::{Arguments, Command, Global};
use doctor::Leave;
use terminal::Terminal;

/// What every command is given: the global arguments and the terminal.
struct App {
    global: Global,
    terminal: Terminal,
}

/// Runs the program with these arguments and gives its exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if let Some(code) = completions::answer(&arguments) {
        return code;
    }
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are results; everything else is a wrong command line.
            let code = if error.use_stderr() {
                ExitCode::Usage
            } else {
                ExitCode::Passed
            };
            let _ = error.print();
            return code;
        }
    };
    let terminal = Terminal::found(&arguments.global);
    let app = App {
        global: arguments.global,
        terminal,
    };
    let done = match arguments.command {
        Some(command) => app.run(command),
        None => app.carry_on(),
    };
    done.unwrap_or_else(|failure| app.terminal.failed(&failure))
}

impl App {
    /// What the program does when it is told nothing.
    fn carry_on(&self) -> Result<ExitCode, Failure> {
        if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
            return carry_on::run(self);
        }
        let help = Arguments::command().render_help();
        self.terminal.print(&help.to_string());
        Ok(ExitCode::Passed)
    }

    fn run(&self, command: Command) -> Result<ExitCode, Failure> {
        match command {
            Command::List { words, which } => list::run(self, &words, which),
            Command::Read { lesson } => read::run(self, lesson.as_deref()),
            Command::Start { lesson, folder } => start::run(self, &lesson, folder),
            Command::Check {
                lesson,
                workspace,
                watch,
            } => {
                let often = if watch {
                    check::Often::AtEverySave
                } else {
                    check::Often::Once
                };
                check::run(self, lesson.as_deref(), workspace, often)
            }
            Command::Hint { task, again } => {
                let which = if again {
                    hint::Which::Given
                } else {
                    hint::Which::Next
                };
                hint::run(self, task.as_deref(), which)
            }
            Command::Solution {
                lesson,
                workspace,
                anyway,
            } => {
                let ask = if anyway {
                    solution::Ask::Anyway
                } else {
                    solution::Ask::Afterwards
                };
                solution::run(self, lesson.as_deref(), workspace, ask)
            }
            Command::Skip { lesson, test_out } => skip::run(self, &lesson, test_out.as_deref()),
            Command::Reset { lesson, yes, .. } => {
                let leave = if yes {
                    reset::Leave::Granted
                } else {
                    reset::Leave::Ask
                };
                reset::run(self, lesson.as_deref(), leave)
            }
            Command::Progress { command } => progress::run(self, command),
            Command::Grade {
                lesson,
                submission,
                seed,
            } => grade::run(self, &lesson, &submission, seed),
            Command::Answer {
                lesson,
                workspace,
                choose,
            } => answer::run(self, lesson.as_deref(), workspace, &choose),
            Command::Submit {
                lesson,
                workspace,
                out,
                edit,
                anyway,
            } => {
                let wanted = submit::Wanted {
                    lesson,
                    folder: workspace,
                    out,
                    edit,
                    anyway,
                };
                submit::run(self, wanted)
            }
            Command::Shell { lesson } => sandbox::shell(self, lesson.as_deref()),
            Command::Map { lesson } => map::run(self, lesson.as_deref()),
            Command::Sandbox { command } => sandbox::run(self, &command),
            Command::Images { command } => images::run(self, command),
            Command::Doctor { fix: false, .. } => doctor::run(self, Leave::LookOnly),
            Command::Doctor { yes: false, .. } => doctor::run(self, Leave::Ask),
            Command::Doctor { yes: true, .. } => doctor::run(self, Leave::Granted),
            Command::Clean => clean::run(self),
            Command::Completions { shell } => completions::run(self, shell),
            Command::Dev { command } => dev::run(self, command),
        }
    }

    fn course(&self) -> Result<Course, Failure> {
        match &self.global.course {
            Some(folder) => Course::from_folder(Path::new(folder)).map_err(Failure::from),
            None => Course::built_in().map_err(Failure::from),
        }
    }

    /// The folder of the course, where it is not the built-in one.
    fn course_folder(&self) -> Option<&Path> {
        self.global.course.as_deref().map(Path::new)
    }

    /// Where missing images come from besides registries.
    fn depot(&self) -> Depot {
        Depot::default_place().with_kit(self.global.kit.as_deref())
    }

    /// Asks a person; `yes` is what `--yes` grants to a machine, as in "whether to …".
    fn confirm(&self, question: &str, what: &str, default: bool) -> Result<bool, Failure> {
        if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            let failure = Failure::usage(format!("nobody is here to be asked whether to {what}"));
            return Err(failure.with_hint("`--yes` grants it beforehand"));
        }
        self.terminal.confirm(question, default)
    }

    async fn engine(&self) -> Result<Engine, Failure> {
        Ok(Engine::connect(self.global.engine.as_deref()).await?)
    }
}

/// The lesson with this id, or the ids there are.
fn lesson<'a>(course: &'a Course, id: &str) -> Result<&'a Lesson, Failure> {
    course.lesson(id).ok_or_else(|| {
        let ids = || course.lessons.iter().map(|lesson| lesson.id.as_str());
        let hint = match nearest(id, ids()) {
            Some(near) => format!("did you mean {}?", crate::text::tick(near)),
            None => "`sealegs list` shows the lessons".to_owned(),
        };
        Failure::usage(format!("there is no lesson {}", crate::text::tick(id))).with_hint(hint)
    })
}

/// Runs a command's asynchronous part on two threads: one for the engine's answers, one for reading archives.
fn wait_for<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    waited_for(Runtime::new_multi_thread().worker_threads(2), work)
}

/// The same on this thread alone: what only passes bytes on is done sooner where no other thread must be woken for each
/// piece. Nothing in it may wait without letting others go on.
fn wait_on_one_thread_for<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    waited_for(&mut Runtime::new_current_thread(), work)
}

fn waited_for<T>(
    runtime: &mut Runtime,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let mut done = None;
    wait_for_boxed(runtime, Box::pin(async { done = Some(work.await) }))?;
    done.expect("what was waited for is done")
}

/// Not one runtime a command: each would be in the program.
fn wait_for_boxed(
    runtime: &mut Runtime,
    work: Pin<Box<dyn Future<Output = ()> + '_>>,
) -> Result<(), Failure> {
    let runtime = runtime
        .enable_all()
        .build()
        .map_err(|error| Failure::system(format!("cannot start the runtime: {error}")))?;
    runtime.block_on(work);
    // A blocking piece of work that was given up must not keep the process.
    runtime.shutdown_background();
    Ok(())
}

/// Removes what killed runs have left; what cannot go now does not keep anybody from working.
async fn sweep(app: &App, engine: &Engine) {
    if let Err(error) = Run::new().sweep(engine).await {
        app.terminal.say(&format!(
            "what a killed run has left is still there: {error}"
        ));
    }
}

/// Ends on Ctrl-C, SIGTERM, or when the terminal is closed.
async fn stop() {
    let ctrl_c = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut term), Ok(mut hangup)) = (
            signal(SignalKind::terminate()),
            signal(SignalKind::hangup()),
        ) else {
            return ctrl_c.await;
        };
        tokio::select! {
            () = ctrl_c => {}
            _ = term.recv() => {}
            _ = hangup.recv() => {}
        }
    }
    #[cfg(not(unix))]
    ctrl_c.await;
}
