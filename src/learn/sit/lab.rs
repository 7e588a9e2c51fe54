//! The loop of the lab: what is typed, what the shell writes, what the look finds and what runs, each as it comes; the screen
//! is drawn when nothing more is waiting, and no more often than can be seen.

use std::future::Future;
use std::process::Command;
use std::time::Duration;

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, sleep_until};

use super::desk::Desk;
use super::look::Told;
use super::{Left, Sitting, ended};
use crate::engine::Engine;
use crate::failure::Failure;
use crate::learn::changes::{Change, Noticed};
use crate::learn::lab::{self, Action, Lab, ShellState};
use crate::learn::pictured;
use crate::learn::seat::{Effect, Event, Show};
use crate::learn::terminal::{Covered, Full, Keys, Shell, Taken};
use crate::outcome::Picture;
use crate::render::markdown;

/// Between two drawings.
const FRAME: Duration = Duration::from_millis(16);

/// Sits in the lab until the learner leaves, or the shell ends.
///
/// # Errors
/// `stop` came first (interrupted), or the terminal cannot be used.
pub async fn sit_in_lab(
    sitting: &Sitting<'_>,
    shell: Command,
    stop: impl Future<Output = ()>,
) -> Result<Left, Failure> {
    let (to, told) = mpsc::unbounded_channel();
    let mut room = Room::entered(sitting, shell, to)?;
    let left = tokio::select! {
        left = room.stays(told) => left,
        () = stop => Err(Failure::Interrupted),
    };
    room.left().await;
    left
}

/// What the shell writes next, for ever where there is none.
async fn next(shell: &mut Option<Shell>, bytes: &mut [u8]) -> Option<usize> {
    match shell {
        Some(shell) => shell.next(bytes).await,
        None => std::future::pending().await,
    }
}

/// The parts of the loop that belong together.
struct Room<'a> {
    desk: Desk<'a>,
    lab: Lab,
    // In this order: the shell goes, then the screen, then the keyboard.
    shell: Option<Shell>,
    screen: Full,
    keys: Keys,
    seen: Seen,
    /// Whether the screen shows something else than is so.
    stale: bool,
}

impl<'a> Room<'a> {
    fn entered(
        sitting: &'a Sitting<'a>,
        command: Command,
        told: UnboundedSender<Told>,
    ) -> Result<Self, Failure> {
        let keys = Keys::open(Taken::Everything)
            .ok_or_else(|| Failure::system("there is no keyboard to be had"))?;
        let screen = Full::taken().map_err(|error| lost(&error))?;
        let (columns, lines) = screen.size();
        let mut lab = Lab::new(columns, lines, sitting.screen.style);
        let shell = match Shell::start(command, lab.shell_size()) {
            Ok(shell) => Some(shell),
            Err(error) => {
                let said = format!("the shell cannot be started: {error}");
                lab.on(lab::Event::NoShell(said));
                None
            }
        };
        Ok(Self {
            desk: Desk::laid(sitting, told),
            lab,
            shell,
            screen,
            keys,
            seen: Seen::through(sitting),
            stale: true,
        })
    }

    /// Waits for what happens and does what follows, until the learner leaves.
    async fn stays(&mut self, mut told: UnboundedReceiver<Told>) -> Result<Left, Failure> {
        let mut covered = Covered::watched();
        let mut bytes = vec![0; 16 * 1024];
        let mut left = self.turn(Event::Entered).await;
        self.seen.look();
        let mut drawn: Option<Instant> = None;
        loop {
            if let Some(left) = left {
                return Ok(left);
            }
            // The first change is drawn at once.
            let due = drawn.map_or_else(Instant::now, |drawn| drawn + FRAME);
            if self.stale && due <= Instant::now() {
                self.draw()?;
                drawn = Some(Instant::now());
            }
            tokio::select! {
                // What was judged before the look ended is told before its end.
                biased;
                () = sleep_until(due), if self.stale => {}
                typed = self.keys.next_bytes() => left = self.typed(&typed).await,
                Some(told) = told.recv() => left = self.told(told).await,
                ended = ended(&mut self.desk.look) => {
                    let looked = self.desk.looked(ended);
                    self.lab.on(lab::Event::Doing(String::new()));
                    left = self.turn(Event::Looked(looked)).await;
                }
                noticed = self.desk.changes.next() => left = self.noticed(noticed).await,
                Some(picture) = self.seen.pictures.recv() => {
                    self.lab.on(lab::Event::Pictured(picture));
                    self.lay();
                }
                () = covered.ended() => self.uncovered()?,
                read = next(&mut self.shell, &mut bytes) => match read {
                    Some(read) => self.written(&bytes[..read]),
                    None => left = Some(Left::Away),
                },
            }
        }
    }

    /// Takes one event of the seat to its end; tells how the seat was left, if it was.
    async fn turn(&mut self, event: Event) -> Option<Left> {
        for effect in self.desk.turn(event) {
            match effect {
                Effect::Show(Show::Solution) => {
                    let text = self.desk.solution(&self.lab.page_style());
                    let title = "your files and the reference";
                    self.lab.on(lab::Event::Sheet(title, text));
                }
                Effect::Show(show) => {
                    self.lab.on(lab::Event::Shows(show));
                }
                Effect::Edit => {
                    self.step_out();
                    let trouble = self.desk.edit().await;
                    self.step_in();
                    if let Some(said) = trouble {
                        let text = markdown(&said, &self.lab.page_style());
                        self.lab.on(lab::Event::Sheet("editor", text));
                    }
                }
                Effect::Choose => {
                    self.step_out();
                    let chosen = self.desk.choose(&self.desk.sitting.screen);
                    self.step_in();
                    if let Some(lesson) = chosen {
                        return Some(Left::To(lesson));
                    }
                }
                Effect::Next => return Some(Left::Next),
                Effect::Leave => return Some(Left::Away),
                Effect::Pass(_)
                | Effect::Hinted { .. }
                | Effect::Look(_)
                | Effect::LookIn(_)
                | Effect::AwaitEngine => {}
            }
        }
        self.lay();
        None
    }

    async fn typed(&mut self, bytes: &[u8]) -> Option<Left> {
        let state = self.shell.as_ref().map_or(ShellState::Prompt, Shell::state);
        let actions = self.lab.on(lab::Event::Typed(bytes, state));
        for action in actions {
            if let Action::Press(key) = action {
                let left = self.turn(Event::Key(key)).await;
                if left.is_some() {
                    return left;
                }
            } else {
                self.does(action);
            }
        }
        self.lay();
        None
    }

    /// What the shell is to be told.
    fn does(&self, action: Action) {
        let Some(shell) = &self.shell else { return };
        match action {
            Action::Send(bytes) => shell.send(bytes),
            Action::Size(columns, lines) => shell.size(columns, lines),
            Action::Press(_) => {}
        }
    }

    fn written(&mut self, bytes: &[u8]) {
        for action in self.lab.on(lab::Event::Written(bytes)) {
            self.does(action);
        }
        self.stale = true;
    }

    async fn told(&mut self, told: Told) -> Option<Left> {
        match told {
            Told::Judged(grade) => self.turn(Event::Judged(grade)).await,
            Told::Doing(what) => {
                self.lab.on(lab::Event::Doing(what));
                self.lay();
                None
            }
        }
    }

    async fn noticed(&mut self, noticed: Noticed) -> Option<Left> {
        let may_differ = match &noticed {
            Noticed::Changed(Change::Sandbox(stir)) => stir.changed,
            Noticed::EngineIsGone | Noticed::EngineIsBack | Noticed::ItIsTime => true,
            Noticed::Changed(Change::Files(_)) | Noticed::Said(_) => false,
        };
        if may_differ {
            self.seen.look();
        }
        let event = self.desk.noticed(noticed);
        self.turn(event).await
    }

    /// The screen has another size, or was somebody else's for a while.
    fn uncovered(&mut self) -> Result<(), Failure> {
        self.keys.take();
        self.screen.take().map_err(|error| lost(&error))?;
        let (columns, lines) = self.screen.size();
        for action in self.lab.on(lab::Event::Sized(columns, lines)) {
            self.does(action);
        }
        self.lay();
        Ok(())
    }

    fn lay(&mut self) {
        self.lab.lay(&self.desk.seat);
        self.stale = true;
    }

    fn draw(&mut self) -> Result<(), Failure> {
        self.stale = false;
        self.screen.draw(&self.lab).map_err(|error| lost(&error))
    }

    fn step_out(&mut self) {
        self.screen.give();
        self.keys.give();
    }

    fn step_in(&mut self) {
        self.keys.take();
        // A screen that has gone is noticed when it is drawn on.
        let _ = self.screen.take();
    }

    /// Ends the shell and gives the terminal back, then ends what is on its way.
    async fn left(self) {
        let Self {
            mut desk,
            shell,
            screen,
            keys,
            ..
        } = self;
        drop((screen, keys));
        if let Some(shell) = shell {
            shell.end().await;
        }
        desk.clear().await;
    }
}

fn lost(error: &std::io::Error) -> Failure {
    Failure::system(format!("the terminal cannot be used: {error}"))
}

/// What is in the sandbox, looked at apart from everything else.
struct Seen {
    asks: UnboundedSender<()>,
    pictures: UnboundedReceiver<Option<Picture>>,
}

impl Seen {
    fn through(sitting: &Sitting<'_>) -> Self {
        let (asks, asked) = mpsc::unbounded_channel();
        let (to, pictures) = mpsc::unbounded_channel();
        let choice = sitting.engine.map(str::to_owned);
        tokio::spawn(see(choice, sitting.lesson.id.clone(), asked, to));
        Self { asks, pictures }
    }

    /// Looks at it again.
    fn look(&self) {
        let _ = self.asks.send(());
    }
}

async fn see(
    choice: Option<String>,
    lesson: String,
    mut asked: UnboundedReceiver<()>,
    to: UnboundedSender<Option<Picture>>,
) {
    while asked.recv().await.is_some() {
        // One look answers all who asked before it.
        while asked.try_recv().is_ok() {}
        let look = async {
            let engine = Engine::connect(choice.as_deref()).await?;
            pictured(&engine, &lesson).await
        };
        let picture = look.await.ok().flatten();
        if to.send(picture).is_err() {
            return;
        }
    }
}
