//! A submission's `commands.sh`, run again line by line against a sandbox of its own; after each docker command the tasks are
//! looked at. A command that fails costs nothing by itself: what counts is what came of all of them.

mod board;
mod notes;
mod terminal;
mod toolbox;

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::checks::{Live, Rig, Trouble, fresh_seed};
use crate::commandline::Invocation;
use crate::course::CourseImage;
use crate::dockerfile::reference::Reference;
use crate::engine::Engine;
use crate::outcome::{Cause, JournalEntry, Script, ScriptCommand, ScriptEnd};
use crate::sandbox::{Binds, OfferedImage, Sandbox, SandboxError, Settings};
use crate::text::time;
use crate::workspace::{Listing, ListingError};

use super::Order;
pub(super) use board::{Board, judge_own};
use notes::{Notes, What};
use terminal::{Prompt, Terminal};
use toolbox::Toolbox;

/// The file whose lines are run.
pub(super) const SCRIPT: &str = "commands.sh";

/// The most lines of it that are run.
const MOST_LINES: usize = 500;

/// The longest that all of it may take.
const WHOLE: Duration = Duration::from_secs(600);

/// The longest that the shell may take to start: the machine may be busy.
const START: Duration = Duration::from_secs(90);

/// The longest that one command may take, unless it builds or pulls: a server in the foreground never ends by itself.
const COMMAND: Duration = Duration::from_secs(20);

/// How long a command may take to end after each push: first an interrupt, then the end of its input, then its death.
const PUSH: Duration = Duration::from_secs(3);

/// Bytes of output kept of one command.
const OUTPUT: usize = 4 << 10;

/// A command that writes more than this is interrupted.
const FLOOD: usize = 1 << 20;

/// A sandbox in which the commands have been run, still as they left it.
pub(super) struct Played {
    pub(super) script: Script,
    sandbox: Sandbox,
    observer: Engine,
}

impl Played {
    /// What the submission has done.
    pub(super) fn journal(&self) -> Vec<JournalEntry> {
        self.sandbox.journal().entries()
    }

    /// What it has made, to be looked at.
    pub(super) fn live<'a>(
        &'a self,
        images: &'a [CourseImage],
        journal: &'a [JournalEntry],
    ) -> Live<'a> {
        Live {
            engine: &self.observer,
            images,
            journal,
        }
    }

    /// Removes all of it.
    pub(super) async fn close(self) -> Result<(), Trouble> {
        Ok(self.sandbox.close().await.map(drop)?)
    }
}

fn is_registry(image: &str) -> bool {
    Reference::parse(image).is_ok_and(|image| image.path == "library/registry")
}

/// Runs the commands and keeps the board.
pub(super) async fn play(
    rig: &Rig<'_>,
    order: &Order<'_>,
    listing: &Listing,
    board: &mut Board<'_>,
) -> Result<Played, Trouble> {
    let images = &order.course.images;
    let mut settings = Settings::grading(offered(images));
    settings.binds = Binds::Carried(workspace(order));
    settings.registries = order.lesson.images.iter().any(|image| is_registry(image));
    let sandbox = Sandbox::open(rig.engine, rig.run, settings)
        .await
        .map_err(unopened)?;
    let observer = sandbox.observer()?;
    let mut played = Played {
        script: Script::default(),
        sandbox,
        observer,
    };
    // What holds before the first command was no work of the submission's; the course says where that is meant.
    board.look(rig, played.live(images, &[])).await;
    match listing.text(SCRIPT) {
        Ok(Some(text)) => {
            let mut player = Player::new(rig, order, listing, played).await?;
            let ran = player.run(&text, board).await;
            played = player.finish().await?;
            played.script = ran?;
        }
        Ok(None) => {
            played.script.cut = Some(format!("there is no `{SCRIPT}` in the submission"));
        }
        Err(ListingError::Refused(problem)) => played.script.cut = Some(problem.message),
        Err(error) => {
            let said = format!("cannot read `{SCRIPT}`: {error}");
            return Err(Trouble::Infrastructure(Cause::new(said)));
        }
    }
    Ok(played)
}

/// The course's images as a sandbox offers them; this program's own are no part of what is learnt.
pub fn offered(images: &[CourseImage]) -> Vec<OfferedImage> {
    let offered = images
        .iter()
        .filter(|image| !image.name.starts_with("sealegs/"));
    offered
        .map(|image| OfferedImage {
            name: image.name.clone(),
            aliases: image.aliases.clone(),
        })
        .collect()
}

/// Where the submission finds its files.
fn workspace(order: &Order<'_>) -> PathBuf {
    Path::new("/work").join(&order.lesson.id)
}

pub(super) fn unopened(error: SandboxError) -> Trouble {
    match error {
        SandboxError::Engine(error) => error.into(),
        other => Trouble::Infrastructure(Cause::new(other.to_string())),
    }
}

/// How a command is made to end.
#[derive(Clone, Copy)]
enum Push {
    /// By what a person would type.
    Keys(&'static [u8]),
    /// By its death.
    Kill,
}

/// Plays one script.
struct Player<'a> {
    rig: &'a Rig<'a>,
    images: &'a [CourseImage],
    played: Played,
    toolbox: Toolbox<'a>,
    terminal: Terminal,
    notes: Notes,
    began: Instant,
}

/// What came next.
enum Next {
    Prompt(Prompt),
    /// Something was written, or looked at.
    Nothing,
    /// The shell has gone.
    Gone,
}

/// What waiting for a prompt came to.
#[derive(Clone, Copy)]
enum Waited {
    Prompt(Prompt),
    /// None came, and this is why nobody waits for it any longer.
    Cut(ScriptEnd),
    /// None will come.
    Gone,
}

impl<'a> Player<'a> {
    async fn new(
        rig: &'a Rig<'a>,
        order: &Order<'a>,
        listing: &Listing,
        played: Played,
    ) -> Result<Self, Trouble> {
        let terminal = Terminal::new(fresh_seed(), OUTPUT);
        let at = workspace(order);
        let toolbox = Toolbox::open(rig, &at, listing, &played.sandbox, &terminal).await?;
        Ok(Self {
            rig,
            images: &order.course.images,
            played,
            toolbox,
            terminal,
            notes: Notes::default(),
            began: Instant::now(),
        })
    }

    async fn finish(self) -> Result<Played, Trouble> {
        self.rig.engine.remove(&self.toolbox.id).await?;
        Ok(self.played)
    }

    async fn run(&mut self, text: &str, board: &mut Board<'_>) -> Result<Script, Trouble> {
        let mut script = Script::default();
        // The first prompt says that the shell is there.
        let nothing: Option<&mut Board<'_>> = None;
        if !matches!(self.wait(START, nothing).await?, Waited::Prompt(_)) {
            let said = "the shell for the submission's commands did not start";
            return Err(Trouble::Infrastructure(Cause::new(said)));
        }
        self.terminal.finish();
        let lines: Vec<&str> = text.lines().collect();
        let mut at = 0;
        while at < lines.len() {
            if lines[at].trim().is_empty() || lines[at].trim_start().starts_with('#') {
                at += 1;
                continue;
            }
            if at >= MOST_LINES {
                script.cut = Some(format!("only the first {MOST_LINES} lines were run"));
                break;
            }
            if self.began.elapsed() > WHOLE {
                script.cut = Some(format!(
                    "line {} and what follows were not run: all of it may take {}",
                    at + 1,
                    time(WHOLE)
                ));
                break;
            }
            let first = at;
            let Some((ended, ms)) = self.command(&lines, &mut at, board).await? else {
                script.cut = Some(format!("the shell ended at line {}", first + 1));
                break;
            };
            script.commands.push(ScriptCommand {
                line: u32::try_from(first + 1).unwrap_or(u32::MAX),
                text: lines[first..at].join("\n"),
                ended,
                ms,
                output: self.terminal.finish(),
            });
        }
        Ok(script)
    }

    /// Runs the command that begins at a line, with as many lines as the shell takes for it.
    async fn command(
        &mut self,
        lines: &[&str],
        at: &mut usize,
        board: &mut Board<'_>,
    ) -> Result<Option<(ScriptEnd, u64)>, Trouble> {
        let began = Instant::now();
        let mut cut = None;
        loop {
            let Some(line) = lines.get(*at) else {
                // The file ends in the middle of a command: the shell is told so, and gives up.
                self.send(b"\x03").await?;
                let there = !matches!(self.wait(PUSH, Some(board)).await?, Waited::Gone);
                return Ok(there.then(|| (ScriptEnd::Exit(2), elapsed(began))));
            };
            *at += 1;
            self.send(format!("{}\n", line.trim_end_matches('\r')).as_bytes())
                .await?;
            let mut waited = self.wait(COMMAND, Some(board)).await?;
            // Each push is stronger than the one before.
            for push in [
                Push::Keys(b"\x03"),
                Push::Keys(b"\x04"),
                Push::Keys(b"\x1c"),
                Push::Kill,
            ] {
                let Waited::Cut(why) = waited else { break };
                cut = cut.or(Some(why));
                self.terminal.forgive();
                match push {
                    Push::Keys(keys) => self.send(keys).await?,
                    Push::Kill => self.toolbox.end_clients().await?,
                }
                waited = self.wait(PUSH, Some(board)).await?;
            }
            match waited {
                Waited::Gone | Waited::Cut(_) => return Ok(None),
                Waited::Prompt(Prompt::More) => {}
                Waited::Prompt(Prompt::Ready(code)) => {
                    let ended = cut.unwrap_or(ScriptEnd::Exit(code));
                    return Ok(Some((ended, elapsed(began))));
                }
            }
        }
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        Ok(self.toolbox.shell.input.write(bytes).await?)
    }

    /// Waits for the shell's prompt, and looks at the board whenever a docker command has ended. Time in which the board is
    /// looked at does not count.
    async fn wait(
        &mut self,
        limit: Duration,
        mut board: Option<&mut Board<'_>>,
    ) -> Result<Waited, Trouble> {
        let mut deadline = Instant::now() + limit;
        // Looks give a command more time, a loop of commands no end.
        let latest = deadline.max(self.began + WHOLE);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Waited::Cut(ScriptEnd::TimedOut));
            }
            let next = tokio::select! {
                piece = self.toolbox.shell.output.next() => self.shell_said(piece?),
                piece = self.toolbox.notes.output.next() => {
                    let Some(piece) = piece? else { return Ok(Waited::Gone) };
                    let looking = Instant::now();
                    let builds = self.noted(&piece, board.as_deref_mut()).await?;
                    deadline += looking.elapsed();
                    if builds {
                        deadline = deadline.max(Instant::now() + self.rig.bounds.build);
                    }
                    deadline = deadline.min(latest);
                    Next::Nothing
                }
                () = tokio::time::sleep(left) => Next::Nothing,
            };
            match next {
                Next::Prompt(prompt) => return Ok(Waited::Prompt(prompt)),
                Next::Gone => return Ok(Waited::Gone),
                Next::Nothing if self.terminal.written() > FLOOD => {
                    return Ok(Waited::Cut(ScriptEnd::Flooded));
                }
                Next::Nothing => {}
            }
        }
    }

    fn shell_said(&mut self, piece: Option<bytes::Bytes>) -> Next {
        match piece {
            None => Next::Gone,
            Some(piece) => self
                .terminal
                .take(&piece)
                .map_or(Next::Nothing, Next::Prompt),
        }
    }

    /// Takes notes: what was typed goes into the journal, and when it has ended the board is looked at. Says whether a
    /// command has begun that may take as long as a build.
    async fn noted(
        &mut self,
        piece: &[u8],
        mut board: Option<&mut Board<'_>>,
    ) -> Result<bool, Trouble> {
        let mut builds = false;
        for note in self.notes.take(piece) {
            match note.what {
                What::Typed(words) => {
                    builds |= takes_long(&words);
                    if is_build(&words) {
                        self.rig.unlimited_build.store(true, Ordering::Relaxed);
                    }
                    self.played.sandbox.journal().typed(words);
                }
                What::Ended => {
                    if let Some(board) = board.as_deref_mut() {
                        let journal = self.played.journal();
                        board
                            .look(self.rig, self.played.live(self.images, &journal))
                            .await;
                    }
                }
            }
            self.toolbox.let_go(note.waits).await?;
        }
        Ok(builds)
    }
}

fn elapsed(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}

fn is_build(words: &[String]) -> bool {
    Invocation::read(words).is_some_and(|command| {
        matches!(
            command.command.as_str(),
            "build" | "compose build" | "compose up"
        )
    })
}

fn takes_long(words: &[String]) -> bool {
    const LONG: [&str; 7] = [
        "build",
        "pull",
        "push",
        "load",
        "compose build",
        "compose up",
        "compose pull",
    ];
    Invocation::read(words).is_some_and(|command| LONG.contains(&command.command.as_str()))
}
