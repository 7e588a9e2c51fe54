//! Keys, one at a time and without Enter, or all that is typed as it comes. The terminal is as it was when this is dropped.

/// What of the keyboard is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Single keys; those that interrupt and suspend work as ever.
    Keys,
    /// Everything, these too.
    Everything,
}

#[cfg(unix)]
pub use unix::Keys;

#[cfg(not(unix))]
pub use none::Keys;

#[cfg(unix)]
mod unix {
    use std::collections::VecDeque;
    use std::io::IsTerminal as _;
    use std::os::fd::OwnedFd;
    use std::sync::{Arc, Condvar, Mutex};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcsetattr};
    use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

    use super::Taken;

    /// How often it is looked whether anybody still listens.
    const BEAT: Timespec = Timespec {
        tv_sec: 0,
        tv_nsec: 100_000_000,
    };

    /// The keyboard.
    pub struct Keys {
        shared: Arc<Shared>,
        before: Termios,
        takes: Taken,
        typed: UnboundedReceiver<Vec<u8>>,
        /// Keys that came together, and were not asked for yet.
        pressed: VecDeque<char>,
    }

    struct Shared {
        input: OwnedFd,
        /// Whether keys are ours; while they are not, nothing is read.
        taken: Mutex<bool>,
        changed: Condvar,
    }

    impl Keys {
        /// Takes the keyboard; `None` where there is none.
        pub fn open(takes: Taken) -> Option<Self> {
            let stdin = std::io::stdin();
            if !stdin.is_terminal() {
                return None;
            }
            let input = rustix::io::dup(&stdin).ok()?;
            let before = rustix::termios::tcgetattr(&input).ok()?;
            let shared = Arc::new(Shared {
                input,
                taken: Mutex::new(false),
                changed: Condvar::new(),
            });
            let (to, typed) = unbounded_channel();
            let reading = Arc::clone(&shared);
            std::thread::spawn(move || reading.read(&to));
            let keys = Self {
                shared,
                before,
                takes,
                typed,
                pressed: VecDeque::new(),
            };
            keys.take();
            Some(keys)
        }

        /// Takes the keyboard, also after something else had it or has changed it.
        pub fn take(&self) {
            let mut modes = self.before.clone();
            match self.takes {
                Taken::Keys => modes.local_modes -= LocalModes::ICANON | LocalModes::ECHO,
                Taken::Everything => {
                    modes.make_raw();
                    // What a panic says while the keyboard is ours still begins each line at the left.
                    modes.output_modes = self.before.output_modes;
                }
            }
            // A read never waits: whether there is something to read is known before.
            modes.special_codes[SpecialCodeIndex::VMIN] = 0;
            modes.special_codes[SpecialCodeIndex::VTIME] = 0;
            self.set(true, &modes);
        }

        /// Gives the keyboard to something else.
        pub fn give(&self) {
            self.set(false, &self.before);
        }

        fn set(&self, taken: bool, modes: &Termios) {
            let mut now = self.shared.taken.lock().expect("no holder panics");
            *now = taken;
            let _ = tcsetattr(&self.shared.input, OptionalActions::Now, modes);
            self.shared.changed.notify_all();
        }

        /// The next key; never one where the keyboard has gone.
        pub async fn next(&mut self) -> char {
            loop {
                if let Some(key) = self.pressed.pop_front() {
                    return key;
                }
                let bytes = self.next_bytes().await;
                let text = String::from_utf8_lossy(&bytes);
                // Arrows and their kin come as several bytes, and mean nothing here.
                if !text.starts_with('\x1b') {
                    self.pressed.extend(text.chars());
                }
            }
        }

        /// What is typed next, as it comes; never anything where the keyboard has gone.
        pub async fn next_bytes(&mut self) -> Vec<u8> {
            match self.typed.recv().await {
                Some(bytes) => bytes,
                None => std::future::pending().await,
            }
        }
    }

    impl Drop for Keys {
        fn drop(&mut self) {
            self.give();
            self.typed.close();
            self.shared.changed.notify_all();
        }
    }

    impl Shared {
        /// Sends keys until nobody listens or the keyboard is gone.
        fn read(&self, to: &UnboundedSender<Vec<u8>>) {
            while !to.is_closed() {
                let mut waits = [PollFd::new(&self.input, PollFlags::IN)];
                if !matches!(poll(&mut waits, Some(&BEAT)), Ok(ready) if ready > 0) {
                    continue;
                }
                let hung_up = waits[0].revents().contains(PollFlags::HUP);
                let not_ours = |taken: &mut bool| !*taken && !to.is_closed();
                let taken = self.taken.lock().expect("no holder panics");
                let taken = self.changed.wait_while(taken, not_ours);
                let taken = taken.expect("no holder panics");
                if !*taken {
                    return;
                }
                let mut bytes = [0; 1024];
                let read = rustix::io::read(&self.input, &mut bytes).unwrap_or(0);
                drop(taken);
                if read == 0 && hung_up {
                    return;
                }
                if read > 0 {
                    let _ = to.send(bytes[..read].to_vec());
                }
            }
        }
    }
}

#[cfg(not(unix))]
mod none {
    use super::Taken;

    /// There are no single keys here.
    pub struct Keys;

    impl Keys {
        /// Never takes one.
        pub fn open(_takes: Taken) -> Option<Self> {
            None
        }

        /// Never called.
        pub fn take(&self) {}

        /// Never called.
        pub fn give(&self) {}

        /// Never called.
        pub async fn next(&mut self) -> char {
            std::future::pending().await
        }

        /// Never called.
        pub async fn next_bytes(&mut self) -> Vec<u8> {
            std::future::pending().await
        }
    }
}
